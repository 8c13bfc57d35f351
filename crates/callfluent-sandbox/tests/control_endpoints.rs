//! The control endpoints: journal, scripted responses, dropped fields, reset.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use std::time::{Duration, Instant};

use callfluent_sandbox::{Sandbox, ScriptedResponse};
use http_client::{HttpClient, complete_agent, inbound_agent, started, with};
use reqwest::Method;
use serde_json::{Value, json};

async fn respond(http: &HttpClient, script: &Value) {
    let response = http.control(Method::POST, "/respond", Some(script)).await;
    assert_eq!((response.status, response.json()), (200, json!({"status": true})));
}

#[tokio::test]
async fn the_journal_has_requests_and_statuses_without_the_key() {
    let (sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    http.get(&format!("/agent/{agent}/calls?page=2")).await;
    http.upload(agent, &[("a.txt", b"hello")]).await;
    let journal = sandbox.journal();
    assert_eq!(journal.len(), 3);
    assert_eq!(journal[0].operation.as_deref(), Some("agents.create"));
    assert_eq!((journal[0].method.as_str(), journal[0].path.as_str()), ("POST", "/api/agent/create"));
    assert_eq!(journal[0].body, Some(inbound_agent()));
    assert_eq!(journal[0].header("authorization"), Some("Bearer ***"));
    assert_eq!((journal[0].status, journal[0].processed, journal[0].scripted), (200, true, false));
    assert_eq!(journal[1].query, "page=2");
    let file = &journal[2].files.as_ref().unwrap()[0];
    assert_eq!((file.field.as_str(), file.name.as_deref(), file.size), ("files", Some("a.txt"), 5));
    assert_eq!(file.crc32, 0x3610_a686);
    let over_http = http.control(Method::GET, "/journal", None).await;
    assert!(!over_http.text.contains(sandbox.api_key()));
    let entries = over_http.json()["entries"].clone();
    assert_eq!(entries, journal.iter().map(callfluent_sandbox::JournalEntry::to_json).collect::<Value>());
    assert_eq!(entries[2]["files"][0]["content_type"], "text/plain");
    assert_eq!(entries[0]["request_id"], "sandbox-000001");
    http.control(Method::DELETE, "/journal", None).await;
    assert!(sandbox.journal().is_empty());
}

#[tokio::test]
async fn every_operation_has_its_own_name() {
    let (sandbox, http) = started().await;
    let agent = http.create_agent(&complete_agent()).await;
    let path = format!("/agent/custom-field/{agent}");
    let field = http.put(&path, &json!({"data": {"name": "n", "label": "l"}})).await.data();
    http.put(&path, &json!({"data": field})).await.data();
    let names: Vec<Option<String>> = sandbox.journal().into_iter().map(|entry| entry.operation).collect();
    let expected = ["agents.create", "custom_fields.create", "custom_fields.update"].map(|name| Some(name.to_owned()));
    assert_eq!(names, expected);
    let described = http.control(Method::GET, "", None).await.json();
    assert_eq!(described["operations"].as_array().unwrap().len(), 25);
    let typo = http.control(Method::POST, "/repsond", Some(&json!({}))).await;
    assert_eq!(typo.status, 404);
    assert!(typo.text.contains("POST /sandbox/respond"));
    assert_eq!(sandbox.journal().len(), 3);
}

#[tokio::test]
async fn the_journal_discards_old_entries_beyond_its_limit() {
    let sandbox = Sandbox::builder().journal_limit(2).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    for _ in 0..5 {
        http.get("/user/profile").await;
    }
    assert_eq!(sandbox.journal().last().unwrap().request_id, "sandbox-000005");
    let over_http = http.control(Method::GET, "/journal", None).await.json();
    assert_eq!((over_http["entries"].as_array().unwrap().len(), &over_http["discarded"]), (2, &json!(3)));
}

#[tokio::test]
async fn scripted_responses_apply_in_order_to_matching_requests() {
    let (sandbox, http) = started().await;
    let limited = json!({
        "operation": "agents.create", "times": 2, "status": 429, "headers": {"Retry-After": "3"}, "body": {"message": "slow"},
    });
    respond(&http, &limited).await;
    respond(&http, &json!({"path_contains": "/create", "status": 503, "body_text": "<html>", "headers": {"content-type": "text/html"}})).await;
    assert_eq!(http.get("/user/profile").await.status, 200);
    for _ in 0..2 {
        let response = http.post("/agent/create", &inbound_agent()).await;
        assert_eq!((response.status, response.json()), (429, json!({"message": "slow"})));
        assert_eq!(response.headers["retry-after"], "3");
        assert!(response.headers.contains_key("x-request-id"));
    }
    let page = http.post("/agent/create", &inbound_agent()).await;
    assert_eq!((page.status, page.text.as_str()), (503, "<html>"));
    assert_eq!(page.headers["content-type"], "text/html");
    let processed: Vec<bool> = sandbox.journal().iter().map(|entry| entry.processed).collect();
    assert_eq!(processed, [true, false, false, false]);
    assert_eq!(http.create_agent(&inbound_agent()).await, 1001);
}

#[tokio::test]
async fn a_request_can_be_processed_before_a_scripted_error() {
    let (sandbox, http) = started().await;
    respond(&http, &json!({"status": 502, "process_first": true})).await;
    let response = http.post("/agent/create", &inbound_agent()).await;
    assert_eq!((response.status, response.json()), (502, json!({"status": false, "error": "Bad Gateway"})));
    assert!(sandbox.journal()[0].processed && sandbox.journal()[0].scripted);
    assert_eq!(http.get("/agent/get-all/1").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_scripted_status_alone_has_the_documented_envelope() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::status(403)).unwrap();
    sandbox.respond(ScriptedResponse::status(500)).unwrap();
    let message = "Your account doesn't have the permission to access that page.";
    assert_eq!(http.get("/user/profile").await.json(), json!({"status": false, "msg": message}));
    let failure = http.get("/user/profile").await.json();
    assert_eq!(failure, json!({"status": false, "error": "Internal Server Error"}));
}

#[tokio::test]
async fn a_delayed_response_does_not_block_others() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::delayed(Duration::from_millis(300)).operation("agents.list")).unwrap();
    let begin = Instant::now();
    let (late, quick) = tokio::join!(http.get("/agent/get-all/1"), async {
        let response = http.get("/user/profile").await;
        (response, begin.elapsed())
    });
    assert_eq!(late.data(), json!([]));
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(quick.1 < Duration::from_millis(300));
}

