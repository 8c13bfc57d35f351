//! Prepares a bulk operation and runs it: compares the valid items with the journal, and processes
//! those that are left with bounded concurrency.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc::{self, UnboundedSender};

use super::fingerprint::Fingerprint;
use super::item::{BulkItem, Item};
use super::item_steps::ItemSteps;
use super::journal::{Entries, Entry, Journal, State};
use super::journal_check::check_journal;
use super::operation::BulkOperation;
use super::options::{BulkOptions, Resolution};
use super::stream::{BulkStream, Expected};
use super::validation::validate;
use crate::client::{CallFluent, RequestOptions};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::inspection;
use crate::operation::Idempotency;
use crate::runtime;
use crate::transport::{RecordRequest, RequestRecorder};

/// The work of a bulk operation.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An item that is left to process.
struct Pending {
    index: usize,
    item: Item,
    request: Fingerprint,
}

/// State that all items of a run share.
struct BulkRun<T> {
    client: CallFluent,
    operation: &'static BulkOperation,
    steps: ItemSteps<T>,
    journal: Option<Arc<Journal>>,
}

/// Validates all items, and starts to process them. `wrap` can change the surroundings of the work.
///
/// # Errors
/// [`Error::InvalidRequest`] with all errors of all items, or if the journal cannot be used.
pub(crate) fn start<T: Send + 'static>(
    client: CallFluent,
    operation: &'static BulkOperation,
    items: Vec<Item>,
    steps: ItemSteps<T>,
    options: &BulkOptions,
    wrap: impl FnOnce(Work) -> Work,
) -> Result<BulkStream<T>> {
    client.options().check()?;
    if let Some(wish) = inspection::current_or_of_this_thread() {
        // The items are processed on their own, so the wish would not reach them.
        let name = if wish.is_curl() { "as_curl" } else { "with_response" };
        return Err(Error::invalid(
            operation.name,
            name,
            "a bulk operation sends several requests; use the method for one item",
        ));
    }
    let requests = validate(&client, operation, &items, steps, options)?;
    let (journal, mut entries) = open_journal(&client, operation, options)?;
    check_journal(&client, operation, &items, &requests, &entries, options)?;
    resolve(journal.as_deref(), &mut entries, options)
        .map_err(|error| Error::unwritable_journal(operation.name, &error))?;

    let expected = Expected::new(&client, operation, &items);
    let (sender, receiver) = mpsc::unbounded_channel();
    let run = Arc::new(BulkRun { client, operation, steps, journal });
    let mut pending = Vec::new();
    for (index, (item, request)) in items.into_iter().zip(requests).enumerate() {
        let known = entries.get(&item.id).filter(|entry| entry.counts(operation));
        let known = known.map(|entry| run.recorded(&item, entry));
        // The receiver exists until the end of this function.
        match known {
            Some(result) => drop(sender.send((index, result))),
            None if options.dry_run => drop(sender.send((index, BulkItem::new(item.id)))),
            None => pending.push(Pending { index, item, request }),
        }
    }
    let task = if pending.is_empty() {
        None
    } else {
        let work = process_all(run, pending, options.max_concurrency, sender);
        Some(runtime::spawn_unattended(wrap(Box::pin(work))).map_err(runtime::unavailable)?)
    };
    Ok(BulkStream::new(receiver, task, expected))
}

async fn process_all<T: Send + 'static>(
    run: Arc<BulkRun<T>>,
    pending: Vec<Pending>,
    max_concurrency: usize,
    sender: UnboundedSender<(usize, BulkItem<T>)>,
) {
    let results = stream::iter(pending.into_iter().map(|pending| Arc::clone(&run).process(pending)));
    let mut results = results.buffer_unordered(max_concurrency);
    while let Some(result) = results.next().await {
        // Without a receiver, this task is about to be canceled.
        let _ = sender.send(result);
    }
    drop(results);
    if let Some(journal) = run.journal.clone() {
        // An item without its last line is reported as unknown, or done again if that is safe.
        let _ = tokio::task::spawn_blocking(move || journal.sync()).await;
    }
    // The end of the results means that the journal is unlocked.
    drop(run);
    drop(sender);
}

