//! Invokes any operation by its name, with arguments and a result in JSON.

use serde_json::{Map, Value};

use crate::body::Attachment;
use crate::catalog;
use crate::client::{CallFluent, Invocation};
use crate::decode::{Decode as _, PublicJson};
use crate::error::{Error, Result};
use crate::operation::Operation;
use crate::resources::is_patch;
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
/// let arguments = serde_json::Map::from_iter([("agent_id".to_owned(), 14.into())]);
/// let details = invoke(&client, "agents.get", arguments, Vec::new(), Naming::Snake).await?.into_value();
/// println!("{}", details["total_calls"]);
/// # Ok(()) }
/// ```
pub async fn invoke(
    client: &CallFluent,
    operation: &str,
    arguments: Map<String, Value>,
    attachments: Vec<Attachment>,
    naming: Naming,
) -> Result<PublicJson> {
    let operation = find(operation)?;
    let invocation = Invocation { operation, arguments, attachments };
    if is_patch(operation) {
        let result = Box::pin(client.patch(invocation)).await?;
        return Ok(PublicJson::from_value(&result.public_value(naming), naming));
    }
    let response = client.invoke_raw(invocation).await?;
    client.decoder()?.decode_public(operation, &response, naming)
}

/// Returns the operation with this name.
pub(super) fn find(operation: &str) -> Result<&'static Operation> {
    catalog::find(operation).ok_or_else(|| Error::invalid(operation, "operation", "is not in the catalog"))
}
