//! Calls typed methods by operation name, so that tests can run every operation from data. The
//! match over the operations is generated.
#![allow(unreachable_pub)]

#[rustfmt::skip]
mod generated;
pub use generated::call;

use callfluent::bindings::schema::Naming;
use callfluent::{Attachment, List, Page, Record, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Arguments of an operation as JSON.
pub struct Given<'a> {
    pub arguments: &'a Map<String, Value>,
    pub attachments: Vec<Attachment>,
}

impl Given<'_> {
    /// The argument, if it has the type.
    fn value<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.arguments.get(name)?.clone()).ok()
    }

    /// The argument, if it has the type, or `None` within if it is omitted.
    fn optional<T: DeserializeOwned>(&self, name: &str) -> Option<Option<T>> {
        if self.arguments.contains_key(name) { self.value(name).map(Some) } else { Some(None) }
    }

    /// The record that all arguments but `others` are the fields of.
    fn fields<T: DeserializeOwned>(&self, others: &[&str]) -> Option<T> {
        let fields = self.arguments.iter().filter(|(name, _)| !others.contains(&name.as_str()));
        serde_json::from_value(fields.map(|(name, value)| (name.clone(), value.clone())).collect()).ok()
    }

    fn files(self) -> Vec<Attachment> {
        self.attachments
    }
}

fn record<T: Record>(result: Result<T>) -> Result<Value> {
    result.map(|record| Value::Object(record.to_public(Naming::Snake)))
}

fn list<T: Record>(result: Result<List<T>>) -> Result<Value> {
    result.map(|list| list.iter().map(|record| Value::Object(record.to_public(Naming::Snake))).collect())
}

fn nothing(result: Result<()>) -> Result<Value> {
    result.map(|()| Value::Null)
}

fn page(result: Result<Page>) -> Result<Value> {
    let page = result?;
    let items: Value = page.items.iter().map(|call| Value::Object(call.to_public(Naming::Snake))).collect();
    Ok(json!({ "items": items, "page": page.page }))
}
