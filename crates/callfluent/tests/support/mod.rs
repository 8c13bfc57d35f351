//! A server on a real socket that records what it is sent and answers from a script, faults included. It knows HTTP/1 and
//! nothing of the API.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::pedantic
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callfluent::{CallFluent, ClientBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The key that tests use; it must not be seen anywhere but in the `Authorization` header.
pub const KEY: &str = "test-key";

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Reads the request and closes the connection.
    Close,
    /// Writes these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Writes these bytes, one each so often, and then closes the connection.
    Drip(Vec<u8>, Duration),
    /// Never answers.
    Silence,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
        }
    }

    pub fn ok(data: Value) -> Self {
        Self::json(200, &serde_json::json!({ "status": true, "data": data }))
    }

    pub fn status(status: u16) -> Self {
        Self::json(status, &serde_json::json!({ "status": false, "error": format!("told to answer {status}") }))
    }

    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// Path and query, as they stand in the request line.
    pub target: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Recorded {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub fn query(&self) -> BTreeMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The parts of a multipart body: headers and content.
    pub fn parts(&self) -> Vec<(BTreeMap<String, String>, Vec<u8>)> {
        let boundary = self.headers["content-type"].split_once("boundary=").unwrap().1.trim_matches('"').to_owned();
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let mut parts = Vec::new();
        for part in text.split(&format!("--{boundary}")).skip(1).filter(|part| !part.starts_with("--")) {
            let (head, content) = part.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap();
            parts.push((headers(head), content.strip_suffix("\r\n").unwrap().as_bytes().to_vec()));
        }
        parts
    }
}

/// The running server; it ends when it is dropped.
pub struct Server {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    recorded: Mutex<Vec<Recorded>>,
    script: Mutex<Vec<Reply>>,
    /// Requests whose connection the client closed before an answer was written.
    abandoned: std::sync::atomic::AtomicUsize,
}

impl Server {
    /// Answers with the script's replies in turn; the last one repeats.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            recorded: Mutex::default(),
            script: Mutex::new(script.into_iter().collect()),
            abandoned: std::sync::atomic::AtomicUsize::new(0),
        });
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&served)));
            }
        });
        Self { address, shared, task }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    pub fn builder(&self) -> ClientBuilder {
        CallFluent::builder().api_key(KEY).base_url(self.base_url())
    }

    pub fn client(&self) -> CallFluent {
        self.builder().build().unwrap()
    }

    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.recorded.lock().unwrap().clone()
    }

    pub fn abandoned(&self) -> usize {
        self.shared.abandoned.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut buffer = Vec::new();
    while let Some(recorded) = read_request(&mut stream, &mut buffer).await {
        shared.recorded.lock().unwrap().push(recorded);
        let reply = {
            let mut script = shared.script.lock().unwrap();
            if script.len() > 1 { script.remove(0) } else { script[0].clone() }
        };
        match reply {
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                let whole = [head.as_bytes(), &body].concat();
                if stream.write_all(&whole).await.is_err() {
                    return;
                }
            }
            Reply::Close => return,
            Reply::Bytes(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Reply::Drip(bytes, pause) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                }
                return;
            }
            Reply::Silence => {
                let mut end = [0];
                let closed = stream.read(&mut end).await;
                if matches!(closed, Ok(0) | Err(_)) {
                    shared.abandoned.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
                return;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Recorded> {
    let end = loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            break end;
        }
        more(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let (request_line, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
    let mut words = request_line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = headers(rest);
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        let length: usize = length.parse().ok()?;
        while buffer.len() < length {
            more(stream, buffer).await?;
        }
        body = buffer.drain(..length).collect();
    } else if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        loop {
            let end = loop {
                if let Some(end) = find(buffer, b"\r\n") {
                    break end;
                }
                more(stream, buffer).await?;
            };
            let length = usize::from_str_radix(std::str::from_utf8(&buffer[..end]).ok()?, 16).ok()?;
            while buffer.len() < end + 2 + length + 2 {
                more(stream, buffer).await?;
            }
            body.extend_from_slice(&buffer[end + 2..end + 2 + length]);
            buffer.drain(..end + 2 + length + 2);
            if length == 0 {
                break;
            }
        }
    }
    Some(Recorded { method, target, headers, body })
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0).then_some(())
}

fn find(buffer: &[u8], wanted: &[u8]) -> Option<usize> {
    buffer.windows(wanted.len()).position(|window| window == wanted)
}

fn headers(head: &str) -> BTreeMap<String, String> {
    head.split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

/// Collects what is logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields<'a>(&'a mut String);
        impl tracing::field::Visit for Fields<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let mut text = self.0.lock().unwrap();
        text.push_str(event.metadata().target());
        event.record(&mut Fields(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
