//! Encodes an operation with its arguments as a request, or collects all errors of the arguments.

use serde_json::{Map, Value};

use super::{encode, known_values, path, undocumented, validate};
use crate::body::{Attachment, Body, open_files};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::operation::{Location, Operation, Parameter};
use crate::schema::{Field, Kind, Presence, RecordType};

/// Arguments by public name.
pub(crate) type Arguments = Map<String, Value>;

/// A request that can be sent.
#[derive(Debug)]
pub(crate) struct EncodedRequest {
    /// Public name of the operation.
    pub(crate) operation: &'static str,
    /// Path below the base URL, percent-encoded.
    pub(crate) path: String,
    /// Path below the base URL before its parameters are filled in; `None` for requests by path.
    pub(crate) template: Option<&'static str>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Body,
    /// True if the request needs the API key.
    pub(crate) authenticated: bool,
    /// Passwords in the body, if the request is shown to the caller.
    pub(crate) secrets: Vec<String>,
}

/// Encodes the arguments of an operation.
///
/// # Errors
/// [`Error::InvalidRequest`] with all errors of the arguments.
pub(crate) fn encode_request(
    operation: &Operation,
    mut arguments: Arguments,
    attachments: Vec<Attachment>,
    extra_body: Option<&Map<String, Value>>,
    validate: bool,
) -> Result<EncodedRequest> {
    let mut encoder = RequestEncoder {
        path: operation.path.to_owned(),
        query: Vec::new(),
        body: Map::new(),
        errors: Vec::new(),
        fatal_errors: Vec::new(),
    };
    let (mut has_body, mut has_files) = (false, false);
    for parameter in operation.parameters {
        has_body |= matches!(parameter.location, Location::Body | Location::Fields | Location::Object);
        has_files |= parameter.location == Location::Files;
        encoder.take(parameter, &mut arguments, &attachments);
    }
    for (name, value) in arguments {
        if has_body {
            if let Some(reason) = encoder.reason_against(operation, &name) {
                encoder.errors.push(FieldError::of_given_name(&name, reason));
            }
            encoder.body.insert(name, value);
        } else {
            encoder.errors.push(FieldError::new(name, format!("{} has no such argument", operation.name)));
        }
    }
    if has_body && extra_body.is_some_and(|fields| fields.keys().any(|name| name.trim().is_empty())) {
        encoder.errors.push(FieldError::new("extra_body", undocumented::EMPTY_NAME));
    }
    let mut errors = encoder.fatal_errors;
    if validate {
        errors.append(&mut encoder.errors);
    }
    FieldErrors::new(operation.name, errors).into_result()?;
    let body = if has_files {
        Body::Files(open_files(operation.name, attachments)?)
    } else if has_body {
        json_body(operation, encoder.body, extra_body)?
    } else {
        Body::Empty
    };
    Ok(EncodedRequest {
        operation: operation.name,
        path: encoder.path,
        template: Some(operation.path),
        query: encoder.query,
        body,
        authenticated: operation.authenticated,
        secrets: Vec::new(),
    })
}

fn json_body(
    operation: &Operation,
    mut fields: Map<String, Value>,
    extra_body: Option<&Map<String, Value>>,
) -> Result<Body> {
    if let Some(extra) = extra_body {
        fields.extend(extra.clone());
    }
    let body = match operation.wrapper {
        Some(wrapper) => Value::Object(Map::from_iter([(wrapper.to_owned(), Value::Object(fields))])),
        None => Value::Object(fields),
    };
    serde_json::to_vec(&body)
        .map(|json| Body::Json(json.into()))
        .map_err(|error| Error::invalid(operation.name, "body", format!("cannot be encoded as JSON: {error}")))
}

/// A request that is being encoded.
struct RequestEncoder {
    path: String,
    query: Vec<(String, String)>,
    body: Map<String, Value>,
    /// Differences from the documentation.
    errors: Vec<FieldError>,
    /// Errors that make the request impossible to send, even without validation.
    fatal_errors: Vec<FieldError>,
}

