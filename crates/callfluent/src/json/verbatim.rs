//! Joins adjacent fields of an object that are copied unchanged, so that they are copied at once.
//! Most fields of a response are.

use std::ops::Range;

use super::document::Entry;

/// The span of adjacent fields in a JSON text.
#[derive(Debug, Default)]
pub(crate) struct VerbatimSpan(Option<Range<usize>>);

impl VerbatimSpan {
    /// Appends a field. If it is not adjacent, starts a new span with it and returns the previous
    /// one.
    pub(crate) fn extend(&mut self, entry: Entry<'_>) -> Self {
        let (name, value) = (entry.name.span(), entry.raw.span());
        // In valid JSON, a single byte between two fields is the comma.
        if let Some(span) = &mut self.0
            && span.end + 1 == name.start
        {
            span.end = value.end;
            return Self::default();
        }
        Self(self.0.replace(name.start..value.end))
    }

    /// Takes the span and leaves an empty one.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Returns the text of the span; `None` if it is empty.
    pub(crate) fn slice(self, text: &str) -> Option<&str> {
        text.get(self.0?)
    }
}
