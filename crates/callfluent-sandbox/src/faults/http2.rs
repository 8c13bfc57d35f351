//! Serves one HTTP/2 connection by a script: answers, and the faults that a stream can have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::answer::prepare;
use super::record::Recorded;
use super::server::Shared;
use super::step::{Fault, Step};

/// Serves a connection until either side ends it.
pub(crate) async fn serve(wire: TlsStream<TcpStream>, shared: &Arc<Shared>, connection: usize) {
    let Ok(mut streams) = h2::server::handshake(wire).await else {
        return shared.records.ended(connection, true);
    };
    while let Some(Ok((request, respond))) = streams.accept().await {
        let step = shared.take();
        match step.fault {
            Some(Fault::CloseAfterReading) => {
                note(&request, shared);
                break;
            }
            _ => drop(tokio::spawn(exchange(request, respond, step, Arc::clone(shared), connection))),
        }
    }
    shared.records.ended(connection, false);
}

fn note(request: &Request<RecvStream>, shared: &Shared) -> usize {
    let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let headers: BTreeMap<_, _> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let method = request.method().to_string();
    shared.records.begun(Recorded { version: "HTTP/2", method, target, headers, body: Vec::new() })
}

async fn exchange(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    step: Step,
    shared: Arc<Shared>,
    connection: usize,
) {
    // A refused stream was not acted on, and says so.
    if step.fault == Some(Fault::ResetBeforeReading) {
        note(&request, &shared);
        return respond.send_reset(Reason::REFUSED_STREAM);
    }
    let number = note(&request, &shared);
    let mut body = request.into_body();
    while let Some(Ok(piece)) = body.data().await {
        shared.records.read_body(number, &piece);
        let _ = body.flow_control().release_capacity(piece.len());
    }
    if step.fault == Some(Fault::ResetAfterReading) {
        return respond.send_reset(Reason::INTERNAL_ERROR);
    }
    if step.fault == Some(Fault::NoResponse) {
        if let Ok(Reason::CANCEL) = std::future::poll_fn(|context| respond.poll_reset(context)).await {
            shared.records.abandoned_stream(connection);
        }
        return;
    }
    tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    let Ok(prepared) = prepare(&step) else {
        return respond.send_reset(Reason::INTERNAL_ERROR);
    };
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(step.status).unwrap_or_default();
    for (name, value) in &prepared.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    let Ok(mut stream) = respond.send_response(response, false) else {
        return;
    };
    for piece in prepared.body.pieces() {
        let refused = step.fault == Some(Fault::RefuseInBody);
        let piece = if refused { piece.slice(..piece.len() / 2) } else { piece };
        if stream.send_data(piece, false).is_err() {
            return;
        }
        if refused {
            // What was sent before must have arrived to be seen.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return stream.send_reset(Reason::REFUSED_STREAM);
        }
    }
    let _ = stream.send_data(Bytes::new(), true);
}
