//! Any bytes as the answer to any operation, under any status: a result or an error that says something, and that does not
//! say the key. This goes through the whole client, from the socket to the public value.
#![no_main]

use callfluent_fuzz::{KEY, Server, operation, right_arguments};
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500];

fuzz_target!(|input: &[u8]| {
    let [which, status, body @ ..] = input else {
        return;
    };
    let operation = operation(*which);
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let (result, _) = Server::shared().call(operation, right_arguments(operation), status, body);
    match result {
        Ok(value) => assert!((200..300).contains(&status) && !value.to_string().is_empty()),
        Err(error) => {
            let text = format!("{error} {error:?}");
            assert!(!error.to_string().is_empty());
            assert!(!text.contains(KEY), "the key is in an error");
        }
    }
});
