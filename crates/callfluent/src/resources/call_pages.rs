//! The pages of an agent's call history: one page, or all calls as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, stream};

use super::pagination::Paginator;
use crate::client::{CallFluent, Invocation};
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::Call;
use crate::operation::Operation;

/// One page of an agent's call history.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    client: CallFluent,
    operation: &'static Operation,
    agent_id: Id,
    paginator: Paginator,
    /// Number of the page, counted from 1.
    pub page: u32,
    /// The calls on the page. A page from [`next_page`](Self::next_page) does not contain calls of
    /// earlier pages.
    pub items: List<Call>,
}

impl Page {
    pub(super) fn new(
        client: CallFluent,
        operation: &'static Operation,
        agent_id: Id,
        page: u32,
        items: List<Call>,
    ) -> Self {
        let mut paginator = Paginator::new(page);
        add_page(&mut paginator, &items);
        Self { client, operation, agent_id, paginator, page, items }
    }

    /// Fetches the next page with new calls; `None` at the end of the list.
    ///
    /// The list ends at an empty page, or when two pages in a row contain nothing new. A page that
    /// contains only [invalid items](List::invalid_items) is not empty.
    ///
    /// # Errors
    /// Those of [`Calls::list`](super::Calls::list).
    pub async fn next_page(&self) -> Result<Option<Self>> {
        let mut paginator = self.paginator.clone();
        while let Some(page) = paginator.next_page() {
            let mut items = fetch_page(&self.client, self.operation, &self.agent_id, page).await?;
            if let Some(new) = add_page(&mut paginator, &items) {
                items.retain(&new);
                return Ok(Some(Self { paginator, page, items, ..self.clone() }));
            }
        }
        Ok(None)
    }
}

/// All calls of an agent. Implements [`Stream`]; [`next`](Self::next) needs no further crate.
#[must_use = "a stream does nothing unless it is polled"]
pub struct CallStream(Pin<Box<dyn Stream<Item = Result<Call>> + Send>>);

impl CallStream {
    pub(super) fn new(client: CallFluent, operation: &'static Operation, agent_id: Id) -> Self {
        let pager = CallPager { client, operation, agent_id, paginator: Paginator::new(1), fetched: VecDeque::new() };
        Self(Box::pin(stream::try_unfold(pager, |mut pager| async move {
            Ok(pager.next_call().await?.map(|call| (call, pager)))
        })))
    }

    /// Returns the next call; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Call>> {
        std::future::poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }
}

impl Stream for CallStream {
    type Item = Result<Call>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for CallStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallStream").finish_non_exhaustive()
    }
}

struct CallPager {
    client: CallFluent,
    operation: &'static Operation,
    agent_id: Id,
    paginator: Paginator,
    /// Calls of the latest page that were not returned yet.
    fetched: VecDeque<Call>,
}

impl CallPager {
    async fn next_call(&mut self) -> Result<Option<Call>> {
        while self.fetched.is_empty() {
            let Some(page) = self.paginator.next_page() else {
                return Ok(None);
            };
            let mut items = fetch_page(&self.client, self.operation, &self.agent_id, page).await?;
            if let Some(new) = add_page(&mut self.paginator, &items) {
                items.retain(&new);
                self.fetched.extend(items);
            }
        }
        Ok(self.fetched.pop_front())
    }
}

pub(super) async fn fetch_page(
    client: &CallFluent,
    operation: &'static Operation,
    agent_id: &Id,
    page: u32,
) -> Result<List<Call>> {
    client.invoke(Invocation::new(operation).with("agent_id", agent_id).with("page", page)).await
}

fn add_page(paginator: &mut Paginator, items: &List<Call>) -> Option<Vec<bool>> {
    let keys: Vec<_> = items.iter().map(key).collect();
    let invalid_items: Vec<_> = items.invalid_items().iter().map(|item| hash(("invalid", item.json.get()))).collect();
    paginator.add_page(&keys, &invalid_items)
}

/// Identifies a call: by its id, or by its content if it has none.
fn key(call: &Call) -> u64 {
    if call.id.is_missing() {
        hash(("record", serde_json::to_string(call).unwrap_or_default()))
    } else {
        hash(("id", &call.id))
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
