//! The steps of one item. The operations of the typed API and those of the bindings have different
//! ones, and the same batch runs both.

use std::future::Future;
use std::pin::Pin;

use crate::client::{CallFluent, Invocation};
use crate::error::Result;
use crate::request::EncodedRequest;
use crate::transport::Response;

/// An item that is being processed.
pub(crate) type ItemFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The steps of an item. They are functions of the typed API, or of the one for bindings.
pub(crate) struct ItemSteps<T> {
    /// Validates an item and encodes its request.
    pub(crate) encode: fn(&CallFluent, Invocation) -> Result<EncodedRequest>,
    /// The way to decide about an item whose outcome is unknown, in the language of the user.
    pub(crate) decision: &'static str,
    pub(crate) run: fn(CallFluent, Invocation) -> ItemFuture<T>,
    /// Decodes a response that the journal kept.
    pub(crate) restore: fn(&CallFluent, &Invocation, &Response) -> Result<T>,
}

impl<T> Clone for ItemSteps<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ItemSteps<T> {}
