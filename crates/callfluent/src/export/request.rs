//! The arguments of an export and their check, its progress, and its result.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::masks::ExportMask;
use crate::durable_file::folder_of;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::schema::{Naming, is_close};

/// The name of the method, for errors.
pub(crate) const OPERATION: &str = "calls.export";

/// Format of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFormat {
    /// One call on each line, as JSON.
    Jsonl,
    /// A column for each field that any call has. Objects and lists are JSON.
    Csv,
    /// Typed columns. Needs the feature `parquet`.
    Parquet,
}

impl ExportFormat {
    /// Returns the name, which is the suffix of a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// The name of another format.
impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let formats = [Self::Jsonl, Self::Csv, Self::Parquet];
        formats.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A name that is not one of an [`ExportFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of jsonl, csv, parquet, got {0:?}")]
pub struct UnknownFormat(String);

/// Numbers of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportProgress {
    /// Calls that were exported, also by earlier runs of the same export.
    pub calls: u64,
    /// Agents whose calls are complete.
    pub agents: usize,
    /// All agents.
    pub total_agents: usize,
}

/// A finished export.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportResult {
    /// The file.
    pub path: PathBuf,
    /// Number of exported calls.
    pub calls: u64,
    /// Number of agents whose calls were listed.
    pub agents: usize,
}

/// The arguments of an export.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExportRequest {
    /// The file to write.
    pub(crate) path: PathBuf,
    /// Name of the format. `None` selects that of the suffix.
    pub(crate) format: Option<String>,
    /// The agents. Either these or `workspace`.
    pub(crate) agents: Option<Vec<Id>>,
    /// The workspace whose agents are exported.
    pub(crate) workspace: Option<Id>,
    /// The file of the highest call IDs.
    pub(crate) since: Option<PathBuf>,
    /// Names of masks, in the naming of the language.
    pub(crate) masks: Vec<String>,
    /// True if types of columns are given, which only a Parquet file has.
    pub(crate) has_columns: bool,
}

impl ExportRequest {
    /// Returns the format.
    ///
    /// # Errors
    /// The name is unknown.
    pub(super) fn selected_format(&self) -> Result<ExportFormat, UnknownFormat> {
        match &self.format {
            Some(format) => format.parse(),
            None => self.path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default().parse(),
        }
    }

    /// Returns the masks, each once.
    pub(super) fn masks(&self) -> Vec<ExportMask> {
        let names = [Naming::Snake, Naming::Camel];
        let is_given = |mask: &ExportMask| {
            self.masks.iter().any(|given| names.iter().any(|naming| naming.convert(mask.name()) == **given))
        };
        ExportMask::ALL.into_iter().filter(is_given).collect()
    }

    /// Checks the arguments, and removes agents that are given twice.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all errors.
    pub(super) fn checked(mut self, naming: Naming) -> Result<(Self, ExportFormat)> {
        let mut errors = Vec::new();
        if self.agents.is_some() == self.workspace.is_some() {
            let (agents, workspace) = (naming.convert("agent_ids"), naming.convert("workspace_id"));
            let not_both = if self.agents.is_some() { ", not both" } else { "" };
            let reason = format!("pass {agents} or {workspace}{not_both}");
            errors.push(FieldError::new("agent_ids", reason));
        }
        if self.agents.as_ref().is_some_and(Vec::is_empty) {
            // A filter of the caller has found nothing. An empty file would replace an earlier
            // one.
            let workspace = naming.convert("workspace_id");
            errors.push(FieldError::new("agent_ids", format!("is empty; pass an ID, or {workspace} for all agents")));
        }
        let mut ids = self.agents.iter().flatten().chain(&self.workspace);
        if ids.any(|id| id.is_missing() || id.to_string().is_empty()) {
            let field = if self.agents.is_some() { "agent_ids" } else { "workspace_id" };
            errors.push(FieldError::new(field, "an ID is missing"));
        }
        let format = self.selected_format();
        if let Err(error) = &format {
            errors.push(FieldError::new("format", error.to_string()));
        }
        let masks: Vec<_> = ExportMask::ALL.iter().map(|mask| naming.convert(mask.name())).collect();
        let unknown: Vec<_> =
            self.masks.iter().map(String::as_str).filter(|given| !masks.contains(&(*given).into())).collect();
        if let Some(first) = unknown.first() {
            let got = unknown.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            let reason = format!("expected {}, got {got}", masks.join(" or "));
            // The name in the other naming, or a misspelled one.
            let near = masks.iter().find(|mask| is_close(first, mask));
            let suggestion = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            errors.push(FieldError::new("mask", format!("{reason}{suggestion}")));
        }
        if self.has_columns && format != Ok(ExportFormat::Parquet) {
            errors.push(FieldError::new("columns", "only Parquet files have typed columns"));
        }
        check_file("path", &self.path, &mut errors);
        if let Some(since) = &self.since {
            if is_same_file(since, &self.path) {
                errors.push(FieldError::new("since", "is the same file as path; it needs a file of its own"));
            } else {
                check_file("since", since, &mut errors);
            }
        }
        let format = match format {
            Ok(format) if errors.is_empty() => format,
            _ => return Err(Error::InvalidRequest(FieldErrors::new(OPERATION, errors))),
        };
        if let Some(agents) = &mut self.agents {
            keep_first(agents);
        }
        Ok((self, format))
    }
}

/// Checks that a path can be that of a file. After hours of an export, it would be too late.
fn check_file(argument: &str, path: &Path, errors: &mut Vec<FieldError>) {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let folder = folder_of(path);
    let reason = if path.file_name().is_none() {
        format!("{} does not name a file", path.display())
    } else if path.is_dir() {
        format!("{} is a folder; pass the path of a file", quoted(path))
    } else if folder.is_dir() {
        return;
    } else if folder.exists() {
        format!("{} is not a folder", quoted(folder))
    } else {
        format!("the folder {} does not exist", quoted(folder))
    };
    errors.push(FieldError::new(argument, reason));
}

/// Removes IDs that are in the list a second time.
pub(super) fn keep_first(ids: &mut Vec<Id>) {
    let mut known = HashSet::new();
    ids.retain(|id| known.insert(id.clone()));
}

/// Returns whether both paths name one file, which may not exist yet.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| {
        let in_folder = || Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?));
        path.canonicalize().ok().or_else(in_folder)
    };
    one == other || canonical(one).is_some_and(|one| canonical(other) == Some(one))
}
