//! Phone numbers: endpoint 1.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::id::Id;
use crate::models::{AgentFormat, PhoneNumberList};

resource! {
    /// Phone numbers of workspaces.
    pub struct PhoneNumbers = "phone_numbers";

    /// Lists the phone numbers of a workspace and marks those in use.
    LIST = Get "/agent/number-list/{id}/{agentType}", name "phone_numbers.list", section("1. Get Twilio Number List");
    parameters {
        /// ID of the workspace.
        Path workspace_id: Id as "id" [required(), example("1")];
        /// Direction of the agents that the numbers are for: `outbound` or `inbound`.
        Path agent_type: AgentFormat as "agentType" [required(), example("outbound")];
    }
    output PhoneNumberList, "All numbers in `numbers`. The keys of `in_use` are the numbers that an agent already uses.";
    later "Repeat the request to get the current phone numbers.";
    errors {
        NotFound: "No workspace has this ID.";
    }
    example {
        let numbers = phone_numbers.list(workspace_id: 1, agent_type: "outbound");
        print(numbers.in_use);
    }
    async fn list(self, workspace_id: impl Into<Id>, agent_type: impl Into<AgentFormat>) -> Result<PhoneNumberList> {
        let invocation = Invocation::new(&LIST).with("workspace_id", workspace_id.into()).with("agent_type", agent_type.into());
        self.client.invoke(invocation).await
    }
}
