//! The one place that decides where a paged list ends. Rust, Python and Node use it.
//!
//! The API does not mark the last page, so a list ends at an empty page. New calls move older ones
//! to later pages while a client fetches them, so a page without new items is not the end. If two
//! pages in a row have none, the first page is fetched again. If all its items are unknown, so many
//! calls have started that pages repeat, and the list continues. Otherwise, the server ignores the
//! page number or repeats its last page, and the list ends.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, RequestTarget, Result};
use crate::json::find_field;

/// Number of pages in a row without any id after which a list is an error. If a server ignores the
/// page number and changes its items with each request, such a list never ends.
const MAX_PAGES_WITHOUT_IDS: u32 = 1_000;
/// Number of pages in a row without new items after which the first page is fetched again.
const MAX_PAGES_WITHOUT_NEW_ITEMS: u32 = 2;
pub(crate) const FIRST_PAGE: u32 = 1;
/// Items that a list of bounded memory remembers, at least. New items move others by few pages.
const RECENT_ITEMS: usize = 30_000;

/// Decides which page to fetch next, and which of its items are new.
#[derive(Debug, Clone)]
pub(crate) struct Paginator {
    /// `None` at the end of the list.
    next: Option<u32>,
    /// The items so far.
    seen: SeenItems,
    /// The items before them, if memory is bounded.
    seen_before: SeenItems,
    /// Number of items in `seen` from which they become those in `seen_before`.
    max_seen: usize,
    pages_without_new_items: u32,
    pages_without_ids: u32,
    /// The page to continue with, while the first page is fetched again.
    resume_at: Option<u32>,
    /// Hashes of the items on the first page, when it was fetched again the last time.
    first_page: Arc<HashSet<u64>>,
}

impl Paginator {
    /// Starts at a page, counted from 1.
    pub(crate) fn new(first_page: u32) -> Self {
        Self {
            next: Some(first_page),
            seen: SeenItems::default(),
            seen_before: SeenItems::default(),
            max_seen: usize::MAX,
            pages_without_new_items: 0,
            pages_without_ids: 0,
            resume_at: None,
            first_page: Arc::default(),
        }
    }

    /// Starts at a page, and remembers only the latest items, so that the memory does not depend on
    /// the length of the list.
    pub(crate) fn with_bounded_memory(first_page: u32) -> Self {
        Self { max_seen: RECENT_ITEMS, ..Self::new(first_page) }
    }

    /// Returns the page to fetch next; `None` at the end of the list.
    pub(crate) fn next_page(&self) -> Option<u32> {
        self.next
    }

    /// Returns whether the next page is the first one again. It is not a part of the list.
    pub(crate) fn is_at_first_page_again(&self) -> bool {
        self.resume_at.is_some()
    }

    /// Checks that the list can end. `target` returns the request that would follow.
    ///
    /// # Errors
    /// [`Error::Response`] after too many pages without ids.
    pub(crate) fn check_end(&self, target: impl FnOnce() -> RequestTarget) -> Result<()> {
        if self.pages_without_ids < MAX_PAGES_WITHOUT_IDS {
            return Ok(());
        }
        let message =
            format!("list does not end: {MAX_PAGES_WITHOUT_IDS} pages in a row have new items, but none has an id");
        Err(Error::Response(target().context(message)))
    }

    /// Adds the page that was fetched, as hashes of its items and of its invalid items. `has_ids`
    /// is true if an item has an id, or if the page is empty.
    ///
    /// Returns for each item whether earlier pages did not contain it; `None` if the page contains
    /// nothing new.
    pub(crate) fn add_page(&mut self, items: &[u64], invalid_items: &[u64], has_ids: bool) -> Option<Vec<bool>> {
        let is_new = |item: &u64| !self.seen.contains(*item) && !self.seen_before.contains(*item);
        if let Some(resume_at) = self.resume_at {
            let is_unknown = |item: &u64| is_new(item) && !self.first_page.contains(item);
            let have_started = !items.is_empty() && items.iter().all(is_unknown);
            self.next = have_started.then_some(resume_at);
            self.first_page = Arc::new(items.iter().copied().collect());
            (self.resume_at, self.pages_without_new_items) = (None, 0);
            return None;
        }
        let has_new_items = items.iter().chain(invalid_items).any(is_new);
        let is_new: Vec<_> = items.iter().map(is_new).collect();
        self.seen.add(items.iter().chain(invalid_items).copied());
        if self.seen.len >= self.max_seen {
            self.seen_before = std::mem::take(&mut self.seen);
        }
        self.pages_without_ids = if has_ids { 0 } else { self.pages_without_ids + 1 };
        self.pages_without_new_items = if has_new_items { 0 } else { self.pages_without_new_items + 1 };
        let is_empty = items.is_empty() && invalid_items.is_empty();
        self.next = if is_empty { None } else { self.next.and_then(|page| page.checked_add(1)) };
        if self.pages_without_new_items == MAX_PAGES_WITHOUT_NEW_ITEMS {
            self.resume_at = self.next;
            self.next = self.next.map(|_| FIRST_PAGE);
        }
        has_new_items.then_some(is_new)
    }
}

