//! Bulk operations. JavaScript passes all items at once and takes the results in chunks.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use callfluent::bindings::catalog::{BulkOperation, find_bulk};
use callfluent::bindings::{
    BulkChunk, BulkOptions, BulkRequest, BulkRequestItem, PublicJson, Work, runtime, start_bulk,
};
use callfluent::{BulkStream, CallFluent, Id, Resolution, Result};
use futures_util::future::{Either, select};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::{Mutex, Notify};

use crate::chunks::Payload;
use crate::completion_queue::CompletionQueue;
use crate::event::Event;
use crate::passed_record::move_undocumented;
use crate::{error, hooks, log};

/// A bulk operation as the package encodes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkSettings {
    operation: String,
    /// The operation of each item.
    item_operation: String,
    shared: Map<String, Value>,
    /// ID and fields of each item.
    items: Vec<(Value, Map<String, Value>)>,
    are_positions: bool,
    max_concurrency: Option<usize>,
    #[serde(default)]
    dry_run: bool,
    journal: Option<PathBuf>,
    /// Decisions by ID.
    #[serde(default)]
    resolve: Vec<(Id, BulkDecision)>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BulkDecision {
    Done,
    Repeat,
}

impl BulkSettings {
    fn into_request(self) -> BulkRequest {
        let Self { operation, item_operation, shared, items, are_positions, .. } = self;
        let mut options = BulkOptions { dry_run: self.dry_run, journal: self.journal, ..BulkOptions::default() };
        if let Some(limit) = self.max_concurrency {
            options.max_concurrency = limit;
        }
        options.resolve = self.resolve.into_iter().map(|(id, decision)| (id, decision.into())).collect();
        let are_rows = find_bulk(&operation).is_some_and(BulkOperation::are_rows);
        // A record of a response is passed whole, as in a rollback.
        let to_item = |(id, mut arguments): (Value, Map<String, Value>)| {
            let extra_body = if are_rows { Map::new() } else { move_undocumented(&item_operation, &mut arguments) };
            BulkRequestItem { id, arguments, extra_body }
        };
        let items = items.into_iter().map(to_item).collect();
        BulkRequest { operation, shared, items, are_positions, options }
    }
}

impl From<BulkDecision> for Resolution {
    fn from(decision: BulkDecision) -> Self {
        match decision {
            BulkDecision::Done => Self::Done,
            BulkDecision::Repeat => Self::Repeat,
        }
    }
}

/// A bulk operation: before its start, or while it runs.
enum State {
    Prepared(CallFluent, Box<BulkRequest>),
    Running(BulkStream<PublicJson>),
    /// It has ended, or was canceled.
    Ended,
}

/// A bulk operation that the first `next` starts.
#[napi]
pub struct NativeBulk {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    /// Number of its log records and of the events of its hooks, if there are any.
    observed: Option<i64>,
    state: Arc<Mutex<State>>,
    /// Ends a wait for results.
    canceled: Arc<Notify>,
}

impl NativeBulk {
    pub(crate) fn new(
        queue: Arc<CompletionQueue>,
        log_number: Option<i64>,
        observed: Option<i64>,
        client: CallFluent,
        settings: BulkSettings,
    ) -> Self {
        let state = State::Prepared(client, Box::new(settings.into_request()));
        Self { queue, log_number, observed, state: Arc::new(Mutex::new(state)), canceled: Arc::default() }
    }
}

