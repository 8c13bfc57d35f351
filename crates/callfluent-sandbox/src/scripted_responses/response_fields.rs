//! The fields of a scripted response in the body of `POST /sandbox/respond`. One table has the name
//! of each field, its valid values in words, and the function that sets it. A response that Rust
//! code builds is checked against the same table.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::disconnect::Disconnect;
use super::scripted_response::ScriptedResponse;
use crate::errors::{FieldErrors, did_you_mean};
use crate::names::{Naming, unknown_field};
use crate::validation::{decode_id, is_same_name, unlike};

struct ResponseField {
    name: &'static str,
    expected: Expected,
    /// Sets the field. Returns false if the value is invalid.
    set: fn(&mut ScriptedResponse, &Value) -> bool,
}

/// The valid values of a field.
enum Expected {
    /// In words, after "must be".
    Words(&'static str),
    OneOf(&'static [&'static str]),
}

const fn field(
    name: &'static str,
    expected: &'static str,
    set: fn(&mut ScriptedResponse, &Value) -> bool,
) -> ResponseField {
    ResponseField { name, expected: Expected::Words(expected), set }
}

const FIELDS: &[ResponseField] = &[
    field("operation", "the name of an operation", |response, value| set(&mut response.operation, string(value))),
    field("path_contains", "a string", |response, value| set(&mut response.path_contains, string(value))),
    field("times", "an integer of at least 1", |response, value| {
        set(&mut response.times, decode_id(value).filter(|times| *times >= 1))
    }),
    field("status", "an integer from 200 to 599", |response, value| {
        let status = decode_id(value).and_then(|status| u16::try_from(status).ok());
        set(&mut response.status, status.filter(|status| (200..=599).contains(status)))
    }),
    field("headers", "an object of strings and numbers", |response, value| {
        headers(value).map(|headers| response.headers.extend(headers)).is_some()
    }),
    field("body", "a JSON value", |response, value| set(&mut response.body, Some(value.clone()))),
    field("body_text", "a string", |response, value| set(&mut response.body_text, string(value))),
    field("delay_ms", "an integer of at least 0", |response, value| {
        set(&mut response.delay, decode_id(value).map(Duration::from_millis))
    }),
    field("process_first", "true or false", |response, value| set(&mut response.process_first, value.as_bool())),
    ResponseField {
        name: "disconnect",
        expected: Expected::OneOf(&Disconnect::NAMES),
        set: |response, value| set(&mut response.disconnect, value.as_str().and_then(Disconnect::from_name)),
    },
    field("after", "an integer of at least 0", |response, value| set(&mut response.after, decode_id(value))),
    field("probability", "a number from 0 to 1", |response, value| {
        set(&mut response.probability, value.as_f64().filter(|share| (0.0..=1.0).contains(share)))
    }),
    field("seed", "an integer of at least 0", |response, value| set(&mut response.seed, decode_id(value))),
    field("for_seconds", "an integer of at least 0", |response, value| {
        set(&mut response.for_seconds, decode_id(value))
    }),
    field("retry_after", "an integer of at least 0", |response, value| {
        let changed = decode_id(value).map(|seconds| std::mem::take(response).retry_after(seconds));
        set(response, changed)
    }),
];

impl ResponseField {
    /// Finds a field by its name in snake case or in camel case.
    fn find(name: &str, naming: Naming) -> Option<&'static Self> {
        FIELDS.iter().find(|field| is_same_name(field.name, name) || field.name_in(naming) == name)
    }

    fn name_in(&self, naming: Naming) -> String {
        match (self.name, naming) {
            // Names in the Node package have no unit: all its durations are in milliseconds.
            ("delay_ms", Naming::CamelCase) => "delay".to_owned(),
            (name, naming) => naming.apply(name),
        }
    }

    /// Sets the field, or adds an error.
    fn decode(&self, response: &mut ScriptedResponse, value: &Value, naming: Naming, errors: &mut FieldErrors) {
        if (self.set)(response, value) {
            return;
        }
        let reason = match self.expected {
            Expected::Words(words) => unlike(words, value),
            Expected::OneOf(choices) => {
                let suggestion = did_you_mean(value.as_str().unwrap_or_default(), choices.iter().copied());
                unlike(&format!("one of {}", choices.join(", ")), value) + &suggestion
            }
        };
        errors.add(self.name_in(naming), reason);
    }
}

impl ScriptedResponse {
    /// Decodes the body of `POST /sandbox/respond`, and checks that the response can be sent.
    pub(crate) fn from_json(body: &Value, naming: Naming) -> Result<Self, FieldErrors> {
        let Value::Object(fields) = body else {
            return Err(FieldErrors::single("body", "must be a JSON object"));
        };
        let mut errors = FieldErrors::default();
        let mut response = Self::default();
        for (name, value) in fields {
            match ResponseField::find(name, naming) {
                Some(field) => field.decode(&mut response, value, naming, &mut errors),
                None => {
                    let known: Vec<_> = FIELDS.iter().map(|field| field.name_in(naming)).collect();
                    errors.add(name, unknown_field(name, known.iter().map(String::as_str), naming));
                }
            }
        }
        response.add_errors(naming, &mut errors);
        errors.into_result().map(|()| response)
    }

    /// Checks that the response can be sent.
    pub(crate) fn validate(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let limited = [
            ("status", self.status.map(Value::from)),
            ("times", self.times.map(Value::from)),
            ("probability", self.probability.map(Value::from)),
        ];
        for (name, value) in limited {
            if let (Some(field), Some(value)) = (ResponseField::find(name, Naming::SnakeCase), value) {
                field.decode(&mut Self::default(), &value, Naming::SnakeCase, &mut errors);
            }
        }
        self.add_errors(Naming::SnakeCase, &mut errors);
        errors.into_result()
    }

    /// Rejects a response that changes nothing: a matching request would get its real one at once.
    pub(crate) fn check_effect(&self, naming: Naming) -> Result<(), FieldErrors> {
        if self.replaces() || self.disconnect.is_some() || !self.headers.is_empty() || !self.delay.is_zero() {
            return Ok(());
        }
        let effects = match naming {
            Naming::SnakeCase => "status, body, headers, delay_ms or disconnect",
            Naming::CamelCase => "status, body, headers, delay or disconnect",
        };
        Err(FieldErrors::single("response", format!("nothing to do: set {effects}")))
    }

    /// Adds the errors that do not depend on the value of one field alone.
    fn add_errors(&self, naming: Naming, errors: &mut FieldErrors) {
        if self.body.is_some() && self.body_text.is_some() {
            errors.add(naming.apply("body_text"), "not allowed together with `body`");
        }
        for (name, value) in &self.headers {
            if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
                errors.add("headers", format!("`{name}` has an invalid name or value"));
            }
        }
    }
}

/// Sets a field to a valid value.
fn set<Field, Valid: Into<Field>>(field: &mut Field, value: Option<Valid>) -> bool {
    value.map(|valid| *field = valid.into()).is_some()
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn headers(value: &Value) -> Option<Vec<(String, String)>> {
    let headers = value.as_object()?.iter().map(|(name, value)| match value {
        Value::String(string) => Some((name.clone(), string.clone())),
        Value::Number(number) => Some((name.clone(), number.to_string())),
        _ => None,
    });
    headers.collect()
}
