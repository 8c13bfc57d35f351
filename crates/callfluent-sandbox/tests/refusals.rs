//! Requests that differ from the documentation are refused with the field and the reason, all problems at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod raw;

use raw::{Raw, complete_agent, inbound_agent, outbound_agent, send, started, with};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn create(raw: &Raw, changes: Value) -> Vec<String> {
    raw.post("/agent/create", &with(complete_agent(), &changes)).await.problems()
}

#[tokio::test]
async fn every_missing_field_is_named_in_the_order_of_the_documentation() {
    let (sandbox, raw) = started().await;
    let problems = raw.post("/agent/create", &json!({"format": "outbound"})).await.problems();
    let names: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    let expected = [
        "workspaceId",
        "timezone",
        "name",
        "lang",
        "voice",
        "phone_number",
        "agent_type",
        "background",
        "goal",
        "tone",
        "instructions",
    ];
    assert_eq!(names, expected);
    assert!(problems.contains(&"phone_number: required for outbound agents".to_owned()));
    assert!(problems.contains(&"name: required".to_owned()));
    assert_eq!(sandbox.journal()[0].status, 422);
    assert!(!sandbox.journal()[0].processed);
}

#[tokio::test]
async fn types_ranges_and_forms_are_those_of_the_table() {
    let (_sandbox, raw) = started().await;
    for (changes, expected) in [
        (json!({"workspaceId": "1"}), "workspaceId: must be a whole number, but is text"),
        (json!({"format": "outboun d"}), "format: must be one of outbound, inbound, but is \"outboun d\""),
        (json!({"name": 5}), "name: must be text, but is a number"),
        (json!({"call_recording": 1}), "call_recording: must be true or false, but is a number"),
        (json!({"call_recording": "true"}), "call_recording: must be true or false, but is text"),
        (json!({"welcome_msg_delay": "3"}), "welcome_msg_delay: must be a number, but is text"),
        (json!({"answer_creativity": 10.5}), "answer_creativity: must be a number from 0 to 10, but is 10.5"),
        (json!({"answer_creativity": -1}), "answer_creativity: must be a number from 0 to 10, but is -1"),
        (json!({"speech_stop_sensitivity": 11}), "speech_stop_sensitivity: must be a number from 0 to 10, but is 11"),
        (json!({"utterance_detection": 499}), "utterance_detection: must be a number, at least 500, but is 499"),
        (json!({"voice_mail_mode": 3}), "voice_mail_mode: must be 1 or 2, but is 3"),
        (json!({"blocked_phone_types": [1, 2]}), "blocked_phone_types: must be one text with commas, but is a list"),
        (
            json!({"blocked_phone_types": "1, 2"}),
            "blocked_phone_types: must be integers with commas between them, such as 1,2,3, but is \"1, 2\"",
        ),
        (
            json!({"phone_number": "0049 30 123"}),
            "phone_number: must be a phone number in E.164: + and 7 to 15 digits, but is \"0049 30 123\"",
        ),
        (json!({"phone_number": "+14155550199"}), "phone_number: +14155550199 is not a number of workspace 1"),
        (
            json!({"avatar": "avatar.png"}),
            "avatar: must be a public image URL or an image in base64, but is \"avatar.png\"",
        ),
    ] {
        assert_eq!(create(&raw, changes).await, [expected]);
    }
}

#[tokio::test]
async fn values_at_the_edge_of_a_range_pass() {
    let (_sandbox, raw) = started().await;
    let edges = json!({
        "answer_creativity": 0, "speech_stop_sensitivity": 10, "utterance_detection": 500, "voice_mail_mode": 2,
        "blocked_phone_types": "", "avatar": "data:image/png;base64,iVBORw0KGgo=", "welcome_msg_delay": 0.5,
    });
    raw.create_agent(&with(inbound_agent(), &edges)).await;
    let mut nulls = inbound_agent();
    nulls["avatar"] = Value::Null;
    nulls["phone_number"] = Value::Null;
    raw.create_agent(&nulls).await;
}

#[tokio::test]
async fn a_documented_name_in_another_spelling_is_a_slip_and_not_a_new_field() {
    let (_sandbox, raw) = started().await;
    let problems = create(&raw, json!({"workspaceId": null, "workspace_id": 1, "phoneNumber": "+1"})).await;
    let expected = [
        "workspaceId: required",
        "workspace_id: unknown; the documented name is `workspaceId`",
        "phoneNumber: unknown; the documented name is `phone_number`",
    ];
    assert_eq!(problems, expected);
}

