//! The client. `start` passes requests by operation name, many at once. Closing a client releases
//! its resources at once, without waiting for the garbage collector.

use std::sync::Arc;

use callfluent::CallFluent;
use callfluent::bindings::catalog::CALLS_EXPORT;
use callfluent::bindings::{self, Pages, certificates::set_fallback, schema::Naming};
use napi::Env;
use napi::bindgen_prelude::{Function, ObjectFinalize};
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::attachment::{self, NativeFile};
use crate::bulk::NativeBulk;
use crate::chunks::Payload;
use crate::completion_queue::{CompletionQueue, Completions};
use crate::event::Event;
use crate::export::NativeExport;
use crate::options::{ClientOptions, RequestSettings};
use crate::pages::NativePages;
use crate::request_batch::RequestBatch;
use crate::watch::{NativeWait, NativeWatch};
use crate::wish::Wish;
use crate::{error, log};

/// Bytes that a client and its connection take outside of JavaScript. The garbage collector needs
/// the number to collect clients that are not closed.
const CLIENT_BYTES: i64 = 24 * 1024;
/// Bytes of a client that shares connections. Some programs create one for each request.
const SHARING_CLIENT_BYTES: i64 = 1024;

/// A client of one environment.
#[napi(custom_finalize)]
pub struct NativeClient {
    /// Set until the client is closed.
    client: Option<CallFluent>,
    queue: Arc<CompletionQueue>,
    /// Number of its log records, if a logger receives them.
    log_number: Option<i64>,
    /// Bytes that V8 was given.
    held: i64,
}

