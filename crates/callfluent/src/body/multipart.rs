//! Files as a form (RFC 7578), each of them a part that is read while it is sent.

use std::hash::{BuildHasher as _, RandomState};
use std::io;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::ByteStream;

/// One file of a form.
pub(super) struct Part {
    /// As it stands between the quotation marks.
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) content: ByteStream,
    /// In bytes, where it is known.
    pub(super) length: Option<u64>,
}

/// A form that can be sent once.
pub(crate) struct Form {
    pub(crate) content_type: String,
    pub(crate) content: ByteStream,
    /// In bytes, where that of every part is known.
    pub(crate) length: Option<u64>,
}

impl Form {
    /// A form with a part of this name for each file.
    pub(super) fn new(name: &'static str, parts: Vec<Part>) -> Self {
        let boundary = boundary();
        let end = format!("--{boundary}--\r\n");
        let mut length = Some(end.len() as u64);
        let mut pieces: Vec<ByteStream> = Vec::with_capacity(parts.len() * 3 + 1);
        for part in parts {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                part.file_name, part.media_type
            );
            let after = "\r\n";
            length = length
                .zip(part.length)
                .and_then(|(sum, content)| sum.checked_add(content)?.checked_add((head.len() + after.len()) as u64));
            pieces.extend([piece(head), part.content, piece(after)]);
        }
        pieces.push(piece(end));
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            content: Box::pin(stream::iter(pieces).flatten()),
            length,
        }
    }
}

fn piece(text: impl Into<Bytes>) -> ByteStream {
    let bytes = text.into();
    Box::pin(stream::once(async move { io::Result::Ok(bytes) }))
}

/// What stands in no file: its keys come from the system's randomness.
fn boundary() -> String {
    let random = |number: u8| RandomState::new().hash_one(number);
    format!("{:016x}{:016x}{:016x}", random(0), random(1), random(2))
}
