//! Decodes a success response: finds the payload in the envelope, decodes it and reports drift.

use http::StatusCode;

use super::created::find_created;
use super::envelope::{ApiRejection, Payload, parse_envelope, strip_bom};
use super::error;
use crate::api_key::ApiKey;
use crate::decode::{Decode, DecodeContext, PublicJson};
use crate::drift::{Drift, FoundDrift};
use crate::error::{Error, Result};
use crate::json::{Document, Json};
use crate::operation::Operation;
use crate::schema::{Kind, Naming};
use crate::transport::Response;

/// Decodes responses with the settings of a client.
pub(crate) struct ResponseDecoder<'a> {
    pub(crate) key: &'a ApiKey,
    pub(crate) drift: &'a Drift,
    /// Naming of fields in error messages.
    pub(crate) naming: Naming,
    /// True if drift is an error.
    pub(crate) strict: bool,
    /// Values by which a created object is found in a list of all objects.
    pub(crate) created: Vec<(&'static str, serde_json::Value)>,
}

impl ResponseDecoder<'_> {
    /// Returns a decoder that finds a created object in a list of all objects.
    pub(crate) fn finding(mut self, created: Vec<(&'static str, serde_json::Value)>) -> Self {
        self.created = created;
        self
    }

    /// Decodes the response of an operation.
    pub(crate) fn decode<T: Decode>(&self, operation: &Operation, response: &Response) -> Result<T> {
        self.decode_with(operation, response, |payload, context| match payload {
            Some(json) => T::decode(json, context).map(|decoded| decoded.value),
            None => Some(T::absent()),
        })
    }

    /// Decodes the response of an operation as public JSON.
    pub(crate) fn decode_public(
        &self,
        operation: &Operation,
        response: &Response,
        naming: Naming,
    ) -> Result<PublicJson> {
        self.decode_with(operation, response, |payload, context| (operation.decode_public)(payload, context, naming))
    }

    /// Returns the whole response of a request that is not in the catalog.
    pub(crate) fn decode_undocumented(&self, response: &Response, naming: Naming) -> Result<PublicJson> {
        let mut out = PublicJson::new(naming);
        if response.head.status == StatusCode::NO_CONTENT {
            out.value(&());
            return Ok(out);
        }
        let document = self.parse(response)?;
        parse_envelope(document.root()).map_err(|rejection| self.rejected(response, rejection))?;
        if out.undocumented_response(document.root()) {
            return Ok(out);
        }
        Err(error::undecodable(response, "response JSON exceeds the limits of the parser".into(), self.key))
    }

    /// Finds the payload and decodes it. `decode` gets `None` if the response contains no payload.
    fn decode_with<R>(
        &self,
        operation: &Operation,
        response: &Response,
        decode: impl FnOnce(Option<Json<'_>>, &mut DecodeContext<'_>) -> Option<R>,
    ) -> Result<R> {
        self.decode_checked(operation, response, decode)
            .map_err(|error| error::with_operation(error, operation, self.naming))
    }

    fn decode_checked<R>(
        &self,
        operation: &Operation,
        response: &Response,
        decode: impl FnOnce(Option<Json<'_>>, &mut DecodeContext<'_>) -> Option<R>,
    ) -> Result<R> {
        let mut found = FoundDrift::new();
        let value = self.decode_payload(operation, response, &mut found, decode)?;
        if !found.is_empty() {
            self.drift.add(&found, self.key, self.naming);
        }
        let Some(value) = value else {
            let message = format!("response does not contain {}", operation.output.expectation());
            return Err(error::undecodable(response, message, self.key));
        };
        if self.strict && !found.is_empty() {
            return Err(error::undecodable(response, self.drift_message(&found), self.key));
        }
        Ok(value)
    }

    fn decode_payload<R>(
        &self,
        operation: &Operation,
        response: &Response,
        found: &mut FoundDrift,
        decode: impl FnOnce(Option<Json<'_>>, &mut DecodeContext<'_>) -> Option<R>,
    ) -> Result<Option<R>> {
        let mut context = DecodeContext::with_drift(operation.name, found);
        if operation.accepts_any_success {
            let text = started(operation, response).map_err(|rejection| self.rejected(response, rejection))?;
            return Ok(Document::parse(text.as_bytes())
                .ok()
                .and_then(|document| decode(Some(document.root()), &mut context)));
        }
        if response.head.status == StatusCode::NO_CONTENT {
            if !matches!(operation.output, Kind::List(_) | Kind::Page(_) | Kind::Nothing) {
                return Err(error::empty(response, self.key));
            }
            return Ok(decode(None, &mut context));
        }
        let document = self.parse(response)?;
        let envelope = parse_envelope(document.root());
        if matches!(operation.output, Kind::Nothing) {
            envelope.map_err(|rejection| self.rejected(response, rejection))?;
            return Ok(decode(None, &mut context));
        }
        let payload = envelope.and_then(|envelope| envelope.payload(operation));
        Ok(match payload.map_err(|rejection| self.rejected(response, rejection))? {
            Some(Payload::Value(json)) => match find_created(json, &self.created) {
                Some(json) => decode(Some(json), &mut context),
                None => None,
            },
            Some(Payload::WithoutEnvelope(text)) => {
                Document::parse(text.as_bytes()).ok().and_then(|document| decode(Some(document.root()), &mut context))
            }
            Some(Payload::Missing) => {
                context.missing_field("data");
                decode(None, &mut context)
            }
            None => None,
        })
    }

    fn parse<'b>(&self, response: &'b Response) -> Result<Document<'b>> {
        let body = strip_bom(&response.body);
        if body.is_empty() {
            return Err(error::empty(response, self.key));
        }
        Document::parse(body).map_err(|error| error::not_json(response, &error, self.key))
    }

    fn rejected(&self, response: &Response, rejection: ApiRejection) -> Error {
        error::rejected(response, rejection, self.key)
    }

    /// Returns the error of a response whose result cannot be used.
    pub(crate) fn unusable(&self, response: &Response, message: &str) -> Error {
        error::undecodable(response, message.to_owned(), self.key)
    }

    fn drift_message(&self, found: &FoundDrift) -> String {
        let shown = |entry: &crate::drift::DriftEntry| entry.redacted(self.key).named(self.naming).to_string();
        let mut entries: Vec<_> = found.values().map(shown).collect();
        entries.sort_unstable();
        format!("response differs from the documentation: {}", entries.join("; "))
    }
}

