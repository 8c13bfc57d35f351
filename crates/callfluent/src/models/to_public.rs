//! Converts a decoded record to JSON with public names.

use serde_json::{Map, Value};

use crate::decode::{Decode, Extra, RawFields, Undecoded};
use crate::schema::{Field, Kind, Naming, RecordType};

/// Collects the fields of a record, in the order of its type.
pub(crate) struct PublicRecord<'a> {
    fields_left: std::slice::Iter<'static, Field>,
    naming: Naming,
    raw_fields: &'a RawFields,
    fields: Map<String, Value>,
}

impl<'a> PublicRecord<'a> {
    pub(crate) fn new(record: &'static RecordType, naming: Naming, raw_fields: &'a RawFields) -> Self {
        Self { fields_left: record.fields.iter(), naming, raw_fields, fields: Map::new() }
    }

    /// Adds the next field. Generic over the field type only (not the record), to limit code size.
    #[inline(never)]
    pub(crate) fn field<T: Decode>(&mut self, json_name: &str, value: &T) {
        let Some(field) = self.fields_left.next() else { return };
        let public = if value.is_absent() {
            match self.raw_fields.undecoded(json_name) {
                Some(Undecoded::Invalid(value)) => value,
                Some(Undecoded::Empty) => value.public_value(self.naming),
                None => return,
            }
        } else {
            as_documented(field, value.public_value(self.naming))
        };
        self.fields.insert(field.public_name(self.naming).to_owned(), public);
    }

    /// Adds the undocumented fields.
    pub(crate) fn with_extra(self, extra: &Extra) -> Map<String, Value> {
        let mut fields = self.fields;
        for (name, value) in extra {
            fields.entry(name).or_insert(value);
        }
        fields
    }
}

/// Converts an id to a string if it is documented as one, even if it is all digits.
fn as_documented(field: &Field, value: Value) -> Value {
    match value {
        Value::Number(number) if matches!(field.kind, Kind::StringId) => Value::String(number.to_string()),
        value => value,
    }
}
