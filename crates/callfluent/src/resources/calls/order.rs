//! The order of the ids in one read of a call history.

use crate::id::Id;

/// The ids of a read so far.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The last call that the read had not seen before.
    previous: Option<Id>,
    /// The last call on the same page.
    previous_on_page: Option<Id>,
    pairs: usize,
    pairs_on_pages: usize,
    ascents: usize,
    ascents_on_pages: usize,
    has_repeats: bool,
}

impl Order {
    pub(super) fn begin_page(&mut self) {
        self.previous_on_page = None;
    }

    /// Adds a call. `is_repeated` is true if the read has seen it before.
    pub(super) fn add(&mut self, id: &Id, is_repeated: bool) {
        if let Some(previous) = self.previous_on_page.replace(id.clone()).filter(|previous| previous != id) {
            self.pairs_on_pages += 1;
            self.ascents_on_pages += usize::from(!descends(&previous, id));
        }
        if is_repeated {
            self.has_repeats = true;
        } else if let Some(previous) = self.previous.replace(id.clone()) {
            self.pairs += 1;
            self.ascents += usize::from(!descends(&previous, id));
        }
    }

    /// Returns whether all ids descend.
    pub(super) fn is_descending(&self) -> bool {
        self.ascents == 0
    }

    /// Returns whether the ids on each page descend.
    pub(super) fn pages_descend(&self) -> bool {
        self.ascents_on_pages == 0
    }

    /// Returns whether calls can have moved to later pages, because others started during the read.
    /// They come twice. Ids can ascend from one page to the next, but not on a page.
    pub(super) fn has_moved(&self) -> bool {
        self.has_repeats && self.pages_descend()
    }

    /// Returns whether there are ids to compare.
    pub(super) fn has_pairs(&self) -> bool {
        if self.is_descending() { self.pairs > 0 } else { self.pairs_on_pages > 0 }
    }
}

fn descends(before: &Id, after: &Id) -> bool {
    before.as_i64().zip(after.as_i64()).is_some_and(|(before, after)| before > after)
}
