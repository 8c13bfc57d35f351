//! Files to upload: a path, which the core streams from disk; bytes; or a JavaScript stream, which
//! is read one chunk at a time, so that memory holds only what is being sent.

use std::sync::Arc;

use callfluent::Attachment;
use futures_util::stream;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::completion_queue::{CompletionQueue, Piece};
use crate::event::Event;

/// A file to upload. Exactly one of `path`, `bytes` and `stream` is set.
#[napi(object, object_to_js = false)]
pub struct NativeFile {
    /// File name. Default: the name in the path.
    pub name: Option<String>,
    /// Media type. Default: the type of the file name.
    pub content_type: Option<String>,
    /// Path on disk.
    pub path: Option<String>,
    /// Content.
    pub bytes: Option<Buffer>,
    /// Number of the stream that has the content.
    pub stream: Option<i64>,
    /// Length of the stream in bytes, if known.
    pub length: Option<f64>,
}

impl NativeFile {
    /// Converts the file to an attachment of the core.
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

/// Returns a number of bytes, if it is an integer.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(length: Option<f64>) -> Option<u64> {
    length.filter(|length| *length >= 0.0 && length.fract() == 0.0).map(|length| length as u64)
}

/// Returns the chunks of a JavaScript stream.
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

/// The upload has ended or was canceled, so its stream is not read further.
impl Drop for Source {
    fn drop(&mut self) {
        self.queue.close_stream(self.number);
    }
}
