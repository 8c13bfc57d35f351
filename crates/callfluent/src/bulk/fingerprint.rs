//! The hashes of a request that a journal stores. They find items that were changed, and phone
//! numbers that were called, without a copy of the user's data in the file.

use serde_json::Value;

use super::operation::BulkOperation;
use crate::body::Body;
use crate::operation::{Idempotency, Location};
use crate::request::EncodedRequest;
use crate::schema::Kind;

/// Hashes of a request. They are the same in every release and language.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fingerprint {
    /// Hash of path and body.
    pub(crate) request: String,
    /// Hash of the phone number that the request dials.
    pub(crate) number: Option<String>,
    /// Hash of the path, which contains the agent.
    pub(crate) path: Option<String>,
}

impl Fingerprint {
    /// Returns the fingerprint of a request that dials `number`.
    pub(super) fn new(request: &EncodedRequest, number: Option<&str>) -> Self {
        let body: &[u8] = match &request.body {
            Body::Json(body) => body,
            _ => &[],
        };
        Self {
            request: hash(request.path.bytes().chain([0]).chain(body.iter().copied())),
            number: number.map(|number| hash(number.bytes())),
            path: Some(hash(request.path.bytes())),
        }
    }
}

/// Returns a hash that finds changes, not attacks (FNV-1a, 64 bits).
fn hash(bytes: impl Iterator<Item = u8>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// Returns the phone number that a request dials. Two items with one number would phone a person
/// twice. The phone number of an agent is not dialed, so many agents can have it.
pub(super) fn dialed_number(operation: &BulkOperation, request: &EncodedRequest) -> Option<String> {
    if operation.operation.idempotency != Idempotency::AtMostOnce {
        return None;
    }
    let fields = operation.operation.parameters.iter().find_map(|parameter| {
        match (parameter.location, &parameter.field.kind) {
            (Location::Fields, Kind::Record(record)) => Some(record.fields),
            _ => None,
        }
    })?;
    let field = fields.iter().find(|field| matches!(field.kind, Kind::PhoneNumber))?;
    let Body::Json(body) = &request.body else {
        return None;
    };
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get(field.json_name)?.as_str().map(str::to_owned)
}
