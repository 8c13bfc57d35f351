//! `Account`: the simulated account with its workspaces, agents and calls, and how they are found
//! and created. It is independent of HTTP. IDs, UUIDs and times depend only on the seed and the
//! clock.

mod agent;
mod call;
mod call_life;
mod call_plan;
mod call_status;
mod demo_data;
mod ids;
mod objects;
pub mod other_account;
mod workspace;

pub(crate) use agent::{Action, Agent, CorsOrigins, KnowledgeFile};
pub(crate) use call::Call;
pub(crate) use call_plan::{CallPlan, CallScript, Outcome, ScriptedOutcome};
pub(crate) use call_status::CallStatus;
pub(crate) use demo_data::initial_account;
pub(crate) use objects::Objects;
#[cfg(feature = "data-dir")]
pub(crate) use objects::Stored;
pub(crate) use workspace::{PhoneNumber, Workspace};

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::Value;

use crate::errors::ErrorResponse;
use crate::ordered_json::Content;
use crate::secret_string::SecretString;
use crate::settings::Settings;
use crate::webhooks::WebhookRequest;
use ids::NextIds;

/// The phone number in the documentation's examples; workspace 1 has it, so that they work.
const DOCUMENTED_NUMBER: &str = "+123456789";

/// The whole state of the account.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Account {
    pub(crate) settings: Settings,
    /// The time of the last processed request.
    pub(crate) now: u64,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) agents: Objects<Agent>,
    pub(crate) calls: Objects<Call>,
    #[cfg_attr(feature = "data-dir", serde(with = "crate::rng_state"))]
    pub(crate) random: Rng,
    /// The futures of calls that tests have decided; a later one takes precedence.
    pub(crate) call_scripts: Vec<CallScript>,
    /// Workspaces for which the key has no permission.
    pub(crate) forbidden_workspaces: BTreeSet<u64>,
    /// Webhook requests of ended calls, not yet sent.
    pub(crate) outbox: Vec<WebhookRequest>,
    /// Password of the user.
    pub(crate) password: SecretString,
    ids: NextIds,
}

