//! One queue for each environment (the main thread, each worker): what happened on the runtime's thread waits here as JSON
//! text until the environment's own thread takes it, in one go if it is not too much. One wake-up serves many calls that have
//! ended.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use callfluent::bindings::runtime::SharedRuntime;
use futures_util::FutureExt as _;
use napi::bindgen_prelude::{Buffer, Either, Latin1String};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::AbortHandle;

use crate::chunks::{Chunk, LONGEST, Payload};
use crate::request_batch::{QueuedRequest, RequestBatch};
use crate::{error, log};

/// Wakes the environment. It is weak: it does not keep the process alive until it is told to.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// More than what is written around the content of a single event.
const FRAME: usize = 64;

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
    /// More has happened, and is in the next text.
    More = 5,
    /// A part of the list that a call is answered with.
    Chunk = 6,
}

/// When the environment is told of an event.
#[derive(PartialEq, Eq)]
enum Told {
    /// As soon as may be: many wait for it.
    Now,
    /// Together with those that are about to follow.
    Later,
    /// Together with one before it.
    Already,
}

/// With so many events at hand the environment begins to take them in, while the runtime goes on with the others: with a
/// quarter of the calls that are under way, since to be told costs the environment something, and not with a few.
const ENOUGH: usize = 8;
const SHARE: usize = 4;

/// What one piece of an upload's stream is: bytes, or why there are no more of them.
pub(crate) type Piece = io::Result<Bytes>;

/// The queue as the runtime's tasks see it.
pub(crate) struct CompletionQueue(Mutex<State>);

struct State {
    /// `[number, event, content` for each event, without the closing bracket. There is more than one where they would become
    /// long.
    texts: VecDeque<String>,
    /// How many events have been added since the environment took some in, and whether it was told that they are many.
    added: usize,
    many: bool,
    calls: HashMap<i64, AbortHandle>,
    streams: HashMap<i64, UnboundedSender<Piece>>,
    /// Whether the environment has ended, and nobody waits any more.
    ended: bool,
    /// What the environment wants, in its order; there once it wants something.
    orders: Option<UnboundedSender<Order>>,
    wake: Wake,
}

/// What the environment wants of the runtime.
enum Order {
    /// Start calls.
    Start(RequestBatch),
    /// End the call with this ticket.
    End(i64),
}

