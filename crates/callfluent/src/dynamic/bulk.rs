//! Bulk operations by name, for the bindings. An item is processed as the same request outside of a
//! bulk operation.

use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::task::JoinError;

use super::invoke::{check_argument_names, invoke};
use super::pages::Pages;
use super::row::{columns, field_of};
use crate::bulk::{BulkOperation, BulkOptions, BulkStream, Item, ItemFuture, ItemSteps, Key, Work, start};
use crate::catalog;
use crate::client::{CallFluent, Invocation, is_same_id};
use crate::decode::PublicJson;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::operation::Operation;
use crate::request::{EncodedRequest, decode_cells, encode_request, is_named, take_check_fields};
use crate::resources::is_patch;
use crate::schema::Kind;

/// A bulk operation by its name.
#[derive(Debug, Default)]
pub struct BulkRequest {
    /// Name, such as `agents.get_many`. The items of `agents.create_many_from_rows` are rows of
    /// strings.
    pub operation: String,
    /// Arguments that all items share.
    pub shared: Map<String, Value>,
    /// The items.
    pub items: Vec<BulkRequestItem>,
    /// True if the user did not choose IDs, so that they are positions.
    pub are_positions: bool,
    /// Options.
    pub options: BulkOptions,
}

/// An item of a bulk operation.
#[derive(Debug, Default)]
pub struct BulkRequestItem {
    /// ID: an integer or a string.
    pub id: Value,
    /// Arguments by public name, without the ID.
    pub arguments: Map<String, Value>,
    /// Additional fields of its request body.
    pub extra_body: Map<String, Value>,
}

/// Validates a bulk operation and starts it. `wrap` can change the surroundings of the work, such
/// as the destination of its log.
///
/// # Errors
/// [`Error::InvalidRequest`] with all errors of all items, for an unknown name, or if the journal
/// cannot be used.
///
/// # Example
/// ```no_run
/// # async fn example(client: callfluent::CallFluent) -> callfluent::Result<()> {
/// use callfluent::bindings::{BulkRequest, BulkRequestItem, bulk};
///
/// let items = vec![BulkRequestItem { id: 14.into(), ..BulkRequestItem::default() }];
/// let request = BulkRequest { operation: "agents.get_many".into(), items, ..BulkRequest::default() };
/// let mut results = bulk(&client, request, |work| work)?;
/// while let Some(chunk) = results.next_chunk().await {
///     println!("{} completed", chunk.completed);
/// }
/// # Ok(()) }
/// ```
pub fn bulk(
    client: &CallFluent,
    request: BulkRequest,
    wrap: impl FnOnce(Work) -> Work,
) -> Result<BulkStream<PublicJson>> {
    let BulkRequest { operation: name, shared, items, are_positions, options } = request;
    let operation = catalog::find_bulk(&name)
        .ok_or_else(|| Error::invalid(name, "operation", "is not a bulk operation of the catalog"))?;
    if options.journal.is_some() && are_positions {
        let reason = format!("needs IDs of your own: pass {} by ID, not as a list", operation.items);
        return Err(Error::invalid(operation.name, "journal", reason));
    }
    let items = items.into_iter().map(|item| to_item(operation, &shared, item)).collect();
    start(client.clone(), operation, items, steps(operation), &options, wrap)
}

/// Does what [`bulk`] does on a thread that may block, because a journal can take a while to open.
/// If the future is dropped, nothing is sent. Returns `None` if the runtime was shut down.
///
/// # Errors
/// Those of [`bulk`].
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn start_bulk(
    client: CallFluent,
    request: BulkRequest,
    wrap: impl FnOnce(Work) -> Work + Send + 'static,
) -> Result<Option<BulkStream<PublicJson>>> {
    let (begin, may_begin) = oneshot::channel();
    let start = move || {
        bulk(&client, request, |work| {
            wrap(Box::pin(async move {
                // If the future was dropped, so was the other end.
                if may_begin.await.is_ok() {
                    work.await;
                }
            }))
        })
    };
    match tokio::task::spawn_blocking(start).await.map_err(JoinError::try_into_panic) {
        Ok(results) => {
            let results = results?;
            let _ = begin.send(());
            Ok(Some(results))
        }
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Ok(None),
    }
}

