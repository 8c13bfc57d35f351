//! Requests of one agent that must run one after another. Two patches at once would read the same
//! agent, and the later update would undo the earlier one.

use serde_json::{Map, Value};
use tokio::sync::OwnedMutexGuard;

use super::handle::CallFluent;
use crate::error::{Error, ErrorContext, Result};
use crate::id::Id;
use crate::operation::Operation;

impl CallFluent {
    /// Returns the key of the queue that a request of an operation waits in, if there is one.
    pub(super) fn queue_of(&self, operation: &Operation, arguments: &Map<String, Value>) -> Option<String> {
        let name = operation.queued_by.filter(|_| !self.options.has_turn)?;
        let parameter = operation.parameters.iter().find(|parameter| parameter.field.name == name)?;
        let id = parameter.field.get(arguments)?;
        serde_json::from_value::<Id>(id.clone()).ok().map(|id| id.to_string())
    }

    /// Waits until the earlier changes of an agent by this client and its clones are done.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the queue timeout expires.
    pub(crate) async fn wait_for_turn(&self, agent_id: &str) -> Result<OwnedMutexGuard<()>> {
        let turn = self.shared.live()?.turns.lock(agent_id.to_owned());
        let Some(limit) = self.options.queue_timeout else {
            return Ok(turn.await);
        };
        tokio::time::timeout(limit, turn).await.map_err(|_| {
            let limit = limit.as_secs_f64();
            let message = format!("timed out after {limit} s before sending (other changes of agent {agent_id})");
            Error::Timeout(self.update_context(message))
        })
    }

    /// Returns the context of an error about the update of an agent.
    pub(crate) fn update_context(&self, message: String) -> Box<ErrorContext> {
        let url = format!("{}/agent/update", self.base_url());
        Box::new(ErrorContext { message, method: "PUT".into(), url, ..ErrorContext::default() })
    }

    /// Returns the error of a change whose runtime was shut down.
    pub(crate) fn shut_down(&self, agent_id: &str) -> Error {
        let message = format!("tokio runtime was shut down while agent {agent_id} was changed");
        let mut context = self.update_context(message);
        context.outcome_unknown = true;
        Error::Connection(context)
    }
}
