//! Support for the tests of the core: a server on a real socket that records what it is
//! sent and responds from a script, faults included, clients of it, and a log.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::pedantic
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callfluent::{CallFluent, ClientBuilder};
pub use callfluent_sandbox::faults::RecordedRequest;
use callfluent_sandbox::faults::{self, Fault, Step};
use serde_json::{Value, json};

/// The key that tests use; it must not be seen anywhere but in the `Authorization` header.
pub const KEY: &str = "test-key";

/// Reaction of the server to one request.
#[derive(Debug, Clone)]
pub struct Reply(Step);

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self(Step::json(status, body))
    }

    pub fn ok(data: Value) -> Self {
        Self::json(200, &json!({ "status": true, "data": data }))
    }

    pub fn status(status: u16) -> Self {
        Self::json(status, &json!({ "status": false, "error": format!("told to answer {status}") }))
    }

    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::bytes(status, body).header("content-type", content_type)
    }

    pub fn bytes(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self(Step::bytes(status, body.into()))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Reads the request and closes the connection.
    pub fn close() -> Self {
        Self(Step::fault(Fault::CloseAfterReading))
    }

    /// Never responds.
    pub fn silence() -> Self {
        Self(Step::fault(Fault::NoResponse))
    }

    /// Writes this and closes the connection.
    pub fn raw(text: &str) -> Self {
        Self(Step::raw(text))
    }

    /// Writes one byte each so often.
    pub fn byte_every(self, pause: Duration) -> Self {
        Self(self.0.byte_every(pause))
    }
}

/// The running server; it ends when it is dropped.
pub struct Server(faults::Server);

impl Server {
    /// Answers with the script's replies in turn; the last one repeats.
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        Self(faults::Server::start(script.into_iter().map(|reply| reply.0)).await.unwrap())
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/api", self.0.address())
    }

    pub fn builder(&self) -> ClientBuilder {
        CallFluent::builder().api_key(KEY).base_url(self.base_url())
    }

    pub fn client(&self) -> CallFluent {
        self.builder().build().unwrap()
    }

    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.0.recorded()
    }

    /// Number of connections that the client closed before the response.
    pub fn abandoned(&self) -> usize {
        self.0.records().abandoned()
    }
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
