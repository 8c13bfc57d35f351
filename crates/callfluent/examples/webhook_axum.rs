//! Receives webhooks with axum.
//!
//! The URL of the webhook action is `https://your-server/callfluent/SECRET`.
//!
//! ```sh
//! CALLFLUENT_WEBHOOK_SECRET=SECRET PORT=3000 cargo run --example webhook_axum
//! ```

use std::error::Error as StdError;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use callfluent::webhooks::{self, WebhookError, WebhookPayload};
use tokio::sync::mpsc;

#[derive(Clone)]
struct Receiver {
    secret: String,
    received: mpsc::UnboundedSender<WebhookPayload>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let (received, mut payloads) = mpsc::unbounded_channel::<WebhookPayload>();
    tokio::spawn(async move {
        while let Some(payload) = payloads.recv().await {
            let customer: Option<String> = payload.get("customer");
            println!("{:?} {customer:?} {:?}", payload.phone_number, payload.transcription);
        }
    });
    let router = router(std::env::var("CALLFLUENT_WEBHOOK_SECRET")?, received);
    let port = std::env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

pub(crate) fn router(secret: String, received: mpsc::UnboundedSender<WebhookPayload>) -> Router {
    Router::new().route("/callfluent/{secret}", post(receive)).with_state(Receiver { secret, received })
}

/// Responds at once. Another task processes the payload, because the timeout of the server is not
/// documented.
async fn receive(
    State(receiver): State<Receiver>,
    Path(secret): Path<String>,
    body: Bytes,
) -> Result<StatusCode, (StatusCode, String)> {
    webhooks::verify_secret(&secret, &receiver.secret).map_err(|error| reject(&error))?;
    let payload = webhooks::parse(&body).map_err(|error| reject(&error))?;
    receiver.received.send(payload).map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, "shutting down".to_owned()))?;
    Ok(StatusCode::OK)
}

fn reject(error: &WebhookError) -> (StatusCode, String) {
    (StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST), error.to_string())
}
