//! What fetches: reqwest alone, which is the floor that any client on it stands on, or the typed client.

use std::sync::Arc;

use callfluent::CallFluent;

/// A failure of either.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

const KEY: &str = "some-key";
const NAME: &str = "Sales assistant";

/// One of them.
#[derive(Clone)]
pub(crate) enum Contender {
    /// Bodies are read whole and not looked into.
    Reqwest { client: reqwest::Client, base_url: Arc<str>, waits: bool },
    /// Answers are read as records.
    CallFluent(CallFluent),
}

impl Contender {
    pub(crate) fn new(name: &str, base_url: &str) -> Result<Self, Failure> {
        match name {
            "reqwest" | "reqwest-waiting" => Ok(Self::Reqwest {
                client: reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?,
                base_url: base_url.into(),
                waits: name.ends_with("waiting"),
            }),
            "callfluent" => Ok(Self::CallFluent(CallFluent::builder().api_key(KEY).base_url(base_url).build()?)),
            other => Err(format!("there is no contender '{other}'").into()),
        }
    }

    /// Whether requests are made as a synchronous client makes them: by a thread that waits for those of the runtime.
    pub(crate) fn waits(&self) -> bool {
        matches!(self, Self::Reqwest { waits: true, .. })
    }

    /// Fetches an agent.
    pub(crate) async fn agent(&self) -> Result<(), Failure> {
        match self {
            Self::Reqwest { .. } => self.body("/agent/get-one/7").await.map(drop),
            Self::CallFluent(client) => match client.agents().get(7).await?.agent.name.as_deref() {
                Some(NAME) => Ok(()),
                name => Err(format!("the agent's name is {name:?}").into()),
            },
        }
    }

    /// Fetches a page of calls; says how many it holds, or how many bytes.
    pub(crate) async fn page(&self) -> Result<usize, Failure> {
        match self {
            Self::Reqwest { .. } => self.body("/agent/1/calls?page=1").await,
            Self::CallFluent(client) => Ok(client.calls().list(1, 1).await?.items.len()),
        }
    }

    /// Lists agents; says how many there are, or how many bytes.
    pub(crate) async fn agents(&self, length: u64) -> Result<usize, Failure> {
        match self {
            Self::Reqwest { .. } => self.body(&format!("/agent/get-all/{length}")).await,
            Self::CallFluent(client) => Ok(client.agents().list(length).await?.len()),
        }
    }

    async fn body(&self, path: &str) -> Result<usize, Failure> {
        let Self::Reqwest { client, base_url, .. } = self else {
            return Err("only reqwest alone has bodies".into());
        };
        let response = client.get(format!("{base_url}{path}")).bearer_auth(KEY).send().await?.error_for_status()?;
        Ok(response.bytes().await?.len())
    }
}
