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
        let context = |message| self.update_context(message);
        self.wait_in_queue(agent_id.to_owned(), &format!("changes of agent {agent_id}"), context).await
    }

    /// Waits until the earlier uploads to an agent by this client and its clones are done.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the queue timeout expires.
    pub(crate) async fn wait_to_upload(&self, agent_id: &str) -> Result<OwnedMutexGuard<()>> {
        let context = |message| self.upload_context(message);
        self.wait_in_queue(format!("files of {agent_id}"), &format!("uploads to agent {agent_id}"), context).await
    }

    async fn wait_in_queue(
        &self,
        key: String,
        others: &str,
        context: impl FnOnce(String) -> Box<ErrorContext>,
    ) -> Result<OwnedMutexGuard<()>> {
        let turn = self.shared.live()?.turns.lock(key);
        let Some(limit) = self.options.queue_timeout else {
            return Ok(turn.await);
        };
        tokio::time::timeout(limit, turn).await.map_err(|_| {
            let limit = limit.as_secs_f64();
            Error::Timeout(context(format!("timed out after {limit} s before sending (other {others})")))
        })
    }

    /// Returns the context of an error about the update of an agent.
    pub(crate) fn update_context(&self, message: String) -> Box<ErrorContext> {
        self.put_context("/agent/update", message)
    }

    /// Returns the context of an error about an upload.
    pub(crate) fn upload_context(&self, message: String) -> Box<ErrorContext> {
        self.put_context("/agent/knowledge", message)
    }

    fn put_context(&self, path: &str, message: String) -> Box<ErrorContext> {
        let url = format!("{}{path}", self.base_url());
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
