//! A server with a script: it takes one step per request, repeats the last one, and records
//! requests.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::certificates::Handshake;
use super::recording::{RecordedRequest, Records};
use super::server_state::ServerState;
use super::step::Step;
use super::{http1, http2};

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<ServerState>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a plain HTTP server on the loopback interface.
    ///
    /// # Errors
    /// Returns an error if no port can be bound.
    pub async fn start(script: impl IntoIterator<Item = Step>) -> io::Result<Self> {
        Self::listen(script, None).await
    }

    pub(crate) async fn listen(
        script: impl IntoIterator<Item = Step>,
        handshake: Option<Handshake>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(ServerState::new(script));
        let task = tokio::spawn(accept(listener, handshake, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// Returns the address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the recorded requests and connections.
    pub fn records(&self) -> &Records {
        &self.state.records
    }

    /// Returns the recorded requests.
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        self.state.records.requests()
    }

    /// Replaces names of addresses in the script.
    pub(crate) fn fill_in(&self, addresses: &std::collections::BTreeMap<String, String>) {
        self.state.fill_in(addresses);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, mut handshake: Option<Handshake>, state: Arc<ServerState>) {
    while let Ok((socket, _)) = listener.accept().await {
        if let Some(handshake) = handshake.as_mut().filter(|handshake| handshake.resets > 0) {
            handshake.resets -= 1;
            let _ = socket.set_zero_linger();
            continue;
        }
        drop(tokio::spawn(serve(socket, handshake.clone(), Arc::clone(&state))));
    }
}

async fn serve(mut socket: TcpStream, handshake: Option<Handshake>, state: Arc<ServerState>) {
    let connection = state.records.connection_opened();
    let _ = socket.set_nodelay(true);
    let Some(handshake) = handshake else {
        return http1::serve(socket, &state, connection).await;
    };
    if handshake.hangs {
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
        return state.records.connection_closed(connection, true);
    }
    match TlsAcceptor::from(handshake.config).accept(socket).await {
        Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
            http2::serve(stream, &state, connection).await;
        }
        Ok(stream) => http1::serve(stream, &state, connection).await,
        // The client rejected the certificate.
        Err(_) => state.records.connection_closed(connection, false),
    }
}
