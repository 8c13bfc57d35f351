//! All routes: the API's endpoints under `/api`, the control endpoints under `/sandbox`.
//! Unknown paths under `/api` are handled like requests, so that the journal contains them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, on};

use crate::control;
use crate::endpoint::ENDPOINTS;
use crate::request_handler::{Target, handle};
use crate::shared_state::SharedState;

/// Builds the router of a sandbox.
pub(crate) fn router(shared: Arc<SharedState>) -> Router {
    let mut router = control::router();
    for endpoint in ENDPOINTS {
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let handler = move |State(shared): State<Arc<SharedState>>, request: Request| async move {
            handle(&shared, Target::Endpoint(endpoint), request).await
        };
        router = router.route(endpoint.path, on(filter, handler));
    }
    router
        .fallback(|State(shared): State<Arc<SharedState>>, request: Request| async move {
            unrouted(&shared, Target::UnknownPath, request).await
        })
        .method_not_allowed_fallback(|State(shared): State<Arc<SharedState>>, request: Request| async move {
            unrouted(&shared, Target::UnknownMethod, request).await
        })
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

/// Handles a request without a route. A mistake under `/sandbox` is the test's own, so the journal
/// does not contain it.
async fn unrouted(shared: &SharedState, target: Target, request: Request) -> Response {
    if request.uri().path().starts_with("/sandbox") {
        return control::unknown();
    }
    handle(shared, target, request).await
}
