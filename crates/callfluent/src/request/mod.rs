//! From the arguments of a call to what goes over the wire: path, query and body.

mod encode;
mod path;
mod validate;

pub(crate) use encode::encode;
pub(crate) use validate::missing;

use serde_json::{Map, Value};

use crate::body::{Attachment, Body, open_files};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::operation::{Location, Operation, Parameter};
use crate::schema::{Field, Kind, Presence, Shape};

/// The arguments of a call, by public name.
pub(crate) type Arguments = Map<String, Value>;

/// What goes over the wire for one call.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The path below the base URL, percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// Turns the arguments of a call into a request, or lists everything that is wrong with them.
pub(crate) fn prepare(
    operation: &Operation,
    mut arguments: Arguments,
    attachments: Vec<Attachment>,
    extra_body: Option<&Map<String, Value>>,
    validate: bool,
) -> Result<Prepared> {
    let mut preparation = Preparation {
        path: operation.path.to_owned(),
        query: Vec::new(),
        content: Map::new(),
        problems: Vec::new(),
        unusable: Vec::new(),
    };
    let (mut has_body, mut has_files) = (false, false);
    for parameter in operation.parameters {
        has_body |= matches!(parameter.location, Location::Body | Location::Fields | Location::Object);
        has_files |= parameter.location == Location::Files;
        preparation.take(parameter, &mut arguments, &attachments);
    }
    for (name, value) in arguments {
        if has_body {
            preparation.content.insert(name, value);
        } else {
            preparation.problems.push(FieldError::new(name, format!("{} has no such argument", operation.name)));
        }
    }
    let problems = if validate {
        let mut problems = preparation.unusable;
        problems.append(&mut preparation.problems);
        problems
    } else {
        preparation.unusable
    };
    if !problems.is_empty() {
        return Err(Error::InvalidRequest(FieldErrors::new(operation.name, problems)));
    }
    let body = if has_files {
        Body::Files(open_files(operation.name, attachments)?)
    } else if has_body {
        json_body(operation, preparation.content, extra_body)?
    } else {
        Body::Empty
    };
    Ok(Prepared { path: preparation.path, query: preparation.query, body })
}

fn json_body(
    operation: &Operation,
    mut content: Map<String, Value>,
    extra_body: Option<&Map<String, Value>>,
) -> Result<Body> {
    if let Some(extra) = extra_body {
        content.extend(extra.clone());
    }
    let content = match operation.wrapper {
        Some(wrapper) => Value::Object(Map::from_iter([(wrapper.to_owned(), Value::Object(content))])),
        None => Value::Object(content),
    };
    serde_json::to_vec(&content)
        .map(|json| Body::Json(json.into()))
        .map_err(|error| Error::invalid(operation.name, "body", format!("cannot be written as JSON: {error}")))
}

/// A request in the making.
struct Preparation {
    path: String,
    query: Vec<(String, String)>,
    content: Map<String, Value>,
    /// What differs from the documentation.
    problems: Vec<FieldError>,
    /// What makes it impossible to send the request, validated or not.
    unusable: Vec<FieldError>,
}

impl Preparation {
    fn take(&mut self, parameter: &Parameter, arguments: &mut Arguments, attachments: &[Attachment]) {
        let field = &parameter.field;
        match parameter.location {
            Location::Path => {
                let value = field.take(arguments).unwrap_or_default();
                match path::segment(&value) {
                    Ok(segment) => path::fill(&mut self.path, field.wire, &segment),
                    Err(reason) => self.unusable.push(FieldError::new(field.name, reason)),
                }
            }
            Location::Query => {
                let Some(value) = field.take(arguments).filter(|value| !value.is_null()) else {
                    return;
                };
                validate::check(field, &value, field.name, &mut self.problems);
                self.query.push((field.wire.to_owned(), encode::text(&value)));
            }
            Location::Body => match field.take(arguments) {
                None | Some(Value::Null) if is_needed_id(field) => {
                    self.unusable.push(FieldError::new(field.name, "is required"));
                }
                Some(value) => {
                    validate::check(field, &value, field.name, &mut self.problems);
                    self.content.insert(field.wire.to_owned(), encode::encode(field, value));
                }
                None if field.presence == Presence::Required => {
                    self.problems.push(FieldError::new(field.name, "is required"));
                }
                None => {}
            },
            Location::Fields => {
                if let Kind::Record(shape) = field.kind {
                    let fields = take_fields(shape, arguments);
                    let before = self.problems.len();
                    validate::check_record(shape, &fields, "", &mut self.problems);
                    // Also where nothing is validated, no record is sent under an id that an answer did not have.
                    let lacks_id = |problem: &mut FieldError| {
                        shape
                            .field(&problem.field)
                            .is_some_and(|field| is_needed_id(field) && field.get(&fields).is_some_and(Value::is_null))
                    };
                    self.unusable.extend(self.problems.extract_if(before.., lacks_id));
                    self.content.append(&mut encode::record(shape, fields));
                }
            }
            Location::Object => match field.take(arguments) {
                Some(Value::Object(object)) => {
                    let value = Value::Object(object);
                    validate::check(field, &value, "", &mut self.problems);
                    if let Value::Object(mut encoded) = encode::encode(field, value) {
                        self.content.append(&mut encoded);
                    }
                }
                Some(_) => self.unusable.push(FieldError::new(field.name, "expected an object")),
                None => self.unusable.push(FieldError::new(field.name, "is required")),
            },
            Location::Files => {
                if attachments.is_empty() {
                    self.unusable.push(FieldError::new(field.name, "is required: at least one file"));
                }
            }
        }
    }
}

/// Whether nothing can be said without this field: an id that has to be given.
fn is_needed_id(field: &Field) -> bool {
    field.presence == Presence::Required && matches!(field.kind, Kind::Id | Kind::TextId)
}

/// Takes the arguments that are fields of `shape`.
pub(crate) fn take_fields(shape: &Shape, arguments: &mut Arguments) -> Map<String, Value> {
    let mut fields = Map::new();
    for field in shape.fields {
        if let Some(value) = field.take(arguments).or_else(|| arguments.remove(field.wire)) {
            fields.insert(field.name.to_owned(), value);
        }
    }
    fields
}
