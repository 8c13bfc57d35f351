//! Counts where the API's answers differ from its documentation, so that a change is seen before it hurts.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::api_key::ApiKey;
use crate::schema::Naming;

/// The most distinct differences that a client remembers; a server that invents names must not fill the memory.
const MOST_DIFFERENCES: usize = 1_000;
/// The most characters kept of an unknown value.
const MOST_VALUE_CHARACTERS: usize = 64;

/// How an answer differs from the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DriftKind {
    /// A field that the documentation does not list.
    UnknownField,
    /// A value that the documentation does not list for an enumeration.
    UnknownValue,
    /// A field that the documentation promises is not there.
    MissingField,
    /// A value cannot be read as what the documentation says it is.
    UnreadableValue,
}

impl serde::Serialize for DriftKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for DriftKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::UnknownField => "unknown field",
            Self::UnknownValue => "unknown value",
            Self::MissingField => "missing field",
            Self::UnreadableValue => "unreadable value",
        })
    }
}

/// One difference between the answers and the documentation, with how often it was seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct DriftEntry {
    /// Where: a record and its field, such as `Agent.tone`, or an operation and the place in its answer.
    pub path: String,
    /// What kind of difference.
    pub kind: DriftKind,
    /// The unknown value of an enumeration, at most 64 characters of it.
    pub value: Option<String>,
    /// How often it was seen.
    pub count: u64,
}

impl DriftEntry {
    pub(crate) fn new(path: &str, kind: DriftKind, value: Option<&str>) -> Self {
        Self { path: path.to_owned(), kind, value: value.map(str::to_owned), count: 0 }
    }

    /// The same difference as it may be shown: without the key that the answer may have repeated, and not too long. It is
    /// shortened last, since a part of the key would not be found.
    pub(crate) fn shown(&self, secret: &ApiKey) -> Self {
        let value = self.value.as_ref().map(|value| secret.redact(value.clone()));
        Self {
            path: secret.redact(self.path.clone()),
            kind: self.kind,
            value: value.map(|value| value.chars().take(MOST_VALUE_CHARACTERS).collect()),
            count: self.count,
        }
    }

    /// The same difference, with the documented names of its path in another naming.
    #[must_use]
    pub fn named(&self, naming: Naming) -> Self {
        // A field that the documentation does not list has no name but its own.
        let documented = match self.kind {
            DriftKind::UnknownField => self.path.rfind('.').unwrap_or(0),
            _ => self.path.len(),
        };
        let (documented, own) = self.path.split_at(documented);
        Self { path: format!("{}{own}", naming.write(documented)), ..self.clone() }
    }
}

impl fmt::Display for DriftEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.kind)?;
        if let Some(value) = &self.value {
            write!(formatter, " {value:?}")?;
        }
        Ok(())
    }
}

/// All differences that a client and its clones have seen.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    seen: Mutex<HashMap<(String, DriftKind), DriftEntry>>,
}

impl Drift {
    /// Adds what one answer showed, without the key that it may have repeated; logs each difference the first time.
    pub(crate) fn add(&self, found: &HashMap<(String, DriftKind), DriftEntry>, secret: &ApiKey, naming: Naming) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, difference) in found {
            if let Some(known) = seen.get_mut(key) {
                known.count += difference.count;
            } else if seen.len() < MOST_DIFFERENCES {
                let difference = difference.shown(secret);
                tracing::warn!(
                    target: "callfluent",
                    path = %difference.named(naming).path,
                    kind = %difference.kind,
                    "the API's answer differs from its documentation"
                );
                seen.insert(key.clone(), difference);
            }
        }
    }

    /// What was seen so far, ordered by path.
    pub(crate) fn differences(&self) -> Vec<DriftEntry> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut differences: Vec<_> = seen.values().cloned().collect();
        differences.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
        differences
    }
}
