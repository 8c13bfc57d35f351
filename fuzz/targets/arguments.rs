//! Any JSON object as the arguments of any operation: a request below the base URL, or an error
//! before anything is sent.
#![no_main]

use callfluent::Error;
use callfluent_fuzz::{Server, operation};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|input: &[u8]| {
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
        assert!(head.lines().all(|line| line.is_ascii()), "{head}");
    }
});
