//! Offline mode of the process: clients that are older than a test do not reach the API. It is a
//! test program of its own, because the setting holds for its whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use callfluent::{CallFluent, CallStartParams, ConnectionFailure, set_offline};
use serde_json::json;
use support::{Reply, Server};

const API: &str = "https://api.callfluent.test/api";

#[tokio::test]
async fn an_offline_process_stops_clients_that_already_exist() {
    let builder = || CallFluent::builder().api_key("key").base_url(API).max_retries(0);
    let early = builder().build().unwrap();
    let online = builder().offline(false).build().unwrap();
    assert!(!set_offline(true));

    let error = early.calls().start(7, &CallStartParams::to("+15550001234")).await.unwrap_err();
    let expected = "offline mode: refused to connect to api.callfluent.test from a test; create the client while";
    assert!(error.message().starts_with(expected), "{error}");
    assert_eq!(error.connection_failure(), Some(ConnectionFailure::Offline));
    assert!(!error.outcome_unknown());
    assert_eq!(error.context().unwrap().attempts, 0);

    let error = online.agents().list(1).await.unwrap_err();
    assert_ne!(error.connection_failure(), Some(ConnectionFailure::Offline), "{error}");

    let server = Server::start([Reply::ok(json!([]))]).await;
    server.builder().build().unwrap().agents().list(1).await.unwrap();

    assert!(set_offline(false));
    let error = early.agents().list(1).await.unwrap_err();
    assert_ne!(error.connection_failure(), Some(ConnectionFailure::Offline), "{error}");
}
