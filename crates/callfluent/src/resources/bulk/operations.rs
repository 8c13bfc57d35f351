//! The bulk operations: their descriptions for all languages, and the functions that process one
//! item.

use crate::bulk::{BulkOperation, ItemFuture, ItemSteps, Key};
use crate::client::{CallFluent, Invocation};
use crate::decode::Decode;
use crate::error::Result;
use crate::id::Id;
use crate::models::{AgentPatchResult, Call};
use crate::pagination::FIRST_PAGE;
use crate::request::{EncodedRequest, encode_request};
use crate::resources::calls::Position;
use crate::resources::{agents, calls};
use crate::transport::Response;

/// All bulk operations.
pub(crate) static BULK_OPERATIONS: [&BulkOperation; 7] =
    [&GET_MANY, &CREATE_MANY, &UPDATE_MANY, &PATCH_MANY, &DELETE_MANY, &START_MANY, &LIST_MANY];

pub(super) static GET_MANY: BulkOperation = BulkOperation {
    name: "agents.get_many",
    rows_of: None,
    item: &agents::GET,
    items: "agent_ids",
    key: Key::Argument("agent_id"),
    shared: None,
    discards_result: false,
    documentation: "Returns many agents with their knowledge files and call statistics.",
    items_documentation: "IDs of the agents.",
    value_documentation: "The agent in `agent`, its knowledge files in `files`, and its statistics.",
};

pub(super) static CREATE_MANY: BulkOperation = BulkOperation {
    name: "agents.create_many",
    rows_of: None,
    item: &agents::CREATE,
    items: "agents",
    key: Key::Own,
    shared: None,
    discards_result: false,
    documentation: "Creates many voice agents.",
    items_documentation: "Fields of each agent, by an ID of your own.",
    value_documentation: "The new agent.",
};

/// [`CREATE_MANY`] with rows of strings. It has the same journal, so that a program can change the
/// form of its items.
pub(crate) static CREATE_MANY_FROM_ROWS: BulkOperation = BulkOperation {
    name: "agents.create_many_from_rows",
    rows_of: Some(&CREATE_MANY),
    item: &agents::CREATE,
    items: "rows",
    key: Key::Own,
    shared: None,
    discards_result: false,
    documentation: "Creates many voice agents from rows of strings, such as the lines of a CSV file.",
    items_documentation: "Cells of each row by their columns. The rows are by an ID of your own.",
    value_documentation: "The new agent.",
};

pub(super) static UPDATE_MANY: BulkOperation = BulkOperation {
    name: "agents.update_many",
    rows_of: None,
    item: &agents::UPDATE,
    items: "agents",
    key: Key::Argument("agent_id"),
    shared: None,
    discards_result: false,
    documentation: "Replaces all fields of many agents.\n\nThe server may reset optional fields that are omitted. Use \
        [`Agents::patch_many`] to change single fields.",
    items_documentation: "New fields of each agent, by the ID of the agent.",
    value_documentation: "The updated agent.",
};

pub(super) static PATCH_MANY: BulkOperation = BulkOperation {
    name: "agents.patch_many",
    rows_of: None,
    item: &agents::PATCH,
    items: "changes",
    key: Key::Argument("agent_id"),
    shared: None,
    discards_result: false,
    documentation: "Changes some fields of many agents and keeps all others.\n\nEach item takes several requests.",
    items_documentation: "Fields to change, by the ID of the agent.",
    value_documentation: "The agent in `agent`. `dropped` lists the fields that the server did not store as sent.",
};

pub(super) static DELETE_MANY: BulkOperation = BulkOperation {
    name: "agents.delete_many",
    rows_of: None,
    item: &agents::DELETE,
    items: "agent_ids",
    key: Key::Argument("agent_id"),
    shared: None,
    discards_result: true,
    documentation: "Deletes many agents.",
    items_documentation: "IDs of the agents.",
    value_documentation: "Nothing.",
};

pub(super) static START_MANY: BulkOperation = BulkOperation {
    name: "calls.start_many",
    rows_of: None,
    item: &calls::START,
    items: "calls",
    key: Key::Own,
    shared: Some("agent_id"),
    discards_result: false,
    documentation: "Starts many outbound phone calls of an agent.\n\nWith a journal, no phone call is started twice, \
        even if the program is interrupted and runs again. Two phone calls of one run, or with two IDs of one journal, \
        must have different numbers.",
    items_documentation: "Phone number and custom fields of each phone call, by an ID of your own.",
    value_documentation: "The started phone call.",
};

pub(super) static LIST_MANY: BulkOperation = BulkOperation {
    name: "calls.list_many",
    rows_of: None,
    item: &calls::LIST,
    items: "agent_ids",
    key: Key::Argument("agent_id"),
    shared: None,
    discards_result: false,
    documentation: "Lists the whole call history of many agents.",
    items_documentation: "IDs of the agents.",
    value_documentation: "All phone calls of the agent.",
};

/// The decision about an item whose outcome is unknown.
const DECISION: &str = "in resolve(), as Resolution::Done or Resolution::Repeat";

/// Returns the steps of an operation with one request and a typed result.
pub(super) fn steps<T: Decode + Send + 'static>() -> ItemSteps<T> {
    ItemSteps {
        encode,
        decision: DECISION,
        run: |client, invocation| Box::pin(async move { client.invoke(invocation).await }),
        restore: |client, invocation, response| {
            let created = invocation.operation.created(&invocation.arguments);
            client.decoder()?.finding(created).decode(invocation.operation, response)
        },
    }
}

/// Returns the steps of an operation whose result is discarded.
pub(super) fn steps_without_result() -> ItemSteps<()> {
    ItemSteps {
        encode,
        decision: DECISION,
        run: |client, invocation| {
            Box::pin(async move {
                let operation = invocation.operation;
                let response = client.invoke_raw(invocation).await?;
                client.decoder()?.decode_public(operation, &response, client.options().naming).map(drop)
            })
        },
        restore: |_, _, _| Ok(()),
    }
}

/// Returns the steps of patches.
pub(super) fn patch_steps() -> ItemSteps<AgentPatchResult> {
    ItemSteps {
        encode: |client, invocation| client.encode_patch(invocation),
        decision: DECISION,
        run: |client, invocation| Box::pin(async move { client.patch(invocation).await }),
        restore: no_response,
    }
}

/// Returns the steps that list all calls of an agent.
pub(super) fn list_steps() -> ItemSteps<Vec<Call>> {
    ItemSteps { encode, decision: DECISION, run: list_calls, restore: no_response }
}

fn list_calls(client: CallFluent, invocation: Invocation) -> ItemFuture<Vec<Call>> {
    Box::pin(async move {
        let agent_id = invocation.arguments.get("agent_id").cloned().unwrap_or_default();
        let agent_id: Id = serde_json::from_value(agent_id).unwrap_or_default();
        let mut position = Position::new(client, invocation.operation, agent_id, FIRST_PAGE);
        let mut calls = Vec::new();
        while let Some(page) = position.next_page().await? {
            position = page.position().clone();
            calls.append(&mut page.items.into_vec());
        }
        Ok(calls)
    })
}

/// The journal keeps responses of creates and calls only.
fn no_response<T>(_: &CallFluent, invocation: &Invocation, _: &Response) -> Result<T> {
    Err(crate::error::Error::invalid(invocation.operation.name, "journal", "contains an unexpected response"))
}

fn encode(client: &CallFluent, invocation: Invocation) -> Result<EncodedRequest> {
    let options = client.options();
    encode_request(
        invocation.operation,
        invocation.arguments,
        invocation.attachments,
        options.extra_body.as_ref(),
        options.validate,
    )
}
