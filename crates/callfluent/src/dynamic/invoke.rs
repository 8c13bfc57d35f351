//! Invokes any operation by its name, with arguments and a result in JSON.

use serde_json::{Map, Value};

use crate::body::Attachment;
use crate::catalog;
use crate::client::{CallFluent, Invocation};
use crate::decode::{PublicJson, encode_public};
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::inspection;
use crate::operation::Operation;
use crate::request::{check_names, encode_request, spread_custom_fields, take_check_fields};
use crate::resources::{is_patch, is_upload};
use crate::schema::Naming;

/// Invokes an operation of the catalog by its name, such as `agents.get`.
///
/// Arguments have public names, in either naming. The result has public names in the given naming.
/// Items of a list that are not records are omitted and counted in [`CallFluent::drift`].
///
/// # Errors
/// [`Error::InvalidRequest`] for an unknown name; otherwise the errors of the operation.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::{invoke, schema::Naming};
///
/// let arguments = serde_json::Map::from_iter([("agent_id".to_owned(), 14.into())]);
/// let details = invoke(&client, "agents.get", arguments, Vec::new(), Naming::Snake).await?;
/// println!("{}", details.into_value()["total_calls"]);
/// # Ok(()) }
/// ```
pub async fn invoke(
    client: &CallFluent,
    operation: &str,
    mut arguments: Map<String, Value>,
    mut attachments: Vec<Attachment>,
    naming: Naming,
) -> Result<PublicJson> {
    let operation = find(operation)?;
    let checks_fields = take_check_fields(operation, &mut arguments, client.options().naming);
    check_argument_names(client, operation, &mut arguments, &mut attachments)?;
    let checks_fields =
        checks_fields.map_err(|error| Error::InvalidRequest(FieldErrors::new(operation.name, vec![error])))?;
    if checks_fields && !inspection::is_curl() {
        let client = client.with_shared_deadline();
        Box::pin(client.check_custom_fields(operation, &arguments)).await?;
        let invocation = Invocation { arguments, attachments, ..Invocation::new(operation) };
        let response = Box::pin(client.invoke_raw(invocation)).await?;
        return client.decoder()?.decode_public(operation, &response, naming);
    }
    let invocation = Invocation { arguments, attachments, ..Invocation::new(operation) };
    if is_patch(operation) {
        let result = Box::pin(client.patch(invocation)).await?;
        return Ok(encode_public(&result, naming));
    }
    if is_upload(operation) {
        let files = Box::pin(client.upload(invocation)).await?;
        return Ok(PublicJson::of_records(naming, files.iter().map(|file| encode_public(file, naming))));
    }
    let secrets = operation.secrets(&invocation.arguments);
    let created = operation.created(&invocation.arguments);
    let decoded = match client.invoke_raw(invocation).await {
        Ok(response) => client.decoder()?.finding(created).decode_public(operation, &response, naming),
        Err(error) => Err(error),
    };
    decoded.map_err(|error| client.without_secrets(error, &secrets))
}

/// Spreads custom fields and rejects unknown names, together with all other invalid arguments.
pub(super) fn check_argument_names(
    client: &CallFluent,
    operation: &'static Operation,
    arguments: &mut Map<String, Value>,
    attachments: &mut Vec<Attachment>,
) -> Result<()> {
    let options = client.options();
    let mut errors = if options.validate { check_names(operation, arguments, options.naming) } else { Vec::new() };
    errors.append(&mut spread_custom_fields(operation, arguments, options.naming));
    if errors.is_empty() {
        return Ok(());
    }
    let encoded = encode_request(operation, arguments.clone(), std::mem::take(attachments), None, options.validate);
    let others = encoded.err();
    let others = others.iter().flat_map(Error::field_errors);
    let is_known = |other: &FieldError| {
        errors.iter().any(|error| error.field == other.field || error.field == options.naming.convert(&other.field))
    };
    let others: Vec<_> = others.filter(|other| !is_known(other)).cloned().collect();
    errors.extend(others);
    Err(Error::InvalidRequest(FieldErrors::new(operation.name, errors)))
}

/// Returns the operation with this name.
pub(super) fn find(operation: &str) -> Result<&'static Operation> {
    catalog::find(operation).ok_or_else(|| Error::invalid(operation, "operation", "is not in the catalog"))
}
