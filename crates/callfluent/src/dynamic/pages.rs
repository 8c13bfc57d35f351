//! The pages of a paged operation, for the lists of the bindings. The core decides where a list
//! ends.

use serde_json::{Map, Value};

use super::invoke::{check_argument_names, find};
use crate::client::{CallFluent, Invocation};
use crate::decode::PublicJson;
use crate::error::{Error, Result};
use crate::operation::Operation;
use crate::pagination::{FIRST_PAGE, Paginator, id_of, record_key};
use crate::request::integer;
use crate::schema::{Kind, Naming};

/// The argument that selects a page.
const PAGE: &str = "page";

/// The pages of a paged operation, such as `calls.list`. A clone continues at the same page.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::{Pages, schema::Naming};
/// let arguments = serde_json::Map::from_iter([("agent_id".to_owned(), 7.into())]);
/// let mut pages = Pages::new(client, "calls.list", arguments, Naming::Snake)?;
/// while let Some(page) = pages.next().await? {
///     println!("page {}: {} calls", pages.page(), page.into_records().map_or(0, |calls| calls.len()));
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Pages {
    client: CallFluent,
    operation: &'static Operation,
    arguments: Map<String, Value>,
    naming: Naming,
    paginator: Paginator,
    /// The number of the latest page; `None` before the first one.
    page: Option<u32>,
}

impl Pages {
    /// Prepares to fetch pages, from the one that the argument `page` selects. Does not send
    /// anything.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the operation is unknown or not paged.
    pub fn new(client: CallFluent, operation: &str, arguments: Map<String, Value>, naming: Naming) -> Result<Self> {
        let operation = find(operation)?;
        if !matches!(operation.output, Kind::Page(_)) {
            return Err(Error::invalid(operation.name, "operation", "does not return pages"));
        }
        // An invalid page is reported by the first request.
        let first = arguments.get(PAGE).and_then(to_page);
        let paginator = Paginator::new(first.unwrap_or(FIRST_PAGE));
        Ok(Self { client, operation, arguments, naming, paginator, page: None })
    }

    /// Returns the name of the operation.
    pub fn operation(&self) -> &'static str {
        self.operation.name
    }

    /// Fetches the next page; `None` at the end of the list.
    ///
    /// The first page is returned as the server sent it. Later pages do not contain items of
    /// earlier ones, and a page without new items is skipped. If an error occurs, or if the future
    /// is dropped, the next call requests the same page.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn next(&mut self) -> Result<Option<PublicJson>> {
        while let Some(page) = self.paginator.next_page() {
            self.paginator.check_end(|| self.client.target(self.operation, &self.arguments))?;
            let mut items = self.fetch(page).await?;
            let keys: Vec<_> = items.records().iter().map(|record| record_key(record)).collect();
            let has_ids = keys.is_empty() || items.records().iter().any(|record| id_of(record).is_some());
            let new = self.paginator.add_page(&keys, items.invalid_items(), has_ids);
            if self.page.is_none() {
                self.page = Some(page);
                return Ok(Some(items));
            }
            if let Some(new) = new {
                self.page = Some(page);
                items.retain_records(&new);
                return Ok(Some(items));
            }
        }
        Ok(None)
    }

    /// Returns the number of the page that [`next`](Self::next) returned last, or of the first
    /// page.
    pub fn page(&self) -> u32 {
        self.page.or_else(|| self.paginator.next_page()).unwrap_or(FIRST_PAGE)
    }

    /// Returns whether the end of the list was reached. If not, there may or may not be another
    /// page.
    pub fn is_at_end(&self) -> bool {
        self.paginator.next_page().is_none()
    }

    async fn fetch(&self, page: u32) -> Result<PublicJson> {
        let mut arguments = self.arguments.clone();
        if self.page.is_some() {
            arguments.insert(PAGE.to_owned(), page.into());
        } else {
            check_argument_names(&self.client, self.operation, &mut arguments, &mut Vec::new())?;
        }
        let invocation = Invocation { arguments, ..Invocation::new(self.operation) };
        let response = self.client.invoke_raw(invocation).await?;
        self.client.decoder()?.decode_public(self.operation, &response, self.naming)
    }
}

/// Returns a page number, which may be a whole float such as `3.0`.
fn to_page(value: &Value) -> Option<u32> {
    let page = integer(value.as_number()?)?.as_u64()?;
    u32::try_from(page).ok()
}
