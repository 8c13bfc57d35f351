//! All routes: the API's endpoints under `/api`, the control requests under `/sandbox`.
//! Requests without a route are handled like API requests, so that the journal contains them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, Uri};
use axum::middleware;
use axum::response::Response;
use axum::routing::{MethodFilter, any, get, on};
use bytes::Bytes;

use super::page;
use super::request_handler::{Target, handle};
use super::response::json_response;
use crate::control;
use crate::routes::ENDPOINTS;
use crate::state::SharedState;

type Shared = State<Arc<SharedState>>;

/// Builds the router of a sandbox.
pub(crate) fn router(shared: Arc<SharedState>) -> Router {
    let control = Router::new()
        .route("/", get(show_page))
        .route("/sandbox", any(run_control))
        .route("/sandbox/events", get(page::events))
        .route("/sandbox/{*path}", any(run_control));
    let mut router = control;
    for endpoint in ENDPOINTS {
        let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
        let handler = move |State(shared): Shared, request: Request| async move {
            handle(&shared, Target::Endpoint(endpoint), request).await
        };
        router = router.route(endpoint.path, on(filter, handler));
    }
    router
        .fallback(|State(shared): Shared, request: Request| async move {
            handle(&shared, Target::UnknownPath, request).await
        })
        .method_not_allowed_fallback(|State(shared): Shared, request: Request| async move {
            handle(&shared, Target::UnknownMethod, request).await
        })
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(page::reject_foreign))
        .with_state(shared)
}

/// Shows the page in a browser. For a client, the address is not an endpoint.
async fn show_page(State(shared): Shared, request: Request) -> Response {
    if page::wants_page(request.headers()) {
        return page::page();
    }
    handle(&shared, Target::UnknownPath, request).await
}

async fn run_control(State(shared): Shared, method: Method, uri: Uri, body: Bytes) -> Response {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let waits = control::waits_for_webhooks(method.as_str(), uri.path());
    if waits && method == Method::GET {
        shared.webhooks().wait().await;
    }
    let (status, body) = control::run(&shared, method.as_str(), target, &body);
    if waits && method != Method::GET {
        shared.webhooks().wait().await;
    }
    json_response(status, &body)
}
