//! The client: what every call goes through, from arguments to a typed answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use crate::builder::ClientBuilder;
use crate::drift::{Difference, Drift};
use crate::envelope::{self, Unopened};
use crate::error::{Context, Error, Problems, Result};
use crate::operation::{Method, Operation, Repeat};
use crate::options::RequestOptions;
use crate::per_process::PerProcess;
use crate::reading::{Readable, Reader};
use crate::request::{Arguments, Attachment, Body, Prepared, prepare};
use crate::retry::Budget;
use crate::secret::ApiKey;
use crate::transport::{Answer, Limits, Outgoing, TransportOptions, connect, error_body, request_id, send};
use crate::{catalogue, resources, runtime};

/// A client of the `CallFluent` API.
///
/// It is cheap to clone; clones share connections, limits and the retry budget. Make one for each API key.
///
/// ```no_run
/// # async fn example() -> callfluent::Result<()> {
/// let client = callfluent::CallFluent::from_env()?;
/// for workspace in &client.workspaces().list().await? {
///     println!("{} {:?}", workspace.id, workspace.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct CallFluent {
    shared: Arc<Shared>,
    options: Arc<RequestOptions>,
}

/// What all clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) key: ApiKey,
    pub(crate) transport: TransportOptions,
    pub(crate) budget: Budget,
    pub(crate) strict: bool,
    pub(crate) live: PerProcess<Result<Live>>,
}

/// What belongs to one process: sockets, permits and locks.
pub(crate) struct Live {
    http: reqwest::Client,
    limits: Limits,
    drift: Drift,
}

impl Shared {
    /// This process' connections; after a fork they are made anew.
    pub(crate) fn live(&self) -> Result<&Live> {
        let make = || {
            Ok(Live {
                http: connect(&self.transport)?,
                limits: Limits::new(self.transport.max_concurrency, self.transport.requests_per_second),
                drift: Drift::default(),
            })
        };
        // Setting up fails with an error about the arguments only.
        self.live
            .get_or_init(make)
            .as_ref()
            .map_err(|error| Error::InvalidRequest(Problems::new("client", error.problems().to_vec())))
    }
}

/// One call: an operation with its arguments.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) operation: &'static Operation,
    pub(crate) arguments: Arguments,
    pub(crate) attachments: Vec<Attachment>,
}

impl Invocation {
    pub(crate) fn new(operation: &'static Operation) -> Self {
        Self { operation, arguments: Arguments::new(), attachments: Vec::new() }
    }

    /// Adds an argument.
    pub(crate) fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.arguments.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds each field of a record as an argument.
    pub(crate) fn with_fields(mut self, fields: &impl serde::Serialize) -> Self {
        if let Ok(Value::Object(fields)) = serde_json::to_value(fields) {
            self.arguments.extend(fields);
        }
        self
    }

    /// Adds files.
    pub(crate) fn with_files<A: Into<Attachment>>(mut self, files: impl IntoIterator<Item = A>) -> Self {
        self.attachments.extend(files.into_iter().map(Into::into));
        self
    }
}

impl CallFluent {
    /// Makes a client with this API key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where the key or a variable of the environment cannot be used.
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// Makes a client from `CALLFLUENT_API_KEY` and, where it is set, `CALLFLUENT_BASE_URL`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where a variable is missing or cannot be used.
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Makes a client step by step.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn from_parts(shared: Shared, options: RequestOptions) -> Self {
        Self { shared: Arc::new(shared), options: Arc::new(options) }
    }

