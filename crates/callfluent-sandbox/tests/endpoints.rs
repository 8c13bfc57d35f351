//! Successful responses of each endpoint.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod http_client;

use callfluent_sandbox::Sandbox;
use http_client::{HttpClient, complete_agent, inbound_agent, outbound_agent, send, started, with};
use reqwest::Method;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn number_list_has_all_numbers_and_avatars_of_those_in_use() {
    let (_sandbox, http) = started().await;
    http.create_agent(&complete_agent()).await;
    let response = http.get("/agent/number-list/1/outbound").await;
    let numbers = response.data();
    assert_eq!(numbers[0]["number"], "+123456789");
    assert_eq!(numbers[0]["type"], "twilio");
    assert!(numbers[0]["sid"].as_str().unwrap().starts_with("PN"));
    assert!(numbers.as_array().unwrap().iter().any(|number| number["type"] == "verified"));
    assert_eq!(response.json()["agentNumMap"], json!({"+123456789": "https://images.example/a.png"}));
    let inbound = http.get("/agent/number-list/1/inbound").await.data();
    assert!(inbound.as_array().unwrap().iter().all(|number| number["type"] == "twilio"));
}

#[tokio::test]
async fn a_created_agent_is_returned_with_all_sent_fields() {
    let (_sandbox, http) = started().await;
    let sent = with(complete_agent(), &json!({"new_field_of_2027": {"deep": [1, "two"]}}));
    let agent = http.post("/agent/create", &sent).await.data();
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&agent[name], value, "{name}");
    }
    assert_eq!(agent["id"], 1001);
    assert_eq!(agent["created_at"], "2026-01-12T09:00:01Z");
    assert_eq!(agent["custom_fields"], json!([]));
    assert_eq!(agent["actions"], json!([]));
    assert_eq!(agent["has_webhook_cors_origin"], false);
    assert_eq!(agent["webhook_cors_origin"], json!([]));
}

#[tokio::test]
async fn without_likely_fields_only_sent_fields_are_returned() {
    let sandbox = callfluent_sandbox::Sandbox::start().await.unwrap();
    let http = http_client::HttpClient::new(&sandbox);
    let agent = http.post("/agent/create", &outbound_agent("+123456789")).await.data();
    assert_eq!(agent, with(outbound_agent("+123456789"), &json!({"id": 1001})));
    let action = json!({"agentId": 1001, "actionType": "sms", "name": "a", "instruction": "b", "content": "c"});
    let created = http.post("/agent/create-action", &json!({"payload": action})).await.data();
    assert_eq!(created, with(action, &json!({"id": 7001})));
}

#[tokio::test]
async fn agents_are_listed_by_workspace_and_returned_one_by_one() {
    let (_sandbox, http) = started().await;
    let first = http.create_agent(&inbound_agent()).await;
    let second = http.create_agent(&outbound_agent("+123456789")).await;
    assert_eq!(ids(&http.get("/agent/get-all/1").await.data()), [first, second]);
    let details = http.get(&format!("/agent/get-one/{second}")).await.data();
    assert_eq!(details["agent"]["name"], "Sales Bot");
    assert_eq!(details["files"], json!([]));
    assert_eq!(details["totalCalls"], 0);
    assert_eq!(details["averageDuration"], 0);
}

#[tokio::test]
async fn deleting_an_agent_deletes_its_calls_and_frees_its_number() {
    let (_sandbox, http) = started().await;
    let stays = http.create_agent(&inbound_agent()).await;
    let goes = http.create_agent(&outbound_agent("+123456789")).await;
    let call = http.start_call(goes).await;
    assert_eq!(ids(&http.delete(&format!("/agent/delete/{goes}")).await.data()), [stays]);
    assert_eq!(http.get(&format!("/agent/get-one/{goes}")).await.status, 404);
    assert_eq!(http.delete(&format!("/agent/delete-call/{call}")).await.status, 404);
    assert_eq!(http.get("/agent/number-list/1/outbound").await.json()["agentNumMap"], json!({}));
    http.create_agent(&outbound_agent("+123456789")).await;
}

