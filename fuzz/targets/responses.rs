//! Any bytes as the response to any operation, with any status.
//!
//! The outcome is a result, or an error with a message and without the key. The input passes the
//! whole client, from the socket to the public value.
#![no_main]

use callfluent_fuzz::{KEY, Server, operation, valid_arguments};
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500];

fuzz_target!(|input: &[u8]| {
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
});