    /// A client with other options for its requests. It shares the connections, limits and retry budget of this one.
    ///
    /// ```no_run
    /// # fn example(client: callfluent::CallFluent) {
    /// use std::time::Duration;
    /// let patient = client.with_options(|options| options.timeout(Duration::from_secs(300)).max_retries(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options: Arc::new(change(RequestOptions::clone(&self.options))) }
    }

    /// The options of this client's requests.
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// The URL that all paths are below.
    pub fn base_url(&self) -> &str {
        self.shared.transport.base_url.as_str().trim_end_matches('/')
    }

    /// Where the API's answers differed from its documentation so far, over all clones of this client, ordered by path.
    pub fn drift(&self) -> Vec<Difference> {
        self.shared.live().map(|live| live.drift.differences()).unwrap_or_default()
    }

    /// Calls an endpoint that is not modelled, with the same key, retries and errors; returns the answer's JSON as it came.
    ///
    /// `path` is below the base URL, such as `/agent/get-one/1`. A request with another method than GET, PUT or DELETE,
    /// and one that is an upload or the creation of a custom field, is sent again only where the server provably did not act.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for an unknown method or an unusable path, and those of every call.
    ///
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let answer = client.request("GET", "/agent/get-one/1", None, &[]).await?;
    /// println!("{}", answer["data"]["agent"]["name"]);
    /// # Ok(()) }
    /// ```
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
        query: &[(&str, &str)],
    ) -> Result<Value> {
        let raw = self.request_raw(method, path, json, query).await?;
        serde_json::from_slice(&raw.body).map_err(|_| self.unreadable(&raw, "the answer is no JSON that can be held"))
    }

    pub(crate) async fn request_raw(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
        query: &[(&str, &str)],
    ) -> Result<Raw> {
        let invalid = |field: &str, reason: String| Error::invalid("request", field, reason);
        let method = Method::from_name(method)
            .ok_or_else(|| invalid("method", format!("{method:?} is none of GET, POST, PUT, PATCH, DELETE")))?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let (path, own_query) = path.split_once('?').unwrap_or((&path, ""));
        if path.split('/').any(|segment| matches!(segment, "." | "..")) || path.contains(['#', '\\']) {
            return Err(invalid("path", "must be a plain path below the base URL, such as /agent/get-one/1".into()));
        }
        let repeat =
            catalogue::find_by_path(method, path).map_or_else(|| method.repeat(), |operation| operation.repeat);
        let body = match json {
            None => Body::Empty,
            Some(json) => {
                Body::Json(serde_json::to_vec(&json).map_err(|error| invalid("json", error.to_string()))?.into())
            }
        };
        let mut pairs: Vec<_> = url::form_urlencoded::parse(own_query.as_bytes()).into_owned().collect();
        pairs.extend(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let prepared = Prepared { path: path.to_owned(), query: pairs, body };
        let raw = self.send(method, repeat, prepared).await?;
        self.refuse_unless_json(&raw)?;
        Ok(raw)
    }

    /// Checks that an answer is JSON and no refusal.
    fn refuse_unless_json(&self, raw: &Raw) -> Result<()> {
        let json = self.json(raw)?;
        match envelope::open(json) {
            Ok(_) => Ok(()),
            Err(unopened) => Err(self.unopened(raw, unopened)),
        }
    }

    /// Makes one call and reads its answer.
    pub(crate) async fn invoke<T: Readable + Send>(&self, invocation: Invocation) -> Result<T> {
        let operation = invocation.operation;
        let raw = self.invoke_raw(invocation).await?;
        self.read(operation, &raw)
    }

    /// Makes one call and returns its answer unread.
    pub(crate) async fn invoke_raw(&self, invocation: Invocation) -> Result<Raw> {
        let operation = invocation.operation;
        let prepared = prepare(
            operation,
            invocation.arguments,
            invocation.attachments,
            self.options.extra_body.as_ref(),
            self.options.validate,
        )?;
        self.send(operation.method, operation.repeat, prepared).await
    }

    /// Reads the answer of an operation.
    pub(crate) fn read<T: Readable>(&self, operation: &Operation, raw: &Raw) -> Result<T> {
        if raw.answer.status.as_u16() == 204 {
            // Nothing is promised, and nothing came.
            let nothing = T::absent();
            return if matches!(T::KIND, crate::schema::Kind::List(_)) { Ok(nothing) } else { Err(self.empty(raw)) };
        }
        let json = self.json(raw)?;
        let opened = envelope::open(json).map_err(|unopened| self.unopened(raw, unopened))?;
        let mut found = HashMap::new();
        let value = opened.read::<T>(operation, &mut Reader::noting(operation.name, &mut found));
        self.shared.live()?.drift.add(&found);
        let Some(value) = value else {
            return Err(self.unreadable(raw, &format!("the answer does not hold {}", T::KIND.expectation())));
        };
        if self.shared.strict && !found.is_empty() {
            let mut differences: Vec<_> = found.values().map(Difference::to_string).collect();
            differences.sort_unstable();
            let message = format!("the answer differs from the documentation: {}", differences.join("; "));
            return Err(self.unreadable(raw, &message));
        }
        Ok(value)
    }

    fn json<'a>(&self, raw: &'a Raw) -> Result<&'a RawValue> {
        if raw.body.is_empty() {
            return Err(self.empty(raw));
        }
        serde_json::from_slice(&raw.body).map_err(|error| {
            let shown = envelope::beginning(&raw.body, &raw.answer.headers);
            self.unreadable(raw, &format!("the answer is no JSON ({error}); the server answered{shown}"))
        })
    }

    fn empty(&self, raw: &Raw) -> Error {
        let shown = envelope::beginning(&raw.body, &raw.answer.headers);
        self.unreadable(raw, &format!("the server answered{shown}"))
    }

    fn unopened(&self, raw: &Raw, unopened: Unopened) -> Error {
        let Unopened::Refused(reason) = unopened;
        let message = reason.unwrap_or_else(|| "the server refused without a reason".into());
        Error::of_status(self.answer_context(raw, message))
    }

    /// An error about an answer that could not be read. Whatever it said, a change may have been made.
    fn unreadable(&self, raw: &Raw, message: &str) -> Error {
        let mut context = self.answer_context(raw, message.to_owned());
        context.outcome_unknown = raw.method != Method::Get;
        Error::Response(Box::new(context))
    }

    fn answer_context(&self, raw: &Raw, message: String) -> Context {
        let key = &self.shared.key;
        Context {
            message: key.redact(message),
            status: Some(raw.answer.status.as_u16()),
            body: Some(key.redact(error_body(&raw.answer.body))),
            request_id: request_id(&raw.answer.headers),
            method: raw.method.as_str().to_owned(),
            url: key.redact(raw.url.to_string()),
            attempts: raw.answer.attempts,
            ..Context::default()
        }
    }

    async fn send(&self, method: Method, repeat: Repeat, prepared: Prepared) -> Result<Raw> {
        self.options.check()?;
        let client = self.clone();
        runtime::run(async move { client.send_here(method, repeat, prepared).await }).await
    }

    async fn send_here(&self, method: Method, repeat: Repeat, prepared: Prepared) -> Result<Raw> {
        let url = self.url(&prepared)?;
        let shared = &self.shared;
        let live = shared.live()?;
        let answer = send(Outgoing {
            http: &live.http,
            key: &shared.key,
            limits: &live.limits,
            budget: &shared.budget,
            method,
            url: url.clone(),
            headers: self.headers(),
            body: &prepared.body,
            repeat,
            timeout: self.options.timeout,
            max_retries: self.options.max_retries,
        })
        .await?;
        Ok(Raw { method, url, body: answer.body.clone(), answer })
    }

    fn url(&self, prepared: &Prepared) -> Result<Url> {
        let invalid = |reason: &str| Error::invalid("request", "path", reason);
        let mut url =
            Url::parse(&format!("{}{}", self.base_url(), prepared.path)).map_err(|_| invalid("is no path"))?;
        if !prepared.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&prepared.query);
        }
        Ok(url)
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = self.options.headers.clone();
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!("callfluent-rust/", env!("CARGO_PKG_VERSION"))));
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, self.shared.key.authorization());
        headers
    }
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    method: Method,
    url: Url,
    pub(crate) body: bytes::Bytes,
    answer: Answer,
}

