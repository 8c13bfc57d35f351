//! Compares a received request with a recorded one, from which phone numbers and secrets were
//! removed. A real number equals one replacement, the same in all requests of a replay.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::json_text::{self, Rewritten, TokenKind};
use super::phone_numbers::{self, is_replacement};
use super::scrub::SECRET_PREFIX;

/// A number in a text whose form is compared, in place of the real one.
const ANY_NUMBER: &str = "10000000000";

/// Real numbers and their replacements, as the requests so far show them.
#[derive(Clone, Default)]
pub(super) struct Numbers {
    replacements: BTreeMap<String, String>,
    known: BTreeSet<String>,
}

/// Without the real numbers.
impl fmt::Debug for Numbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Numbers").field("known", &self.known).finish_non_exhaustive()
    }
}

impl Numbers {
    /// Returns a body with the real numbers that clients have sent.
    pub(super) fn restore(&self, body: &str) -> String {
        if serde_json::from_str::<&RawValue>(body).is_ok() {
            return json_text::rewrite(body, |token| {
                let restored = self.restore_text(token.value);
                let rewritten = match token.kind {
                    TokenKind::Key | TokenKind::String => Rewritten::String,
                    TokenKind::Number => Rewritten::Number,
                };
                (restored != token.value).then(|| rewritten(restored))
            });
        }
        self.restore_text(body)
    }

    fn restore_text(&self, text: &str) -> String {
        phone_numbers::replace(text, |found| {
            let mut pairs = self.replacements.iter();
            pairs.find(|(_, replacement)| *replacement == found.digits).map(|(real, _)| real.clone())
        })
    }

    /// Adds the differences between two values. `name` is the path of the value.
    pub(super) fn compare(&mut self, name: &str, recorded: &Value, received: &Value, differences: &mut Vec<String>) {
        match (recorded, received) {
            (Value::Object(left), Value::Object(right)) => {
                self.compare_objects(name, left, right, differences);
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                for (index, (left, right)) in left.iter().zip(right).enumerate() {
                    self.compare(&format!("{name}[{index}]"), left, right, differences);
                }
            }
            (Value::String(left), Value::String(right)) if self.is_same(left, right) => {}
            // A secret that is a number is recorded as a string.
            (Value::String(left), Value::Number(_)) if left.starts_with(SECRET_PREFIX) => {}
            (Value::Number(left), Value::Number(right)) if self.is_same(&left.to_string(), &right.to_string()) => {}
            (left, right) if left == right => {}
            (left, right) => differences.push(format!("{name}: recorded {left}, received {right}")),
        }
    }

    fn compare_objects(
        &mut self,
        name: &str,
        recorded: &Map<String, Value>,
        received: &Map<String, Value>,
        differences: &mut Vec<String>,
    ) {
        let mut unknown: Vec<_> = received.iter().filter(|(key, _)| !recorded.contains_key(*key)).collect();
        for (key, left) in recorded {
            let inner = format!("{name}.{key}");
            if let Some(right) = received.get(key) {
                self.compare(&inner, left, right, differences);
            } else if let Some(position) = self.same_key(key, left, &unknown) {
                let (_, right) = unknown.remove(position);
                self.compare(&inner, left, right, differences);
            } else {
                differences.push(format!("{inner}: recorded {left}, not received"));
            }
        }
        for (key, right) in unknown {
            differences.push(format!("{name}.{key}: received {right}, not recorded"));
        }
    }

    /// Finds the received key that becomes a recorded one by scrubbing, first one with the same
    /// value.
    fn same_key(&mut self, recorded: &str, value: &Value, received: &[(&String, &Value)]) -> Option<usize> {
        let mut candidates = Vec::new();
        for (position, (key, other)) in received.iter().enumerate() {
            let mut numbers = self.clone();
            if numbers.is_same(recorded, key) {
                let mut differences = Vec::new();
                numbers.compare("", value, other, &mut differences);
                candidates.push((differences.len(), position, numbers));
            }
        }
        let (_, position, numbers) = candidates.into_iter().min_by_key(|(differences, ..)| *differences)?;
        *self = numbers;
        Some(position)
    }

    /// Returns true if a received string becomes the recorded one by scrubbing.
    pub(super) fn is_same(&mut self, recorded: &str, received: &str) -> bool {
        if recorded == received {
            return true;
        }
        if let Some((before, after)) = recorded.split_once(SECRET_PREFIX) {
            let after = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
            return received.starts_with(before) && (after.contains(SECRET_PREFIX) || received.ends_with(after));
        }
        let (recorded_form, recorded_numbers) = split(recorded);
        let (received_form, received_numbers) = split(received);
        recorded_form == received_form
            && recorded_numbers.len() == received_numbers.len()
            && recorded_numbers.iter().zip(&received_numbers).all(|(recorded, received)| self.bind(recorded, received))
    }

    /// Returns true if a replacement can stand for a real number.
    fn bind(&mut self, recorded: &str, received: &str) -> bool {
        if recorded == received {
            return true;
        }
        if !is_replacement(recorded) {
            return false;
        }
        if let Some(bound) = self.replacements.get(received) {
            return bound == recorded;
        }
        let is_free = self.known.insert(recorded.to_owned());
        if is_free {
            self.replacements.insert(received.to_owned(), recorded.to_owned());
        }
        is_free
    }
}

/// Splits a text into its form with one number in place of all, and the numbers.
fn split(text: &str) -> (String, Vec<String>) {
    let mut numbers = Vec::new();
    let form = phone_numbers::replace(text, |found| {
        numbers.push(found.digits.to_owned());
        Some(ANY_NUMBER.to_owned())
    });
    (form, numbers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Numbers;

    #[test]
    fn a_real_number_equals_the_same_replacement_everywhere() {
        let mut numbers = Numbers::default();
        let recorded = json!({"a": "+19005550100", "b": "+19005550101", "c": "call +19005550100"});
        let mut differences = Vec::new();
        let received = json!({"a": "+14155550123", "b": "+442079460958", "c": "call +14155550123"});
        numbers.compare("body", &recorded, &received, &mut differences);
        assert_eq!(differences, Vec::<String>::new());
        assert_eq!(numbers.restore("+19005550101 or (900) 555-0100"), "+442079460958 or (415) 555-0123");
        let received = json!({"a": "+14155550123", "b": "+14155550123", "c": "call +1", "d": 1});
        numbers.compare("body", &recorded, &received, &mut differences);
        let expected = [
            r#"body.b: recorded "+19005550101", received "+14155550123""#,
            r#"body.c: recorded "call +19005550100", received "call +1""#,
            "body.d: received 1, not recorded",
        ];
        assert_eq!(differences, expected);
    }
    #[test]
    fn real_numbers_in_keys_equal_their_replacements() {
        let mut numbers = Numbers::default();
        let recorded = json!({"+19005550100": "a", "+19005550101": "b", "pin": "scrubbed-secret-1"});
        let received = json!({"+442079460958": "a", "+14155550123": "b", "pin": 123_456_789});
        let mut differences = Vec::new();
        numbers.compare("body", &recorded, &received, &mut differences);
        assert_eq!(differences, Vec::<String>::new());
        assert_eq!(numbers.restore(r#"{"+19005550101":"0019005550100"}"#), r#"{"+14155550123":"00442079460958"}"#);
        numbers.compare("body", &recorded, &json!({"+14155550123": "b", "pin": 1, "x": 1}), &mut differences);
        let expected = [r#"body.+19005550100: recorded "a", not received"#, "body.x: received 1, not recorded"];
        assert_eq!(differences, expected);
    }
}
