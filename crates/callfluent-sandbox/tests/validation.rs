//! Requests that differ from the documentation: all invalid fields are reported with reasons.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use http_client::{HttpClient, complete_agent, inbound_agent, outbound_agent, send, started, with};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn create(http: &HttpClient, changes: Value) -> Vec<String> {
    http.post("/agent/create", &with(complete_agent(), &changes)).await.errors()
}

#[tokio::test]
async fn missing_fields_are_reported_in_documented_order() {
    let (sandbox, http) = started().await;
    let errors = http.post("/agent/create", &json!({"format": "outbound"})).await.errors();
    let names: Vec<&str> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
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
    assert!(errors.contains(&"phone_number: required for outbound agents".to_owned()));
    assert!(errors.contains(&"name: required".to_owned()));
    assert_eq!(sandbox.journal()[0].status, 422);
    assert!(!sandbox.journal()[0].processed);
}

#[tokio::test]
async fn types_ranges_and_formats_are_validated() {
    let (_sandbox, http) = started().await;
    for (changes, expected) in [
        (json!({"workspaceId": "1"}), "workspaceId: must be an integer, but is a string"),
        (json!({"format": "outboun d"}), "format: must be one of outbound, inbound, but is \"outboun d\""),
        (json!({"name": 5}), "name: must be a string, but is a number"),
        (
            json!({"timezone": "Europe/Berlin"}),
            "timezone: must be an offset from UTC such as UTC+01:00, but is \"Europe/Berlin\"",
        ),
        (
            json!({"timezone": "UTC+14:01"}),
            "timezone: must be an offset from UTC such as UTC+01:00, but is \"UTC+14:01\"",
        ),
        (json!({"call_recording": 1}), "call_recording: must be true or false, but is a number"),
        (json!({"call_recording": "true"}), "call_recording: must be true or false, but is a string"),
        (json!({"welcome_msg_delay": "3"}), "welcome_msg_delay: must be a number, but is a string"),
        (json!({"answer_creativity": 10.5}), "answer_creativity: must be a number from 0 to 10, but is 10.5"),
        (json!({"answer_creativity": -1}), "answer_creativity: must be a number from 0 to 10, but is -1"),
        (json!({"speech_stop_sensitivity": 11}), "speech_stop_sensitivity: must be a number from 0 to 10, but is 11"),
        (json!({"utterance_detection": 499}), "utterance_detection: must be a number, at least 500, but is 499"),
        (json!({"voice_mail_mode": 3}), "voice_mail_mode: must be 1 or 2, but is 3"),
        (json!({"blocked_phone_types": [1, 2]}), "blocked_phone_types: must be a string with commas, but is an array"),
        (
            json!({"blocked_phone_types": "1, 2"}),
            "blocked_phone_types: must be integers separated by commas, such as 1,2,3, but is \"1, 2\"",
        ),
        (
            json!({"phone_number": "0049 30 123"}),
            "phone_number: must be a phone number in E.164 format: + and 7 to 15 digits, the first not 0, but is \"0049 30 123\"",
        ),
        (json!({"phone_number": "+14155550199"}), "phone_number: +14155550199 is not a number of workspace 1"),
        (
            json!({"avatar": "avatar.png"}),
            "avatar: must be a public image URL or a base64 image, but is \"avatar.png\"",
        ),
    ] {
        assert_eq!(create(&http, changes).await, [expected]);
    }
}

#[tokio::test]
async fn values_at_the_limits_of_a_range_are_accepted() {
    let (_sandbox, http) = started().await;
    let edges = json!({
        "answer_creativity": 0, "speech_stop_sensitivity": 10, "utterance_detection": 500, "voice_mail_mode": 2,
        "blocked_phone_types": "", "avatar": "data:image/png;base64,iVBORw0KGgo=", "welcome_msg_delay": 0.5,
    });
    http.create_agent(&with(inbound_agent(), &edges)).await;
    let mut nulls = inbound_agent();
    nulls["avatar"] = Value::Null;
    nulls["phone_number"] = Value::Null;
    http.create_agent(&nulls).await;
}

#[tokio::test]
async fn a_documented_name_in_another_spelling_is_rejected() {
    let (_sandbox, http) = started().await;
    let errors = create(&http, json!({"phoneNumber": "+1", "workspaceId": null, "workspace_id": 1})).await;
    let expected = [
        "workspaceId: required",
        "phoneNumber: unknown field; the documented name is `phone_number`",
        "workspace_id: unknown field; the documented name is `workspaceId`",
    ];
    assert_eq!(errors, expected);
}