#[tokio::test]
async fn an_update_replaces_documented_and_keeps_other_fields() {
    let (_sandbox, http) = started().await;
    let id = http.create_agent(&with(complete_agent(), &json!({"unknown_to_us": 1}))).await;
    let payload = with(outbound_agent("+123456789"), &json!({"name": "Renamed", "id": 5, "created_at": "never"}));
    let agent = http.put(&format!("/agent/update/{id}"), &json!({"Payload": payload})).await.data();
    assert_eq!(agent["name"], "Renamed");
    assert_eq!(agent["id"], id);
    assert_eq!(agent["created_at"], "2026-01-12T09:00:01Z");
    assert_eq!(agent["updated_at"], "2026-01-12T09:00:02Z");
    assert_eq!(agent["unknown_to_us"], 1);
    assert!(agent.get("welcome_msg").is_none(), "omitted documented fields are removed");
    assert_eq!(http.get(&format!("/agent/get-one/{id}")).await.data()["agent"], agent);
}

#[tokio::test]
async fn a_returned_agent_is_accepted_as_an_update() {
    let (_sandbox, http) = started().await;
    let id = http.create_agent(&complete_agent()).await;
    let agent = http.get(&format!("/agent/get-one/{id}")).await.data()["agent"].clone();
    let updated = http.put(&format!("/agent/update/{id}"), &json!({"Payload": agent})).await.data();
    assert_eq!(with(updated, &json!({"updated_at": ""})), with(agent, &json!({"updated_at": ""})));
}

#[tokio::test]
async fn knowledge_files_are_added_listed_and_deleted() {
    let (_sandbox, http) = started().await;
    let id = http.create_agent(&inbound_agent()).await;
    let agents = http.upload(id, &[("prices.txt", b"one euro"), ("\u{fc}ber uns.txt", b"")]).await.data();
    assert_eq!(ids(&agents), [id]);
    let files = http.get(&format!("/agent/get-one/{id}")).await.data()["files"].clone();
    assert_eq!(
        files[0],
        json!({"id": 3001, "name": "prices.txt", "size": 8, "type": "text/plain", "created_at": "2026-01-12T09:00:02Z"})
    );
    assert_eq!(files[1]["name"], "\u{fc}ber uns.txt");
    assert_eq!(ids(&http.delete("/agent/knowledge/3001").await.data()), [id]);
    assert_eq!(ids(&http.get(&format!("/agent/get-one/{id}")).await.data()["files"]), [3002]);
}

#[tokio::test]
async fn a_call_is_started_hung_up_counted_and_deleted() {
    let (sandbox, http) = started().await;
    let agent = http.create_agent(&outbound_agent("+123456789")).await;
    let sent = json!({"phone_number": "+14155550123", "name": "Ada", "email": "ada@example.com"});
    let call = http.post(&format!("/call-api/make-call/{agent}"), &sent).await.data();
    assert_eq!(call["status"], "ringing");
    assert_eq!(call["agent_id"], agent);
    assert_eq!(call["direction"], "outbound");
    assert_eq!(call["started_at"], "2026-01-12T09:00:02Z");
    assert_eq!(call["ended_at"], Value::Null);
    assert_eq!(call["custom_fields"], json!({"name": "Ada", "email": "ada@example.com"}));
    // The call rings for five seconds.
    sandbox.advance(5);
    let agents = http.post("/agent/hangup-call", &json!({"callid": call["id"]})).await.data();
    assert_eq!(ids(&agents), [agent]);
    let calls = http.get(&format!("/agent/{agent}/calls")).await.data();
    assert_eq!(calls[0]["status"], "completed");
    assert_eq!(calls[0]["duration"], 1);
    assert_eq!(calls[0]["recording_url"], Value::Null);
    let details = http.get(&format!("/agent/get-one/{agent}")).await.data();
    assert_eq!((&details["totalCalls"], &details["averageDuration"]), (&json!(1), &json!(1)));
    let agents = http.delete(&format!("/agent/delete-call/{}", call["id"])).await.data();
    assert_eq!(ids(&agents), [agent]);
    assert_eq!(http.get(&format!("/agent/{agent}/calls")).await.data(), json!([]));
}

