//! The hashes of a request that a journal stores. They find items that were changed, and phone
//! numbers that were called, without a copy of the user's data in the file.

use serde_json::Value;

use super::operation::BulkOperation;
use crate::body::Body;
use crate::json::{Document, Json};
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
        let body = match &request.body {
            Body::Json(body) => sorted(body),
            _ => Vec::new(),
        };
        Self {
            request: hash(request.path.bytes().chain([0]).chain(body)),
            number: number.map(|number| hash(number.bytes())),
            path: Some(hash(request.path.bytes())),
        }
    }
}

/// Returns JSON with the names of each object in order. `serde_json` writes them so, unless any
/// crate of the program enables its feature `preserve_order`: the journals would then differ.
fn sorted(json: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(json.len());
    match Document::parse(json) {
        Ok(document) => write_sorted(document.root(), &mut text),
        Err(_) => return json.to_vec(),
    }
    text.into_bytes()
}

fn write_sorted(json: Json<'_>, text: &mut String) {
    let separate = |text: &mut String, index: usize| {
        if index > 0 {
            text.push(',');
        }
    };
    if let Some(entries) = json.entries() {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by(|one, other| one.key().cmp(&other.key()));
        text.push('{');
        for (index, entry) in entries.into_iter().enumerate() {
            separate(text, index);
            text.push_str(entry.name.get());
            text.push(':');
            write_sorted(entry.raw, text);
        }
        text.push('}');
    } else if let Some(elements) = json.elements() {
        text.push('[');
        for (index, element) in elements.enumerate() {
            separate(text, index);
            write_sorted(element, text);
        }
        text.push(']');
    } else {
        text.push_str(json.get());
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
    if operation.item.idempotency != Idempotency::AtMostOnce {
        return None;
    }
    let fields =
        operation.item.parameters.iter().find_map(|parameter| match (parameter.location, &parameter.field.kind) {
            (Location::Fields, Kind::Record(record)) => Some(record.fields),
            _ => None,
        })?;
    let field = fields.iter().find(|field| matches!(field.kind, Kind::PhoneNumber))?;
    let Body::Json(body) = &request.body else {
        return None;
    };
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get(field.json_name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(body: &str) -> String {
        let request = EncodedRequest {
            operation: "agents.create",
            path: "/agent/create".to_owned(),
            template: None,
            query: Vec::new(),
            body: Body::Json(body.to_owned().into()),
            authenticated: true,
            secrets: Vec::new(),
        };
        Fingerprint::new(&request, None).request
    }

    #[test]
    fn the_order_of_names_does_not_change_the_hash() {
        let sorted = r#"{"a":"\u00e9\"","b":{"a":[{"x":1.50,"y":{}},[]],"z":null},"\u00e9":1}"#;
        let of_journals = hash("/agent/create\0".bytes().chain(sorted.bytes()));
        assert_eq!(fingerprint(sorted), of_journals);
        let unsorted = r#"{"\u00e9":1,"b":{"z":null,"a":[{"y":{},"x":1.50},[]]},"a":"\u00e9\""}"#;
        assert_eq!(fingerprint(unsorted), of_journals);
        assert_ne!(fingerprint(&unsorted.replace("1.50", "1.5")), of_journals);
    }
}
