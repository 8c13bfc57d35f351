//! Polls a call history for new and changed calls. Rust and the bindings drive it; it has the only
//! loop. All state is in the watcher, so that a canceled or failed poll loses nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::changes::{CallChanges, Change};
use super::history::{CallHistory, CallRecord, HistoryPage, sleep};
use super::poll_schedule::PollSchedule;
use crate::error::{FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::pagination::{FIRST_PAGE, Paginator};

/// The name of the method, for errors.
pub(super) const METHOD: &str = "calls.watch";

/// Options of a watch.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    pub(crate) schedule: PollSchedule,
    pub(crate) include_existing: bool,
}

impl WatchOptions {
    /// Sets the shortest and the longest delay between polls. `None` keeps the default.
    pub fn set_intervals(&mut self, min: Option<Duration>, max: Option<Duration>) {
        self.schedule.set_intervals(min, max);
    }

    /// Sets if the calls that exist already are returned, too. Default: false.
    pub fn set_include_existing(&mut self, include: bool) {
        self.include_existing = include;
    }
}

/// Polls for new and changed calls.
#[derive(Debug)]
pub(crate) struct CallWatcher<T> {
    history: CallHistory,
    include_existing: bool,
    schedule: PollSchedule,
    /// Time of the next request.
    due: Option<Instant>,
    /// Position of the current read of the history.
    read: Option<Paginator>,
    changes: CallChanges,
    /// Changes that the current read has found, with the ids of the calls.
    found: Vec<(Id, T)>,
    /// Calls of the first read that are new if calls have moved to later pages during the read.
    perhaps_new: Vec<(Id, T)>,
    /// The current read has found changes.
    has_changes: bool,
    /// Changes that were not taken yet, in the order of their start if the server has that order.
    pub(crate) pending: VecDeque<T>,
}

impl<T: CallRecord> CallWatcher<T> {
    pub(crate) fn new(history: CallHistory, options: WatchOptions) -> Self {
        let WatchOptions { schedule, include_existing } = options;
        Self {
            history,
            include_existing,
            schedule,
            due: None,
            read: None,
            changes: CallChanges::default(),
            found: Vec::new(),
            perhaps_new: Vec::new(),
            has_changes: false,
            pending: VecDeque::new(),
        }
    }

    /// Waits until there are pending changes. If it fails or is dropped, the next call continues.
    pub(crate) async fn poll(&mut self) -> Result<()> {
        check_intervals(METHOD, &self.schedule)?;
        while self.pending.is_empty() {
            if let Some(due) = self.due {
                sleep(due.saturating_duration_since(Instant::now())).await;
                self.due = None;
            }
            if let Err(error) = self.read_page().await {
                self.due = Some(self.schedule.next_poll(false, error.retry_after()));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Reads the next page of the history. At the end of a read, it schedules the next one.
    async fn read_page(&mut self) -> Result<()> {
        if self.read.is_none() {
            self.changes.begin_read();
        }
        let paginator = self.read.get_or_insert_with(|| Paginator::new(FIRST_PAGE));
        let Some(number) = paginator.next_page() else {
            self.end_read(true);
            return Ok(());
        };
        paginator.check_end(|| self.history.target())?;
        let page = self.history.fetch::<T>(number).await?;
        let is_first_page_again = paginator.is_at_first_page_again();
        page.add_to(paginator);
        let is_end = paginator.next_page().is_none();
        if !is_first_page_again {
            self.add_page(page);
        }
        if is_end {
            self.end_read(true);
        } else if !is_first_page_again && self.changes.is_settled() {
            // A complete read of a long history takes minutes.
            self.release();
            if !self.changes.must_be_complete() {
                self.end_read(false);
            }
        }
        Ok(())
    }

    fn add_page(&mut self, page: HistoryPage<T>) {
        let changes = self.changes.add_page(&page.states);
        let is_first_read = self.changes.is_first_read();
        for ((call, state), change) in page.calls.into_iter().zip(page.states).zip(changes) {
            match change {
                Change::None => {}
                // There can be many, so they are returned page by page.
                Change::New | Change::AboveFirstPage if is_first_read && self.include_existing => {
                    self.pending.push_back(call);
                }
                Change::New if is_first_read => {}
                Change::AboveFirstPage if is_first_read => self.perhaps_new.push((state.id, call)),
                _ => self.found.push((state.id, call)),
            }
        }
        if !self.changes.pages_descend() {
            self.perhaps_new.clear();
        }
    }

    fn end_read(&mut self, is_complete: bool) {
        self.read = None;
        self.changes.end_read(is_complete);
        let perhaps_new = std::mem::take(&mut self.perhaps_new);
        if self.changes.has_moved() {
            self.found.extend(perhaps_new);
        }
        self.release();
        self.due = Some(self.schedule.next_poll(std::mem::take(&mut self.has_changes), None));
    }

    /// Makes what the read has found so far pending.
    fn release(&mut self) {
        if self.changes.is_newest_first() {
            // A stable sort keeps the order of the changes of one call.
            self.found.sort_by_key(|(id, _)| id.as_i64());
        }
        self.has_changes |= !self.found.is_empty();
        self.pending.extend(self.found.drain(..).map(|(_, call)| call));
    }
}

/// Checks the delays between polls.
pub(super) fn check_intervals(method: &str, schedule: &PollSchedule) -> Result<()> {
    let PollSchedule { min_interval, max_interval, .. } = schedule;
    let mut errors = Vec::new();
    if min_interval.is_zero() {
        errors.push(FieldError::new("min_interval", "must be above 0"));
    }
    if max_interval < min_interval {
        let reason = format!(
            "must be at least the shortest delay, {} s, got {} s",
            min_interval.as_secs_f64(),
            max_interval.as_secs_f64()
        );
        errors.push(FieldError::new("max_interval", reason));
    }
    FieldErrors::new(method, errors).into_result()
}
