//! The pages of an agent's call history for the blocking client: one page, or all calls as an
//! iterator.

use super::pages;
use super::streams::CallStream;
use crate::client::blocking::wait;
use crate::decode::List;
use crate::error::Result;
use crate::models::Call;

/// One page of an agent's call history.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// Number of the page, counted from 1.
    pub page: u32,
    /// The calls on the page. A page from [`next_page`](Self::next_page) does not contain calls of
    /// earlier pages.
    pub items: List<Call>,
    inner: pages::Page,
}

impl Page {
    /// Fetches the next page with new calls; `None` at the end of the list.
    ///
    /// # Errors
    /// Those of [`Calls::list`](super::blocking::Calls::list).
    pub fn next_page(&self) -> Result<Option<Self>> {
        wait(self.inner.next_page()).map(|page| page.map(Self::from))
    }
}

impl From<pages::Page> for Page {
    fn from(mut inner: pages::Page) -> Self {
        let items = std::mem::take(&mut inner.items);
        Self { page: inner.page, items, inner }
    }
}

/// All calls of an agent. Each page is fetched when it is reached.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is consumed"]
pub struct CallIterator(CallStream);

impl CallIterator {
    pub(super) fn new(calls: CallStream) -> Self {
        Self(calls)
    }

    /// Begins at this page, counted from 1, instead of the first or the next one.
    pub fn from_page(self, page: u32) -> Self {
        Self(self.0.from_page(page))
    }

    /// Returns the number of the page that is fetched next, or that could not be fetched; `None` at
    /// the end of the list.
    pub fn page(&self) -> Option<u32> {
        self.0.page()
    }

    /// Continues after an error, with the page that could not be fetched.
    pub fn resume(&mut self) {
        self.0.resume();
    }
}

impl Iterator for CallIterator {
    type Item = Result<Call>;

    fn next(&mut self) -> Option<Self::Item> {
        wait(async { Ok(self.0.next().await) }).unwrap_or_else(|error| Some(Err(error)))
    }
}
