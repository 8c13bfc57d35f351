//! A record that was read, as JSON under public names.

use serde_json::{Map, Value};

use crate::decode::{Origin, Readable, Unheld};
use crate::json::undocumented_value;
use crate::schema::{Field, Kind, Naming, Shape};

/// The fields of a record, put together one by one in the order of its shape.
pub(crate) struct PublicRecord<'a> {
    shape: &'static Shape,
    described: std::slice::Iter<'static, Field>,
    naming: Naming,
    origin: &'a Origin,
    fields: Map<String, Value>,
}

impl<'a> PublicRecord<'a> {
    pub(crate) fn new(shape: &'static Shape, naming: Naming, origin: &'a Origin) -> Self {
        Self { shape, described: shape.fields.iter(), naming, origin, fields: Map::new() }
    }

    /// Adds the next field. It is there once for each type of field, rather than for each field of each record, which made the
    /// libraries larger.
    #[inline(never)]
    pub(crate) fn field<T: Readable>(&mut self, wire: &str, value: &T) {
        let Some(field) = self.described.next() else { return };
        let public = if value.is_absent() {
            match self.origin.unheld(wire) {
                Some(Unheld::Odd(value)) => value,
                Some(Unheld::Nothing) => value.public(self.naming),
                None => return,
            }
        } else {
            as_documented(field, value.public(self.naming))
        };
        self.fields.insert(field.public_name(self.naming).to_owned(), public);
    }

    /// Adds what the documentation does not list.
    pub(crate) fn with_extra(self, extra: &Map<String, Value>) -> Map<String, Value> {
        let mut fields = self.fields;
        for (name, value) in extra {
            let exact = self.origin.exact(name, value).map(|raw| undocumented_value(raw.get()));
            fields.entry(name.as_str()).or_insert_with(|| exact.unwrap_or_else(|| value.clone()));
        }
        for (name, raw) in self.origin.beyond(self.shape) {
            fields.entry(name).or_insert_with(|| undocumented_value(raw.get()));
        }
        fields
    }
}

/// Writes an id that is documented as text as text, even if it is all digits.
fn as_documented(field: &Field, value: Value) -> Value {
    match value {
        Value::Number(number) if matches!(field.kind, Kind::TextId) => Value::String(number.to_string()),
        value => value,
    }
}
