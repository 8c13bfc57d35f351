//! Arguments of requests: conversions from strings, builders, and records that are sent again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use callfluent::{
    Action, ActionRecord, ActionType, Agent, AgentCreateParams, AgentFormat, AgentPatchParams, AgentType,
    CallStartParams, Error, GoogleCalendar, Id, Language, LineType, List, OtherAction, PayloadField, SendSms, Timezone,
    Tone, Voice, Webhook,
};
use serde_json::{Value, json};
use support::{Reply, Server};

fn agent() -> Value {
    json!({
        "id": 7, "workspaceId": "1", "format": "outbound", "timezone": "UTC", "name": "a", "lang": "en", "voice": "v",
        "agent_type": "sales", "background": "b", "goal": "g", "tone": "t", "instructions": "i", "phone_number": "+12015550104",
        "blocked_phone_types": "1,2", "welcome_msg_flag": "1", "avatar": null, "crm": { "z": 1 }, "deleted_at": null,
    })
}

fn read<T: serde::de::DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap()
}

fn body(server: &Server) -> Value {
    serde_json::from_slice(server.recorded().last().unwrap().body.as_ref()).unwrap()
}

fn fields(error: &Error) -> Vec<&str> {
    error.field_errors().iter().map(|error| &*error.field).collect()
}

#[test]
fn strings_are_parsed_as_ids_and_open_enumerations() {
    assert_eq!("1".parse::<Id>().unwrap(), 1);
    assert_eq!("d7d6".parse::<Id>().unwrap(), "d7d6");
    assert_eq!("outbound".parse::<AgentFormat>().unwrap(), AgentFormat::Outbound);
    assert_eq!("chat".parse::<AgentFormat>().unwrap(), "chat");
    for kind in ["sms", "fax"] {
        // The match is exhaustive.
        let known = match ActionType::from(kind) {
            ActionType::SendSms => "sms",
            ActionType::Other(_) => "fax",
            ActionType::SendEmail
            | ActionType::CallForwarding
            | ActionType::Webhook
            | ActionType::DataCollection
            | ActionType::EmailPush
            | ActionType::GhlCalendar
            | ActionType::GoogleCalendar => "another",
        };
        assert_eq!(known, kind);
    }
}

#[tokio::test]
async fn known_values_have_labels_and_are_sent() {
    let labels = AgentType::KNOWN.iter().map(|kind| (kind.as_str(), kind.label()));
    assert_eq!(
        labels.collect::<Vec<_>>(),
        [
            ("sales", Some("Sales representative")),
            ("support", Some("Support agent")),
            ("lead", Some("Lead engagement")),
        ]
    );
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let params = AgentCreateParams::builder()
        .workspace_id(1)
        .format(AgentFormat::Inbound)
        .timezone(Timezone::UtcPlus0545)
        .name("Reception")
        .lang(Language::English)
        .voice(Voice::Alloy)
        .agent_type(AgentType::Support)
        .background("b")
        .goal("g")
        .tone(Tone::Professional)
        .instructions("i")
        .blocked_phone_types(LineType::numbers(["mobile", "1", "pager"]).unwrap());
    server.client().agents().create(&params.build()).await.unwrap();
    let sent = body(&server);
    let found =
        ["tone", "agent_type", "timezone", "lang", "voice", "blocked_phone_types"].map(|name| sent[name].clone());
    assert_eq!(found, ["a Professional", "support", "UTC+05:45", "en", "alloy", "2,1,11"].map(Value::from));
}

#[test]
fn arguments_without_fields_are_the_default() {
    assert_eq!(AgentPatchParams::default(), AgentPatchParams::builder().build());
    assert_eq!(serde_json::to_value(AgentPatchParams::default()).unwrap(), json!({}));
    let call = CallStartParams::builder().phone_number("+1555").with("name", "Ada").build();
    assert_eq!(call, CallStartParams::to("+1555").with("name", "Ada"));
}

