//! Files to upload: a path, which the core streams from disk; bytes; or a JavaScript stream, which
//! is read one chunk at a time, so that memory holds only what is being sent.

use std::sync::{Arc, Mutex, PoisonError};

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

/// Bytes between two reports of the progress.
const REPORT_INTERVAL: u64 = 64 * 1024;

/// Reports the progress of an upload under a ticket: the bytes of all files that were read, and
/// their length, or null if it is not known.
pub(crate) fn with_progress(
    attachments: Vec<Attachment>,
    queue: &Arc<CompletionQueue>,
    ticket: i64,
) -> Vec<Attachment> {
    let total: Option<u64> = attachments.iter().map(Attachment::length).sum();
    let total_text = total.map_or_else(|| "null".to_owned(), |total| total.to_string());
    let sent = Arc::new(Mutex::new((vec![0; attachments.len()], 0)));
    let observe = |(index, attachment): (usize, Attachment)| {
        let (queue, sent, total_text) = (Arc::clone(queue), Arc::clone(&sent), total_text.clone());
        attachment.on_progress(move |bytes| {
            let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            let (files, reported) = &mut *sent;
            if let Some(file) = files.get_mut(index) {
                *file = bytes;
            }
            let sum = files.iter().sum::<u64>();
            if sum.abs_diff(*reported) >= REPORT_INTERVAL || Some(sum) == total {
                *reported = sum;
                queue.push(ticket, Event::Progress, format!("[{sum},{total_text}]"));
            }
        })
    };
    attachments.into_iter().enumerate().map(observe).collect()
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
