//! The call history of an agent for polls: one page as records of either kind, typed for Rust or as
//! JSON for bindings, with the state of each call.

use std::sync::Arc;
use std::time::Duration;

use super::state::CallState;
use crate::client::{CallFluent, Invocation};
use crate::decode::{List, PublicJson};
use crate::error::{RequestTarget, Result};
use crate::models::Call;
use crate::operation::Operation;
use crate::pagination::{Paginator, invalid_item_key};
use crate::request::Arguments;
use crate::runtime;
use crate::schema::Naming;
use crate::transport::Response;

/// A record of a call.
pub(crate) trait CallRecord: Clone + Send + Sync + 'static {
    /// Decodes a page. Returns its records, and the hashes of items that are not records.
    fn decode_page(
        client: &CallFluent,
        list: &'static Operation,
        response: &Response,
        naming: Naming,
    ) -> Result<(Vec<Self>, Vec<u64>)>;

    fn state(&self) -> CallState;
}

impl CallRecord for Call {
    fn decode_page(
        client: &CallFluent,
        list: &'static Operation,
        response: &Response,
        _: Naming,
    ) -> Result<(Vec<Self>, Vec<u64>)> {
        let items: List<Self> = client.decoder()?.decode(list, response)?;
        let invalid = items.invalid_items().iter().map(|item| invalid_item_key(item.json.get())).collect();
        Ok((items.into_vec(), invalid))
    }

    fn state(&self) -> CallState {
        CallState::of(self.id.clone(), &serde_json::to_string(self).unwrap_or_default())
    }
}

/// The JSON of a record, with public names.
impl CallRecord for Arc<str> {
    fn decode_page(
        client: &CallFluent,
        list: &'static Operation,
        response: &Response,
        naming: Naming,
    ) -> Result<(Vec<Self>, Vec<u64>)> {
        let items = client.decoder()?.decode_public(list, response, naming)?;
        let invalid = items.invalid_items().to_vec();
        Ok((items.into_records().unwrap_or_default(), invalid))
    }

    fn state(&self) -> CallState {
        let id = PublicJson::field_of(self, "id").and_then(|id| serde_json::from_str(id).ok());
        CallState::of(id.unwrap_or_default(), self)
    }
}

/// The call history of an agent.
#[derive(Debug, Clone)]
pub(crate) struct CallHistory {
    pub(crate) client: CallFluent,
    pub(crate) list: &'static Operation,
    /// The arguments of the list, without the page.
    pub(crate) arguments: Arguments,
    pub(crate) naming: Naming,
}

/// A page of a history.
pub(crate) struct HistoryPage<T> {
    pub(crate) calls: Vec<T>,
    pub(crate) states: Vec<CallState>,
    invalid: Vec<u64>,
}

impl CallHistory {
    /// Fetches a page.
    pub(crate) async fn fetch<T: CallRecord>(&self, page: u32) -> Result<HistoryPage<T>> {
        let mut invocation = Invocation::new(self.list).with("page", page);
        invocation.arguments.extend(self.arguments.clone());
        let response = self.client.invoke_raw(invocation).await?;
        let (calls, invalid) = T::decode_page(&self.client, self.list, &response, self.naming)?;
        let states = calls.iter().map(T::state).collect();
        Ok(HistoryPage { calls, states, invalid })
    }

    /// Returns the request of a page, for errors.
    pub(crate) fn target(&self) -> RequestTarget {
        self.client.target(self.list, &self.arguments)
    }

    /// Returns the argument that names the agent, for messages.
    pub(crate) fn agent(&self) -> String {
        let id = self.arguments.get("agent_id").or_else(|| self.arguments.get("agentId"));
        id.map(|id| id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned)).unwrap_or_default()
    }
}

impl<T> HistoryPage<T> {
    /// Adds the page to the position in a read.
    pub(crate) fn add_to(&self, paginator: &mut Paginator) {
        let keys: Vec<_> = self.states.iter().map(|state| state.key).collect();
        let has_ids = keys.is_empty() || self.states.iter().any(|state| !state.id.is_missing());
        paginator.add_page(&keys, &self.invalid, has_ids);
    }
}

/// Sleeps on a runtime with timers. If none can be started, it returns at once: the next request
/// reports the error.
pub(crate) async fn sleep(duration: Duration) {
    let _ = runtime::run(async move { tokio::time::sleep(duration).await }).await;
}