/// Returns the record of a success response with any body: its fields, and whether there is an ID.
///
/// # Errors
/// [`ApiRejection`] if the body rejects the request.
fn started(operation: &Operation, response: &Response) -> std::result::Result<String, ApiRejection> {
    let document = Document::parse(strip_bom(&response.body)).ok();
    let Some(document) = &document else {
        return Ok(with_id_mark(None));
    };
    Ok(match parse_envelope(document.root())?.payload(operation)? {
        Some(Payload::Value(record)) => with_id_mark(Some(record)),
        Some(Payload::WithoutEnvelope(text)) => {
            let document = Document::parse(text.as_bytes()).ok();
            with_id_mark(document.as_ref().map(Document::root))
        }
        Some(Payload::Missing) | None => with_id_mark(None),
    })
}

/// Returns a record with the field `has_id`, and with an ID of null if it has none.
fn with_id_mark(record: Option<Json<'_>>) -> String {
    const HAS_ID: &str = "has_id";
    let entries = record.and_then(Json::entries);
    let id = entries.as_ref().and_then(|entries| entries.get("id"));
    let has_id = id.is_some_and(|id| id.first().is_ascii_digit() || (id.get().len() > 2 && id.first() == b'"'));
    let mut text = format!("{{\"{HAS_ID}\":{has_id}");
    if id.is_none() {
        text.push_str(",\"id\":null");
    }
    for entry in entries.into_iter().flatten().filter(|entry| !entry.is_named(HAS_ID)) {
        text.push(',');
        entry.write(&mut text);
    }
    text.push('}');
    text
}
