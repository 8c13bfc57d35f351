//! Requests that were made together, as one line of JSON each. The runtime's thread decodes them,
//! so that JavaScript only passes a string. A line that is invalid fails its own request only.

use std::borrow::Cow;

use callfluent::bindings::schema::Naming;
use callfluent::{CallFluent, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::chunks::Payload;
use crate::error;
use crate::event::Event;
use crate::options::RequestSettings;
use crate::passed_record::{move_undocumented, with_extra_body};
use crate::wish::Wish;

/// Requests of one client, not decoded yet.
pub(crate) struct RequestBatch {
    pub(crate) client: CallFluent,
    /// Number of the client's log records, if a logger receives them.
    pub(crate) log_number: Option<i64>,
    pub(crate) requests: String,
}

/// A request: ticket, operation, arguments and options.
#[derive(Deserialize)]
pub(crate) struct QueuedRequest<'text>(
    pub(crate) i64,
    #[serde(borrow)] Cow<'text, str>,
    #[serde(borrow)] &'text RawValue,
    #[serde(borrow)] Option<&'text RawValue>,
);

impl RequestBatch {
    /// Returns each request with its ticket. JSON of JavaScript contains no line breaks.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (i64, &str)> {
        self.requests.lines().filter_map(|line| Some((ticket(line)?, line)))
    }
}

/// Returns the ticket, which comes first, even if the rest is not JSON.
fn ticket(line: &str) -> Option<i64> {
    let rest = line.strip_prefix('[')?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

impl<'text> QueuedRequest<'text> {
    /// Decodes a request.
    pub(crate) fn read(line: &'text str) -> serde_json::Result<Self> {
        serde_json::from_str(line)
    }

    /// Returns the future of the request, whose result is JSON.
    pub(crate) fn start(&self, client: &CallFluent) -> impl Future<Output = (Event, Payload)> + Send + use<> {
        let operation = self.1.clone().into_owned();
        let read = self.arguments_and_client(client);
        async move {
            match read {
                Err(unreadable) => (Event::Failure, error::invalid_json(&operation, &unreadable).into()),
                Ok((arguments, client, wish)) => match called(client, &operation, arguments, wish).await {
                    Ok(answer) => (Event::Response, answer),
                    Err(error) => (Event::Failure, error::to_json(&error).into()),
                },
            }
        }
    }

    /// Returns the arguments, the client with the options of this request, and what it returns.
    fn arguments_and_client(
        &self,
        client: &CallFluent,
    ) -> serde_json::Result<(Map<String, Value>, Result<CallFluent>, Wish)> {
        let (client, wish) = match self.3 {
            None => (Ok(client.clone()), Wish::default()),
            Some(options) => {
                let settings = serde_json::from_str::<RequestSettings>(options.get())?;
                let wish = settings.wish;
                (settings.apply(client), wish)
            }
        };
        Ok((serde_json::from_str(self.2.get())?, client, wish))
    }
}

async fn called(
    client: Result<CallFluent>,
    operation: &str,
    mut arguments: Map<String, Value>,
    wish: Wish,
) -> Result<Payload> {
    let mut client = client?;
    let undocumented = move_undocumented(operation, &mut arguments);
    if !undocumented.is_empty() {
        client = with_extra_body(&client, undocumented);
    }
    wish.of(callfluent::bindings::invoke(&client, operation, arguments, Vec::new(), Naming::Camel)).await
}
