//! Files to upload: a path, which the core streams from disk; bytes; or a stream of JavaScript's, which is asked for one
//! piece at a time, so that no more of it is in memory than is being sent.

use std::sync::Arc;

use callfluent::Attachment;
use futures_util::stream;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::completion_queue::{CompletionQueue, Event, Piece};

/// A file to upload. Exactly one of `path`, `bytes` and `stream` is there.
#[napi(object, object_to_js = false)]
pub struct NativeFile {
    /// Its name; a path has one of its own.
    pub name: Option<String>,
    /// Its media type; by default it follows from the name.
    pub content_type: Option<String>,
    /// Where it is on disk.
    pub path: Option<String>,
    /// What it holds.
    pub bytes: Option<Buffer>,
    /// The number of the stream to read it from.
    pub stream: Option<i64>,
    /// How many bytes the stream has, where that is known.
    pub length: Option<f64>,
}

impl NativeFile {
    /// The file as the core takes it.
    pub(crate) fn into_attachment(self, queue: &Arc<CompletionQueue>) -> Attachment {
        let name = self.name.unwrap_or_default();
        let mut attachment = match (self.path, self.bytes, self.stream) {
            (Some(path), _, _) if name.is_empty() => Attachment::path(path),
            (Some(path), _, _) => Attachment::path(path).named(name),
            (None, Some(bytes), _) => Attachment::bytes(name, bytes.to_vec()),
            (None, None, Some(number)) => Attachment::stream(name, pieces(queue, number), whole(self.length)),
            (None, None, None) => Attachment::bytes(name, Vec::new()),
        };
        if let Some(content_type) = self.content_type {
            attachment = attachment.content_type(content_type);
        }
        attachment
    }
}

/// A count of bytes that is a whole number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(length: Option<f64>) -> Option<u64> {
    length.filter(|length| *length >= 0.0 && length.fract() == 0.0).map(|length| length as u64)
}

/// The pieces of a stream of JavaScript's.
fn pieces(queue: &Arc<CompletionQueue>, number: i64) -> impl stream::Stream<Item = Piece> + Send + 'static {
    let (sender, receiver) = mpsc::unbounded_channel();
    queue.open_stream(number, sender);
    let source = Source { queue: Arc::clone(queue), number, receiver };
    stream::unfold(source, |mut source| async move {
        source.queue.push(source.number, Event::Wanted, "null");
        let piece = source.receiver.recv().await?;
        Some((piece, source))
    })
}

struct Source {
    queue: Arc<CompletionQueue>,
    number: i64,
    receiver: UnboundedReceiver<Piece>,
}

/// The upload is over, or was ended: so is its reading.
impl Drop for Source {
    fn drop(&mut self) {
        self.queue.close_stream(self.number);
    }
}
