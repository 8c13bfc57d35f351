//! The most recent entries of a sequence, such as received requests. The limit bounds the memory of
//! long runs.

use std::collections::VecDeque;

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Log<Entry> {
    entries: VecDeque<Entry>,
    limit: usize,
    discarded: u64,
    /// The number of entries ever added. A store derives from it which ones are new.
    end: u64,
}

impl<Entry> Log<Entry> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit, discarded: 0, end: 0 }
    }

    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.push_back(entry);
        self.end += 1;
        self.trim();
    }

    fn trim(&mut self) {
        while self.entries.len() > self.limit {
            self.entries.pop_front();
            self.discarded += 1;
        }
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The number of entries discarded because of the limit.
    pub(crate) fn discarded(&self) -> u64 {
        self.discarded
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.discarded = 0;
    }
}

#[cfg(feature = "data-dir")]
impl<Entry> Log<Entry> {
    /// The number of entries ever added.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The position of the oldest entry.
    pub(crate) fn begin(&self) -> u64 {
        self.end - self.entries.len() as u64
    }

    /// The entries from a position, with their positions.
    pub(crate) fn since(&self, position: u64) -> impl Iterator<Item = (u64, &Entry)> {
        (self.begin()..).zip(&self.entries).skip_while(move |(at, _)| *at < position)
    }

    /// Takes the entries out, to store the rest without them.
    pub(crate) fn take_entries(&mut self) -> VecDeque<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Puts entries in their place.
    pub(crate) fn put_entries(&mut self, entries: VecDeque<Entry>) {
        self.entries = entries;
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.trim();
    }
}
