//! Looks up the addresses of names as the system does, and says so where that fails.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use tower_service::Service;

/// The system's resolver.
#[derive(Clone)]
pub(super) struct Names(GaiResolver);

impl Default for Names {
    fn default() -> Self {
        Self(GaiResolver::new())
    }
}

/// A name has no address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unresolved(#[source] std::io::Error);

impl Service<Name> for Names {
    type Response = GaiAddrs;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, Unresolved>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        self.0.poll_ready(context).map_err(Unresolved)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let looked_up = self.0.call(name);
        Box::pin(async move { looked_up.await.map_err(Unresolved) })
    }
}
