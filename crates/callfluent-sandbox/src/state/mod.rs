//! What the sandbox remembers: workspaces with their numbers, agents with all that is theirs, and calls.
//! Nothing here knows of HTTP; ids, UUIDs and moments come from the seed and the clock alone.

mod agent;
mod call;
mod workspace;

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;

use crate::demo;
use crate::refusal::Refusal;
use crate::settings::Settings;

pub(crate) use agent::{Action, Agent, CrossOrigin, KnowledgeFile};
pub(crate) use call::{Call, CallStatus};
pub(crate) use workspace::{PhoneNumber, Workspace};

/// Ids that belong to another account: whatever names one of them is answered with the documented 403.
pub mod other_account {
    /// A workspace of another account.
    pub const WORKSPACE: u64 = 90;
    /// An agent of another account.
    pub const AGENT: u64 = 91;
    /// A call of another account.
    pub const CALL: u64 = 92;
    /// A knowledge file of another account.
    pub const KNOWLEDGE_FILE: u64 = 93;
    /// An action of another account.
    pub const ACTION: u64 = 94;
}

/// The next id of each kind. The ranges lie apart, so that an id of the wrong kind is not found rather than mistaken.
#[derive(Debug)]
struct NextIds {
    workspace: u64,
    agent: u64,
    knowledge_file: u64,
    action: u64,
    call: u64,
}

impl NextIds {
    fn from_seed(seed: u64) -> Self {
        let offset = seed % 1_000 * 100_000;
        // Workspaces count from 1 under any seed: the documentation's examples all name workspace 1.
        Self {
            workspace: 1,
            agent: offset + 1_001,
            knowledge_file: offset + 3_001,
            action: offset + 7_001,
            call: offset + 50_001,
        }
    }
}

fn take(next: &mut u64) -> u64 {
    let taken = *next;
    *next += 1;
    taken
}

/// The whole state of the fake account.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) moment: u64,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) agents: BTreeMap<u64, Agent>,
    pub(crate) calls: BTreeMap<u64, Call>,
    pub(crate) random: Rng,
    next: NextIds,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut world = Self {
            settings: settings.clone(),
            moment: settings.clock,
            workspaces: Vec::new(),
            agents: BTreeMap::new(),
            calls: BTreeMap::new(),
            random: Rng::with_seed(settings.seed),
            next: NextIds::from_seed(settings.seed),
        };
        if settings.demo {
            demo::furnish(&mut world);
        } else {
            demo::furnish_first_workspace(&mut world);
        }
        world
    }

    pub(crate) fn next_workspace_id(&mut self) -> u64 {
        if self.next.workspace == other_account::WORKSPACE {
            self.next.workspace += 1;
        }
        take(&mut self.next.workspace)
    }

    pub(crate) fn next_agent_id(&mut self) -> u64 {
        take(&mut self.next.agent)
    }

    pub(crate) fn next_knowledge_file_id(&mut self) -> u64 {
        take(&mut self.next.knowledge_file)
    }

    pub(crate) fn next_action_id(&mut self) -> u64 {
        take(&mut self.next.action)
    }

    pub(crate) fn next_call_id(&mut self) -> u64 {
        take(&mut self.next.call)
    }

    /// A version 4 UUID from the seeded generator.
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

    /// The workspace, if it is there and ours.
    pub(crate) fn workspace(&self, id: u64) -> Result<&Workspace, Refusal> {
        if id == other_account::WORKSPACE {
            return Err(Refusal::Permission);
        }
        self.workspaces.iter().find(|workspace| workspace.id == id).ok_or_else(|| Refusal::not_found("Workspace", id))
    }

    /// The agent, if it is there and ours.
    pub(crate) fn agent(&self, id: u64) -> Result<&Agent, Refusal> {
        self.agents.get(&id).ok_or_else(|| missing_agent(id))
    }

    /// The agent, to be changed.
    pub(crate) fn agent_mut(&mut self, id: u64) -> Result<&mut Agent, Refusal> {
        self.agents.get_mut(&id).ok_or_else(|| missing_agent(id))
    }

    /// The call, to be changed.
    pub(crate) fn call_mut(&mut self, id: u64) -> Result<&mut Call, Refusal> {
        if id == other_account::CALL {
            return Err(Refusal::Permission);
        }
        self.calls.get_mut(&id).ok_or_else(|| Refusal::not_found("Call", id))
    }

    /// The agent that has this action.
    pub(crate) fn agent_of_action(&mut self, id: u64) -> Result<&mut Agent, Refusal> {
        if id == other_account::ACTION {
            return Err(Refusal::Permission);
        }
        self.agents
            .values_mut()
            .find(|agent| agent.actions.iter().any(|action| action.id == id))
            .ok_or_else(|| Refusal::not_found("Action", id))
    }

    /// The agent that has this knowledge file.
    pub(crate) fn agent_of_knowledge_file(&mut self, id: u64) -> Result<&mut Agent, Refusal> {
        if id == other_account::KNOWLEDGE_FILE {
            return Err(Refusal::Permission);
        }
        self.agents
            .values_mut()
            .find(|agent| agent.knowledge_files.iter().any(|file| file.id == id))
            .ok_or_else(|| Refusal::not_found("Knowledge file", id))
    }

    /// The agents of a workspace as the list that many endpoints answer with.
    pub(crate) fn agent_list(&self, workspace_id: u64) -> Value {
        self.agents
            .values()
            .filter(|agent| agent.workspace_id() == workspace_id)
            .map(|agent| agent.to_json(self.settings.answer_fields))
            .collect()
    }

    /// The calls of an agent, the newest first.
    pub(crate) fn calls_of(&self, agent_id: u64) -> impl Iterator<Item = &Call> {
        self.calls.values().rev().filter(move |call| call.agent_id == agent_id)
    }
}

fn missing_agent(id: u64) -> Refusal {
    if id == other_account::AGENT { Refusal::Permission } else { Refusal::not_found("Agent", id) }
}
