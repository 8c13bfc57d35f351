//! Pages of a list. The core decides where a list ends; JavaScript holds a position and asks for
//! the next page.

use std::sync::{Arc, Mutex, PoisonError};

use callfluent::bindings::{Pages, PublicJson};
use napi_derive::napi;

use crate::chunks::Payload;
use crate::completion_queue::CompletionQueue;
use crate::error;
use crate::event::Event;
use crate::table::NativeTable;

/// A position in a list: before its first page, or at a page.
#[napi]
pub struct NativePages {
    queue: Arc<CompletionQueue>,
    log_number: Option<i64>,
    /// Set when the page has arrived.
    pages: Arc<Mutex<Option<Pages>>>,
}

impl NativePages {
    pub(crate) fn new(queue: Arc<CompletionQueue>, log_number: Option<i64>, pages: Option<Pages>) -> Self {
        Self { queue, log_number, pages: Arc::new(Mutex::new(pages)) }
    }

    /// Fetches the next page, and pushes what `convert` makes of it.
    fn advance(
        &self,
        ticket: i64,
        convert: impl FnOnce(PublicJson) -> (Event, Payload) + Send + 'static,
    ) -> napi::Result<NativePages> {
        let mut pages = self.get().ok_or_else(|| napi::Error::from_reason("the page has not arrived"))?;
        let next = Self::new(Arc::clone(&self.queue), self.log_number, None);
        let arrived = Arc::clone(&next.pages);
        self.queue.spawn(ticket, self.log_number, async move {
            match pages.next().await {
                Ok(Some(items)) => {
                    *arrived.lock().unwrap_or_else(PoisonError::into_inner) = Some(pages);
                    convert(items)
                }
                Ok(None) => (Event::Response, Payload::Text("null".to_owned())),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })?;
        Ok(next)
    }

    fn get(&self) -> Option<Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[napi]
impl NativePages {
    /// Fetches the next page and returns its position. The response under `ticket` is a list of
    /// items, or null at the end.
    ///
    /// # Errors
    /// The page of this position has not arrived, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn next(&self, ticket: i64) -> napi::Result<NativePages> {
        self.advance(ticket, |items| (Event::Response, items.into()))
    }

    /// Fetches the next page into a table and returns its position. The response under `ticket` is
    /// the number of records, or null at the end. `agent_id` is JSON.
    ///
    /// # Errors
    /// The page of this position has not arrived, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn next_into(&self, ticket: i64, table: &NativeTable, agent_id: Option<String>) -> napi::Result<NativePages> {
        let rows = table.rows();
        self.advance(ticket, move |items| {
            let records = items.into_records().unwrap_or_default();
            let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
            match rows.push(&records, agent_id.as_deref()) {
                Ok(()) => (Event::Response, records.len().to_string().into()),
                Err(reason) => (Event::Failure, error::internal(&reason).into()),
            }
        })
    }

    /// Number of the page, from 1; 0 before it has arrived.
    #[napi(getter, catch_unwind)]
    pub fn page(&self) -> u32 {
        self.get().map_or(0, |pages| pages.page())
    }
}
