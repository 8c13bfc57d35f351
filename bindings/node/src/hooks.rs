//! Hooks in JavaScript. The runtime's thread queues each attempt as an event and waits for the
//! headers, which the thread of the environment sends when its hooks have run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callfluent::bindings::{BoxFuture, schema::Naming};
use callfluent::{Attempt, AttemptOutcome, Hooks};
use serde_json::json;
use tokio::sync::oneshot;

use crate::event::Event;

/// Headers that hooks add to an attempt.
pub(crate) type Headers = Vec<(String, String)>;

/// Takes attempts to the thread of the environment: its completion queue.
pub(crate) trait AttemptSink: Send + Sync {
    /// Queues an event of a request.
    fn report(&self, ticket: i64, event: Event, content: String);

    /// Returns the headers that the hooks of a request add to its next attempt.
    fn expect_reply(&self, ticket: i64) -> oneshot::Receiver<Headers>;
}

/// Set when the first client with hooks is created. Without one, requests do not look for hooks.
static EXIST: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    /// The environment and the ticket of the request that runs.
    static REQUEST: (Arc<dyn AttemptSink>, i64);
}

pub(crate) fn exist() -> bool {
    EXIST.load(Ordering::Relaxed)
}

/// Runs the task of a request whose hooks belong to this environment.
pub(crate) fn in_request<T: Future>(
    queue: Arc<dyn AttemptSink>,
    ticket: i64,
    task: T,
) -> impl Future<Output = T::Output> {
    REQUEST.scope((queue, ticket), task)
}

/// The hooks of a client, by the number under which the package knows them.
pub(crate) struct NodeHooks(i64);

impl NodeHooks {
    pub(crate) fn new(number: i64) -> Self {
        EXIST.store(true, Ordering::Relaxed);
        Self(number)
    }
}

impl Hooks for NodeHooks {
    fn prepare_attempt<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Ok((queue, ticket)) = REQUEST.try_with(Clone::clone) else { return };
            let headers = queue.expect_reply(ticket);
            let event = json!([self.0, {
                "operation": Naming::Camel.convert(attempt.operation()),
                "method": attempt.method(),
                "url": attempt.url(),
                "path": attempt.path(),
                "number": attempt.number(),
                "clientRequestId": attempt.client_request_id(),
            }]);
            queue.report(ticket, Event::BeforeAttempt, event.to_string());
            // Without a reply, the request was canceled, and it ends.
            for (name, value) in headers.await.unwrap_or_default() {
                let _ = attempt.add_header(&name, &value);
            }
        })
    }

    fn after_attempt(&self, _: &Attempt, outcome: &AttemptOutcome) {
        let Ok((queue, ticket)) = REQUEST.try_with(Clone::clone) else { return };
        let event = json!({
            "status": outcome.status,
            "error": outcome.error,
            "duration": outcome.duration.as_secs_f64() * 1_000.0,
            "requestId": outcome.request_id,
        });
        queue.report(ticket, Event::AfterAttempt, event.to_string());
    }
}

/// Returns the valid headers of a JSON list of pairs, and the reasons against the others.
pub(crate) fn checked(headers: &str) -> (Headers, Vec<String>) {
    let (mut valid, mut reasons) = (Headers::new(), Vec::new());
    let headers: Headers = serde_json::from_str(headers).unwrap_or_else(|error| {
        reasons.push(format!("headers: {error}"));
        Headers::new()
    });
    for (name, value) in headers {
        match Attempt::default().add_header(&name, &value) {
            Ok(()) => valid.push((name, value)),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    (valid, reasons)
}
