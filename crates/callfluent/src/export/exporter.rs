//! Exports the call history of agents, page by page. Rust and the bindings drive it; it has the
//! only loop.

use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::files::{ExportFiles, ExportPage, Paths};
use super::request::{ExportFormat, ExportProgress, ExportRequest, ExportResult};
use crate::client::{CallFluent, Invocation};
use crate::decode::List;
use crate::error::{RequestTarget, Result};
use crate::id::Id;
use crate::models::Agent;
use crate::operation::Operation;
use crate::runtime;
use crate::schema::Naming;

/// Time that a page may take before the calls so far are written to the disk meanwhile.
const FLUSH_AFTER: Duration = Duration::from_millis(100);

/// The operations that an export uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists {
    /// Lists the calls of an agent.
    pub(crate) calls: &'static Operation,
    /// Lists the agents of a workspace.
    pub(crate) agents: &'static Operation,
}

/// An export. If a step fails or is dropped, the next one continues.
#[derive(Debug)]
pub(crate) struct Exporter {
    client: CallFluent,
    lists: Lists,
    request: ExportRequest,
    format: ExportFormat,
    paths: Paths,
    naming: Naming,
    /// `None` before the first step.
    files: Option<Files>,
}

type Files = Arc<Mutex<ExportFiles>>;

impl Exporter {
    /// Checks the arguments. Neither sends nor writes anything.
    pub(crate) fn new(client: CallFluent, lists: Lists, request: ExportRequest, naming: Naming) -> Result<Self> {
        let (request, format) = request.checked(naming)?;
        let paths = Paths::new(&request.path, request.since.as_deref());
        Ok(Self { client, lists, request, format, paths, naming, files: None })
    }

    pub(crate) fn format(&self) -> ExportFormat {
        self.format
    }

    /// Returns the file of calls, which is complete after the last step.
    pub(crate) fn lines(&self) -> &Path {
        &self.paths.part
    }

    /// Returns the file to which the caller converts the calls, if the format is Parquet.
    pub(crate) fn converted(&self) -> &Path {
        &self.paths.converted
    }

    /// Exports the next page; `None` after the last one.
    ///
    /// # Errors
    /// Those of the lists, and of the files.
    pub(crate) async fn next(&mut self) -> Result<Option<ExportProgress>> {
        let step = self.step().await;
        if step.is_err() {
            // Errors can live long, and the same export must be able to run meanwhile.
            self.close();
        }
        step
    }

    /// Closes the files. The next step opens them again, and continues.
    pub(crate) fn close(&mut self) {
        self.files = None;
    }

    async fn step(&mut self) -> Result<Option<ExportProgress>> {
        let files = self.open().await?;
        if lock(&files).needs_agents() {
            let workspace = self.request.workspace.clone().unwrap_or_default();
            let agents = self.agents_of(workspace).await?;
            lock(&files).set_agents(agents);
        }
        let Some((agent, page)) = on(&files, ExportFiles::next_page).await? else {
            on(&files, ExportFiles::complete).await?;
            return Ok(None);
        };
        let fetched = self.fetch_and_flush(&files, agent, page).await;
        let page = match fetched {
            Ok(page) => page,
            Err(error) => {
                // Without it, the next run fetches a few pages again.
                let _ = on(&files, ExportFiles::flush).await;
                return Err(error);
            }
        };
        on(&files, move |files| files.append(&page)).await?;
        Ok(Some(lock(&files).progress()))
    }

    /// Makes the file of the user after the last step.
    ///
    /// # Errors
    /// Those of the files.
    pub(crate) async fn finish(&mut self) -> Result<ExportResult> {
        let files = self.open().await?;
        let format = self.format;
        let finished = on(&files, move |files| files.finish(format)).await;
        let ExportProgress { calls, total_agents, .. } = lock(&files).progress();
        self.close();
        finished?;
        Ok(ExportResult { path: self.request.path.clone(), calls, agents: total_agents })
    }

    async fn open(&mut self) -> Result<Files> {
        if let Some(files) = &self.files {
            return Ok(Arc::clone(files));
        }
        let (request, paths, naming) = (self.request.clone(), self.paths.clone(), self.naming);
        let server = self.client.base_url().to_owned();
        let opened = blocking(move || ExportFiles::open(&request, paths, &server, naming)).await?;
        Ok(Arc::clone(self.files.insert(Arc::new(Mutex::new(opened)))))
    }

    /// Lists the agents of a workspace. Without one of them, its calls would be missing.
    async fn agents_of(&self, workspace: Id) -> Result<Vec<Id>> {
        let list = self.lists.agents;
        let response = self.client.invoke_raw(Invocation::new(list).with("workspace_id", workspace)).await?;
        let decoder = self.client.decoder()?;
        let agents: List<Agent> = decoder.decode(list, &response)?;
        if !agents.invalid_items().is_empty() || agents.iter().any(|agent| agent.id.is_missing()) {
            let agent_ids = self.naming.convert("agent_ids");
            let message = format!("the list of agents has an item without an ID; pass {agent_ids} to export calls");
            return Err(decoder.unusable(&response, &message));
        }
        Ok(agents.into_vec().into_iter().map(|agent| agent.id).collect())
    }

    /// Fetches a page. If it takes long, the calls so far are written to the disk meanwhile.
    async fn fetch_and_flush(&self, files: &Files, agent: Id, page: u32) -> Result<ExportPage> {
        let fetch = pin!(self.fetch(agent, page));
        if !lock(files).is_behind() {
            return fetch.await;
        }
        let flush = pin!(async {
            let _ = runtime::run(async { tokio::time::sleep(FLUSH_AFTER).await }).await;
            on(files, ExportFiles::flush).await
        });
        match select(fetch, flush).await {
            Either::Left((fetched, _)) => fetched,
            Either::Right((flushed, fetch)) => {
                let fetched = fetch.await;
                flushed?;
                fetched
            }
        }
    }

    async fn fetch(&self, agent: Id, number: u32) -> Result<ExportPage> {
        let calls = self.lists.calls;
        let invocation = Invocation::new(calls).with("agent_id", agent).with("page", number);
        let response = self.client.invoke_raw(invocation).await?;
        let items = self.client.decoder()?.decode_public(calls, &response, self.naming)?;
        let invalid = items.invalid_items().to_vec();
        Ok(ExportPage { number, records: items.into_records().unwrap_or_default(), invalid })
    }
}

fn lock(files: &Files) -> MutexGuard<'_, ExportFiles> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works on the files, on a thread that may block. If the future is dropped, work that has begun
/// still ends.
async fn on<T: Send + 'static>(
    files: &Files,
    work: impl FnOnce(&mut ExportFiles) -> Result<T> + Send + 'static,
) -> Result<T> {
    let files = Arc::clone(files);
    blocking(move || work(&mut lock(&files))).await
}

pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let ended = runtime::run(async move { tokio::task::spawn_blocking(work).await }).await;
    match ended {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime shuts down, and this future with it.
            Err(_) => std::future::pending().await,
        },
        Err(error) => Err(runtime::no_runtime(error, RequestTarget::default())),
    }
}
