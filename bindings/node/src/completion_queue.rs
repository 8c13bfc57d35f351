//! One queue for each environment (the main thread, each worker). Results wait here as JSON until
//! the thread of the environment takes them, many at once. One wake-up serves many requests.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use callfluent::bindings::runtime::SharedRuntime;
use callfluent::bindings::within_hook;
use futures_util::FutureExt as _;
use futures_util::future::Either;
use napi::bindgen_prelude::{self, Buffer, Latin1String};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status};
use napi_derive::napi;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::chunks::{Chunk, MAX_CHUNK_BYTES, Payload};
use crate::event::Event;
use crate::hooks::{self, AttemptSink, Headers};
use crate::request_batch::{QueuedRequest, RequestBatch};
use crate::{error, log};

/// Wakes the environment. It is weak: it keeps the process alive only while requests are in flight.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Maximum number of bytes that an event needs in addition to its content.
const MAX_FRAME_BYTES: usize = 64;

/// Time at which the environment is woken for an event.
#[derive(PartialEq, Eq)]
enum WakeTime {
    /// At once: many events are waiting.
    Now,
    /// After events that are about to follow.
    Later,
    /// It was woken for an earlier event.
    Already,
}

/// JavaScript is woken early when this many events are queued, and one for each
/// `REQUESTS_PER_EVENT` requests in flight: it then takes them in while the runtime continues.
/// Waking has a cost, so it is not worth it for a few.
const MIN_EVENTS: usize = 8;
const REQUESTS_PER_EVENT: usize = 4;

/// A chunk of an upload's stream, or the reason why there are no more.
pub(crate) type Piece = io::Result<Bytes>;

/// The queue, as tasks of the runtime use it.
pub(crate) struct CompletionQueue(Mutex<State>);

struct State {
    /// `[number, event, content` for each event, without the closing bracket. A long text is split.
    texts: VecDeque<String>,
    /// Number of events since the environment last took some, and whether it was woken early.
    added: usize,
    many: bool,
    requests: HashMap<i64, AbortHandle>,
    streams: HashMap<i64, UnboundedSender<Piece>>,
    /// Attempts that wait for their hooks, by the number of the request or bulk operation.
    replies: HashMap<i64, Vec<(i64, oneshot::Sender<Headers>)>>,
    /// Requests that a hook waits for, and that have not started.
    within_hooks: HashSet<i64>,
    /// Set when the environment has shut down.
    ended: bool,
    /// Orders of the environment, in sequence; set with the first one.
    orders: Option<UnboundedSender<Order>>,
    wake: Wake,
}

/// An order for the runtime.
enum Order {
    /// Starts requests.
    Start(RequestBatch),
    /// Cancels the request with this ticket.
    End(i64),
}