#[tokio::test]
async fn missing_required_fields_are_all_reported_unsent() {
    let server = Server::start([Reply::ok(json!({}))]).await;
    let params = AgentCreateParams::builder().workspace_id(1).format("outbound").name("a").build();
    let error = server.client().agents().create(&params).await.unwrap_err();
    let missing =
        ["timezone", "lang", "voice", "agent_type", "background", "goal", "tone", "instructions", "phone_number"];
    assert_eq!(fields(&error), missing);
    let error = server.client().actions().create(7, SendSms::builder().name("a").build()).await.unwrap_err();
    assert_eq!(fields(&error), ["instruction", "content"]);
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn an_action_of_any_type_is_sent_with_its_fields() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let webhook = Webhook::builder().name("n").webhook_url("https://a.example").fields([PayloadField::new("v", "l")]);
    client.actions().create(7, webhook.with("retries", 2).build()).await.unwrap();
    let sent = json!({
        "agentId": 7, "actionType": "webhook", "name": "n", "webhook_url": "https://a.example",
        "fields": r#"[{"label":"l","value":"v"}]"#, "retries": 2,
    });
    assert_eq!(body(&server)["payload"], sent);
    client.actions().update(9, &Action::from(OtherAction::new("fax").with("page", 1))).await.unwrap();
    assert_eq!(body(&server), json!({ "actionType": "fax", "page": 1 }));
}

#[tokio::test]
async fn an_agent_that_was_read_is_sent_again_without_its_id() {
    let server = Server::start([Reply::ok(agent())]).await;
    let read: Agent = read(&agent());
    let mut params = AgentCreateParams::try_from(&read).unwrap();
    assert_eq!((params.workspace_id.clone(), params.welcome_msg_flag), (Some(1.into()), Some(true)));
    params.name = Some("copy".into());
    server.client().agents().create(&params).await.unwrap();
    let body = body(&server);
    assert_eq!(body.get("id"), None);
    assert_eq!(
        (&body["name"], &body["workspaceId"], &body["blocked_phone_types"]),
        (&json!("copy"), &json!(1), &json!("1,2"))
    );
    assert_eq!((&body["crm"], body.get("deleted_at")), (&json!({ "z": 1 }), None));
    // The same through serde.
    let mut again: AgentCreateParams = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    again.name = Some("copy".into());
    again.extra.remove("deleted_at");
    assert_eq!(again, params);
}

#[test]
fn a_conversion_names_missing_and_invalid_fields() {
    let partial: Agent = read(&json!({ "id": 7, "format": "outbound", "workspaceId": 1, "name": "a", "tone": "t" }));
    let error = AgentCreateParams::try_from(&partial).unwrap_err();
    assert!(
        error.to_string().starts_with("AgentCreateParams: invalid arguments (not sent): timezone: is required"),
        "{error}"
    );
    assert_eq!(fields(&error).last(), Some(&"phone_number"));
    let mut invalid = agent();
    invalid["welcome_msg_delay"] = json!({ "seconds": 3 });
    let error = AgentCreateParams::try_from(&read::<Agent>(&invalid)).unwrap_err();
    assert!(error.to_string().contains("welcome_msg_delay: expected a number, got {\"seconds\":3}"), "{error}");
}

#[tokio::test]
async fn an_action_that_was_read_is_sent_again_without_its_id() {
    let record = json!({
        "id": 3, "agentId": 7, "actionType": "webhook", "name": "n", "webhook_url": "https://a.example",
        "fields": "[{\"value\":\"v\",\"label\":\"l\"}]", "subject": null, "order": 2,
    });
    let server = Server::start([Reply::ok(record.clone())]).await;
    let action = Action::try_from(&read::<ActionRecord>(&record)).unwrap();
    server.client().actions().update(3, &action).await.unwrap();
    let sent = json!({
        "actionType": "webhook", "name": "n", "webhook_url": "https://a.example",
        "fields": "[{\"value\":\"v\",\"label\":\"l\"}]", "order": 2,
    });
    let mut body = body(&server);
    let list: Value = serde_json::from_str(body["fields"].as_str().unwrap()).unwrap();
    assert_eq!(list, json!([{ "value": "v", "label": "l" }]));
    body["fields"] = sent["fields"].clone();
    assert_eq!(body, sent);
    let partial: ActionRecord = read(&json!({ "id": 3, "actionType": "sms", "name": "n" }));
    assert_eq!(fields(&Action::try_from(&partial).unwrap_err()), ["instruction", "content"]);
    let untyped: ActionRecord = read(&json!({ "id": 3, "name": "n" }));
    assert!(Action::try_from(&untyped).unwrap_err().to_string().contains("action_type: is required"));
}

