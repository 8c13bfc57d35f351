//! Actions: endpoints 14 to 16.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::id::Id;
use crate::models::{Action, ActionRecord};

resource! {
    /// What agents can do during calls: send email and text messages, forward, collect data, make appointments.
    pub struct Actions = "actions";

    /// Gives an agent an action.
    ///
    /// Returns the new action. It is never created twice.
    CREATE = Post "/agent/create-action", name "actions.create", section("14. Create a New Agent Action"), wrapped_in("payload");
    parameters {
        /// The agent's id.
        Body agent_id: Id as "agentId" [required(), example("1")];
        /// The action: one of the eight kinds.
        Object action: Action as "" [required()];
    }
    output ActionRecord;
    async fn create(self, agent_id: impl Into<Id>, action: &Action) -> Result<ActionRecord> {
        self.client.invoke(Invocation::new(&CREATE).with("agent_id", agent_id.into()).with("action", action)).await
    }

    /// Replaces what an action is.
    ///
    /// Returns the updated action.
    UPDATE = Post "/agent/update-action/{actionId}", name "actions.update", section("15. Update an Agent Action");
    parameters {
        /// The action's id.
        Path action_id: Id as "actionId" [required(), example("1")];
        /// The action as it is to be: one of the eight kinds.
        Object action: Action as "" [required()];
    }
    output ActionRecord;
    async fn update(self, action_id: impl Into<Id>, action: &Action) -> Result<ActionRecord> {
        self.client.invoke(Invocation::new(&UPDATE).with("action_id", action_id.into()).with("action", action)).await
    }

    /// Takes an action from its agent.
    ///
    /// Returns the deleted action.
    DELETE = Delete "/agent/delete-action/{actionId}", name "actions.delete", section("16. Delete an Agent Action");
    parameters {
        /// The action's id.
        Path action_id: Id as "actionId" [required(), example("1")];
    }
    output ActionRecord;
    async fn delete(self, action_id: impl Into<Id>) -> Result<ActionRecord> {
        self.client.invoke(Invocation::new(&DELETE).with("action_id", action_id.into())).await
    }
}
