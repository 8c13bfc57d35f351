//! How connections are made: over TCP, TLS, and through a proxy where there is one, at a pace and within the connect timeout.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::names::Names;
use super::pace::{Open, Pace};
use super::proxy::Proxy;
use super::wire::Wire;

pub(super) type Failure = Box<dyn StdError + Send + Sync>;

/// A connection that carries nothing is tried so often and so many times before it is given up as broken.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const KEEP_ALIVE_TRIES: u32 = 3;
/// What was sent has to be acknowledged by the other side's system within this time.
#[cfg(target_os = "linux")]
const ACKNOWLEDGED: Duration = Duration::from_secs(30);

type Tcp = HttpConnector<Names>;

/// Makes the connections of one client, which all lead to the same origin.
#[derive(Clone)]
pub(super) struct Connector(Arc<Plan>);

struct Plan {
    way: Way,
    pace: Pace,
    timeout: Duration,
}

#[derive(Clone)]
enum Way {
    /// Without TLS.
    Plain(Tcp),
    Direct(HttpsConnector<Tcp>),
    /// The proxy is sent the requests themselves.
    Forwarded(HttpsConnector<Tcp>, Uri),
    /// The proxy passes on what it cannot read.
    Tunnelled(HttpsConnector<Tunnel<HttpsConnector<Tcp>>>),
}

impl Connector {
    /// There is no way to a proxy without a TLS context.
    pub(super) fn new(
        tls: Option<Arc<ClientConfig>>,
        proxy: Option<&Proxy>,
        encrypted: bool,
        timeout: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Names::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // It is shared among the addresses of a name, so that one that does not answer leaves time for the next.
        tcp.set_connect_timeout(Some(timeout));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(KEEP_ALIVE_TRIES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(ACKNOWLEDGED));
        let way = match (tls, proxy) {
            (None, _) => Way::Plain(tcp),
            (Some(tls), None) => Way::Direct(HttpsConnector::from((tcp, tls))),
            (Some(tls), Some(proxy)) => {
                let mut tls_to_proxy = ClientConfig::clone(&tls);
                // HTTP/2 is for the server.
                tls_to_proxy.alpn_protocols.clear();
                let to_proxy = HttpsConnector::from((tcp, tls_to_proxy));
                if encrypted {
                    let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
                    if let Some(credentials) = proxy.credentials() {
                        tunnel = tunnel.with_auth(credentials.clone());
                    }
                    Way::Tunnelled(HttpsConnector::from((tunnel, tls)))
                } else {
                    Way::Forwarded(to_proxy, proxy.uri().clone())
                }
            }
        };
        Self(Arc::new(Plan { way, pace: Pace::new(), timeout }))
    }
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let plan = Arc::clone(&self.0);
        Box::pin(async move {
            let open = plan.pace.admit().await?;
            tokio::time::timeout(plan.timeout, plan.way.clone().connect(target, open)).await.map_err(|_| TimedOut)?
        })
    }
}

impl Way {
    async fn connect(self, target: Uri, open: Open) -> Result<Wire, Failure> {
        match self {
            Self::Plain(mut connector) => {
                poll_fn(|context| connector.poll_ready(context)).await?;
                let stream = connector.call(target).await?;
                Ok(Wire::new(MaybeHttpsStream::Http(MaybeHttpsStream::Http(stream)), open))
            }
            Self::Direct(connector) => Ok(Wire::new(MaybeHttpsStream::Http(call(connector, target).await?), open)),
            Self::Forwarded(connector, proxy) => {
                let stream = call(connector, proxy).await.map_err(ToProxy)?;
                Ok(Wire::to_proxy(MaybeHttpsStream::Http(stream), open))
            }
            Self::Tunnelled(connector) => Ok(Wire::new(call(connector, target).await?, open)),
        }
    }
}

async fn call<S>(mut connector: HttpsConnector<S>, target: Uri) -> Result<MaybeHttpsStream<S::Response>, Failure>
where
    S: Service<Uri>,
    S::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Failure>,
{
    poll_fn(|context| connector.poll_ready(context)).await?;
    connector.call(target).await
}

/// What a connection is made of; with TLS to the proxy, and to the server within it.
pub(super) type Stream = MaybeHttpsStream<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// No connection was made within the connect timeout.
#[derive(Debug, thiserror::Error)]
#[error("connecting took too long")]
pub(super) struct TimedOut;

/// No connection was made to the proxy, which is sent the requests themselves.
#[derive(Debug, thiserror::Error)]
#[error("the proxy cannot be reached")]
pub(super) struct ToProxy(#[source] Failure);
