//! Request bodies: nothing, JSON, or files that are streamed as a multipart form.

mod attachment;
mod file_stream;

pub use attachment::Attachment;
pub(crate) use attachment::{FilePart, Files, open_files};

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

/// Bytes that are produced while they are sent.
pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The body of a request. It can be repeated unless it holds a stream.
#[derive(Debug, Default)]
pub(crate) enum Body {
    #[default]
    Empty,
    Json(Bytes),
    Files(Files),
}
