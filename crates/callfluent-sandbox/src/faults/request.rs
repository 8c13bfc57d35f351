//! Reads HTTP/1 requests off a connection: the head, then the body by its length or in chunks.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::record::Recorded;

const MOST_HEADERS: usize = 64;

/// What was read and not used yet.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// The next request without its body; `None` where the client closes the connection instead.
    pub(crate) async fn head<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<Option<Recorded>> {
        loop {
            if let Some((request, length)) = parsed(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(request));
            }
            if self.more(from).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The body of a request, given to `take` piece by piece.
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
                    self.must_have_more(from).await?;
                }
                Err(_) => return Err(io::Error::other("the client sent a chunk without a size")),
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
                self.must_have_more(from).await?;
            }
            let piece: Vec<u8> = self.buffer.drain(..left.min(self.buffer.len())).collect();
            take(&piece);
            left -= piece.len();
        }
        Ok(())
    }

    async fn must_have_more<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<()> {
        match self.more(from).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn more<R: AsyncRead + Unpin>(&mut self, from: &mut R) -> io::Result<usize> {
        self.buffer.reserve(64 * 1024);
        from.read_buf(&mut self.buffer).await
    }
}

/// A request's head at the beginning of these bytes, with its length.
fn parsed(bytes: &[u8]) -> io::Result<Option<(Recorded, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers = request
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned()));
    let recorded = Recorded {
        version: "HTTP/1.1",
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    Ok(Some((recorded, length)))
}