#[tokio::test]
async fn custom_fields_are_created_updated_and_removed() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let path = format!("/agent/custom-field/{agent}");
    let created = http.put(&path, &json!({"data": {"name": "name", "label": "Caller's name"}})).await.data();
    let id = created["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(created["label"], "Caller's name");
    let updated = http.put(&path, &json!({"data": {"id": id, "name": "name", "label": "Full name"}})).await.data();
    assert_eq!(updated, json!({"id": id, "name": "name", "label": "Full name"}));
    assert_eq!(http.get("/agent/get-all/1").await.data()[0]["custom_fields"], json!([updated]));
    let other = http.put(&path, &json!({"data": {"name": "email", "label": "Email"}})).await.data();
    assert_eq!(http.delete(&format!("/agent/remove-custom-fields/{agent}/{id}")).await.data(), json!([other]));
}

#[tokio::test]
async fn all_eight_kinds_of_action_are_created_updated_and_deleted() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let pairs = r#"[{"value":"dev1","label":"dev1"},{"value":"email","label":"email"}]"#;
    let actions = [
        json!({"actionType": "sendEmail", "name": "a", "instruction": "i", "content": "c", "subject": "s"}),
        json!({"actionType": "callForwarding", "name": "a", "instruction": "i", "forwardNumber": "+14155550123"}),
        json!({"actionType": "sms", "name": "a", "instruction": "i", "content": "c"}),
        json!({"actionType": "webhook", "name": "a", "webhook_url": "https://webhook-test/XXX", "fields": pairs}),
        json!({"actionType": "dataCollection", "name": "a", "instruction": "i", "collectField": "name"}),
        json!({"actionType": "email_push", "name": "a", "target_email": "a@b.example", "subject": "s", "fields": pairs}),
        json!({"actionType": "ghl_calendar", "name": "a", "ghlCalendarId": "B6", "calendarPeriod": "1week", "instruction": "i"}),
        json!({"actionType": "google_calendar", "name": "a", "google_title": "t", "instruction": "i",
               "calendarPeriod": "1week", "google_duration": "30 mins"}),
    ];
    for (number, sent) in actions.iter().enumerate() {
        let created = http
            .post("/agent/create-action", &json!({"payload": with(sent.clone(), &json!({"agentId": agent}))}))
            .await
            .data();
        assert_eq!(created["id"], 7001 + number);
        assert_eq!(created["agentId"], agent);
        let path = format!("/agent/update-action/{}", created["id"]);
        let updated = http.post(&path, &with(sent.clone(), &json!({"name": "renamed"}))).await.data();
        assert_eq!(updated["name"], "renamed");
        assert_eq!(updated["actionType"], sent["actionType"]);
        assert_eq!(updated["agentId"], agent);
        assert_eq!(http.get("/agent/get-all/1").await.data()[0]["actions"], json!([updated]));
        assert_eq!(http.delete(&format!("/agent/delete-action/{}", created["id"])).await.data(), updated);
    }
    assert_eq!(http.get("/agent/get-all/1").await.data()[0]["actions"], json!([]));
}

#[tokio::test]
async fn cors_origins_are_set_and_returned_with_the_agent() {
    let (_sandbox, http) = started().await;
    let agent = http.create_agent(&inbound_agent()).await;
    let sent = json!({"has_webhook_cors_origin": true, "webhook_cors_origin": ["https://google.com", "http://localhost:3000"]});
    let path = format!("/agent/webhook-cors-origin/{agent}");
    assert_eq!(http.put(&path, &json!({"data": sent})).await.data(), sent);
    let shown = http.get("/agent/get-all/1").await.data()[0].clone();
    assert_eq!(shown["webhook_cors_origin"], sent["webhook_cors_origin"]);
    assert_eq!(shown["has_webhook_cors_origin"], true);
}

