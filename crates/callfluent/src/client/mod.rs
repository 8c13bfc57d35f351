//! The client: what every call goes through, from arguments to a typed answer.

mod builder;
mod options;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Map, Value};

use crate::api_key::ApiKey;
use crate::body::{Attachment, Body};
use crate::decode::{PublicJson, Readable, Reader};
use crate::drift::{Drift, DriftEntry};
use crate::error::{Error, FieldErrors, Result};
use crate::fork_local::ForkLocal;
use crate::json::{Document, Json};
use crate::operation::{Idempotency, Method, Operation};
use crate::request::{Arguments, Prepared, prepare};
use crate::response::envelope::{self, Output, Unopened};
use crate::response::error as response_error;
use crate::retry::Budget;
use crate::schema::{Kind, Naming};
use crate::transport::{Connections, Limits, Request, Response, TransportOptions, send};
use crate::{catalog, resources, runtime};
pub use builder::ClientBuilder;
pub use options::RequestOptions;

/// What requests carry where their options say nothing else.
const DEFAULT_HEADERS: [(HeaderName, &str); 3] = [
    (USER_AGENT, concat!("callfluent-rust/", env!("CARGO_PKG_VERSION"))),
    (ACCEPT, "application/json"),
    (ACCEPT_ENCODING, "gzip"),
];

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
    /// What every request carries with these options.
    headers: Arc<HeaderMap>,
}

/// What all clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) key: ApiKey,
    pub(crate) transport: TransportOptions,
    pub(crate) budget: Budget,
    pub(crate) strict: bool,
    pub(crate) live: ForkLocal<Result<Live>>,
}

/// What belongs to one process: sockets, permits and locks.
pub(crate) struct Live {
    connections: Connections,
    limits: Limits,
    drift: Drift,
}

impl Shared {
    /// This process' connections; after a fork they are made anew.
    pub(crate) fn live(&self) -> Result<&Live> {
        let make = || {
            Ok(Live {
                connections: Connections::new(&self.transport)?,
                limits: Limits::new(self.transport.max_concurrency, self.transport.requests_per_second),
                drift: Drift::default(),
            })
        };
        // Setting up fails with an error about the arguments only.
        self.live
            .get_or_init(make)
            .as_ref()
            .map_err(|error| Error::InvalidRequest(FieldErrors::new("client", error.problems().to_vec())))
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
        Self::of(Arc::new(shared), options)
    }

    fn of(shared: Arc<Shared>, options: RequestOptions) -> Self {
        let mut headers = options.headers.clone();
        for (name, value) in DEFAULT_HEADERS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        headers.insert(AUTHORIZATION, shared.key.authorization());
        Self { shared, options: Arc::new(options), headers: Arc::new(headers) }
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
        Self::of(Arc::clone(&self.shared), change(RequestOptions::clone(&self.options)))
    }

    /// A client for the steps of one call, which all together have this client's timeout.
    pub(crate) fn for_one_call(&self) -> Self {
        let deadline = self.options.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.with_options(|options| RequestOptions { deadline, ..options })
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
    pub fn drift(&self) -> Vec<DriftEntry> {
        self.shared.live().map(|live| live.drift.differences()).unwrap_or_default()
    }

    /// Calls an endpoint that is not modelled, with the same key, retries and errors; returns the answer's JSON as it came, with
    /// whole numbers as text that no 64 bits hold.
    ///
    /// `path` is below the base URL, such as `/agent/get-one/1`. An answer without content is `null`. A GET, a DELETE and
    /// what the catalog knows to be harmless is sent again as any call is; everything else, an unknown PUT included, only
    /// where the server provably did not act.
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
        let json = self.request_json(method, path, json, query, Naming::Snake).await?;
        Ok(serde_json::from_str(&json.into_text()).unwrap_or_default())
    }

