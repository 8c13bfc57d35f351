//! Arguments from rows of strings, such as lines of a CSV file: a phone number keeps its plus and
//! its zeros, whatever reads the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use callfluent::{Action, AgentCreateParams, AgentPatchParams, CallForwarding, CallStartParams, Error, OtherAction};
use serde::Deserialize;
use serde_json::{Value, json};
use support::{Reply, Server};

const LEADS: &str = "phone_number,name,zip,callback\n+15550001234,Ada,02134,+441632960000\n+1 555 000 9876,,007,\n";

const AGENTS: &str = "\
\u{feff}workspace_id, format ,timezone,name,lang,voice,agentType,background,goal,tone,instructions,phone_number,\
call_recording,welcome_msg_delay,blocked_phone_types,script
1,Outbound,UTC+00:00,007,en,alloy,sales,A bakery.,Take orders,Friendly,\"Ask, then wait.\",+12015550104,yes,3,\"1, 2\",
";

fn rows<T>(table: &str, from_row: impl Fn(Vec<(String, String)>) -> T) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().unwrap().clone();
    let cells = |line: csv::StringRecord| {
        header.iter().zip(&line).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|line| from_row(cells(line.unwrap()))).collect()
}

fn deserialized<T: serde::de::DeserializeOwned>(table: &str) -> Vec<Result<T, csv::Error>> {
    csv::Reader::from_reader(table.as_bytes()).into_deserialize().collect()
}

fn fields(error: &Error) -> Vec<(&str, &str)> {
    error.field_errors().iter().map(|error| (&*error.field, &*error.reason)).collect()
}

async fn sent(call: &CallStartParams) -> Value {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    server.client().calls().start(7, call).await.unwrap();
    server.recorded()[0].json()
}

#[tokio::test]
async fn phone_numbers_of_a_row_keep_plus_and_zeros() {
    let calls = rows(LEADS, |row| CallStartParams::from_row(row).unwrap());
    let first = json!({ "phone_number": "+15550001234", "name": "Ada", "zip": "02134", "callback": "+441632960000" });
    assert_eq!(sent(&calls[0]).await, first);
    assert_eq!(sent(&calls[1]).await, json!({ "phone_number": "+15550009876", "zip": "007" }));
    // The same by serde.
    let same: Vec<CallStartParams> = deserialized(LEADS).into_iter().map(Result::unwrap).collect();
    assert_eq!(same, calls);
}

#[test]
fn cells_are_decoded_as_their_fields() {
    let params = rows(AGENTS, |row| AgentCreateParams::from_row(row).unwrap()).remove(0);
    let expected = AgentCreateParams::builder()
        .workspace_id(1)
        .format("outbound")
        .timezone("UTC+00:00")
        .name("007")
        .lang("en")
        .voice("alloy")
        .agent_type("sales")
        .background("A bakery.")
        .goal("Take orders")
        .tone("Friendly")
        .instructions("Ask, then wait.")
        .phone_number("+12015550104")
        .call_recording(true)
        .welcome_msg_delay(3)
        .blocked_phone_types([1, 2]);
    assert_eq!(params, expected.build());
    let table = AGENTS.replace(" format ", "format").replace("Outbound", "outbound");
    assert_eq!(deserialized::<AgentCreateParams>(&table).remove(0).unwrap(), params);
}

#[test]
fn every_problem_of_a_row_is_named() {
    let row = [("call_recording", "maybe"), ("welcome_msg_delay", "soon"), ("instrctions", "x"), ("prompt", "y")];
    let error = AgentPatchParams::from_row(row.into_iter().chain([("name", "a"), ("name", "b")])).unwrap_err();
    let found = fields(&error);
    let names: Vec<_> = found.iter().map(|(field, _)| *field).collect();
    assert_eq!(names, ["call_recording", "welcome_msg_delay", "name", "instrctions", "prompt"]);
    assert!(found[0].1.contains("yes or no, 1 or 0, got the string \"maybe\""), "{error}");
    assert!(found[2].1.contains("two columns"), "{error}");
    assert!(found[3].1.contains("did you mean instructions?") && found[4].1.contains("instructions"), "{error}");
    assert!(error.to_string().starts_with("AgentPatchParams: invalid arguments (not sent): "), "{error}");
}

