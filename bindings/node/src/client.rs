//! The one way in: `start` calls any operations of the catalog by their names, however many were made since the last time.
//! What a client holds is let go of when it is closed, not when the garbage collector comes to it.

use std::sync::Arc;

use callfluent::CallFluent;
use callfluent::bindings::{self, schema::Naming};
use napi::Env;
use napi::bindgen_prelude::ObjectFinalize;
use napi_derive::napi;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::attachment::NativeFile;
use crate::chunks::Payload;
use crate::completion_queue::{CompletionQueue, Completions, Event};
use crate::error;
use crate::options::{ClientOptions, RequestSettings};
use crate::request_batch::RequestBatch;

/// What the engine is told that a client takes beside its JavaScript: the client and a connection. So the garbage collector
/// comes in time to clients that nobody closes.
const HELD: i64 = 24 * 1024;
/// What one takes that shares the connections of another. Some programs make one for each request.
const HELD_BESIDE: i64 = 1024;

/// A client of one environment.
#[napi(custom_finalize)]
pub struct NativeClient {
    /// There until it is closed.
    client: Option<CallFluent>,
    queue: Arc<CompletionQueue>,
    /// Under which number its log records are pushed, where somebody wants them.
    logs_of: Option<i64>,
    /// What the engine was told of it.
    held: i64,
}

#[napi]
impl NativeClient {
    /// Makes a client from its options as JSON text. Where they cannot be used, the message thrown is the error as JSON text.
    ///
    /// # Errors
    /// Where the options cannot be used.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, completions: &Completions, options: String, logs_of: Option<i64>) -> napi::Result<Self> {
        let options: ClientOptions = read(&options)?;
        let client = options.build().map_err(|error| error::to_napi(&error))?;
        Self::holding(env, client, completions.queue(), logs_of, HELD)
    }

    /// Starts calls; what becomes of each is pushed under its ticket. Each is a line of JSON text: a list of a
    /// ticket, an operation, its arguments, and its options or null. The runtime's thread reads it, not the environment's own.
    ///
    /// # Errors
    /// Where no thread can be started, or the client was closed.
    #[napi(catch_unwind)]
    pub fn start(&self, calls: String) -> napi::Result<()> {
        self.queue.hand_over(RequestBatch { client: self.open()?.clone(), logs_of: self.logs_of, calls })
    }

    /// Calls an operation that takes files; what becomes of it is pushed under `ticket`. Arguments and options are JSON
    /// text.
    ///
    /// # Errors
    /// Where the text is no JSON object, or no thread can be started.
    #[napi(catch_unwind)]
    pub fn upload(
        &self,
        ticket: i64,
        operation: String,
        args: String,
        files: Vec<NativeFile>,
        options: Option<String>,
    ) -> napi::Result<()> {
        let arguments: Map<String, Value> = read(&args)?;
        let attachments = files.into_iter().map(|file| file.into_attachment(&self.queue)).collect();
        let client = self.configured(options)?;
        self.spawn(ticket, async move {
            Ok(bindings::invoke(&client?, &operation, arguments, attachments, Naming::Camel).await?.into())
        })
    }

    /// Sends a request that is not in the catalog. `json` and `query` are JSON text, the latter a list of pairs.
    ///
    /// # Errors
    /// Where the text is no JSON, or no thread can be started.
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
        let client = self.configured(options)?;
        self.spawn(ticket, async move {
            let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            Ok(bindings::request(&client?, &method, &path, json, &query, Naming::Camel).await?.into())
        })
    }

    /// A client with other options, as JSON text, that shares this one's connections.
    ///
    /// # Errors
    /// Where the options cannot be used.
    #[napi(catch_unwind)]
    pub fn with_options(&self, env: Env, options: String, logs_of: Option<i64>) -> napi::Result<Self> {
        let client = self.configured(Some(options))?.map_err(|error| error::to_napi(&error))?;
        Self::holding(env, client, &self.queue, logs_of, HELD_BESIDE)
    }

    /// Where answers differed from the documentation so far, as JSON text.
    ///
    /// # Errors
    /// Where the client was closed.
    #[napi(catch_unwind)]
    pub fn drift(&self) -> napi::Result<String> {
        let differences: Vec<_> = self.open()?.drift().iter().map(|seen| seen.named(Naming::Camel)).collect();
        Ok(serde_json::to_string(&differences).unwrap_or_default())
    }

    /// The URL that all paths are below.
    ///
    /// # Errors
    /// Where the client was closed.
    #[napi(getter, catch_unwind)]
    pub fn base_url(&self) -> napi::Result<String> {
        Ok(self.open()?.base_url().to_owned())
    }

    /// Lets go of all that the client holds. Calls under way hold what they need until they end.
    ///
    /// # Errors
    /// Where the environment is ending.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) -> napi::Result<()> {
        if self.client.take().is_some() {
            env.adjust_external_memory(-self.held)?;
        }
        Ok(())
    }
}

/// Nobody has closed it, and nobody can use it any more.
impl ObjectFinalize for NativeClient {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        // Nobody would catch what is thrown here.
        let _ = self.close(env);
        Ok(())
    }
}

impl NativeClient {
    fn holding(
        env: Env,
        client: CallFluent,
        queue: &Arc<CompletionQueue>,
        logs_of: Option<i64>,
        held: i64,
    ) -> napi::Result<Self> {
        env.adjust_external_memory(held)?;
        Ok(Self { client: Some(client), queue: Arc::clone(queue), logs_of, held })
    }

    /// The client, where it was not closed. The package looks after that.
    fn open(&self) -> napi::Result<&CallFluent> {
        self.client.as_ref().ok_or_else(|| napi::Error::from_reason("the client was closed"))
    }

    /// This client with the options of one call.
    fn configured(&self, options: Option<String>) -> napi::Result<callfluent::Result<CallFluent>> {
        let client = self.open()?;
        match options {
            None => Ok(Ok(client.clone())),
            Some(options) => Ok(read::<RequestSettings>(&options)?.apply(client)),
        }
    }

    fn spawn(
        &self,
        ticket: i64,
        call: impl Future<Output = callfluent::Result<Payload>> + Send + 'static,
    ) -> napi::Result<()> {
        self.queue.spawn(ticket, self.logs_of, async move {
            match call.await {
                Ok(answer) => (Event::Answer, answer),
                Err(error) => (Event::Failure, error::to_json(&error).into()),
            }
        })
    }
}

/// Reads JSON text that the package wrote.
fn read<T: DeserializeOwned>(text: &str) -> napi::Result<T> {
    serde_json::from_str(text).map_err(|error| napi::Error::from_reason(error.to_string()))
}
