//! An agent's call history as a stream, of its calls or of its pages. Both keep their position if a
//! page cannot be fetched.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;

use super::pages::{Page, Position};
use crate::client::CallFluent;
use crate::error::Result;
use crate::id::Id;
use crate::models::Call;
use crate::operation::Operation;
use crate::pagination::FIRST_PAGE;

/// The pages of an agent's call history. Implements [`Stream`]; [`next`](Self::next) needs no
/// further crate.
#[must_use = "a stream does nothing unless it is polled"]
pub struct PageStream {
    /// The position before the next page.
    position: Position,
    fetching: Option<Fetching>,
    has_ended: bool,
}

type Fetching = Pin<Box<dyn Future<Output = Result<Option<Page>>> + Send>>;

impl PageStream {
    pub(super) fn new(client: CallFluent, operation: &'static Operation, agent_id: Id) -> Self {
        Self { position: Position::new(client, operation, agent_id, FIRST_PAGE), fetching: None, has_ended: false }
    }

    /// Begins at this page, counted from 1, instead of the first or the next one.
    pub fn from_page(mut self, page: u32) -> Self {
        self.position = self.position.moved_before(page);
        self.fetching = None;
        self.has_ended = false;
        self
    }

    /// Returns the number of the page that is fetched next, or that could not be fetched; `None` at
    /// the end of the list.
    pub fn page(&self) -> Option<u32> {
        self.position.following()
    }

    /// Continues after an error, with the page that could not be fetched.
    pub fn resume(&mut self) {
        self.has_ended = false;
    }

    /// Returns the next page with new calls; `None` at the end, and after an error.
    pub async fn next(&mut self) -> Option<Result<Page>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for PageStream {
    type Item = Result<Page>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let Self { position, fetching, .. } = &mut *self;
        let fetching = fetching.get_or_insert_with(|| {
            let position = position.clone();
            Box::pin(async move { position.next_page().await })
        });
        let fetched = ready!(fetching.as_mut().poll(context));
        self.fetching = None;
        match &fetched {
            Ok(Some(page)) => self.position = page.position().clone(),
            Ok(None) | Err(_) => self.has_ended = true,
        }
        Poll::Ready(fetched.transpose())
    }
}

impl fmt::Debug for PageStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PageStream").field("page", &self.page()).finish_non_exhaustive()
    }
}

/// All calls of an agent. Implements [`Stream`]; [`next`](Self::next) needs no further crate.
#[must_use = "a stream does nothing unless it is polled"]
pub struct CallStream {
    pages: PageStream,
    /// Calls of the latest page that were not returned yet.
    fetched: VecDeque<Call>,
}

impl CallStream {
    pub(super) fn new(pages: PageStream) -> Self {
        Self { pages, fetched: VecDeque::new() }
    }

    /// Begins at this page, counted from 1, instead of the first or the next one.
    pub fn from_page(self, page: u32) -> Self {
        Self::new(self.pages.from_page(page))
    }

    /// Returns the number of the page that is fetched next, or that could not be fetched; `None` at
    /// the end of the list.
    pub fn page(&self) -> Option<u32> {
        self.pages.page()
    }

    /// Continues after an error, with the page that could not be fetched.
    pub fn resume(&mut self) {
        self.pages.resume();
    }

    /// Returns the next call; `None` at the end, and after an error.
    pub async fn next(&mut self) -> Option<Result<Call>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for CallStream {
    type Item = Result<Call>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(call) = self.fetched.pop_front() {
                return Poll::Ready(Some(Ok(call)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(page)) => self.fetched.extend(page.items),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for CallStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallStream").field("page", &self.page()).finish_non_exhaustive()
    }
}
