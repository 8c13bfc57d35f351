//! Changes some fields of an agent. The API's update replaces all of them, so a patch reads the
//! agent, merges the changes, checks that nobody changed it meanwhile, updates it, reads it back,
//! and reports dropped fields.

mod arguments;
mod result;

use std::borrow::Cow;

use serde_json::{Map, Value};
use tracing::Instrument as _;

use self::arguments::PatchArguments;
use self::result::{SETTINGS, dropped_fields, dropped_fields_error, is_applied, settings};
use super::agents::{GET, PATCH, UPDATE};
use crate::client::{CallFluent, Invocation, shut_down};
use crate::error::{Error, FieldErrors, RequestTarget, Result};
use crate::id::Id;
use crate::inspection;
use crate::models::{Agent, AgentPatchResult};
use crate::operation::Operation;
use crate::request::{EncodedRequest, encode_request, missing_fields};
use crate::retry::backoff;
use crate::runtime;
use crate::schema::Naming;

/// Maximum number of times that an agent is compared with an earlier response before a patch.
const MAX_COMPARISONS: usize = 5;
/// Maximum number of updates, if the earlier ones had no effect.
const MAX_UPDATES: u32 = 2;

/// Returns whether an operation is the patch, which needs several requests.
pub(crate) fn is_patch(operation: &Operation) -> bool {
    operation.name == PATCH.name
}

impl CallFluent {
    /// Runs `agents.patch`.
    pub(crate) async fn patch(&self, invocation: Invocation) -> Result<AgentPatchResult> {
        let operation = invocation.operation;
        let arguments = PatchArguments::new(invocation, self.options())?;
        if inspection::is_curl() {
            let reason = "sends several requests; use agents.get and agents.update";
            return Err(Error::invalid(operation.name, "as_curl", reason));
        }
        let client = self.clone();
        let (agent_id, target) = (arguments.agent_id.clone(), self.update_target(&arguments.agent_id));
        let patch = async move { client.patch_in_turn(arguments).await };
        let patch = Box::pin(patch.instrument((operation.span)()));
        runtime::run_unattended(patch).await.unwrap_or_else(|| Err(shut_down(&agent_id, target)))
    }

    /// Validates the arguments of a patch and encodes its changes. Sends nothing.
    pub(crate) fn encode_patch(&self, invocation: Invocation) -> Result<EncodedRequest> {
        let (operation, options) = (invocation.operation, self.options());
        let encoded = encode_request(operation, invocation.arguments.clone(), Vec::new(), None, options.validate)?;
        PatchArguments::new(invocation, options)?;
        Ok(encoded)
    }

    /// Patches an agent after the earlier changes of this client and its clones.
    async fn patch_in_turn(&self, arguments: PatchArguments) -> Result<AgentPatchResult> {
        let _turn =
            self.wait_for_turn(&arguments.agent_id.to_string(), self.update_target(&arguments.agent_id)).await?;
        self.with_shared_deadline().patch_now(arguments).await
    }

    async fn patch_now(&self, arguments: PatchArguments) -> Result<AgentPatchResult> {
        let PatchArguments { agent_id, changes, allow_dropped } = arguments;
        let before = self.read_unchanging_agent(&agent_id).await?;
        let mut payload = settings(&before);
        payload.extend(changes.clone());
        if self.options().validate {
            FieldErrors::new(PATCH.name, missing_fields(SETTINGS, &payload)).into_result()?;
        }
        let after = self.update_and_read_back(&agent_id, &before, &payload, &changes).await?;
        let dropped = dropped_fields(&payload, &before, &after, self.options().naming);
        if dropped.is_empty() || allow_dropped {
            return Ok(AgentPatchResult::new(after, dropped));
        }
        let (target, result) = (self.update_target(&agent_id), AgentPatchResult::new(after, dropped));
        Err(dropped_fields_error(target, result, &agent_id, self.options().naming))
    }

