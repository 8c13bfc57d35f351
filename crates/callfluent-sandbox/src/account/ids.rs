//! The next ID of each kind. The ranges are disjoint, so that an ID of the wrong kind is not found
//! instead of naming another object.

use super::other_account;

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct NextIds {
    workspace: u64,
    agent: u64,
    knowledge_file: u64,
    action: u64,
    call: u64,
}

impl NextIds {
    pub(super) fn from_seed(seed: u64) -> Self {
        let offset = seed % 1_000 * 100_000;
        // Workspaces start at 1 with any seed: all examples of the documentation use workspace 1.
        Self {
            workspace: 1,
            agent: offset + 1_001,
            knowledge_file: offset + 3_001,
            action: offset + 7_001,
            call: offset + 50_001,
        }
    }

    pub(super) fn workspace(&mut self) -> u64 {
        if self.workspace == other_account::WORKSPACE {
            self.workspace += 1;
        }
        take(&mut self.workspace)
    }

    pub(super) fn agent(&mut self) -> u64 {
        take(&mut self.agent)
    }

    pub(super) fn knowledge_file(&mut self) -> u64 {
        take(&mut self.knowledge_file)
    }

    pub(super) fn action(&mut self) -> u64 {
        take(&mut self.action)
    }

    pub(super) fn call(&mut self) -> u64 {
        take(&mut self.call)
    }
}

fn take(next: &mut u64) -> u64 {
    let id = *next;
    *next += 1;
    id
}
