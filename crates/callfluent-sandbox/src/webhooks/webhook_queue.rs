//! The queue of webhook requests. The server's thread sends them one after the other, so that the
//! code that ended a call never waits for a receiver in its own thread.

use tokio::sync::{mpsc, oneshot};

use super::webhook::{WebhookDelivery, WebhookRequest};

/// The end of the queue that adds requests.
#[derive(Debug, Clone)]
pub(crate) struct WebhookQueue(mpsc::UnboundedSender<Job>);

/// The end of the queue that sends requests.
#[derive(Debug)]
pub(crate) struct WebhookSender(mpsc::UnboundedReceiver<Job>);

enum Job {
    /// Sends a request of this generation of the state; a reset discards its result.
    Send { generation: u64, request: WebhookRequest },
    /// Reports that all earlier jobs are done.
    Report(Box<dyn FnOnce() + Send>),
}

impl WebhookQueue {
    /// Creates a queue with both ends.
    pub(crate) fn new() -> (Self, WebhookSender) {
        let (jobs, queue) = mpsc::unbounded_channel();
        (Self(jobs), WebhookSender(queue))
    }

    /// Adds a request of a generation of the state.
    pub(crate) fn add(&self, generation: u64, request: WebhookRequest) {
        self.add_job(Job::Send { generation, request });
    }

    /// Waits until all queued requests have been sent.
    pub(crate) async fn wait(&self) {
        let (done, is_done) = oneshot::channel();
        self.add_job(Job::Report(Box::new(move || {
            let _ = done.send(());
        })));
        // An error means that the server has ended.
        let _ = is_done.await;
    }

    /// Waits like [`wait`](Self::wait), in code that is not async.
    pub(crate) fn wait_blocking(&self) {
        let (done, is_done) = std::sync::mpsc::channel();
        self.add_job(Job::Report(Box::new(move || {
            let _ = done.send(());
        })));
        let _ = is_done.recv();
    }

    fn add_job(&self, job: Job) {
        // An error means that the server has ended.
        let _ = self.0.send(job);
    }
}

impl WebhookSender {
    /// Sends the queued requests until the server ends. `add_delivery` gets each result with the
    /// generation of its request.
    pub(crate) async fn run(mut self, add_delivery: impl Fn(u64, WebhookDelivery)) {
        while let Some(job) = self.0.recv().await {
            match job {
                Job::Send { generation, request } => add_delivery(generation, request.deliver().await),
                Job::Report(report) => report(),
            }
        }
    }
}
