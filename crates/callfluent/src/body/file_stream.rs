//! An open file as a request body. It is read in chunks at explicit positions, so that the file's
//! own position does not change and a retry can read it again.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};

/// Size of the chunks.
const CHUNK: u64 = 256 * 1024;

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

    /// Returns the length in bytes.
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
        let size = usize::try_from(self.length().min(CHUNK)).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        let read = loop {
            match read_at(&self.file, &mut bytes, self.start) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was sent"));
        }
        bytes.truncate(read);
        self.start += read as u64;
        Ok(bytes.into())
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, position)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, position)
}
