//! Requests to webhooks after calls, to receivers on this machine, and the queue that sends them.

mod webhook;
mod webhook_queue;

pub use webhook::WebhookDelivery;
pub(crate) use webhook::WebhookRequest;
pub(crate) use webhook_queue::WebhookQueue;
