//! What a call has brought, in pieces of which none is longer than what the engine has memory for at hand: for a longer text
//! it asks the kernel, and to have a megabyte handed out costs the event loop a fifth of what it costs to parse it.

use std::fmt::{self, Display};
use std::sync::Arc;

use callfluent::PublicJson;
use serde_json::value::RawValue;

/// How many bytes a text has at most that can be divided. With letters beyond Latin-1 it takes twice as many in the engine,
/// whose own bound is at 128 KiB.
pub(crate) const LONGEST: usize = 60 * 1024;

/// JSON text, or that of each record of a list.
pub(crate) enum Content {
    Text(String),
    Records(Vec<Arc<str>>),
}

impl From<PublicJson> for Content {
    fn from(json: PublicJson) -> Self {
        json.into_records().map_or_else(|json| Self::Text(json.into_text()), Self::Records)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A piece of a list, as a list of its own, or all there is.
pub(crate) enum Piece<'a> {
    Whole(&'a str),
    Items(&'a str),
    Records(&'a [Arc<str>]),
}

impl Content {
    /// Its pieces in order, one at least.
    pub(crate) fn pieces(&self) -> Vec<Piece<'_>> {
        match self {
            Self::Records(records) => runs_of_records(records),
            Self::Text(text) => {
                let runs: Vec<_> = runs_of_items(text).into_iter().map(Piece::Items).collect();
                if runs.is_empty() { vec![Piece::Whole(text)] } else { runs }
            }
        }
    }
}

impl Piece<'_> {
    /// About how many bytes it has as text.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(text) | Self::Items(text) => text.len(),
            Self::Records(records) => records.iter().map(|record| record.len() + 1).sum(),
        }
    }
}

impl Display for Piece<'_> {
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

fn runs_of_records(records: &[Arc<str>]) -> Vec<Piece<'_>> {
    let mut length = 0;
    let is_in_the_same = |_: &Arc<str>, next: &Arc<str>| {
        length += next.len() + 1;
        let fits = length <= LONGEST;
        if !fits {
            length = next.len() + 1;
        }
        fits
    };
    let mut runs: Vec<_> = records.chunk_by(is_in_the_same).map(Piece::Records).collect();
    if runs.is_empty() {
        runs.push(Piece::Records(records));
    }
    runs
}

/// The items of a list in runs that are not too long, without what encloses the list. Nothing where it is short or no list.
fn runs_of_items(text: &str) -> Vec<&str> {
    if text.len() <= LONGEST || !text.starts_with('[') {
        return Vec::new();
    }
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return Vec::new();
    };
    let place = |item: &RawValue| item.get().as_ptr().addr() - text.as_ptr().addr();
    let (mut runs, mut start, mut end) = (Vec::new(), 1, 1);
    for item in items {
        let after = place(item) + item.get().len();
        if after - start > LONGEST && end > start {
            runs.extend(text.get(start..end));
            start = place(item);
        }
        end = after;
    }
    runs.extend(text.get(start..end));
    runs
}
