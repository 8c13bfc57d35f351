//! The handle that users hold, and the state that its clones share.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;

use super::keyed_lock::KeyedLock;
use super::options::RequestOptions;
use crate::api_key::ApiKey;
use crate::drift::{Drift, DriftEntry};
use crate::error::{CLIENT, Error, FieldErrors, Result};
use crate::fork_local::ForkLocal;
use crate::hooks::HookList;
use crate::retry::Budget;
use crate::transport::{Deadline, HttpClient, Limits, TransportOptions};

/// Default headers. [`RequestOptions`] overrides them.
const DEFAULT_HEADERS: [(HeaderName, &str); 3] = [
    (USER_AGENT, concat!("callfluent-rust/", env!("CARGO_PKG_VERSION"))),
    (ACCEPT, "application/json"),
    (ACCEPT_ENCODING, "gzip"),
];

/// An asynchronous client of the `CallFluent` API.
///
/// A client holds a connection pool, so create one and reuse it. It is `Send`, `Sync` and cheap to
/// clone: clones share connections, rate limits, the retry budget and [`drift`](Self::drift), and
/// may be used from several threads at once. You do not need an `Arc`. A client may be used on both
/// sides of a fork: the child process opens its own connections. Create one client for each API
/// key.
///
/// # Example
/// ```no_run
/// # async fn example() -> callfluent::Result<()> {
/// let client = callfluent::CallFluent::from_env()?;
/// for workspace in &client.workspaces().list().await? {
///     println!("{} {:?}", workspace.id, workspace.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct CallFluent {
    pub(super) shared: Arc<Shared>,
    pub(super) options: Arc<RequestOptions>,
    /// All headers of a request with these options.
    pub(super) headers: Arc<HeaderMap>,
}

/// The state that the clones of a client share.
pub(super) struct Shared {
    pub(super) key: ApiKey,
    pub(super) base_url: Url,
    pub(super) transport: TransportOptions,
    pub(super) budget: Budget,
    pub(super) strict: bool,
    pub(super) hooks: HookList,
    pub(super) live: ForkLocal<Live>,
}

/// The state that belongs to one process: sockets, permits and locks.
pub(super) struct Live {
    pub(super) http: HttpClient,
    pub(super) limits: Limits,
    pub(super) drift: Drift,
    /// Held while an agent is changed, by its ID.
    pub(super) turns: KeyedLock,
}

impl Shared {
    /// Returns the state of this process. After a fork, the child gets a new one.
    pub(super) fn live(&self) -> Result<&Live> {
        self.live.get_or_try_init(|| {
            Ok(Live {
                http: HttpClient::new(&self.base_url, &self.transport)
                    .map_err(|error| Error::InvalidRequest(FieldErrors::new(CLIENT, vec![error])))?,
                limits: Limits::new(&self.transport),
                drift: Drift::default(),
                turns: KeyedLock::default(),
            })
        })
    }
}

impl CallFluent {
    pub(super) fn from_parts(shared: Arc<Shared>, options: RequestOptions) -> Self {
        let mut headers = options.headers.clone();
        for (name, value) in DEFAULT_HEADERS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        headers.insert(AUTHORIZATION, shared.key.authorization());
        Self { shared, options: Arc::new(options), headers: Arc::new(headers) }
    }

    /// Returns a client with other options for its requests. It shares connections, limits and the
    /// retry budget with this one.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::CallFluent) {
    /// use std::time::Duration;
    ///
    /// let five_minutes = Duration::from_secs(300);
    /// let patient = client.with_options(|options| options.timeout(five_minutes).max_retries(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        Self::from_parts(Arc::clone(&self.shared), change(RequestOptions::clone(&self.options)))
    }

    /// Returns a client whose requests share one deadline, the timeout of this client from now, and
    /// do not queue: the operation that they are part of has its turn.
    pub(crate) fn with_shared_deadline(&self) -> Self {
        let deadline = self.options.timeout.and_then(Deadline::after);
        self.with_options(|options| RequestOptions { deadline, has_turn: true, ..options })
    }

    /// Returns whether the client can verify certificates. It cannot on a machine without any,
    /// unless a binding calls `set_fallback` and builds it again.
    #[doc(hidden)]
    pub fn has_root_certificates(&self) -> bool {
        self.shared.live().is_ok_and(|live| live.http.has_roots)
    }

    /// Returns the options of this client's requests.
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// Returns the base URL, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.shared.base_url.as_str().trim_end_matches('/')
    }

    /// Returns the differences between responses and the API documentation that this client and its
    /// clones have seen, ordered by path.
    pub fn drift(&self) -> Vec<DriftEntry> {
        self.shared.live().map(|live| live.drift.entries()).unwrap_or_default()
    }
}

impl fmt::Debug for CallFluent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallFluent").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
