//! Replaces phone numbers and secrets, so that recorded exchanges can be committed. Equal values
//! get equal replacements in the order of their appearance, so relations between them survive.
//! Replacements are numbers that nobody has: 555-0100 to 555-0199, in unassigned area codes.

use std::collections::BTreeMap;

use super::json_text::{Token, rewrite};
use super::phone_numbers;

/// The first area code of replacements.
const FIRST_AREA: usize = 900;
/// Words in the names of fields and query parameters with secrets.
const SECRET_WORDS: [&str; 8] =
    ["password", "oldpass", "newpass", "secret", "token", "api_key", "apikey", "authorization"];
/// The length from which a part of a webhook's path is a secret.
const SECRET_LENGTH: usize = 32;
pub(super) const SECRET_PREFIX: &str = "scrubbed-secret-";

/// The replacements so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Scrubber {
    /// Digits without `+`, by the digits of the real number.
    numbers: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

impl Scrubber {
    /// Replaces a secret wherever it appears from now on.
    pub(super) fn add_secret(&mut self, secret: &str) {
        if !secret.is_empty() && !secret.starts_with(SECRET_PREFIX) && !self.secrets.contains_key(secret) {
            let replacement = format!("{SECRET_PREFIX}{}", self.secrets.len() + 1);
            self.secrets.insert(secret.to_owned(), replacement);
        }
    }

    /// Scrubs valid JSON text.
    pub(super) fn json(&mut self, json: &str) -> String {
        rewrite(json, |Token { key, value, is_string }| {
            let lower = key.to_ascii_lowercase();
            if is_string && is_secret_name(&lower) && !value.is_empty() {
                self.add_secret(value);
            }
            let is_number = lower.contains("phone") || lower.ends_with("number");
            if is_number && phone_numbers::is_number(value) {
                let national = format!("1{value}");
                let replacement =
                    if value.len() == 10 && (self.numbers.contains_key(&national) || is_replacement(&national)) {
                        self.number(&national).split_off(1)
                    } else {
                        self.number(value)
                    };
                return Some(replacement);
            }
            if !is_string {
                return None;
            }
            if lower.contains("webhook") {
                self.add_path_secrets(value);
            }
            let scrubbed = self.text(value);
            (scrubbed != value).then_some(scrubbed)
        })
    }

    /// Scrubs the pairs of a query string.
    pub(super) fn query(&mut self, query: &str) -> String {
        let mut scrubbed = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if is_secret_name(&name.to_ascii_lowercase()) {
                self.add_secret(&value);
            }
            scrubbed.append_pair(&name, &self.text(&value));
        }
        scrubbed.finish()
    }

    /// Scrubs text: phone numbers in E.164 and in American notation, and known secrets.
    pub(super) fn text(&mut self, text: &str) -> String {
        if text.contains("://") {
            self.add_query_secrets(text);
        }
        let mut text = text.to_owned();
        for (secret, replacement) in &self.secrets {
            text = text.replace(secret.as_str(), replacement);
        }
        phone_numbers::replace(&text, |found| {
            let is_number = found.is_certain || self.numbers.contains_key(found.digits);
            is_number.then(|| self.number(found.digits))
        })
    }

    /// Returns the replacement of a number without `+`.
    fn number(&mut self, digits: &str) -> String {
        if is_replacement(digits) {
            return digits.to_owned();
        }
        let index = self.numbers.len();
        let new = || format!("1{}55501{:02}", FIRST_AREA + index / 100, index % 100);
        self.numbers.entry(digits.to_owned()).or_insert_with(new).clone()
    }

    /// Adds the values of secret query parameters in a URL.
    fn add_query_secrets(&mut self, url: &str) {
        let Ok(url) = url::Url::parse(url) else { return };
        let secrets: Vec<_> = url
            .query_pairs()
            .filter(|(name, _)| is_secret_name(&name.to_ascii_lowercase()))
            .map(|(_, value)| value.into_owned())
            .chain(url.password().map(str::to_owned))
            .collect();
        for secret in secrets {
            self.add_secret(&secret);
        }
    }

    /// Adds the long parts of a webhook's path: its secret may be there.
    fn add_path_secrets(&mut self, url: &str) {
        let Ok(url) = url::Url::parse(url) else { return };
        let parts = url.path_segments().into_iter().flatten();
        let secrets: Vec<_> = parts.filter(|part| part.len() >= SECRET_LENGTH).map(str::to_owned).collect();
        for secret in secrets {
            self.add_secret(&secret);
        }
    }
}

fn is_secret_name(lower: &str) -> bool {
    SECRET_WORDS.iter().any(|word| lower.ends_with(word) || lower.starts_with(word))
}

/// Returns true if the digits are a replacement.
pub(super) fn is_replacement(digits: &str) -> bool {
    digits.len() >= 11 && digits.starts_with("19") && digits.get(digits.len() - 7..digits.len() - 2) == Some("55501")
}

#[cfg(test)]
mod tests {
    use super::Scrubber;

    #[test]
    fn one_number_has_one_replacement_in_all_notations() {
        let mut scrubber = Scrubber::default();
        let json = r#"{"phone_number":"+14155550123","to_number":4155550123,"text":"Call (415) 555-0123, 415-555-0123,
 +1 415 555 0123 or 14155550123; not +44 20 7946 0958."}"#
            .replace('\n', "");
        let expected =
            r#"{"phone_number":"+19005550100","to_number":9005550100,"text":"Call (900) 555-0100, 900-555-0100,
 +19005550100 or 19005550100; not +19005550101."}"#
                .replace('\n', "");
        assert_eq!(scrubber.json(&json), expected);
        assert_eq!(scrubber.json(&expected), expected);
    }

    #[test]
    fn values_that_are_not_phone_numbers_stay() {
        let json = r#"{"id":50001234567,"callid":"50001234567","at":"2026-01-12T09:00:00.000Z","on":"2026-01-12 09",
"uuid":"123e4567-e89b-42d3-a456-426614174000","sid":"PN00000000004155550123","zone":"UTC+00:00","price":1.10}"#
            .replace('\n', "");
        assert_eq!(Scrubber::default().json(&json), json);
    }

    #[test]
    fn secrets_are_replaced_wherever_they_appear() {
        let mut scrubber = Scrubber::default();
        scrubber.add_secret("my-key");
        let json = r#"{"apiKey":"abc","echo":"my-key and abc","webhook_url":"https://a.example/x?token=t0k3n",
"second_webhook":"https://a.example/0123456789012345678901234567890123456789","context_max_tokens":5}"#
            .replace('\n', "");
        let expected = r#"{"apiKey":"scrubbed-secret-2","echo":"scrubbed-secret-1 and scrubbed-secret-2",
"webhook_url":"https://a.example/x?token=scrubbed-secret-3","second_webhook":"https://a.example/scrubbed-secret-4",
"context_max_tokens":5}"#
            .replace('\n', "");
        assert_eq!(scrubber.json(&json), expected);
        assert_eq!(scrubber.query("token=q&page=1"), "token=scrubbed-secret-5&page=1");
    }
}
