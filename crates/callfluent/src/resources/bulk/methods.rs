//! The methods of bulk operations, for the async and the blocking client.

use super::operations::{
    CREATE_MANY, DELETE_MANY, GET_MANY, LIST_MANY, PATCH_MANY, START_MANY, UPDATE_MANY, list_steps, patch_steps, steps,
    steps_without_result,
};
use crate::bulk::{Bulk, BulkOperation, Item, Key};
use crate::client::Invocation;
use crate::id::Id;
use crate::models::{
    Agent, AgentCreateParams, AgentDetails, AgentPatchParams, AgentPatchResult, Call, CallStartParams, StartedCall,
};
use crate::resources::agents::Agents;
use crate::resources::calls::Calls;

/// Returns one item with the fields of a record.
fn item(operation: &'static BulkOperation, id: Id, fields: &impl serde::Serialize) -> Item {
    let invocation = Invocation::new(operation.item).with_fields(fields);
    match operation.key {
        Key::Argument(name) => to_item(invocation.with(name, &id), id),
        Key::Own => to_item(invocation, id),
    }
}

fn to_item(mut invocation: Invocation, id: Id) -> Item {
    Item { errors: invocation.take_errors(), ..Item::new(id, invocation.arguments) }
}

/// Returns items that consist of their IDs.
fn ids(operation: &'static BulkOperation, ids: impl IntoIterator<Item = impl Into<Id>>) -> Vec<Item> {
    ids.into_iter().map(|id| item(operation, id.into(), &serde_json::Map::new())).collect()
}

/// Returns items with fields.
fn records(
    operation: &'static BulkOperation,
    records: impl IntoIterator<Item = (impl Into<Id>, impl serde::Serialize)>,
) -> Vec<Item> {
    records.into_iter().map(|(id, fields)| item(operation, id.into(), &fields)).collect()
}

/// Defines the methods of both clients with one documentation.
macro_rules! bulk_methods {
    ($resource:ident: $(
        $(#[doc = $documentation:literal])*
        fn $function:ident($this:ident $(, $input:ident: $type:ty)* $(,)?) -> Bulk<$value:ty> $body:block
    )*) => {
        impl $resource<'_> {
            $(
                $(#[doc = $documentation])*
                pub fn $function($this $(, $input: $type)*) -> Bulk<$value> $body
            )*
        }

        #[cfg(feature = "blocking")]
        impl crate::resources::blocking::$resource<'_> {
            $(
                $(#[doc = $documentation])*
                ///
                /// [`Bulk::wait`] blocks until all items are completed.
                pub fn $function($this $(, $input: $type)*) -> Bulk<$value> {
                    $this.async_resource().$function($($input),*)
                }
            )*
        }
    };
}

bulk_methods! { Agents:
    /// Returns many agents with their knowledge files and call statistics.
    fn get_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<AgentDetails> {
        Bulk::new(self.client(), &GET_MANY, ids(&GET_MANY, agent_ids), steps())
    }

    /// Creates many agents, by an ID of your own. A [journal](Bulk::journal) maps these IDs to the
    /// new agents, and prevents that an agent is created twice.
    fn create_many(
        self,
        agents: impl IntoIterator<Item = (impl Into<Id>, AgentCreateParams)>,
    ) -> Bulk<Agent> {
        Bulk::new(self.client(), &CREATE_MANY, records(&CREATE_MANY, agents), steps())
    }

    /// Replaces all fields of many agents, by the ID of the agent.
    fn update_many(
        self,
        agents: impl IntoIterator<Item = (impl Into<Id>, AgentCreateParams)>,
    ) -> Bulk<Agent> {
        Bulk::new(self.client(), &UPDATE_MANY, records(&UPDATE_MANY, agents), steps())
    }

    /// Changes some fields of many agents, by the ID of the agent, as
    /// [`patch`](crate::resources::Agents::patch) does.
    fn patch_many(
        self,
        changes: impl IntoIterator<Item = (impl Into<Id>, AgentPatchParams)>,
    ) -> Bulk<AgentPatchResult> {
        Bulk::new(self.client(), &PATCH_MANY, records(&PATCH_MANY, changes), patch_steps())
    }

    /// Deletes many agents.
    fn delete_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<()> {
        Bulk::new(self.client(), &DELETE_MANY, ids(&DELETE_MANY, agent_ids), steps_without_result())
    }
}

bulk_methods! { Calls:
    /// Starts many phone calls of an agent, by an ID of your own.
    ///
    /// With a [journal](Bulk::journal), no phone call is started twice, even if the program is
    /// interrupted and runs again. Two phone calls of one run, or with two IDs of one journal, must
    /// have different numbers.
    fn start_many(
        self,
        agent_id: impl Into<Id>,
        calls: impl IntoIterator<Item = (impl Into<Id>, CallStartParams)>,
    ) -> Bulk<StartedCall> {
        let agent_id = agent_id.into();
        let items = calls.into_iter().map(|(id, call)| {
            let invocation = Invocation::new(START_MANY.item).with_fields(&call).with("agent_id", &agent_id);
            let mut item = to_item(invocation, id.into());
            // A name that is close to an argument explains why it replaces one, too.
            let names = self.name_errors(&call);
            item.errors.retain(|error| names.iter().all(|name| name.field != error.field));
            item.errors.extend(names);
            item
        });
        Bulk::new(self.client(), &START_MANY, items.collect(), steps())
    }

    /// Lists the whole call history of many agents.
    fn list_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<Vec<Call>> {
        Bulk::new(self.client(), &LIST_MANY, ids(&LIST_MANY, agent_ids), list_steps())
    }
}
