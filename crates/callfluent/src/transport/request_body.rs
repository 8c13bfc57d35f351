//! Request bodies that report whether any of them was sent, and that can be stopped.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

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
    started: AtomicBool,
    stopped: AtomicBool,
    waker: AtomicWaker,
}

impl BodyMonitor {
    /// Returns whether there is a body of which nothing was taken for sending. The server cannot
    /// have processed such a request.
    pub(super) fn is_unsent(&self) -> bool {
        self.0.has_content.load(Ordering::Relaxed) && !self.0.started.load(Ordering::Acquire)
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
            let content = reqwest::Body::wrap_stream(self.stream(part.content));
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
            state.started.store(true, Ordering::Release);
            state.waker.register(context.waker());
            if state.stopped.load(Ordering::Acquire) {
                // Not an end: the server would take a part of the file for the whole.
                return Poll::Ready(Some(Err(io::Error::other("the upload was stopped"))));
            }
            stream.poll_next_unpin(context)
        })
    }
}

/// Stops the body when the attempt ends: after an early error response, the rest of an upload would
/// only keep the connection busy.
pub(super) struct StopOnDrop(pub(super) BodyMonitor);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        let state = &self.0.0;
        state.stopped.store(true, Ordering::Release);
        state.waker.wake();
    }
}

struct MonitoredBytes {
    bytes: Bytes,
    monitor: BodyMonitor,
}

impl http_body::Body for MonitoredBytes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.monitor.0.started.store(true, Ordering::Release);
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
