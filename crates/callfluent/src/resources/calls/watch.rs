//! `Calls::wait` and `Calls::watch` of the Rust API: their options, until they are awaited or
//! polled.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;

use super::endpoints::Calls;
use super::history::CallHistory;
use super::waiter::{CallWaiter, WaitOptions};
use super::watcher::{CallWatcher, WatchOptions};
use crate::error::Result;
use crate::id::Id;
use crate::models::Call;
use crate::resources::method_docs::method_docs;

impl Calls<'_> {
    #[doc = method_docs!("calls.wait")]
    pub fn wait(self, agent_id: impl Into<Id>, call_id: impl Into<Id>) -> CallWait {
        CallWait {
            history: self.history(agent_id),
            call_id: call_id.into(),
            options: WaitOptions::default(),
            has_ended: None,
        }
    }

    #[doc = method_docs!("calls.watch")]
    pub fn watch(self, agent_id: impl Into<Id>) -> CallWatch {
        CallWatch { history: self.history(agent_id), options: WatchOptions::default(), state: State::New }
    }
}

#[cfg(feature = "blocking")]
impl super::endpoints::blocking::Calls<'_> {
    /// Waits until a phone call has ended; see [`Calls::wait`](super::Calls::wait).
    ///
    /// [`CallWait::wait`] blocks until then.
    pub fn wait(self, agent_id: impl Into<Id>, call_id: impl Into<Id>) -> CallWait {
        self.async_resource().wait(agent_id, call_id)
    }

    /// Returns the new and changed calls of an agent; see [`Calls::watch`](super::Calls::watch).
    ///
    /// The iterator blocks until there is a new or changed call.
    pub fn watch(self, agent_id: impl Into<Id>) -> CallWatchIterator {
        CallWatchIterator(self.async_resource().watch(agent_id))
    }
}

type Predicate = Box<dyn FnMut(&Call) -> bool + Send>;

/// A wait for the end of a phone call. Await it for the phone call.
#[must_use = "a wait does nothing unless it is awaited"]
pub struct CallWait {
    history: CallHistory,
    call_id: Id,
    options: WaitOptions,
    has_ended: Option<Predicate>,
}

impl CallWait {
    /// Sets the total timeout. Default: 1 hour. [`Duration::MAX`] disables it. The requests have
    /// the timeout of the client. Above 0, or the wait is an
    /// [`InvalidRequest`](crate::Error::InvalidRequest).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.set_timeout(Some(timeout));
        self
    }

    /// Waits until this function returns true for the phone call, instead of the default condition.
    pub fn until(mut self, has_ended: impl FnMut(&Call) -> bool + Send + 'static) -> Self {
        self.has_ended = Some(Box::new(has_ended));
        self
    }

    /// Sets the shortest delay between polls, above 0. Default: 1 s.
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.options.set_intervals(Some(interval), None);
        self
    }

    /// Sets the longest delay between polls. Default: 15 s.
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.options.set_intervals(None, Some(interval));
        self
    }

    /// Blocks this thread until the phone call has ended.
    ///
    /// # Errors
    /// Those of [`Calls::wait`].
    ///
    /// # Panics
    /// In async code. Await it there.
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<Call> {
        crate::client::blocking::wait(self.into_future())
    }
}

impl IntoFuture for CallWait {
    type Output = Result<Call>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let mut waiter = CallWaiter::new(self.history, self.call_id, self.options);
        let Some(mut has_ended) = self.has_ended else {
            return Box::pin(async move { waiter.until_ended().await });
        };
        Box::pin(async move {
            loop {
                if let Some((call, _)) = waiter.poll::<Call>().await?
                    && has_ended(&call)
                {
                    return Ok(call);
                }
            }
        })
    }
}

impl fmt::Debug for CallWait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallWait").field("call_id", &self.call_id).finish_non_exhaustive()
    }
}

type Polled = (Box<CallWatcher<Call>>, Result<()>);

/// The watcher is in the future of its poll while it polls.
enum State {
    New,
    Idle(Box<CallWatcher<Call>>),
    Polling(Pin<Box<dyn Future<Output = Polled> + Send>>),
}

/// The new and changed calls of an agent. Implements [`Stream`]; [`next`](Self::next) needs no
/// further crate. Dropping the future of `next` cancels nothing: the next one continues.
#[must_use = "a stream does nothing unless it is polled"]
pub struct CallWatch {
    history: CallHistory,
    options: WatchOptions,
    state: State,
}

impl CallWatch {
    /// Returns the calls that exist already, too, in the order of the history, before new ones.
    pub fn include_existing(mut self) -> Self {
        self.options.set_include_existing(true);
        self
    }

    /// Sets the shortest delay between polls, above 0. Default: 1 s.
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.options.set_intervals(Some(interval), None);
        self
    }

    /// Sets the longest delay between polls. Default: 15 s.
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.options.set_intervals(None, Some(interval));
        self
    }

    /// Returns the next new or changed call. Never returns `None`. After an error, the next call of
    /// this method continues.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) for invalid options; otherwise those
    /// of [`Calls::list`].
    pub async fn next(&mut self) -> Option<Result<Call>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for CallWatch {
    type Item = Result<Call>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let mut watcher = match std::mem::replace(&mut self.state, State::New) {
                State::New => Box::new(CallWatcher::new(self.history.clone(), self.options.clone())),
                State::Idle(watcher) => watcher,
                State::Polling(mut polling) => match polling.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Polling(polling);
                        return Poll::Pending;
                    }
                    Poll::Ready((watcher, polled)) => {
                        if let Err(error) = polled {
                            self.state = State::Idle(watcher);
                            return Poll::Ready(Some(Err(error)));
                        }
                        watcher
                    }
                },
            };
            if let Some(call) = watcher.pending.pop_front() {
                self.state = State::Idle(watcher);
                return Poll::Ready(Some(Ok(call)));
            }
            self.state = State::Polling(Box::pin(async move {
                let polled = watcher.poll().await;
                (watcher, polled)
            }));
        }
    }
}

impl fmt::Debug for CallWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallWatch").field("agent", &self.history.agent()).finish_non_exhaustive()
    }
}

/// The new and changed calls of an agent, as an iterator that does not end.
#[cfg(feature = "blocking")]
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is consumed"]
pub struct CallWatchIterator(CallWatch);

#[cfg(feature = "blocking")]
impl CallWatchIterator {
    /// Returns the calls that exist already, too; see [`CallWatch::include_existing`].
    pub fn include_existing(self) -> Self {
        Self(self.0.include_existing())
    }

    /// Sets the shortest delay between polls, above 0. Default: 1 s.
    pub fn min_interval(self, interval: Duration) -> Self {
        Self(self.0.min_interval(interval))
    }

    /// Sets the longest delay between polls. Default: 15 s.
    pub fn max_interval(self, interval: Duration) -> Self {
        Self(self.0.max_interval(interval))
    }
}

#[cfg(feature = "blocking")]
impl Iterator for CallWatchIterator {
    type Item = Result<Call>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = crate::client::blocking::wait(async { Ok(self.0.next().await) });
        next.unwrap_or_else(|error| Some(Err(error)))
    }
}
