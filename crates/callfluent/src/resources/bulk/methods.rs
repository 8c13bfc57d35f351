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
use crate::resources::method_docs::method_docs;

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

/// Defines the methods of both clients. The catalog has their documentation, by name.
macro_rules! bulk_methods {
    ($resource:ident: $(
        $name:tt
        fn $function:ident($this:ident $(, $input:ident: $type:ty)* $(,)?) -> Bulk<$value:ty> $body:block
    )*) => {
        impl $resource<'_> {
            $(
                #[doc = method_docs!($name)]
                pub fn $function($this $(, $input: $type)*) -> Bulk<$value> $body
            )*
        }

        #[cfg(feature = "blocking")]
        impl crate::resources::blocking::$resource<'_> {
            $(
                #[doc = method_docs!($name)]
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
    "agents.get_many"
    fn get_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<AgentDetails> {
        Bulk::new(self.client(), &GET_MANY, ids(&GET_MANY, agent_ids), steps())
    }

    "agents.create_many"
    fn create_many(
        self,
        agents: impl IntoIterator<Item = (impl Into<Id>, AgentCreateParams)>,
    ) -> Bulk<Agent> {
        Bulk::new(self.client(), &CREATE_MANY, records(&CREATE_MANY, agents), steps())
    }

    "agents.update_many"
    fn update_many(
        self,
        agents: impl IntoIterator<Item = (impl Into<Id>, AgentCreateParams)>,
    ) -> Bulk<Agent> {
        Bulk::new(self.client(), &UPDATE_MANY, records(&UPDATE_MANY, agents), steps())
    }

    "agents.patch_many"
    fn patch_many(
        self,
        changes: impl IntoIterator<Item = (impl Into<Id>, AgentPatchParams)>,
    ) -> Bulk<AgentPatchResult> {
        Bulk::new(self.client(), &PATCH_MANY, records(&PATCH_MANY, changes), patch_steps())
    }

    "agents.delete_many"
    fn delete_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<()> {
        Bulk::new(self.client(), &DELETE_MANY, ids(&DELETE_MANY, agent_ids), steps_without_result())
    }
}

bulk_methods! { Calls:
    "calls.start_many"
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

    "calls.list_many"
    fn list_many(self, agent_ids: impl IntoIterator<Item = impl Into<Id>>) -> Bulk<Vec<Call>> {
        Bulk::new(self.client(), &LIST_MANY, ids(&LIST_MANY, agent_ids), list_steps())
    }
}
