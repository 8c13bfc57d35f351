//! A server on a thread of its own, with a runtime of its own: it works inside any runtime, and where there is none.
//! It takes any router, and answers may ask for what HTTP cannot say: that the connection breaks.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::breaking::kept;

/// How long answers under way may still take once the server is told to end.
const GRACE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(crate) struct ServerThread {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
    /// After a fork the thread exists in the parent alone, and waiting for it in the child would never end.
    process: u32,
}

impl ServerThread {
    /// Binds the port on the loopback interface and starts to serve. It returns once requests are accepted.
    pub(crate) fn start(port: u16, router: Router) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (started, start) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("callfluent-sandbox".to_owned()).spawn(move || {
            match prepare(port) {
                Ok((runtime, listener, address)) => {
                    let _ = started.send(Ok(address));
                    runtime.block_on(serve(listener, router, stopped));
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
            // The runtime is gone by now, and with it every connection.
            let _ = end.send(());
        })?;
        let address =
            start.recv().unwrap_or_else(|_| Err(io::Error::other("the server's thread ended before it served")))?;
        Ok(Self { address, stop: Some(stop), ended: Some(ended), thread: Some(thread), process: std::process::id() })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server, and lets other tasks run until it has.
    pub(crate) async fn stop(mut self) {
        self.stop.take();
        if self.process == std::process::id()
            && let Some(ended) = self.ended.take()
        {
            let _ = ended.await;
        }
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        // A dropped sender is the signal to stop.
        self.stop.take();
        if self.process == std::process::id()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Everything that can fail, on the thread that will use it.
fn prepare(port: u16) -> io::Result<(Runtime, TcpListener, SocketAddr)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        listen(port)?
    };
    let address = listener.local_addr()?;
    Ok((runtime, listener, address))
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // So that a port can be taken again at once; on Windows the same option would let two servers share it.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    // A client that opens a thousand connections at once must not wait for its packets to be sent again.
    socket.listen(4096)
}

/// Serves HTTP/1 and HTTP/2 until told to stop; then idle connections close at once and busy ones have the time of grace.
async fn serve(mut listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let service = TowerToHyperService::new(router);
    let connections = GracefulShutdown::new();
    loop {
        let connection = tokio::select! {
            (connection, _) = Listener::accept(&mut listener) => connection,
            _ = &mut stopped => break,
        };
        // Small answers must not wait for the acknowledgement of the ones before.
        let _ = connection.set_nodelay(true);
        let service = service.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let answered = service.call(request);
            // An error in place of an answer closes the connection.
            async move { answered.await.map_err(|never| match never {}).and_then(kept) }
        });
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            // How a connection ends is the client's business, or was asked for.
            let _ = watcher.watch(server.serve_connection(TokioIo::new(connection), answer)).await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}
