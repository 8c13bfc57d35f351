//! Requests of one agent that must run one after another. Two patches at once would read the same
//! agent, and the later update would undo the earlier one.

use serde_json::{Map, Value};
use tokio::sync::OwnedMutexGuard;

use super::handle::CallFluent;
use crate::error::{Error, RequestTarget, Result};
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
    pub(crate) async fn wait_for_turn(&self, agent_id: &str, target: RequestTarget) -> Result<OwnedMutexGuard<()>> {
        self.wait_in_queue(agent_id.to_owned(), &format!("changes of agent {agent_id}"), target).await
    }

    /// Waits until the earlier uploads to an agent by this client and its clones are done.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the queue timeout expires.
    pub(crate) async fn wait_to_upload(&self, agent_id: &str, target: RequestTarget) -> Result<OwnedMutexGuard<()>> {
        self.wait_in_queue(format!("files of {agent_id}"), &format!("uploads to agent {agent_id}"), target).await
    }

    async fn wait_in_queue(&self, key: String, others: &str, target: RequestTarget) -> Result<OwnedMutexGuard<()>> {
        let turn = self.shared.live()?.turns.lock(key);
        let Some(limit) = self.options.queue_timeout else {
            return Ok(turn.await);
        };
        tokio::time::timeout(limit, turn).await.map_err(|_| {
            let limit = limit.as_secs_f64();
            Error::Timeout(target.context(format!("timed out after {limit} s before sending (other {others})")))
        })
    }
}

/// Returns the error of a change whose runtime was shut down.
pub(crate) fn shut_down(agent_id: impl std::fmt::Display, target: RequestTarget) -> Error {
    let mut context = target.context(format!("tokio runtime was shut down while agent {agent_id} was changed"));
    context.outcome_unknown = true;
    Error::Connection(context)
}