#[tokio::test]
async fn custom_fields_close_to_arguments_are_rejected_unsent() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    for name in ["custom_fields", "customfields", "check_field", "phoneNumber", "phone_number", "agent_id"] {
        let call = CallStartParams::to("+15550001234").with(name, "x");
        let error = client.calls().start(7, &call).await.unwrap_err();
        assert_eq!(fields(&error), [name]);
        assert!(error.message().contains("extra_body sends any field"), "{error}");
        client.calls().check_fields(7, &call).await.unwrap_err();
    }
    assert!(server.recorded().is_empty());
    let call = CallStartParams::to("+15550001234").with("agent_name", "Ada").with("phone", 1);
    client.calls().start(7, &call).await.unwrap();
    assert_eq!(body(&server), json!({ "phone_number": "+15550001234", "agent_name": "Ada", "phone": 1 }));
    let unchecked = client.with_options(|options| options.validate(false));
    unchecked.calls().start(7, &CallStartParams::to("+15550001234").with("check_field", 1)).await.unwrap();
    assert_eq!(body(&server)["check_field"], 1);
}

#[tokio::test]
async fn a_closed_list_rejects_other_values_unless_they_are_explicit() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let error = client.phone_numbers().list(1, "outbuond").await.unwrap_err();
    assert!(error.message().contains("did you mean outbound?"), "{error}");
    let changes = AgentPatchParams::builder().format("foo").instructions("").build();
    let error = client.agents().patch(1, &changes).await.unwrap_err();
    assert_eq!(fields(&error), ["format", "instructions"]);
    assert!(server.recorded().is_empty());
    client.actions().create(1, OtherAction::new("SMS")).await.unwrap();
    assert_eq!(body(&server)["payload"]["actionType"], "SMS");
}

#[tokio::test]
async fn misspelled_fields_are_rejected_unsent() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let near = "is not a documented field; did you mean instructions? (extra_body sends any field)";
    for changes in [
        AgentPatchParams::default().with("instruction", "x"),
        serde_json::from_value(json!({ "instruction": "x" })).unwrap(),
    ] {
        let error = client.agents().patch(7, &changes).await.unwrap_err();
        assert_eq!((fields(&error), error.field_errors()[0].reason.as_str()), (vec!["instruction"], near));
        let error = client.agents().patch_many([(7, changes)]).await.unwrap_err();
        assert_eq!(fields(&error), ["changes[7].instruction"]);
    }
    // Names that other voice APIs use would change nothing, either.
    let error = client.agents().patch(7, &AgentPatchParams::default().with("prompt", "x")).await.unwrap_err();
    assert!(error.message().contains("did you mean instructions?"), "{error}");
    let read: Agent = read(&agent());
    let params = AgentCreateParams::try_from(&read).unwrap();
    for (name, meant) in [("scripts", "script"), ("welcom_msg", "welcome_msg"), ("agentType", "agent_type")] {
        let params = params.clone().with(name, "x");
        for error in [client.agents().create(&params).await, client.agents().update(7, &params).await] {
            let error = error.unwrap_err();
            assert!(fields(&error) == [name] && error.message().contains(meant), "{error}");
        }
    }
    let calendar = GoogleCalendar::builder().name("n").google_title("t").instruction("i").google_duration("30 mins");
    let calendar = calendar.calendar_period("1week").with("google_descripton", "d").build();
    let error = client.actions().create(7, calendar).await.unwrap_err();
    assert_eq!(fields(&error), ["google_descripton"]);
    assert!(server.recorded().is_empty());
}

