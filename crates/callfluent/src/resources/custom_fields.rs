//! Custom fields: endpoints 12 (which both creates and updates) and 13.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::CustomField;

resource! {
    /// Custom fields of agents, e.g. the name of the caller. Actions collect and send them.
    pub struct CustomFields = "custom_fields";

    /// Adds a custom field to an agent.
    CREATE = Put "/agent/custom-field/{id}", name "custom_fields.create", section("12. Create an Agent's Custom Fields"),
        wrapped_in("data"), non_idempotent(), nested_as("custom_fields"), created_by(&["name", "label"]);
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("1")];
        /// Name of the field. Actions refer to it.
        Body name: String as "name" [required(), example("name")];
        /// Description of the field.
        Body label: String as "label" [required(), example("Call's name")];
    }
    output CustomField, "The new custom field. If the server returns all fields of the agent, it is the last one with this name \
        and label.";
    later "The API documents no endpoint that returns custom fields later: store the `id` to update or delete the field.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "the field may exist, and the API does not list fields; check the CallFluent dashboard before you \
        create it again.";
    example {
        let field = custom_fields.create(agent_id: 1002, name: "city", label: "City of the caller");
        print(field.id);
    }
    async fn create(self, agent_id: impl Into<Id>, name: &str, label: &str) -> Result<CustomField> {
        let invocation = Invocation::new(&CREATE).with("agent_id", agent_id.into()).with("name", name).with("label", label);
        self.client.invoke(invocation).await
    }

    /// Replaces the name and label of a custom field.
    UPDATE = Put "/agent/custom-field/{id}", name "custom_fields.update", section("12. Create an Agent's Custom Fields"),
        wrapped_in("data"), nested_as("custom_fields");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("1")];
        /// ID of the field: a UUID.
        Body field_id: Id as "id" [required(), string_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
        /// Name of the field. Actions refer to it.
        Body name: String as "name" [required(), example("name")];
        /// Description of the field.
        Body label: String as "label" [required(), example("Call's name")];
    }
    output List<CustomField>, "A list with the updated custom field. The server may include the agent's other custom fields.";
    later "The API documents no endpoint that returns custom fields later.";
    errors {
        NotFound: "No agent or field has this ID.";
    }
    example {
        custom_fields.update(
            agent_id: 1002,
            field_id: "1660fd61-c43b-47c8-8bbf-8bda59a5ad94",
            name: "name",
            label: "Name of the caller",
        );
    }
    async fn update(self, agent_id: impl Into<Id>, field_id: impl Into<Id>, name: &str, label: &str) -> Result<List<CustomField>> {
        let invocation = Invocation::new(&UPDATE)
            .with("agent_id", agent_id.into())
            .with("field_id", field_id.into())
            .with("name", name)
            .with("label", label);
        self.client.invoke(invocation).await
    }

    /// Deletes a custom field of an agent.
    DELETE = Delete "/agent/remove-custom-fields/{agent_id}/{field_id}", name "custom_fields.delete",
        section("13. Delete an Agent's Custom Fields"), nested_as("custom_fields");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agent_id" [required(), example("1")];
        /// ID of the field: a UUID.
        Path field_id: Id as "field_id" [required(), string_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
    }
    output List<CustomField>, "The remaining custom fields of the agent.";
    later "The API documents no endpoint that returns custom fields later.";
    errors {
        NotFound: "No agent or field has this ID.";
    }
    example {
        custom_fields.delete(agent_id: 1002, field_id: "1660fd61-c43b-47c8-8bbf-8bda59a5ad94");
    }
    async fn delete(self, agent_id: impl Into<Id>, field_id: impl Into<Id>) -> Result<List<CustomField>> {
        let invocation = Invocation::new(&DELETE).with("agent_id", agent_id.into()).with("field_id", field_id.into());
        self.client.invoke(invocation).await
    }
}