impl CompletionQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event whose content is JSON, and wakes the environment.
    pub(crate) fn push(&self, number: i64, event: Event, content: impl Into<String>) {
        if self.add(number, event, &Payload::Text(content.into())) != WakeTime::Already {
            self.wake();
        }
    }

    /// Adds an event, and returns when to wake the environment.
    fn add(&self, number: i64, event: Event, content: &Payload) -> WakeTime {
        let parts = content.chunks();
        let mut state = self.lock();
        if matches!(event, Event::Response | Event::Failure) {
            state.requests.remove(&number);
            // A request can time out while its hooks run.
            state.replies.remove(&number);
            state.within_hooks.remove(&number);
        }
        let is_first = state.texts.is_empty();
        state.added += 1;
        let wake_time = if is_first {
            WakeTime::Later
        } else if !state.many && state.added >= MIN_EVENTS.max(state.requests.len() / REQUESTS_PER_EVENT) {
            state.many = true;
            WakeTime::Now
        } else {
            WakeTime::Already
        };
        let last = parts.len() - 1;
        for (index, part) in parts.iter().enumerate() {
            state.write(number, if index < last { Event::Chunk } else { event }, part);
        }
        wake_time
    }

    fn wake(&self) {
        let state = self.lock();
        if !state.texts.is_empty() {
            // An environment that has shut down cannot be woken.
            state.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Runs a request on the shared runtime. The result is pushed under `ticket`.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        ticket: i64,
        log_number: Option<i64>,
        call: impl Future<Output = (Event, Payload)> + Send + 'static,
    ) -> napi::Result<()> {
        let queue = Arc::clone(self);
        let is_within_hook = self.lock().within_hooks.remove(&ticket);
        let call = if is_within_hook { Either::Left(within_hook(call)) } else { Either::Right(call) };
        // An `async` block around it would hold the request twice.
        let task = callfluent::bindings::runtime::catch_panic(call).then(move |ended| async move {
            let (event, content) = ended.unwrap_or_else(|defect| (Event::Failure, error::internal(&defect).into()));
            match queue.add(ticket, event, &content) {
                WakeTime::Later => {
                    // Responses that have arrived by now share the wake-up.
                    tokio::task::yield_now().await;
                    queue.wake();
                }
                WakeTime::Now => queue.wake(),
                WakeTime::Already => {}
            }
        });
        // If there is no runtime, the task is dropped, which must not find the lock taken.
        let runtime = runtime()?;
        // Locked until the task is stored, so that a task that ends at once finds itself here.
        let mut state = self.lock();
        if state.ended {
            drop(state);
            return Ok(());
        }
        // Only a process that uses hooks or a logger carries their destinations with each request.
        let task = match (log_number, hooks::exist()) {
            (None, false) => runtime.spawn(task),
            (None, true) => runtime.spawn(hooks::in_request(Arc::clone(self) as _, ticket, task)),
            (Some(client), false) => runtime.spawn(log::to(self.log_of(client, ticket), task)),
            (Some(client), true) => {
                let task = hooks::in_request(Arc::clone(self) as _, ticket, task);
                runtime.spawn(log::to(self.log_of(client, ticket), task))
            }
        };
        state.requests.insert(ticket, task.abort_handle());
        Ok(())
    }

    /// Returns the destination of a client's log records. The logger runs in the context of the
    /// request with this ticket.
    pub(crate) fn log_of(self: &Arc<Self>, client: i64, ticket: i64) -> impl Fn(String) + Send + 'static {
        let queue = Arc::clone(self);
        move |record| queue.push(client, Event::Log, format!("[{ticket},{record}]"))
    }

    /// Has the runtime decode and start requests.
    pub(crate) fn hand_over(self: &Arc<Self>, batch: RequestBatch) -> napi::Result<()> {
        self.order(Order::Start(batch))
    }

    /// Queues an order for the runtime, after all earlier ones.
    fn order(self: &Arc<Self>, order: Order) -> napi::Result<()> {
        let mut state = self.lock();
        let orders = match &state.orders {
            Some(orders) => orders,
            None => {
                let (orders, mut incoming) = mpsc::unbounded_channel();
                let queue = Arc::clone(self);
                runtime()?.spawn(async move {
                    while let Some(order) = incoming.recv().await {
                        // A panic in one order must not prevent the others.
                        let _ = callfluent::bindings::runtime::catch_panic(queue.carry_out(order)).await;
                    }
                });
                state.orders.insert(orders)
            }
        };
        // The receiver lives as long as the sender.
        let _ = orders.send(order);
        Ok(())
    }

    async fn carry_out(self: &Arc<Self>, order: Order) {
        match order {
            // The environment has shut down.
            Order::Start(_) if self.lock().orders.is_none() => {}
            Order::Start(batch) => {
                for (ticket, call) in batch.requests() {
                    let begun =
                        callfluent::bindings::runtime::catch_panic(async { self.begin(&batch, ticket, call) }).await;
                    let failure = match begun {
                        Ok(Ok(())) => continue,
                        // Errors of a request are JSON already.
                        Ok(Err(error)) if error.reason.starts_with('{') => error.reason.clone(),
                        Ok(Err(error)) => error::internal(&error.reason),
                        Err(defect) => error::internal(&defect),
                    };
                    // The awaiting code gets an error, whatever prevented the start.
                    self.push(ticket, Event::Failure, failure);
                }
            }
            Order::End(ticket) => {
                let request = {
                    let mut state = self.lock();
                    state.replies.remove(&ticket);
                    state.within_hooks.remove(&ticket);
                    state.requests.remove(&ticket)
                };
                if let Some(request) = request {
                    request.abort();
                }
            }
        }
    }

    /// Starts a request of a batch.
    fn begin(self: &Arc<Self>, batch: &RequestBatch, ticket: i64, call: &str) -> napi::Result<()> {
        match QueuedRequest::read(call) {
            Ok(call) => self.spawn(call.0, batch.log_number, call.start(&batch.client)),
            Err(why) => {
                self.push(ticket, Event::Failure, error::invalid_json("request", &why));
                Ok(())
            }
        }
    }

    /// Forgets the attempts of a bulk operation, which has ended.
    pub(crate) fn drop_replies(&self, number: i64) {
        self.lock().replies.remove(&number);
    }

    /// Registers the receiver of an upload's chunks.
    pub(crate) fn open_stream(&self, number: i64, pieces: UnboundedSender<Piece>) {
        self.lock().streams.insert(number, pieces);
    }

    /// Removes the receiver of an upload's chunks, and reports it.
    pub(crate) fn close_stream(&self, number: i64) {
        self.lock().streams.remove(&number);
        self.push(number, Event::Done, "null");
    }
}

