//! Starts the servers of each scenario in a list, and serves what they recorded.

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

use super::canary_key::{KEY, KEY_FRAGMENT};
use super::certificates::Authority;
use super::proxy::Proxy;
use super::scenario::{Scenario, read};
use super::server::Server;

/// The running servers of a list of scenarios. They stop when it is dropped.
#[derive(Debug)]
pub struct FaultServer {
    scenarios: Arc<BTreeMap<String, ScenarioServers>>,
    control: SocketAddr,
    task: JoinHandle<()>,
}

/// The running servers of one scenario.
#[derive(Debug)]
struct ScenarioServers {
    /// The values of the names in braces.
    addresses: BTreeMap<String, String>,
    main: Option<Server>,
    other: Option<Server>,
    proxy: Option<Proxy>,
    /// Reserves a port at which nothing listens.
    _closed: Option<TcpSocket>,
}

impl FaultServer {
    /// Starts the servers of all scenarios in a file. Certificates are written to a folder.
    ///
    /// # Errors
    /// Returns an error if the file cannot be decoded or no port can be bound.
    pub async fn start(scenarios: &Path, folder: &Path) -> io::Result<Self> {
        let authority = Authority::new(folder)?;
        let mut servers = BTreeMap::new();
        for scenario in read(scenarios)? {
            let name = scenario.name.clone();
            if servers.insert(name.clone(), ScenarioServers::new(scenario, &authority).await?).is_some() {
                return Err(io::Error::other(format!("duplicate scenario name {name:?}")));
            }
        }
        let scenarios = Arc::new(servers);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let control = listener.local_addr()?;
        let router = Router::new().route("/recorded/{scenario}", get(recorded)).with_state(Arc::clone(&scenarios));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { scenarios, control, task })
    }

    /// Returns the control address and, for each scenario, the values of the names in braces.
    pub fn addresses(&self) -> Value {
        let scenarios: BTreeMap<_, _> =
            self.scenarios.iter().map(|(name, servers)| (name.as_str(), &servers.addresses)).collect();
        json!({ "control": format!("http://{}", self.control), "scenarios": scenarios })
    }

    /// Returns what the servers of a scenario recorded; `None` if the scenario is unknown.
    pub fn recorded(&self, scenario: &str) -> Option<Value> {
        self.scenarios.get(scenario).map(ScenarioServers::recorded)
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn recorded(
    State(scenarios): State<Arc<BTreeMap<String, ScenarioServers>>>,
    Segment(name): Segment<String>,
) -> Result<Json<Value>, StatusCode> {
    scenarios.get(&name).map(|servers| Json(servers.recorded())).ok_or(StatusCode::NOT_FOUND)
}

impl ScenarioServers {
    async fn new(scenario: Scenario, authority: &Authority) -> io::Result<Self> {
        let mut addresses = BTreeMap::from(
            [
                ("ca", authority.file.display().to_string()),
                ("key", KEY.to_owned()),
                ("secret", KEY_FRAGMENT.to_owned()),
            ]
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

    fn recorded(&self) -> Value {
        let server = |server: &Option<Server>| server.as_ref().map(|server| server.records().to_json());
        json!({
            "main": server(&self.main),
            "other": server(&self.other),
            "proxy": self.proxy.as_ref().map(|proxy| proxy.records.to_json()),
        })
    }
}
