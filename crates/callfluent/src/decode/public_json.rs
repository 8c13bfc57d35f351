//! An answer as JSON text under public names, for the bindings: written straight from the answer's own text, since nearly
//! every value stands there as it is to be written. It says what reading the records and writing them anew would say.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::{Names, Reader};
use crate::json::{Entry, Json, Run, digits_as_text, find, has_only_short_numbers, is_value};
use crate::schema::{Field, Kind, Naming, Shape};

/// An answer as JSON text under public names.
///
/// Documented fields are as they were read, all others as they came. Whole numbers that the language of the naming does
/// not hold exactly stand as text, and so does what no parser would take, such as endless nesting.
#[derive(Debug, Clone)]
pub struct PublicJson {
    /// The answer, or of a list of records the one that is being written.
    text: String,
    naming: Naming,
    /// The records of a list, each with a text of its own: a long list is never a long text that is then divided.
    records: Option<Vec<Arc<str>>>,
}

impl PublicJson {
    pub(crate) fn new(naming: Naming) -> Self {
        Self { text: String::new(), naming, records: None }
    }

    /// The JSON text.
    #[must_use]
    pub fn into_text(self) -> String {
        match self.records {
            Some(records) => {
                let length: usize = records.iter().map(|record| record.len() + 1).sum();
                let mut text = String::with_capacity(length + 2);
                text.push('[');
                for record in &records {
                    if text.len() > 1 {
                        text.push(',');
                    }
                    text.push_str(record);
                }
                text.push(']');
                text
            }
            None => self.text,
        }
    }

    /// The JSON text of each record, where the answer is a list of records.
    ///
    /// # Errors
    /// Itself, where it is no such list.
    pub fn into_records(self) -> Result<Vec<Arc<str>>, Self> {
        match self.records {
            Some(records) => Ok(records),
            None => Err(self),
        }
    }

