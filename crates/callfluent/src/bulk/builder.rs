//! A bulk operation of the Rust API: its items and options, until it is awaited.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;

use super::batch::start;
use super::item::{BulkItem, Item};
use super::item_steps::ItemSteps;
use super::operation::BulkOperation;
use super::options::{BulkOptions, Resolution};
use super::stream::BulkStream;
use crate::client::CallFluent;
use crate::error::Result;
use crate::id::Id;

/// One operation for many items. Await it for all results, or [`start`](Self::start) it for a
/// stream of them.
///
/// An error of one item does not stop the others. Awaiting fails only if the arguments or the
/// journal are invalid; then nothing was sent. Requests follow the client's limits, timeouts and
/// retry rules.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// for item in client.agents().get_many([1001, 1002]).max_concurrency(4).await? {
///     match item.value {
///         Some(details) => println!("{}: {:?}", item.id, details.agent.name),
///         None => println!("{}: {:?}", item.id, item.error),
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "a bulk operation does nothing unless it is awaited or started"]
pub struct Bulk<T> {
    client: CallFluent,
    operation: &'static BulkOperation,
    items: Vec<Item>,
    steps: ItemSteps<T>,
    options: BulkOptions,
}

impl<T: Send + 'static> Bulk<T> {
    pub(crate) fn new(
        client: &CallFluent,
        operation: &'static BulkOperation,
        items: Vec<Item>,
        steps: ItemSteps<T>,
    ) -> Self {
        Self { client: client.clone(), operation, items, steps, options: BulkOptions::default() }
    }

    /// Sets the maximum number of items that are processed at once, at least 1. Default: 10. The
    /// limits of the client apply, too.
    pub fn max_concurrency(mut self, max_concurrency: usize) -> Self {
        self.options.max_concurrency = max_concurrency;
        self
    }

    /// Validates all items and compares them with the journal, but sends nothing. Items that would
    /// be sent have neither a value nor an error. Only for operations that change something.
    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// Records each item in a file, by its ID. Another run with the same file processes only the
    /// items that are missing or failed. A call or a new agent that may exist, because a run was
    /// interrupted or its outcome is unknown, is not repeated: its error is
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown). Changes and deletions are repeated,
    /// because they are idempotent. A phone number that was called with one ID cannot be called
    /// with another: to call a person again on purpose, use a new journal.
    ///
    /// Responses of creates and calls are kept in the file, and no other data except hashes of the
    /// requests and phone numbers. It is locked while the operation runs. Only for operations that
    /// change something.
    pub fn journal(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.journal = Some(path.into());
        self
    }

    /// Decides about an item whose outcome is unknown in the journal.
    pub fn resolve(mut self, id: impl Into<Id>, resolution: Resolution) -> Self {
        self.options.resolve.push((id.into(), resolution));
        self
    }

    /// Validates all items and starts to process them, even if the stream is not polled.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with all errors of all items, or if
    /// the journal is invalid or in use. Nothing was sent then.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let mut results = client.calls().list_many([1001, 1002]).start()?;
    /// while let Some(item) = results.next().await {
    ///     println!("{} of {}: {}", results.completed(), results.total(), item.id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn start(self) -> Result<BulkStream<T>> {
        start(self.client, self.operation, self.items, self.steps, &self.options, |work| work)
    }

    /// Processes all items and blocks this thread until all are completed.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    ///
    /// # Panics
    /// In async code. Await it there.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::blocking::CallFluent) -> callfluent::Result<()> {
    /// let results = client.agents().get_many([1001, 1002]).wait()?;
    /// println!("{} results", results.len());
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<Vec<BulkItem<T>>> {
        crate::client::blocking::wait(self.into_future())
    }
}

impl<T: Send + 'static> IntoFuture for Bulk<T> {
    type Output = Result<Vec<BulkItem<T>>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut results = self.start()?;
            let mut items = Vec::with_capacity(results.total());
            while let Some(item) = results.next().await {
                items.push(item);
            }
            Ok(items)
        })
    }
}

impl<T> fmt::Debug for Bulk<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bulk")
            .field("operation", &self.operation.name)
            .field("items", &self.items.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