#[napi]
impl NativeBulk {
    /// Waits for further results; the first time, validates all items and starts the operation. The
    /// response under `ticket` is a list: the numbers of completed and of failed items, then for
    /// each result its value, its error, and whether it comes from the journal. It is null at the
    /// end.
    ///
    /// # Errors
    /// No thread can be started.
    #[napi(catch_unwind)]
    pub fn next(&self, ticket: i64) -> napi::Result<()> {
        let (state, canceled) = (Arc::clone(&self.state), Arc::clone(&self.canceled));
        let (queue, log_number) = (Arc::clone(&self.queue), self.log_number);
        let surroundings = self.observed.map(|number| Surroundings { queue, log_number, number });
        self.queue.spawn(ticket, self.log_number, async move {
            let mut state = state.lock().await;
            match state.next_chunk(surroundings, &canceled).await {
                Ok(Some(chunk)) => (Event::Response, to_text(chunk).into()),
                Ok(None) => (Event::Response, Payload::Text("null".to_owned())),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }

    /// Cancels what is left.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        if let Ok(mut state) = self.state.try_lock() {
            *state = State::Ended;
            return;
        }
        self.canceled.notify_one();
        let state = Arc::clone(&self.state);
        let _ = runtime::spawn(async move { *state.lock().await = State::Ended });
    }
}

/// The environment that gets the log records and the attempts of a bulk operation.
struct Surroundings {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    number: i64,
}

impl Surroundings {
    fn around(self, work: Work) -> Work {
        let Self { queue, log_number, number } = self;
        let log = log_number.map(|client| queue.log_of(client, number));
        let work: Work = if hooks::exist() {
            let end = DropReplies(Arc::clone(&queue), number);
            Box::pin(hooks::in_request(queue, number, async move {
                let _end = end;
                work.await;
            }))
        } else {
            work
        };
        match log {
            Some(log) => Box::pin(log::to(log, work)),
            None => work,
        }
    }
}

/// Forgets the attempts that wait for hooks when the work has ended or was canceled. Forgotten
/// earlier, they would be sent.
struct DropReplies(Arc<CompletionQueue>, i64);

impl Drop for DropReplies {
    fn drop(&mut self) {
        self.0.drop_replies(self.1);
    }
}

impl State {
    /// Waits for further results; `None` at the end, and after it was canceled.
    async fn next_chunk(
        &mut self,
        surroundings: Option<Surroundings>,
        canceled: &Notify,
    ) -> Result<Option<BulkChunk<PublicJson>>> {
        if let Self::Prepared(..) = self
            && let Self::Prepared(client, request) = std::mem::replace(self, Self::Ended)
        {
            let (start, canceled) = (pin!(begin(client, *request, surroundings)), pin!(canceled.notified()));
            match select(start, canceled).await {
                Either::Left((Ok(Some(results)), _)) => *self = Self::Running(results),
                Either::Left((Ok(None), _)) | Either::Right(_) => return Ok(None),
                Either::Left((Err(error), _)) => return Err(error),
            }
        }
        let chunk = match self {
            Self::Running(results) => {
                let (wait, canceled) = (pin!(results.next_chunk()), pin!(canceled.notified()));
                match select(wait, canceled).await {
                    Either::Left((chunk, _)) => chunk,
                    Either::Right(_) => None,
                }
            }
            _ => None,
        };
        if chunk.is_none() {
            *self = Self::Ended;
        }
        Ok(chunk)
    }
}

/// Validates the items and starts the operation.
async fn begin(
    client: CallFluent,
    request: BulkRequest,
    surroundings: Option<Surroundings>,
) -> Result<Option<BulkStream<PublicJson>>> {
    let wrap = move |work| match surroundings {
        Some(surroundings) => surroundings.around(work),
        None => work,
    };
    start_bulk(client, request, wrap).await
}

/// Encodes results as the list that `next` describes.
fn to_text(chunk: BulkChunk<PublicJson>) -> String {
    let mut text = format!("[[{},{}]", chunk.completed, chunk.failed);
    for item in chunk.items {
        let value = item.value.map_or_else(|| "null".to_owned(), PublicJson::into_text);
        let error = item.error.map_or_else(|| "null".to_owned(), |error| error::to_json(&error));
        // Writing to a string cannot fail.
        let _ = write!(text, ",[{value},{error},{}]", item.from_journal);
    }
    text.push(']');
    text
}
