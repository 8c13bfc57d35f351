//! Long use leaks nothing: after many requests and many clients, this process holds as much memory,
//! threads and sockets as near the beginning. `cargo xtask soak` runs it at full length.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

#[path = "support/holdings.rs"]
mod holdings;

use callfluent::CallFluent;
use callfluent_sandbox::Sandbox;
use futures_util::StreamExt as _;
use holdings::Holdings;

const AT_ONCE: usize = 32;
/// Limit for the growth of memory between the first tenth and the end.
const MEMORY_KIB: u64 = 8 * 1024;

/// Numbers of requests and clients.
fn length() -> (usize, usize) {
    if std::env::var_os("CALLFLUENT_SOAK").is_some() { (200_000, 2_000) } else { (5_000, 100) }
}

async fn requests(client: &CallFluent, count: usize, at_once: usize) {
    let mut calls = futures_util::stream::iter(0..count)
        .map(|number| async move {
            if number % 10 == 0 {
                client.agents().get(1001).await.map(|_| ())
            } else {
                client.workspaces().list().await.map(|_| ())
            }
        })
        .buffer_unordered(at_once);
    while let Some(result) = calls.next().await {
        result.unwrap();
    }
}

async fn clients(sandbox: &Sandbox, count: usize) {
    for _ in 0..count {
        let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
        client.workspaces().list().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_and_clients_leak_nothing() {
    let (request_count, client_count) = length();
    let sandbox = Sandbox::builder().demo(true).journal_limit(100).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();

    // A request that finds every connection busy has another one made, and may be served by one
    // that became free: the pool can have a few more than there are requests at once. With twice as
    // many, none is made later.
    requests(&client, request_count / 10, 2 * AT_ONCE).await;
    let early = Holdings::settled().await;
    requests(&client, request_count - request_count / 10, AT_ONCE).await;
    let late = Holdings::settled().await;
    println!("soak, {request_count} requests: after a tenth {early:?}, at the end {late:?}");
    late.assert_no_more_than(&early, MEMORY_KIB);

    clients(&sandbox, client_count / 10).await;
    let early = Holdings::settled().await;
    clients(&sandbox, client_count - client_count / 10).await;
    let late = Holdings::settled().await;
    println!("soak, {client_count} clients made and dropped: after a tenth {early:?}, at the end {late:?}");
    late.assert_no_more_than(&early, MEMORY_KIB);
    sandbox.close().await;
}