#[test]
fn a_field_that_a_server_wrote_under_two_names_is_copied_once() {
    let mut copied = agent();
    copied["workspaceId"] = json!(1);
    copied["workspace_id"] = json!("1");
    let params = AgentCreateParams::try_from(&read::<Agent>(&copied)).unwrap();
    assert_eq!(params.workspace_id, Some(1.into()));
    assert!(params.extra.get_json("workspace_id").is_none());
}

#[tokio::test]
async fn a_copied_agent_may_have_names_close_to_its_own() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let mut copied = agent();
    copied["instruction"] = json!("of the server");
    copied["model"] = json!("of the server");
    copied["agent_id"] = json!("7");
    let mut params = AgentCreateParams::try_from(&read::<Agent>(&copied)).unwrap();
    server.client().agents().update(7, &params).await.unwrap();
    params.extra.remove("agent_id");
    server.client().agents().create(&params).await.unwrap();
    assert_eq!(
        (&body(&server)["instruction"], &body(&server)["model"]),
        (&json!("of the server"), &json!("of the server"))
    );
    let client = server.client().with_options(|options| {
        options.extra_body(serde_json::Map::from_iter([("scripts".to_owned(), json!("sent"))]))
    });
    client.agents().create(&params).await.unwrap();
    assert_eq!(body(&server)["scripts"], "sent");
}

#[tokio::test]
async fn the_agent_of_a_call_is_not_a_custom_field_unchecked() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client().with_options(|options| options.validate(false));
    let call = CallStartParams::to("+15550001234").with("agent_id", 5);
    let error = client.calls().start(7, &call).await.unwrap_err();
    assert!(error.message().contains("agent_id: is an argument of calls.start"), "{error}");
    let error = client.calls().start_many(7, [("a", call)]).await.unwrap_err();
    assert!(error.message().contains("calls[a].agent_id: is an argument of calls.start"), "{error}");
    assert!(server.recorded().is_empty());
    let same = CallStartParams::to("+15550001234").with("agent_id", 7);
    client.calls().start_many(7, [("a", same)]).await.unwrap();
    assert_eq!(server.recorded().len(), 1);
}

#[test]
fn two_names_of_one_field_are_an_error() {
    let number = "+15550001234";
    for fields in [
        json!({ "phone_number": number, "phoneNumber": "+15550009999" }),
        json!({ "phone_number": null, "phoneNumber": number }),
    ] {
        let error = serde_json::from_value::<CallStartParams>(fields).unwrap_err().to_string();
        assert!(error.contains("phone_number: is given twice, also as phoneNumber"), "{error}");
    }
    let error = CallStartParams::from_row([("phoneNumber", number), ("phone_number", "+15550009999")]).unwrap_err();
    assert!(error.message().contains("is given twice"), "{error}");
    let same = json!({ "phone_number": number, "phoneNumber": number });
    assert_eq!(serde_json::from_value::<CallStartParams>(same).unwrap(), CallStartParams::to(number));
}

/// A JSON text of an agent with more fields.
fn agent_with(fields: &str) -> String {
    agent().to_string().replacen('{', &format!("{{{fields},"), 1)
}

#[tokio::test]
async fn a_copied_field_that_cannot_be_sent_is_an_error() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let unsendable =
        r#""half":"\ud800","far":{"deep":[1e999]},"big":123456789012345678901,"below":[-9223372036854775809]"#;
    let copied: Agent = serde_json::from_str(&agent_with(unsendable)).unwrap();
    let mut params = AgentCreateParams::try_from(&copied).unwrap();
    let names = ["half", "far", "big", "below"];
    for error in [client.agents().create(&params).await, client.agents().update(7, &params).await] {
        let error = error.unwrap_err();
        assert_eq!(fields(&error), names);
        assert!(error.message().contains("half: cannot be encoded as JSON: lone surrogate in a string"), "{error}");
        assert!(error.message().contains("big: contains an integer that does not fit in 64 bits"), "{error}");
    }
    let error = client.agents().create_many([("a", params.clone())]).await.unwrap_err();
    assert_eq!(fields(&error), names.map(|name| format!("agents[a].{name}")));
    let unchecked = client.with_options(|options| options.validate(false));
    assert_eq!(fields(&unchecked.agents().create(&params).await.unwrap_err()), names);
    assert!(server.recorded().is_empty());

    for name in names {
        params.extra.remove(name);
    }
    params.extra.insert("fits", u64::MAX);
    params.extra.insert("real", 1e30);
    client.agents().create(&params).await.unwrap();
    assert_eq!((&body(&server)["fits"], &body(&server)["real"]), (&json!(u64::MAX), &json!(1e30)));
}

