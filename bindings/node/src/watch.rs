//! Waiting for the end of a call, and watching the calls of an agent. The core polls; JavaScript
//! asks for the next result.

use std::sync::Arc;

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{Wait, WaitOptions, Watch, WatchOptions};
use callfluent::{CallFluent, Id, Result};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::chunks::Payload;
use crate::completion_queue::CompletionQueue;
use crate::error;
use crate::event::Event;
use crate::options::milliseconds;

/// Options of a wait or a watch, in milliseconds. The package has checked their types.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PollSettings {
    timeout: Option<f64>,
    no_timeout: bool,
    min_interval: Option<f64>,
    max_interval: Option<f64>,
    include_existing: bool,
}

/// A wait for the end of a call.
#[napi]
pub struct NativeWait {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    wait: Arc<Mutex<Wait>>,
}

/// A watch of the calls of an agent.
#[napi]
pub struct NativeWatch {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    watch: Arc<Mutex<Watch>>,
}

impl NativeWait {
    pub(crate) fn new(
        queue: Arc<CompletionQueue>,
        log_number: Option<i64>,
        client: CallFluent,
        mut arguments: Map<String, Value>,
        settings: &PollSettings,
    ) -> Result<Self> {
        let mut options = WaitOptions::default();
        if let Some(timeout) = settings.timeout {
            options.set_timeout(Some(milliseconds(timeout)));
        }
        if settings.no_timeout {
            options.set_timeout(None);
        }
        options.set_intervals(settings.min_interval.map(milliseconds), settings.max_interval.map(milliseconds));
        let call_id: Id = arguments.remove("callId").and_then(|id| serde_json::from_value(id).ok()).unwrap_or_default();
        let wait = Wait::new(client, arguments, call_id, options, Naming::Camel)?;
        Ok(Self { queue, log_number, wait: Arc::new(Mutex::new(wait)) })
    }
}

impl NativeWatch {
    pub(crate) fn new(
        queue: Arc<CompletionQueue>,
        log_number: Option<i64>,
        client: CallFluent,
        arguments: Map<String, Value>,
        settings: &PollSettings,
    ) -> Result<Self> {
        let mut options = WatchOptions::default();
        options.set_include_existing(settings.include_existing);
        options.set_intervals(settings.min_interval.map(milliseconds), settings.max_interval.map(milliseconds));
        let watch = Watch::new(client, arguments, options, Naming::Camel)?;
        Ok(Self { queue, log_number, watch: Arc::new(Mutex::new(watch)) })
    }
}

#[napi]
impl NativeWait {
    /// Waits until the call has ended, or until the next poll. The response under `ticket` is the
    /// call, or null if the history does not contain it.
    ///
    /// # Errors
    /// No thread can be started.
    #[napi(catch_unwind)]
    pub fn next(&self, ticket: i64, until_ended: bool) -> napi::Result<()> {
        let wait = Arc::clone(&self.wait);
        self.queue.spawn(ticket, self.log_number, async move {
            let mut wait = wait.lock().await;
            let call = if until_ended { wait.until_ended().await.map(Some) } else { wait.poll().await };
            match call {
                Ok(call) => (Event::Response, call.map_or_else(|| Payload::Text("null".to_owned()), Payload::from)),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }
}

#[napi]
impl NativeWatch {
    /// Waits for new and changed calls. The response under `ticket` is a list of them. `received`
    /// is the number of calls that the caller has received in total.
    ///
    /// # Errors
    /// No thread can be started.
    #[napi(catch_unwind)]
    pub fn next(&self, ticket: i64, received: i64) -> napi::Result<()> {
        let (watch, received) = (Arc::clone(&self.watch), u64::try_from(received).unwrap_or_default());
        self.queue.spawn(ticket, self.log_number, async move {
            match watch.lock().await.next(received).await {
                Ok(calls) => (Event::Response, calls.into()),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }
}
