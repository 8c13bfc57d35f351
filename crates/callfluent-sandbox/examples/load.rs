//! Measures the requests per second that the program `callfluent-sandbox` serves:
//! `cargo build --profile fast -p callfluent-sandbox --example load --bin callfluent-sandbox`, then
//! `target/*/fast/examples/load target/*/fast/callfluent-sandbox`.
//! It also reports processor time, which other programs on the machine change less.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Connections, each with one request in flight.
const CONNECTIONS: usize = 8;
const REQUESTS_PER_CONNECTION: usize = 25_000;

fn main() {
    let program = std::env::args().nth(1).expect("the first argument is the path of callfluent-sandbox");
    let mut sandbox = Command::new(program).args(["--port", "0", "--demo"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(sandbox.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines
        .map(|line| line.strip_prefix("export CALLFLUENT_BASE_URL=http://").map(str::to_owned))
        .find_map(|url| url.map(|url| url.trim_end_matches("/api").to_owned()))
        .unwrap();
    for (name, request) in [
        ("agents.get", get("/api/agent/get-one/1002")),
        ("agents.list", get("/api/agent/get-all/1")),
        ("calls.start", post("/api/call-api/make-call/1002", r#"{"phone_number":"+14155550123"}"#)),
    ] {
        let processor_time = processor_seconds(sandbox.id());
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| send(&address, &request));
            }
        });
        let seconds = begin.elapsed().as_secs_f64();
        let requests = u32::try_from(CONNECTIONS * REQUESTS_PER_CONNECTION).map(f64::from).unwrap();
        let microseconds = (processor_seconds(sandbox.id()) - processor_time) * 1e6 / requests;
        println!(
            "{name}: {:.0} requests/s, {microseconds:.1} us of the sandbox's processor time each",
            requests / seconds
        );
    }
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer callfluent-sandbox-key\r\n\r\n")
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer callfluent-sandbox-key\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Sends requests one after the other. A response is complete when its body has the stated length.
fn send(address: &str, request: &str) {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..REQUESTS_PER_CONNECTION {
        connection.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let count = connection.read(&mut buffer[length..]).unwrap();
            assert!(count > 0, "the sandbox closed the connection");
            length += count;
            if is_complete(&buffer[..length]) {
                break;
            }
        }
    }
}

fn is_complete(response: &[u8]) -> bool {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&response[..end]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    response.len() >= end + 4 + length.parse::<usize>().unwrap()
}

/// Processor time of a process so far: fields 14 and 15 of its `stat` file, in hundredths of a
/// second.
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok()).unwrap_or_default();
    f64::from(ticks(11) + ticks(12)) / 100.0
}