#[tokio::test]
async fn the_list_of_workspaces_has_no_envelope() {
    let (_sandbox, http) = started().await;
    let first = json!({"id": 1, "name": "first workspace"});
    assert_eq!(http.get("/workspace/get-all").await.json(), json!({"workspaces": [first]}));
    let created = http.post("/workspace/create", &json!({"name": "Second"})).await.data();
    assert_eq!(created, json!([first, {"id": 2, "name": "Second"}]));
    let numbers = http.get("/agent/number-list/2/outbound").await.data();
    assert!(!numbers.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_profile_has_the_user_and_the_settings() {
    let (_sandbox, http) = started().await;
    let profile = http.get("/user/profile").await.json();
    assert_eq!(profile["user"]["name"], "Sandbox User");
    assert!(profile["setting"].is_object());
}

#[tokio::test]
async fn one_workspace_is_returned_by_its_id() {
    let (_sandbox, http) = started().await;
    assert_eq!(http.get("/workspace/get/1").await.data()["id"], 1);
    assert_eq!(http.get("/workspace/get/7").await.status, 404);
    assert_eq!(http.get("/workspace/get/90").await.status, 403);
}

#[tokio::test]
async fn the_public_part_of_an_agent_needs_no_key() {
    let (_sandbox, http) = started().await;
    let id = http.create_agent(&complete_agent()).await;
    let path = format!("/call-api/get-public-agent/{id}");
    let response = send(http.request_without_key(Method::GET, &path)).await;
    let agent = json!({"name": complete_agent()["name"], "avatar": "https://images.example/a.png"});
    assert_eq!(response.json(), json!({"data": {"agent": agent}}));
    let other = send(http.request_without_key(Method::GET, "/agent/get-one/1001")).await;
    assert_eq!(other.status, 401);
}

#[tokio::test]
async fn the_password_changes_and_the_journal_does_not_contain_it() {
    let (sandbox, http) = started().await;
    let change = |old: &str, new: &str| json!({"data": {"oldPass": old, "newPass": new}});
    let path = "/user/reset-password";
    let response = http.post(path, &change("sandbox-password", "hunter2")).await;
    assert_eq!((response.status, response.json()), (200, json!({"status": true})));
    let wrong = http.post(path, &change("sandbox-password", "hunter3")).await;
    assert_eq!(wrong.json(), json!({"status": false, "msg": "Please input correct current password"}));
    assert_eq!(http.post(path, &change("hunter2", "hunter4")).await.json(), json!({"status": true}));
    http.post(path, &json!({"oldPass": "hunter4"})).await;
    let journal = format!("{:?}", sandbox.journal());
    assert!(!journal.contains("hunter") && !journal.contains("sandbox-password"), "{journal}");
    assert_eq!(
        sandbox.journal()[0].arguments,
        json!({"old_password": "***", "new_password": "***"}).as_object().unwrap().clone()
    );
}

#[tokio::test]
async fn each_change_of_an_agent_is_in_later_responses() {
    let sandbox = Sandbox::builder().demo(true).likely_fields(true).start().await.unwrap();
    let http = HttpClient::new(&sandbox);
    let read = async || {
        let agent = http.get("/agent/get-one/1001").await.data()["agent"].clone();
        assert_eq!(http.get("/agent/get-all/1").await.data()[0], agent);
        agent
    };
    let first = read().await;
    http.put("/agent/update/1001", &json!({"Payload": with(first.clone(), &json!({"name": "Sales"}))})).await.data();
    assert_eq!(read().await["name"], "Sales");
    let field = json!({"data": {"name": "city", "label": "City"}});
    let field = http.put("/agent/custom-field/1001", &field).await.data();
    assert!(read().await["custom_fields"].as_array().unwrap().contains(&field));
    http.delete(&format!("/agent/remove-custom-fields/1001/{}", field["id"].as_str().unwrap())).await.data();
    assert_eq!(read().await["custom_fields"], first["custom_fields"]);
    let action = first["actions"][0]["id"].clone();
    http.delete(&format!("/agent/delete-action/{action}")).await.data();
    assert_eq!(read().await["actions"], json!([]));
    let origins = json!({"data": {"has_webhook_cors_origin": true, "webhook_cors_origin": ["https://a.example"]}});
    http.put("/agent/webhook-cors-origin/1001", &origins).await.data();
    assert_eq!(read().await["webhook_cors_origin"], json!(["https://a.example"]));
    sandbox.reset();
    assert_eq!(read().await, first);
}
