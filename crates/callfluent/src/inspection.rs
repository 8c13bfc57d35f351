//! The wish of a caller to see the raw response of a request, or the curl command that would send
//! it. The future of the request carries the wish, so that no method needs an argument for it, and
//! a request without one pays only for looking.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The parsed result of a request, with the response that it came from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RawResponse<T> {
    /// The parsed result, as the method returns it.
    pub value: T,
    /// HTTP status.
    pub status: u16,
    /// Headers by their names in lower case, without cookies and credentials.
    pub headers: BTreeMap<String, String>,
    /// Body of the response as text.
    pub body: String,
    /// ID that the server gave the request, from the `x-request-id` header.
    pub request_id: Option<String>,
    /// Number of attempts, including retries.
    pub attempts: u32,
    /// HTTP method.
    pub method: String,
    /// URL of the request.
    pub url: String,
}

impl<T> RawResponse<T> {
    /// Returns the response with another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> RawResponse<U> {
        let Self { value, status, headers, body, request_id, attempts, method, url } = self;
        RawResponse { value: convert(value), status, headers, body, request_id, attempts, method, url }
    }
}

/// A wish, and what fulfills it.
pub(crate) struct Inspection {
    is_curl: bool,
    found: Mutex<Found>,
}

#[derive(Default)]
pub(crate) enum Found {
    #[default]
    Nothing,
    Response(RawResponse<()>),
    Curl(String),
}

tokio::task_local! {
    static CURRENT: Arc<Inspection>;
}

thread_local! {
    /// The wish for the requests that this thread waits for. Not the task-local one, because a
    /// waiting thread polls futures of other requests, too.
    static OF_THREAD: RefCell<Option<Arc<Inspection>>> = const { RefCell::new(None) };
}

impl Inspection {
    /// Wishes for the response.
    pub(crate) fn response() -> Arc<Self> {
        Arc::new(Self { is_curl: false, found: Mutex::default() })
    }

    /// Wishes for the curl command. Nothing is sent.
    pub(crate) fn curl() -> Arc<Self> {
        Arc::new(Self { is_curl: true, found: Mutex::default() })
    }

    pub(crate) fn is_curl(&self) -> bool {
        self.is_curl
    }

    /// Sets what was found. A later request of the same operation replaces it.
    pub(crate) fn set(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    pub(crate) fn take(&self) -> Found {
        std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the wish of the future that runs.
pub(crate) fn current() -> Option<Arc<Inspection>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Returns the wish of the future that runs, or of the blocking code on this thread.
pub(crate) fn current_or_of_this_thread() -> Option<Arc<Inspection>> {
    #[cfg(feature = "blocking")]
    return current().or_else(of_this_thread);
    #[cfg(not(feature = "blocking"))]
    current()
}

/// Returns whether the future that runs must not send anything.
pub(crate) fn is_curl() -> bool {
    CURRENT.try_with(|inspection| inspection.is_curl()).unwrap_or_default()
}

/// Runs a future with a wish.
pub(crate) fn scope<T>(inspection: Arc<Inspection>, future: impl Future<Output = T>) -> impl Future<Output = T> {
    CURRENT.scope(inspection, future)
}

/// Runs blocking code with a wish for the requests that it waits for.
#[cfg(feature = "blocking")]
pub(crate) fn on_this_thread<T>(inspection: &Arc<Inspection>, run: impl FnOnce() -> T) -> T {
    struct Restore(Option<Arc<Inspection>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OF_THREAD.set(self.0.take());
        }
    }
    let _restore = Restore(OF_THREAD.replace(Some(Arc::clone(inspection))));
    run()
}

/// Returns the wish for the requests that this thread waits for.
#[cfg(feature = "blocking")]
pub(crate) fn of_this_thread() -> Option<Arc<Inspection>> {
    OF_THREAD.with_borrow(Clone::clone)
}
