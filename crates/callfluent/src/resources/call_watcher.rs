//! Polls a call history for new and changed calls. Rust and the bindings drive it; it has the only
//! loop. All state is in the watcher, so that a canceled or failed poll loses nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::call_changes::{CallChanges, Change};
use super::call_history::{CallHistory, CallRecord, sleep};
use super::poll_schedule::PollSchedule;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::pagination::Paginator;

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
    read: Option<Position>,
    changes: CallChanges,
    /// Changes that the current read has found, with the ids of the calls.
    found: Vec<(Id, T)>,
    /// Changes that were not taken yet, in the order of their start if the server has that order.
    pub(crate) pending: VecDeque<T>,
}

/// The position in a read.
#[derive(Debug)]
struct Position {
    paginator: Paginator,
    /// The read is at its first page again, because pages repeated.
    is_again: bool,
}

impl Position {
    fn first(is_again: bool) -> Self {
        Self { paginator: Paginator::new(1), is_again }
    }
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
            pending: VecDeque::new(),
        }
    }

    /// Waits until there are pending changes. If it fails or is dropped, the next call continues.
    pub(crate) async fn poll(&mut self) -> Result<()> {
        check_intervals("calls.watch", &self.schedule)?;
        while self.pending.is_empty() {
            if let Some(due) = self.due {
                sleep(due.saturating_duration_since(Instant::now())).await;
                self.due = None;
            }
            if let Err(error) = self.read_page().await {
                let delay = self.schedule.after_poll(false).max(error.retry_after().unwrap_or_default());
                self.due = Instant::now().checked_add(delay);
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
        let position = self.read.get_or_insert_with(|| Position::first(false));
        let Some(number) = position.paginator.next_page() else {
            self.end_read(true);
            return Ok(());
        };
        position.paginator.check_end()?;
        let page = self.history.fetch::<T>(number).await?;
        page.add_to(&mut position.paginator);
        let is_again = std::mem::take(&mut position.is_again);
        let repeats = position.paginator.next_page().is_none();
        let is_empty = page.is_empty();
        let changes = self.changes.add_page(&page.states);
        for ((call, state), change) in page.calls.into_iter().zip(page.states).zip(changes) {
            match change {
                Change::None => {}
                Change::SinceLastRead if self.changes.is_first_read() => {
                    if self.include_existing {
                        // There can be many, so they are returned page by page.
                        self.pending.push_back(call);
                    }
                }
                Change::SinceLastRead | Change::DuringRead => self.found.push((state.id, call)),
            }
        }
        if is_empty || (is_again && !self.changes.has_other_calls()) {
            self.end_read(true);
        } else if self.changes.can_end() {
            self.end_read(false);
        } else if repeats {
            // Either the server ignores the page number, or as many calls started as pages have.
            // Then the first page has them, and the read continues.
            self.read = Some(Position::first(true));
        }
        Ok(())
    }

    fn end_read(&mut self, is_complete: bool) {
        self.read = None;
        self.changes.end_read(is_complete);
        if self.changes.is_newest_first() {
            // A stable sort keeps the order of the changes of one call.
            self.found.sort_by_key(|(id, _)| id.as_i64());
        }
        let delay = self.schedule.after_poll(!self.found.is_empty());
        self.due = Instant::now().checked_add(delay);
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
    if errors.is_empty() { Ok(()) } else { Err(Error::InvalidRequest(FieldErrors::new(method, errors))) }
}
