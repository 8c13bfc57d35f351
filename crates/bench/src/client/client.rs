//! The benchmark clients in Rust: reqwest alone, which is the floor for any client that uses it,
//! and the typed client.

use std::sync::Arc;

use bytes::Bytes;
use callfluent::CallFluent;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A failure of either.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

const KEY: &str = "some-key";
const NAME: &str = "Sales assistant";
/// Agents from this ID on have one page of 20 calls.
const FIRST_SHORT_HISTORY: u64 = 1_000;
const HISTORIES_AT_ONCE: usize = 64;

/// A page of calls or a list of agents, as a program without this crate decodes it.
#[derive(Deserialize)]
struct Page {
    data: Vec<Record>,
}

/// A call or an agent.
#[derive(Deserialize)]
struct Record {
    id: u64,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Hooks that do nothing.
struct Empty;

impl callfluent::Hooks for Empty {}

impl Page {
    fn decode(body: &[u8]) -> Result<usize, Failure> {
        let page: Self = serde_json::from_slice(body)?;
        Ok(page.data.iter().filter(|record| record.id > 0 && !record.extra.is_empty()).count())
    }
}

/// One of them.
#[derive(Clone)]
pub(crate) enum BenchClient {
    /// Receives bodies whole and does not decode them. `sync`: requests come from a thread outside
    /// of the runtime, as they do in a sync client.
    Reqwest { client: reqwest::Client, base_url: Arc<str>, sync: bool },
    /// reqwest, and `serde_json` into a type that keeps undocumented fields in a map.
    SerdeJson(reqwest::Client, Arc<str>),
    /// Decodes responses to records, with or without hooks.
    CallFluent(CallFluent),
}

impl BenchClient {
    pub(crate) fn new(name: &str, base_url: &str) -> Result<Self, Failure> {
        match name {
            "reqwest" | "reqwest-sync" => Ok(Self::Reqwest {
                client: reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?,
                base_url: base_url.into(),
                sync: name.ends_with("sync"),
            }),
            "serde_json" => Ok(Self::SerdeJson(reqwest::Client::builder().no_proxy().build()?, base_url.into())),
            "callfluent" => Ok(Self::CallFluent(CallFluent::builder().api_key(KEY).base_url(base_url).build()?)),
            "hooks" => {
                Ok(Self::CallFluent(CallFluent::builder().api_key(KEY).base_url(base_url).hooks(Empty).build()?))
            }
            other => Err(format!("unknown client '{other}'").into()),
        }
    }

    pub(crate) fn is_sync(&self) -> bool {
        matches!(self, Self::Reqwest { sync: true, .. })
    }

    /// Fetches an agent.
    pub(crate) async fn agent(&self) -> Result<(), Failure> {
        match self {
            Self::Reqwest { .. } | Self::SerdeJson(..) => self.body("/agent/get-one/7").await.map(drop),
            Self::CallFluent(client) => match client.agents().get(7).await?.agent.name.as_deref() {
                Some(NAME) => Ok(()),
                name => Err(format!("unexpected agent name: {name:?}").into()),
            },
        }
    }

    /// Fetches a page of calls. Returns the number of calls, or of bytes.
    pub(crate) async fn page(&self) -> Result<usize, Failure> {
        match self {
            Self::Reqwest { .. } => Ok(self.body("/agent/1/calls?page=1").await?.len()),
            Self::SerdeJson(..) => Page::decode(&self.body("/agent/1/calls?page=1").await?),
            Self::CallFluent(client) => Ok(client.calls().list(1, 1).await?.items.len()),
        }
    }

    /// Lists agents. Returns the number of agents, or of bytes.
    pub(crate) async fn agents(&self, length: u64) -> Result<usize, Failure> {
        match self {
            Self::Reqwest { .. } => Ok(self.body(&format!("/agent/get-all/{length}")).await?.len()),
            Self::SerdeJson(..) => Page::decode(&self.body(&format!("/agent/get-all/{length}")).await?),
            Self::CallFluent(client) => Ok(client.agents().list(length).await?.len()),
        }
    }

    /// Fetches the histories of so many agents. Returns the number of agents.
    pub(crate) async fn histories(&self, agents: u64) -> Result<usize, Failure> {
        let Self::CallFluent(client) = self else { return Err("only callfluent fetches histories".into()) };
        let results = client.calls().list_many(FIRST_SHORT_HISTORY..FIRST_SHORT_HISTORY + agents);
        let items = results.max_concurrency(HISTORIES_AT_ONCE).await?;
        Ok(items.into_iter().filter(|item| item.value.as_ref().is_some_and(|calls| calls.len() == 20)).count())
    }

    async fn body(&self, path: &str) -> Result<Bytes, Failure> {
        let (Self::Reqwest { client, base_url, .. } | Self::SerdeJson(client, base_url)) = self else {
            return Err("only reqwest receives undecoded bodies".into());
        };
        let response = client.get(format!("{base_url}{path}")).bearer_auth(KEY).send().await?.error_for_status()?;
        Ok(response.bytes().await?)
    }
}