impl AttemptSink for CompletionQueue {
    fn report(&self, number: i64, event: Event, content: String) {
        self.push(number, event, content);
    }

    fn expect_reply(&self, number: i64, attempt: i64) -> oneshot::Receiver<Headers> {
        let (reply, headers) = oneshot::channel();
        let mut state = self.lock();
        if !state.ended {
            state.replies.entry(number).or_default().push((attempt, reply));
        }
        headers
    }
}

impl State {
    fn take_reply(&mut self, number: i64, attempt: i64) -> Option<oneshot::Sender<Headers>> {
        let replies = self.replies.get_mut(&number)?;
        let index = replies.iter().position(|(key, _)| *key == attempt)?;
        Some(replies.swap_remove(index).1)
    }

    fn write(&mut self, number: i64, event: Event, content: &Chunk<'_>) {
        let length = content.len();
        let begins = self.texts.back().is_none_or(|text| text.len() + length > MAX_CHUNK_BYTES);
        if begins {
            self.texts.push_back(String::with_capacity(length + MAX_FRAME_BYTES));
        }
        if let Some(text) = self.texts.back_mut() {
            let opening = if begins { '[' } else { ',' };
            // Writing to a string cannot fail.
            let _ = write!(text, "{opening}{number},{},{content}", event as u8);
        }
    }
}

/// Results of the requests of an environment.
#[napi]
pub struct Completions {
    queue: Arc<CompletionQueue>,
}

#[napi]
impl Completions {
    /// Creates the queue of this environment. `wake` is called when there are events.
    #[napi(constructor, catch_unwind)]
    pub fn new(#[napi(ts_arg_type = "() => void")] wake: Wake) -> Self {
        Self {
            queue: Arc::new(CompletionQueue(Mutex::new(State {
                texts: VecDeque::new(),
                added: 0,
                many: false,
                requests: HashMap::new(),
                streams: HashMap::new(),
                replies: HashMap::new(),
                within_hooks: HashSet::new(),
                ended: false,
                orders: None,
                wake,
            }))),
        }
    }

