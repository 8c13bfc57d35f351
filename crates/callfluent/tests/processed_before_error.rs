//! A server that starts the call and then reports an error. No such error starts a second call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use callfluent::bindings::{invoke, schema::Naming};
use callfluent::{CallFluent, Error};
use callfluent_sandbox::{Sandbox, ScriptedResponse};
use serde_json::json;
use support::{Reply, Server};

/// Starts a call. The server processes the request, then sends this response. Returns the outcome
/// and the number of calls that were made.
async fn call(answer: ScriptedResponse) -> (Result<(), Error>, usize) {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.max_retries(5).build().unwrap();
    sandbox.respond(answer.operation("calls.start").process_first()).unwrap();
    let agents = client.agents().list(1).await.unwrap();
    let outbound = agents.iter().find(|agent| agent.format == Some(callfluent::AgentFormat::Outbound)).unwrap();
    let parameters = json!({ "agent_id": outbound.id, "phone_number": "+15550001234" });
    let parameters = parameters.as_object().unwrap().clone();
    let outcome = invoke(&client, "calls.start", parameters, vec![], Naming::Snake).await;
    let journal = sandbox.journal();
    let starts = journal.iter().filter(|entry| entry.operation.as_deref() == Some("calls.start"));
    (outcome.map(drop), starts.filter(|entry| entry.processed).count())
}

#[tokio::test]
async fn an_error_after_processing_does_not_repeat_the_call() {
    for status in [408, 500, 501, 502, 503, 504, 520] {
        let (outcome, made) = call(ScriptedResponse::status(status)).await;
        assert_eq!(made, 1, "{status}");
        let error = outcome.unwrap_err();
        assert!(error.outcome_unknown(), "{status}: {error}");
    }
    for status in [500, 502, 504] {
        let answer = ScriptedResponse::status(status).header("retry-after", "0").header("x-should-retry", "true");
        let (outcome, made) = call(answer).await;
        assert_eq!(made, 1, "{status} that asks for another attempt");
        assert!(outcome.unwrap_err().outcome_unknown(), "{status}");
    }
    for answer in [ScriptedResponse::disconnected(), ScriptedResponse::truncated()] {
        let (outcome, made) = call(answer).await;
        assert_eq!(made, 1);
        assert!(outcome.unwrap_err().outcome_unknown());
    }
}

#[tokio::test]
async fn a_busy_response_after_processing_does_not_repeat_the_call() {
    let busy = |status: u16| ScriptedResponse::status(status).header("retry-after", "0");
    for (answer, outcome_unknown) in [(ScriptedResponse::status(429), false), (busy(429), false), (busy(503), true)] {
        let (outcome, made) = call(answer).await;
        assert_eq!(made, 1);
        let error = outcome.unwrap_err();
        assert_eq!(error.outcome_unknown(), outcome_unknown, "{error}");
    }
}

#[tokio::test]
async fn any_spelling_of_its_path_starts_a_call_at_most_once() {
    for path in [
        "/call-api/make-call/1002",
        "/call-api/make-call/1002/",
        "/call-api//make-call/1002",
        "/Call-API/Make-Call/1002",
        "/call%2Dapi/make-call/1002",
        "/call-api%2Fmake-call%2f1002",
        "/call-api/make-call/a%2Fb",
        "call-api/make-call/1002/?retry=1",
    ] {
        let busy = Reply::status(429).header("retry-after", "0");
        let server = Server::start([busy, Reply::ok(json!({}))]).await;
        let body = json!({ "phoneNumber": "+15550001234" });
        let error = server.client().request("POST", path, Some(body), &[]).await.unwrap_err();
        assert!(matches!(error, Error::RateLimit(_)), "{path}: {error}");
        assert_eq!(server.recorded().len(), 1, "{path}");
    }
}
