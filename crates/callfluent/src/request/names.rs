//! Argument names of requests that are made by operation name. A misspelled name must not be sent:
//! the server would ignore it, and the change would be lost.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::custom_names::{CHECK_FIELDS, CUSTOM_FIELDS, CustomNames};
use super::known_values::missing;
use super::option_names::{self, request_options};
use super::undocumented::EMPTY_NAME;
use crate::error::FieldError;
use crate::operation::{Location, Method, Operation};
use crate::schema::{Field, Kind, Naming, Presence, RecordType, similar};

/// Reason why a field of a change must not be null.
pub(crate) const NULL_CHANGE: &str =
    "must not be null: omit the field to keep its value, or pass the new value, such as \"\"";
/// Reason why an optional argument must not be null.
const NULL_ARGUMENT: &str = "must not be null: omit it, or pass a value";
/// The argument of a patch that removes values.
const CLEAR: &str = "clear";

/// Moves custom fields beside the other arguments, if the operation takes fields of any name.
pub(crate) fn spread_custom_fields(
    operation: &Operation,
    arguments: &mut Map<String, Value>,
    naming: Naming,
) -> Vec<FieldError> {
    if !operation.takes_any_field() {
        return Vec::new();
    }
    let given = arguments.remove(CUSTOM_FIELDS).or_else(|| arguments.remove(&*Naming::Camel.convert(CUSTOM_FIELDS)));
    let name = naming.convert(CUSTOM_FIELDS);
    let fields = match given {
        None => return Vec::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => return vec![FieldError::new(name, "expected an object with a value for each custom field")],
    };
    let mut errors = Vec::new();
    for (field, value) in fields {
        if arguments.contains_key(&field) {
            errors.push(FieldError::of_given_name(format!("{name}.{field}"), "is given twice"));
        } else {
            arguments.insert(field, value);
        }
    }
    errors
}

/// Removes the argument that asks for a check of the custom fields, if the operation takes fields
/// of any name. Returns whether they are to be checked.
pub(crate) fn take_check_fields(
    operation: &Operation,
    arguments: &mut Map<String, Value>,
    naming: Naming,
) -> std::result::Result<bool, FieldError> {
    if !operation.takes_any_field() {
        return Ok(false);
    }
    let given = arguments.remove(CHECK_FIELDS).or_else(|| arguments.remove(&*Naming::Camel.convert(CHECK_FIELDS)));
    match given {
        None => Ok(false),
        Some(Value::Bool(check)) => Ok(check),
        Some(_) => Err(FieldError::new(naming.convert(CHECK_FIELDS), "expected a boolean")),
    }
}

/// Returns an error for each argument, at any depth, that is null or that the operation does not
/// have.
pub(crate) fn check_names(operation: &Operation, arguments: &Map<String, Value>, naming: Naming) -> Vec<FieldError> {
    let known = operation.arguments();
    // In the query, null stands for the default.
    let is_default = |name: &str, value: &Value| {
        let query = operation.parameters.iter().filter(|parameter| parameter.location == Location::Query);
        value.is_null() && query.into_iter().any(|parameter| is_named(&parameter.field, name))
    };
    let mut arguments = Cow::Borrowed(arguments);
    if arguments.iter().any(|(name, value)| is_default(name, value)) {
        arguments.to_mut().retain(|name, value| !is_default(name, value));
    }
    let null = if operation.documents(CLEAR) {
        format!("{NULL_CHANGE}; to remove the value, name the field in {CLEAR}")
    } else if operation.method == Method::Put {
        NULL_CHANGE.to_owned()
    } else {
        NULL_ARGUMENT.to_owned()
    };
    let custom = operation.takes_any_field().then(|| CustomNames::new(operation, naming));
    let has_body = operation.parameters.iter().any(|parameter| match parameter.location {
        Location::Body | Location::Fields | Location::Object => true,
        Location::Path | Location::Query | Location::Files => false,
    });
    let mut check = Check { naming, null, has_body, custom, errors: Vec::new() };
    check.fields(&known, check.custom.is_some(), &arguments, "");
    check.errors
}

/// Returns whether an operation has an argument of this name, or an object of it a field.
pub(crate) fn has_argument(operation: &Operation, name: &str) -> bool {
    operation.arguments().into_iter().any(|field| {
        let in_variant = match field.kind {
            Kind::Union(union) => union.variants.iter().any(|variant| {
                variant.record.fields.iter().any(|field| is_named(field, name)) || is_named(union.tag, name)
            }),
            _ => false,
        };
        in_variant || is_named(field, name)
    })
}

