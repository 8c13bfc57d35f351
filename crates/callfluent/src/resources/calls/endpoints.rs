//! Calls: endpoints 6, 10 and 11, and starting one, which is an extension.

#[cfg(feature = "blocking")]
use super::blocking_pages::CallIterator;
use super::history::CallHistory;
use super::pages::{Page, fetch_page};
use super::streams::{CallStream, PageStream};
use crate::client::Invocation;
use crate::decode::List;
use crate::error::{FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::models::{Agent, Call, CallStartParams, StartedCall};
use crate::request::check_custom_names;
use crate::resources::resource_macro::resource;
use crate::schema::Certainty;

resource! {
    /// Phone calls and the call history.
    pub struct Calls = "calls";

    /// Starts an outbound phone call.
    ///
    /// Additional fields, e.g. `name` or `email`, set the agent's custom fields for this phone
    /// call. Any response with a 2xx status means that the phone call was started, whatever its
    /// body is.
    START = Post "/call-api/make-call/{agentId}", name "calls.start", extension(Certainty::Seen),
        accepts_any_success(), at_most_once();
    parameters {
        /// ID of the agent that makes the phone call.
        Path agent_id: Id as "agentId" [required(), example("1")];
        /// Phone number and custom fields.
        Fields call: CallStartParams as "" [required()];
    }
    output StartedCall, "The started phone call. [`Calls::hang_up`] takes its `id`. `has_id` is false if the server \
        returned no ID; the phone call was started nevertheless.";
    later "[`Calls::list`] returns the phone call and its result later.";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "the phone may already be ringing; check [`Calls::list`] before you start the phone call again.";
    example {
        let call = calls.start(agent_id: 1002, phone_number: "+15551234567", name: "Ada");
        print(call.id);
    }
    async fn start(self, agent_id: impl Into<Id>, call: &CallStartParams) -> Result<StartedCall> {
        self.check_names(call)?;
        self.client.invoke(Invocation::new(&START).with_fields(call).with("agent_id", agent_id.into())).await
    }

    /// Lists the call history of an agent, page by page.
    ///
    /// The API documents neither a page size nor an end marker.
    LIST = Get "/agent/{agentId}/calls", name "calls.list", section("6. Get an Agent's Call History"),
        nested_as("calls"), paged(&Call::RECORD_TYPE);
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agentId" [required(), example("1")];
        /// Page number, at least 1. Default: 1.
        Query page: i64 as "page" [at_least(1.0), example("1")];
    }
    output List<Call>, "One page of phone calls in `items`.";
    later "Repeat the request to get the current call history.";
    errors {
        NotFound: "No agent has this ID.";
    }
    example {
        for call in calls.list(agent_id: 1001) {
            print(call.id);
        }
    }
    async fn list(self, agent_id: impl Into<Id>, page: u32) -> Result<Page> {
        let agent_id = agent_id.into();
        let items = fetch_page(self.client, &LIST, &agent_id, page).await?;
        Ok(Page::new(self.client.clone(), &LIST, agent_id, page, items))
    }

    /// Hangs up a phone call that is in progress.
    HANG_UP = Post "/agent/hangup-call", name "calls.hang_up", section("11. Hang Up an In-Progress Twilio Call"),
        nested_as("agents");
    parameters {
        /// ID of the phone call.
        Body call_id: Id as "callid" [required(), example("1")];
    }
    output List<Agent>, "The agents of the workspace.";
    later "[`Calls::list`] returns the phone call and its state later.";
    errors {
        NotFound: "No phone call has this ID.";
    }
    unknown_outcome "the phone call may have ended; check [`Calls::list`] before you hang up again.";
    example {
        let call = calls.start(agent_id: 1002, phone_number: "+15551234567");
        calls.hang_up(call_id: call.id);
    }
    async fn hang_up(self, call_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&HANG_UP).with("call_id", call_id.into())).await
    }

    /// Deletes a phone call from the call history.
    DELETE = Delete "/agent/delete-call/{call_id}", name "calls.delete", section("10. Delete an Agent's Call"),
        nested_as("agents");
    parameters {
        /// ID of the phone call.
        Path call_id: Id as "call_id" [required(), example("11")];
    }
    output List<Agent>, "The agents of the workspace.";
    later "[`Calls::list`] returns the remaining phone calls later.";
    errors {
        NotFound: "No phone call has this ID.";
    }
    example {
        calls.delete(call_id: 50004);
    }
    async fn delete(self, call_id: impl Into<Id>) -> Result<List<Agent>> {
        self.client.invoke(Invocation::new(&DELETE).with("call_id", call_id.into())).await
    }
}

