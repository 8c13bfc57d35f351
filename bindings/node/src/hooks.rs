//! Hooks in JavaScript. The runtime's thread queues each attempt as an event and waits for the
//! headers, which the thread of the environment sends when its hooks have run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use callfluent::bindings::{BoxFuture, schema::Naming};
use callfluent::{Attempt, AttemptOutcome, Hooks};
use serde_json::json;
use tokio::sync::oneshot;

use crate::event::Event;

/// Headers that hooks add to an attempt.
pub(crate) type Headers = Vec<(String, String)>;

/// Takes attempts to the thread of the environment: its completion queue.
pub(crate) trait AttemptSink: Send + Sync {
    /// Queues an event of a request or a bulk operation.
    fn report(&self, number: i64, event: Event, content: String);

    /// Returns the headers that hooks add to an attempt of a request or a bulk operation.
    fn expect_reply(&self, number: i64, attempt: i64) -> oneshot::Receiver<Headers>;
}

/// The key of an attempt, which connects its events. It is unique in this process.
#[derive(Clone, Copy)]
struct AttemptKey(i64);

impl AttemptKey {
    fn next() -> Self {
        static LAST: AtomicI64 = AtomicI64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// Set when the first client with hooks is created. Without one, requests do not look for hooks.
static EXIST: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    /// The environment, and the number of the request or bulk operation that runs.
    static REQUEST: (Arc<dyn AttemptSink>, i64);
}

pub(crate) fn exist() -> bool {
    EXIST.load(Ordering::Relaxed)
}

/// Runs the task of a request or a bulk operation whose hooks belong to this environment.
pub(crate) fn in_request<T: Future>(
    queue: Arc<dyn AttemptSink>,
    number: i64,
    task: T,
) -> impl Future<Output = T::Output> {
    REQUEST.scope((queue, number), task)
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
            let Ok((queue, number)) = REQUEST.try_with(Clone::clone) else { return };
            let key = AttemptKey::next();
            attempt.insert(key);
            let headers = queue.expect_reply(number, key.0);
            let event = json!([self.0, key.0, {
                "operation": Naming::Camel.convert(attempt.operation()),
                "method": attempt.method(),
                "url": attempt.url(),
                "path": attempt.path(),
                "urlTemplate": attempt.url_template(),
                "number": attempt.number(),
                "clientRequestId": attempt.client_request_id(),
            }]);
            queue.report(number, Event::BeforeAttempt, event.to_string());
            // Without a reply, the request was canceled, and it ends.
            for (name, value) in headers.await.unwrap_or_default() {
                let _ = attempt.add_header(&name, &value);
            }
        })
    }

    fn after_attempt(&self, attempt: &Attempt, outcome: &AttemptOutcome) {
        let Ok((queue, number)) = REQUEST.try_with(Clone::clone) else { return };
        let Some(&AttemptKey(key)) = attempt.get() else { return };
        let event = json!([key, {
            "status": outcome.status,
            "error": outcome.error,
            "duration": outcome.duration.as_secs_f64() * 1_000.0,
            "requestId": outcome.request_id,
        }]);
        queue.report(number, Event::AfterAttempt, event.to_string());
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