impl<T: Send + 'static> BulkRun<T> {
    async fn process(self: Arc<Self>, pending: Pending) -> (usize, BulkItem<T>) {
        let Pending { index, item, request } = pending;
        let mut result = BulkItem::new(item.id.clone());
        let is_repeatable = self.operation.item.idempotency == Idempotency::Idempotent;
        let record = self.journal.clone().map(|journal| {
            let (id, response) = (item.id.clone(), Mutex::default());
            Arc::new(ItemRecord { journal, id, request, is_repeatable, response })
        });
        let recorder = record.clone().map(|record| RequestRecorder(record));
        let client = item.client(&self.client).with_options(|options| RequestOptions { recorder, ..options });
        let outcome = (self.steps.run)(client, item.invocation(self.operation)).await;
        if let Some(record) = record {
            record.finish(outcome.as_ref().err());
        }
        match outcome {
            Ok(value) => result.value = Some(value),
            Err(error) => result.error = Some(error),
        }
        (index, result)
    }

    /// Returns the result of an item that is not processed, because the journal contains it.
    fn recorded(&self, item: &Item, entry: &Entry) -> BulkItem<T> {
        let mut result = BulkItem::new(item.id.clone());
        result.from_journal = true;
        if entry.is_unknown() {
            result.error = Some(self.unknown(item, entry));
            return result;
        }
        if let (Some(status), Some(body)) = (entry.status, &entry.body) {
            let response = self.client.kept_response(self.operation.item.method, status, body.clone());
            // A response that was decoded once is decoded again.
            result.value = (self.steps.restore)(&self.client, &item.invocation(self.operation), &response).ok();
        }
        result
    }

    /// Returns the error of an item whose outcome is unknown since an earlier run.
    fn unknown(&self, item: &Item, entry: &Entry) -> Error {
        let naming = self.client.options().naming;
        let name = naming.convert(self.operation.item.name);
        let (id, time) = (&item.id, &entry.time);
        let before = entry.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
        let help = self.operation.item.documentation.unknown_outcome_message(naming);
        let help = help.unwrap_or_else(|| "check whether it was processed".to_owned());
        let target = self.client.target(self.operation.item, &item.arguments);
        let mut context = target.context(format!(
            "{name} of {id} was begun at {time} and has no result in the journal{before}; not repeated"
        ));
        context.outcome_unknown = true;
        context.outcome_help = Some(format!(
            "{}; then run the operation again with this ID {}",
            help.trim_end_matches('.'),
            self.steps.decision
        ));
        Error::OutcomeUnknown(context)
    }
}

/// Writes the journal's lines of one item.
struct ItemRecord {
    journal: Arc<Journal>,
    id: Id,
    request: Fingerprint,
    /// True if the operation can be repeated after an unknown outcome.
    is_repeatable: bool,
    /// Status and body of the response, if the request is not idempotent.
    response: Mutex<Option<(u16, String)>>,
}

impl RecordRequest for ItemRecord {
    fn before_sending(&self) -> io::Result<()> {
        self.journal.append_synced(&Entry::new(&self.id, State::Sending, &self.request))
    }

    fn responded(&self, status: u16, body: &Bytes) {
        let body = String::from_utf8_lossy(body).into_owned();
        *self.response.lock().unwrap_or_else(PoisonError::into_inner) = Some((status, body));
    }
}

impl ItemRecord {
    /// Records the result.
    fn finish(&self, error: Option<&Error>) {
        let state = match error {
            None => State::Done,
            Some(error) if error.outcome_unknown() && !self.is_repeatable => State::Unknown,
            Some(_) => State::Failed,
        };
        let mut entry = Entry::new(&self.id, state, &self.request);
        match error {
            // The next run adds its own help to the message.
            Some(error) if state == State::Unknown => {
                entry.error = Some(error.message().trim_end_matches('.').to_owned());
            }
            Some(error) => entry.error = Some(error.to_line()),
            None => {
                let response = self.response.lock().unwrap_or_else(PoisonError::into_inner).take();
                (entry.status, entry.body) = response.unzip();
            }
        }
        // Without this line, the item is unknown to the next run, or done again if that is safe. No
        // further item is sent then: the journal rejects its first line too.
        let _ = self.journal.append(&entry);
    }
}

fn open_journal(
    client: &CallFluent,
    operation: &BulkOperation,
    options: &BulkOptions,
) -> Result<(Option<Arc<Journal>>, Entries)> {
    let Some(path) = &options.journal else {
        return Ok((None, Entries::new()));
    };
    let opened = if options.dry_run {
        Journal::read(path, operation.journal_name(), client.base_url()).map(|entries| (None, entries))
    } else {
        Journal::open(path, operation.journal_name(), client.base_url())
            .map(|(journal, entries)| (Some(Arc::new(journal)), entries))
    };
    opened.map_err(|reason| Error::invalid(operation.name, "journal", reason))
}

/// Records the user's decisions.
fn resolve(journal: Option<&Journal>, entries: &mut Entries, options: &BulkOptions) -> io::Result<()> {
    for (id, resolution) in &options.resolve {
        // A decision that the journal has already changes nothing.
        let Some(entry) = entries.get_mut(id).filter(|entry| entry.is_unknown()) else {
            continue;
        };
        let state = match resolution {
            Resolution::Done => State::ResolvedDone,
            Resolution::Repeat => State::ResolvedRepeat,
        };
        *entry = Entry::new(id, state, &entry.fingerprint());
        if let Some(journal) = journal {
            journal.append_synced(entry)?;
        }
    }
    Ok(())
}
