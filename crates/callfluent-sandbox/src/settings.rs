//! The settings of a sandbox. A reset returns to them.
//! Two sandboxes with equal settings send the same bytes in response to the same requests.

use crate::clock;
use crate::scripted_responses::RandomFaults;
use crate::secret_string::SecretString;

/// The API key of a sandbox without a configured key.
pub const DEFAULT_API_KEY: &str = "callfluent-sandbox-key";

/// The fields of agents and actions in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum ResponseFields {
    /// Documented fields and sent fields: code that passes does not rely on others.
    Documented,
    /// Also fields that a server is likely to add: times, custom fields, actions, origins.
    Likely,
}

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Settings {
    /// Never stored.
    #[cfg_attr(feature = "data-dir", serde(skip))]
    pub(crate) api_key: SecretString,
    pub(crate) demo: bool,
    pub(crate) seed: u64,
    pub(crate) clock: u64,
    pub(crate) page_size: usize,
    /// Seconds by which a request for the first page of a call history moves the clock.
    #[cfg_attr(feature = "data-dir", serde(default))]
    pub(crate) seconds_per_poll: u64,
    pub(crate) agent_limit: usize,
    pub(crate) workspace_limit: usize,
    pub(crate) journal_limit: usize,
    pub(crate) drop_fields: Vec<String>,
    pub(crate) response_fields: ResponseFields,
    pub(crate) faults: RandomFaults,
}

#[cfg(feature = "data-dir")]
impl Settings {
    /// Applies the options that differ between two starts. Other settings keep their values, which
    /// control requests may have changed. Seed and clock stay those of the stored objects.
    pub(crate) fn apply_changes(&mut self, earlier: &Self, later: &Self) {
        macro_rules! apply {
            ($($name:ident),*) => { $( if earlier.$name != later.$name { self.$name = later.$name.clone(); } )* };
        }
        apply!(page_size, seconds_per_poll, agent_limit, workspace_limit, journal_limit, drop_fields, response_fields);
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_key: DEFAULT_API_KEY.into(),
            demo: false,
            seed: 0,
            clock: clock::DEFAULT_START,
            page_size: 20,
            seconds_per_poll: 0,
            agent_limit: 100,
            workspace_limit: 5,
            journal_limit: 10_000,
            drop_fields: Vec::new(),
            response_fields: ResponseFields::Documented,
            faults: RandomFaults::default(),
        }
    }
}
