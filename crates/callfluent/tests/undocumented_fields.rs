//! Undocumented fields keep their order and every digit, and decode into the program's types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use callfluent::{Agent, Call, Extra, Id};
use serde::Deserialize;
use serde_json::{Value, json};

const CALL: &str = r#"{"id":7,"zone":"b","duration":0.30000000000000004,"answers":{"z":1,"a":[true,null]},"big":123456789012345678901,"area":"\u00e9"}"#;

fn call() -> Call {
    serde_json::from_str(CALL).unwrap()
}

#[derive(Debug, Deserialize, PartialEq)]
struct MyCall {
    id: u64,
    duration: f64,
    answers: MyAnswers,
    cost: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct MyAnswers {
    z: i32,
}

#[test]
fn a_field_decodes_into_the_type_that_is_asked_for() {
    let call = call();
    assert_eq!(call.get::<f64>("duration"), Some(0.1 + 0.2));
    assert_eq!(call.get::<String>("area").as_deref(), Some("é"));
    assert_eq!(call.get::<MyAnswers>("answers"), Some(MyAnswers { z: 1 }));
    assert_eq!(call.get::<Value>("answers"), Some(json!({ "a": [true, null], "z": 1 })));
    assert_eq!(call.get::<String>("duration"), None);
    assert_eq!(call.get::<f64>("cost"), None);
}

#[test]
fn documented_fields_are_found_by_their_names() {
    let agent: Agent =
        serde_json::from_str(r#"{"id":"7","workspaceId":3,"name":"a","welcome_msg_delay":"2"}"#).unwrap();
    for name in ["workspaceId", "workspace_id"] {
        assert_eq!(agent.get::<Id>(name), Some(3.into()));
    }
    assert_eq!(agent.get::<String>("name").as_deref(), Some("a"));
    assert_eq!(agent.get::<String>("tone"), None);
}

#[test]
fn a_record_decodes_into_a_type_of_the_program() {
    let wanted = MyCall { id: 7, duration: 0.1 + 0.2, answers: MyAnswers { z: 1 }, cost: None };
    assert_eq!(call().parse::<MyCall>().unwrap(), wanted);
    let other: Call = serde_json::from_str(r#"{"id":7}"#).unwrap();
    assert_eq!(other.parse::<MyCall>().unwrap_err().to_string(), "missing field `duration`");
}

#[test]
fn the_order_of_the_server_and_all_digits_are_kept() {
    let call = call();
    assert_eq!(call.extra.keys().collect::<Vec<_>>(), ["zone", "duration", "answers", "big", "area"]);
    assert_eq!(call.extra.get_json("big"), Some("123456789012345678901"));
    assert_eq!(call.extra.iter().nth(3), Some(("big".to_owned(), json!("123456789012345678901"))));
    let written = serde_json::to_string(&call).unwrap();
    assert_eq!(written.replace("é", "\\u00e9"), CALL);
}

#[test]
fn fields_can_be_changed() {
    let mut extra = call().extra;
    assert_eq!(extra.insert("zone", "c"), Some(json!("b")));
    assert_eq!(extra.insert("new \"name\"", json!([1])), None);
    assert_eq!(extra.remove("answers"), Some(json!({ "z": 1, "a": [true, null] })));
    assert_eq!(extra.remove("answers"), None);
    assert_eq!(extra.keys().collect::<Vec<_>>(), ["zone", "duration", "big", "area", "new \"name\""]);
    assert_eq!(extra.get::<Vec<u8>>("new \"name\""), Some(vec![1]));
    assert_eq!((extra.len(), extra.is_empty()), (5, false));
    for name in extra.keys().collect::<Vec<_>>() {
        extra.remove(&name);
    }
    assert!(extra.is_empty() && extra == Extra::new(), "{extra:?}");
}

#[test]
fn the_last_of_several_equal_names_counts() {
    let call: Call = serde_json::from_str(r#"{"id":1,"a":1,"b":2,"a":3,"\u0062":4}"#).unwrap();
    assert_eq!((call.get::<i32>("a"), call.get::<i32>("b")), (Some(3), Some(4)));
    assert_eq!(call.extra.iter().collect::<Vec<_>>(), [("a".to_owned(), json!(3)), ("b".to_owned(), json!(4))]);
    assert_eq!(call.extra, Extra::from_iter([("b", 4), ("a", 3)]));
    assert_eq!(format!("{:?}", call.extra), r#"{"a": 3, "b": 4}"#);
}
