//! Exports of the call history, with the names of the language.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::client::CallFluent;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::export::{self, ExportFormat, ExportProgress, ExportRequest, ExportResult, Exporter};
use crate::id::Id;
use crate::resources::EXPORTED_LISTS;
use crate::schema::Naming;

/// An export, page by page.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::{Export, schema::Naming};
///
/// let arguments = serde_json::Map::from_iter([("workspace_id".to_owned(), 1.into())]);
/// let mut export = Export::new(client, "calls.jsonl".into(), None, arguments, Naming::Snake)?;
/// while let Some(progress) = export.next().await? {
///     println!("{} calls", progress.calls);
/// }
/// export.finish().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Export(Exporter);

impl Export {
    /// Checks the arguments. Neither sends nor writes anything. `arguments` are those of the
    /// language except the paths: IDs of agents, an ID or a list; the ID of a workspace, a format,
    /// a list of masks, and columns.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all errors.
    pub fn new(
        client: CallFluent,
        path: PathBuf,
        since: Option<PathBuf>,
        mut arguments: Map<String, Value>,
        naming: Naming,
    ) -> Result<Self> {
        let mut take = |name: &str| arguments.remove(&*naming.convert(name)).filter(|value| !value.is_null());
        let mut errors = Vec::new();
        let mut ids = |name: &str, value: Value| {
            let values = if let Value::Array(values) = value { values } else { vec![value] };
            let ids: Option<Vec<_>> = values.iter().map(to_id).collect();
            if ids.is_none() {
                let given: Vec<_> =
                    values.iter().filter(|value| to_id(value).is_none()).map(Value::to_string).collect();
                errors.push(FieldError::new(name, format!("expected IDs, got {}", given.join(", "))));
            }
            ids.unwrap_or_default()
        };
        let agents = take("agent_ids").map(|value| ids("agent_ids", value));
        let workspace = take("workspace_id").map(|value| match value {
            Value::Array(_) => ids("workspace_id", Value::Array(vec![value])),
            value => ids("workspace_id", value),
        });
        if !errors.is_empty() {
            return Err(Error::InvalidRequest(FieldErrors::new(export::OPERATION, errors)));
        }
        let masks = match take("mask") {
            Some(Value::Array(masks)) => masks.into_iter().map(to_text).collect(),
            mask => mask.into_iter().map(to_text).collect(),
        };
        let request = ExportRequest {
            path,
            format: take("format").map(to_text),
            agents,
            workspace: workspace.and_then(|ids| ids.into_iter().next()),
            since,
            masks,
            has_columns: take("columns").is_some(),
        };
        Exporter::new(client, EXPORTED_LISTS, request, naming).map(Self)
    }

    /// Returns the format.
    pub fn format(&self) -> ExportFormat {
        self.0.format()
    }

    /// Returns the JSONL file of all calls, which is complete after the last page.
    pub fn lines(&self) -> &Path {
        self.0.lines()
    }

    /// Returns the file to which the caller converts the calls, if the format is Parquet.
    pub fn converted(&self) -> &Path {
        self.0.converted()
    }

    /// Exports the next page; `None` after the last one. If it fails or is dropped, the next call
    /// continues.
    ///
    /// # Errors
    /// Those of the lists; [`Error::File`](crate::Error::File) for the files.
    pub async fn next(&mut self) -> Result<Option<ExportProgress>> {
        self.0.next().await
    }

    /// Closes the files. The next page opens them again.
    pub fn close(&mut self) {
        self.0.close();
    }

    /// Makes the file of the user after the last page.
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File).
    pub async fn finish(&mut self) -> Result<ExportResult> {
        self.0.finish().await
    }
}

fn to_id(value: &Value) -> Option<Id> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => serde_json::from_value(value.clone()).ok(),
        Value::String(id) if !id.is_empty() => Some(Id::from(id.as_str())),
        _ => None,
    }
}

/// Returns a string, or any other value as JSON, which is an unknown name.
fn to_text(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}
