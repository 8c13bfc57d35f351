//! The request to a webhook after a call, and its delivery.
//! Only addresses on this machine receive it: a sandbox never sends data to a network.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{HeaderValue, Request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use url::{Host, Url};

/// Maximum size of a response whose body is read to its end.
const RESPONSE_LIMIT: usize = 1024 * 1024;
/// Maximum time for one delivery, so that a receiver that hangs does not stop later ones.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A request to send: the fields that the action names, in one flat object.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct WebhookRequest {
    call_id: u64,
    agent_id: u64,
    action_id: u64,
    url: String,
    body: Map<String, Value>,
}

impl WebhookRequest {
    /// Creates the request of an action after a call; `None` if the action is not a webhook.
    ///
    /// A field without a value is an empty string.
    pub(crate) fn of_call(
        action_id: u64,
        action: &Map<String, Value>,
        call_id: u64,
        agent_id: u64,
        value_of: impl Fn(&str) -> Option<Value>,
    ) -> Option<Self> {
        let string = |name: &str| action.get(name).and_then(Value::as_str);
        if string("actionType") != Some("webhook") {
            return None;
        }
        let fields: Vec<Value> = serde_json::from_str(string("fields")?).ok()?;
        let names = fields.iter().filter_map(|field| field.get("value")?.as_str());
        let body = names.map(|name| (name.to_owned(), value_of(name).unwrap_or_else(|| "".into()))).collect();
        Some(Self { call_id, agent_id, action_id, url: string("webhook_url")?.to_owned(), body })
    }

    /// Sends the request.
    pub(crate) async fn deliver(self) -> WebhookDelivery {
        let mut status = None;
        let error = match tokio::time::timeout(TIMEOUT, self.send(&mut status)).await {
            Ok(result) => result.err(),
            Err(_) if status.is_some() => Some(format!("incomplete response: timeout after {} s", TIMEOUT.as_secs())),
            Err(_) => Some(format!("timeout after {} s", TIMEOUT.as_secs())),
        };
        WebhookDelivery {
            call_id: self.call_id,
            agent_id: self.agent_id,
            action_id: self.action_id,
            url: self.url,
            body: Value::Object(self.body),
            status,
            error,
        }
    }

    /// Sends the request, sets the status of the response, and reads its body. A receiver that
    /// still sends it would fail if the connection ended.
    async fn send(&self, status: &mut Option<u16>) -> Result<(), String> {
        let url = Url::parse(&self.url).map_err(|error| format!("invalid URL: {error}"))?;
        let addresses = loopback_addresses(&url)?;
        let port = url.port_or_known_default().unwrap_or(80);
        let mut connection = Err("no address".to_owned());
        for address in addresses {
            connection = TcpStream::connect((address, port)).await.map_err(|error| format!("connect failed: {error}"));
            if connection.is_ok() {
                break;
            }
        }
        let connection = connection?;
        let http = http1::handshake(TokioIo::new(connection)).await;
        let (mut sender, driver) = http.map_err(|error| format!("connect failed: {error}"))?;
        let _driver = AbortOnDrop(tokio::spawn(driver));
        let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let host = url.host_str().unwrap_or_default();
        let request = Request::post(target)
            .header(HOST, format!("{host}:{port}"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static("callfluent-sandbox"))
            .body(Body::from(Value::Object(self.body.clone()).to_string()))
            .map_err(|error| format!("invalid URL: {error}"))?;
        let response = sender.send_request(request).await.map_err(|error| format!("request failed: {error}"))?;
        *status = Some(response.status().as_u16());
        let body = to_bytes(Body::new(response.into_body()), RESPONSE_LIMIT).await;
        body.map(|_| ()).map_err(|error| format!("incomplete response: {error}"))
    }
}

/// Ends the task of a connection, also if the delivery has no time left.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Returns the addresses of the URL's host if it is on this machine.
fn loopback_addresses(url: &Url) -> Result<Vec<IpAddr>, String> {
    if url.scheme() != "http" {
        return Err(format!("not sent: the scheme is {}; the sandbox only sends http requests", url.scheme()));
    }
    let addresses = match url.host() {
        Some(Host::Domain("localhost")) => vec![[127, 0, 0, 1].into(), IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)],
        Some(Host::Ipv4(address)) if address.is_loopback() => vec![address.into()],
        Some(Host::Ipv6(address)) if address.is_loopback() => vec![address.into()],
        _ => {
            let host = url.host_str().unwrap_or_default();
            return Err(format!("not sent: {host} is not on this machine; use 127.0.0.1 or localhost"));
        }
    };
    Ok(addresses)
}

/// A request to a webhook and its result.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// ID of the call that ended.
    pub call_id: u64,
    /// ID of the agent.
    pub agent_id: u64,
    /// ID of the webhook action.
    pub action_id: u64,
    /// URL of the action.
    pub url: String,
    /// The sent JSON object.
    pub body: Value,
    /// Status of the response; `None` if there was no response.
    pub status: Option<u16>,
    /// Reason if there was no response or an incomplete one, or if the request was not sent.
    pub error: Option<String>,
}

impl WebhookDelivery {
    /// Returns the delivery as in the response of `GET /sandbox/webhooks`.
    pub fn to_json(&self) -> Value {
        json!({
            "call_id": self.call_id,
            "agent_id": self.agent_id,
            "action_id": self.action_id,
            "url": self.url,
            "body": self.body,
            "status": self.status,
            "error": self.error,
        })
    }
}
