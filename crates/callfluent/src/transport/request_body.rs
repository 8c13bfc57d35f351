//! Request bodies that report whether any of them was sent, and that can be stopped.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _, poll_fn};
use futures_util::task::AtomicWaker;
use http_body::{Frame, SizeHint};
use reqwest::multipart::{Form, Part};

use crate::body::{ByteStream, FilePart};

/// Follows the body of one attempt from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct BodyMonitor(Arc<State>);

#[derive(Debug, Default)]
struct State {
    has_content: AtomicBool,
    /// One of the constants below. One value, so that a body cannot start while it is stopped.
    progress: AtomicU8,
    waker: AtomicWaker,
    /// The reason why a file could not be sent to its end.
    failure: Mutex<Option<io::Error>>,
}

const IDLE: u8 = 0;
const STARTED: u8 = 1;
const STOPPED: u8 = 2;
/// Stopped before it started.
const UNSENT: u8 = 3;

impl State {
    /// Returns whether content may be taken for sending.
    fn start(&self) -> bool {
        let started = self.progress.compare_exchange(IDLE, STARTED, Ordering::AcqRel, Ordering::Acquire);
        matches!(started, Ok(_) | Err(STARTED))
    }

    fn stop(&self) {
        if self.progress.compare_exchange(IDLE, UNSENT, Ordering::AcqRel, Ordering::Acquire).is_err() {
            let _ = self.progress.compare_exchange(STARTED, STOPPED, Ordering::AcqRel, Ordering::Acquire);
        }
        self.waker.wake();
    }

    /// Keeps the failure of a file. The connection gets an error too, so that it sends no end of
    /// the body, and the server cannot take what it has for the whole.
    fn fail(&self, failure: io::Error) -> io::Error {
        let passed_on = io::Error::other(failure.to_string());
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        passed_on
    }
}

fn stopped() -> io::Error {
    // An end without error would make the server take a part of the body for the whole.
    io::Error::other("the request was canceled")
}

impl BodyMonitor {
    /// Returns whether the attempt ended before anything of its body was taken for sending. The
    /// server cannot have processed such a request.
    pub(super) fn is_unsent(&self) -> bool {
        self.0.has_content.load(Ordering::Relaxed) && self.0.progress.load(Ordering::Acquire) == UNSENT
    }

    /// Takes the failure of a file, if one ended the body.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns a body of these bytes.
    pub(super) fn bytes(&self, bytes: Bytes) -> reqwest::Body {
        self.0.has_content.store(!bytes.is_empty(), Ordering::Relaxed);
        reqwest::Body::wrap(MonitoredBytes { bytes, monitor: self.clone() })
    }

    /// Returns a form with a part named `files` for each file.
    pub(super) fn form(&self, parts: Vec<FilePart>) -> io::Result<Form> {
        // The names are safe already, in the way of browsers.
        let mut form = Form::new().percent_encode_noop();
        for part in parts {
            let content = with_length(part.content, part.length, part.file_name.clone());
            let content = reqwest::Body::wrap_stream(self.stream(content));
            let content = match part.length {
                Some(length) => Part::stream_with_length(content, length),
                None => Part::stream(content),
            };
            let content = content.file_name(part.file_name).mime_str(&part.media_type).map_err(io::Error::other)?;
            form = form.part("files", content);
        }
        Ok(form)
    }

    /// Returns a stream that passes on this one, until it is stopped.
    fn stream(&self, mut stream: ByteStream) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        self.0.has_content.store(true, Ordering::Relaxed);
        let state = Arc::clone(&self.0);
        poll_fn(move |context| {
            state.waker.register(context.waker());
            if !state.start() {
                return Poll::Ready(Some(Err(stopped())));
            }
            stream.poll_next_unpin(context).map_err(|failure| state.fail(failure))
        })
    }
}

/// Returns a file that fails if it is not as long as announced. The parts behind it, or their
/// boundaries, would otherwise be cut, and the server would get other files than the user passed.
fn with_length(content: ByteStream, length: Option<u64>, name: String) -> ByteStream {
    let Some(length) = length else { return content };
    let mut rest = Some((content, 0_u64));
    Box::pin(poll_fn(move |context| {
        let Some((content, sent)) = &mut rest else { return Poll::Ready(None) };
        let chunk = ready!(content.poll_next_unpin(context)).transpose()?;
        *sent += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let problem = if *sent > length {
            format!("{name} is longer than announced ({length} bytes)")
        } else if chunk.is_none() && *sent < length {
            format!("{name} is shorter than announced ({sent} instead of {length} bytes)")
        } else {
            return Poll::Ready(chunk.map(Ok));
        };
        rest = None;
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::InvalidData, problem))))
    }))
}

/// Stops the body when the attempt ends: after an early error response, the rest of an upload would
/// only keep the connection busy.
pub(super) struct StopOnDrop(pub(super) BodyMonitor);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.0.stop();
    }
}

struct MonitoredBytes {
    bytes: Bytes,
    monitor: BodyMonitor,
}

impl http_body::Body for MonitoredBytes {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.monitor.0.start() {
            return Poll::Ready(Some(Err(stopped())));
        }
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
