//! Methods of every request in addition to `await`: the raw response next to the parsed one, and
//! the curl command that would send it.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::inspection::{Found, Inspection, RawResponse, scope};

/// Methods of requests, which are the futures that methods such as
/// [`Agents::get`](crate::resources::Agents::get) return.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::RequestExt as _;
///
/// let response = client.agents().get(1002).with_response().await?;
/// println!("{} {:?} {}", response.status, response.request_id, response.attempts);
/// println!("{:?}", response.value.agent.name);
///
/// println!("{}", client.agents().get(1002).as_curl().await?);
/// # Ok(()) }
/// ```
pub trait RequestExt<T: Send>: Future<Output = Result<T>> + Send + Sized {
    /// Sends the request, and returns its parsed result with status, headers, body, request ID and
    /// number of attempts. If it takes several requests, they are those of the last one.
    fn with_response(self) -> impl Future<Output = Result<RawResponse<T>>> + Send {
        async move {
            let inspection = Inspection::response();
            let value = Box::pin(scope(Arc::clone(&inspection), self)).await?;
            response(&inspection, value)
        }
    }

    /// Returns the curl command that sends this request, for a POSIX shell. Nothing is sent.
    ///
    /// The key is `$CALLFLUENT_API_KEY`. Headers that look like credentials are variables, too, and
    /// passwords are removed. Files in memory have the place of a file of that name.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if arguments are invalid, and for `agents.patch`, which sends
    /// several requests.
    #[allow(clippy::wrong_self_convention)] // The name that users know from other clients.
    fn as_curl(self) -> impl Future<Output = Result<String>> + Send {
        async move {
            let inspection = Inspection::curl();
            let result = Box::pin(scope(Arc::clone(&inspection), self)).await;
            command(&inspection, result)
        }
    }
}

impl<T: Send, F: Future<Output = Result<T>> + Send> RequestExt<T> for F {}

/// Returns a result with its response.
pub(crate) fn response<T>(inspection: &Inspection, value: T) -> Result<RawResponse<T>> {
    match inspection.take() {
        Found::Response(response) => Ok(response.map(|()| value)),
        Found::Curl(_) | Found::Nothing => Err(Error::invalid("request", "with_response", "sent no request")),
    }
}

/// Returns the command that was found, or why there is none.
pub(crate) fn command<T>(inspection: &Inspection, result: Result<T>) -> Result<String> {
    match (inspection.take(), result) {
        (Found::Curl(command), _) => Ok(command),
        (_, Err(error)) => Err(error),
        (_, Ok(_)) => Err(Error::invalid("request", "as_curl", "sends no request")),
    }
}