impl fmt::Debug for CallFluent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallFluent").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

/// The resources.
impl CallFluent {
    /// Voice agents.
    pub fn agents(&self) -> resources::Agents<'_> {
        resources::Agents::new(self)
    }

    /// What agents can do during calls.
    pub fn actions(&self) -> resources::Actions<'_> {
        resources::Actions::new(self)
    }

    /// Calls and their history.
    pub fn calls(&self) -> resources::Calls<'_> {
        resources::Calls::new(self)
    }

    /// Custom fields of agents.
    pub fn custom_fields(&self) -> resources::CustomFields<'_> {
        resources::CustomFields::new(self)
    }

    /// Knowledge files of agents.
    pub fn knowledge(&self) -> resources::Knowledge<'_> {
        resources::Knowledge::new(self)
    }

    /// Phone numbers of a workspace.
    pub fn phone_numbers(&self) -> resources::PhoneNumbers<'_> {
        resources::PhoneNumbers::new(self)
    }

    /// The user of the API key.
    pub fn user(&self) -> resources::Users<'_> {
        resources::Users::new(self)
    }

    /// Workspaces.
    pub fn workspaces(&self) -> resources::Workspaces<'_> {
        resources::Workspaces::new(self)
    }
}

/// Further fields for the body, by name on the wire.
pub(crate) type ExtraBody = Map<String, Value>;

/// How long a whole call may take by default.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
