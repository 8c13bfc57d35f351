//! Serves an HTTP/1 connection according to a script, with its faults.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::encoded_response::{encode, head};
use super::request_reader::RequestReader;
use super::server_state::ServerState;
use super::step::{Fault, Framing, Step};

/// A connection, plain or encrypted, with access to its socket.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin + Send {
    fn socket(&self) -> &TcpStream;
}

impl Connection for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Connection for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// The state of the connection after an exchange.
enum Next {
    KeepAlive,
    Close,
}

/// Serves a connection until either side closes it.
pub(crate) async fn serve<W: Connection>(mut stream: W, state: &ServerState, connection_index: usize) {
    let mut reader = RequestReader::default();
    loop {
        match exchange(&mut stream, &mut reader, state).await {
            Ok(Next::KeepAlive) => {}
            Ok(Next::Close) => return state.records.connection_closed(connection_index, false),
            // The client closed the connection before the response was complete.
            Err(_) => return state.records.connection_closed(connection_index, true),
        }
    }
}

async fn exchange<W: Connection>(stream: &mut W, reader: &mut RequestReader, state: &ServerState) -> io::Result<Next> {
    if state.take_if(|step| step.fault == Some(Fault::ResetOnAccept)).is_some() {
        return close(stream, true);
    }
    if state.take_if(|step| step.fault == Some(Fault::ResetBeforeReading)).is_some() {
        stream.socket().peek(&mut [0]).await?;
        return close(stream, true);
    }
    let Some(request) = reader.head(stream).await.unwrap_or_default() else {
        return Ok(Next::Close);
    };
    let step = state.take();
    let headers = request.headers.clone();
    let index = state.records.request_received(request);
    if step.fault == Some(Fault::ResetWhileReading) {
        return close(stream, true);
    }
    if step.fault == Some(Fault::RespondBeforeBody) {
        respond(stream, &step).await?;
        stream.shutdown().await?;
        let _ = wait_for_close(stream).await;
        return Ok(Next::Close);
    }
    reader.body(stream, &headers, |chunk| state.records.body_received(index, chunk)).await?;
    match step.fault {
        Some(Fault::ResetAfterReading) => return close(stream, true),
        Some(Fault::CloseAfterReading) => return close(stream, false),
        Some(Fault::NoResponse) => return wait_for_close(stream).await,
        Some(Fault::EndlessHead) => return endless_head(stream).await,
        _ => {}
    }
    respond(stream, &step).await
}

async fn respond<W: Connection>(stream: &mut W, step: &Step) -> io::Result<Next> {
    pause(stream, step.delay_ms).await?;
    if let Some(raw) = &step.raw {
        write(stream, raw.as_bytes(), step.byte_every_ms).await?;
        return Ok(Next::Close);
    }
    if let Some(before) = &step.before {
        write(stream, before.as_bytes(), 0).await?;
    }
    let response = encode(step)?;
    write(stream, head(step, &response).as_bytes(), 0).await?;
    pause(stream, step.body_delay_ms).await?;
    let disconnects = matches!(step.fault, Some(Fault::ResetInBody | Fault::CloseInBody));
    let mut left = if disconnects { response.body.length() / 2 } else { usize::MAX };
    for mut chunk in response.body.chunks() {
        chunk.truncate(left);
        left = left.saturating_sub(chunk.len());
        if chunk.is_empty() {
            break;
        }
        let chunked = step.framing == Framing::Chunked;
        if chunked {
            stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
        }
        write(stream, &chunk, step.byte_every_ms).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
    }
    if disconnects {
        stream.flush().await?;
        // A reset discards bytes that are not sent yet.
        tokio::time::sleep(Duration::from_millis(50)).await;
        return close(stream, step.fault == Some(Fault::ResetInBody));
    }
    if step.framing == Framing::Chunked {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    if let Some(after) = &step.after {
        stream.write_all(after.as_bytes()).await?;
    }
    stream.flush().await?;
    if step.framing == Framing::Close || step.fault == Some(Fault::CloseAfterResponse) {
        let _ = stream.shutdown().await;
        return Ok(Next::Close);
    }
    Ok(Next::KeepAlive)
}

async fn endless_head<W: Connection>(stream: &mut W) -> io::Result<Next> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    let line = format!("x-filler: {}\r\n", "-".repeat(1000));
    loop {
        stream.write_all(line.as_bytes()).await?;
    }
}

fn close<W: Connection>(stream: &W, reset: bool) -> io::Result<Next> {
    if reset {
        stream.socket().set_zero_linger()?;
    }
    Ok(Next::Close)
}

async fn write<W: Connection>(stream: &mut W, bytes: &[u8], byte_every_ms: u64) -> io::Result<()> {
    if byte_every_ms == 0 {
        stream.write_all(bytes).await?;
        return stream.flush().await;
    }
    for byte in bytes {
        // Before the byte, because after the last byte the next request may arrive.
        pause(stream, byte_every_ms).await?;
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Waits; fails when the client closes the connection.
async fn pause<W: Connection>(stream: &mut W, milliseconds: u64) -> io::Result<()> {
    if milliseconds == 0 {
        return Ok(());
    }
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(milliseconds)) => Ok(()),
        closed = wait_for_close(stream) => closed.map(drop),
    }
}

/// Waits until the client closes the connection.
async fn wait_for_close<W: Connection>(stream: &mut W) -> io::Result<Next> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}
