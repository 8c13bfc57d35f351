//! An open file as a request body. It is read in chunks at explicit positions, so that the file's
//! own position does not change and a retry can read it again.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};

/// Size of the chunks.
const CHUNK: u64 = 256 * 1024;

/// Files up to this size are read at once. Below /sys, a file reports at most a page of memory.
const SMALL: u64 = 64 * 1024;
/// Maximum size of a file that reports no length.
const MAX_IN_MEMORY: u64 = 8 * 1024 * 1024;

/// The content of a file.
pub(crate) enum FileContent {
    /// In memory.
    Small(Bytes),
    /// To be read while it is sent.
    Large(OpenFile),
}

impl FileContent {
    /// Returns the length in bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Small(bytes) => bytes.len() as u64,
            Self::Large(file) => file.length(),
        }
    }
}

/// A range of an open file, up to its end at the time of opening.
#[derive(Clone)]
pub(crate) struct OpenFile {
    file: Arc<File>,
    start: u64,
    end: u64,
}

impl OpenFile {
    /// Returns the file from `start` to its end.
    pub(crate) fn new(file: File, start: u64) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file, so its content has no positions",
            ));
        }
        Ok(Self { file: Arc::new(file), start, end: metadata.len().max(start) })
    }

    /// Returns the content, with its length in bytes. A small file is read at once, because the
    /// files below /proc and /sys report other lengths than they have. Blocks the thread.
    pub(crate) fn content(&self) -> io::Result<FileContent> {
        if self.length() > SMALL {
            return Ok(FileContent::Large(self.clone()));
        }
        // A file that reports no length may have any.
        let has_length = self.file.metadata()?.len() > 0 && self.length() > 0;
        let max = if has_length { self.length() } else { MAX_IN_MEMORY + 1 };
        let (mut rest, mut content) = (Self { end: self.start.saturating_add(max), ..self.clone() }, Vec::new());
        while rest.length() > 0 {
            let chunk = rest.chunk()?;
            if chunk.is_empty() {
                break;
            }
            content.extend_from_slice(&chunk);
        }
        let length = content.len() as u64;
        if length > MAX_IN_MEMORY {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it reports no length; pass its content"));
        }
        if has_length && length < max && self.file.metadata()?.len() < self.end {
            return Err(shorter());
        }
        Ok(FileContent::Small(content.into()))
    }

    /// Returns the length in bytes that the file reports.
    pub(crate) fn length(&self) -> u64 {
        self.end - self.start
    }

    /// Returns exactly `length` bytes of content. What is appended meanwhile is not sent;
    /// truncation is an error.
    pub(crate) fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        stream::try_unfold(self.clone(), |mut rest| async move {
            if rest.start == rest.end {
                return Ok(None);
            }
            let read = tokio::task::spawn_blocking(move || rest.next().map(|bytes| (bytes, rest)));
            read.await.map_err(io::Error::other)?.map(Some)
        })
    }

    fn next(&mut self) -> io::Result<Bytes> {
        let chunk = self.chunk()?;
        if chunk.is_empty() { Err(shorter()) } else { Ok(chunk) }
    }

    /// Returns the next bytes; nothing at the end of the file.
    fn chunk(&mut self) -> io::Result<Bytes> {
        let size = usize::try_from(self.length().min(CHUNK)).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        let read = loop {
            match read_at(&self.file, &mut bytes, self.start) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        bytes.truncate(read);
        self.start += read as u64;
        Ok(bytes.into())
    }
}

fn shorter() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was sent")
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, position)
}
