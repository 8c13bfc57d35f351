//! Splits long responses into chunks that V8 allocates from memory it has at hand. For a longer
//! string it asks the kernel, and allocating a megabyte costs a fifth of parsing it.

use std::fmt::{self, Display};
use std::sync::Arc;

use callfluent::bindings::PublicJson;
use serde_json::value::RawValue;

/// Maximum length of a chunk in bytes. With characters beyond Latin-1, V8 needs twice as many, and
/// its limit is 128 KiB.
pub(crate) const MAX_CHUNK_BYTES: usize = 60 * 1024;

/// JSON, or the JSON of each record of a list.
pub(crate) enum Payload {
    Text(String),
    Records(Vec<Arc<str>>),
}

impl From<PublicJson> for Payload {
    fn from(json: PublicJson) -> Self {
        json.into_records().map_or_else(|json| Self::Text(json.into_text()), Self::Records)
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A part of a list that is a list itself, or the whole JSON.
pub(crate) enum Chunk<'a> {
    Whole(&'a str),
    Items(&'a str),
    Records(&'a [Arc<str>]),
}

impl Payload {
    /// Returns the chunks in order; at least one.
    pub(crate) fn chunks(&self) -> Vec<Chunk<'_>> {
        match self {
            Self::Records(records) => runs_of_records(records),
            Self::Text(text) => {
                let runs: Vec<_> = runs_of_items(text).into_iter().map(Chunk::Items).collect();
                if runs.is_empty() { vec![Chunk::Whole(text)] } else { runs }
            }
        }
    }
}

impl Chunk<'_> {
    /// Returns the approximate length as JSON, in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(text) | Self::Items(text) => text.len(),
            Self::Records(records) => records.iter().map(|record| record.len() + 1).sum(),
        }
    }
}

impl Display for Chunk<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(text) => formatter.write_str(text),
            Self::Items(items) => write!(formatter, "[{items}]"),
            Self::Records(records) => {
                let mut opening = '[';
                for record in *records {
                    write!(formatter, "{opening}{record}")?;
                    opening = ',';
                }
                formatter.write_str(if records.is_empty() { "[]" } else { "]" })
            }
        }
    }
}

fn runs_of_records(records: &[Arc<str>]) -> Vec<Chunk<'_>> {
    let mut length = records.first().map_or(0, |first| first.len() + 1);
    let is_in_the_same = |_: &Arc<str>, next: &Arc<str>| {
        length += next.len() + 1;
        let fits = length <= MAX_CHUNK_BYTES;
        if !fits {
            length = next.len() + 1;
        }
        fits
    };
    let mut runs: Vec<_> = records.chunk_by(is_in_the_same).map(Chunk::Records).collect();
    if runs.is_empty() {
        runs.push(Chunk::Records(records));
    }
    runs
}

/// Splits the items of a list into chunks without the brackets of the list. Returns nothing if the
/// list is short, or if the JSON is not a list.
fn runs_of_items(text: &str) -> Vec<&str> {
    if text.len() <= MAX_CHUNK_BYTES || !text.starts_with('[') {
        return Vec::new();
    }
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return Vec::new();
    };
    let place = |item: &RawValue| item.get().as_ptr().addr() - text.as_ptr().addr();
    let (mut runs, mut start, mut end) = (Vec::new(), 1, 1);
    for item in items {
        let after = place(item) + item.get().len();
        if after - start > MAX_CHUNK_BYTES && end > start {
            runs.extend(text.get(start..end));
            start = place(item);
        }
        end = after;
    }
    runs.extend(text.get(start..end));
    runs
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Returns the items of all chunks.
    fn items(content: &Payload) -> Vec<Value> {
        let lists =
            content.chunks().into_iter().map(|part| serde_json::from_str::<Vec<Value>>(&part.to_string()).unwrap());
        lists.flatten().collect()
    }

    #[test]
    fn a_list_is_divided_between_its_records_and_none_is_lost() {
        for length in [0, 1, 2, 700] {
            let records: Vec<Arc<str>> =
                (0..length).map(|id| format!(r#"{{"id":{id},"name":"{}"}}"#, "é".repeat(id % 200)).into()).collect();
            let text = format!("[{}]", records.join(","));
            let wanted: Vec<Value> = serde_json::from_str(&text).unwrap();
            for content in [Payload::Records(records), Payload::Text(text)] {
                assert_eq!(items(&content), wanted);
                for part in content.chunks() {
                    assert!(part.to_string().len() <= MAX_CHUNK_BYTES + 2);
                    assert!(part.len().abs_diff(part.to_string().len()) <= 2);
                }
            }
        }
    }

    #[test]
    fn a_record_that_is_too_long_is_a_part_of_its_own() {
        let long: Arc<str> = format!("\"{}\"", "a".repeat(2 * MAX_CHUNK_BYTES)).into();
        let short: Arc<str> = "1".into();
        let content = Payload::Records(vec![short.clone(), long.clone(), short.clone(), short]);
        assert_eq!(
            content.chunks().iter().map(|part| part.to_string().len()).collect::<Vec<_>>(),
            [3, long.len() + 2, 5]
        );
        assert_eq!(items(&content).len(), 4);
    }

    #[test]
    fn what_is_no_list_is_one_part() {
        let text = format!("{{\"a\":\"{}\"}}", "b".repeat(2 * MAX_CHUNK_BYTES));
        let content = Payload::Text(text.clone());
        assert_eq!(content.chunks().iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
    }
}
