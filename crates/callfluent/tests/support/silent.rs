//! A server that reads requests, never responds, and notes when their connections end. It has a
//! thread and a runtime of its own, so that what the test holds is the client's alone.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::pedantic)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Long enough for any machine; a test that waits so long has failed.
const AT_LAST: Duration = Duration::from_secs(20);

pub struct SilentServer {
    address: SocketAddr,
    begun: UnboundedReceiver<()>,
    ended: UnboundedReceiver<Instant>,
}

impl SilentServer {
    pub fn start() -> Self {
        let (report_begin, begun) = unbounded_channel();
        let (report_end, ended) = unbounded_channel();
        let (started, start) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                started.send(listener.local_addr().unwrap()).unwrap();
                while !report_begin.is_closed() {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(listen(stream, report_begin.clone(), report_end.clone()));
                }
            });
        });
        Self { address: start.recv().unwrap(), begun, ended }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// Waits until this many further requests have come in.
    pub async fn requested(&mut self, count: usize) {
        for _ in 0..count {
            tokio::time::timeout(AT_LAST, self.begun.recv()).await.expect("no request came").unwrap();
        }
    }

    /// When the next connection ended.
    pub async fn next_end(&mut self) -> Instant {
        tokio::time::timeout(AT_LAST, self.ended.recv()).await.expect("the connection stays open").unwrap()
    }
}

async fn listen(mut stream: TcpStream, begun: UnboundedSender<()>, ended: UnboundedSender<Instant>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            return;
        }
    }
    let _ = begun.send(());
    while matches!(stream.read_buf(&mut head).await, Ok(1..)) {}
    let _ = ended.send(Instant::now());
}
