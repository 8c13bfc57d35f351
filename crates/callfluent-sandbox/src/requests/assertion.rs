//! Assertions about received requests, with a readable difference for a test that fails.

use serde_json::{Map, Value};

use super::arguments::{CUSTOM_FIELDS, is_documented};
use super::journal::JournalEntry;
use crate::names::Naming;
use crate::validation::is_same_name;

/// An expected request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expectation<'a> {
    pub(crate) operation: &'a str,
    /// Arguments that the request must have; it may have others.
    pub(crate) arguments: &'a Map<String, Value>,
    /// The number of requests; at least one if `None`.
    pub(crate) times: Option<u64>,
    pub(crate) naming: Naming,
}

impl Expectation<'_> {
    /// Returns the matching requests, or the difference between expected and received ones.
    pub(crate) fn check<'a>(
        &self,
        entries: impl Iterator<Item = &'a JournalEntry>,
    ) -> Result<Vec<&'a JournalEntry>, String> {
        let entries: Vec<_> = entries.collect();
        let candidates: Vec<_> =
            entries.iter().copied().filter(|entry| entry.operation.as_deref() == Some(self.operation)).collect();
        let matching: Vec<_> = candidates.iter().copied().filter(|entry| self.differences(entry).is_empty()).collect();
        let is_expected = match self.times {
            Some(times) => matching.len() as u64 == times,
            None => !matching.is_empty(),
        };
        if is_expected { Ok(matching) } else { Err(self.message(&entries, &candidates, matching.len())) }
    }

    fn message(&self, entries: &[&JournalEntry], candidates: &[&JournalEntry], matching: usize) -> String {
        let mut lines = vec![format!("expected {}, received {matching}", self.expected())];
        let nearest = candidates
            .iter()
            .map(|entry| (self.differences(entry), entry))
            .filter(|(differences, _)| !differences.is_empty())
            .min_by_key(|(differences, _)| differences.len());
        if let Some((differences, entry)) = nearest {
            lines.push(format!("nearest request {}:", entry.request_id));
            lines.extend(differences.into_iter().map(|difference| format!("  {difference}")));
        } else if candidates.is_empty() {
            lines.push(format!("received requests: {}", self.summary(entries)));
        }
        lines.join("\n")
    }

    fn expected(&self) -> String {
        let operation = self.naming.apply(self.operation);
        let count = match self.times {
            None => format!("a request {operation}"),
            Some(0) => format!("no request {operation}"),
            Some(1) => format!("1 request {operation}"),
            Some(times) => format!("{times} requests {operation}"),
        };
        if self.arguments.is_empty() { count } else { format!("{count} with {}", Value::from(self.arguments.clone())) }
    }

    /// The received operations with their numbers.
    fn summary(&self, entries: &[&JournalEntry]) -> String {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for entry in entries {
            let name = entry.operation.as_ref().map_or_else(|| entry.path.clone(), |name| self.naming.apply(name));
            match counts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
        if counts.is_empty() {
            return "none".to_owned();
        }
        counts.iter().map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>().join(", ")
    }

    fn differences(&self, entry: &JournalEntry) -> Vec<String> {
        let mut differences = Vec::new();
        for (name, expected) in self.arguments {
            match expected {
                Value::Object(fields) if self.means_custom_fields(name, entry) => {
                    for (field, expected) in fields {
                        compare(&format!("{name}.{field}"), expected, custom_field(entry, field), &mut differences);
                    }
                }
                _ => {
                    let (known, received) = self.received(entry, name).unzip();
                    let is_id = known.is_some_and(|known: &String| self.is_id(known));
                    if !(is_id && received.is_some_and(|received| is_same_id(expected, received))) {
                        compare(name, expected, received, &mut differences);
                    }
                }
            }
        }
        differences
    }

    /// Finds an argument: a documented one by its name in the caller's language, any one by its
    /// exact name, or a documented one in another spelling.
    fn received<'a>(&self, entry: &'a JournalEntry, name: &str) -> Option<(&'a String, &'a Value)> {
        let documented = || entry.arguments.iter().filter(|(known, _)| is_documented(self.operation, known));
        documented()
            .find(|(known, _)| self.naming.apply(known) == name)
            .or_else(|| entry.arguments.get_key_value(name))
            .or_else(|| documented().find(|(known, _)| is_same_name(known, name)))
    }

    /// Returns true if the name is that of the argument for custom fields with any names.
    fn means_custom_fields(&self, name: &str, entry: &JournalEntry) -> bool {
        let is_sent = entry.body.as_ref().is_some_and(|body| body.get(name).is_some());
        !is_documented(self.operation, name) && name == self.naming.apply(CUSTOM_FIELDS) && !is_sent
    }

    /// Returns true if an argument is an ID, which a caller may have as a string.
    fn is_id(&self, name: &str) -> bool {
        is_documented(self.operation, name) && name.ends_with("_id")
    }
}

/// Returns a custom field of a call, also one with the name of another argument.
fn custom_field<'a>(entry: &'a JournalEntry, name: &str) -> Option<&'a Value> {
    let hidden = entry.arguments.get(CUSTOM_FIELDS).and_then(|fields| fields.get(name));
    hidden.or_else(|| entry.body.as_ref()?.get(name))
}

/// Compares IDs: `"7"` and `7` are equal.
fn is_same_id(expected: &Value, received: &Value) -> bool {
    match (expected, received) {
        (Value::String(string), Value::Number(number)) | (Value::Number(number), Value::String(string)) => {
            *string == number.to_string()
        }
        _ => false,
    }
}

/// Adds the differences between two values, each with its path.
fn compare(path: &str, expected: &Value, received: Option<&Value>, differences: &mut Vec<String>) {
    match (expected, received) {
        (expected, Some(received)) if equal(expected, received) => {}
        (Value::Object(expected), Some(Value::Object(received))) => {
            for (name, value) in expected {
                compare(&format!("{path}.{name}"), value, received.get(name), differences);
            }
            for name in received.keys().filter(|name| !expected.contains_key(*name)) {
                differences.push(format!("{path}.{name}: expected nothing, received {}", shown(received.get(name))));
            }
        }
        (Value::Array(expected), Some(Value::Array(received))) if expected.len() == received.len() => {
            for (index, (expected, received)) in expected.iter().zip(received).enumerate() {
                compare(&format!("{path}[{index}]"), expected, Some(received), differences);
            }
        }
        (expected, received) => {
            differences.push(format!("{path}: expected {expected}, received {}", shown(received)));
        }
    }
}

/// Compares like JSON Schema: 7 and 7.0 are equal.
fn equal(expected: &Value, received: &Value) -> bool {
    match (expected, received) {
        (Value::Number(expected), Value::Number(received)) => {
            expected == received || expected.as_f64().is_some_and(|number| Some(number) == received.as_f64())
        }
        _ => expected == received,
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