impl Account {
    /// Creates an account without workspaces.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            now: settings.clock,
            workspaces: Vec::new(),
            agents: Objects::default(),
            calls: Objects::default(),
            random: Rng::with_seed(settings.seed),
            call_scripts: Vec::new(),
            forbidden_workspaces: BTreeSet::new(),
            outbox: Vec::new(),
            password: "sandbox-password".into(),
            ids: NextIds::from_seed(settings.seed),
        }
    }

    pub(crate) fn next_agent_id(&mut self) -> u64 {
        self.ids.agent()
    }

    pub(crate) fn next_knowledge_file_id(&mut self) -> u64 {
        self.ids.knowledge_file()
    }

    pub(crate) fn next_action_id(&mut self) -> u64 {
        self.ids.action()
    }

    pub(crate) fn next_call_id(&mut self) -> u64 {
        self.ids.call()
    }

    /// Returns a version 4 UUID from the seeded generator.
    pub(crate) fn next_uuid(&mut self) -> String {
        let bits = self.random.u128(..);
        let hexadecimal = |shift: u32, mask: u128| (bits >> shift) & mask;
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            hexadecimal(96, 0xffff_ffff),
            hexadecimal(80, 0xffff),
            hexadecimal(64, 0xfff),
            hexadecimal(48, 0x3fff) | 0x8000,
            hexadecimal(0, 0xffff_ffff_ffff),
        )
    }

    /// Adds a workspace with phone numbers and returns its ID.
    pub(crate) fn add_workspace(&mut self, name: &str) -> u64 {
        let id = self.ids.workspace();
        let mut numbers = Vec::new();
        if id == 1 {
            numbers.push(DOCUMENTED_NUMBER.to_owned());
        }
        numbers.extend(fictitious_numbers(id).take(10));
        let last_two = numbers.len() - 2;
        let numbers =
            numbers.into_iter().enumerate().map(|(index, number)| self.new_number(number, index >= last_two)).collect();
        self.workspaces.push(Workspace { id, name: name.to_owned(), numbers });
        id
    }

    fn new_number(&mut self, number: String, verified: bool) -> PhoneNumber {
        PhoneNumber { number, sid: format!("PN{:032x}", self.random.u128(..)), verified }
    }

    /// Adds a number to a workspace and returns it as the API does.
    pub(crate) fn add_number(&mut self, workspace_id: u64, number: String, verified: bool) -> Value {
        let number = self.new_number(number, verified);
        let json = number.to_json();
        if let Some(workspace) = self.workspaces.iter_mut().find(|workspace| workspace.id == workspace_id) {
            workspace.numbers.push(number);
        }
        json
    }

    /// Returns a fictitious number that a workspace does not have.
    pub(crate) fn fictitious_number(&self, workspace_id: u64) -> Option<String> {
        let workspace = self.workspaces.iter().find(|workspace| workspace.id == workspace_id)?;
        fictitious_numbers(workspace_id).find(|number| !workspace.has_number(number))
    }

    /// Finds a workspace of the account.
    pub(crate) fn workspace(&self, id: u64) -> Result<&Workspace, ErrorResponse> {
        if id == other_account::WORKSPACE {
            return Err(ErrorResponse::Forbidden);
        }
        self.workspaces
            .iter()
            .find(|workspace| workspace.id == id)
            .ok_or_else(|| ErrorResponse::not_found("Workspace", id))
            .and_then(|workspace| self.permitted(id).map(|()| workspace))
    }

    /// Checks that the key has permission for a workspace.
    fn permitted(&self, workspace_id: u64) -> Result<(), ErrorResponse> {
        if self.forbidden_workspaces.contains(&workspace_id) { Err(ErrorResponse::Forbidden) } else { Ok(()) }
    }

    /// Returns the first number of a workspace that no agent uses, except the documented one.
    pub(crate) fn unused_number(&self, workspace_id: u64) -> Option<String> {
        let workspace = self.workspaces.iter().find(|workspace| workspace.id == workspace_id)?;
        let in_use = |number: &str| self.agents.values().any(|agent| agent.phone_number() == Some(number));
        workspace
            .numbers
            .iter()
            .map(|known| known.number.clone())
            .find(|number| number != DOCUMENTED_NUMBER && !in_use(number))
    }

    /// Finds an agent of the account.
    pub(crate) fn agent(&self, id: u64) -> Result<&Agent, ErrorResponse> {
        let agent = self.agents.get(id).ok_or_else(|| missing_agent(id))?;
        self.permitted(agent.workspace_id())?;
        Ok(agent)
    }

    /// Finds an agent to change it.
    pub(crate) fn agent_mut(&mut self, id: u64) -> Result<&mut Agent, ErrorResponse> {
        self.agent(id)?;
        self.agents.get_mut(id).ok_or_else(|| missing_agent(id))
    }

    /// Finds a call to change it.
    pub(crate) fn call_mut(&mut self, id: u64) -> Result<&mut Call, ErrorResponse> {
        if id == other_account::CALL {
            return Err(ErrorResponse::Forbidden);
        }
        if let Some(call) = self.calls.get(id) {
            self.agent(call.agent_id)?;
        }
        self.calls.get_mut(id).ok_or_else(|| ErrorResponse::not_found("Call", id))
    }

    /// Finds the agent that has an action.
    pub(crate) fn agent_of_action(&mut self, id: u64) -> Result<&mut Agent, ErrorResponse> {
        if id == other_account::ACTION {
            return Err(ErrorResponse::Forbidden);
        }
        let has_action = |agent: &&Agent| agent.actions.iter().any(|action: &Action| action.id == id);
        let agent = self.agents.values().find(has_action).map(|agent| agent.id);
        self.agent_mut(agent.ok_or_else(|| ErrorResponse::not_found("Action", id))?)
    }

    /// Finds the agent that has a knowledge file.
    pub(crate) fn agent_of_knowledge_file(&mut self, id: u64) -> Result<&mut Agent, ErrorResponse> {
        if id == other_account::KNOWLEDGE_FILE {
            return Err(ErrorResponse::Forbidden);
        }
        let has_file = |agent: &&Agent| agent.knowledge_files.iter().any(|file: &KnowledgeFile| file.id == id);
        let agent = self.agents.values().find(has_file).map(|agent| agent.id);
        self.agent_mut(agent.ok_or_else(|| ErrorResponse::not_found("Knowledge file", id))?)
    }

    /// Returns the agents of a workspace as the JSON array that many endpoints return.
    pub(crate) fn agent_list(&self, workspace_id: u64) -> Content {
        self.agents
            .values()
            .filter(|agent| agent.workspace_id() == workspace_id)
            .map(|agent| agent.content(self.settings.response_fields))
            .collect()
    }

    /// Returns the calls of an agent, newest first.
    pub(crate) fn calls_of(&self, agent_id: u64) -> impl Iterator<Item = &Call> {
        self.calls.values().rev().filter(move |call| call.agent_id == agent_id)
    }
}

/// 555-0100 to 555-0199 are reserved for fiction. The first area code differs per workspace.
fn fictitious_numbers(workspace_id: u64) -> impl Iterator<Item = String> {
    let areas = (0..7).map(move |hundred| 200 + workspace_id % 100 + 100 * hundred);
    areas.flat_map(|area| (0..100).map(move |line| format!("+1{area:03}55501{line:02}")))
}

fn missing_agent(id: u64) -> ErrorResponse {
    if id == other_account::AGENT { ErrorResponse::Forbidden } else { ErrorResponse::not_found("Agent", id) }
}