#[tokio::test]
async fn scripted_responses_apply_to_undocumented_paths() {
    let (sandbox, http) = started().await;
    sandbox.respond(ScriptedResponse::status(200).body(json!({"status": true, "data": "new"}))).unwrap();
    assert_eq!(http.get("/agent/brand-new").await.data(), "new");
    sandbox.respond(ScriptedResponse::status(500)).unwrap();
    sandbox.clear_responses();
    assert_eq!(http.get("/agent/brand-new").await.status, 404);
}

#[tokio::test]
async fn an_invalid_scripted_response_is_rejected() {
    let (sandbox, http) = started().await;
    for (script, expected) in [
        (json!({"status": 42}), "status: must be an integer from 200 to 599, but is 42"),
        (json!({"status": "500"}), "status: must be an integer from 200 to 599, but is \"500\""),
        (json!({"times": 0}), "times: must be an integer of at least 1, but is 0"),
        (json!({"after": 1.5}), "after: must be an integer of at least 0, but is 1.5"),
        (json!({"seed": -1}), "seed: must be an integer of at least 0, but is -1"),
        (json!({"for_seconds": null}), "for_seconds: must be an integer of at least 0, but is null"),
        (json!({"retry_after": "1"}), "retry_after: must be an integer of at least 0, but is \"1\""),
        (json!({"delay_ms": true}), "delay_ms: must be an integer of at least 0, but is true"),
        (json!({"probability": 1.5}), "probability: must be a number from 0 to 1, but is 1.5"),
        (json!({"process_first": 1}), "process_first: must be true or false, but is 1"),
        (json!({"operation": 7}), "operation: must be the name of an operation, but is 7"),
        (json!({"path_contains": []}), "path_contains: must be a string, but is []"),
        (json!({"body_text": {}}), "body_text: must be a string, but is {}"),
        (json!({"headers": {"a": true}}), "headers: must be an object of strings and numbers, but is {\"a\":true}"),
        (json!({"headers": {"a b": "c"}}), "headers: `a b` has an invalid name or value"),
        (json!({"disconnect": "x"}), "disconnect: must be one of before_response, in_body, reset, but is \"x\""),
        (
            json!({"disconnect": "rest"}),
            "disconnect: must be one of before_response, in_body, reset, but is \"rest\"; did you mean `reset`?",
        ),
        (json!({"delay": 5}), "delay: unknown field; did you mean `delay_ms`?"),
        (json!({"body": {}, "body_text": ""}), "body_text: not allowed together with `body`"),
        (json!([]), "body: must be a JSON object"),
    ] {
        let response = http.control(Method::POST, "/respond", Some(&script)).await;
        assert_eq!(response.errors(), [expected]);
    }
    let all = http.control(Method::POST, "/respond", Some(&json!({"status": 1, "times": 0, "x": 1}))).await.errors();
    let names: Vec<_> = all.iter().map(|error| error.split(':').next().unwrap()).collect();
    assert_eq!(names, ["status", "times", "x"]);
    for (response, expected) in [
        (ScriptedResponse::status(42), "status: must be an integer from 200 to 599, but is 42"),
        (ScriptedResponse::reset().times(0), "times: must be an integer of at least 1, but is 0"),
        (ScriptedResponse::reset().probability(2.0, 0), "probability: must be a number from 0 to 1, but is 2.0"),
    ] {
        assert_eq!(sandbox.respond(response).unwrap_err().to_string(), expected);
    }
    assert_eq!(http.get("/user/profile").await.status, 200);
}