#[napi]
impl NativeClient {
    /// Creates a client from its options as JSON. The message of an error is the error as JSON.
    /// `log_number` and `hooks` are the numbers of its log records and hooks, if it has any.
    /// `root_certificates` returns Node's certificates in PEM. They are big, and only machines
    /// without certificates need them.
    ///
    /// # Errors
    /// An option is invalid.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        completions: &Completions,
        options: String,
        log_number: Option<i64>,
        hooks: Option<i64>,
        root_certificates: Function<'_, (), String>,
    ) -> napi::Result<Self> {
        let options: ClientOptions = read(&options)?;
        let build = || {
            let options = options.clone();
            let records = log_number.map(|client| completions.queue().log_of(client, 0));
            log::during(records, || options.build(hooks)).map_err(|error| error::to_napi(&error))
        };
        let mut client = build()?;
        if !client.has_root_certificates() && set_fallback(root_certificates.call(())?.as_bytes()) {
            client = build()?;
        }
        Self::holding(env, client, completions.queue(), log_number, CLIENT_BYTES)
    }

    /// Starts requests. Each is one line of JSON: a list of a ticket, an operation, its arguments,
    /// and its options or null. The runtime's thread decodes them. Results are pushed under the
    /// tickets.
    ///
    /// # Errors
    /// The client is closed, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn start(&self, requests: String) -> napi::Result<()> {
        self.queue.hand_over(RequestBatch { client: self.open()?.clone(), log_number: self.log_number, requests })
    }

    /// Sends a request with files. Arguments and options are JSON. The result is pushed under
    /// `ticket`, and the progress if it is to be reported.
    ///
    /// # Errors
    /// The JSON is invalid, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn upload(
        &self,
        ticket: i64,
        operation: String,
        args: String,
        files: Vec<NativeFile>,
        options: Option<String>,
        reports_progress: bool,
    ) -> napi::Result<()> {
        let arguments: Map<String, Value> = read(&args)?;
        let mut attachments: Vec<_> = files.into_iter().map(|file| file.into_attachment(&self.queue)).collect();
        if reports_progress {
            attachments = attachment::with_progress(attachments, &self.queue, ticket);
        }
        let (client, wish) = self.configured(options)?;
        self.spawn(ticket, async move {
            wish.of(bindings::invoke(&client?, &operation, arguments, attachments, Naming::Camel)).await
        })
    }

    /// Sends a request that the catalog does not contain. `json` and `query` are JSON; the query is
    /// a list of pairs.
    ///
    /// # Errors
    /// The JSON is invalid, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn request(
        &self,
        ticket: i64,
        method: String,
        path: String,
        json: Option<String>,
        query: String,
        options: Option<String>,
    ) -> napi::Result<()> {
        let json: Option<Value> = json.as_deref().map(read).transpose()?;
        let query: Vec<(String, String)> = read(&query)?;
        let (client, wish) = self.configured(options)?;
        self.spawn(ticket, async move {
            let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            wish.of(bindings::request(&client?, &method, &path, json, &query, Naming::Camel)).await
        })
    }

    /// Returns the position before the first page of a list.
    ///
    /// # Errors
    /// The JSON, the options or the operation are invalid.
    #[napi(catch_unwind)]
    pub fn pages(&self, operation: String, args: String, options: Option<String>) -> napi::Result<NativePages> {
        let arguments = serde_json::from_str(&args)
            .map_err(|invalid| napi::Error::from_reason(error::invalid_json(&operation, &invalid)))?;
        let client = self.configured(options)?.0.map_err(|error| error::to_napi(&error))?;
        let pages = Pages::new(client, &operation, arguments, Naming::Camel).map_err(|error| error::to_napi(&error))?;
        Ok(NativePages::new(Arc::clone(&self.queue), self.log_number, Some(pages)))
    }

    /// Prepares a bulk operation. It is encoded as JSON, with all items. Its log records and the
    /// events of its hooks have the number `observed`, if there are any.
    ///
    /// # Errors
    /// The JSON or the options are invalid.
    #[napi(catch_unwind)]
    pub fn bulk(
        &self,
        operation: String,
        settings: String,
        options: Option<String>,
        observed: Option<i64>,
    ) -> napi::Result<NativeBulk> {
        let settings = serde_json::from_str(&settings)
            .map_err(|invalid| napi::Error::from_reason(error::invalid_json(&operation, &invalid)))?;
        let client = self.configured(options)?.0.map_err(|error| error::to_napi(&error))?;
        Ok(NativeBulk::new(Arc::clone(&self.queue), self.log_number, observed, client, settings))
    }

    /// Returns a wait for the end of a call. The arguments and the settings are JSON.
    ///
    /// # Errors
    /// The JSON is invalid.
    #[napi(catch_unwind)]
    pub fn wait(&self, args: String, settings: String) -> napi::Result<NativeWait> {
        let (client, queue) = (self.open()?.clone(), Arc::clone(&self.queue));
        NativeWait::new(queue, self.log_number, client, read(&args)?, &read(&settings)?)
            .map_err(|error| error::to_napi(&error))
    }

    /// Returns a watch of the calls of an agent. The arguments and the settings are JSON.
    ///
    /// # Errors
    /// The JSON is invalid.
    #[napi(catch_unwind)]
    pub fn watch(&self, args: String, settings: String) -> napi::Result<NativeWatch> {
        let (client, queue) = (self.open()?.clone(), Arc::clone(&self.queue));
        NativeWatch::new(queue, self.log_number, client, read(&args)?, &read(&settings)?)
            .map_err(|error| error::to_napi(&error))
    }

    /// Returns an export of calls. The settings and the options are JSON.
    ///
    /// # Errors
    /// The JSON, an argument or an option is invalid.
    #[napi(catch_unwind)]
    pub fn export(&self, settings: String, options: Option<String>) -> napi::Result<NativeExport> {
        let settings = serde_json::from_str(&settings)
            .map_err(|invalid| napi::Error::from_reason(error::invalid_json(CALLS_EXPORT.name, &invalid)))?;
        let client = self.configured(options)?.0.map_err(|error| error::to_napi(&error))?;
        NativeExport::new(Arc::clone(&self.queue), self.log_number, client, settings)
            .map_err(|error| error::to_napi(&error))
    }

    /// Decodes a row of strings, such as a line of a CSV file, as the arguments of an operation.
    /// The row and the arguments are JSON.
    ///
    /// # Errors
    /// The JSON, a cell or a column is invalid.
    #[napi(catch_unwind)]
    pub fn decode_row(&self, operation: String, row: String) -> napi::Result<String> {
        let row = serde_json::from_str(&row)
            .map_err(|invalid| napi::Error::from_reason(error::invalid_json(&operation, &invalid)))?;
        let arguments = bindings::decode_row(self.open()?, &operation, row).map_err(|error| error::to_napi(&error))?;
        Ok(Value::Object(arguments).to_string())
    }

    /// Returns a client with other options, as JSON, that shares the connections.
    ///
    /// # Errors
    /// An option is invalid.
    #[napi(catch_unwind)]
    pub fn with_options(&self, env: Env, options: String, log_number: Option<i64>) -> napi::Result<Self> {
        let client = self.configured(Some(options))?.0.map_err(|error| error::to_napi(&error))?;
        Self::holding(env, client, &self.queue, log_number, SHARING_CLIENT_BYTES)
    }

    /// Returns the differences between responses and the API reference, as JSON.
    ///
    /// # Errors
    /// The client is closed.
    #[napi(catch_unwind)]
    pub fn drift(&self) -> napi::Result<String> {
        let differences: Vec<_> = self.open()?.drift().iter().map(|seen| seen.named(Naming::Camel)).collect();
        Ok(serde_json::to_string(&differences).unwrap_or_default())
    }

    /// Base URL of all requests.
    ///
    /// # Errors
    /// The client is closed.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> napi::Result<String> {
        Ok(self.open()?.base_url().to_owned())
    }

    /// Releases all resources. Requests in flight keep what they need until they end.
    ///
    /// # Errors
    /// The environment is shutting down.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) -> napi::Result<()> {
        if self.client.take().is_some() {
            env.adjust_external_memory(-self.held)?;
        }
        Ok(())
    }
}

