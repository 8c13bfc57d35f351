//! Custom fields: endpoints 12 (which both creates and updates) and 13.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::CustomField;

resource! {
    /// Custom fields of agents, such as a caller's name, which actions collect and send.
    pub struct CustomFields = "custom_fields";

    /// Gives an agent a custom field.
    ///
    /// Returns the agent's custom fields. A field is never created twice.
    CREATE = Put "/agent/custom-field/{id}", name "custom_fields.create", section("12. Create an Agent's Custom Fields"),
        wrapped_in("data"), non_idempotent(), nested_as("custom_fields");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "id" [required(), example("1")];
        /// The field's name, which actions refer to.
        Body name: String as "name" [required(), example("name")];
        /// What the field holds, for people.
        Body label: String as "label" [required(), example("Call's name")];
    }
    output List<CustomField>;
    async fn create(self, agent_id: impl Into<Id>, name: &str, label: &str) -> Result<List<CustomField>> {
        let invocation = Invocation::new(&CREATE).with("agent_id", agent_id.into()).with("name", name).with("label", label);
        self.client.invoke(invocation).await
    }

    /// Changes a custom field of an agent.
    ///
    /// Returns the agent's custom fields.
    UPDATE = Put "/agent/custom-field/{id}", name "custom_fields.update", section("12. Create an Agent's Custom Fields"),
        wrapped_in("data"), nested_as("custom_fields");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "id" [required(), example("1")];
        /// The field's id.
        Body field_id: Id as "id" [required(), text_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
        /// The field's name, which actions refer to.
        Body name: String as "name" [required(), example("name")];
        /// What the field holds, for people.
        Body label: String as "label" [required(), example("Call's name")];
    }
    output List<CustomField>;
    async fn update(self, agent_id: impl Into<Id>, field_id: impl Into<Id>, name: &str, label: &str) -> Result<List<CustomField>> {
        let invocation = Invocation::new(&UPDATE)
            .with("agent_id", agent_id.into())
            .with("field_id", field_id.into())
            .with("name", name)
            .with("label", label);
        self.client.invoke(invocation).await
    }

    /// Takes a custom field from an agent.
    ///
    /// Returns the agent's custom fields that remain.
    DELETE = Delete "/agent/remove-custom-fields/{agent_id}/{field_id}", name "custom_fields.delete",
        section("13. Delete an Agent's Custom Fields"), nested_as("custom_fields");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "agent_id" [required(), example("1")];
        /// The field's id.
        Path field_id: Id as "field_id" [required(), text_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
    }
    output List<CustomField>;
    async fn delete(self, agent_id: impl Into<Id>, field_id: impl Into<Id>) -> Result<List<CustomField>> {
        let invocation = Invocation::new(&DELETE).with("agent_id", agent_id.into()).with("field_id", field_id.into());
        self.client.invoke(invocation).await
    }
}
