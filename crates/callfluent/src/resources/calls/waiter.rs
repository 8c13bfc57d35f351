//! Polls a call history until one call has ended. Rust and the bindings drive it; it has the only
//! loop.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};

use super::history::{CallHistory, CallRecord, HistoryPage, sleep};
use super::poll_schedule::PollSchedule;
use super::state::CallState;
use super::watcher::check_intervals;
use crate::client::RequestOptions;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::pagination::{FIRST_PAGE, Paginator};

/// The name of the method, for errors.
pub(super) const METHOD: &str = "calls.wait";
/// Total timeout, unless the user sets it.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Options of a wait for the end of a call.
#[derive(Debug, Clone)]
pub struct WaitOptions {
    pub(crate) schedule: PollSchedule,
    pub(crate) timeout: Option<Duration>,
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self { schedule: PollSchedule::default(), timeout: Some(DEFAULT_TIMEOUT) }
    }
}

impl WaitOptions {
    /// Sets the total timeout. Default: 1 hour. `None` disables it.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout.filter(|timeout| *timeout != Duration::MAX);
    }

    /// Sets the shortest and the longest delay between polls. `None` keeps the default.
    pub fn set_intervals(&mut self, min: Option<Duration>, max: Option<Duration>) {
        self.schedule.set_intervals(min, max);
    }
}

/// Polls for the state of one call.
#[derive(Debug)]
pub(crate) struct CallWaiter {
    history: CallHistory,
    call_id: Id,
    schedule: PollSchedule,
    timeout: Option<Duration>,
    /// Set with the first poll.
    begin: Option<Instant>,
    /// Time of the next poll.
    due: Option<Instant>,
    /// Page on which the call was found last.
    page: Option<u32>,
    /// True after a read of the history.
    has_read: bool,
    /// The state that was seen last.
    last: Option<CallState>,
}

impl CallWaiter {
    pub(crate) fn new(history: CallHistory, call_id: Id, options: WaitOptions) -> Self {
        let WaitOptions { schedule, timeout } = options;
        Self { history, call_id, schedule, timeout, begin: None, due: None, page: None, has_read: false, last: None }
    }

    /// Polls until the call has ended, by its status or its duration.
    ///
    /// # Errors
    /// Those of [`poll`](Self::poll).
    pub(crate) async fn until_ended<T: CallRecord>(&mut self) -> Result<T> {
        loop {
            if let Some((call, state)) = self.poll::<T>().await?
                && state.has_ended
            {
                return Ok(call);
            }
        }
    }

    /// Waits for the time of the next poll, and returns the call; `None` if the history does not
    /// contain it.
    ///
    /// # Errors
    /// [`Error::Timeout`] with the last state if the timeout expires; otherwise those of the list.
    pub(crate) async fn poll<T: CallRecord>(&mut self) -> Result<Option<(T, CallState)>> {
        check_intervals(METHOD, &self.schedule)?;
        if self.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(Error::invalid(METHOD, "timeout", "must be above 0"));
        }
        if self.call_id.is_missing() {
            return Err(Error::invalid(METHOD, "call_id", "is missing; pass the ID of the phone call"));
        }
        self.begin.get_or_insert_with(Instant::now);
        let Some(left) = self.left() else {
            return self.poll_when_due().await;
        };
        let polled = {
            let (poll, expired) = (pin!(self.poll_when_due::<T>()), pin!(sleep(left)));
            match select(poll, expired).await {
                Either::Left((polled, _)) => Some(polled),
                Either::Right(_) => None,
            }
        };
        polled.unwrap_or_else(|| Err(self.timeout_error()))
    }

    /// Returns the time until the timeout expires; `None` without a timeout.
    fn left(&self) -> Option<Duration> {
        let elapsed = self.begin.map(|begin| begin.elapsed()).unwrap_or_default();
        self.timeout.map(|timeout| timeout.saturating_sub(elapsed))
    }

    async fn poll_when_due<T: CallRecord>(&mut self) -> Result<Option<(T, CallState)>> {
        if let Some(due) = self.due {
            sleep(due.saturating_duration_since(Instant::now())).await;
        }
        let found = match self.find::<T>().await {
            Ok(found) => found,
            Err(error) => {
                // A caller who continues after the error must not poll without a delay.
                self.schedule(false);
                return Err(error);
            }
        };
        self.has_read = true;
        let state = found.as_ref().map(|(_, state)| state.clone());
        self.schedule(state.is_some() && state != self.last);
        self.last = state.or(self.last.take());
        Ok(found)
    }

    fn schedule(&mut self, has_changed: bool) {
        self.due = Some(self.schedule.next_poll(has_changed, None));
    }

    /// Looks for the call, first on the page where it was before and on the next one.
    async fn find<T: CallRecord>(&mut self) -> Result<Option<(T, CallState)>> {
        if let Some(page) = self.page.filter(|page| *page > FIRST_PAGE) {
            for page in [page, page.saturating_add(1)] {
                let calls = self.fetch::<T>(page).await?;
                if let Some(found) = self.take(calls, page) {
                    return Ok(Some(found));
                }
            }
        }
        let mut paginator = Paginator::new(FIRST_PAGE);
        while let Some(number) = paginator.next_page() {
            paginator.check_end(|| self.history.target())?;
            let page = self.fetch::<T>(number).await?;
            page.add_to(&mut paginator);
            if let Some(found) = self.take(page, number) {
                return Ok(Some(found));
            }
        }
        self.page = None;
        Ok(None)
    }

    /// Fetches a page within the time that is left. The timer of the runtime is too coarse for
    /// that: the response of a near server would arrive before it fires.
    async fn fetch<T: CallRecord>(&self, number: u32) -> Result<HistoryPage<T>> {
        let Some(left) = self.left() else {
            return self.history.fetch(number).await;
        };
        if left.is_zero() {
            return Err(self.timeout_error());
        }
        let limit = |options: RequestOptions| {
            let timeout = options.timeout.map_or(left, |timeout| timeout.min(left));
            options.timeout(timeout)
        };
        let client = self.history.client.with_options(limit);
        let fetched = CallHistory { client, ..self.history.clone() }.fetch(number).await;
        match fetched {
            Err(Error::Timeout(_)) if self.left().is_some_and(|left| left.is_zero()) => Err(self.timeout_error()),
            fetched => fetched,
        }
    }

    fn take<T>(&mut self, page: HistoryPage<T>, number: u32) -> Option<(T, CallState)> {
        let mut calls = page.calls.into_iter().zip(page.states);
        let found = calls.find(|(_, state)| state.id == self.call_id)?;
        self.page = Some(number);
        Some(found)
    }

    fn timeout_error(&self) -> Error {
        let (call, agent) = (&self.call_id, self.history.agent());
        let state = match &self.last {
            None if !self.has_read => format!("the call history of agent {agent} was not read in time"),
            None => format!("the call history of agent {agent} does not contain phone call {call}"),
            Some(CallState { text: Some(text), .. }) => format!("phone call {call} has not ended, {text}"),
            Some(_) => format!("phone call {call} has neither a status nor a duration; pass a predicate for its end"),
        };
        let message = format!(
            "{METHOD}: timeout after {} s: {state}; wait again, or set a longer timeout",
            self.timeout.unwrap_or_default().as_secs_f64()
        );
        Error::Timeout(self.history.target().context(message))
    }
}
