//! Fields that follow one another in an answer just as they are to be written: they are copied at once. Most fields do.

use std::ops::Range;

use super::document::Entry;

/// Where such fields stand in a text.
#[derive(Debug, Default)]
pub(crate) struct Run(Option<Range<usize>>);

impl Run {
    /// Makes the run longer by a field. Where that does not follow at once, with no space between, the run begins anew with it,
    /// and the one before is given back.
    pub(crate) fn join(&mut self, entry: Entry<'_>) -> Self {
        let (name, value) = (entry.name.span(), entry.raw.span());
        // In JSON that was parsed, a single byte between is the comma.
        if let Some(run) = &mut self.0
            && run.end + 1 == name.start
        {
            run.end = value.end;
            return Self::default();
        }
        Self(self.0.replace(name.start..value.end))
    }

    /// Takes the run away.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Its text.
    pub(crate) fn of(self, text: &str) -> Option<&str> {
        text.get(self.0?)
    }
}