/// The client was collected without being closed.
impl ObjectFinalize for NativeClient {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        // Nothing catches an error that is thrown here.
        let _ = self.close(env);
        Ok(())
    }
}

impl NativeClient {
    fn holding(
        env: Env,
        client: CallFluent,
        queue: &Arc<CompletionQueue>,
        log_number: Option<i64>,
        held: i64,
    ) -> napi::Result<Self> {
        env.adjust_external_memory(held)?;
        Ok(Self { client: Some(client), queue: Arc::clone(queue), log_number, held })
    }

    /// Returns the client. The package does not use a closed client.
    fn open(&self) -> napi::Result<&CallFluent> {
        self.client.as_ref().ok_or_else(|| napi::Error::from_reason("the client was closed"))
    }

    /// Returns this client with the options of one request, and what the request returns.
    fn configured(&self, options: Option<String>) -> napi::Result<(callfluent::Result<CallFluent>, Wish)> {
        let client = self.open()?;
        match options {
            None => Ok((Ok(client.clone()), Wish::default())),
            Some(options) => {
                let settings = read::<RequestSettings>(&options)?;
                let wish = settings.wish;
                Ok((settings.apply(client), wish))
            }
        }
    }

    fn spawn(
        &self,
        ticket: i64,
        call: impl Future<Output = callfluent::Result<Payload>> + Send + 'static,
    ) -> napi::Result<()> {
        self.queue.spawn(ticket, self.log_number, async move {
            match call.await {
                Ok(answer) => (Event::Response, answer),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }
}

/// Decodes JSON that the package encoded.
fn read<T: DeserializeOwned>(text: &str) -> napi::Result<T> {
    serde_json::from_str(text).map_err(|error| napi::Error::from_reason(error.to_string()))
}

/// Returns the consequence of a request to a path whose outcome is unknown; `null` if the request
/// can be repeated without another effect.
#[napi(catch_unwind)]
pub fn unknown_outcome_of_request(method: String, path: String) -> Option<String> {
    bindings::unknown_outcome_of_request(&method, &path).map(str::to_owned)
}

/// Returns whether an operation has an argument of this name, for errors about options.
#[napi(catch_unwind)]
pub fn has_argument(operation: String, name: String) -> bool {
    bindings::has_argument(&operation, &name)
}

/// Returns the consequence of a request of an operation whose outcome is unknown, with the place to
/// check it; `null` if the request can be repeated without another effect.
#[napi(catch_unwind)]
pub fn unknown_outcome(operation: String) -> Option<String> {
    bindings::unknown_outcome(&operation, Naming::Camel)
}
