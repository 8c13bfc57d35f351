//! Hooks that run before and after each attempt of a request: what users implement, what a hook
//! sees, and the guard that calls them. A hook that fails never changes the outcome of its request.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use http::header::HeaderMap;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::header::parse_header;
use crate::log_text::one_line;
use crate::runtime::panic_text;

/// Code that runs before and after each attempt of a request, for example to measure it or to add
/// headers. Set it with [`ClientBuilder::hooks`](crate::ClientBuilder::hooks).
///
/// For each attempt, both methods see the same [`Attempt`]. After `before_attempt`, `after_attempt`
/// always follows, even if the request is canceled. Both run on the thread of the request's
/// runtime, so they must not block.
///
/// A hook that panics does not change its request: the request is sent, or its response returned,
/// as without the hook. The client logs a warning.
///
/// # Example
/// ```no_run
/// use callfluent::{Attempt, AttemptOutcome, CallFluent, Hooks};
///
/// struct Timing;
///
/// impl Hooks for Timing {
///     fn before_attempt(&self, attempt: &mut Attempt) {
///         let _ = attempt.add_header("x-tenant", "bakery");
///     }
///
///     fn after_attempt(&self, attempt: &Attempt, outcome: &AttemptOutcome) {
///         println!("{} {:?} {:?}", attempt.operation(), outcome.status, outcome.duration);
///     }
/// }
///
/// # fn example() -> callfluent::Result<()> {
/// let client = CallFluent::builder().hooks(Timing).build()?;
/// # Ok(()) }
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// Runs before an attempt is sent, when it has its turn under the limits of the client.
    fn before_attempt(&self, attempt: &mut Attempt) {
        let _ = attempt;
    }

    /// Runs when the attempt has a response, or has failed, or was canceled.
    fn after_attempt(&self, attempt: &Attempt, outcome: &AttemptOutcome) {
        let _ = (attempt, outcome);
    }

    /// Runs before an attempt, and may wait. For bindings, whose hooks run on another thread.
    #[doc(hidden)]
    fn prepare_attempt<'a>(&'a self, attempt: &'a mut Attempt) -> BoxFuture<'a, ()> {
        self.before_attempt(attempt);
        Box::pin(ready(()))
    }
}

/// An attempt of a request, as hooks see it. Nothing in it contains the API key.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    pub(crate) operation: &'static str,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) path: String,
    pub(crate) url_template: Option<String>,
    pub(crate) number: u32,
    pub(crate) client_request_id: Option<String>,
    pub(crate) headers: HeaderMap,
    /// Deadline of the request, which limits what a hook may wait for.
    pub(crate) deadline: Option<Instant>,
    pub(crate) extensions: http::Extensions,
}

impl Attempt {
    /// Returns the operation, such as `agents.get`. Requests by path have the name `request`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the URL. Values of the query are replaced by `REDACTED`, except `page`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the path of the URL.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the template of the path, such as `/api/agent/get-one/{agentId}`. All requests of an
    /// operation have the same, so that metrics can group them. `None` for requests by path.
    pub fn url_template(&self) -> Option<&str> {
        self.url_template.as_deref()
    }

    /// Returns the number of the attempt, counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the ID that the caller gave the request; see
    /// [`RequestOptions::request_id`](crate::RequestOptions::request_id).
    pub fn client_request_id(&self) -> Option<&str> {
        self.client_request_id.as_deref()
    }

    /// Adds a header to this attempt, or replaces it.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the header is invalid, or is one that the client sets:
    /// `Authorization`, `Content-Length` or `Transfer-Encoding`.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (header, value) = parse_header(name, value)
            .map_err(|reason| Error::invalid("hooks", "headers", format!("{name:?} {reason}")))?;
        self.headers.insert(header, value);
        Ok(())
    }

    /// Returns the time until the timeout of the request; `None` without a timeout. For hooks of
    /// bindings that wait.
    #[doc(hidden)]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Keeps a value of the hook until `after_attempt`. It replaces an earlier value of its type.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.extensions.insert(value);
    }

    /// Returns the value of this type that the hook keeps.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }
}

