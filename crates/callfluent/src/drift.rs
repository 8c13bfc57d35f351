//! Counts differences between the API's responses and its documentation, so that a change of the
//! API is noticed before it causes failures.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::api_key::ApiKey;
use crate::log_text::one_line;
use crate::schema::Naming;
use crate::shorten::first_characters;

/// Maximum number of entries of a client. A server that invents names must not fill the memory.
const MAX_ENTRIES: usize = 1_000;
/// Maximum number of characters that are kept of an unknown value.
const MAX_VALUE_CHARACTERS: usize = 64;

/// The kind of a difference between a response and the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DriftKind {
    /// A field is not documented.
    UnknownField,
    /// A value of an enumeration is not documented.
    UnknownValue,
    /// A documented field is missing.
    MissingField,
    /// A value cannot be decoded as documented.
    InvalidValue,
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
            Self::InvalidValue => "invalid value",
        })
    }
}

/// One difference between responses and the documentation, with a count.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct DriftEntry {
    /// A record and its field, such as `Agent.tone`, or an operation and a position in its
    /// response.
    pub path: String,
    /// Kind of the difference.
    pub kind: DriftKind,
    /// Unknown value of an enumeration, at most 64 characters.
    pub value: Option<String>,
    /// Number of occurrences.
    pub count: u64,
}

impl DriftEntry {
    pub(crate) fn new(path: &str, kind: DriftKind, value: Option<&str>) -> Self {
        Self { path: path.to_owned(), kind, value: value.map(str::to_owned), count: 0 }
    }

    /// Returns the entry without the API key, which the response may repeat, and with a short
    /// value. The value is cut last, since a part of the key would not be found.
    pub(crate) fn redacted(&self, key: &ApiKey) -> Self {
        let value = self.value.as_ref().map(|value| key.redact(value.clone()));
        Self {
            path: key.redact(self.path.clone()),
            kind: self.kind,
            value: value.map(|value| first_characters(&value, MAX_VALUE_CHARACTERS).to_owned()),
            count: self.count,
        }
    }

    /// Returns the entry with the documented names of its path in another naming.
    #[doc(hidden)]
    #[must_use]
    pub fn named(&self, naming: Naming) -> Self {
        // An undocumented field has only one name.
        let documented = match self.kind {
            DriftKind::UnknownField => self.path.rfind('.').unwrap_or(0),
            _ => self.path.len(),
        };
        let (documented, own) = self.path.split_at(documented);
        Self { path: format!("{}{own}", naming.convert(documented)), ..self.clone() }
    }
}

impl fmt::Display for DriftEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", one_line(&self.path), self.kind)?;
        if let Some(value) = &self.value {
            write!(formatter, " {value:?}")?;
        }
        Ok(())
    }
}

/// The entries of one response, by path and kind.
pub(crate) type FoundDrift = HashMap<(String, DriftKind), DriftEntry>;

/// The entries of a client and its clones.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    entries: Mutex<FoundDrift>,
}

impl Drift {
    /// Adds the entries of one response without the API key. Each entry is logged once.
    pub(crate) fn add(&self, found: &FoundDrift, key: &ApiKey, naming: Naming) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, entry) in found {
            if let Some(known) = entries.get_mut(place) {
                known.count += entry.count;
            } else if entries.len() < MAX_ENTRIES {
                let entry = entry.redacted(key);
                tracing::warn!(
                    target: "callfluent",
                    path = &*one_line(&entry.named(naming).path),
                    kind = %entry.kind,
                    "response differs from the API documentation"
                );
                entries.insert(place.clone(), entry);
            }
        }
    }

    /// Returns all entries, ordered by path.
    pub(crate) fn entries(&self) -> Vec<DriftEntry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = entries.values().cloned().collect();
        entries.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
        entries
    }
}
