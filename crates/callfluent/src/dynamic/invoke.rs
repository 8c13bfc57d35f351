//! The narrow waist: any operation by its name, with arguments and an answer as JSON. The bindings of other languages stand
//! on it, so that none of them names an endpoint.

use serde_json::{Map, Value};

use crate::body::Attachment;
use crate::catalog;
use crate::client::{CallFluent, Invocation};
use crate::decode::{PublicJson, Readable as _};
use crate::error::{Error, Result};
use crate::schema::Naming;

impl CallFluent {
    /// Calls an operation of the [`catalog`] by its name, such as `agents.get`.
    ///
    /// Arguments go by their public names, in either naming. The answer has public names in the given one: documented
    /// fields are typed, all others stand as they came. Pages are lists. What in a list is no record is left out and
    /// counted in [`drift`](Self::drift).
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for an unknown name, and those of the operation.
    ///
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// use callfluent::schema::Naming;
    /// let arguments = serde_json::Map::from_iter([("agent_id".to_owned(), 14.into())]);
    /// let details = client.call("agents.get", arguments, Vec::new(), Naming::Snake).await?;
    /// println!("{}", details["total_calls"]);
    /// # Ok(()) }
    /// ```
    pub async fn call(
        &self,
        operation: &str,
        arguments: Map<String, Value>,
        attachments: Vec<Attachment>,
        naming: Naming,
    ) -> Result<Value> {
        let json = self.call_json(operation, arguments, attachments, naming).await?;
        // What cannot be parsed stands in it as text.
        Ok(serde_json::from_str(&json.into_text()).unwrap_or_default())
    }

    /// Does what [`call`](Self::call) does, and gives the answer as JSON text.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub async fn call_json(
        &self,
        operation: &str,
        arguments: Map<String, Value>,
        attachments: Vec<Attachment>,
        naming: Naming,
    ) -> Result<PublicJson> {
        let Some(operation) = catalog::find(operation) else {
            return Err(Error::invalid(operation, "operation", "is not in the catalog"));
        };
        let invocation = Invocation { operation, arguments, attachments };
        if operation.composite {
            let mut public = PublicJson::new(naming);
            public.value(&Box::pin(self.patch(invocation)).await?.public(naming));
            return Ok(public);
        }
        let raw = self.invoke_raw(invocation).await?;
        (operation.read)(self, operation, &raw, naming)
    }
}
