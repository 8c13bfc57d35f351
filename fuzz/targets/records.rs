//! Every record decodes any JSON object and encodes it without loss.
#![no_main]

use callfluent::bindings::schema::Naming;
use callfluent::{
    ActionRecord, Agent, AgentDetails, Call, CorsOrigins, CustomField, KnowledgeFile, List, PhoneNumber,
    PhoneNumberList, Profile, Record, User, Workspace,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
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
});

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