/// Hashes of the items before a position in a list.
///
/// All positions of one list share them, and each ignores what later ones have added. So a page
/// costs no copy of them, although a program can keep any position and continue there.
#[derive(Clone, Default)]
struct SeenItems {
    shared: Arc<Mutex<SharedItems>>,
    /// The latest addition that is before this position.
    addition: u64,
    /// Number of items before this position.
    len: usize,
}

#[derive(Default)]
struct SharedItems {
    /// The addition that each item came with.
    additions: HashMap<u64, u64>,
    /// The latest addition.
    latest: u64,
}

impl SeenItems {
    fn contains(&self, item: u64) -> bool {
        lock(&self.shared).additions.get(&item).is_some_and(|addition| *addition <= self.addition)
    }

    fn add(&mut self, items: impl Iterator<Item = u64>) {
        let shared = Arc::clone(&self.shared);
        let mut shared = lock(&shared);
        if shared.latest != self.addition {
            // Another position has continued from the same page, so this one needs a copy.
            let is_before = |(_, addition): &(&u64, &u64)| **addition <= self.addition;
            let additions = shared.additions.iter().filter(is_before).map(|(item, addition)| (*item, *addition));
            let copy = SharedItems { additions: additions.collect(), latest: self.addition };
            drop(shared);
            self.shared = Arc::new(Mutex::new(copy));
            return self.add(items);
        }
        shared.latest += 1;
        let addition = shared.latest;
        for item in items {
            shared.additions.entry(item).or_insert(addition);
        }
        (self.addition, self.len) = (addition, shared.additions.len());
    }
}

/// Locks the items. Nothing panics while it holds the lock.
fn lock(shared: &Mutex<SharedItems>) -> MutexGuard<'_, SharedItems> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for SeenItems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} items", self.len)
    }
}

/// Returns the JSON text of the ID of a record; `None` if it has none.
pub(crate) fn id_of(record: &str) -> Option<&str> {
    find_field(record, "id").filter(|id| *id != "null")
}

/// Identifies a record in JSON with public names.
pub(crate) fn record_key(record: &str) -> u64 {
    item_key(id_of(record), || record)
}

/// Identifies an item of a list: by its ID, or by its content if it has none.
pub(crate) fn item_key<C: Hash>(id: Option<impl Hash>, content: impl FnOnce() -> C) -> u64 {
    match id {
        Some(id) => hash(("id", id)),
        None => hash(("record", content())),
    }
}

/// Identifies an item that is not a record.
pub(crate) fn invalid_item_key(json: &str) -> u64 {
    hash(("invalid", json))
}

