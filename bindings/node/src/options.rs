//! Decodes the options of clients and requests. The package has checked their types.

use std::collections::HashMap;
use std::time::Duration;

use callfluent::bindings::environment::VARIABLES;
use callfluent::bindings::schema::Naming;
use callfluent::{CallFluent, ClientBuilder, RequestOptions, Result};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::hooks::NodeHooks;
use crate::wish::Wish;

/// Options of a request, a client, or a client made from another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RequestSettings {
    timeout: Option<f64>,
    no_timeout: bool,
    queue_timeout: Option<f64>,
    max_retries: Option<u32>,
    request_id: Option<String>,
    /// The part of the request that its caller wants.
    pub(crate) wish: Wish,
    headers: HashMap<String, String>,
    extra_body: Option<Map<String, Value>>,
    validate: Option<bool>,
}

impl RequestSettings {
    /// Returns the client with these options.
    pub(crate) fn apply(self, client: &CallFluent) -> Result<CallFluent> {
        let mut options = RequestOptions::clone(client.options());
        if let Some(timeout) = self.timeout {
            options = options.timeout(milliseconds(timeout));
        }
        if self.no_timeout {
            options = options.no_timeout();
        }
        if let Some(timeout) = self.queue_timeout {
            options = options.queue_timeout(milliseconds(timeout));
        }
        if let Some(max_retries) = self.max_retries {
            options = options.max_retries(max_retries);
        }
        if let Some(fields) = self.extra_body {
            options = options.extra_body(fields);
        }
        if let Some(validate) = self.validate {
            options = options.validate(validate);
        }
        for (name, value) in &self.headers {
            options = options.header(name, value);
        }
        if let Some(id) = &self.request_id {
            options = options.request_id(id);
        }
        options.check()?;
        Ok(client.with_options(|_| options))
    }
}

/// Options of a client only.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ClientOptions {
    api_key: Option<String>,
    base_url: Option<String>,
    connect_timeout: Option<f64>,
    max_concurrency: Option<usize>,
    requests_per_second: Option<f64>,
    burst: Option<usize>,
    default_headers: HashMap<String, String>,
    proxy: Option<String>,
    ca_bundle: Option<String>,
    extra_ca_file: Option<String>,
    allow_http: bool,
    strict: bool,
    offline: Option<bool>,
    user_agent: Option<String>,
    /// Variables of `process.env`. The environment of the process is never read.
    environment: HashMap<String, String>,
    #[serde(flatten)]
    calls: RequestSettings,
}

impl ClientOptions {
    /// Creates the client. `hooks` is the number of its hooks, if it has any.
    pub(crate) fn build(self, hooks: Option<i64>) -> Result<CallFluent> {
        let mut builder = CallFluent::builder()
            .allow_http(self.allow_http)
            .strict(self.strict)
            .naming(Naming::Camel)
            .environment(self.environment);
        builder = with(builder, self.api_key, ClientBuilder::api_key);
        builder = with(builder, self.base_url, ClientBuilder::base_url);
        builder = with(builder, self.connect_timeout.map(milliseconds), ClientBuilder::connect_timeout);
        builder = with(builder, self.max_concurrency, ClientBuilder::max_concurrency);
        builder = with(builder, self.requests_per_second, ClientBuilder::requests_per_second);
        builder = with(builder, self.burst, ClientBuilder::burst);
        builder = with(builder, self.proxy, ClientBuilder::proxy);
        builder = with(builder, self.ca_bundle, ClientBuilder::ca_bundle);
        builder = with(builder, self.extra_ca_file, ClientBuilder::extra_ca_file);
        builder = with(builder, self.offline, ClientBuilder::offline);
        builder = with(builder, hooks, |builder, number| builder.hooks(NodeHooks::new(number)));
        builder = with(builder, self.user_agent, |builder, agent| builder.default_header("user-agent", agent));
        for (name, value) in self.default_headers {
            builder = builder.default_header(name, value);
        }
        self.calls.apply(&builder.build()?)
    }
}

fn with<T>(
    builder: ClientBuilder,
    value: Option<T>,
    set: impl FnOnce(ClientBuilder, T) -> ClientBuilder,
) -> ClientBuilder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Converts milliseconds. A time that is too long becomes the longest one.
pub(crate) fn milliseconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time / 1_000.0).unwrap_or(Duration::MAX)
}

/// Sets whether clients without a setting of their own refuse every host except this machine.
/// Returns the previous setting.
#[napi]
pub fn set_offline(offline: bool) -> bool {
    callfluent::set_offline(offline)
}

/// Returns the names of the environment variables that a client takes defaults from.
#[napi]
pub fn environment_variables() -> Vec<&'static str> {
    VARIABLES.to_vec()
}
