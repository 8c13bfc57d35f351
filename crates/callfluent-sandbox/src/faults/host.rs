//! Opens for each scenario of a list what it needs, says at which addresses, and answers what was seen there.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Path as Segment, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use super::certificates::Authority;
use super::key::{KEY, REMNANT};
use super::proxy::Proxy;
use super::scenario::{Scenario, read};
use super::server::Server;

/// Everything that a list of scenarios needs; it ends when it is dropped.
#[derive(Debug)]
pub struct Host {
    scenarios: Arc<BTreeMap<String, Open>>,
    control: SocketAddr,
    task: JoinHandle<()>,
}

/// What one scenario needs.
#[derive(Debug)]
struct Open {
    /// What stands for the names in braces.
    addresses: BTreeMap<String, String>,
    main: Option<Server>,
    other: Option<Server>,
    proxy: Option<Proxy>,
    /// A port that is taken and at which nobody listens.
    _closed: Option<TcpSocket>,
}

impl Host {
    /// Opens what the scenarios of a file need; certificates are written into a folder.
    ///
    /// # Errors
    /// Where the file cannot be read, or there is nothing to listen on.
    pub async fn start(scenarios: &Path, folder: &Path) -> io::Result<Self> {
        let authority = Authority::new(folder)?;
        let mut open = BTreeMap::new();
        for scenario in read(scenarios)? {
            let name = scenario.name.clone();
            if open.insert(name.clone(), Open::new(scenario, &authority).await?).is_some() {
                return Err(io::Error::other(format!("there are two scenarios named {name:?}")));
            }
        }
        let scenarios = Arc::new(open);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let control = listener.local_addr()?;
        let router = Router::new().route("/seen/{scenario}", get(seen)).with_state(Arc::clone(&scenarios));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { scenarios, control, task })
    }

    /// The address that answers what was seen, and for each scenario what stands for the names in braces.
    pub fn addresses(&self) -> Value {
        let scenarios: BTreeMap<_, _> =
            self.scenarios.iter().map(|(name, open)| (name.as_str(), &open.addresses)).collect();
        json!({ "control": format!("http://{}", self.control), "scenarios": scenarios })
    }

    /// What the servers of a scenario saw; `None` where there is no such scenario.
    pub fn seen(&self, scenario: &str) -> Option<Value> {
        self.scenarios.get(scenario).map(Open::seen)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn seen(
    State(scenarios): State<Arc<BTreeMap<String, Open>>>,
    Segment(name): Segment<String>,
) -> Result<Json<Value>, StatusCode> {
    scenarios.get(&name).map(|open| Json(open.seen())).ok_or(StatusCode::NOT_FOUND)
}

impl Open {
    async fn new(scenario: Scenario, authority: &Authority) -> io::Result<Self> {
        let mut addresses = BTreeMap::from(
            [("ca", authority.file.display().to_string()), ("key", KEY.to_owned()), ("secret", REMNANT.to_owned())]
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let tls = scenario.tls.as_ref().map(|tls| authority.server(tls)).transpose()?;
        let (scheme, host) = if tls.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        let (main, closed, address) = if scenario.server.is_empty() {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            let address = socket.local_addr()?;
            (None, Some(socket), address)
        } else {
            let server = Server::listen(scenario.server, tls).await?;
            let address = server.address();
            (Some(server), None, address)
        };
        let origin = format!("{scheme}://{host}:{}", address.port());
        addresses.insert("base_url".to_owned(), format!("{origin}/api"));
        addresses.insert("origin".to_owned(), origin);
        addresses.insert("port".to_owned(), address.port().to_string());
        let mut other = None;
        if !scenario.other.is_empty() {
            let server = Server::start(scenario.other).await?;
            addresses.insert("other".to_owned(), format!("http://{}", server.address()));
            other = Some(server);
        }
        let mut proxy = None;
        if let Some(setup) = scenario.proxy {
            let tls = setup.tls.as_ref().map(|tls| authority.server(tls)).transpose()?;
            let started = Proxy::start(setup, address, tls).await?;
            addresses.insert("proxy".to_owned(), started.address.to_string());
            proxy = Some(started);
        }
        if let Some(server) = &main {
            server.fill_in(&addresses);
        }
        Ok(Self { addresses, main, other, proxy, _closed: closed })
    }

    fn seen(&self) -> Value {
        let server = |server: &Option<Server>| server.as_ref().map(|server| server.records().seen());
        json!({
            "main": server(&self.main),
            "other": server(&self.other),
            "proxy": self.proxy.as_ref().map(|proxy| proxy.records.seen()),
        })
    }
}