#[tokio::test]
async fn each_wrapper_is_wanted_where_it_is_documented_and_nowhere_else() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    let update = format!("/agent/update/{agent}");
    let flat = raw.post("/agent/create", &json!({"payload": inbound_agent()})).await.problems();
    assert_eq!(flat, ["payload: must not be there: the agent payload is sent flat, without a wrapper"]);
    let lower_case = raw.put(&update, &json!({"payload": inbound_agent()})).await.problems();
    let expected = [
        "Payload: required: the fields belong inside an object named `Payload`",
        "payload: unknown; the documented name is `Payload`, in this very spelling",
    ];
    assert_eq!(lower_case, expected);
    let beside = raw.put(&update, &json!({"Payload": inbound_agent(), "name": "Other"})).await.problems();
    assert_eq!(beside, ["name: unknown; only `Payload` is documented here"]);
    assert_eq!(raw.put(&update, &json!({"Payload": []})).await.problems(), ["Payload: must be an object"]);
    assert_eq!(raw.put(&update, &json!([])).await.problems(), ["body: must be a JSON object"]);
    let field = raw.put(&format!("/agent/custom-field/{agent}"), &json!({"name": "n", "label": "l"})).await.problems();
    assert_eq!(field.first().unwrap(), "data: required: the fields belong inside an object named `data`");
    let origins = json!({"has_webhook_cors_origin": true, "webhook_cors_origin": []});
    assert_eq!(raw.put(&format!("/agent/webhook-cors-origin/{agent}"), &origins).await.problems().len(), 3);
    let upper_case = raw.post("/agent/create-action", &json!({"Payload": {}})).await.problems();
    assert_eq!(upper_case.len(), 2);
    let wrapped = raw.post("/agent/update-action/7001", &json!({"payload": {"actionType": "sms"}})).await.problems();
    assert_eq!(wrapped, ["payload: must not be there: the action is sent flat, without a wrapper"]);
}

#[tokio::test]
async fn callid_is_a_number_in_this_very_spelling() {
    let (_sandbox, raw) = started().await;
    for (body, expected) in [
        (json!({"callid": "1"}), vec!["callid: must be a whole number, but is text"]),
        (
            json!({"callId": 1}),
            vec!["callid: required", "callId: unknown; the documented name is `callid`, in this very spelling"],
        ),
        (json!({"callid": 1.5}), vec!["callid: must be a whole number, but is a fraction"]),
        (json!({"callid": 1, "force": true}), vec!["force: unknown; only `callid` is documented here"]),
    ] {
        assert_eq!(raw.post("/agent/hangup-call", &body).await.problems(), expected);
    }
}

#[tokio::test]
async fn actions_are_held_against_the_table_of_their_type() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    let webhook = json!({
        "agentId": agent, "actionType": "webhook", "name": "w", "webhook_url": "https://webhook-test/XXX", "fields": "[]",
    });
    for (changes, expected) in [
        (
            json!({"fields": [{"value": "a", "label": "a"}]}),
            vec!["fields: must be text that holds JSON, but is a list"],
        ),
        (json!({"fields": "a,b"}), vec!["fields: must be text that holds JSON, but its content is not JSON"]),
        (
            json!({"fields": r#"[{"value":"a","label":"a"},{"value":1,"label":"b"}]"#}),
            vec![r#"fields: must hold a list of {"value", "label"} objects with text in both; entry 1 is not one"#],
        ),
        (
            json!({"webhook_url": "webhook-test"}),
            vec!["webhook_url: must be an http or https URL, but is \"webhook-test\""],
        ),
        (json!({"agentId": null}), vec!["agentId: required"]),
        (json!({"actionType": null}), vec!["actionType: required"]),
        (
            json!({"actionType": "smoke"}),
            vec![
                "actionType: must be one of sendEmail, callForwarding, sms, webhook, dataCollection, email_push, \
                 ghl_calendar, google_calendar, but is \"smoke\"",
            ],
        ),
        (json!({"actionType": "sms"}), vec!["instruction: required", "content: required"]),
    ] {
        let sent = json!({"payload": with(webhook.clone(), &changes)});
        assert_eq!(raw.post("/agent/create-action", &sent).await.problems(), expected);
    }
}

#[tokio::test]
async fn an_update_cannot_change_an_action_s_type_or_agent() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    let text = json!({"agentId": agent, "actionType": "sms", "name": "a", "instruction": "i", "content": "c"});
    let action = raw.post("/agent/create-action", &json!({"payload": text})).await.data()["id"].clone();
    let path = format!("/agent/update-action/{action}");
    let moved = raw.post(&path, &text).await.problems();
    assert_eq!(moved.len(), 1);
    assert!(moved[0].starts_with("agentId: must not be there"));
    let email = json!({"actionType": "sendEmail", "name": "a", "instruction": "i", "content": "c", "subject": "s"});
    let changed = raw.post(&path, &email).await.problems();
    assert_eq!(changed, ["actionType: must stay sms: an action keeps its type, but sendEmail was sent"]);
}

#[tokio::test]
async fn paths_and_queries_are_checked_like_fields() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    for (path, expected) in [
        ("/agent/get-one/one".to_owned(), "agentId: must be a number, but is \"one\""),
        ("/agent/get-one/-1".to_owned(), "agentId: must be a number, but is \"-1\""),
        ("/agent/get-all/1%2F2".to_owned(), "workspaceId: must be a number, but is \"1/2\""),
        (
            "/agent/get-one/99999999999999999999".to_owned(),
            "agentId: must be a number, but is \"99999999999999999999\"",
        ),
        (
            "/agent/number-list/1/Outbound".to_owned(),
            "agentType: must be one of outbound, inbound, but is \"Outbound\"",
        ),
        (format!("/agent/{agent}/calls?page=0"), "page: must be a number, at least 1, but is \"0\""),
        (format!("/agent/{agent}/calls?page=two"), "page: must be a number, at least 1, but is \"two\""),
        (format!("/agent/{agent}/calls?page=1&page=2"), "page: must be given once"),
    ] {
        assert_eq!(raw.get(&path).await.problems(), [expected], "{path}");
    }
    let climbing = raw.delete(&format!("/agent/remove-custom-fields/{agent}/..%2Fdelete%2F{agent}")).await.problems();
    assert_eq!(climbing, [format!("field_id: must be a UUID, but is \"../delete/{agent}\"")]);
    let malformed = raw.get("/agent/get-one/%FF").await.problems();
    assert_eq!(malformed.first().unwrap(), "path: must be UTF-8 after percent-decoding");
}