    /// Looks for a field in the text of a record that was written like this, without reading the others: the JSON text of the
    /// field of this name, of several the last one. `None` also where the whole record has to be read to tell, as where a
    /// name has characters that JSON escapes.
    pub fn field_of<'a>(record: &'a str, name: &str) -> Option<&'a str> {
        find(record, name)
    }

    pub(crate) fn naming(&self) -> Naming {
        self.naming
    }

    /// Writes a value that was read.
    pub(crate) fn value(&mut self, value: &impl Serialize) {
        // What was read from JSON can be written as JSON.
        self.exact(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
    }

    /// Writes a value as it came.
    pub(crate) fn copy(&mut self, raw: Json<'_>) {
        self.text.push_str(raw.get());
    }

    /// Writes a value of which the documentation does not say what it is.
    pub(crate) fn undocumented(&mut self, raw: Json<'_>) {
        if raw.is_plain() {
            self.copy(raw);
        } else if is_value(raw.get()) {
            self.exact(raw.get());
        } else {
            self.value(&raw.get());
        }
    }

    /// Writes JSON of which nothing is known; `false` where no parser takes it.
    pub(crate) fn anything(&mut self, raw: Json<'_>) -> bool {
        let taken = raw.is_plain() || serde_json::from_str::<serde_json::Value>(raw.get()).is_ok();
        if taken {
            self.exact(raw.get());
        }
        taken
    }

    /// Writes a record; `false` where it is none.
    pub(crate) fn record(&mut self, shape: &'static Shape, raw: Json<'_>, reader: &mut Reader<'_>) -> bool {
        let Some(entries) = raw.entries() else {
            return false;
        };
        self.make_room(raw);
        reader.record(shape.name, |reader| {
            let mut seen = 0;
            let mut expected = 0;
            let mut names = Names::new(shape, entries.clone());
            let mut run = Run::default();
            self.text.push('{');
            for entry in entries {
                let position = names.position(entry, expected);
                expected = position.map_or(expected, |position| position + 1);
                let field = position.and_then(|position| shape.fields.get(position));
                seen |= position.map_or(0, |position| 1 << position);
                let stands = |field: &Field| {
                    field.name_stands(self.naming) && entry.is_named(field.wire) && field.value_stands(entry.raw)
                };
                if field.is_some_and(stands) {
                    let before = run.join(entry);
                    self.run(before, raw);
                    continue;
                }
                self.run(run.take(), raw);
                match field {
                    Some(field) => self.field(field, entry, reader),
                    None => self.extra(shape, entry, &mut names, reader),
                }
            }
            self.run(run, raw);
            self.text.push('}');
            shape.note_missing(seen, reader);
        });
        true
    }

    /// Writes fields of `record` as they came.
    fn run(&mut self, run: Run, record: Json<'_>) {
        if let Some(fields) = run.of(record.document()) {
            self.separate();
            self.text.push_str(fields);
        }
    }

    /// Writes a list of records; what is no record is left out and noted.
    pub(crate) fn list<E>(
        &mut self,
        elements: impl Iterator<Item = E>,
        reader: &mut Reader<'_>,
        write: impl Fn(E, &mut Reader<'_>, &mut Self) -> bool,
    ) {
        if self.text.is_empty() {
            let mut records = Vec::new();
            for element in elements {
                reader.element(|reader| {
                    if write(element, reader, self) {
                        records.push(Arc::from(self.text.as_str()));
                    } else {
                        reader.invalid_items();
                    }
                });
                self.text.clear();
            }
            self.records = Some(records);
            return;
        }
        self.text.push('[');
        for element in elements {
            let before = self.text.len();
            self.separate();
            reader.element(|reader| {
                if !write(element, reader, self) {
                    reader.invalid_items();
                    self.text.truncate(before);
                }
            });
        }
        self.text.push(']');
    }

    fn field(&mut self, field: &Field, entry: Entry<'_>, reader: &mut Reader<'_>) {
        self.separate();
        self.text.push('"');
        self.text.push_str(field.public_name(self.naming));
        self.text.push_str("\":");
        if field.value_stands(entry.raw) {
            self.copy(entry.raw);
            return;
        }
        let start = self.text.len();
        reader.inside(field.name, |reader| {
            if !(field.write_public)(entry.raw, reader, self) {
                reader.invalid_items();
                self.undocumented(entry.raw);
            }
        });
        // An id that is documented as text is written as text.
        if matches!(field.kind, Kind::TextId) && matches!(self.text.as_bytes().get(start), Some(b'-' | b'0'..=b'9')) {
            self.text.insert(start, '"');
            self.text.push('"');
        }
    }

    /// Writes a field that the documentation does not list, unless it has the public name of one that it lists.
    fn extra(&mut self, shape: &Shape, entry: Entry<'_>, names: &mut Names<'_>, reader: &mut Reader<'_>) {
        let key = entry.key();
        if shape.documented {
            reader.unknown_field(&key);
        }
        let namesake = shape.fields.iter().position(|field| field.public_name(self.naming) == key);
        if !namesake.is_some_and(|position| names.is_taken(position)) {
            self.separate();
            match key {
                // A name that is borrowed from JSON text has nothing to escape.
                Cow::Borrowed(name) => {
                    self.text.push('"');
                    self.text.push_str(name);
                    self.text.push('"');
                }
                Cow::Owned(name) => self.value(&name),
            }
            self.text.push(':');
            self.undocumented(entry.raw);
        }
    }

    /// Makes room for a whole record at once. Public names may be a little longer than those of the wire.
    fn make_room(&mut self, raw: Json<'_>) {
        if self.text.is_empty() {
            self.text.reserve(raw.get().len() / 16 * 17 + 64);
        }
    }

    /// Writes the comma before all but the first field or element.
    fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b'{' | b'[')) {
            self.text.push(',');
        }
    }

    /// Writes JSON text, with those whole numbers as text that the language does not hold.
    fn exact(&mut self, json: &str) {
        if has_only_short_numbers(json) {
            self.text.push_str(json);
        } else {
            self.text.push_str(&digits_as_text(json, self.naming.greatest_exact()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::decode::{List, Readable};
    use crate::json::Document;
    use crate::models::{ActionRecord, Agent, AgentDetails, Call, CorsOrigins, CustomField, PhoneNumberList};

    /// JSON text as no serializer would write it, with the names and values that the models know among others.
    fn json() -> impl Strategy<Value = String> {
        let tokens = [
            "null",
            "true",
            "0",
            "1",
            "-0",
            "7",
            "3.0",
            "0.50",
            "1e3",
            "1e999",
            "12345678901234567890123",
            "9007199254740993",
            "\"\"",
            "\"1\"",
            "\" 7 \"",
            "\"true\"",
            "\"1,2\"",
            "\"[1]\"",
            "\"{}\"",
            "\"outbound\"",
            "\"twilio\"",
            "\"sms\"",
            "\"\\ud800\"",
            "\"\\u00e9\"",
            "\"a\\\"b\"",
            "\"[{\\\"value\\\":1}]\"",
            "\"é\"",
        ];
        let names = [
            "id",
            "agent",
            "files",
            "totalCalls",
            "total_calls",
            "workspaceId",
            "workspace_id",
            "name",
            "number_list",
            "data",
            "numbers",
            "number",
            "type",
            "agentNumMap",
            "\\ud800",
            "in_use",
            "actionType",
            "action_type",
            "fields",
            "format",
            "welcome_msg_flag",
            "welcome_msg_delay",
            "blocked_phone_types",
            "answer_creativity",
            "has_webhook_cors_origin",
            "webhook_cors_origin",
            "hasWebhookCorsOrigin",
            "other",
            "\\u006fdd",
        ];
        let leaf = prop::sample::select(tokens.to_vec()).prop_map(str::to_owned);
        leaf.prop_recursive(4, 64, 8, move |inner| {
            let name = prop::sample::select(names.to_vec());
            let fields = prop::collection::btree_map(name, inner.clone(), 0..9).prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
                format!("{{{}}}", fields.join(", "))
            });
            prop_oneof![
                3 => fields,
                1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" ,"))),
            ]
        })
    }

    fn says_the_same<T: Readable>(raw: Json<'_>) -> Result<(), TestCaseError> {
        let mut noted = std::collections::HashMap::new();
        let reading = T::read(raw, &mut Reader::noting("test", &mut noted));
        for naming in [Naming::Snake, Naming::Camel] {
            let mut found = std::collections::HashMap::new();
            let mut written = PublicJson::new(naming);
            let held = T::write_public(raw, &mut Reader::noting("test", &mut found), &mut written);
            prop_assert_eq!(held, reading.is_some());
            prop_assert_eq!(&found, &noted);
            // Digits that a language does not hold are text in what is written, and still digits in what was read.
            let holds_all = naming == Naming::Snake || !raw.get().contains("9007199254740993");
            if let Some(reading) = reading.as_ref().filter(|_| holds_all) {
                let value: Value = serde_json::from_str(&written.into_text()).unwrap();
                prop_assert_eq!(value, reading.value.public(naming), "{}", raw.get());
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_written_at_once_is_what_is_read_and_then_written(spaced in json()) {
            let compact = spaced.replace(": ", ":").replace(", ", ",");
            for text in [spaced, compact] {
                let document = Document::parse(text.as_bytes()).unwrap();
                let raw = document.root();
                says_the_same::<Agent>(raw)?;
                says_the_same::<AgentDetails>(raw)?;
                says_the_same::<ActionRecord>(raw)?;
                says_the_same::<PhoneNumberList>(raw)?;
                says_the_same::<CorsOrigins>(raw)?;
                says_the_same::<CustomField>(raw)?;
                says_the_same::<List<Call>>(raw)?;
                says_the_same::<List<Agent>>(raw)?;
            }
        }
    }

    #[test]
    fn each_record_of_a_list_has_a_text_of_its_own() {
        for text in [r#"[{"id":1}, 5, {"id" : "2", "name":"a"}]"#, r#""[{\"id\":1},{\"id\":2,\"name\":\"a\"}]""#] {
            let document = Document::parse(text.as_bytes()).unwrap();
            let raw = document.root();
            let mut public = PublicJson::new(Naming::Snake);
            assert!(List::<Call>::write_public(raw, &mut Reader::silent(), &mut public));
            let records = public.into_records().unwrap();
            let calls: Vec<Call> = records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
            assert_eq!(calls.iter().map(|call| call.id.as_i64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
        }
    }

    #[test]
    fn digits_beyond_what_the_language_holds_are_text() {
        let document = Document::parse(br#"{"id":9007199254740993,"duration":[9007199254740993,-1]}"#).unwrap();
        let raw = document.root();
        for (naming, digits) in [(Naming::Snake, "9007199254740993"), (Naming::Camel, "\"9007199254740993\"")] {
            let mut public = PublicJson::new(naming);
            assert!(Call::write_public(raw, &mut Reader::silent(), &mut public));
            assert_eq!(public.into_text(), format!(r#"{{"id":{digits},"duration":[{digits},-1]}}"#));
        }
    }
}
