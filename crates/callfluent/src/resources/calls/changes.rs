//! Finds new and changed calls in repeated reads of a call history, and the page at which a read
//! can end.
//!
//! The API does not document the order of the history. If a complete read shows the newest call
//! first, the next ones end at the first page whose last call is known, once all calls that have
//! not ended were seen. Every tenth read is complete, so a change of an older call is found later,
//! but is not lost.

use std::collections::HashMap;

use super::order::Order;
use super::state::CallState;

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
    /// Greatest ID on the first page of the current read.
    newest_at_start: Option<i64>,
    order: Order,
}

/// Difference between a call on a page and the call as it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The call is known and has not changed.
    None,
    /// No read has seen the call before.
    New,
    /// As [`New`](Self::New), and the ID is above those on the first page of the read.
    AboveFirstPage,
    /// The call has changed.
    Changed,
}

impl CallChanges {
    /// Begins to read the history again.
    pub(crate) fn begin_read(&mut self) {
        self.read += 1;
        self.open = self.known.values().filter(|call| !call.has_ended).count();
        self.newest_at_start = None;
        self.order = Order::default();
    }

    /// Returns whether the current read is the first one, which finds the calls that exist.
    pub(crate) fn is_first_read(&self) -> bool {
        self.read <= 1
    }

    /// Returns whether calls come in the order newest to oldest.
    pub(crate) fn is_newest_first(&self) -> bool {
        self.is_newest_first
    }

    /// Adds a page of the current read. Returns what it tells about each call.
    pub(crate) fn add_page(&mut self, calls: &[CallState]) -> Vec<Change> {
        self.is_at_known = false;
        self.order.begin_page();
        let changes = calls.iter().map(|call| self.add(call)).collect();
        if self.newest_at_start.is_none() {
            self.newest_at_start = calls.iter().filter_map(|call| call.id.as_i64()).max();
        }
        changes
    }

    fn add(&mut self, call: &CallState) -> Change {
        let seen = Known { content: call.content, has_ended: call.has_ended, read: self.read };
        let known = self.known.insert(call.key, seen);
        // Calls that start during a read move older ones to later pages, so the same call can come
        // twice.
        let is_repeated = known.as_ref().is_some_and(|known| known.read == self.read);
        self.order.add(&call.id, is_repeated);
        self.is_at_known = false;
        let Some(known) = known else {
            let is_above = call.id.as_i64().zip(self.newest_at_start).is_some_and(|(id, newest)| id > newest);
            return if is_above { Change::AboveFirstPage } else { Change::New };
        };
        if !is_repeated && !known.has_ended {
            self.open = self.open.saturating_sub(1);
        }
        if known.content != call.content {
            return Change::Changed;
        }
        self.is_at_known = !is_repeated;
        Change::None
    }

    /// Returns whether the ids on each page of the current read descend.
    pub(crate) fn pages_descend(&self) -> bool {
        self.order.pages_descend()
    }

    /// Returns whether calls moved to later pages during the current read.
    pub(crate) fn has_moved(&self) -> bool {
        self.order.has_moved()
    }

    /// Returns whether the current read must reach the end of the history.
    pub(crate) fn must_be_complete(&self) -> bool {
        self.read % READS_PER_COMPLETE_READ == 1
    }

    /// Returns whether the current read has seen all new calls, and all that had not ended. Later
    /// pages can have changes of calls that had ended.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_newest_first && self.order.is_descending() && self.open == 0 && self.is_at_known
    }

    /// Ends a read. `is_complete` is true if it reached the end of the history.
    pub(crate) fn end_read(&mut self, is_complete: bool) {
        if !self.order.is_descending() && !self.order.has_moved() {
            self.is_newest_first = false;
        } else if is_complete && self.order.has_pairs() {
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
    use crate::id::Id;

    fn call(id: i64, status: &str) -> CallState {
        CallState::of(Id::from(id), &format!(r#"{{"id":{id},"status":"{status}"}}"#))
    }

    /// Reads pages of two calls. Returns the ids of new and changed calls, and the number of pages.
    fn read(changes: &mut CallChanges, history: &[CallState]) -> (Vec<i64>, usize) {
        changes.begin_read();
        let (mut found, mut pages) = (Vec::new(), 0);
        for page in history.chunks(2) {
            pages += 1;
            let found_on_page = changes.add_page(page);
            let new_calls = page.iter().zip(found_on_page).filter(|(_, change)| *change != Change::None);
            found.extend(new_calls.filter_map(|(call, _)| call.id.as_i64()));
            if changes.is_settled() && !changes.must_be_complete() {
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
    fn the_order_is_found_although_calls_start_during_the_read() {
        let mut changes = CallChanges::default();
        let pages = [history([4, 3]), history([6, 5]), history([4, 3]), history([2, 1])];
        read(&mut changes, &pages.concat());
        assert!(changes.is_newest_first());
    }

    #[test]
    fn a_history_without_order_is_read_completely() {
        let mut changes = CallChanges::default();
        read(&mut changes, &history([6, 5, 4, 3]));
        assert!(changes.is_newest_first());
        // Each page descends, and no call moved from one to the next.
        let other_order = history([6, 5, 8, 7, 4, 3]);
        let found: Vec<_> = (2..=11).flat_map(|_| read(&mut changes, &other_order).0).collect();
        assert_eq!(found, [8, 7]);
        assert!(!changes.is_newest_first());
        assert_eq!(read(&mut changes, &history([6, 5, 8, 7, 10, 9, 4, 3])), (vec![10, 9], 4));
    }

    #[test]
    fn calls_above_the_first_page_are_told_apart() {
        use Change::{AboveFirstPage, Changed, New, None};
        let mut changes = CallChanges::default();
        changes.begin_read();
        assert_eq!(changes.add_page(&[call(4, "completed"), call(3, "ringing")]), [New, New]);
        // Calls 5 to 8 start, and call 3 ends.
        assert_eq!(changes.add_page(&history([6, 5])), [AboveFirstPage, AboveFirstPage]);
        assert!(changes.pages_descend() && !changes.has_moved());
        assert_eq!(changes.add_page(&history([4, 3])), [None, Changed]);
        assert!(changes.has_moved());
        assert_eq!(changes.add_page(&history([2, 1])), [New, New]);
    }

    #[test]
    fn calls_have_not_moved_if_the_oldest_is_first() {
        let mut changes = CallChanges::default();
        changes.begin_read();
        for page in [history([1, 2]), history([3, 4]), history([3, 4])] {
            changes.add_page(&page);
            assert!(!changes.has_moved() && !changes.pages_descend());
        }
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