#[tokio::test]
async fn fields_of_a_scripted_response_follow_the_requested_naming() {
    let (_sandbox, http) = started().await;
    for (script, expected) in [
        (json!({"bodyText": 7}), "bodyText: must be a string, but is 7"),
        (json!({"body_text": 7}), "bodyText: must be a string, but is 7"),
        (json!({"delay": "5"}), "delay: must be an integer of at least 0, but is \"5\""),
        (json!({"delay_ms": "5"}), "delay: must be an integer of at least 0, but is \"5\""),
        (json!({"body": 1, "bodyText": "a"}), "bodyText: not allowed together with `body`"),
        (json!({"procesFirst": true}), "procesFirst: unknown field; did you mean `processFirst`?"),
        (
            json!({"unrelated": 1}),
            "unrelated: unknown field; known: operation, pathContains, times, status, headers, body, bodyText, delay, \
             processFirst, disconnect, after, probability, seed, forSeconds, retryAfter",
        ),
    ] {
        let response = http.control(Method::POST, "/respond?naming=camel_case", Some(&script)).await;
        assert_eq!(response.errors(), [expected]);
    }
    let script = json!({"bodyText": "late", "delay": 1, "retryAfter": 2, "status": 503});
    assert_eq!(http.control(Method::POST, "/respond?naming=camel_case", Some(&script)).await.status, 200);
    let response = http.get("/user/profile").await;
    assert_eq!((response.status, response.text.as_str()), (503, "late"));
    assert_eq!(response.headers["retry-after"], "2");
}

