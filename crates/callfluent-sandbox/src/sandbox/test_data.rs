//! Methods that add phone numbers, agents and calls without requests.

use serde_json::Value;

use super::{Sandbox, object};
use crate::errors::FieldErrors;
use crate::fixtures;
use crate::names::Naming;

impl Sandbox {
    /// Adds a phone number to a workspace without a request, and returns it as the API does.
    ///
    /// An agent can have only a number of its workspace. Overrides are `phone_number` (a fictitious
    /// one if omitted), `workspace_id` (1 if omitted) and `verified`: true for the number of a
    /// person, which the list of numbers for inbound agents omits.
    ///
    /// # Errors
    /// Returns an error if the workspace is unknown or has the number, or if an override is
    /// invalid.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use serde_json::json;
    ///
    /// let number = sandbox.add_phone_number(json!({"phone_number": "+13125550142"}))?;
    /// assert_eq!(number["number"], "+13125550142");
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_phone_number(&self, overrides: Value) -> Result<Value, FieldErrors> {
        self.shared().check_account()?;
        fixtures::add_phone_number(&mut self.shared().lock().account, &object(overrides)?, Naming::SnakeCase)
    }

    /// Adds an agent without a request, and returns it as the API does.
    ///
    /// Without overrides it is an inbound agent of workspace 1. An outbound agent without a
    /// `phone_number` gets an unused one, which is added if all are in use. A `phone_number` must
    /// be one of the workspace; see [`add_phone_number`](Self::add_phone_number). Overrides have the names of the API in snake case or in
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
        self.shared().check_account()?;
        fixtures::add_agent(&mut self.shared().lock().account, &object(overrides)?, Naming::SnakeCase)
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
        self.shared().check_account()?;
        let mut overrides = object(overrides)?;
        overrides.insert("agent_id".to_owned(), agent_id.into());
        fixtures::add_call(&mut self.shared().lock().account, &overrides, Naming::SnakeCase)
    }
}