    /// Updates an agent and returns it as it is then. If the outcome of the update is unknown, the
    /// agent shows it.
    async fn update_and_read_back(
        &self,
        agent_id: &Id,
        before: &Agent,
        payload: &Map<String, Value>,
        changes: &Map<String, Value>,
    ) -> Result<Agent> {
        // The changes are validated already. The other values come from the server.
        let client = self.with_options(|options| options.validate(false));
        let mut number = 1;
        loop {
            let update = Invocation::new(&UPDATE).with_fields(payload).with("agent_id", agent_id);
            let error = match client.invoke::<Agent>(update).await {
                Ok(_) => return self.read_agent(agent_id).await.map_err(with_agent_updated),
                Err(error) if error.outcome_unknown() => error,
                Err(error) => return Err(error),
            };
            let Ok(after) = self.read_agent(agent_id).await else {
                return Err(error);
            };
            if is_applied(changes, before, &after) {
                return Ok(after);
            }
            let is_unchanged = settings(before) == settings(&after) && before.extra == after.extra;
            if !is_unchanged || number >= MAX_UPDATES || self.options().max_retries == 0 {
                return Err(with_agent_not_updated(error, is_unchanged));
            }
            tokio::time::sleep(backoff(number)).await;
            number += 1;
        }
    }

    /// Reads an agent until two responses in a row agree.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another client keeps changing it.
    async fn read_unchanging_agent(&self, agent_id: &Id) -> Result<Agent> {
        let mut agent = self.read_agent(agent_id).await.map_err(with_nothing_sent)?;
        let mut changed = Vec::new();
        for _ in 0..MAX_COMPARISONS {
            let before = agent;
            agent = self.read_agent(agent_id).await.map_err(with_nothing_sent)?;
            changed = changed_fields(&settings(&before), &settings(&agent), self.options().naming);
            if changed.is_empty() {
                return Ok(agent);
            }
        }
        let changed = changed.join(", ");
        Err(Error::Conflict(self.update_target(agent_id).context(format!(
            "agent {agent_id} was changed by another client during the patch ({changed}); nothing was sent, so patch it again",
        ))))
    }

    /// Reads an agent. A response without an agent is an error, since an update would lose the
    /// missing fields.
    async fn read_agent(&self, agent_id: &Id) -> Result<Agent> {
        let agent = self.agents().get(agent_id).await?.agent;
        if !agent.id.is_missing() && !settings(&agent).is_empty() {
            return Ok(agent);
        }
        let target = self.target_of_agent(&GET, agent_id);
        Err(Error::Response(target.context("response does not contain an agent")))
    }

    /// Returns the request that updates an agent, for errors.
    fn update_target(&self, agent_id: &Id) -> RequestTarget {
        self.target_of_agent(&UPDATE, agent_id)
    }

    fn target_of_agent(&self, operation: &'static Operation, agent_id: &Id) -> RequestTarget {
        self.target(operation, &Invocation::new(operation).with("agent_id", agent_id).arguments)
    }
}

/// Returns the names of the fields that differ.
fn changed_fields(before: &Map<String, Value>, now: &Map<String, Value>, naming: Naming) -> Vec<Cow<'static, str>> {
    let names = SETTINGS.fields.iter().map(|field| field.name);
    names.filter(|name| before.get(*name) != now.get(*name)).map(|name| naming.convert(name)).collect()
}

fn with_nothing_sent(mut error: Error) -> Error {
    if let Error::Response(context) = &mut error {
        context.message = format!("{}; nothing was sent", context.message.trim_end_matches('.'));
    }
    error
}

fn with_agent_updated(mut error: Error) -> Error {
    if let Some(context) = error.context_mut() {
        context.message = format!("agent was updated, but reading it back failed: {}", context.message);
    }
    error
}

/// Completes the error of an update from the agent's state. After an error response of the server
/// itself, an unchanged agent stays unchanged. A lost request, or one behind a gateway, may still
/// be processed.
fn with_agent_not_updated(mut error: Error, is_unchanged: bool) -> Error {
    if let Some(context) = error.context_mut() {
        if !is_unchanged {
            context.message = format!("agent has other values than the patch: {}", context.message);
            return error;
        }
        context.message = format!("agent was not updated: {}", context.message);
        if matches!(context.status, Some(500 | 503)) {
            context.outcome_unknown = false;
        }
    }
    error
}
