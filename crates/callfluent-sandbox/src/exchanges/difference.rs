//! Compares a received request with a recorded one, from which phone numbers and secrets were
//! removed. A real number equals one replacement, the same in all requests of a replay.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use super::json_text;
use super::phone_numbers;
use super::scrub::{SECRET_PREFIX, is_replacement};

/// Real numbers and their replacements, as the requests so far show them.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    replacements: BTreeMap<String, String>,
    known: BTreeSet<String>,
}

impl Numbers {
    /// Returns a body with the real numbers that clients have sent.
    pub(super) fn restore(&self, body: &str) -> String {
        if serde_json::from_str::<&RawValue>(body).is_ok() {
            return json_text::rewrite(body, |token| {
                let restored = self.restore_text(token.value);
                (restored != token.value).then_some(restored)
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
                for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                    let inner = format!("{name}.{key}");
                    match (left.get(key), right.get(key)) {
                        (Some(left), Some(right)) => self.compare(&inner, left, right, differences),
                        (Some(left), None) => differences.push(format!("{inner}: recorded {left}, not received")),
                        (None, right) => {
                            differences
                                .push(format!("{inner}: received {}, not recorded", right.unwrap_or(&Value::Null)));
                        }
                    }
                }
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                for (index, (left, right)) in left.iter().zip(right).enumerate() {
                    self.compare(&format!("{name}[{index}]"), left, right, differences);
                }
            }
            (Value::String(left), Value::String(right)) if self.is_same(left, right) => {}
            (Value::Number(left), Value::Number(right)) if self.is_same(&left.to_string(), &right.to_string()) => {}
            (left, right) if left == right => {}
            (left, right) => differences.push(format!("{name}: recorded {left}, received {right}")),
        }
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

/// Splits a text into its form with zeros in place of numbers, and the numbers.
fn split(text: &str) -> (String, Vec<String>) {
    let mut numbers = Vec::new();
    let form = phone_numbers::replace(text, |found| {
        numbers.push(found.digits.to_owned());
        Some("0".repeat(11))
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
}
