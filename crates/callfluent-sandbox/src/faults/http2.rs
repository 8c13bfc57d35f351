//! Serves an HTTP/2 connection according to a script, with the faults of streams.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::encoded_response::encode;
use super::recording::RecordedRequest;
use super::server_state::ServerState;
use super::step::{Fault, Step};

/// Serves a connection until either side closes it.
pub(crate) async fn serve(stream: TlsStream<TcpStream>, state: &Arc<ServerState>, connection: usize) {
    let Ok(mut streams) = h2::server::handshake(stream).await else {
        return state.records.connection_closed(connection, true);
    };
    while let Some(Ok((request, respond))) = streams.accept().await {
        let step = state.take();
        match step.fault {
            Some(Fault::CloseAfterReading) => {
                record(&request, state);
                break;
            }
            _ => drop(tokio::spawn(exchange(request, respond, step, Arc::clone(state), connection))),
        }
    }
    state.records.connection_closed(connection, false);
}

fn record(request: &Request<RecvStream>, state: &ServerState) -> usize {
    let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let headers: BTreeMap<_, _> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let method = request.method().to_string();
    state.records.request_received(RecordedRequest { version: "HTTP/2", method, target, headers, body: Vec::new() })
}

async fn exchange(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    step: Step,
    state: Arc<ServerState>,
    connection: usize,
) {
    // REFUSED_STREAM tells the client that the request was not processed.
    if step.fault == Some(Fault::ResetBeforeReading) {
        record(&request, &state);
        return respond.send_reset(Reason::REFUSED_STREAM);
    }
    let index = record(&request, &state);
    let mut body = request.into_body();
    while let Some(Ok(chunk)) = body.data().await {
        state.records.body_received(index, &chunk);
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    if step.fault == Some(Fault::ResetAfterReading) {
        return respond.send_reset(Reason::INTERNAL_ERROR);
    }
    if step.fault == Some(Fault::NoResponse) {
        if let Ok(Reason::CANCEL) = std::future::poll_fn(|context| respond.poll_reset(context)).await {
            state.records.stream_abandoned(connection);
        }
        return;
    }
    tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    let Ok(encoded) = encode(&step) else {
        return respond.send_reset(Reason::INTERNAL_ERROR);
    };
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(step.status).unwrap_or_default();
    for (name, value) in &encoded.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    let Ok(mut stream) = respond.send_response(response, false) else {
        return;
    };
    for chunk in encoded.body.chunks() {
        let refused = step.fault == Some(Fault::RefuseInBody);
        let chunk = if refused { chunk.slice(..chunk.len() / 2) } else { chunk };
        if stream.send_data(chunk, false).is_err() {
            return;
        }
        if refused {
            // Without a pause, the client might not receive the data before the reset.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return stream.send_reset(Reason::REFUSED_STREAM);
        }
    }
    let _ = stream.send_data(Bytes::new(), true);
}
