//! Calls that were made together, as one text of a line each: it is read on the runtime's thread, so that the environment's own
//! does no more than to hand it over. A line that cannot be read fails the call that it is, and no other.

use std::borrow::Cow;

use callfluent::bindings::schema::Naming;
use callfluent::{CallFluent, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::chunks::Payload;
use crate::completion_queue::Event;
use crate::error;
use crate::options::RequestSettings;

/// Calls of one client, not read yet.
pub(crate) struct RequestBatch {
    pub(crate) client: CallFluent,
    /// Under which number the client's log records are pushed, where somebody wants them.
    pub(crate) logs_of: Option<i64>,
    pub(crate) calls: String,
}

/// One call: its ticket, its operation, its arguments and its options.
#[derive(Deserialize)]
pub(crate) struct QueuedRequest<'text>(
    pub(crate) i64,
    #[serde(borrow)] Cow<'text, str>,
    #[serde(borrow)] &'text RawValue,
    #[serde(borrow)] Option<&'text RawValue>,
);

impl RequestBatch {
    /// The calls, each with its ticket and as JSON text. JSON as JavaScript writes it has no line breaks.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (i64, &str)> {
        self.calls.lines().filter_map(|line| Some((ticket(line)?, line)))
    }
}

/// The ticket of a call, which stands first; also where the rest of it is no JSON.
fn ticket(line: &str) -> Option<i64> {
    let rest = line.strip_prefix('[')?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

impl<'text> QueuedRequest<'text> {
    /// Reads the JSON text of a call.
    pub(crate) fn read(line: &'text str) -> serde_json::Result<Self> {
        serde_json::from_str(line)
    }

    /// What is to be done, and what becomes of it as JSON text.
    pub(crate) fn start(&self, client: &CallFluent) -> impl Future<Output = (Event, Payload)> + Send + use<> {
        let operation = self.1.clone().into_owned();
        let read = self.arguments_and_client(client);
        async move {
            match read {
                Err(unreadable) => (Event::Failure, error::invalid_json(&operation, &unreadable).into()),
                Ok((arguments, client)) => match called(client, &operation, arguments).await {
                    Ok(answer) => (Event::Answer, answer),
                    Err(error) => (Event::Failure, error::to_json(&error).into()),
                },
            }
        }
    }

    /// The arguments, and the client with the options of this call.
    fn arguments_and_client(
        &self,
        client: &CallFluent,
    ) -> serde_json::Result<(Map<String, Value>, Result<CallFluent>)> {
        let client = match self.3 {
            None => Ok(client.clone()),
            Some(options) => serde_json::from_str::<RequestSettings>(options.get())?.apply(client),
        };
        Ok((serde_json::from_str(self.2.get())?, client))
    }
}

async fn called(client: Result<CallFluent>, operation: &str, arguments: Map<String, Value>) -> Result<Payload> {
    Ok(callfluent::bindings::invoke(&client?, operation, arguments, Vec::new(), Naming::Camel).await?.into())
}
