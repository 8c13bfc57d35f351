//! The pages of an agent's call history.

use crate::client::{CallFluent, Invocation};
use crate::decode::List;
#[allow(unused_imports)] // In documentation.
use crate::error::Error;
use crate::error::Result;
use crate::id::Id;
use crate::models::Call;
use crate::operation::Operation;
use crate::pagination::{Paginator, invalid_item_key, item_key};

/// One page of an agent's call history.
#[must_use]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// The position after the page.
    position: Position,
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
        let mut position = Position::new(client, operation, agent_id, page);
        add_page(&mut position.paginator, &items);
        Self { position, page, items }
    }

    /// Returns the position after the page.
    pub(in crate::resources) fn position(&self) -> &Position {
        &self.position
    }

    /// Fetches the next page with new calls; `None` at the end of the list.
    ///
    /// The list ends at an empty page. It also ends if two pages in a row contain nothing new,
    /// unless the first page has only new calls then. A page that contains only
    /// [invalid items](List::invalid_items) is not empty.
    ///
    /// # Errors
    /// Those of [`Calls::list`](super::Calls::list). [`Error::Response`] if the list does not end: if
    /// a thousand pages in a row have new calls, but none with an id.
    pub async fn next_page(&self) -> Result<Option<Self>> {
        self.position.next_page().await
    }
}

/// A position between two pages of an agent's call history.
#[derive(Debug, Clone)]
pub(in crate::resources) struct Position {
    client: CallFluent,
    operation: &'static Operation,
    agent_id: Id,
    paginator: Paginator,
}

impl Position {
    /// Returns the position before a page.
    pub(in crate::resources) fn new(
        client: CallFluent,
        operation: &'static Operation,
        agent_id: Id,
        page: u32,
    ) -> Self {
        Self { client, operation, agent_id, paginator: Paginator::new(page) }
    }

    /// Returns the position in the same list, before another page.
    pub(super) fn moved_before(self, page: u32) -> Self {
        Self { paginator: Paginator::new(page), ..self }
    }

    /// Returns the number of the page that is fetched next; `None` at the end of the list.
    pub(super) fn following(&self) -> Option<u32> {
        self.paginator.next_page()
    }

    /// Fetches the next page with new calls; `None` at the end of the list.
    pub(in crate::resources) async fn next_page(&self) -> Result<Option<Page>> {
        let mut position = self.clone();
        while let Some(page) = position.paginator.next_page() {
            position.paginator.check_end(|| {
                let list = Invocation::new(position.operation).with("agent_id", &position.agent_id);
                position.client.target(list.operation, &list.arguments)
            })?;
            let mut items = fetch_page(&position.client, position.operation, &position.agent_id, page).await?;
            if let Some(new) = add_page(&mut position.paginator, &items) {
                items.retain(&new);
                return Ok(Some(Page { position, page, items }));
            }
        }
        Ok(None)
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
    let invalid_items: Vec<_> = items.invalid_items().iter().map(|item| invalid_item_key(item.json.get())).collect();
    let has_ids = items.is_empty() || items.iter().any(|call| !call.id.is_missing());
    paginator.add_page(&keys, &invalid_items, has_ids)
}

fn key(call: &Call) -> u64 {
    item_key(call.id.given(), || serde_json::to_string(call).unwrap_or_default())
}