fn to_item(operation: &BulkOperation, shared: &Map<String, Value>, item: BulkRequestItem) -> Item {
    let BulkRequestItem { id, mut arguments, extra_body } = item;
    let key = match operation.key {
        Key::Argument(name) => Some((name.to_owned(), id.clone())),
        Key::Own => None,
    };
    let (mut errors, mut of_fields) = (Vec::new(), Vec::new());
    if operation.are_rows() {
        // As `decode_row` does.
        arguments = decode_cells(arguments, |name| field_of(operation.item, name), &mut errors);
        of_fields = columns(operation.item, &arguments);
    }
    for (name, value) in shared.clone().into_iter().chain(key) {
        // A row may repeat the argument, but not contradict it.
        if let Some(given) = take_named(operation.item, &name, &mut arguments)
            && !is_same_id(&given, &value)
        {
            errors.push(FieldError::new(&name, format!("is {value} for this item, got {given}; remove it")));
        }
        arguments.insert(name, value);
    }
    let id: Id = serde_json::from_value(id).unwrap_or_default();
    let extra_body = Some(extra_body).filter(|fields| !fields.is_empty());
    Item { extra_body, errors, columns: of_fields, ..Item::new(id, arguments) }
}

/// Removes an argument that has this name in any naming.
fn take_named(operation: &Operation, name: &str, arguments: &mut Map<String, Value>) -> Option<Value> {
    let mut fields = operation.parameters.iter().map(|parameter| &parameter.field);
    fields.find(|field| is_named(field, name))?.take(arguments)
}

fn steps(operation: &BulkOperation) -> ItemSteps<PublicJson> {
    let run: fn(CallFluent, Invocation) -> ItemFuture<PublicJson> = match operation.item.output {
        Kind::Page(_) => |client, invocation| Box::pin(all_pages(client, invocation)),
        _ if operation.discards_result => |client, invocation| Box::pin(without_result(client, invocation)),
        _ => |client, invocation| Box::pin(one(client, invocation)),
    };
    ItemSteps {
        encode,
        run,
        decision: "in the option resolve, as \"done\" or \"repeat\"",
        restore: |client, invocation, response| {
            let created = invocation.operation.created(&invocation.arguments);
            let naming = client.options().naming;
            client.decoder()?.finding(created).decode_public(invocation.operation, response, naming)
        },
    }
}

async fn one(client: CallFluent, invocation: Invocation) -> Result<PublicJson> {
    let Invocation { operation, arguments, attachments, .. } = invocation;
    invoke(&client, operation.name, arguments, attachments, client.options().naming).await
}

async fn without_result(client: CallFluent, invocation: Invocation) -> Result<PublicJson> {
    let naming = client.options().naming;
    one(client, invocation).await?;
    let mut nothing = PublicJson::new(naming);
    nothing.value(&());
    Ok(nothing)
}

async fn all_pages(client: CallFluent, invocation: Invocation) -> Result<PublicJson> {
    let naming = client.options().naming;
    let mut pages = Pages::new(client, invocation.operation.name, invocation.arguments, naming)?;
    let mut all = pages.next().await?;
    while let Some(all) = &mut all
        && let Some(page) = pages.next().await?
    {
        all.append(page);
    }
    Ok(all.unwrap_or_else(|| PublicJson::new(naming)))
}

/// Validates an item as [`invoke`] does, and encodes its request.
fn encode(client: &CallFluent, invocation: Invocation) -> Result<EncodedRequest> {
    let Invocation { operation, mut arguments, mut attachments, .. } = invocation;
    let options = client.options();
    let checks_fields = take_check_fields(operation, &mut arguments, options.naming);
    check_argument_names(client, operation, &mut arguments, &mut attachments)?;
    checks_fields.map_err(|error| Error::InvalidRequest(FieldErrors::new(operation.name, vec![error])))?;
    if is_patch(operation) {
        return client.encode_patch(Invocation { arguments, attachments, ..Invocation::new(operation) });
    }
    encode_request(operation, arguments, attachments, options.extra_body.as_ref(), options.validate)
}