#[tokio::test]
async fn each_endpoint_requires_exactly_its_documented_wrapper() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let update = format!("/agent/update/{agent}");
    let flat = http.post("/agent/create", &json!({"payload": inbound_agent()})).await.errors();
    assert_eq!(flat, ["payload: not allowed: the agent payload is sent flat, without a wrapper"]);
    let lower_case = http.put(&update, &json!({"payload": inbound_agent()})).await.errors();
    let expected = [
        "Payload: required: an object named `Payload` that contains the fields",
        "payload: unknown field; the documented name is `Payload`, and its case matters",
    ];
    assert_eq!(lower_case, expected);
    let beside = http.put(&update, &json!({"Payload": inbound_agent(), "name": "Other"})).await.errors();
    assert_eq!(beside, ["name: unknown field; only `Payload` is documented here"]);
    assert_eq!(http.put(&update, &json!({"Payload": []})).await.errors(), ["Payload: must be an object"]);
    assert_eq!(http.put(&update, &json!([])).await.errors(), ["body: must be a JSON object"]);
    let field = http.put(&format!("/agent/custom-field/{agent}"), &json!({"name": "n", "label": "l"})).await.errors();
    assert_eq!(field.first().unwrap(), "data: required: an object named `data` that contains the fields");
    let origins = json!({"has_webhook_cors_origin": true, "webhook_cors_origin": []});
    assert_eq!(http.put(&format!("/agent/webhook-cors-origin/{agent}"), &origins).await.errors().len(), 3);
    let upper_case = http.post("/agent/create-action", &json!({"Payload": {}})).await.errors();
    assert_eq!(upper_case.len(), 2);
    let wrapped = http.post("/agent/update-action/7001", &json!({"payload": {"actionType": "sms"}})).await.errors();
    assert_eq!(wrapped, ["payload: not allowed: the action is sent flat, without a wrapper"]);
}

#[tokio::test]
async fn callid_is_an_integer_and_its_spelling_matters() {
    let (_sandbox, http) = started().await;
    for (body, expected) in [
        (json!({"callid": "1"}), vec!["callid: must be an integer, but is a string"]),
        (
            json!({"callId": 1}),
            vec!["callid: required", "callId: unknown field; the documented name is `callid`, and its case matters"],
        ),
        (json!({"callid": 1.5}), vec!["callid: must be an integer, but is a decimal number"]),
        (json!({"callid": 1, "force": true}), vec!["force: unknown field; only `callid` is documented here"]),
    ] {
        assert_eq!(http.post("/agent/hangup-call", &body).await.errors(), expected);
    }
}

#[tokio::test]
async fn actions_are_validated_by_their_type() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let webhook = json!({
        "agentId": agent, "actionType": "webhook", "name": "w", "webhook_url": "https://webhook-test/XXX", "fields": "[]",
    });
    for (changes, expected) in [
        (
            json!({"fields": [{"value": "a", "label": "a"}]}),
            vec!["fields: must be a string that contains JSON, but is an array"],
        ),
        (json!({"fields": "a,b"}), vec!["fields: must be a string that contains JSON, but its content is not JSON"]),
        (
            json!({"fields": r#"[{"value":"a","label":"a"},{"value":1,"label":"b"}]"#}),
            vec![
                r#"fields: must contain an array of {"value", "label"} objects with strings in both; item 1 is not one"#,
            ],
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
        assert_eq!(http.post("/agent/create-action", &sent).await.errors(), expected);
    }
}

#[tokio::test]
async fn an_update_cannot_change_the_type_or_agent_of_an_action() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let text = json!({"agentId": agent, "actionType": "sms", "name": "a", "instruction": "i", "content": "c"});
    let action = http.post("/agent/create-action", &json!({"payload": text})).await.data()["id"].clone();
    let path = format!("/agent/update-action/{action}");
    let moved = http.post(&path, &text).await.errors();
    assert_eq!(moved.len(), 1);
    assert!(moved[0].starts_with("agentId: not allowed"));
    let email = json!({"actionType": "sendEmail", "name": "a", "instruction": "i", "content": "c", "subject": "s"});
    let changed = http.post(&path, &email).await.errors();
    assert_eq!(changed, ["actionType: must be sms, but is sendEmail: the type of an action cannot change"]);
}

#[tokio::test]
async fn path_and_query_parameters_are_validated() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    for (path, expected) in [
        ("/agent/get-one/one".to_owned(), "agentId: must be an integer, but is \"one\""),
        ("/agent/get-one/-1".to_owned(), "agentId: must be an integer, but is \"-1\""),
        ("/agent/get-all/1%2F2".to_owned(), "workspaceId: must be an integer, but is \"1/2\""),
        (
            "/agent/get-one/99999999999999999999".to_owned(),
            "agentId: must be an integer, but is \"99999999999999999999\"",
        ),
        (
            "/agent/number-list/1/Outbound".to_owned(),
            "agentType: must be one of outbound, inbound, but is \"Outbound\"",
        ),
        (format!("/agent/{agent}/calls?page=0"), "page: must be an integer, at least 1, but is \"0\""),
        (format!("/agent/{agent}/calls?page=two"), "page: must be an integer, at least 1, but is \"two\""),
        (format!("/agent/{agent}/calls?page=1&page=2"), "page: must be given once"),
    ] {
        assert_eq!(http.get(&path).await.errors(), [expected], "{path}");
    }
    let climbing = http.delete(&format!("/agent/remove-custom-fields/{agent}/..%2Fdelete%2F{agent}")).await.errors();
    assert_eq!(climbing, [format!("field_id: must be a UUID, but is \"../delete/{agent}\"")]);
    let malformed = http.get("/agent/get-one/%FF").await.errors();
    assert_eq!(malformed.first().unwrap(), "path: must be UTF-8 after percent-decoding");
}

