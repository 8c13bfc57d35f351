//! One queue for each environment (the main thread, each worker): what happened on the runtime's thread waits here as JSON
//! text until the environment's own thread takes all of it in one go. One wake-up serves however many calls have ended.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use napi::bindgen_prelude::Buffer;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use crate::log;

/// Wakes the environment. It is weak: it does not keep the process alive until it is told to.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// What happened, as the number that stands in the drained text.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    /// A call was answered.
    Answer = 0,
    /// A call failed.
    Failure = 1,
    /// A client has something to log.
    Log = 2,
    /// An upload wants the next piece of its stream.
    Wanted = 3,
    /// An upload is done with its stream, read to the end or not.
    Done = 4,
}

/// What one piece of an upload's stream is: bytes, or why there are no more of them.
pub(crate) type Piece = io::Result<Bytes>;

/// The queue as the runtime's tasks see it.
pub(crate) struct Queue(Mutex<State>);

struct State {
    /// `[number, event, content` for each event, without the closing bracket.
    text: String,
    calls: HashMap<i64, AbortHandle>,
    streams: HashMap<i64, UnboundedSender<Piece>>,
    wake: Wake,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event whose content is JSON text.
    pub(crate) fn push(&self, number: i64, event: Event, content: &str) {
        let mut state = self.lock();
        if matches!(event, Event::Answer | Event::Failure) {
            state.calls.remove(&number);
        }
        let sleeping = state.text.is_empty();
        let opening = if sleeping { '[' } else { ',' };
        // Writing to a string cannot fail.
        let _ = write!(state.text, "{opening}{number},{},{content}", event as u8);
        if sleeping {
            // An environment that is gone has nobody left to tell.
            state.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Runs a call on the shared runtime; what it makes is pushed under `ticket`.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        ticket: i64,
        logs_of: Option<i64>,
        call: impl Future<Output = (Event, String)> + Send + 'static,
    ) -> napi::Result<()> {
        let runtime = callfluent::runtime::shared().map_err(|error| napi::Error::from_reason(error.to_string()))?;
        let queue = Arc::clone(self);
        let task = async move {
            let (event, content) = call.await;
            queue.push(ticket, event, &content);
        };
        // Held until the task is known, so that one that ends at once finds itself here.
        let mut state = self.lock();
        let task = match logs_of {
            Some(client) => runtime.spawn(log::to(Arc::clone(self), client, task)),
            None => runtime.spawn(task),
        };
        state.calls.insert(ticket, task.abort_handle());
        Ok(())
    }

    /// Knows where the pieces of an upload's stream go.
    pub(crate) fn open_stream(&self, number: i64, pieces: UnboundedSender<Piece>) {
        self.lock().streams.insert(number, pieces);
    }

    /// Forgets an upload's stream and says so.
    pub(crate) fn close_stream(&self, number: i64) {
        self.lock().streams.remove(&number);
        self.push(number, Event::Done, "null");
    }
}

/// What became of an environment's calls.
#[napi]
pub struct Completions {
    queue: Arc<Queue>,
}

#[napi]
impl Completions {
    /// Makes the queue of this environment; `wake` is called when there is something to drain.
    #[napi(constructor)]
    pub fn new(wake: Wake) -> Self {
        Self {
            queue: Arc::new(Queue(Mutex::new(State {
                text: String::new(),
                calls: HashMap::new(),
                streams: HashMap::new(),
                wake,
            }))),
        }
    }

    /// Everything since the last time: a JSON array of a number, an event and its content, again and again.
    #[napi]
    pub fn drain(&self) -> String {
        let mut text = std::mem::take(&mut self.queue.lock().text);
        text.push_str(if text.is_empty() { "[]" } else { "]" });
        text
    }

    /// Whether the process is to wait for calls.
    ///
    /// # Errors
    /// Where the environment is ending.
    #[napi]
    // napi calls this deprecated in favour of dropping the function, but an idle client keeps its own and must not wait.
    #[allow(deprecated)]
    pub fn keep_alive(&self, env: Env, alive: bool) -> napi::Result<()> {
        let wake = &mut self.queue.lock().wake;
        if alive { wake.refer(&env) } else { wake.unref(&env) }
    }

    /// Ends a call: its connection is closed and nothing more is heard of it.
    #[napi]
    pub fn cancel(&self, ticket: i64) {
        let call = self.queue.lock().calls.remove(&ticket);
        if let Some(call) = call {
            call.abort();
        }
    }

    /// Gives an upload the next piece of its stream.
    #[napi]
    pub fn feed(&self, stream: i64, piece: Buffer) {
        self.pass_on(stream, Ok(Bytes::copy_from_slice(&piece)));
    }

    /// Ends the stream of an upload: at its end, or early and with the reason.
    #[napi]
    pub fn end_stream(&self, stream: i64, reason: Option<String>) {
        if let Some(reason) = reason {
            self.pass_on(stream, Err(io::Error::other(reason)));
        }
        self.queue.lock().streams.remove(&stream);
    }
}

impl Completions {
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    fn pass_on(&self, stream: i64, piece: Piece) {
        if let Some(pieces) = self.queue.lock().streams.get(&stream) {
            // An upload that has ended wants no more.
            let _ = pieces.send(piece);
        }
    }
}

/// The environment ends: so do its calls.
impl Drop for Completions {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.streams.clear();
        let calls = std::mem::take(&mut state.calls);
        drop(state);
        for call in calls.into_values() {
            call.abort();
        }
    }
}