#[tokio::test]
async fn a_copied_action_that_cannot_be_sent_is_an_error() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let sms = r#"{"id":1,"action_type":"sms","name":"n","instruction":"i","content":"c","far":1e999}"#;
    let action = Action::try_from(&serde_json::from_str::<ActionRecord>(sms).unwrap()).unwrap();
    let error = server.client().actions().create(7, action).await.unwrap_err();
    assert_eq!(fields(&error), ["action.far"]);
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn fields_without_a_name_are_rejected_unsent() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let call = CallStartParams::to("+15550001234");
    let sms = SendSms::builder().name("n").instruction("i").content("c");
    let without_name = || serde_json::Map::from_iter([(" ".to_owned(), json!(1))]);
    let body = client.with_options(|options| options.extra_body(without_name()));
    let errors = [
        client.calls().start(7, &call.clone().with("", "x")).await.map(drop),
        client.agents().patch(7, &AgentPatchParams::default().with(" ", "x")).await.map(drop),
        client.actions().create(7, sms.with("", "x").build()).await.map(drop),
        body.calls().start(7, &call).await.map(drop),
        client.calls().start_many(7, [("a", call.clone().with("", "x"))]).await.map(drop),
    ];
    for error in errors {
        let error = error.unwrap_err();
        assert!(error.message().contains("the name of a field must not be empty"), "{error}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_field_with_the_name_of_an_argument_is_rejected() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let client = server.client();
    let call = CallStartParams::to("+15550001234").with("agent_id", 5);
    let changes = AgentPatchParams::default().with("tone", "Warm").with("agent_id", 5);
    let params = AgentCreateParams::try_from(&read::<Agent>(&agent())).unwrap().with("agent_id", 5);
    let errors = [
        (
            client.calls().start(7, &call).await.map(drop),
            "agent_id: is not sent as a custom field: agent_id is an argument of calls.start",
        ),
        (
            client.calls().start_many(7, [("a", call)]).await.map(drop),
            "calls[a].agent_id: is not sent as a custom field",
        ),
        (client.agents().patch(7, &changes).await.map(drop), "agent_id: is an argument of agents.patch"),
        (
            client.agents().patch_many([(7, changes)]).await.map(drop),
            "changes[7].agent_id: is an argument of agents.patch",
        ),
        (client.agents().update(7, &params).await.map(drop), "agent_id: is an argument of agents.update"),
        (
            client.calls().start(7, &CallStartParams::to("+15550001234").with("custom_fields", 1)).await.map(drop),
            "pass each custom field under its own name",
        ),
    ];
    for (error, expected) in errors {
        let error = error.unwrap_err();
        assert!(error.message().contains(expected), "{error}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_started_call_tells_whether_it_has_an_id() {
    let server = Server::start([Reply::ok(json!({ "id": 1 })), Reply::ok(json!({}))]).await;
    let call = CallStartParams::to("+15550001234");
    for has_id in [true, false] {
        let started = server.client().calls().start(7, &call).await.unwrap();
        assert_eq!((started.has_id, started.id.is_missing()), (has_id, !has_id));
    }
}

#[test]
fn ids_are_made_of_all_integers() {
    let ids = [Id::from(&7_u64), Id::from(7_u16), Id::from(7_isize), Id::from(&7_i32), Id::from(&7_usize)];
    assert!(ids.iter().all(|id| *id == 7));
    assert_eq!(Id::from(u64::MAX), u64::MAX);
}

#[test]
fn a_list_can_be_changed_in_place() {
    let mut agents: List<Agent> = read(&json!([agent(), agent()]));
    for agent in &mut agents {
        agent.name = Some("changed".into());
    }
    assert!(agents.iter().all(|agent| agent.name.as_deref() == Some("changed")));
}