#[test]
fn an_error_of_a_cell_lists_the_values() {
    let row = [("format", "inbuond"), ("blocked_phone_types", "mobile, landlin")];
    let error = AgentPatchParams::from_row(row).unwrap_err();
    let reasons: Vec<_> = fields(&error).iter().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons[0], "expected one of outbound, inbound, got \"inbuond\"; did you mean inbound?");
    assert!(reasons[1].starts_with("expected a number, or one of landline, mobile, fixedVoip, "), "{error}");
    assert!(reasons[1].ends_with(", got \"landlin\"; did you mean landline?"), "{error}");
    let params = AgentPatchParams::from_row([("blocked_phone_types", "mobile, landline, 7")]).unwrap();
    assert_eq!(params, AgentPatchParams::builder().blocked_phone_types([2, 1, 7]).build());
}

#[test]
fn an_error_has_the_name_of_the_column() {
    let error = AgentPatchParams::from_row([("callRecording", "maybe")]).unwrap_err();
    assert_eq!(fields(&error)[0].0, "callRecording");
}

#[test]
fn a_row_becomes_the_action_of_its_type() {
    let row = |action_type| {
        let cells = [("name", "n"), ("instruction", "i"), ("forwardNumber", "+15550001234"), ("content", "")];
        cells.into_iter().chain([("action_type", action_type)])
    };
    let forwarding = CallForwarding::builder().name("n").instruction("i").forward_number("+15550001234").build();
    assert_eq!(Action::from_row(row("callForwarding")).unwrap(), Action::from(&forwarding));
    assert_eq!(CallForwarding::from_row(row("callForwarding")).unwrap(), forwarding);
    let error = Action::from_row(row("sms")).unwrap_err();
    assert_eq!(fields(&error)[0].0, "forwardNumber");
    let error = Action::from_row(row("fax")).unwrap_err();
    assert!(fields(&error)[0].1.contains("expected one of sendEmail, callForwarding, sms"), "{error}");
}

#[test]
fn a_phone_number_that_is_a_number_is_an_error() {
    #[derive(Debug, Deserialize)]
    struct Lead {
        #[serde(flatten)]
        _call: CallStartParams,
    }
    let error = deserialized::<Lead>(LEADS).remove(0).unwrap_err().to_string();
    assert!(error.contains("phone_number: got 15550001234, which may have lost a plus"), "{error}");
    let error = deserialized::<Lead>("phone_number,zip\n+1 555 000 1234,02134\n").remove(0).unwrap_err().to_string();
    assert!(error.contains("zip: got 2134") && error.contains("from_row"), "{error}");
    assert!(deserialized::<Lead>("phone_number,zip\n+1 555 000 1234,\n").remove(0).is_ok());
    let remedy = "phone_number: expected a phone number in E.164 format, such as +15550001234, got 15550001234; a \
                  number has lost the plus and the leading zeros of a phone number: pass a string, and read rows of \
                  strings with CallStartParams::from_row";
    let error = serde_json::from_value::<CallStartParams>(json!({ "phone_number": 15550001234_u64 })).unwrap_err();
    assert_eq!(error.to_string(), remedy);
    for number in [json!(1), json!(1.5), json!(true)] {
        let error = serde_json::from_value::<AgentPatchParams>(json!({ "phoneNumber": number })).unwrap_err();
        assert!(error.to_string().contains("AgentPatchParams::from_row"), "{error}");
        let action = json!({ "action_type": "callForwarding", "forward_number": number });
        let error = serde_json::from_value::<Action>(action).unwrap_err();
        assert!(error.to_string().contains("CallForwarding::from_row"), "{error}");
    }
    assert_eq!(serde_json::from_value::<AgentPatchParams>(json!({ "phone_number": null })).unwrap().phone_number, None);
}

#[tokio::test]
async fn an_undocumented_action_keeps_its_cells() {
    let server = Server::start([Reply::ok(json!({ "id": 1 }))]).await;
    let action: Vec<Action> = deserialized("action_type,page\nfax,007\n").into_iter().map(Result::unwrap).collect();
    assert_eq!(action, [OtherAction::new("fax").with("page", "007").into()]);
    server.client().actions().update(9, &action[0]).await.unwrap();
    assert_eq!(server.recorded()[0].json(), json!({ "actionType": "fax", "page": "007" }));
}
