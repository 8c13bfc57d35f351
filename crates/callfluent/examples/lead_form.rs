//! A web form whose visitors are called back by an agent.
//!
//! ```sh
//! AGENT_ID=1002 PORT=3000 cargo run --example lead_form
//! ```

use std::error::Error as StdError;
use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use callfluent::{CallFluent, CallStartParams, Error, Id};
use serde::Deserialize;
use serde_json::json;

const FORM: &str = r#"<form method="post">
    <input name="name" placeholder="Name" required>
    <input name="phone_number" type="tel" placeholder="+1 555 000 1234" required>
    <button>Call me</button>
</form>"#;

struct Account {
    client: CallFluent,
    agent_id: Id,
}

#[derive(Deserialize)]
struct Lead {
    name: String,
    phone_number: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let router = router(CallFluent::from_env()?, std::env::var("AGENT_ID")?.into());
    let port = std::env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

pub(crate) fn router(client: CallFluent, agent_id: Id) -> Router {
    Router::new().route("/", get(form).post(call_back)).with_state(Arc::new(Account { client, agent_id }))
}

async fn form() -> Html<&'static str> {
    Html(FORM)
}

/// Starts the phone call. If the visitor closes the page, axum cancels this function; the phone
/// call may be made all the same, so it runs on a task of its own.
async fn call_back(State(account): State<Arc<Account>>, Form(lead): Form<Lead>) -> Response {
    let request = tokio::spawn(async move {
        let call = CallStartParams::to(lead.phone_number).with("name", lead.name);
        account.client.calls().start(&account.agent_id, &call).await
    });
    match request.await {
        Ok(Ok(call)) => (StatusCode::ACCEPTED, Json(json!({ "call": call.id }))).into_response(),
        Ok(Err(error)) => rejection(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn rejection(error: &Error) -> Response {
    let (status, text) = match error {
        Error::InvalidRequest(_) => (StatusCode::UNPROCESSABLE_ENTITY, "This phone number cannot be called."),
        // The phone may be ringing: a visitor who tries again could be called twice.
        error if error.outcome_unknown() => (StatusCode::ACCEPTED, "We are about to call you."),
        Error::RateLimit(_) => (StatusCode::SERVICE_UNAVAILABLE, "Please try again in a minute."),
        _ => (StatusCode::BAD_GATEWAY, "We cannot call you at the moment."),
    };
    eprintln!("{error}");
    let fields: Vec<_> = error.field_errors().iter().map(|field| (&field.field, &field.reason)).collect();
    (status, Json(json!({ "error": text, "fields": fields }))).into_response()
}
