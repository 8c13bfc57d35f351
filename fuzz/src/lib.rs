//! What the targets share: a server on a real socket that answers with what the fuzzer thought of, and a client of it. Both
//! live as long as the process, and so does their connection, so that an input costs one round trip on this machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use callfluent::schema::Naming;
use callfluent::{Attachment, CallFluent, Result, catalog};
use serde_json::{Map, Value};

/// The key of the client; no error may show it.
pub const KEY: &str = "key-that-nobody-may-see";

/// The server and its client.
pub struct Server {
    client: CallFluent,
    runtime: tokio::runtime::Runtime,
    exchange: Arc<Mutex<Exchange>>,
}

#[derive(Default)]
struct Exchange {
    answer: Vec<u8>,
    heads: Vec<String>,
}

impl Server {
    /// The one of this process.
    pub fn shared() -> &'static Self {
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
                std::thread::spawn(move || serve(connection, &exchange));
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

    /// Calls an operation, which gets this answer; gives what becomes of it and the heads of the requests that were sent.
    pub fn call(
        &self,
        operation: &str,
        arguments: Map<String, Value>,
        status: u16,
        body: &[u8],
    ) -> (Result<Value>, Vec<String>) {
        let mut answer = format!("HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n").into_bytes();
        if status != 204 {
            answer.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
            answer.extend(body);
        } else {
            answer.extend(b"\r\n");
        }
        *self.exchange() = Exchange { answer, heads: Vec::new() };
        let files = match operation {
            "knowledge.upload" => vec![Attachment::bytes("a.txt", "a")],
            _ => Vec::new(),
        };
        let result = self.runtime.block_on(self.client.call(operation, arguments, files, Naming::Snake));
        (result, std::mem::take(&mut self.exchange().heads))
    }

    fn exchange(&self) -> std::sync::MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The operation that a byte stands for. Those that are made of several requests are not among them.
pub fn operation(which: u8) -> &'static str {
    static NAMES: OnceLock<Vec<&str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let simple = catalog::operations().filter(|operation| !operation.composite);
        simple.map(|operation| operation.name).collect()
    });
    names[usize::from(which) % names.len()]
}

/// Arguments that are right for an operation, from the vectors that all languages share.
pub fn right_arguments(operation: &str) -> Map<String, Value> {
    static VECTORS: OnceLock<Vec<Value>> = OnceLock::new();
    let vectors = VECTORS.get_or_init(|| {
        serde_json::from_str(include_str!("../../tests/wire/requests.json")).expect("the vectors are JSON")
    });
    let vector = vectors.iter().find(|vector| vector["operation"] == operation);
    vector.and_then(|vector| vector["arguments"].as_object()).cloned().unwrap_or_default()
}

/// Answers each request of a connection, until the client closes it.
fn serve(connection: TcpStream, exchange: &Mutex<Exchange>) {
    let mut reader = BufReader::new(&connection);
    while let Some(head) = read_request(&mut reader) {
        let answer = {
            let mut exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
            exchange.heads.push(head);
            exchange.answer.clone()
        };
        if (&connection).write_all(&answer).is_err() {
            return;
        }
    }
}

/// Reads a request and gives its head; its body is passed over.
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
