//! The blocking client: the same requests, for programs without an async runtime.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::builder::ClientBuilder;
use super::handle::CallFluent as AsyncClient;
use super::inspect;
use super::options::RequestOptions;
use crate::drift::DriftEntry;
#[allow(unused_imports)] // In documentation.
use crate::error::Error;
use crate::error::Result;
use crate::inspection::{self, Inspection, RawResponse};
use crate::runtime::{self, panic_text};

/// A client of the `CallFluent` API that blocks the thread until the response arrives.
///
/// It has the same methods, options and limits as the [async client](crate::CallFluent), and is
/// made from it or from its builder. Clones share connections.
///
/// # Panics
/// Its methods panic in async code, because they would block the runtime. Use the async client
/// there, or call them within `tokio::task::spawn_blocking`.
///
/// # Example
/// ```no_run
/// use callfluent::blocking::CallFluent;
///
/// # fn example() -> callfluent::Result<()> {
/// let client = CallFluent::from_env()?;
/// for workspace in client.workspaces().list()? {
///     println!("{} {:?}", workspace.id, workspace.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct CallFluent {
    client: AsyncClient,
}

impl CallFluent {
    /// Creates a client with this API key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the key or an environment variable is invalid.
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        AsyncClient::new(api_key).map(Self::from)
    }

    /// Creates a client from the environment variables `CALLFLUENT_API_KEY` and, if set,
    /// `CALLFLUENT_BASE_URL`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if a variable is missing or invalid.
    pub fn from_env() -> Result<Self> {
        AsyncClient::from_env().map(Self::from)
    }

    /// Returns a builder of a blocking client.
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::default()
    }

    /// Returns the async client with the same connections.
    pub fn async_client(&self) -> &AsyncClient {
        &self.client
    }

    /// Returns a client with other options for its requests; see
    /// [`CallFluent::with_options`](crate::CallFluent::with_options).
    #[must_use]
    pub fn with_options(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        self.client.with_options(change).into()
    }

    /// Returns the options of this client's requests.
    pub fn options(&self) -> &RequestOptions {
        self.client.options()
    }

    /// Returns the base URL, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// Returns the differences between responses and the API documentation; see
    /// [`CallFluent::drift`](crate::CallFluent::drift).
    pub fn drift(&self) -> Vec<DriftEntry> {
        self.client.drift()
    }

    /// Sends a request, and returns its parsed result with status, headers, body, request ID and
    /// number of attempts; see [`RequestExt::with_response`](crate::RequestExt::with_response).
    ///
    /// # Errors
    /// Those of the request.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::blocking::CallFluent) -> callfluent::Result<()> {
    /// let response = client.with_response(|client| client.agents().get(1002))?;
    /// println!("{} {:?}", response.status, response.value.agent.name);
    /// # Ok(()) }
    /// ```
    pub fn with_response<T>(&self, request: impl FnOnce(&Self) -> Result<T>) -> Result<RawResponse<T>> {
        let inspection = Inspection::response();
        let value = inspection::on_this_thread(&inspection, || request(self))?;
        inspect::response(&inspection, value)
    }

    /// Returns the curl command of a request, and sends nothing; see
    /// [`RequestExt::as_curl`](crate::RequestExt::as_curl).
    ///
    /// # Errors
    /// Those of [`RequestExt::as_curl`](crate::RequestExt::as_curl).
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::blocking::CallFluent) -> callfluent::Result<()> {
    /// println!("{}", client.as_curl(|client| client.agents().get(1002))?);
    /// # Ok(()) }
    /// ```
    pub fn as_curl<T>(&self, request: impl FnOnce(&Self) -> Result<T>) -> Result<String> {
        let inspection = Inspection::curl();
        let result = inspection::on_this_thread(&inspection, || request(self));
        inspect::command(&inspection, result)
    }
}

impl From<AsyncClient> for CallFluent {
    fn from(client: AsyncClient) -> Self {
        Self { client }
    }
}

impl<C> ClientBuilder<C> {
    /// Builds a blocking client with the options of any builder. Does not send anything.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all invalid options.
    pub fn build_blocking(self) -> Result<CallFluent> {
        self.build_async().map(CallFluent::from)
    }
}

/// Begin of the panic of tokio in async code.
const IN_ASYNC_CODE: &str = "Cannot start a runtime from within a runtime";

/// Blocks this thread until a request completes.
///
/// # Errors
/// Those of the request. [`Error::Connection`] if the client's thread cannot be started.
///
/// # Panics
/// In async code.
// The return type belongs to the request, and tokio panics in the same case.
#[allow(clippy::panic)]
pub(crate) fn wait<T>(request: impl Future<Output = Result<T>>) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(|| match inspection::of_this_thread() {
        None => runtime::block_on(request),
        Some(inspection) => runtime::block_on(inspection::scope(inspection, request)),
    }));
    let result = result.unwrap_or_else(|payload| {
        if !panic_text(&*payload).starts_with(IN_ASYNC_CODE) {
            resume_unwind(payload);
        }
        panic!(
            "a blocking method was called in async code and would block the runtime: await the method of \
             callfluent::CallFluent, or call this one within tokio::task::spawn_blocking"
        )
    });
    result.unwrap_or_else(|error| Err(runtime::unavailable(error)))
}
