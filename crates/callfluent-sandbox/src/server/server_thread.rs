//! An HTTP server on its own thread with its own runtime, so that it works with any async runtime
//! or none. A marked response makes it close the connection instead; see `disconnect.rs`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
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

use super::resettable_stream::ResettableStream;
use crate::scripted_responses::send_or_disconnect;

/// Time for responses in flight to finish after the server is stopped.
const GRACE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(crate) struct ServerThread {
    address: SocketAddr,
    #[cfg(unix)]
    listener: std::os::fd::RawFd,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
    /// After a fork, the thread only exists in the parent process. Joining it in the child would
    /// hang.
    process: u32,
}

/// The listening socket of a started thread.
struct Listening {
    address: SocketAddr,
    #[cfg(unix)]
    listener: std::os::fd::RawFd,
}

impl ServerThread {
    /// Binds the port on the loopback interface and serves. Returns when requests are accepted.
    /// `background` runs on the same thread until the server ends.
    pub(crate) fn start(
        port: u16,
        router: Router,
        background: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (started, start) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("callfluent-sandbox".to_owned()).spawn(move || {
            match prepare(port) {
                Ok((runtime, listener, address)) => {
                    let _ = started.send(Ok(Listening {
                        address,
                        #[cfg(unix)]
                        listener: std::os::fd::AsRawFd::as_raw_fd(&listener),
                    }));
                    runtime.spawn(background);
                    runtime.block_on(serve(listener, router, stopped));
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
            // The runtime and all its connections have been dropped here.
            let _ = end.send(());
        })?;
        let listening =
            start.recv().unwrap_or_else(|_| Err(io::Error::other("server thread terminated during startup")))?;
        Ok(Self {
            address: listening.address,
            #[cfg(unix)]
            listener: listening.listener,
            stop: Some(stop),
            ended: Some(ended),
            thread: Some(thread),
            process: std::process::id(),
        })
    }

    /// Returns the process that runs the thread.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    #[cfg(unix)]
    pub(crate) fn listener(&self) -> std::os::fd::RawFd {
        self.listener
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server and waits for it without blocking the thread.
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
        // Dropping the sender is the signal to stop.
        self.stop.take();
        if self.process == std::process::id()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Does everything that can fail, on the thread that uses the results.
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
    // Allows reusing a port immediately. On Windows, this option would let two servers share it.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    // With a short backlog, a burst of a thousand connections would wait for SYN retransmissions.
    socket.listen(4096)
}

/// Serves HTTP/1 and HTTP/2 until stopped. Then idle connections close immediately, and responses
/// in flight have the grace period.
async fn serve(mut listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let service = TowerToHyperService::new(router);
    let connections = GracefulShutdown::new();
    loop {
        let connection = tokio::select! {
            (connection, _) = Listener::accept(&mut listener) => connection,
            _ = &mut stopped => break,
        };
        // With Nagle's algorithm, small responses would wait for the acknowledgment of earlier
        // ones.
        let _ = connection.set_nodelay(true);
        let service = service.clone();
        let reset = Arc::new(AtomicBool::new(false));
        let connection = ResettableStream::new(connection, Arc::clone(&reset));
        let handler = service_fn(move |request: Request<Incoming>| {
            let response = service.call(request);
            let reset = Arc::clone(&reset);
            // An error instead of a response closes the connection.
            async move {
                let sent = response.await.map_err(|never| match never {}).and_then(send_or_disconnect);
                if sent.as_ref().is_err_and(|disconnected| disconnected.reset) {
                    reset.store(true, Ordering::Relaxed);
                }
                sent
            }
        });
        let watcher = connections.watcher();
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            // Errors are ignored: the client closed the connection, or a test requested it.
            let _ = watcher.watch(server.serve_connection(TokioIo::new(connection), handler)).await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
}
