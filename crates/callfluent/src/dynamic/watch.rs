//! Waiting for the end of a call, and watching the calls of an agent, with records as JSON.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::invoke::find;
use crate::client::CallFluent;
use crate::decode::PublicJson;
use crate::error::Result;
use crate::id::Id;
use crate::resources::{CallHistory, CallWaiter, CallWatcher, WaitOptions, WatchOptions};
use crate::schema::Naming;

fn history(client: CallFluent, arguments: Map<String, Value>, naming: Naming) -> Result<CallHistory> {
    Ok(CallHistory { client, list: find("calls.list")?, arguments, naming })
}

/// The new and changed calls of an agent.
#[derive(Debug)]
pub struct Watch {
    watcher: CallWatcher<Arc<str>>,
    naming: Naming,
    /// Number of calls that the caller has received and that are not kept.
    received: u64,
}

impl Watch {
    /// Prepares a watch. Does not send anything. `arguments` are those of `calls.list`.
    ///
    /// # Errors
    /// None, as long as the catalog has `calls.list`.
    pub fn new(
        client: CallFluent,
        arguments: Map<String, Value>,
        options: WatchOptions,
        naming: Naming,
    ) -> Result<Self> {
        let history = history(client, arguments, naming)?;
        Ok(Self { watcher: CallWatcher::new(history, options), naming, received: 0 })
    }

    /// Waits for new and changed calls; returns at least one.
    ///
    /// `received` is the number of calls that the caller has received in total. Calls that were
    /// returned, but not received because the caller was canceled, are returned again.
    ///
    /// # Errors
    /// Those of `calls.list`. The next poll continues.
    pub async fn next(&mut self, received: u64) -> Result<PublicJson> {
        let pending = &mut self.watcher.pending;
        let count = usize::try_from(received.saturating_sub(self.received)).unwrap_or(usize::MAX).min(pending.len());
        pending.drain(..count);
        self.received = self.received.max(received);
        self.watcher.poll().await?;
        Ok(PublicJson::from_records(self.naming, self.watcher.pending.iter().cloned().collect()))
    }
}

/// A wait for the end of a call.
#[derive(Debug)]
pub struct Wait {
    waiter: CallWaiter,
    naming: Naming,
}

impl Wait {
    /// Prepares a wait. Does not send anything. `arguments` are those of `calls.list`.
    ///
    /// # Errors
    /// None, as long as the catalog has `calls.list`.
    pub fn new(
        client: CallFluent,
        arguments: Map<String, Value>,
        call_id: Id,
        options: WaitOptions,
        naming: Naming,
    ) -> Result<Self> {
        let history = history(client, arguments, naming)?;
        Ok(Self { waiter: CallWaiter::new(history, call_id, options), naming })
    }

    /// Waits until the call has ended.
    ///
    /// # Errors
    /// Those of [`poll`](Self::poll).
    pub async fn until_ended(&mut self) -> Result<PublicJson> {
        let call: Arc<str> = self.waiter.until_ended().await?;
        Ok(PublicJson::from_record(self.naming, &call))
    }

    /// Waits for the time of the next poll, and returns the call for the predicate of the caller;
    /// `None` if the history does not contain it.
    ///
    /// # Errors
    /// [`Error::Timeout`](crate::Error::Timeout) if the timeout expires; otherwise those of
    /// `calls.list`.
    pub async fn poll(&mut self) -> Result<Option<PublicJson>> {
        let found = self.waiter.poll::<Arc<str>>().await?;
        Ok(found.map(|(call, _)| PublicJson::from_record(self.naming, &call)))
    }
}
