//! Phone numbers: endpoint 1.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::error::Result;
use crate::id::Id;
use crate::models::{AgentFormat, PhoneNumberList};

resource! {
    /// The phone numbers that a workspace has for its agents.
    pub struct PhoneNumbers = "phone_numbers";

    /// Lists the phone numbers of a workspace and says which of them an agent uses already.
    LIST = Get "/agent/number-list/{id}/{agentType}", name "phone_numbers.list", section("1. Get Twilio Number List");
    parameters {
        /// The workspace's id.
        Path workspace_id: Id as "id" [required(), example("1")];
        /// For which agents: `outbound` or `inbound`.
        Path agent_type: AgentFormat as "agentType" [required(), example("outbound")];
    }
    output PhoneNumberList;
    async fn list(self, workspace_id: impl Into<Id>, agent_type: AgentFormat) -> Result<PhoneNumberList> {
        let invocation = Invocation::new(&LIST).with("workspace_id", workspace_id.into()).with("agent_type", agent_type);
        self.client.invoke(invocation).await
    }
}