impl Calls<'_> {
    /// Returns the call history of an agent, for polls.
    pub(super) fn history(self, agent_id: impl Into<Id>) -> CallHistory {
        let arguments = Invocation::new(&LIST).with("agent_id", agent_id.into()).arguments;
        CallHistory { client: self.client.clone(), list: &LIST, arguments, naming: self.client.options().naming }
    }

    /// Checks that the agent has the custom fields of a phone call. Starts nothing.
    ///
    /// The API accepts any name, so the value of a misspelled field is lost. The names come from
    /// `custom_fields` of the agent, which the API does not document.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) with each field that the agent does
    /// not have, or if the server does not report the agent's fields; otherwise the errors of
    /// [`Agents::get`](crate::resources::Agents::get).
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let call = callfluent::CallStartParams::to("+15551234567").with("name", "Ada");
    /// client.calls().check_fields(1002, &call).await?;
    /// client.calls().start(1002, &call).await?;
    /// # Ok(()) }
    /// ```
    pub async fn check_fields(self, agent_id: impl Into<Id>, call: &CallStartParams) -> Result<()> {
        self.check_names(call)?;
        let mut invocation = Invocation::new(&START).with_fields(call).with("agent_id", agent_id.into());
        invocation.check()?;
        self.client.check_custom_fields(&START, &invocation.arguments).await
    }

    fn check_names(self, call: &CallStartParams) -> Result<()> {
        let errors = self.name_errors(call);
        FieldErrors::new(START.name, errors).into_result()
    }

    /// Returns the errors of custom fields with names that are close to arguments.
    pub(in crate::resources) fn name_errors(self, call: &CallStartParams) -> Vec<FieldError> {
        let options = self.client.options();
        if !options.validate {
            return Vec::new();
        }
        let fields = call.extra.entries();
        let names = fields.iter().map(|(name, _)| name.as_str());
        check_custom_names(&START, names, options.naming)
    }

    /// Returns all calls of an agent as a stream. Each page is fetched when it is reached.
    ///
    /// A call that moves to another page meanwhile is returned once. After an error, the stream
    /// ends; [`resume`](CallStream::resume) continues at the page that failed, and
    /// [`from_page`](CallStream::from_page) begins at any page.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let mut calls = client.calls().list_all(7);
    /// while let Some(call) = calls.next().await {
    ///     let call = call?;
    ///     println!("{} {:?}", call.id, call.extra);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_all(self, agent_id: impl Into<Id>) -> CallStream {
        CallStream::new(self.list_pages(agent_id))
    }

    /// Returns the pages of an agent's call history as a stream. Pages without new calls are
    /// omitted.
    ///
    /// After an error, the stream ends; [`resume`](PageStream::resume) continues at the page that
    /// failed, and [`from_page`](PageStream::from_page) begins at any page.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let mut pages = client.calls().list_pages(7).from_page(30);
    /// while let Some(page) = pages.next().await {
    ///     let page = page?;
    ///     println!("page {}: {} calls", page.page, page.items.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_pages(self, agent_id: impl Into<Id>) -> PageStream {
        PageStream::new(self.client.clone(), &LIST, agent_id.into())
    }
}

#[cfg(feature = "blocking")]
impl blocking::Calls<'_> {
    /// Returns all calls of an agent as an iterator. Each page is fetched when it is reached.
    ///
    /// A call that moves to another page meanwhile is returned once. After an error, the iterator
    /// ends; [`resume`](CallIterator::resume) continues at the page that failed, and
    /// [`from_page`](CallIterator::from_page) begins at any page.
    ///
    /// # Example
    /// ```no_run
    /// # fn example(client: callfluent::blocking::CallFluent) -> callfluent::Result<()> {
    /// for call in client.calls().list_all(7) {
    ///     let call = call?;
    ///     println!("{} {:?}", call.id, call.get::<f64>("duration"));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_all(self, agent_id: impl Into<Id>) -> CallIterator {
        CallIterator::new(self.async_resource().list_all(agent_id))
    }
}
