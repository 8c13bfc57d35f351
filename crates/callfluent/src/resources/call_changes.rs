//! Finds new and changed calls in repeated reads of a call history, and the page at which a read
//! can end.
//!
//! The API does not document the order of the history. If a complete read shows the newest call
//! first, the next ones end at the first known call, once all calls that have not ended were seen.
//! Every tenth read is complete, so a change of an older call is found later, but is not lost.

use std::collections::HashMap;

use super::call_state::CallState;
use crate::id::Id;

/// Number of reads of which one is complete.
const READS_PER_COMPLETE_READ: u32 = 10;

/// A call that was seen.
#[derive(Debug)]
struct Known {
    content: u64,
    has_ended: bool,
    /// Number of the read that saw it last.
    read: u32,
}

/// The calls that were seen so far.
#[derive(Debug, Default)]
pub(crate) struct CallChanges {
    known: HashMap<u64, Known>,
    /// Number of the current read, from 1.
    read: u32,
    /// Known calls that have not ended and that the current read has not seen.
    open: usize,
    /// A complete read found the newest call first.
    is_newest_first: bool,
    /// The last call of the page was known before the current read, and has not changed.
    is_at_known: bool,
    order: Order,
}

/// The order of the ids in a read so far.
#[derive(Debug, Default)]
struct Order {
    previous: Option<Id>,
    pairs: usize,
    is_descending: bool,
    /// The ids of each page descend. Calls that start during a read move older ones to later
    /// pages, so the ids of two pages can ascend although the newest call is first.
    is_descending_in_pages: bool,
}

impl Order {
    fn add(&mut self, id: &Id, is_first_of_page: bool) {
        if let Some(previous) = &self.previous {
            self.pairs += 1;
            let descends = previous.as_i64().zip(id.as_i64()).is_some_and(|(before, after)| before > after);
            self.is_descending &= descends;
            self.is_descending_in_pages &= descends || is_first_of_page;
        }
        self.previous = Some(id.clone());
    }
}

impl CallChanges {
    /// Begins to read the history again.
    pub(crate) fn begin_read(&mut self) {
        self.read += 1;
        self.open = self.known.values().filter(|call| !call.has_ended).count();
        self.order = Order { is_descending: true, is_descending_in_pages: true, ..Order::default() };
    }

    /// Returns whether the current read is the first one, which finds the calls that exist.
    pub(crate) fn is_first_read(&self) -> bool {
        self.read <= 1
    }

    /// Returns whether calls come in the order newest to oldest.
    pub(crate) fn is_newest_first(&self) -> bool {
        self.is_newest_first
    }

    /// Adds a page of the current read. Returns for each call whether it is new or has changed.
    pub(crate) fn add_page(&mut self, calls: &[CallState]) -> Vec<bool> {
        self.is_at_known = false;
        let mut is_first = true;
        let mut add = |call| {
            let (is_new_in_read, is_changed) = self.add(call);
            if is_new_in_read {
                self.order.add(&call.id, std::mem::take(&mut is_first));
            }
            self.is_at_known = is_new_in_read && !is_changed;
            is_changed
        };
        calls.iter().map(&mut add).collect()
    }

    /// Returns whether the current read has not seen a call before, and whether the call is new or
    /// has changed.
    fn add(&mut self, call: &CallState) -> (bool, bool) {
        let seen = Known { content: call.content, has_ended: call.has_ended, read: self.read };
        let Some(known) = self.known.insert(call.key, seen) else {
            return (true, true);
        };
        // New calls move older ones to later pages, so the same call can come twice.
        let is_new_in_read = known.read < self.read;
        if is_new_in_read {
            self.open -= usize::from(!known.has_ended && self.open > 0);
        }
        (is_new_in_read, known.content != call.content)
    }

    /// Returns whether the current read can end after this page, although more pages follow.
    pub(crate) fn can_end(&self) -> bool {
        let is_complete_read = self.read % READS_PER_COMPLETE_READ == 1;
        !is_complete_read && self.is_newest_first && self.order.is_descending && self.open == 0 && self.is_at_known
    }

