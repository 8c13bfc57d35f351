//! Arguments that come from files and from records of responses. A record that is passed whole
//! becomes arguments, and its undocumented fields go back to the server unchanged.

use callfluent::bindings::catalog;
use callfluent::bindings::operation::{Location, Operation};
use callfluent::bindings::schema::Kind;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Map, Value};

use crate::from_python::{mapping, snapshot, to_value};
use crate::invalid_value::{FieldErrors, kind_of};
use crate::lazy_record::LazyRecord;

/// Returns whether an argument is an image, which may be given by the path of its file.
pub(crate) fn takes_file(operation: &str, name: &str) -> bool {
    let parameters = catalog::find(operation).map_or(&[][..], |operation| operation.parameters);
    let is_image = |kind: &Kind| matches!(kind, Kind::Image);
    parameters.iter().any(|parameter| match &parameter.field.kind {
        Kind::Record(record) => record.field(name).is_some_and(|field| is_image(&field.kind)),
        kind => parameter.field.name == name && is_image(kind),
    })
}

/// Adds the fields of a record that is passed whole to the arguments, unless they are given by
/// name. Returns the fields that neither the API's documentation nor the user named: they came from
/// the server and go back to it unchanged.
pub(crate) fn move_undocumented(
    operation: &str,
    arguments: &Bound<'_, PyDict>,
    record: Option<&Bound<'_, PyAny>>,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Map<String, Value>> {
    let mut undocumented = Map::new();
    let Some(operation) = catalog::find(operation) else {
        return Ok(undocumented);
    };
    let py = arguments.py();
    let is_omitted = |value: Option<Bound<'_, PyAny>>| value.is_none_or(|value| value.is(py.Ellipsis()));
    if let Some(record) = record {
        let fields = match record.cast::<LazyRecord>() {
            Ok(record) => sent_fields(operation, record, errors, &mut undocumented)?,
            Err(_) => mapping(record)?,
        };
        let Some(fields) = fields else {
            errors.add("record", format!("expected a record or a mapping, got {}", kind_of(record)));
            return Ok(undocumented);
        };
        for (name, value) in fields.iter() {
            if is_omitted(arguments.get_item(&name)?) {
                arguments.set_item(name, value)?;
            }
        }
    }
    // Actions that responses hold. Those that users create are checked like any argument.
    for (name, value) in snapshot(arguments)?.iter() {
        if let Ok(record) = value.cast::<LazyRecord>()
            && !record.hasattr("_tag")?
            && operation.parameters.iter().any(|parameter| parameter.location == Location::Object)
            && let Some(fields) = sent_fields(operation, record, errors, &mut undocumented)?
        {
            arguments.set_item(name, fields)?;
        }
    }
    Ok(undocumented)
}

/// Returns the fields of a response's record that an operation takes; moves those that are not
/// documented at all.
fn sent_fields<'py>(
    operation: &Operation,
    record: &Bound<'py, LazyRecord>,
    errors: &mut FieldErrors<'_>,
    undocumented: &mut Map<String, Value>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let fields = PyDict::new(record.py());
    let documented = record.get_type().getattr("_names")?;
    let values = record.call_method0("to_dict")?.cast_into::<PyDict>()?;
    for (name, value) in snapshot(&values)?.iter().filter(|(_, value)| !value.is_none()) {
        let text = name.extract::<String>()?;
        if operation.documents(&text) {
            fields.set_item(name, value)?;
        } else if !documented.contains(&name)?
            && let Some(value) = errors.check(&text, to_value(&value))?
        {
            undocumented.insert(text, value);
        }
    }
    Ok(Some(fields))
}