#[tokio::test]
async fn json_bodies_need_the_json_content_type() {
    let (sandbox, http) = started().await;
    let create = || http.request(Method::POST, "/agent/create");
    let untyped = send(create().body(inbound_agent().to_string())).await.errors();
    assert_eq!(untyped, ["content-type: required: application/json"]);
    let typed = send(create().header("content-type", "text/plain").body("{")).await.errors();
    assert_eq!(typed[0], "content-type: must be application/json, but is text/plain");
    assert!(typed[1].starts_with("body: must be JSON: "));
    assert_eq!(sandbox.journal()[1].body_text.as_deref(), Some("{"));
    let empty = send(create().header("content-type", "application/json; charset=utf-8")).await.errors();
    assert_eq!(empty, ["body: required: a JSON object"]);
    let unwanted = send(http.request(Method::GET, "/agent/get-all/1").json(&json!({}))).await.errors();
    assert_eq!(unwanted, ["body: must be empty: this endpoint has no body"]);
}

#[tokio::test]
async fn uploads_are_multipart_with_parts_named_files() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let path = format!("/agent/knowledge/{agent}");
    let upload = || http.request(Method::PUT, &path);
    let as_json = send(upload().json(&json!({"files": []}))).await.errors();
    assert_eq!(as_json, ["content-type: must be multipart/form-data, but is application/json"]);
    let misnamed = Form::new().part("file", Part::bytes(b"a".as_slice()).file_name("a.txt"));
    let expected = ["file: unknown part; only `files` is documented here", "files: required: one part for each file"];
    assert_eq!(send(upload().multipart(misnamed)).await.errors(), expected);
    let unnamed = Form::new().text("files", "a");
    let expected = ["files: must be a file: the part has no file name"];
    assert_eq!(send(upload().multipart(unnamed)).await.errors(), expected);
    let cut = upload()
        .header("content-type", "multipart/form-data; boundary=b")
        .body("--b\r\ncontent-disposition: form-data");
    assert!(send(cut).await.errors()[0].starts_with("body: must be multipart/form-data"));
    let boundless = upload().header("content-type", "multipart/form-data").body("a");
    assert_eq!(send(boundless).await.errors(), ["content-type: must have the boundary of the multipart body"]);
}

#[tokio::test]
async fn other_bodies_are_validated_by_field() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&outbound_agent("+123456789")).await;
    let field = json!({"data": {"id": "5", "name": 1}});
    let errors = http.put(&format!("/agent/custom-field/{agent}"), &field).await.errors();
    let expected = ["id: must be a UUID, but is \"5\"", "name: must be a string, but is a number", "label: required"];
    assert_eq!(errors, expected);
    let origins =
        json!({"data": {"has_webhook_cors_origin": "yes", "webhook_cors_origin": ["https://google.com/path"]}});
    let errors = http.put(&format!("/agent/webhook-cors-origin/{agent}"), &origins).await.errors();
    let expected = [
        "has_webhook_cors_origin: must be true or false, but is a string",
        "webhook_cors_origin: must be an array of origins such as https://google.com, but contains \"https://google.com/path\"",
    ];
    assert_eq!(errors, expected);
    let one = json!({"data": {"has_webhook_cors_origin": true, "webhook_cors_origin": "https://google.com"}});
    let errors = http.put(&format!("/agent/webhook-cors-origin/{agent}"), &one).await.errors();
    assert_eq!(errors, ["webhook_cors_origin: must be an array of origins, but is a string"]);
    assert_eq!(http.post("/workspace/create", &json!({"name": " "})).await.errors(), ["name: must not be empty"]);
    let call = http.post(&format!("/call-api/make-call/{agent}"), &json!({"name": "Ada"})).await.errors();
    assert_eq!(call, ["phone_number: required"]);
}

#[tokio::test]
async fn an_id_with_a_zero_fraction_is_an_integer() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&with(inbound_agent(), &json!({"workspaceId": 1.0}))).await;
    assert_eq!(http.get("/agent/get-all/1").await.data()[0]["id"], agent);
    let errors = create(&http, json!({"workspaceId": 1.5})).await;
    assert_eq!(errors, ["workspaceId: must be an integer, but is a decimal number"]);
}

#[tokio::test]
async fn phone_numbers_have_the_shared_format() {
    let (sandbox, http) = started().await;
    let agent = sandbox.add_agent(json!({"format": "outbound"})).unwrap()["id"].clone();
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../../tests/wire/phone-numbers.json")).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        // A client removes separators; the API only accepts the result.
        let is_valid = vector["number"] == vector["e164"];
        let body = json!({"phone_number": vector["number"]});
        let response = http.post(&format!("/call-api/make-call/{agent}"), &body).await;
        assert_eq!(response.status == 200, is_valid, "{vector}: {}", response.text);
    }
}