#[tokio::test]
async fn json_bodies_are_announced_as_json_and_are_json() {
    let (sandbox, raw) = started().await;
    let create = || raw.request(Method::POST, "/agent/create");
    let untyped = send(create().body(inbound_agent().to_string())).await.problems();
    assert_eq!(untyped, ["content-type: required: application/json"]);
    let typed = send(create().header("content-type", "text/plain").body("{")).await.problems();
    assert_eq!(typed[0], "content-type: must be application/json, but is text/plain");
    assert!(typed[1].starts_with("body: must be JSON: "));
    assert_eq!(sandbox.journal()[1].body_text.as_deref(), Some("{"));
    let empty = send(create().header("content-type", "application/json; charset=utf-8")).await.problems();
    assert_eq!(empty, ["body: required: a JSON object"]);
    let unwanted = send(raw.request(Method::GET, "/agent/get-all/1").json(&json!({}))).await.problems();
    assert_eq!(unwanted, ["body: must be empty: this endpoint has none"]);
}

#[tokio::test]
async fn uploads_are_multipart_with_parts_named_files() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&inbound_agent()).await;
    let path = format!("/agent/knowledge/{agent}");
    let upload = || raw.request(Method::PUT, &path);
    let as_json = send(upload().json(&json!({"files": []}))).await.problems();
    assert_eq!(as_json, ["content-type: must be multipart/form-data, but is application/json"]);
    let misnamed = Form::new().part("file", Part::bytes(b"a".as_slice()).file_name("a.txt"));
    let expected = ["file: unknown part; only `files` is documented here", "files: required: one part for each file"];
    assert_eq!(send(upload().multipart(misnamed)).await.problems(), expected);
    let unnamed = Form::new().text("files", "a");
    let expected = ["files: must be a file: the part has no file name"];
    assert_eq!(send(upload().multipart(unnamed)).await.problems(), expected);
    let cut = upload()
        .header("content-type", "multipart/form-data; boundary=b")
        .body("--b\r\ncontent-disposition: form-data");
    assert!(send(cut).await.problems()[0].starts_with("body: must be multipart/form-data"));
    let boundless = upload().header("content-type", "multipart/form-data").body("a");
    assert_eq!(send(boundless).await.problems(), ["content-type: must name the boundary of the multipart body"]);
}

#[tokio::test]
async fn the_other_bodies_are_checked_field_by_field() {
    let (_sandbox, raw) = started().await;
    let agent = raw.create_agent(&outbound_agent("+123456789")).await;
    let field = json!({"data": {"id": "5", "name": 1}});
    let problems = raw.put(&format!("/agent/custom-field/{agent}"), &field).await.problems();
    let expected = ["id: must be a UUID, but is \"5\"", "name: must be text, but is a number", "label: required"];
    assert_eq!(problems, expected);
    let origins =
        json!({"data": {"has_webhook_cors_origin": "yes", "webhook_cors_origin": ["https://google.com/path"]}});
    let problems = raw.put(&format!("/agent/webhook-cors-origin/{agent}"), &origins).await.problems();
    let expected = [
        "has_webhook_cors_origin: must be true or false, but is text",
        "webhook_cors_origin: must be a list of origins such as https://google.com, but holds \"https://google.com/path\"",
    ];
    assert_eq!(problems, expected);
    let one = json!({"data": {"has_webhook_cors_origin": true, "webhook_cors_origin": "https://google.com"}});
    let problems = raw.put(&format!("/agent/webhook-cors-origin/{agent}"), &one).await.problems();
    assert_eq!(problems, ["webhook_cors_origin: must be a list of origins, but is text"]);
    assert_eq!(raw.post("/workspace/create", &json!({"name": " "})).await.problems(), ["name: must not be empty"]);
    let call = raw.post(&format!("/call-api/make-call/{agent}"), &json!({"name": "Ada"})).await.problems();
    assert_eq!(call, ["phone_number: required"]);
}