#[tokio::test]
async fn control_requests_name_the_valid_values() {
    let (_sandbox, http) = started().await;
    for (path, body, expected) in [
        ("/faults", json!({"rate": 2}), vec!["rate: must be a number from 0 to 1, but is 2"]),
        ("/faults", json!({"rate": 0, "sed": 1}), vec!["sed: unknown field; did you mean `seed`?"]),
        ("/clock", json!({}), vec!["advance: required: an integer of at least 0, in seconds"]),
        ("/clock", json!({"advance": -1}), vec!["advance: must be an integer of at least 0, in seconds, but is -1"]),
        ("/limits", json!({"agents": "2"}), vec!["agents: must be an integer of at least 0, but is \"2\""]),
        ("/limits", json!({"x": 2}), vec!["x: unknown field; known: agents, workspaces"]),
        (
            "/permissions",
            json!({"workspace_id": "one"}),
            vec!["allowed: required: true or false", "workspace_id: must be the ID of a workspace, but is \"one\""],
        ),
        (
            "/permissions?naming=camel_case",
            json!({"allowed": true}),
            vec!["workspaceId: required: the ID of a workspace"],
        ),
        ("/api-key", json!({"revoked": "yes"}), vec!["revoked: must be true or false, but is \"yes\""]),
        (
            "/assert-requested",
            json!({"operation": 7, "arguments": [], "times": -1}),
            vec![
                "arguments: must be an object, but is []",
                "operation: must be the name of an operation, but is 7",
                "times: must be an integer of at least 0, but is -1",
            ],
        ),
        ("/restore", json!({"snapshot": null}), vec!["snapshot: required: the ID of a snapshot"]),
        ("/restore", json!({"snapshot": 7}), vec!["snapshot: unknown snapshot 7"]),
    ] {
        let mut errors = http.control(Method::POST, path, Some(&body)).await.errors();
        errors.sort_unstable();
        assert_eq!(errors, expected, "{path} {body}");
    }
}

#[tokio::test]
async fn dropped_fields_silently_keep_their_values() {
    let sandbox = Sandbox::builder().drop_fields(["tone"]).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let agent = http.create_agent(&inbound_agent()).await;
    let path = format!("/agent/update/{agent}");
    let changed = json!({"Payload": with(inbound_agent(), &json!({"tone": "Stern", "goal": "Sell"}))});
    let response = http.put(&path, &changed).await.data();
    assert_eq!((&response["tone"], &response["goal"]), (&json!("Professional"), &json!("Sell")));
    http.control(Method::POST, "/drop-fields", Some(&json!({"fields": []}))).await;
    assert_eq!(http.put(&path, &changed).await.data()["tone"], "Stern");
    sandbox.drop_fields(["goal"]).unwrap();
    assert_eq!(http.put(&path, &json!({"Payload": inbound_agent()})).await.data()["goal"], "Sell");
    let wrong = http.control(Method::POST, "/drop-fields", Some(&json!({"fields": "tone"}))).await;
    assert_eq!(wrong.errors(), ["fields: must be an array of strings, but is \"tone\""]);
    let unknown = sandbox.drop_fields(["welcomMsg"]).unwrap_err().to_string();
    assert_eq!(unknown, "fields: \"welcomMsg\" is an unknown field; did you mean `welcome_msg`?");
    let unknown = Sandbox::builder().drop_fields(["nonsense"]).start().await.unwrap_err();
    assert_eq!(unknown.kind(), std::io::ErrorKind::InvalidInput);
    let unknown = unknown.to_string();
    assert!(unknown.starts_with("drop_fields: \"nonsense\" is an unknown field; known: workspace_id,"), "{unknown}");
}

#[tokio::test]
async fn a_reset_over_http_restores_the_initial_state() {
    let (sandbox, http) = started().await;
    http.create_agent(&inbound_agent()).await;
    respond(&http, &json!({"status": 500, "times": 10})).await;
    assert_eq!(http.control(Method::POST, "/reset", None).await.status, 200);
    assert!(sandbox.journal().is_empty());
    assert_eq!(http.get("/agent/get-all/1").await.data(), json!([]));
    assert_eq!(http.create_agent(&inbound_agent()).await, 1001);
}

#[tokio::test]
async fn an_unknown_operation_is_rejected_with_similar_names() {
    let (sandbox, http) = started().await;
    let error = sandbox.respond(ScriptedResponse::status(500).operation("calls.strat")).unwrap_err();
    assert_eq!(error.to_string(), "operation: unknown operation \"calls.strat\"; did you mean `calls.start`?");
    let script = |operation: &str| json!({"operation": operation, "status": 500});
    for (path, operation, suggestion) in [
        ("/respond", "phoneNumbers.list", "phone_numbers.list"),
        ("/respond?naming=camel_case", "phone_numbers.list", "phoneNumbers.list"),
        ("/respond?naming=camel_case", "calls.hangup", "calls.hangUp"),
    ] {
        let errors = http.control(Method::POST, path, Some(&script(operation))).await.errors();
        let expected = format!("operation: unknown operation {operation:?}; did you mean `{suggestion}`?");
        assert_eq!(errors, [expected]);
    }
    let errors = http.control(Method::POST, "/respond?naming=kebab", Some(&script("calls.list"))).await.errors();
    assert_eq!(errors, ["naming: must be snake_case or camel_case, but is \"kebab\""]);
    assert_eq!(http.get("/user/profile").await.status, 200, "nothing was queued");
}

