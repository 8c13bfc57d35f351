//! Makes an answer's bytes from a step: head, body, compression and framing. Large bodies are made piece by piece.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};

use super::step::{Framing, Step};

const MIB: usize = 1024 * 1024;
const ZEROS: &[u8] = &[0; 64 * 1024];
/// Without a name, a time and flags.
const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty last block, and a checksum and a length that nobody gets to check.
const GZIP_END: &[u8] = &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// An answer that can be written.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// A body: pieces that come one after the other, one of them often.
#[derive(Debug)]
pub(crate) struct Body {
    first: Bytes,
    repeated: Bytes,
    times: usize,
    last: Bytes,
}

impl Body {
    fn of(bytes: impl Into<Bytes>) -> Self {
        Self { first: bytes.into(), repeated: Bytes::new(), times: 0, last: Bytes::new() }
    }

    pub(crate) fn length(&self) -> usize {
        self.first.len() + self.repeated.len() * self.times + self.last.len()
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let repeated = std::iter::repeat_n(self.repeated.clone(), self.times);
        let pieces = std::iter::once(self.first.clone()).chain(repeated).chain([self.last.clone()]);
        pieces.filter(|piece| !piece.is_empty())
    }
}

/// Makes headers and body.
pub(crate) fn prepare(step: &Step) -> io::Result<Prepared> {
    let mut headers: Vec<_> = step.headers.iter().map(|(name, value)| (name.clone(), dated(value))).collect();
    let mut body = body(step)?;
    if step.json.is_some() && !step.headers.contains_key("content-type") {
        headers.push(("content-type".into(), "application/json".into()));
    }
    if step.gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        for piece in body.pieces() {
            encoder.write_all(&piece)?;
        }
        body = Body::of(encoder.finish()?);
    }
    if step.gzip || step.gzip_bomb_mib.is_some() {
        headers.push(("content-encoding".into(), "gzip".into()));
    }
    Ok(Prepared { headers, body })
}

/// The head as HTTP/1 has it.
pub(crate) fn head(step: &Step, prepared: &Prepared) -> String {
    let mut head = format!("HTTP/1.1 {} Status\r\n", step.status);
    for (name, value) in &prepared.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    match step.framing {
        Framing::Length => {
            let length =
                i64::try_from(prepared.body.length()).unwrap_or(i64::MAX).saturating_add(step.content_length_offset);
            let _ = write!(head, "content-length: {length}\r\n");
        }
        Framing::Chunked => head.push_str("transfer-encoding: chunked\r\n"),
        Framing::Close => head.push_str("connection: close\r\n"),
    }
    head.push_str("\r\n");
    head
}

fn body(step: &Step) -> io::Result<Body> {
    if let Some(json) = &step.json {
        return Ok(Body::of(json.to_string()));
    }
    if let Some(bytes) = &step.bytes {
        return Ok(Body::of(bytes.clone()));
    }
    if let Some(hex) = &step.hex {
        return Ok(Body::of(bytes_of(hex)?));
    }
    if let Some(size) = step.zeros_mib {
        let times = size * MIB / ZEROS.len();
        return Ok(Body { repeated: Bytes::from_static(ZEROS), times, ..Body::of("") });
    }
    if let Some(size) = step.gzip_bomb_mib {
        let (first, last) = (Bytes::from_static(GZIP_HEADER), Bytes::from_static(GZIP_END));
        return Ok(Body { first, repeated: compressed_zeros()?, times: size, last });
    }
    if let Some(count) = step.empty_records {
        const MANY: usize = 1024;
        let (repeated, first, last) = ("{},".repeat(MANY), r#"{"status":true,"data":["#, "{}]}");
        return Ok(Body { first: first.into(), repeated: repeated.into(), times: count / MANY, last: last.into() });
    }
    Ok(Body::of(step.text.clone().unwrap_or_default()))
}

/// A MiB of zeros as a piece of a compressed stream that may stand there any number of times.
fn compressed_zeros() -> io::Result<Bytes> {
    let mut compressed = Vec::with_capacity(64 * 1024);
    let mut compress = Compress::new(Compression::best(), false);
    let zeros = vec![0; MIB];
    // With a full flush the piece ends at a whole byte, and nothing after it refers to it.
    compress.compress_vec(&zeros, &mut compressed, FlushCompress::Full).map_err(io::Error::other)?;
    Ok(compressed.into())
}

fn bytes_of(hex: &str) -> io::Result<Vec<u8>> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    let bytes = digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    bytes.collect::<Result<_, _>>().map_err(io::Error::other)
}

/// A header's value with the time for `{date+2}`.
fn dated(value: &str) -> String {
    let Some((before, rest)) = value.split_once("{date+") else {
        return value.to_owned();
    };
    let Some((seconds, after)) = rest.split_once('}') else {
        return value.to_owned();
    };
    let time = SystemTime::now() + Duration::from_secs(seconds.parse().unwrap_or_default());
    format!("{before}{}{after}", httpdate::fmt_http_date(time))
}
