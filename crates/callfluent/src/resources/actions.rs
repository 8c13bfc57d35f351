//! Actions: endpoints 14 to 16.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::id::Id;
use crate::models::{Action, ActionRecord};

resource! {
    /// Actions that agents perform during phone calls, e.g. sending an email or forwarding the
    /// call.
    pub struct Actions = "actions";

    /// Adds an action to an agent.
    CREATE = Post "/agent/create-action", name "actions.create", section("14. Create a New Agent Action"), wrapped_in("payload");
    parameters {
        /// ID of the agent.
        Body agent_id: Id as "agentId" [required(), example("1")];
        /// The action, one of eight types.
        Object action: Action as "" [required()];
    }
    output ActionRecord, "The new action with its `id`.";
    later "The API documents no endpoint that returns actions later: store the `id` to update or delete the action.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "the action may exist, and the API does not list actions; check the CallFluent dashboard before you \
        create it again.";
    example {
        let action = actions.create(agent_id: 1002, action: SendSms {
            name: "Send the address",
            instruction: "When the caller asks for directions",
            content: "1 Main Street",
        });
        print(action.id);
    }
    async fn create(self, agent_id: impl Into<Id>, action: impl Into<Action>) -> Result<ActionRecord> {
        let action = action.into();
        let invocation = Invocation::new(&CREATE).with("agent_id", agent_id.into()).with("action", &action);
        self.client.invoke(invocation.unchecked(matches!(action, Action::Other(_)))).await
    }

    /// Replaces an action.
    UPDATE = Post "/agent/update-action/{actionId}", name "actions.update", section("15. Update an Agent Action");
    parameters {
        /// ID of the action.
        Path action_id: Id as "actionId" [required(), example("1")];
        /// The new action, one of eight types.
        Object action: Action as "" [required()];
    }
    output ActionRecord, "The updated action.";
    later "The API documents no endpoint that returns actions later.";
    errors {
        NotFound: "No action has this ID.";
    }
    unknown_outcome "the action may be updated, and the API does not return actions; sending the same update again \
        is safe.";
    example {
        actions.update(action_id: 7002, action: SendEmail {
            name: "Send the address",
            instruction: "When the caller asks for directions",
            content: "2 Main Street",
            subject: "Our address",
        });
    }
    async fn update(self, action_id: impl Into<Id>, action: impl Into<Action>) -> Result<ActionRecord> {
        let action = action.into();
        let invocation = Invocation::new(&UPDATE).with("action_id", action_id.into()).with("action", &action);
        self.client.invoke(invocation.unchecked(matches!(action, Action::Other(_)))).await
    }

    /// Deletes an action.
    DELETE = Delete "/agent/delete-action/{actionId}", name "actions.delete", section("16. Delete an Agent Action");
    parameters {
        /// ID of the action.
        Path action_id: Id as "actionId" [required(), example("1")];
    }
    output ActionRecord, "The deleted action.";
    later "The API documents no endpoint that returns the remaining actions.";
    errors {
        NotFound: "No action has this ID.";
    }
    example {
        actions.delete(action_id: 7002);
    }
    async fn delete(self, action_id: impl Into<Id>) -> Result<ActionRecord> {
        self.client.invoke(Invocation::new(&DELETE).with("action_id", action_id.into())).await
    }
}
