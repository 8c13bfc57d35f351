//! `Calls::export` of the Rust API: its options, until it is awaited.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;

use super::endpoints::{Calls, LIST};
#[cfg(feature = "parquet")]
use crate::arrow::ColumnType;
use crate::client::CallFluent;
use crate::error::{Error, Result};
use crate::export::{self, ExportFormat, ExportMask, ExportProgress, ExportRequest, ExportResult, Exporter, Lists};
use crate::id::Id;
use crate::resources::agents;
use crate::resources::method_docs::method_docs;
use crate::schema::Naming;

/// The operations that an export uses.
pub(crate) const EXPORTED_LISTS: Lists = Lists { calls: &LIST, agents: &agents::LIST };

impl Calls<'_> {
    #[doc = method_docs!("calls.export")]
    pub fn export(self, path: impl Into<PathBuf>) -> CallExport {
        CallExport {
            client: self.client().clone(),
            request: ExportRequest { path: path.into(), ..ExportRequest::default() },
            #[cfg(feature = "parquet")]
            columns: Vec::new(),
            on_progress: None,
        }
    }
}

#[cfg(feature = "blocking")]
impl super::endpoints::blocking::Calls<'_> {
    /// Writes the call history of agents to a file; see [`Calls::export`](super::Calls::export).
    ///
    /// [`CallExport::wait`] blocks until the file is complete.
    pub fn export(self, path: impl Into<PathBuf>) -> CallExport {
        self.async_resource().export(path)
    }
}

/// An export of the call history to a file. Await it for the result.
#[must_use = "an export does nothing unless it is awaited"]
pub struct CallExport {
    client: CallFluent,
    request: ExportRequest,
    #[cfg(feature = "parquet")]
    columns: Vec<(String, ColumnType)>,
    on_progress: Option<Box<dyn FnMut(ExportProgress) + Send>>,
}

impl CallExport {
    /// Sets the agents whose calls are exported. Pass these or
    /// [`workspace_id`](Self::workspace_id). An empty list is an error.
    pub fn agent_ids(mut self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Self {
        self.request.agents = Some(agent_ids.into_iter().map(Into::into).collect());
        self
    }

    /// Exports the calls of all agents of a workspace.
    pub fn workspace_id(mut self, workspace_id: impl Into<Id>) -> Self {
        self.request.workspace = Some(workspace_id.into());
        self
    }

    /// Sets the format. Default: the suffix of the path.
    pub fn format(mut self, format: ExportFormat) -> Self {
        self.request.format = Some(format.name().to_owned());
        self
    }

    /// Sets a file that remembers the highest call ID of each agent. Only calls with higher IDs are
    /// exported, and the file is updated at the end. A missing file means all calls. Default: none.
    pub fn since(mut self, path: impl Into<PathBuf>) -> Self {
        self.request.since = Some(path.into());
        self
    }

    /// Masks personal data. Can be repeated. Default: none.
    pub fn mask(mut self, mask: ExportMask) -> Self {
        self.request.masks.push(mask.name().to_owned());
        self
    }

    /// Adds a column of a Parquet file. Can be repeated. Undocumented fields without a column go to
    /// `extra`. Default: the columns that the first 1,000 calls have.
    #[cfg(feature = "parquet")]
    pub fn column(mut self, name: impl Into<String>, column_type: ColumnType) -> Self {
        self.request.has_columns = true;
        self.columns.push((name.into(), column_type));
        self
    }

    /// Sets a function that gets the progress after each page. Default: none.
    pub fn on_progress(mut self, on_progress: impl FnMut(ExportProgress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(on_progress));
        self
    }

    /// Blocks this thread until the file is complete.
    ///
    /// # Errors
    /// Those of [`Calls::export`].
    ///
    /// # Panics
    /// In async code. Await it there.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::blocking::CallFluent) -> callfluent::Result<()> {
    /// let result = client.calls().export("calls.csv").workspace_id(1).wait()?;
    /// println!("{} calls of {} agents", result.calls, result.agents);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<ExportResult> {
        crate::client::blocking::wait(self.into_future())
    }

    async fn run(self) -> Result<ExportResult> {
        let Self { client, request, mut on_progress, .. } = self;
        let mut exporter = Exporter::new(client, EXPORTED_LISTS, request, Naming::Snake)?;
        let is_parquet = exporter.format() == ExportFormat::Parquet;
        if is_parquet && cfg!(not(feature = "parquet")) {
            return Err(Error::invalid(export::OPERATION, "format", "parquet needs the feature parquet of this crate"));
        }
        #[cfg(feature = "parquet")]
        crate::export::check_columns(&self.columns)?;
        while let Some(progress) = exporter.next().await? {
            if let Some(on_progress) = &mut on_progress {
                on_progress(progress);
            }
        }
        #[cfg(feature = "parquet")]
        if is_parquet {
            let (lines, converted) = (exporter.lines().to_owned(), exporter.converted().to_owned());
            let columns = self.columns;
            crate::export::blocking(move || crate::export::write_parquet(&lines, &converted, &columns)).await?;
        }
        exporter.finish().await
    }
}

impl IntoFuture for CallExport {
    type Output = Result<ExportResult>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for CallExport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallExport").field("request", &self.request).finish_non_exhaustive()
    }
}
