//! The queue of webhook requests. The server's thread sends them one after the other, so that the
//! code that ended a call never waits for a receiver in its own thread.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::shared_state::SharedState;
use crate::webhook::Job;

/// Runs the jobs until the server ends.
pub(crate) async fn run_jobs(shared: Arc<SharedState>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some(job) = jobs.recv().await {
        match job {
            Job::Send { generation, request } => {
                let delivery = request.deliver().await;
                shared.lock().add_delivery(generation, delivery);
            }
            Job::Report(report) => report(),
        }
    }
}

/// Waits until all queued webhook requests have been sent.
pub(crate) async fn wait(shared: &SharedState) {
    let (done, is_done) = oneshot::channel();
    shared.add_job(Job::Report(Box::new(move || {
        let _ = done.send(());
    })));
    // An error means that the server has ended.
    let _ = is_done.await;
}

/// Waits like [`wait`], in code that is not async.
pub(crate) fn wait_blocking(shared: &SharedState) {
    let (done, is_done) = std::sync::mpsc::channel();
    shared.add_job(Job::Report(Box::new(move || {
        let _ = done.send(());
    })));
    let _ = is_done.recv();
}
