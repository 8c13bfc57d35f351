//! The number of connections: as many as needed, and hardly more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use callfluent::CallFluent;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 25\r\n\r\n{\"status\":true,\"data\":[]}";

/// Responds to a request when as many wait as `together` sets; counts connections.
async fn serve(together: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    let (connections, barrier) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(together)));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(answer(connection, Arc::clone(&barrier)));
        }
    });
    (base_url, connections)
}

async fn answer(mut connection: TcpStream, barrier: Arc<Barrier>) {
    let mut request = Vec::new();
    while let Ok(1..) = connection.read_buf(&mut request).await {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            barrier.wait().await;
            if connection.write_all(ANSWER).await.is_err() {
                return;
            }
        }
    }
}

fn client(base_url: &str) -> CallFluent {
    CallFluent::builder().api_key("test-key").base_url(base_url).max_retries(0).build().unwrap()
}

async fn call_at_once(client: &CallFluent, count: usize) -> Duration {
    let started = Instant::now();
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.agents().list(1).await.unwrap().len() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 0);
    }
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_requests_share_connections() {
    // On a busy machine, connections become free late, and more are made. Without sharing, each
    // attempt makes a thousand.
    let mut attempts = Vec::new();
    while attempts.len() < 3 && attempts.last().is_none_or(|made| *made > 400) {
        let (base_url, connections) = serve(1).await;
        call_at_once(&client(&base_url), 1_000).await;
        // What is made although nobody waits for it any more would have been made by then, and
        // accepted.
        tokio::time::sleep(Duration::from_millis(300)).await;
        attempts.push(connections.load(Ordering::Relaxed));
    }
    // The pace would allow for one each. A request that gets another's connection makes none.
    assert!(attempts.last().is_some_and(|made| (64..=400).contains(made)), "{attempts:?} connections");
}

/// Each of these times some connections are there already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_bursts_open_no_further_connections() {
    let (base_url, connections) = serve(1).await;
    let client = client(&base_url);
    for _ in 0..20 {
        call_at_once(&client, 200).await;
    }
    let made = connections.load(Ordering::Relaxed);
    // hyper's pool gives up a connection now and then that has only just become free.
    assert!(made <= 200 + 16, "{made} connections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_get_a_connection_each_if_needed() {
    let (base_url, connections) = serve(400).await;
    let elapsed = call_at_once(&client(&base_url), 400).await;
    assert_eq!(connections.load(Ordering::Relaxed), 400);
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}
