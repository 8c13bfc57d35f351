//! Agents: endpoints 2 to 5, 7 and 17.

use super::resource_macro::resource;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::{
    Agent, AgentCreateParams, AgentDetails, AgentPatchParams, AgentPatchResult, CorsOrigins, PublicAgent,
};
use crate::schema::Certainty;

resource! {
    /// Voice agents.
    pub struct Agents = "agents";

    /// Creates a voice agent.
    CREATE = Post "/agent/create", name "agents.create", section("2. Create a New Agent");
    parameters {
        /// Fields of the agent.
        Fields agent: AgentCreateParams as "" [required()];
    }
    output Agent, "The new agent. Most other methods take its `id`.";
    later "[`Agents::get`] and [`Agents::list`] return the agent later.";
    errors {
        LimitReached: "The account has reached its maximum number of agents.";
    }
    unknown_outcome "the agent may exist; check [`Agents::list`] before you create it again.";
    example {
        let agent = agents.create(
            workspace_id: 1,
            format: "outbound",
            timezone: "UTC+00:00",
            name: "Sales assistant",
            lang: "en",
            voice: "alloy",
            phone_number: "+12015550104",
            agent_type: "sales",
            background: "You work for a bakery.",
            goal: "Take orders",
            tone: "Friendly",
            instructions: "Ask what they need and when.",
        );
        print(agent.id);
    }
    async fn create(self, agent: &AgentCreateParams) -> Result<Agent> {
        self.client.invoke(Invocation::new(&CREATE).with_fields(agent)).await
    }

    /// Lists all agents of a workspace.
    LIST = Get "/agent/get-all/{workspaceId}", name "agents.list", section("3. Get All Agents in Workspace"), nested_as("agents");
    parameters {
        /// ID of the workspace.
        Path workspace_id: Id as "workspaceId" [required(), example("1")];
    }
    output List<Agent>, "The agents of the workspace.";
    later "Repeat the request to get the current agents.";
    errors {
        NotFound: "No workspace has this ID.";
    }
    example {
        for agent in agents.list(workspace_id: 1) {
            print(agent.name);
        }
    }
    async fn list(self, workspace_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&LIST).with("workspace_id", workspace_id.into())).await
    }

    /// Returns an agent with its knowledge files and call statistics.
    GET = Get "/agent/get-one/{agentId}", name "agents.get", section("4. Get Agent Details");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agentId" [required(), example("1")];
    }
    output AgentDetails, "The agent in `agent`, its knowledge files in `files`, and the statistics in `total_calls` and \
        `average_duration`.";
    later "Repeat the request to get the current agent.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        let details = agents.get(agent_id: 1002);
        print(details.agent.name);
        print(details.total_calls);
    }
    async fn get(self, agent_id: impl Into<Id>) -> Result<AgentDetails> {
        self.client.invoke(Invocation::new(&GET).with("agent_id", agent_id.into())).await
    }

    /// Returns the public part of an agent.
    ///
    /// This request does not send the API key. Anybody who knows the ID of an agent can send it.
    GET_PUBLIC = Get "/call-api/get-public-agent/{agentId}", name "agents.get_public", extension(Certainty::Seen),
        nested_as("agent"), without_key();
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agentId" [required(), example("1")];
    }
    output PublicAgent, "The `name` and the `avatar` of the agent.";
    later "Repeat the request to get the current agent.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        let agent = agents.get_public(agent_id: 1002);
        print(agent.name);
    }
    async fn get_public(self, agent_id: impl Into<Id>) -> Result<PublicAgent> {
        self.client.invoke(Invocation::new(&GET_PUBLIC).with("agent_id", agent_id.into())).await
    }

    /// Replaces all fields of an agent.
    ///
    /// The server may reset optional fields that are omitted. Use [`Agents::patch`] to change
    /// single fields.
    UPDATE = Put "/agent/update/{id}", name "agents.update", section("7. Update an Agent"), wrapped_in("Payload"),
        queued_by("agent_id");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("14")];
        /// New fields of the agent.
        Fields agent: AgentCreateParams as "" [required()];
    }
    output Agent, "The updated agent.";
    later "[`Agents::get`] and [`Agents::list`] return the updated agent later.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        agents.update(
            agent_id: 1002,
            workspace_id: 1,
            format: "outbound",
            timezone: "UTC+00:00",
            name: "Service reminders",
            lang: "en",
            voice: "alloy",
            phone_number: "+12015550101",
            agent_type: "sales",
            background: "You work for a bicycle shop.",
            goal: "Book the yearly service",
            tone: "Friendly",
            instructions: "Be brief.",
        );
    }
    async fn update(self, agent_id: impl Into<Id>, agent: &AgentCreateParams) -> Result<Agent> {
        self.client.invoke(Invocation::new(&UPDATE).with_fields(agent).with("agent_id", agent_id.into())).await
    }

    /// Changes some fields of an agent and keeps all others.
    ///
    /// The API can only replace an agent. This method reads the agent, merges the changes, updates
    /// the agent, and reads it again. The timeout applies to all of these requests together. If the
    /// update fails and its outcome is unknown, the agent is read to find out, and updated again if
    /// the server did not update it.
    ///
    /// `clear` names optional fields whose value is removed. If the server does not keep a value as
    /// sent, or keeps a cleared one, the patch fails with
    /// [`Error::DroppedFields`](crate::Error::DroppedFields), which has the result. With
    /// `allow_dropped`, the result is returned, and lists these fields in `dropped`.
    ///
    /// Patches and updates of one agent by a client and its clones run one after another. If
    /// another client changes the agent at the same time, the patch starts over. A change directly
    /// before the update is not noticed, and the update overwrites it.
    PATCH = Put "/agent/update/{id}", name "agents.patch", extension(Certainty::Documented), wrapped_in("Payload"), composite();
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "id" [required(), example("14")];
        /// Fields to change.
        Fields changes: AgentPatchParams as "" [required()];
    }
    output AgentPatchResult, "The agent in `agent`. `dropped` lists the fields that the server did not store as sent.";
    later "[`Agents::get`] and [`Agents::list`] return the changed agent later.";
    errors {
        NotFound: "No agent has this ID.";
        Conflict: "Another client kept changing the agent; nothing was updated.";
        DroppedFields: "The agent was updated, but the server did not keep all values.";
    }
    example {
        let result = agents.patch(agent_id: 1002, tone: "Warm", welcome_msg: "Good morning!");
        print(result.agent.tone);
    }
    async fn patch(self, agent_id: impl Into<Id>, changes: &AgentPatchParams) -> Result<AgentPatchResult> {
        self.client.patch(Invocation::new(&PATCH).with_fields(changes).with("agent_id", agent_id.into())).await
    }

    /// Deletes an agent.
    DELETE = Delete "/agent/delete/{agentId}", name "agents.delete", section("5. Delete an Agent"), nested_as("agents");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agentId" [required(), example("11")];
    }
    output List<Agent>, "The remaining agents of the workspace.";
    later "[`Agents::list`] returns the remaining agents later.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        agents.delete(agent_id: 1003);
    }
    async fn delete(self, agent_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&DELETE).with("agent_id", agent_id.into())).await
    }

    /// Sets the web origins from which browsers may use an agent (CORS).
    ///
    /// The new list replaces the old one. By default, the client enables a list that has items.
    SET_CORS_ORIGINS = Put "/agent/webhook-cors-origin/{agent_id}", name "agents.set_cors_origins",
        section("17. Set Agent's CORS Origin"), wrapped_in("data");
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agent_id" [required(), example("1")];
        /// Allowed origins, e.g. `https://example.com`.
        Body origins: Vec<String> as "webhook_cors_origin" [required()];
        /// Enables the list of origins.
        Body enabled: bool as "has_webhook_cors_origin" [derived_from("webhook_cors_origin"), example("true")];
    }
    output CorsOrigins, "The stored origins in `webhook_cors_origin`. `has_webhook_cors_origin` is true if they are enabled.";
    later "The API documents no endpoint that returns the origins later: store them.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        agents.set_cors_origins(agent_id: 1002, origins: ["https://example.com"]);
    }
    async fn set_cors_origins(
        self,
        agent_id: impl Into<Id>,
        origins: &[impl AsRef<str>],
        enabled: impl Into<Option<bool>>,
    ) -> Result<CorsOrigins> {
        let origins: Vec<&str> = origins.iter().map(AsRef::as_ref).collect();
        let mut invocation =
            Invocation::new(&SET_CORS_ORIGINS).with("agent_id", agent_id.into()).with("origins", origins);
        if let Some(enabled) = enabled.into() {
            invocation = invocation.with("enabled", enabled);
        }
        self.client.invoke(invocation).await
    }
}
