//! What a sandbox is started with, and started over with by a reset.
//! Two sandboxes with equal settings answer the same requests with the same bytes.

use crate::clock;

/// The key that a sandbox accepts unless another is chosen.
pub const DEFAULT_API_KEY: &str = "callfluent-sandbox-key";

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
        }
    }
}