impl RequestEncoder {
    /// Moves the argument of a parameter to its location in the request.
    fn take(&mut self, parameter: &Parameter, arguments: &mut Arguments, attachments: &[Attachment]) {
        let field = &parameter.field;
        match parameter.location {
            Location::Path => {
                let value = field.take(arguments).unwrap_or_default();
                match path::segment(&value) {
                    Ok(segment) => {
                        if matches!(field.kind, Kind::Enumeration(_)) {
                            validate::check_field(field, &value, field.name, &mut self.errors);
                        }
                        path::fill(&mut self.path, field.json_name, &segment);
                    }
                    Err(reason) => self.fatal_errors.push(FieldError::new(field.name, reason)),
                }
            }
            Location::Query => {
                let Some(value) = field.take(arguments).filter(|value| !value.is_null()) else {
                    return;
                };
                validate::check_field(field, &value, field.name, &mut self.errors);
                self.query.push((field.json_name.to_owned(), encode::to_string(&value)));
            }
            Location::Body => self.take_body_field(field, field.take(arguments)),
            Location::Fields => {
                if let Kind::Record(record) = field.kind {
                    self.take_record(record, take_fields(record, arguments));
                }
            }
            Location::Object => match field.take(arguments) {
                Some(Value::Object(object)) => {
                    let value = Value::Object(object);
                    validate::check_field(field, &value, "", &mut self.errors);
                    if let Value::Object(mut encoded) = encode::encode(field, value) {
                        self.body.append(&mut encoded);
                    }
                }
                Some(_) => self.fatal_errors.push(FieldError::new(field.name, "expected an object")),
                None => self.fatal_errors.push(FieldError::new(field.name, "is required")),
            },
            Location::Files => {
                if attachments.is_empty() {
                    self.fatal_errors.push(FieldError::new(field.name, "is required: at least one file"));
                }
            }
        }
    }

    /// Returns the reason against a field of the body that the operation does not document.
    fn reason_against(&self, operation: &Operation, name: &str) -> Option<String> {
        let in_body = |field: &'static Field| (field, self.body.contains_key(field.json_name));
        let known =
            operation.parameters.iter().flat_map(|parameter| match (parameter.location, &parameter.field.kind) {
                (Location::Fields, Kind::Record(record)) => record.fields.iter().map(in_body).collect(),
                (Location::Body, _) => vec![in_body(&parameter.field)],
                _ => vec![(&parameter.field, true)],
            });
        // A custom field may have the name of an argument in another naming.
        let documented = known.filter(|(field, _)| !operation.takes_any_field() || !field.is_given_as(name));
        undocumented::reason(name, documented, operation.composite)
    }

    fn take_body_field(&mut self, field: &Field, value: Option<Value>) {
        match value {
            None | Some(Value::Null) if is_required_id(field) => {
                self.fatal_errors.push(FieldError::new(field.name, "is required"));
            }
            Some(value) => {
                validate::check_field(field, &value, field.name, &mut self.errors);
                self.body.insert(field.json_name.to_owned(), encode::encode(field, value));
            }
            None => match field.presence {
                Presence::Required => self.errors.push(FieldError::new(field.name, known_values::missing(field))),
                Presence::Derived { list } => {
                    let has_items = self.body.get(list).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
                    self.body.insert(field.json_name.to_owned(), has_items.into());
                }
                Presence::RequiredWhen { .. } | Presence::Optional => {}
            },
        }
    }

    fn take_record(&mut self, record: &RecordType, fields: Map<String, Value>) {
        let before = self.errors.len();
        validate::check_record(record, &fields, "", &mut self.errors);
        // Even without validation, a record is not sent with an id that a response did not contain.
        let lacks_id = |error: &mut FieldError| {
            record
                .field(&error.field)
                .is_some_and(|field| is_required_id(field) && field.get(&fields).is_some_and(Value::is_null))
        };
        self.fatal_errors.extend(self.errors.extract_if(before.., lacks_id));
        self.body.append(&mut encode::encode_record(record, fields));
    }
}

fn is_required_id(field: &Field) -> bool {
    field.presence == Presence::Required && matches!(field.kind, Kind::Id | Kind::StringId)
}

/// Removes the arguments that are fields of `record`.
pub(crate) fn take_fields(record: &RecordType, arguments: &mut Arguments) -> Map<String, Value> {
    let mut fields = Map::new();
    for field in record.fields {
        if let Some(value) = field.take(arguments) {
            fields.insert(field.name.to_owned(), value);
        }
    }
    fields
}