/// A value that a hook gives its attempt if it would have to wait for longer than the time that is
/// left. The request then fails at once.
#[derive(Debug, Clone, Copy)]
pub struct TooLate;

tokio::task_local! {
    static WITHIN_HOOK: ();
}

/// Runs a request that a hook makes and waits for. The request of the hook holds a place under
/// `max_concurrency`, so waiting for another place could last forever.
pub fn within_hook<T: Future>(request: T) -> impl Future<Output = T::Output> {
    WITHIN_HOOK.scope((), request)
}

/// Returns whether a hook waits for the current request.
pub(crate) fn is_within_hook() -> bool {
    WITHIN_HOOK.try_with(|()| ()).is_ok()
}

/// The end of an attempt.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AttemptOutcome {
    /// HTTP status, if a response arrived.
    pub status: Option<u16>,
    /// Class of the error if no usable response arrived, such as `APIConnectionError`, or
    /// `canceled`. `None` for an error response: its status shows it.
    pub error: Option<&'static str>,
    /// Time from sending the attempt to its end.
    pub duration: Duration,
    /// ID that the server gave the request.
    pub request_id: Option<String>,
}

/// The hooks of a client, in the order in which they run.
#[derive(Clone, Default)]
pub(crate) struct HookList(Vec<Arc<dyn Hooks>>);

impl HookList {
    pub(crate) fn add(&mut self, hooks: impl Hooks) {
        self.0.push(Arc::new(hooks));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for HookList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HookList({})", self.0.len())
    }
}

/// An attempt whose hooks run. If it is dropped before its end is known, it was canceled.
pub(crate) struct ObservedAttempt {
    hooks: HookList,
    attempt: Attempt,
    started: Instant,
    /// Number of hooks that have run before the attempt.
    begun: usize,
}

impl ObservedAttempt {
    pub(crate) fn new(hooks: &HookList, attempt: Attempt) -> Self {
        Self { hooks: hooks.clone(), attempt, started: Instant::now(), begun: 0 }
    }

    /// Runs the hooks before the attempt.
    pub(crate) async fn prepare(&mut self) {
        for hooks in &self.hooks.0 {
            self.begun += 1;
            let attempt = &mut self.attempt;
            // Nothing of a hook that panicked is used again, except the headers that it added.
            let prepare = AssertUnwindSafe(async { hooks.prepare_attempt(attempt).await });
            if let Err(panic) = prepare.catch_unwind().await {
                failed("before_attempt", self.attempt.operation, panic_text(&*panic));
            }
        }
        self.started = Instant::now();
    }

    /// Returns whether a hook would have to wait for longer than the time that is left.
    pub(crate) fn is_too_late(&self) -> bool {
        self.attempt.get::<TooLate>().is_some()
    }

    /// Returns the headers that the hooks add.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.attempt.headers
    }

    /// Runs the hooks after the attempt.
    pub(crate) fn finish(&mut self, status: Option<u16>, error: Option<&'static str>, request_id: Option<String>) {
        let outcome = AttemptOutcome { status, error, duration: self.started.elapsed(), request_id };
        let begun = std::mem::take(&mut self.begun);
        for hooks in self.hooks.0.iter().take(begun) {
            let run = || hooks.after_attempt(&self.attempt, &outcome);
            if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(run)) {
                failed("after_attempt", self.attempt.operation, panic_text(&*panic));
            }
        }
    }
}

impl Drop for ObservedAttempt {
    fn drop(&mut self) {
        if self.begun > 0 {
            self.finish(None, Some(CANCELED), None);
        }
    }
}

/// The error of an attempt that the caller canceled.
const CANCELED: &str = "canceled";

/// The `tracing` target of hooks that fail.
pub const LOG_TARGET: &str = "callfluent::hooks";

/// Logs that a hook failed.
pub fn failed(hook: &str, operation: &str, error: &str) {
    let error = &*one_line(error);
    tracing::warn!(target: LOG_TARGET, hook, operation, error, "a hook failed; the request continues without it");
}
