//! Decodes rows of strings, such as lines of a CSV file, to the arguments of an operation.

use serde_json::{Map, Value};

use super::invoke::find;
use crate::client::CallFluent;
use crate::error::{Error, FieldErrors, Result};
use crate::operation::{Location, Operation};
use crate::request::{self, check_names, encode_request};
use crate::schema::{Field, Kind};

/// Decodes the cells of a row as the values of responses are decoded: `"3"` as an integer, `"yes"`
/// as a boolean, `"1, 2"` as a list. An empty cell is an omitted field. Values that are not strings
/// stay unchanged.
///
/// Column names may be in either naming. Spaces around a name and a byte order mark are ignored.
///
/// # Errors
/// [`Error::InvalidRequest`] with all problems: cells that cannot be decoded, missing and unknown
/// columns, and values that the operation does not accept.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::decode_row;
///
/// let row = [("name", "Sales"), ("call_recording", "yes"), ("welcome_msg_delay", "3")];
/// let row = row.map(|(name, cell)| (name.to_owned(), cell.into())).into_iter().collect();
/// let arguments = decode_row(&client, "agents.create", row)?;
/// # Ok(()) }
/// ```
pub fn decode_row(client: &CallFluent, operation: &str, row: Map<String, Value>) -> Result<Map<String, Value>> {
    let operation = find(operation)?;
    // The method that the user invoked, for errors.
    let method = format!("{}_from_row", operation.name);
    let mut errors = Vec::new();
    let arguments = request::decode_cells(row, |name| field_of(operation, name), &mut errors);
    let options = client.options();
    if options.validate {
        errors.extend(check_names(operation, &arguments, options.naming));
    }
    let encoded = encode_request(operation, arguments.clone(), Vec::new(), None, options.validate).err();
    let columns = columns(operation, &arguments);
    for error in encoded.iter().flat_map(Error::field_errors) {
        let error = error.in_column(&columns);
        if errors.iter().all(|known| known.field != error.field) {
            errors.push(error);
        }
    }
    if errors.is_empty() { Ok(arguments) } else { Err(Error::InvalidRequest(FieldErrors::new(method, errors))) }
}

/// Returns the columns of a row by the names of their fields, so that errors name the columns.
pub(super) fn columns(operation: &Operation, row: &Map<String, Value>) -> Vec<(&'static str, String)> {
    row.keys().filter_map(|name| Some((field_of(operation, name)?.name, name.clone()))).collect()
}

/// Returns the documented field with this name, in either naming.
pub(super) fn field_of(operation: &Operation, name: &str) -> Option<&'static Field> {
    let named = Map::from_iter([(name.to_owned(), Value::Null)]);
    operation.parameters.iter().find_map(|parameter| match (parameter.location, &parameter.field.kind) {
        (Location::Fields, Kind::Record(record)) => record.fields.iter().find(|field| field.get(&named).is_some()),
        _ => parameter.field.get(&named).map(|_| &parameter.field),
    })
}
