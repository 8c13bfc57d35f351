//! One listener with a script: it takes a step for each request, the last one again and again, and records what it sees.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::record::{Recorded, Records, locked};
use super::step::Step;
use super::{http1, http2};

/// A running server; it ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// How TLS is agreed upon.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) config: Arc<ServerConfig>,
    /// How many connections are reset before.
    pub(crate) resets: usize,
    /// Whether nothing is said.
    pub(crate) silence: bool,
}

/// What a server's connections have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    script: Mutex<VecDeque<Step>>,
    pub(crate) records: Records,
}

impl Shared {
    /// The next step; the last one is taken again and again.
    pub(crate) fn take(&self) -> Step {
        self.take_if(|_| true).unwrap_or_default()
    }

    /// The next step, if it is of a kind.
    pub(crate) fn take_if(&self, wanted: impl FnOnce(&Step) -> bool) -> Option<Step> {
        let mut script = locked(&self.script);
        let step = script.front().filter(|step| wanted(step))?.clone();
        if script.len() > 1 {
            script.pop_front();
        }
        Some(step)
    }
}

impl Server {
    /// Listens on this machine and answers with the script's steps in turn; the last one repeats.
    ///
    /// # Errors
    /// Where there is no port to listen on.
    pub async fn start(script: impl IntoIterator<Item = Step>) -> io::Result<Self> {
        Self::listen(script, None).await
    }

    pub(crate) async fn listen(
        script: impl IntoIterator<Item = Step>,
        handshake: Option<Handshake>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let script = Mutex::new(script.into_iter().collect());
        let shared = Arc::new(Shared { script, records: Records::default() });
        let task = tokio::spawn(accept(listener, handshake, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it saw.
    pub fn records(&self) -> &Records {
        &self.shared.records
    }

    /// The requests that it saw.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.records.requests()
    }

    /// Gives the script addresses that were not known when it was made.
    pub(crate) fn fill_in(&self, addresses: &std::collections::BTreeMap<String, String>) {
        for step in locked(&self.shared.script).iter_mut() {
            step.fill_in(addresses);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, mut handshake: Option<Handshake>, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        if let Some(handshake) = handshake.as_mut().filter(|handshake| handshake.resets > 0) {
            handshake.resets -= 1;
            let _ = socket.set_zero_linger();
            continue;
        }
        drop(tokio::spawn(serve(socket, handshake.clone(), Arc::clone(&shared))));
    }
}

async fn serve(mut socket: TcpStream, handshake: Option<Handshake>, shared: Arc<Shared>) {
    let connection = shared.records.opened();
    let _ = socket.set_nodelay(true);
    let Some(handshake) = handshake else {
        return http1::serve(socket, &shared, connection).await;
    };
    if handshake.silence {
        let _ = tokio::io::copy(&mut socket, &mut tokio::io::sink()).await;
        return shared.records.ended(connection, true);
    }
    match TlsAcceptor::from(handshake.config).accept(socket).await {
        Ok(wire) if wire.get_ref().1.alpn_protocol() == Some(b"h2") => {
            http2::serve(wire, &shared, connection).await;
        }
        Ok(wire) => http1::serve(wire, &shared, connection).await,
        // The client did not want this certificate.
        Err(_) => shared.records.ended(connection, false),
    }
}
