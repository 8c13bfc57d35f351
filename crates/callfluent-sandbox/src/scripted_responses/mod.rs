//! Responses that replace or change the real one: those that a test scripts, in a queue, and random
//! faults. A disconnect takes the place of a response, or ends it.

mod disconnect;
mod random_faults;
mod response_fields;
mod response_queue;
mod scripted_response;

pub(crate) use disconnect::{Disconnect, disconnect, send_or_disconnect};
pub(crate) use random_faults::RandomFaults;
pub(crate) use response_queue::ResponseQueue;
pub use scripted_response::ScriptedResponse;
