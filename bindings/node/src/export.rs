//! Exports of the call history. The core fetches pages and writes the files; JavaScript asks for
//! the next step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{Export, runtime};
use callfluent::{CallFluent, ExportFormat, Result};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::chunks::Payload;
use crate::completion_queue::CompletionQueue;
use crate::error;
use crate::event::Event;

/// An export as the package encodes it.
#[derive(Debug, Deserialize)]
pub(crate) struct ExportSettings {
    path: PathBuf,
    since: Option<PathBuf>,
    #[serde(flatten)]
    arguments: Map<String, Value>,
}

/// An export of the call history.
#[napi]
pub struct NativeExport {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    export: Arc<Mutex<Export>>,
    /// True if the package converts the lines to a Parquet file.
    #[napi(readonly)]
    pub is_parquet: bool,
    /// The JSONL file of all calls.
    #[napi(readonly)]
    pub lines: String,
    /// The file to which the package converts the calls.
    #[napi(readonly)]
    pub converted: String,
}

impl NativeExport {
    pub(crate) fn new(
        queue: Arc<CompletionQueue>,
        log_number: Option<i64>,
        client: CallFluent,
        settings: ExportSettings,
    ) -> Result<Self> {
        let ExportSettings { path, since, arguments } = settings;
        let export = Export::new(client, path, since, arguments, Naming::Camel)?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Ok(Self {
            queue,
            log_number,
            is_parquet: export.format() == ExportFormat::Parquet,
            lines: text(export.lines()),
            converted: text(export.converted()),
            export: Arc::new(Mutex::new(export)),
        })
    }
}

#[napi]
impl NativeExport {
    /// Exports the next page, or makes the file of the user. The response under `ticket` is the
    /// numbers of calls and agents, or null after the last page.
    ///
    /// # Errors
    /// No thread can be started.
    #[napi(catch_unwind)]
    pub fn next(&self, ticket: i64, finishes: bool) -> napi::Result<()> {
        let export = Arc::clone(&self.export);
        self.queue.spawn(ticket, self.log_number, async move {
            match step(&mut *export.lock().await, finishes).await {
                Ok(numbers) => (Event::Response, Payload::Text(numbers.to_string())),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }

    /// Closes the files, so that the same export can run again.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        if let Ok(mut export) = self.export.try_lock() {
            export.close();
            return;
        }
        // A step that is being canceled holds it for a moment.
        let export = Arc::clone(&self.export);
        let _ = runtime::spawn(async move { export.lock().await.close() });
    }
}

async fn step(export: &mut Export, finishes: bool) -> Result<Value> {
    if finishes {
        let result = export.finish().await?;
        return Ok(json!({ "calls": result.calls, "agents": result.agents }));
    }
    let numbers = export.next().await?.map(
        |progress| json!({ "calls": progress.calls, "agents": progress.agents, "totalAgents": progress.total_agents }),
    );
    Ok(numbers.unwrap_or_default())
}
