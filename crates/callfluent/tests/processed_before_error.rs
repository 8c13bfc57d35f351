//! A server that starts the call and then reports an error. No such error starts a second call,
//! except 429 and 503 with `Retry-After`; `docs/guide/api-interpretation.md` explains why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use callfluent::bindings::{invoke, schema::Naming};
use callfluent::{CallFluent, Error};
use callfluent_sandbox::{Sandbox, ScriptedResponse};
use serde_json::json;

/// Starts a call. The server processes the request, then sends this response. Returns the outcome
/// and the number of calls that were made.
async fn call(answer: ScriptedResponse) -> (Result<(), Error>, usize) {
    call_with(answer, 5).await
}

async fn call_with(answer: ScriptedResponse, max_retries: u32) -> (Result<(), Error>, usize) {
    let sandbox = Sandbox::builder().demo(true).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let client = client.max_retries(max_retries).build().unwrap();
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

/// The cost of an assumption: a response with `Retry-After` means that the request was not
/// processed. A server that sends it after it made the call makes two. `max_retries(0)` prevents
/// this.
#[tokio::test]
async fn retry_after_following_processing_repeats_the_call() {
    for answer in [
        ScriptedResponse::status(429),
        ScriptedResponse::status(429).header("retry-after", "0"),
        ScriptedResponse::status(503).header("retry-after", "0"),
    ] {
        let (outcome, made) = call_with(answer.clone(), 0).await;
        assert!(outcome.is_err() && made == 1, "{outcome:?}, made {made} times");
        let (outcome, made) = call(answer).await;
        assert!(outcome.is_ok(), "{outcome:?}");
        assert_eq!(made, 2);
    }
}