    /// Ends a read. `is_complete` is true if it reached the end of the history.
    pub(crate) fn end_read(&mut self, is_complete: bool) {
        if !self.order.is_descending_in_pages {
            self.is_newest_first = false;
        } else if is_complete && self.order.is_descending && self.order.pairs > 0 {
            self.is_newest_first = true;
        }
        if is_complete {
            // A deleted call must not make every read complete.
            for call in self.known.values_mut().filter(|call| call.read < self.read) {
                call.has_ended = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: i64, status: &str) -> CallState {
        CallState::of(Id::from(id), &format!(r#"{{"id":{id},"status":"{status}"}}"#))
    }

    /// Reads pages of two calls. Returns the ids of new and changed calls, and the number of pages.
    fn read(changes: &mut CallChanges, history: &[CallState]) -> (Vec<i64>, usize) {
        changes.begin_read();
        let (mut found, mut pages) = (Vec::new(), 0);
        for page in history.chunks(2) {
            pages += 1;
            let is_changed = changes.add_page(page);
            let new_calls = page.iter().zip(&is_changed).filter(|(_, changed)| **changed);
            found.extend(new_calls.filter_map(|(call, _)| call.id.as_i64()));
            if changes.can_end() {
                changes.end_read(false);
                return (found, pages);
            }
        }
        changes.end_read(true);
        (found, pages)
    }

    fn history(ids: impl IntoIterator<Item = i64>) -> Vec<CallState> {
        ids.into_iter().map(|id| call(id, "completed")).collect()
    }

    #[test]
    fn a_read_ends_at_the_first_known_call_if_the_newest_is_first() {
        let mut changes = CallChanges::default();
        assert_eq!(read(&mut changes, &history([6, 5, 4, 3, 2, 1])).1, 3);
        assert_eq!(read(&mut changes, &history([6, 5, 4, 3, 2, 1])), (vec![], 1));
        assert_eq!(read(&mut changes, &history([8, 7, 6, 5, 4, 3, 2, 1])), (vec![8, 7], 2));
    }

    #[test]
    fn every_read_is_complete_if_the_oldest_is_first() {
        let mut changes = CallChanges::default();
        read(&mut changes, &history([1, 2, 3, 4]));
        assert_eq!(read(&mut changes, &history([1, 2, 3, 4])), (vec![], 2));
        assert_eq!(read(&mut changes, &history([1, 2, 3, 4, 5])), (vec![5], 3));
    }

    #[test]
    fn a_read_continues_to_calls_that_have_not_ended() {
        let mut changes = CallChanges::default();
        let mut calls = history([6, 5, 4, 3, 2, 1]);
        calls[4] = call(2, "ringing");
        read(&mut changes, &calls);
        assert_eq!(read(&mut changes, &calls), (vec![], 3));
        calls[4] = call(2, "completed");
        assert_eq!(read(&mut changes, &calls), (vec![2], 3));
        assert_eq!(read(&mut changes, &calls), (vec![], 1));
    }

    #[test]
    fn a_change_of_an_old_call_is_found_by_the_next_complete_read() {
        let mut changes = CallChanges::default();
        let mut calls = history([6, 5, 4, 3, 2, 1]);
        read(&mut changes, &calls);
        calls[5] = call(1, "failed");
        let found: Vec<_> = (2..=11).map(|_| read(&mut changes, &calls).0).collect();
        assert_eq!(found.concat(), [1]);
        assert_eq!(found.last().map(Vec::as_slice), Some(&[1][..]));
    }

    #[test]
    fn a_deleted_call_does_not_make_every_read_complete() {
        let mut changes = CallChanges::default();
        let mut calls = history([6, 5, 4, 3, 2, 1]);
        calls[4] = call(2, "ringing");
        read(&mut changes, &calls);
        calls.remove(4);
        assert_eq!(read(&mut changes, &calls).1, 3);
        assert_eq!(read(&mut changes, &calls).1, 1);
    }

    #[test]
    fn calls_that_start_during_a_read_keep_the_order() {
        let mut changes = CallChanges::default();
        read(&mut changes, &history([2, 1]));
        // Four calls start between the first page and the second one.
        let pages = [history([4, 3]), history([6, 5]), history([4, 3]), history([2, 1])];
        assert_eq!(read(&mut changes, &pages.concat()), (vec![4, 3, 6, 5], 4));
        assert!(changes.is_newest_first());
        // The ids of one page ascend.
        let other_order = [history([9, 10]), history([8, 7])];
        read(&mut changes, &other_order.concat());
        assert!(!changes.is_newest_first());
    }

    #[test]
    fn a_read_does_not_end_at_a_call_that_moved_to_a_later_page() {
        let mut changes = CallChanges::default();
        read(&mut changes, &history([2, 1]));
        // Calls 7 and 8 start between the first page and the second one.
        let pages = [history([6, 5]), history([6, 5]), history([4, 3]), history([2, 1])];
        assert_eq!(read(&mut changes, &pages.concat()), (vec![6, 5, 4, 3], 4));
    }

    #[test]
    fn calls_without_numeric_ids_are_all_read() {
        let mut changes = CallChanges::default();
        let of = |id: &str| CallState::of(Id::from(id), &format!(r#"{{"id":"{id}","duration":1}}"#));
        let calls = [of("c"), of("b"), of("a")];
        read(&mut changes, &calls);
        assert_eq!(read(&mut changes, &calls), (vec![], 2));
    }
}