/// Returns whether a field has this name, in either naming or as the API names it.
pub(crate) fn is_named(field: &Field, name: &str) -> bool {
    field.name == name || field.json_name == name || Naming::Camel.convert(field.name) == name
}

struct Check {
    naming: Naming,
    /// Names that the custom fields of the operation must not be close to, if it takes any.
    custom: Option<CustomNames>,
    /// Reason why a field must not be null.
    null: String,
    /// True if the request has a body, which can have further fields.
    has_body: bool,
    errors: Vec<FieldError>,
}

impl Check {
    fn fields(&mut self, known: &[&Field], any_name: bool, values: &Map<String, Value>, path: &str) {
        let position = |name: &str| known.iter().position(|field| is_named(field, name)).unwrap_or(usize::MAX);
        let mut values: Vec<_> = values.iter().map(|(name, value)| (position(name), name, value)).collect();
        // In the order of the documentation.
        values.sort_by_key(|(position, ..)| *position);
        for &(position, name, value) in &values {
            let field = known.get(position);
            let public_name = field.map_or(Cow::Borrowed(name.as_str()), |field| self.naming.convert(field.name));
            let place = if path.is_empty() { public_name.into_owned() } else { format!("{path}.{public_name}") };
            match field {
                Some(field) if value.is_null() && field.presence == Presence::Required => {
                    let reason = format!("{}; it must not be null", missing(field));
                    self.errors.push(FieldError::of_given_name(place, reason));
                }
                _ if value.is_null() => self.errors.push(FieldError::of_given_name(place, &*self.null)),
                Some(field) => self.value(&field.kind, value, &place),
                None if any_name => {
                    // `calls.start(..., time_out=3)` would otherwise dial without the timeout.
                    let custom = self.custom.as_ref().filter(|_| path.is_empty());
                    let reason = custom.and_then(|custom| {
                        // `calls.start(..., phone=number)` lacks the phone number.
                        let is_absent = |field: &&&Field| values.iter().all(|(_, name, _)| !is_named(field, name));
                        let called = known.iter().find(|field| field.is_called(name)).filter(is_absent);
                        let called = called.map(|field| custom.instead_of(&self.naming.convert(field.name)));
                        custom.reason(name).or(called)
                    });
                    if let Some(reason) = reason {
                        self.errors.push(FieldError::of_given_name(place, reason));
                    }
                }
                None => {
                    let reason = self.unknown(known, path.is_empty(), name);
                    self.errors.push(FieldError::of_given_name(place, reason));
                }
            }
        }
    }

    fn value(&mut self, kind: &Kind, value: &Value, path: &str) {
        match (kind, value) {
            (Kind::Record(record), Value::Object(values)) => self.record(record, &[], values, path),
            (Kind::Union(union), Value::Object(values)) => {
                let tag = union.tag.get(values).and_then(Value::as_str);
                // A variant that is not documented may have any field.
                if let Some(variant) = tag.and_then(|tag| union.variant(tag)) {
                    // The fields of the action are arguments of their own in errors.
                    self.record(variant.record, &[union.tag], values, "");
                }
            }
            (Kind::List(kind), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(kind, item, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn record(
        &mut self,
        record: &'static RecordType,
        more: &[&'static Field],
        values: &Map<String, Value>,
        path: &str,
    ) {
        let known: Vec<&Field> = record.fields.iter().chain(more.iter().copied()).collect();
        self.fields(&known, !record.documented, values, path);
    }

    fn unknown(&self, known: &[&Field], top: bool, name: &str) -> String {
        if name.trim().is_empty() {
            return EMPTY_NAME.to_owned();
        }
        if let Some(reason) = option_names::reason_against(name, self.naming).filter(|_| top) {
            return reason;
        }
        let options: Vec<_> = request_options(self.naming).filter(|_| top).collect();
        let fields = known.iter().map(|field| field.public_name(self.naming));
        let names: Vec<&str> = fields.chain(options.iter().copied()).collect();
        let called = known.iter().find(|field| field.is_called(name)).map(|field| field.public_name(self.naming));
        let similar = called.map_or_else(|| similar(name, names), |called| vec![called]);
        let extra_body = self.naming.convert("extra_body");
        let unknown = if self.has_body { "is not a documented field" } else { "is not an argument" };
        let near = similar.join(" or ");
        if similar.iter().any(|name| options.contains(name)) {
            let place = option_names::place(self.naming);
            format!("{unknown}; did you mean {near}? (an option of the request, {place})")
        } else if !self.has_body {
            let names = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
            format!("{unknown}{names}")
        } else if near.is_empty() {
            format!("{unknown}; pass undocumented fields in {extra_body}")
        } else {
            format!("{unknown}; did you mean {near}? ({extra_body} sends any field)")
        }
    }
}
