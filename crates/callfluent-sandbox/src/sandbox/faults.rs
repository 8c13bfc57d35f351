//! Methods that make requests fail: scripted responses, random faults, limits, permissions, the
//! API key.

use super::{Sandbox, fail};
use crate::control;
use crate::errors::FieldErrors;
use crate::names::{Naming, documented_agent_fields};
use crate::scripted_responses::{RandomFaults, ScriptedResponse};

impl Sandbox {
    /// Queues a response for the next matching requests.
    ///
    /// # Errors
    /// Returns an error if the response cannot be sent, such as one with status 42, if it changes
    /// nothing, or if its operation is unknown. The error suggests similar operation names.
    ///
    /// # Example
    /// ```
    /// # use callfluent_sandbox::{FieldErrors, Sandbox};
    /// # fn example(sandbox: &Sandbox) -> Result<(), FieldErrors> {
    /// use callfluent_sandbox::ScriptedResponse;
    ///
    /// // The next request that creates an agent gets a rate-limit error.
    /// let limited = ScriptedResponse::status(429).header("retry-after", "1");
    /// sandbox.respond(limited.operation("agents.create"))?;
    /// // The next two calls are started, but the connection is lost before the response.
    /// let lost = ScriptedResponse::disconnected().process_first().times(2);
    /// sandbox.respond(lost.operation("calls.start"))
    /// # }
    /// ```
    pub fn respond(&self, response: ScriptedResponse) -> Result<(), FieldErrors> {
        control::queue(self.shared(), response, Naming::SnakeCase)
    }

    /// Removes all queued responses.
    pub fn clear_responses(&self) {
        self.shared().lock().responses.clear();
    }

    /// Starts or changes random faults; see [`SandboxBuilder::faults`](crate::SandboxBuilder::faults). A rate of 0 stops them.
    pub fn faults(&self, rate: f64, seed: u64) {
        self.shared().lock().faults = RandomFaults::new(rate, seed);
    }

    /// Sets the fields that updates of agents silently ignore. An empty list ends that.
    ///
    /// # Errors
    /// Returns an error if an agent does not have such a field, or while exchanges are recorded or
    /// replayed. The error suggests names.
    pub fn drop_fields<Name: Into<String>>(&self, fields: impl IntoIterator<Item = Name>) -> Result<(), FieldErrors> {
        let names: Vec<_> = fields.into_iter().map(Into::into).collect();
        self.shared().check_account()?;
        let fields = documented_agent_fields("fields", &names, Naming::SnakeCase)?;
        self.shared().lock().account.settings.drop_fields = fields;
        Ok(())
    }

    /// Changes the maximum number of agents of the account.
    ///
    /// # Panics
    /// Panics while exchanges are recorded or replayed.
    #[track_caller]
    pub fn set_agent_limit(&self, agents: usize) {
        self.require_account();
        self.shared().set_limits(Some(agents), None);
    }

    /// Changes the maximum number of workspaces of the account.
    ///
    /// # Panics
    /// Panics while exchanges are recorded or replayed.
    #[track_caller]
    pub fn set_workspace_limit(&self, workspaces: usize) {
        self.require_account();
        self.shared().set_limits(None, Some(workspaces));
    }

    /// Gives or takes the permission of the API key for a workspace. Without it, requests for the
    /// workspace, its agents and their calls get the documented 403 response.
    ///
    /// # Errors
    /// Returns an error if the workspace is unknown, or while exchanges are recorded or replayed.
    pub fn set_permission(&self, workspace_id: u64, allowed: bool) -> Result<(), FieldErrors> {
        self.shared().check_account()?;
        self.shared().set_permission(workspace_id, allowed)
    }

    /// Revokes the API key, or accepts it again. With a revoked key, requests get a 401 response.
    ///
    /// # Panics
    /// Panics while exchanges are recorded or replayed.
    #[track_caller]
    pub fn set_key_revoked(&self, revoked: bool) {
        self.require_account();
        self.shared().lock().key_is_revoked = revoked;
    }

    #[track_caller]
    fn require_account(&self) {
        if let Err(errors) = self.shared().check_account() {
            fail(&errors.to_string());
        }
    }
}
