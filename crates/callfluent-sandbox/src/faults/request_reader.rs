//! Reads HTTP/1 requests from a connection: the head, then the body by length or in chunks.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::recording::RecordedRequest;

const MAX_HEADERS: usize = 64;

/// Buffers bytes that are read but not parsed.
#[derive(Debug, Default)]
pub(crate) struct RequestReader {
    buffer: Vec<u8>,
}

impl RequestReader {
    /// Reads the next request without its body; `None` if the client closes the connection.
    pub(crate) async fn head<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<Option<RecordedRequest>> {
        loop {
            if let Some((request, length)) = parse_head(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(request));
            }
            if self.fill(from).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads the body of a request and passes each chunk to `take`.
    pub(crate) async fn body<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut R,
        headers: &BTreeMap<String, String>,
        mut take: impl FnMut(&[u8]) + Send,
    ) -> io::Result<()> {
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            loop {
                let length = self.chunk_length(from).await?;
                self.exactly(from, length, &mut take).await?;
                self.exactly(from, 2, |_| ()).await?;
                if length == 0 {
                    return Ok(());
                }
            }
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        self.exactly(from, length, take).await
    }

    async fn chunk_length<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<usize> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((used, length))) => {
                    self.buffer.drain(..used);
                    return usize::try_from(length).map_err(io::Error::other);
                }
                Ok(httparse::Status::Partial) => {
                    self.read_some(from).await?;
                }
                Err(_) => return Err(io::Error::other("invalid chunk size in the request body")),
            }
        }
    }

    async fn exactly<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut R,
        length: usize,
        mut take: impl FnMut(&[u8]) + Send,
    ) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() {
                self.read_some(from).await?;
            }
            let chunk: Vec<u8> = self.buffer.drain(..left.min(self.buffer.len())).collect();
            take(&chunk);
            left -= chunk.len();
        }
        Ok(())
    }

    async fn read_some<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<()> {
        match self.fill(from).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn fill<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<usize> {
        self.buffer.reserve(64 * 1024);
        from.read_buf(&mut self.buffer).await
    }
}

/// Parses a request's head at the start of the bytes; returns it with its length.
fn parse_head(bytes: &[u8]) -> io::Result<Option<(RecordedRequest, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers = request
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned()));
    let request_head = RecordedRequest {
        version: "HTTP/1.1",
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    Ok(Some((request_head, length)))
}