impl CompletionQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event whose content is JSON text, and wakes the environment for it.
    pub(crate) fn push(&self, number: i64, event: Event, content: impl Into<String>) {
        if self.add(number, event, &Payload::Text(content.into())) != Told::Already {
            self.wake();
        }
    }

    /// Adds an event and says when the environment is to be told of it.
    fn add(&self, number: i64, event: Event, content: &Payload) -> Told {
        let parts = content.chunks();
        let mut state = self.lock();
        if matches!(event, Event::Answer | Event::Failure) {
            state.calls.remove(&number);
        }
        let is_first = state.texts.is_empty();
        state.added += 1;
        let told = if is_first {
            Told::Later
        } else if !state.many && state.added >= ENOUGH.max(state.calls.len() / SHARE) {
            state.many = true;
            Told::Now
        } else {
            Told::Already
        };
        let last = parts.len() - 1;
        for (index, part) in parts.iter().enumerate() {
            state.write(number, if index < last { Event::Chunk } else { event }, part);
        }
        told
    }

    fn wake(&self) {
        let state = self.lock();
        if !state.texts.is_empty() {
            // An environment that is gone has nobody left to tell.
            state.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Runs a call on the shared runtime; what it makes is pushed under `ticket`.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        ticket: i64,
        logs_of: Option<i64>,
        call: impl Future<Output = (Event, Payload)> + Send + 'static,
    ) -> napi::Result<()> {
        let queue = Arc::clone(self);
        // No `async` block around it, which would hold the call twice over.
        let task = callfluent::bindings::runtime::catch_panic(call).then(move |ended| async move {
            let (event, content) = ended.unwrap_or_else(|defect| (Event::Failure, error::internal(&defect).into()));
            match queue.add(ticket, event, &content) {
                Told::Later => {
                    // What else has come from the network by now is taken in first, for the same wake-up.
                    tokio::task::yield_now().await;
                    queue.wake();
                }
                Told::Now => queue.wake(),
                Told::Already => {}
            }
        });
        // What is dropped because there is no runtime must find nothing locked.
        let runtime = runtime()?;
        // Held until the task is known, so that one that ends at once finds itself here.
        let mut state = self.lock();
        if state.ended {
            drop(state);
            return Ok(());
        }
        let task = match logs_of {
            Some(client) => runtime.spawn(log::to(Arc::clone(self), client, task)),
            None => runtime.spawn(task),
        };
        state.calls.insert(ticket, task.abort_handle());
        Ok(())
    }

    /// Has the runtime read and start calls.
    pub(crate) fn hand_over(self: &Arc<Self>, batch: RequestBatch) -> napi::Result<()> {
        self.order(Order::Start(batch))
    }

    /// Has the runtime do something after all that it was told before.
    fn order(self: &Arc<Self>, order: Order) -> napi::Result<()> {
        let mut state = self.lock();
        let orders = match &state.orders {
            Some(orders) => orders,
            None => {
                let (orders, mut incoming) = mpsc::unbounded_channel();
                let queue = Arc::clone(self);
                runtime()?.spawn(async move {
                    while let Some(order) = incoming.recv().await {
                        // One that cannot be carried out keeps no other from it.
                        let _ = callfluent::bindings::runtime::catch_panic(queue.carry_out(order)).await;
                    }
                });
                state.orders.insert(orders)
            }
        };
        // Its receiver lives as long as it does.
        let _ = orders.send(order);
        Ok(())
    }

    async fn carry_out(self: &Arc<Self>, order: Order) {
        match order {
            // The environment has ended, and nobody waits any more.
            Order::Start(_) if self.lock().orders.is_none() => {}
            Order::Start(batch) => {
                for (ticket, call) in batch.calls() {
                    let begun =
                        callfluent::bindings::runtime::catch_panic(async { self.begin(&batch, ticket, call) }).await;
                    let failure = match begun {
                        Ok(Ok(())) => continue,
                        Ok(Err(error)) => error::internal(&error.reason),
                        Err(defect) => error::internal(&defect),
                    };
                    // Whoever waits for it is told, whatever it is that kept it from being begun.
                    self.push(ticket, Event::Failure, failure);
                }
            }
            Order::End(ticket) => {
                let call = self.lock().calls.remove(&ticket);
                if let Some(call) = call {
                    call.abort();
                }
            }
        }
    }

    /// Begins a call of a batch.
    fn begin(self: &Arc<Self>, batch: &RequestBatch, ticket: i64, call: &str) -> napi::Result<()> {
        match QueuedRequest::read(call) {
            Ok(call) => self.spawn(call.0, batch.logs_of, call.start(&batch.client)),
            Err(why) => {
                self.push(ticket, Event::Failure, error::invalid_json("the call", &why));
                Ok(())
            }
        }
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

impl State {
    fn write(&mut self, number: i64, event: Event, content: &Chunk<'_>) {
        let length = content.len();
        let begins = self.texts.back().is_none_or(|text| text.len() + length > LONGEST);
        if begins {
            self.texts.push_back(String::with_capacity(length + FRAME));
        }
        if let Some(text) = self.texts.back_mut() {
            let opening = if begins { '[' } else { ',' };
            // Writing to a string cannot fail.
            let _ = write!(text, "{opening}{number},{},{content}", event as u8);
        }
    }
}

/// What became of an environment's calls.
#[napi]
pub struct Completions {
    queue: Arc<CompletionQueue>,
}

#[napi]
impl Completions {
    /// Makes the queue of this environment; `wake` is called when there is something to drain.
    #[napi(constructor, catch_unwind)]
    pub fn new(#[napi(ts_arg_type = "() => void")] wake: Wake) -> Self {
        Self {
            queue: Arc::new(CompletionQueue(Mutex::new(State {
                texts: VecDeque::new(),
                added: 0,
                many: false,
                calls: HashMap::new(),
                streams: HashMap::new(),
                ended: false,
                orders: None,
                wake,
            }))),
        }
    }

    /// What happened since the last time, or the first of it: a JSON array of a number, an event and its content, again and
    /// again.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Either<Latin1String, String> {
        let mut state = self.queue.lock();
        (state.added, state.many) = (0, false);
        let Some(mut text) = state.texts.pop_front() else {
            return Either::B("[]".to_owned());
        };
        if !state.texts.is_empty() {
            let _ = write!(text, ",0,{},null", Event::More as u8);
        }
        text.push(']');
        // What is ASCII is copied as it is; of anything else the engine looks at every letter.
        if text.is_ascii() { Either::A(text.into()) } else { Either::B(text) }
    }

    /// Whether the process is to wait for calls.
    ///
    /// # Errors
    /// Where the environment is ending.
    #[napi(catch_unwind)]
    // napi calls this deprecated in favour of dropping the function, but an idle client keeps its own and must not wait.
    #[allow(deprecated)]
    pub fn keep_alive(&self, env: Env, alive: bool) -> napi::Result<()> {
        let wake = &mut self.queue.lock().wake;
        if alive { wake.refer(&env) } else { wake.unref(&env) }
    }

    /// How many calls are under way, for tests: what is aborted must not stay here.
    #[napi(getter, catch_unwind)]
    pub fn calls_under_way(&self) -> u32 {
        u32::try_from(self.queue.lock().calls.len()).unwrap_or(u32::MAX)
    }

    /// How many uploads read a stream, for tests.
    #[napi(getter, catch_unwind)]
    pub fn streams_open(&self) -> u32 {
        u32::try_from(self.queue.lock().streams.len()).unwrap_or(u32::MAX)
    }

    /// Ends a call: its connection is closed and nothing more is heard of it.
    ///
    /// # Errors
    /// Where no thread can be started.
    #[napi(catch_unwind)]
    pub fn cancel(&self, ticket: i64) -> napi::Result<()> {
        // In order: the call may not have begun yet.
        self.queue.order(Order::End(ticket))
    }

    /// Gives an upload the next piece of its stream.
    #[napi(catch_unwind)]
    pub fn feed(&self, stream: i64, piece: Buffer) {
        self.pass_on(stream, Ok(Bytes::copy_from_slice(&piece)));
    }

    /// Ends the stream of an upload: at its end, or early and with the reason.
    #[napi(catch_unwind)]
    pub fn end_stream(&self, stream: i64, reason: Option<String>) {
        if let Some(reason) = reason {
            self.pass_on(stream, Err(io::Error::other(reason)));
        }
        self.queue.lock().streams.remove(&stream);
    }
}

impl Completions {
    pub(crate) fn queue(&self) -> &Arc<CompletionQueue> {
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
        state.ended = true;
        state.orders = None;
        state.streams.clear();
        let calls = std::mem::take(&mut state.calls);
        drop(state);
        for call in calls.into_values() {
            call.abort();
        }
    }
}

/// The runtime that all environments share.
fn runtime() -> napi::Result<SharedRuntime> {
    callfluent::bindings::runtime::shared().map_err(|error| napi::Error::from_reason(error.to_string()))
}
