//! The fuzz targets: what holds for any input.

use callfluent::bindings::schema::Naming;
use callfluent::{
    ActionRecord, Agent, AgentDetails, Call, CorsOrigins, CustomField, Error, KnowledgeFile, List, PhoneNumber,
    PhoneNumberList, Profile, Record, User, Workspace,
};
use serde_json::{Map, Value};

use crate::server::{KEY, Server, operation, valid_arguments};

/// A function that panics if its property does not hold for an input.
pub type Target = fn(&[u8]);

/// Every target with its name, which is the name of its binary and of its folder of seeds.
pub const TARGETS: [(&str, Target); 3] = [("arguments", arguments), ("records", records), ("responses", responses)];

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500];

/// Any JSON object as the arguments of any operation: a request below the base URL, or an error
/// before anything is sent.
pub fn arguments(input: &[u8]) {
    let [which, arguments @ ..] = input else {
        return;
    };
    let Ok(arguments) = serde_json::from_slice::<Map<String, Value>>(arguments) else {
        return;
    };
    let (result, sent) = Server::shared().run(operation(*which), arguments, 200, br#"{"status":true,"data":[]}"#);
    if matches!(result, Err(Error::InvalidRequest(_))) {
        assert!(sent.is_empty(), "an invalid request was sent");
    }
    for head in sent {
        let line = head.lines().next().unwrap_or_default();
        let target = line.split(' ').nth(1).unwrap_or_default();
        assert!(line.ends_with(" HTTP/1.1") && line.split(' ').count() == 3, "{line}");
        assert!(target.starts_with("/api/") && !target.contains("/../") && !target.contains('#'), "{line}");
        assert!(head.lines().all(str::is_ascii), "{head}");
    }
}

/// Every record decodes any JSON object and encodes it without loss.
pub fn records(input: &[u8]) {
    let Ok(sent) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    if sent.is_array() {
        let list: List<Agent> = serde_json::from_value(sent.clone()).expect("every list is decoded");
        assert_eq!(serde_json::to_value(&list).expect("it is encoded"), sent);
    }
    lossless::<ActionRecord>(&sent);
    lossless::<Agent>(&sent);
    lossless::<AgentDetails>(&sent);
    lossless::<Call>(&sent);
    lossless::<CorsOrigins>(&sent);
    lossless::<CustomField>(&sent);
    lossless::<KnowledgeFile>(&sent);
    lossless::<PhoneNumberList>(&sent);
    lossless::<PhoneNumber>(&sent);
    lossless::<Profile>(&sent);
    lossless::<User>(&sent);
    lossless::<Workspace>(&sent);
}

fn lossless<T: Record>(sent: &Value) {
    let Ok(record) = serde_json::from_value::<T>(sent.clone()) else {
        assert!(!sent.is_object(), "an object was not decoded");
        return;
    };
    let written = serde_json::to_string(&record).expect("it is encoded");
    assert_eq!(serde_json::from_str::<Value>(&written).expect("it is JSON"), *sent);
    let again: T = serde_json::from_str(&written).expect("it is decoded again");
    assert!(again == record, "it decodes differently the second time");
    let public = record.to_public(Naming::Camel);
    assert!(
        sent.as_object().is_none_or(|fields| public.len() <= fields.len()),
        "the public form has additional fields"
    );
}

/// Any bytes as the response to any operation, with any status: the outcome is a result, or an
/// error with a message and without the key. The input passes the whole client, from the socket to
/// the public value.
pub fn responses(input: &[u8]) {
    let [which, status, body @ ..] = input else {
        return;
    };
    let operation = operation(*which);
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let (result, _) = Server::shared().run(operation, valid_arguments(operation), status, body);
    match result {
        Ok(value) => assert!((200..300).contains(&status) && !value.to_string().is_empty()),
        Err(error) => {
            let text = format!("{error} {error:?}");
            assert!(!error.to_string().is_empty());
            assert!(!text.contains(KEY), "the key is in an error");
        }
    }
}
