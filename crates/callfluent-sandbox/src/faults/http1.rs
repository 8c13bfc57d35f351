//! Serves one HTTP/1 connection by a script, with whatever faults the script has.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::answer::{head, prepare};
use super::request::Reader;
use super::server::Shared;
use super::step::{Fault, Framing, Step};

/// A connection, plain or encrypted, whose socket can be reached.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Whether another request may follow on the connection.
enum Then {
    Next,
    End,
}

/// Serves a connection until either side ends it.
pub(crate) async fn serve<W: Wire>(mut wire: W, shared: &Shared, connection: usize) {
    let mut reader = Reader::default();
    loop {
        match exchange(&mut wire, &mut reader, shared).await {
            Ok(Then::Next) => {}
            Ok(Then::End) => return shared.records.ended(connection, false),
            // The client went away while something was owed to it.
            Err(_) => return shared.records.ended(connection, true),
        }
    }
}

async fn exchange<W: Wire>(wire: &mut W, reader: &mut Reader, shared: &Shared) -> io::Result<Then> {
    if shared.take_if(|step| step.fault == Some(Fault::ResetOnAccept)).is_some() {
        return end(wire, true);
    }
    if shared.take_if(|step| step.fault == Some(Fault::ResetBeforeReading)).is_some() {
        wire.socket().peek(&mut [0]).await?;
        return end(wire, true);
    }
    let Some(request) = reader.head(wire).await.unwrap_or_default() else {
        return Ok(Then::End);
    };
    let step = shared.take();
    let headers = request.headers.clone();
    let number = shared.records.begun(request);
    if step.fault == Some(Fault::ResetWhileReading) {
        return end(wire, true);
    }
    if step.fault == Some(Fault::RespondBeforeBody) {
        answer(wire, &step).await?;
        wire.shutdown().await?;
        let _ = gone(wire).await;
        return Ok(Then::End);
    }
    reader.body(wire, &headers, |piece| shared.records.read_body(number, piece)).await?;
    match step.fault {
        Some(Fault::ResetAfterReading) => return end(wire, true),
        Some(Fault::CloseAfterReading) => return end(wire, false),
        Some(Fault::NoResponse) => return gone(wire).await,
        Some(Fault::EndlessHead) => return endless_head(wire).await,
        _ => {}
    }
    answer(wire, &step).await
}

async fn answer<W: Wire>(wire: &mut W, step: &Step) -> io::Result<Then> {
    pause(wire, step.delay_ms).await?;
    if let Some(raw) = &step.raw {
        write(wire, raw.as_bytes(), step.byte_every_ms).await?;
        return Ok(Then::End);
    }
    if let Some(before) = &step.before {
        write(wire, before.as_bytes(), 0).await?;
    }
    let prepared = prepare(step)?;
    write(wire, head(step, &prepared).as_bytes(), 0).await?;
    pause(wire, step.body_delay_ms).await?;
    let breaks = matches!(step.fault, Some(Fault::ResetInBody | Fault::CloseInBody));
    let mut left = if breaks { prepared.body.length() / 2 } else { usize::MAX };
    for mut piece in prepared.body.pieces() {
        piece.truncate(left);
        left = left.saturating_sub(piece.len());
        if piece.is_empty() {
            break;
        }
        let chunked = step.framing == Framing::Chunked;
        if chunked {
            wire.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
        }
        write(wire, &piece, step.byte_every_ms).await?;
        if chunked {
            wire.write_all(b"\r\n").await?;
        }
    }
    if breaks {
        wire.flush().await?;
        // What was written before a reset would otherwise be lost with it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        return end(wire, step.fault == Some(Fault::ResetInBody));
    }
    if step.framing == Framing::Chunked {
        wire.write_all(b"0\r\n\r\n").await?;
    }
    if let Some(after) = &step.after {
        wire.write_all(after.as_bytes()).await?;
    }
    wire.flush().await?;
    if step.framing == Framing::Close || step.fault == Some(Fault::CloseAfterResponse) {
        let _ = wire.shutdown().await;
        return Ok(Then::End);
    }
    Ok(Then::Next)
}

async fn endless_head<W: Wire>(wire: &mut W) -> io::Result<Then> {
    wire.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    let line = format!("x-filler: {}\r\n", "-".repeat(1000));
    loop {
        wire.write_all(line.as_bytes()).await?;
    }
}

fn end<W: Wire>(wire: &W, reset: bool) -> io::Result<Then> {
    if reset {
        wire.socket().set_zero_linger()?;
    }
    Ok(Then::End)
}

async fn write<W: Wire>(wire: &mut W, bytes: &[u8], byte_every_ms: u64) -> io::Result<()> {
    if byte_every_ms == 0 {
        wire.write_all(bytes).await?;
        return wire.flush().await;
    }
    for byte in bytes {
        // Not after the last one: what comes then is the next request.
        pause(wire, byte_every_ms).await?;
        wire.write_all(&[*byte]).await?;
        wire.flush().await?;
    }
    Ok(())
}

/// Waits; fails as soon as the client goes away.
async fn pause<W: Wire>(wire: &mut W, milliseconds: u64) -> io::Result<()> {
    if milliseconds == 0 {
        return Ok(());
    }
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(milliseconds)) => Ok(()),
        gone = gone(wire) => gone.map(drop),
    }
}

/// Waits until the client goes away.
async fn gone<W: Wire>(wire: &mut W) -> io::Result<Then> {
    let mut ignored = [0; 1024];
    while wire.read(&mut ignored).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}
