//! Calls: endpoints 6, 10 and 11, and starting one, which is an extension.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::{Stream, stream};

use super::resource_macro::resource;
use crate::CallFluent;
use crate::client::Invocation;
use crate::decode::List;
use crate::error::Result;
use crate::id::Id;
use crate::models::{Agent, Call, CallStartParams};

resource! {
    /// Phone calls and the call history.
    pub struct Calls = "calls";

    /// Starts an outbound phone call.
    ///
    /// Additional fields, e.g. `name` or `email`, set the agent's custom fields for this phone call.
    START = Post "/call-api/make-call/{agentId}", name "calls.start", extension;
    parameters {
        /// ID of the agent that makes the phone call.
        Path agent_id: Id as "agentId" [required(), example("1")];
        /// Phone number and custom fields.
        Fields call: CallStartParams as "" [required()];
    }
    output Call, "The started phone call. [`Calls::hang_up`] takes its `id`. The result of the phone call appears in \
        [`Calls::list`].";
    errors {
        NotFound: "No agent has this ID.";
    }
    unknown_outcome "the phone may already be ringing; check [`Calls::list`] before you start the phone call again.";
    example {
        let call = calls.start(agent_id: 1002, phone_number: "+15551234567", name: "Ada");
        print(call.id);
    }
    async fn start(self, agent_id: impl Into<Id>, call: &CallStartParams) -> Result<Call> {
        self.client.invoke(Invocation::new(&START).with_fields(call).with("agent_id", agent_id.into())).await
    }

    /// Lists the call history of an agent, page by page.
    ///
    /// The API documents neither a page size nor an end marker. The list ends at the first page without new calls.
    LIST = Get "/agent/{agentId}/calls", name "calls.list", section("6. Get an Agent's Call History"),
        nested_as("calls"), paged(&Call::SHAPE);
    parameters {
        /// ID of the agent.
        Path agent_id: Id as "agentId" [required(), example("1")];
        /// Page number, at least 1. Default: 1.
        Query page: i64 as "page" [at_least(1.0), example("1")];
    }
    output List<Call>, "One page of phone calls in `items`.";
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
        let items = self.client.invoke(Invocation::new(&LIST).with("agent_id", &agent_id).with("page", page)).await?;
        Ok(Page { client: self.client.clone(), agent_id, page, items })
    }

    /// Hangs up a phone call that is in progress.
    HANG_UP = Post "/agent/hangup-call", name "calls.hang_up", section("11. Hang Up an In-Progress Twilio Call"),
        nested_as("agents");
    parameters {
        /// ID of the phone call.
        Body call_id: Id as "callid" [required(), example("1")];
    }
    output List<Agent>, "The agents of the workspace. The state of the phone call appears in [`Calls::list`].";
    errors {
        NotFound: "No phone call has this ID.";
    }
    unknown_outcome "the phone call may have ended; check [`Calls::list`].";
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
    output List<Agent>, "The agents of the workspace. The remaining phone calls appear in [`Calls::list`].";
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

/// One page of an agent's call history.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    client: CallFluent,
    agent_id: Id,
    /// The page's number, counted from 1.
    pub page: u32,
    /// The calls of this page.
    pub items: List<Call>,
}

impl Page {
    /// Fetches the page after this one. `None` is the end: this page or the next one is empty, or the next one is this one
    /// again. A page of nothing but [odd records](List::invalid_items) is not empty.
    ///
    /// # Errors
    /// Those of [`Calls::list`].
    pub async fn next_page(&self) -> Result<Option<Self>> {
        let is_empty = |items: &List<Call>| items.is_empty() && items.invalid_items().is_empty();
        if is_empty(&self.items) {
            return Ok(None);
        }
        let next = self.client.calls().list(&self.agent_id, self.page.saturating_add(1)).await?;
        let nothing_new = is_empty(&next.items) || next.items == self.items;
        Ok((!nothing_new).then_some(next))
    }
}

/// All calls of an agent, page by page as they are asked for; a [`Stream`] that can also be asked directly.
pub struct CallStream(std::pin::Pin<Box<dyn Stream<Item = Result<Call>> + Send>>);

impl CallStream {
    /// The next call; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Call>> {
        std::future::poll_fn(|context| self.0.as_mut().poll_next(context)).await
    }
}

impl Stream for CallStream {
    type Item = Result<Call>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for CallStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CallStream").finish_non_exhaustive()
    }
}

impl Calls<'_> {
    /// Goes through an agent's whole call history, fetching each page when it is reached. A call that moves to another
    /// page meanwhile comes once.
    ///
    /// After an error the stream ends.
    ///
    /// ```no_run
    /// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
    /// let mut calls = client.calls().list_all(7);
    /// while let Some(call) = calls.next().await {
    ///     let call = call?;
    ///     println!("{} {:?}", call.id, call.extra.get("duration"));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_all(self, agent_id: impl Into<Id>) -> CallStream {
        let walk = Walk {
            client: self.client.clone(),
            agent_id: agent_id.into(),
            next: Some(1),
            waiting: VecDeque::new(),
            seen: HashSet::new(),
        };
        CallStream(Box::pin(stream::try_unfold(walk, |mut walk| async move {
            Ok(walk.call().await?.map(|call| (call, walk)))
        })))
    }
}

struct Walk {
    client: CallFluent,
    agent_id: Id,
    /// The page to fetch next; `None` at the end.
    next: Option<u32>,
    waiting: VecDeque<Call>,
    seen: HashSet<u64>,
}

impl Walk {
    async fn call(&mut self) -> Result<Option<Call>> {
        while self.waiting.is_empty() {
            let Some(number) = self.next else {
                return Ok(None);
            };
            let page = self.client.calls().list(&self.agent_id, number).await?;
            // A page of nothing but odd records is not the end of the list.
            let mut anything_new = page.items.is_empty() && self.new_oddities(&page.items);
            for call in page.items {
                if self.seen.insert(fingerprint(&call)) {
                    anything_new = true;
                    self.waiting.push_back(call);
                }
            }
            // The end is not marked: it is a page with nothing new, be it empty or one that was here before.
            self.next = if anything_new { number.checked_add(1) } else { None };
        }
        Ok(self.waiting.pop_front())
    }

    fn new_oddities(&mut self, items: &List<Call>) -> bool {
        let mut hasher = DefaultHasher::new();
        for unreadable in items.invalid_items() {
            unreadable.json.get().hash(&mut hasher);
        }
        !items.invalid_items().is_empty() && self.seen.insert(hasher.finish())
    }
}

/// What tells a call from others: its id, or all of it where it has none.
fn fingerprint(call: &Call) -> u64 {
    let mut hasher = DefaultHasher::new();
    if call.id.is_missing() {
        serde_json::to_string(call).unwrap_or_default().hash(&mut hasher);
    } else {
        call.id.hash(&mut hasher);
    }
    hasher.finish()
}
