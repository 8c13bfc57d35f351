//! Encodes the response of a step: head, body, compression and framing. Large bodies are generated
//! chunk by chunk.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};

use super::step::{Framing, Step};

const MIB: usize = 1024 * 1024;
const ZEROS: &[u8] = &[0; 64 * 1024];
/// A gzip header without name, time and flags.
const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty last block, and a trailer with a wrong checksum and length. No client reads that far.
const GZIP_END: &[u8] = &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A response that is ready to be written.
#[derive(Debug)]
pub(crate) struct EncodedResponse {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// A body of chunks, one of which is repeated.
#[derive(Debug)]
pub(crate) struct Body {
    first: Bytes,
    repeated: Bytes,
    times: usize,
    last: Bytes,
}

impl Body {
    fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self { first: bytes.into(), repeated: Bytes::new(), times: 0, last: Bytes::new() }
    }

    pub(crate) fn length(&self) -> usize {
        self.first.len() + self.repeated.len() * self.times + self.last.len()
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let repeated = std::iter::repeat_n(self.repeated.clone(), self.times);
        let chunks = std::iter::once(self.first.clone()).chain(repeated).chain([self.last.clone()]);
        chunks.filter(|chunk| !chunk.is_empty())
    }
}

/// Encodes headers and body.
pub(crate) fn encode(step: &Step) -> io::Result<EncodedResponse> {
    let mut headers: Vec<_> = step.headers.iter().map(|(name, value)| (name.clone(), with_date(value))).collect();
    let mut body = body(step)?;
    if step.json.is_some() && !step.headers.contains_key("content-type") {
        headers.push(("content-type".into(), "application/json".into()));
    }
    if step.gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        for chunk in body.chunks() {
            encoder.write_all(&chunk)?;
        }
        body = Body::from_bytes(encoder.finish()?);
    }
    if step.gzip || step.gzip_bomb_mib.is_some() {
        headers.push(("content-encoding".into(), "gzip".into()));
    }
    Ok(EncodedResponse { headers, body })
}

/// Encodes the head for HTTP/1.
pub(crate) fn head(step: &Step, response: &EncodedResponse) -> String {
    let mut head = format!("HTTP/1.1 {} Status\r\n", step.status);
    for (name, value) in &response.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    match step.framing {
        Framing::Length => {
            let length =
                i64::try_from(response.body.length()).unwrap_or(i64::MAX).saturating_add(step.content_length_offset);
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
        return Ok(Body::from_bytes(json.to_string()));
    }
    if let Some(bytes) = &step.bytes {
        return Ok(Body::from_bytes(bytes.clone()));
    }
    if let Some(hex) = &step.hex {
        return Ok(Body::from_bytes(bytes_from_hex(hex)?));
    }
    if let Some(size) = step.zeros_mib {
        let times = size * MIB / ZEROS.len();
        return Ok(Body { repeated: Bytes::from_static(ZEROS), times, ..Body::from_bytes("") });
    }
    if let Some(size) = step.gzip_bomb_mib {
        let (first, last) = (Bytes::from_static(GZIP_HEADER), Bytes::from_static(GZIP_END));
        return Ok(Body { first, repeated: compressed_zeros()?, times: size, last });
    }
    if let Some(count) = step.empty_records {
        const PER_CHUNK: usize = 1024;
        let (repeated, first, last) = ("{},".repeat(PER_CHUNK), r#"{"status":true,"data":["#, "{}]}");
        return Ok(Body {
            first: first.into(),
            repeated: repeated.into(),
            times: count / PER_CHUNK,
            last: last.into(),
        });
    }
    Ok(Body::from_bytes(step.text.clone().unwrap_or_default()))
}

/// Returns one MiB of zeros as a chunk of a deflate stream that can be repeated.
fn compressed_zeros() -> io::Result<Bytes> {
    let mut compressed = Vec::with_capacity(64 * 1024);
    let mut compress = Compress::new(Compression::best(), false);
    let zeros = vec![0; MIB];
    // After a full flush, the chunk ends on a byte boundary and later chunks do not refer to it.
    compress.compress_vec(&zeros, &mut compressed, FlushCompress::Full).map_err(io::Error::other)?;
    Ok(compressed.into())
}

fn bytes_from_hex(hex: &str) -> io::Result<Vec<u8>> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    let bytes = digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    bytes.collect::<Result<_, _>>().map_err(io::Error::other)
}

/// Replaces `{date+2}` in a header value with the time two seconds from now.
fn with_date(value: &str) -> String {
    let Some((before, rest)) = value.split_once("{date+") else {
        return value.to_owned();
    };
    let Some((seconds, after)) = rest.split_once('}') else {
        return value.to_owned();
    };
    let time = SystemTime::now() + Duration::from_secs(seconds.parse().unwrap_or_default());
    format!("{before}{}{after}", httpdate::fmt_http_date(time))
}