/// Returns a hash that is the same within this process.
pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Returns the new items of each page that is fetched until the list ends.
    fn pages(mut fetch: impl FnMut(u32) -> Vec<u64>) -> Vec<Vec<u64>> {
        let mut paginator = Paginator::new(1);
        let mut pages = Vec::new();
        while let Some(page) = paginator.next_page() {
            let items = fetch(page);
            let new = paginator.add_page(&items, &[], true).unwrap_or_default();
            pages.push(items.into_iter().zip(new).filter_map(|(item, new)| new.then_some(item)).collect());
        }
        pages
    }

    #[test]
    fn ends_at_an_empty_page() {
        let items = [vec![1, 2], vec![3], vec![]];
        assert_eq!(pages(|page| items.get(page as usize - 1).cloned().unwrap_or_default()), items);
    }

    #[test]
    fn continues_after_one_page_without_new_items() {
        let items = [vec![5, 4], vec![5, 4], vec![4, 3], vec![2, 1]];
        let new = pages(|page| items.get(page as usize - 1).cloned().unwrap_or_default());
        assert_eq!(new, [vec![5, 4], vec![], vec![3], vec![2, 1], vec![]]);
    }

    #[test]
    fn continues_if_new_items_make_pages_repeat() {
        // Two items are added before each of the first requests.
        let mut newest: u64 = 4;
        let mut fetch = |page: u32| -> Vec<u64> {
            newest = 12.min(newest + 2);
            let first = newest.saturating_sub(2 * (u64::from(page) - 1));
            (first.saturating_sub(1).max(1)..=first).rev().collect()
        };
        let new = pages(&mut fetch);
        assert_eq!(new, [vec![6, 5], vec![], vec![], vec![], vec![], vec![4, 3], vec![2, 1], vec![]]);
    }

    #[test]
    fn ends_after_four_requests_if_the_server_ignores_the_page() {
        assert_eq!(pages(|_| vec![2, 1]), [vec![2, 1], vec![], vec![], vec![]]);
    }

    #[test]
    fn ends_at_a_repeated_last_page_although_an_item_is_added() {
        let items = [vec![4, 3], vec![2, 1], vec![2, 1], vec![2, 1]];
        let mut requests = 0;
        let new = pages(|page| {
            requests += 1;
            if requests == 5 { vec![5, 4] } else { items[page as usize - 1].clone() }
        });
        assert_eq!(new, [vec![4, 3], vec![2, 1], vec![], vec![], vec![]]);
    }

    #[test]
    fn a_list_from_a_later_page_ends_at_a_repeated_last_page() {
        let mut paginator = Paginator::new(7);
        let mut requested = Vec::new();
        while let Some(page) = paginator.next_page() {
            requested.push(page);
            paginator.add_page(if page == 1 { &[20, 19] } else { &[2, 1] }, &[], true);
        }
        assert_eq!(requested, [7, 8, 9, 1, 10, 11, 1]);
    }

    #[test]
    fn a_page_of_invalid_items_is_not_the_end() {
        let mut paginator = Paginator::new(1);
        assert_eq!(paginator.add_page(&[], &[7, 7], true), Some(vec![]));
        assert_eq!(paginator.next_page(), Some(2));
        assert_eq!(paginator.add_page(&[], &[], true), None);
        assert_eq!(paginator.next_page(), None);
    }

    #[test]
    fn ends_at_the_largest_page_number() {
        let mut paginator = Paginator::new(u32::MAX);
        assert_eq!(paginator.add_page(&[1], &[], true), Some(vec![true]));
        assert_eq!(paginator.next_page(), None);
    }

    #[test]
    fn bounded_memory_finds_items_that_move_to_the_next_page() {
        let mut paginator = Paginator::with_bounded_memory(1);
        let page = |number: u64| (number * 9_999..number * 9_999 + 10_000).collect::<Vec<_>>();
        for number in 0..40 {
            // Each page repeats the last item of the one before.
            let is_new = paginator.add_page(&page(number), &[], true).unwrap_or_default();
            assert_eq!(is_new.iter().filter(|new| !**new).count(), usize::from(number > 0), "page {number}");
            assert!(paginator.seen.len + paginator.seen_before.len < 100_000);
        }
        // The server ignores the page number.
        for next in [Some(42), Some(1), None] {
            assert_eq!(paginator.add_page(&page(39), &[], true), None);
            assert_eq!(paginator.next_page(), next);
        }
    }

    /// Returns the position after a page with these items.
    fn after(position: &Paginator, items: &[u64]) -> (Paginator, Option<Vec<bool>>) {
        let mut next = position.clone();
        let new = next.add_page(items, &[], true);
        (next, new)
    }

    #[test]
    fn pages_share_the_seen_items_although_positions_are_kept() {
        let mut positions = vec![Paginator::new(1)];
        for page in 0..400 {
            // As after a page that could not be fetched, another clone is made and dropped.
            drop(positions[page].clone());
            let (next, new) = after(&positions[page], &[page as u64, page as u64 + 1]);
            assert_eq!(new, Some(vec![page == 0, true]));
            positions.push(next);
        }
        let shared = &positions[0].seen.shared;
        assert!(positions.iter().all(|position| Arc::ptr_eq(&position.seen.shared, shared)), "items were copied");
        assert_eq!(shared.lock().unwrap().additions.len(), 401);
    }

    #[test]
    fn a_kept_position_ignores_the_pages_after_it() {
        let first = after(&Paginator::new(1), &[1, 2]).0;
        let later = after(&after(&first, &[3, 4]).0, &[5]).0;
        let (again, new) = after(&first, &[4, 6, 2]);
        assert_eq!(new, Some(vec![true, true, false]));
        assert_eq!(after(&again, &[3, 4, 5, 6]).1, Some(vec![true, false, true, false]));
        assert_eq!(after(&later, &[1, 2, 3, 4, 5, 6]).1, Some(vec![false, false, false, false, false, true]));
        assert_eq!((first.seen.len, later.seen.len, again.seen.len), (2, 5, 4));
        assert_eq!(after(&first, &[3, 4]).1, Some(vec![true, true]));
    }

    #[test]
    fn a_list_without_ids_that_never_ends_is_an_error() {
        let mut paginator = Paginator::new(1);
        let mut pages = 0;
        while paginator.check_end(RequestTarget::default).is_ok() {
            pages += 1;
            paginator.add_page(&[pages], &[], false);
        }
        assert_eq!(pages, 1_000);
        paginator.add_page(&[0], &[], true);
        assert!(paginator.check_end(RequestTarget::default).is_ok());
    }
}