#[tokio::test]
async fn operation_names_follow_the_requested_naming() {
    let (_sandbox, http) = started().await;
    let script = json!({"operation": "phoneNumbers.list", "status": 503});
    assert_eq!(http.control(Method::POST, "/respond?naming=camel_case", Some(&script)).await.status, 200);
    assert_eq!(http.get("/agent/number-list/1/outbound").await.status, 503);
    for (path, name) in [("/journal", "phone_numbers.list"), ("/journal?naming=camel_case", "phoneNumbers.list")] {
        let journal = http.control(Method::GET, path, None).await.json();
        assert_eq!(journal["entries"][0]["operation"], name);
    }
    let described = http.control(Method::GET, "?naming=camel_case", None).await.json();
    let names = described["operations"].as_array().unwrap().iter().map(|entry| entry["operation"].clone());
    assert!(names.collect::<Vec<_>>().contains(&json!("agents.setCorsOrigins")));
}

#[tokio::test]
async fn control_requests_run_without_a_socket() {
    let (sandbox, http) = started().await;
    let queued = sandbox.control("POST", "/sandbox/respond", r#"{"status": 503}"#);
    assert_eq!(queued.unwrap(), r#"{"status":true}"#);
    assert_eq!(http.get("/user/profile").await.status, 503);
    let journal = sandbox.control("GET", "/sandbox/journal?naming=camel_case", "").unwrap();
    assert_eq!(journal, http.control(Method::GET, "/journal", None).await.text);
    let invalid = sandbox.control("POST", "/sandbox/faults", "{}").unwrap_err();
    assert_eq!(invalid, "rate: required: a number from 0 to 1");
    assert!(sandbox.control("PUT", "/sandbox/faults", "{}").unwrap_err().starts_with("unknown control endpoint"));
}

#[tokio::test]
async fn a_response_that_changes_nothing_is_rejected() {
    let (sandbox, http) = started().await;
    let nothing = [json!({}), json!({"operation": "agents.list", "times": 2}), json!({"process_first": true})];
    for script in nothing {
        let errors = http.control(Method::POST, "/respond", Some(&script)).await.errors();
        assert_eq!(errors, ["response: nothing to do: set status, body, headers, delay_ms or disconnect"]);
        let errors = http.control(Method::POST, "/respond?naming=camel_case", Some(&script)).await.errors();
        assert_eq!(errors, ["response: nothing to do: set status, body, headers, delay or disconnect"]);
    }
    sandbox.respond(ScriptedResponse::default()).unwrap_err();
    respond(&http, &json!({"body": null})).await;
    assert_eq!(http.get("/workspace/get-all").await.text, "null");
}

#[tokio::test]
async fn unknown_fields_of_control_requests_are_rejected() {
    let (_sandbox, http) = started().await;
    for (path, body, expected) in [
        ("/faults", json!({"rate": 0, "sed": 3}), "sed: unknown field; did you mean `seed`?"),
        ("/clock", json!({"advance": 1, "second": 3}), "second: unknown field; known: advance"),
        ("/drop-fields", json!({"fields": ["tone"], "x": 1}), "x: unknown field; known: fields"),
        ("/reset", json!({"x": 1}), "x: unknown field; known: none"),
        ("/snapshot", json!({"x": 1}), "x: unknown field; known: none"),
        ("/restore", json!({"snapshot": 1, "snapshots": 1}), "snapshots: unknown field; did you mean `snapshot`?"),
        (
            "/phone-numbers",
            json!({"number": "+13125550142"}),
            "number: unknown field; known: phone_number, workspace_id, verified",
        ),
        ("/call-scripts", json!({"duration": -1}), "duration: must be an integer of at least 0, but is -1"),
    ] {
        assert_eq!(http.control(Method::POST, path, Some(&body)).await.errors(), [expected], "{path}");
    }
}
