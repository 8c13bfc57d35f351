//! A server on a real socket that responds with the fuzzer's input, and a client of it.
//!
//! Both live as long as the process, and so does their connection. An input costs one round trip.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use callfluent::bindings::schema::Naming;
use callfluent::bindings::{PublicJson, catalog, invoke};
use callfluent::{Attachment, CallFluent, Result};
use serde_json::{Map, Value};

/// The key of the client. Errors must not contain it.
pub(crate) const KEY: &str = "key-that-nobody-may-see";

/// The server and its client.
pub(crate) struct Server {
    client: CallFluent,
    runtime: tokio::runtime::Runtime,
    exchange: Arc<Mutex<Exchange>>,
}

#[derive(Default)]
struct Exchange {
    response: Vec<u8>,
    heads: Vec<String>,
}

impl Server {
    /// Returns the server of this process.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let exchange = Arc::new(Mutex::new(Exchange::default()));
        let served = Arc::clone(&exchange);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let exchange = Arc::clone(&served);
                std::thread::spawn(move || serve(&connection, &exchange));
            }
        });
        let client = CallFluent::builder()
            .api_key(KEY)
            .base_url(format!("http://{address}/api"))
            .max_retries(0)
            .build()
            .expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client, runtime, exchange }
    }

    /// Runs an operation against this response; returns its result and the heads of the requests.
    pub(crate) fn run(
        &self,
        operation: &str,
        arguments: Map<String, Value>,
        status: u16,
        body: &[u8],
    ) -> (Result<Value>, Vec<String>) {
        let mut response = format!("HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n").into_bytes();
        if status == 204 {
            response.extend(b"\r\n");
        } else {
            response.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
            response.extend(body);
        }
        *self.exchange() = Exchange { response, heads: Vec::new() };
        let files = match operation {
            "knowledge.upload_only" => vec![Attachment::bytes("a.txt", "a")],
            _ => Vec::new(),
        };
        let result = self.runtime.block_on(invoke(&self.client, operation, arguments, files, Naming::Snake));
        (result.map(PublicJson::into_value), std::mem::take(&mut self.exchange().heads))
    }

    fn exchange(&self) -> std::sync::MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the operation for a byte. Operations of several requests are excluded.
pub(crate) fn operation(which: u8) -> &'static str {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let simple = catalog::operations().filter(|operation| !operation.composite);
        simple.map(|operation| operation.name).collect()
    });
    names[usize::from(which) % names.len()]
}

/// Returns valid arguments of an operation, from the wire vectors.
pub(crate) fn valid_arguments(operation: &str) -> Map<String, Value> {
    static VECTORS: OnceLock<Vec<Value>> = OnceLock::new();
    let vectors = VECTORS.get_or_init(|| {
        serde_json::from_str(include_str!("../../tests/wire/requests.json")).expect("the vectors are JSON")
    });
    let vector = vectors.iter().find(|vector| vector["operation"] == operation);
    vector.and_then(|vector| vector["arguments"].as_object()).cloned().unwrap_or_default()
}

/// Responds to each request of a connection until the client closes it.
fn serve(connection: &TcpStream, exchange: &Mutex<Exchange>) {
    let (mut reader, mut writer) = (BufReader::new(connection), connection);
    while let Some(head) = read_request(&mut reader) {
        let response = {
            let mut exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
            exchange.heads.push(head);
            exchange.response.clone()
        };
        if writer.write_all(&response).is_err() {
            return;
        }
    }
}

/// Reads a request and returns its head; the body is discarded.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let start = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let line = head[start..].trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(head)
}