    /// Returns events since the last time: a JSON array of number, event and content, repeated.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> bindgen_prelude::Either<Latin1String, String> {
        let mut state = self.queue.lock();
        (state.added, state.many) = (0, false);
        let Some(mut text) = state.texts.pop_front() else {
            return bindgen_prelude::Either::B("[]".to_owned());
        };
        if !state.texts.is_empty() {
            let _ = write!(text, ",0,{},null", Event::More as u8);
        }
        text.push(']');
        // ASCII is copied unchanged; V8 inspects every character of other strings.
        if text.is_ascii() { bindgen_prelude::Either::A(text.into()) } else { bindgen_prelude::Either::B(text) }
    }

    /// Sets whether the process waits for requests.
    ///
    /// # Errors
    /// The environment is shutting down.
    #[napi(catch_unwind)]
    // napi deprecates it in favor of dropping the function, but an idle client keeps its own.
    #[allow(deprecated)]
    pub fn keep_alive(&self, env: Env, alive: bool) -> napi::Result<()> {
        let wake = &mut self.queue.lock().wake;
        if alive { wake.refer(&env) } else { wake.unref(&env) }
    }

    /// Number of requests in flight, for tests of leaks.
    #[napi(getter, catch_unwind)]
    pub fn requests_in_flight(&self) -> u32 {
        u32::try_from(self.queue.lock().requests.len()).unwrap_or(u32::MAX)
    }

    /// Number of uploads that read a stream, for tests of leaks.
    #[napi(getter, catch_unwind)]
    pub fn streams_open(&self) -> u32 {
        u32::try_from(self.queue.lock().streams.len()).unwrap_or(u32::MAX)
    }

    /// Exempts a request that a hook waits for from `maxConcurrency`, before it starts.
    #[napi(catch_unwind)]
    pub fn exempt(&self, ticket: i64) {
        self.queue.lock().within_hooks.insert(ticket);
    }

    /// Cancels a request: its connection is closed, and it produces no further events.
    ///
    /// # Errors
    /// No thread can be started.
    #[napi(catch_unwind)]
    pub fn cancel(&self, ticket: i64) -> napi::Result<()> {
        // In sequence: the request may not have started yet.
        self.queue.order(Order::End(ticket))
    }

    /// Sends an attempt that waited for its hooks, with these headers: a list of pairs as JSON.
    /// Returns the reasons against invalid ones, which are not sent.
    #[napi(catch_unwind)]
    pub fn reply(&self, number: i64, attempt: i64, headers: String) -> Vec<String> {
        let (valid, reasons) = hooks::checked(&headers);
        let reply = self.queue.lock().take_reply(number, attempt);
        if let Some(reply) = reply {
            // The request may have been canceled.
            let _ = reply.send(valid);
        }
        reasons
    }

    /// Logs that a hook failed, as a record of the client whose request has this ticket.
    #[napi(catch_unwind)]
    pub fn hook_failed(&self, log_number: i64, ticket: i64, hook: String, operation: String, error: String) {
        let destination = self.queue.log_of(log_number, ticket);
        log::during(Some(destination), || callfluent::bindings::hook_failed(&hook, &operation, &error));
    }

    /// Passes the next chunk of a stream to an upload.
    #[napi(catch_unwind)]
    pub fn feed(&self, stream: i64, piece: Buffer) {
        self.pass_on(stream, Ok(Bytes::copy_from_slice(&piece)));
    }

    /// Ends the stream of an upload, or fails it with a reason.
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
            // An upload that has ended takes no more chunks.
            let _ = pieces.send(piece);
        }
    }
}

/// Requests end with their environment.
impl Drop for Completions {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.ended = true;
        state.orders = None;
        state.streams.clear();
        state.replies.clear();
        let requests = std::mem::take(&mut state.requests);
        drop(state);
        for request in requests.into_values() {
            request.abort();
        }
    }
}

/// Returns the runtime that all environments share.
fn runtime() -> napi::Result<SharedRuntime> {
    use callfluent::bindings::runtime;
    // The next request tries again.
    runtime::shared().map_err(|error| error::to_napi(&runtime::unavailable(error)))
}
