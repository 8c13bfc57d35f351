//! Agents: endpoints 2 to 5, 7 and 17.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::{Agent, AgentCreateParams, AgentDetails, AgentPatchParams, AgentPatchResult, CorsOrigins};

resource! {
    /// Voice agents: create, read, change and delete them.
    pub struct Agents = "agents";

    /// Creates a voice agent.
    ///
    /// Returns the new agent. `LimitReachedError` says that the account has all the agents it may have. An agent is never
    /// created twice: where the connection breaks after the request was sent, the error says that the outcome is unknown.
    CREATE = Post "/agent/create", name "agents.create", section("2. Create a New Agent");
    parameters {
        /// The agent.
        Fields agent: AgentCreateParams as "" [required()];
    }
    output Agent;
    async fn create(self, agent: &AgentCreateParams) -> Result<Agent> {
        self.client.invoke(Invocation::new(&CREATE).with_fields(agent)).await
    }

    /// Lists all agents of a workspace.
    LIST = Get "/agent/get-all/{workspaceId}", name "agents.list", section("3. Get All Agents in Workspace"), nested_as("agents");
    parameters {
        /// The workspace's id.
        Path workspace_id: Id as "workspaceId" [required(), example("1")];
    }
    output List<Agent>;
    async fn list(self, workspace_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&LIST).with("workspace_id", workspace_id.into())).await
    }

    /// Returns an agent with its knowledge files and the figures of its calls.
    GET = Get "/agent/get-one/{agentId}", name "agents.get", section("4. Get Agent Details");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "agentId" [required(), example("1")];
    }
    output AgentDetails;
    async fn get(self, agent_id: impl Into<Id>) -> Result<AgentDetails> {
        self.client.invoke(Invocation::new(&GET).with("agent_id", agent_id.into())).await
    }

    /// Replaces what an agent is. Optional fields that are left out may lose their values: to change some fields and keep
    /// the others, use `patch`.
    ///
    /// Returns the updated agent.
    UPDATE = Put "/agent/update/{id}", name "agents.update", section("7. Update an Agent"), wrapped_in("Payload");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "id" [required(), example("14")];
        /// The agent as it is to be.
        Fields agent: AgentCreateParams as "" [required()];
    }
    output Agent;
    async fn update(self, agent_id: impl Into<Id>, agent: &AgentCreateParams) -> Result<Agent> {
        self.client.invoke(Invocation::new(&UPDATE).with_fields(agent).with("agent_id", agent_id.into())).await
    }

    /// Changes some of an agent's fields and leaves the others as they are.
    ///
    /// It reads the agent, merges the changes, updates it and reads it back. Returns the agent as it is now, with the
    /// fields that the server did not take over. `ConflictError` says that the agent was changed by somebody else
    /// meanwhile; then nothing was sent.
    PATCH = Put "/agent/update/{id}", name "agents.patch", extension, wrapped_in("Payload"), composite();
    parameters {
        /// The agent's id.
        Path agent_id: Id as "id" [required(), example("14")];
        /// The fields to change.
        Fields changes: AgentPatchParams as "" [required()];
    }
    output AgentPatchResult;
    async fn patch(self, agent_id: impl Into<Id>, changes: &AgentPatchParams) -> Result<AgentPatchResult> {
        self.client.patch(Invocation::new(&PATCH).with_fields(changes).with("agent_id", agent_id.into())).await
    }

    /// Deletes an agent.
    ///
    /// Returns the agents that remain.
    DELETE = Delete "/agent/delete/{agentId}", name "agents.delete", section("5. Delete an Agent"), nested_as("agents");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "agentId" [required(), example("11")];
    }
    output List<Agent>;
    async fn delete(self, agent_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&DELETE).with("agent_id", agent_id.into())).await
    }

    /// Sets the web origins from which an agent may be reached.
    ///
    /// Returns the origins now in force.
    SET_CORS_ORIGINS = Put "/agent/webhook-cors-origin/{agent_id}", name "agents.set_cors_origins",
        section("17. Set Agent's CORS Origin"), wrapped_in("data");
    parameters {
        /// The agent's id.
        Path agent_id: Id as "agent_id" [required(), example("1")];
        /// The origins, such as `https://example.com`.
        Body origins: Vec<String> as "webhook_cors_origin" [required()];
        /// Whether the list of origins is in force.
        Body enabled: bool as "has_webhook_cors_origin" [required(), example("true")];
    }
    output CorsOrigins;
    async fn set_cors_origins(self, agent_id: impl Into<Id>, origins: &[impl AsRef<str>], enabled: bool) -> Result<CorsOrigins> {
        let origins: Vec<&str> = origins.iter().map(AsRef::as_ref).collect();
        let invocation = Invocation::new(&SET_CORS_ORIGINS)
            .with("agent_id", agent_id.into())
            .with("origins", origins)
            .with("enabled", enabled);
        self.client.invoke(invocation).await
    }
}
