//! What a sandbox is started with, and started over with by a reset.
//! Two sandboxes with equal settings answer the same requests with the same bytes.

use crate::clock;
use crate::random_faults::Faults;

/// The key that a sandbox accepts unless another is chosen.
pub const DEFAULT_API_KEY: &str = "callfluent-sandbox-key";

/// Which fields the answers about agents and actions have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFields {
    /// Those of the documentation, and what was sent: code that passes here relies on nothing else.
    Documented,
    /// Also those that a server is likely to add: moments, custom fields, actions, origins.
    Likely,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) api_key: String,
    pub(crate) demo: bool,
    pub(crate) seed: u64,
    pub(crate) clock: u64,
    pub(crate) page_size: usize,
    pub(crate) agent_limit: usize,
    pub(crate) workspace_limit: usize,
    pub(crate) journal_limit: usize,
    pub(crate) drop_fields: Vec<String>,
    pub(crate) answer_fields: AnswerFields,
    pub(crate) faults: Faults,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_key: DEFAULT_API_KEY.to_owned(),
            demo: false,
            seed: 0,
            clock: clock::DEFAULT_START,
            page_size: 20,
            agent_limit: 100,
            workspace_limit: 5,
            journal_limit: 10_000,
            drop_fields: Vec::new(),
            answer_fields: AnswerFields::Documented,
            faults: Faults::default(),
        }
    }
}
