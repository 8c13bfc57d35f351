//! The results of a bulk operation while it runs, in the order of the items. Dropping them cancels
//! what is left.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::item::{BulkItem, Item};
use super::operation::BulkOperation;
use crate::client::CallFluent;
use crate::error::{Error, RequestTarget};
use crate::id::Id;
use crate::request::path_of;
use crate::response::error::with_operation;
use crate::schema::Naming;

/// Time in which results are collected before a binding takes them.
const CHUNK_TIME: Duration = Duration::from_millis(20);

/// The results of a bulk operation, one for each item, in the order of the items. Implements
/// [`Stream`]; [`next`](Self::next) needs no further crate.
///
/// The operation makes progress even if the stream is not polled. Dropping it cancels the requests
/// in flight, and the journal keeps what was done.
#[must_use = "dropping the results cancels the operation"]
pub struct BulkStream<T> {
    receiver: UnboundedReceiver<(usize, BulkItem<T>)>,
    task: Option<JoinHandle<()>>,
    /// Results that arrived before those of earlier items.
    early: BTreeMap<usize, BulkItem<T>>,
    /// Index of the next item.
    next: usize,
    expected: Expected,
    completed: usize,
    failed: usize,
    /// End of the time in which a chunk is collected, once it has a result.
    chunk_end: Option<Instant>,
}

/// The items of a bulk operation, for errors of those that are never reported.
pub(super) struct Expected {
    ids: Vec<Id>,
    /// Paths of the requests, below the base URL.
    paths: Vec<String>,
    operation: &'static BulkOperation,
    base_url: String,
    naming: Naming,
}

impl Expected {
    pub(super) fn new(client: &CallFluent, operation: &'static BulkOperation, items: &[Item]) -> Self {
        let ids = items.iter().map(|item| item.id.clone()).collect();
        let paths = items.iter().map(|item| path_of(operation.item, &item.arguments)).collect();
        Self { ids, paths, operation, base_url: client.base_url().to_owned(), naming: client.options().naming }
    }

    /// Returns the result of an item that the operation did not complete.
    fn unreported<T>(&self, index: usize) -> Option<BulkItem<T>> {
        let (id, path) = (self.ids.get(index)?, self.paths.get(index)?);
        let operation = self.operation.item;
        let name = self.naming.convert(operation.name);
        let target = RequestTarget::new(operation.method.as_str(), format!("{}{path}", self.base_url));
        let mut context = target.context(format!("{name} of {id} has no result: its tokio runtime was shut down"));
        context.outcome_unknown = self.operation.is_change();
        let error = with_operation(Error::Connection(context), operation, self.naming);
        Some(BulkItem { error: Some(error), ..BulkItem::new(id.clone()) })
    }
}

/// Results that arrived together, for bindings.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkChunk<T> {
    /// Results, in the order of the items.
    pub items: Vec<BulkItem<T>>,
    /// Number of items that are completed, with or without an error.
    pub completed: usize,
    /// Number of items with an error.
    pub failed: usize,
}

impl<T> BulkStream<T> {
    pub(super) fn new(
        receiver: UnboundedReceiver<(usize, BulkItem<T>)>,
        task: Option<JoinHandle<()>>,
        expected: Expected,
    ) -> Self {
        Self { receiver, task, early: BTreeMap::new(), next: 0, expected, completed: 0, failed: 0, chunk_end: None }
    }

    /// Returns the number of items.
    pub fn total(&self) -> usize {
        self.expected.ids.len()
    }

    /// Returns the number of items that are completed, with or without an error. Results that wait
    /// for earlier items count.
    pub fn completed(&self) -> usize {
        self.completed
    }

    /// Returns the number of completed items with an error.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Returns the result of the next item; `None` at the end.
    pub async fn next(&mut self) -> Option<BulkItem<T>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    /// Waits for further results and returns them; `None` at the end. The results can be empty, if
    /// only later items are completed. Needs a runtime with timers. If the future is dropped, the
    /// next one continues.
    #[doc(hidden)]
    pub async fn next_chunk(&mut self) -> Option<BulkChunk<T>> {
        let end = match self.chunk_end {
            Some(end) => end,
            None => {
                let has_arrived = std::future::poll_fn(|context| self.poll_arrival(context)).await;
                if !has_arrived && self.early.is_empty() {
                    return None;
                }
                *self.chunk_end.insert(Instant::now() + CHUNK_TIME)
            }
        };
        // The clock decides, too: a timer that was just made waits for a turn of the runtime.
        while self.completed < self.total() && Instant::now() < end {
            let arrival = std::future::poll_fn(|context| self.poll_arrival(context));
            if !tokio::time::timeout_at(end, arrival).await.unwrap_or_default() {
                break;
            }
        }
        self.chunk_end = None;
        let items = std::iter::from_fn(|| self.take_next()).collect();
        Some(BulkChunk { items, completed: self.completed, failed: self.failed })
    }

    fn take_next(&mut self) -> Option<BulkItem<T>> {
        let item = self.early.remove(&self.next)?;
        self.next += 1;
        Some(item)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<BulkItem<T>>> {
        loop {
            if let Some(item) = self.take_next() {
                return Poll::Ready(Some(item));
            }
            if !ready!(self.poll_arrival(context)) {
                return Poll::Ready(None);
            }
        }
    }

    /// Takes a result; `false` after the last one, when the journal is complete.
    fn poll_arrival(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if let Some((index, item)) = ready!(self.receiver.poll_recv(context)) {
            self.add(index, item);
            return Poll::Ready(true);
        }
        if self.completed == self.total() {
            return Poll::Ready(false);
        }
        if let Some(task) = &mut self.task {
            let ended = ready!(Pin::new(task).poll(context));
            self.task = None;
            if let Err(error) = ended
                && let Ok(panic) = error.try_into_panic()
            {
                std::panic::resume_unwind(panic);
            }
        }
        // The runtime was shut down. Without an error, the end would look like success.
        for index in self.next..self.total() {
            if !self.early.contains_key(&index)
                && let Some(item) = self.expected.unreported(index)
            {
                self.add(index, item);
            }
        }
        Poll::Ready(true)
    }

    fn add(&mut self, index: usize, item: BulkItem<T>) {
        self.completed += 1;
        self.failed += usize::from(item.error.is_some());
        self.early.insert(index, item);
    }
}

impl<T> Stream for BulkStream<T> {
    type Item = BulkItem<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.total() - self.next))
    }
}

impl<T> Unpin for BulkStream<T> {}

impl<T> Drop for BulkStream<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl<T> fmt::Debug for BulkStream<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { completed, failed, .. } = self;
        formatter
            .debug_struct("BulkStream")
            .field("total", &self.total())
            .field("completed", completed)
            .field("failed", failed)
            .finish_non_exhaustive()
    }
}