    /// Does what [`request`](Self::request) does, and gives the answer as JSON text. Whole numbers that the language of the
    /// naming does not hold exactly stand as text.
    ///
    /// # Errors
    /// Those of [`request`](Self::request).
    pub async fn request_json(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
        query: &[(&str, &str)],
        naming: Naming,
    ) -> Result<PublicJson> {
        let raw = self.request_raw(method, path, json, query).await?;
        let mut public = PublicJson::new(naming);
        if raw.response.head.status == http::StatusCode::NO_CONTENT {
            public.value(&Value::Null);
        } else if !public.anything(self.document(&raw)?.root()) {
            return Err(self.unreadable(&raw, "the answer is no JSON that can be held"));
        }
        Ok(public)
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
        if is_elsewhere(path) {
            let reason = "is a whole URL: give the path below the base URL, such as /agent/get-one/1, and for another server make a client with its base URL";
            return Err(invalid("path", reason.into()));
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let (path, own_query) = path.split_once('?').unwrap_or((&path, ""));
        if !is_plain(path) {
            return Err(invalid("path", "must be a plain path below the base URL, such as /agent/get-one/1".into()));
        }
        let idempotency = match (catalog::find_by_path(method, path), method) {
            (Some(operation), _) => operation.idempotency,
            // This API also creates with PUT.
            (None, Method::Put) => Idempotency::NonIdempotent,
            (None, method) => method.idempotency(),
        };
        let body = match json {
            None => Body::Empty,
            Some(json) => {
                Body::Json(serde_json::to_vec(&json).map_err(|error| invalid("json", error.to_string()))?.into())
            }
        };
        let mut pairs: Vec<_> = url::form_urlencoded::parse(own_query.as_bytes()).into_owned().collect();
        pairs.extend(query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let prepared = Prepared { path: path.to_owned(), query: pairs, body };
        let raw = self.send(method, idempotency, prepared).await?;
        if raw.response.head.status != http::StatusCode::NO_CONTENT {
            self.refuse_unless_json(&raw)?;
        }
        Ok(raw)
    }

    /// Checks that an answer is JSON and no refusal.
    fn refuse_unless_json(&self, raw: &Raw) -> Result<()> {
        let document = self.document(raw)?;
        match envelope::open(document.root()) {
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
        self.send(operation.method, operation.idempotency, prepared).await
    }

    /// Reads the answer of an operation.
    pub(crate) fn read<T: Readable>(&self, operation: &Operation, raw: &Raw) -> Result<T> {
        self.read_with(operation, raw, T::KIND, |output, reader| match output {
            Some(json) => T::read(json, reader).map(|reading| reading.value),
            None => Some(T::absent()),
        })
    }

    /// Reads the answer of an operation as JSON under public names.
    pub(crate) fn read_public<T: Readable>(
        &self,
        operation: &Operation,
        raw: &Raw,
        naming: Naming,
    ) -> Result<PublicJson> {
        self.read_with(operation, raw, T::KIND, |output, reader| {
            let mut public = PublicJson::new(naming);
            let held = match output {
                Some(json) => T::write_public(json, reader, &mut public),
                None => {
                    public.value(&T::absent().public(naming));
                    true
                }
            };
            held.then_some(public)
        })
    }

    /// Finds the output in an answer and reads it; `read` is given `None` where nothing is promised and nothing came.
    fn read_with<R>(
        &self,
        operation: &Operation,
        raw: &Raw,
        kind: Kind,
        read: impl FnOnce(Option<Json<'_>>, &mut Reader<'_>) -> Option<R>,
    ) -> Result<R> {
        let mut found = HashMap::new();
        let mut reader = Reader::noting(operation.name, &mut found);
        let value = if raw.response.head.status.as_u16() == 204 {
            if !matches!(kind, Kind::List(_)) {
                return Err(self.empty(raw));
            }
            read(None, &mut reader)
        } else {
            let document = self.document(raw)?;
            let output = envelope::open(document.root()).and_then(|opened| opened.output(operation, kind));
            match output.map_err(|unopened| self.unopened(raw, unopened))? {
                Some(Output::At(json)) => read(Some(json), &mut reader),
                Some(Output::Bare(text)) => {
                    Document::parse(text.as_bytes()).ok().and_then(|document| read(Some(document.root()), &mut reader))
                }
                Some(Output::Absent) => {
                    reader.missing_field("data");
                    read(None, &mut reader)
                }
                None => None,
            }
        };
        if !found.is_empty() {
            self.shared.live()?.drift.add(&found, &self.shared.key, self.options.naming);
        }
        let Some(value) = value else {
            return Err(self.unreadable(raw, &format!("the answer does not hold {}", kind.expectation())));
        };
        if self.shared.strict && !found.is_empty() {
            let mut differences: Vec<_> = found
                .values()
                .map(|difference| difference.shown(&self.shared.key).named(self.options.naming).to_string())
                .collect();
            differences.sort_unstable();
            let message = format!("the answer differs from the documentation: {}", differences.join("; "));
            return Err(self.unreadable(raw, &message));
        }
        Ok(value)
    }

    fn document<'a>(&self, raw: &'a Raw) -> Result<Document<'a>> {
        if raw.body.is_empty() {
            return Err(self.empty(raw));
        }
        Document::parse(&raw.body).map_err(|error| response_error::not_json(&raw.response, &error, &self.shared.key))
    }

    fn empty(&self, raw: &Raw) -> Error {
        response_error::empty(&raw.response, &self.shared.key)
    }

    fn unopened(&self, raw: &Raw, unopened: Unopened) -> Error {
        let Unopened::Refused(reason) = unopened;
        response_error::rejected(&raw.response, reason, &self.shared.key)
    }

    /// An error about an answer that could not be read. Whatever it said, a change may have been made.
    fn unreadable(&self, raw: &Raw, message: &str) -> Error {
        response_error::undecodable(&raw.response, message.to_owned(), &self.shared.key)
    }

    async fn send(&self, method: Method, idempotency: Idempotency, prepared: Prepared) -> Result<Raw> {
        self.options.check()?;
        let client = self.clone();
        // Its state takes several kilobytes, which would be moved again and again on their way to where they are polled.
        runtime::run(Box::pin(async move { client.send_here(method, idempotency, prepared).await })).await
    }

    async fn send_here(&self, method: Method, idempotency: Idempotency, prepared: Prepared) -> Result<Raw> {
        let shared = &self.shared;
        let live = shared.live()?;
        let uri = live
            .connections
            .base
            .below(&prepared.path, &prepared.query)
            .map_err(|error| Error::invalid("request", "path", format!("cannot be sent: {error}")))?;
        let response = send(Request {
            connections: &live.connections,
            key: &shared.key,
            limits: &live.limits,
            budget: &shared.budget,
            method,
            uri,
            headers: &self.headers,
            body: &prepared.body,
            idempotency,
            timeout: self.options.timeout,
            deadline: self.options.deadline,
            max_retries: self.options.max_retries,
        })
        .await
        .map_err(|error| response_error::from_send_error(error, &shared.key))?;
        Ok(Raw { body: envelope::without_mark(&response.body), response })
    }
}

/// Whether a path stays what it is when it becomes part of a URL: parsers drop control characters, turn `\` to `/`, and
/// take dots for directories even where they are percent-encoded.
fn is_plain(path: &str) -> bool {
    let is_directory = |segment: &str| {
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
        matches!(&*decoded, b"." | b"..")
    };
    !path.contains(|character: char| character.is_control() || matches!(character, '#' | '\\'))
        && !path.split('/').any(is_directory)
}

/// Whether a path names a server: `https://elsewhere/x`, or `//elsewhere/x` for the same scheme.
fn is_elsewhere(path: &str) -> bool {
    let path = path.trim_start();
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    path.starts_with("//") || scheme.is_some_and(is_scheme)
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) body: bytes::Bytes,
    response: Response,
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
    pub fn user(&self) -> resources::User<'_> {
        resources::User::new(self)
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
