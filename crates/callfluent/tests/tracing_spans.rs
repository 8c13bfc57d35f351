//! Spans and warnings of operations. They have their own process, since tracing caches per process
//! which of them are wanted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use callfluent::{AgentPatchParams, CallStartParams};
use serde_json::json;
use support::{Reply, Server};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Records spans and warnings of one test, like a subscriber at level INFO.
#[derive(Default)]
struct Recorder {
    next: AtomicU64,
}

thread_local! {
    static RECORDED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn record(line: String) {
    RECORDED.with_borrow_mut(|recorded| recorded.push(line));
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("callfluent") && *metadata.level() <= Level::INFO
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        record(attributes.metadata().name().to_owned());
        Id::from_u64(self.next.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Message(String);
        impl tracing::field::Visit for Message {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        record(format!("{} {}", event.metadata().level(), message.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs a future with the recorder, on a runtime that runs requests on this thread.
fn recorded(requests: impl Future<Output = ()>) -> Vec<String> {
    let _recording = tracing::subscriber::set_default(Recorder::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(requests);
    RECORDED.take()
}

#[test]
fn each_operation_has_a_span_with_its_name() {
    let spans = recorded(async {
        let server = Server::start([Reply::ok(json!([]))]).await;
        server.client().workspaces().list().await.unwrap();
        let _ = server.client().calls().list(7, 1).await.unwrap();
    });
    assert_eq!(spans, ["callfluent.workspaces.list", "callfluent.calls.list"]);
}

#[test]
fn a_retry_and_an_unknown_outcome_are_warnings() {
    let spans = recorded(async {
        let server = Server::start([Reply::status(503).header("retry-after", "0"), Reply::ok(json!([]))]).await;
        server.client().workspaces().list().await.unwrap();
        let server = Server::start([Reply::close()]).await;
        let error = server.client().calls().start(7, &CallStartParams::to("+15550001234")).await.unwrap_err();
        assert!(error.outcome_unknown());
    });
    let wanted = [
        "callfluent.workspaces.list",
        "WARN request failed and is retried",
        "callfluent.calls.start",
        "WARN the outcome of a request is unknown",
    ];
    assert_eq!(spans, wanted);
}

#[test]
fn a_patch_is_the_parent_of_its_requests() {
    let spans = recorded(async {
        let agent = json!({ "id": 7, "workspaceId": 1, "format": "inbound", "name": "a" });
        let server = Server::start([Reply::ok(json!({ "agent": agent }))]).await;
        let _ = server.client().agents().patch(7, &AgentPatchParams::builder().name("b").build()).await;
    });
    assert_eq!(spans.first().map(String::as_str), Some("callfluent.agents.patch"));
}
