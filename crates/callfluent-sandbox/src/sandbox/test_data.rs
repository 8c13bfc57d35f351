//! Methods that add agents and calls without requests.

use serde_json::Value;

use super::{Sandbox, object};
use crate::errors::FieldErrors;
use crate::fixtures;
use crate::names::Naming;

impl Sandbox {
    /// Adds an agent without a request, and returns it as the API does.
    ///
    /// Without overrides it is an inbound agent of workspace 1. An outbound agent without a
    /// `phone_number` gets an unused one. Overrides have the names of the API in snake case or in
    /// camel case; `null` removes a field.
    ///
    /// # Errors
    /// Returns an error if `overrides` is not an object, or if a field is unknown or invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let agent = sandbox.add_agent(json!({"name": "Sales", "format": "outbound"}))?;
    /// assert_eq!(agent["name"], "Sales");
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_agent(&self, overrides: Value) -> Result<Value, FieldErrors> {
        fixtures::add_agent(&mut self.shared.lock().account, &object(overrides)?, Naming::SnakeCase)
    }

    /// Adds a call without a request, and returns it as the API does.
    ///
    /// The call is the newest of its agent, so it shifts the pages of a list in progress. Without
    /// overrides it is a completed call of one minute. Overrides are `phone_number`, `direction`,
    /// `status`, `outcome`, `duration` in seconds, `transcript`, `summary` and `custom_fields`.
    ///
    /// # Errors
    /// Returns an error if the agent or an override is unknown, or if a value is invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let call = sandbox.add_call(1001, json!({"status": "no-answer"}))?;
    /// assert_eq!(call["agent_id"], 1001);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_call(&self, agent_id: u64, overrides: Value) -> Result<Value, FieldErrors> {
        let mut overrides = object(overrides)?;
        overrides.insert("agent_id".to_owned(), agent_id.into());
        fixtures::add_call(&mut self.shared.lock().account, &overrides, Naming::SnakeCase)
    }
}
