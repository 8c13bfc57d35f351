//! Replaces phone numbers and secrets, so that recorded exchanges can be committed. Equal values
//! get equal replacements in the order of their appearance, so relations between them survive.
//! Replacements are numbers that nobody has: 555-0100 to 555-0199, in unassigned area codes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use super::field_names::{Meaning, meaning};
use super::json_text::{Rewritten, Token, TokenKind, rewrite};
use super::phone_numbers::{self, Certainty, is_replacement, is_time};

/// The first area code of replacements.
const FIRST_AREA: usize = 900;
/// The length from which a secret is replaced in every text. A shorter one, such as `1`, appears in
/// other values, too.
const DISTINCT_LENGTH: usize = 8;
/// The number of digits from which a number is a secret. A shorter one may be a count.
const SECRET_DIGITS: usize = 6;
/// The length from which a part of a webhook's path is a secret.
const SECRET_LENGTH: usize = 32;
pub(super) const SECRET_PREFIX: &str = "scrubbed-secret-";

/// The replacements so far.
#[derive(Clone, Default)]
pub(super) struct Scrubber {
    /// Digits without `+`, by the digits of the real number.
    numbers: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

/// Without the real numbers and secrets.
impl fmt::Debug for Scrubber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (numbers, secrets) = (self.numbers.len(), self.secrets.len());
        formatter.debug_struct("Scrubber").field("numbers", &numbers).field("secrets", &secrets).finish()
    }
}

impl Scrubber {
    /// Returns the replacement of a secret. A long one is replaced wherever it appears from now on.
    pub(super) fn secret(&mut self, secret: &str) -> String {
        if secret.is_empty() || secret.starts_with(SECRET_PREFIX) {
            return secret.to_owned();
        }
        let replacement = format!("{SECRET_PREFIX}{}", self.secrets.len() + 1);
        self.secrets.entry(secret.to_owned()).or_insert(replacement).clone()
    }

    /// Scrubs valid JSON text.
    pub(super) fn json(&mut self, json: &str) -> String {
        // A secret may appear in the text before the field that shows that it is one.
        rewrite(json, |token| {
            self.secret_of(&token);
            if token.kind == TokenKind::String && token.key.to_ascii_lowercase().contains("webhook") {
                self.add_path_secrets(token.value);
            }
            None
        });
        rewrite(json, |token| self.rewritten(&token))
    }

    fn rewritten(&mut self, token: &Token<'_>) -> Option<Rewritten> {
        if let Some(secret) = self.secret_of(token) {
            return Some(Rewritten::String(secret));
        }
        let (value, meaning) = (token.value, meaning(token.key));
        let is_number = match meaning {
            Meaning::PhoneNumber => phone_numbers::is_number(value),
            Meaning::End => phone_numbers::is_number(value) && !is_time(value),
            _ => false,
        };
        match token.kind {
            TokenKind::Number if is_number => Some(Rewritten::Number(self.numbers_in(value, Certainty::Possible))),
            TokenKind::Number => None,
            TokenKind::String if is_number => Some(Rewritten::String(self.numbers_in(value, Certainty::Possible))),
            TokenKind::String if meaning == Meaning::Kept => self.changed(value, Certainty::Certain),
            TokenKind::Key | TokenKind::String => self.changed(value, Certainty::Likely),
        }
    }

    /// Returns the replacement of a value that is a secret by its name.
    fn secret_of(&mut self, token: &Token<'_>) -> Option<String> {
        let is_secret = match token.kind {
            TokenKind::Key => false,
            TokenKind::String => !token.value.is_empty() && is_secret(token.key, token.value),
            TokenKind::Number => token.value.len() >= SECRET_DIGITS && meaning(token.key) == Meaning::Secret,
        };
        is_secret.then(|| self.secret(token.value))
    }

    fn changed(&mut self, value: &str, least: Certainty) -> Option<Rewritten> {
        let scrubbed = self.text_with(value, least);
        (scrubbed != value).then_some(Rewritten::String(scrubbed))
    }

    /// Scrubs the pairs of a query string.
    pub(super) fn query(&mut self, query: &str) -> String {
        let mut scrubbed = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            scrubbed.append_pair(&name, &self.named(&name, &value));
        }
        scrubbed.finish()
    }

    /// Scrubs the value of a query parameter or a header.
    pub(super) fn named(&mut self, name: &str, value: &str) -> String {
        if is_secret(name, value) {
            return self.secret(value);
        }
        match meaning(name) {
            Meaning::PhoneNumber if phone_numbers::is_number(value) => self.numbers_in(value, Certainty::Possible),
            Meaning::Kept => self.text_with(value, Certainty::Certain),
            _ => self.text(value),
        }
    }

    /// Scrubs text: phone numbers, secrets in URLs, and known secrets.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.text_with(text, Certainty::Likely)
    }

    fn text_with(&mut self, text: &str, least: Certainty) -> String {
        let words = text.split_inclusive(char::is_whitespace);
        let text: String = words
            .map(|word| match word.split_once("://") {
                Some((scheme, rest)) => format!("{scheme}://{}", self.url(rest)),
                None => word.to_owned(),
            })
            .collect();
        let text = self.without_secrets(&text);
        self.numbers_in(&text, least)
    }

    /// Replaces known secrets, the longest first: one may begin with another.
    fn without_secrets(&self, text: &str) -> String {
        let distinct = self.secrets.iter().filter(|(secret, _)| secret.chars().count() >= DISTINCT_LENGTH);
        let contained: Vec<_> = distinct.filter(|(secret, _)| text.contains(secret.as_str())).collect();
        let (mut scrubbed, mut rest) = (String::new(), text);
        loop {
            let found = contained
                .iter()
                .filter_map(|(secret, replacement)| Some((rest.find(secret.as_str())?, secret.len(), replacement)))
                .min_by_key(|(position, length, _)| (*position, Reverse(*length)));
            let Some((position, length, replacement)) = found else {
                scrubbed.push_str(rest);
                return scrubbed;
            };
            let (before, after) = rest.split_at(position);
            scrubbed.push_str(before);
            scrubbed.push_str(replacement);
            rest = after.get(length..).unwrap_or_default();
        }
    }

    /// Replaces phone numbers that have at least this certainty, or that are known.
    fn numbers_in(&mut self, text: &str, least: Certainty) -> String {
        phone_numbers::replace(text, |found| {
            let is_number = found.certainty >= least || self.numbers.contains_key(found.digits);
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

    /// Scrubs a URL after its scheme: the password, and the secret parameters of its query.
    fn url(&mut self, url: &str) -> String {
        let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
        let authority = address.split('/').next().unwrap_or_default();
        let mut scrubbed = match authority.rsplit_once('@') {
            Some((user, host)) => {
                let path = address.get(authority.len()..).unwrap_or_default();
                let user = match user.split_once(':') {
                    Some((name, password)) => format!("{name}:{}", self.secret(password)),
                    None => self.secret(user),
                };
                format!("{user}@{host}{path}")
            }
            None => address.to_owned(),
        };
        for (index, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            scrubbed.push(if index == 0 { '?' } else { '&' });
            let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
            match (pair.split_once('='), decoded) {
                (Some((written, _)), Some((name, value))) if !value.is_empty() && is_secret(&name, &value) => {
                    scrubbed.extend([written, "=", &self.secret(&value)]);
                }
                _ => scrubbed.push_str(pair),
            }
        }
        scrubbed
    }

    /// Adds the long parts of a webhook's path: its secret may be there.
    fn add_path_secrets(&mut self, url: &str) {
        let Ok(url) = url::Url::parse(url) else { return };
        let parts = url.path_segments().into_iter().flatten();
        let secrets: Vec<_> = parts.filter(|part| part.len() >= SECRET_LENGTH).map(str::to_owned).collect();
        for secret in secrets {
            self.secret(&secret);
        }
    }
}

/// Returns true if the value with this name is a secret.
fn is_secret(name: &str, value: &str) -> bool {
    match meaning(name) {
        Meaning::Secret => true,
        // A key of another kind is a word, such as `created_at`.
        Meaning::Key => value.chars().any(|letter| letter.is_ascii_digit() || letter.is_uppercase()),
        _ => false,
    }
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
    fn numbers_in_keys_and_other_notations_are_replaced() {
        let json = r#"{"agentNumMap":{"+14155550123":"a.png"},"from":"14155550123","to":4155550124,"mobile":"5550199",
"transcription":"4155557777, 020 7946 0999, (0151) 234567, 0044 20 7946 0958 or 00442079460958; +44 20 7946 0958"}"#
            .replace('\n', "");
        let expected =
            r#"{"agentNumMap":{"+19005550100":"a.png"},"from":"19005550100","to":9005550101,"mobile":"19005550102",
"transcription":"9005550103, 190 0555 0104, (9005) 550105, 0019005550106 or 0019005550106; +19005550106"}"#
                .replace('\n', "");
        let mut scrubber = Scrubber::default();
        assert_eq!(scrubber.json(&json), expected);
        assert_eq!(scrubber.json(&expected), expected);
    }

    #[test]
    fn values_that_are_not_phone_numbers_stay() {
        let json = r#"{"id":50001234567,"callid":"50001234567","at":"2026-01-12T09:00:00.000Z","on":"2026-01-12 09",
"uuid":"123e4567-e89b-42d3-a456-426614174000","sid":"PN00000000004155550123","zone":"UTC+00:00","price":1.10,
"note":"01.12.2026 09, 2026-01-12 10:00, 01234567-0123-abcd, 0.50 100.00 200.00, v1.4155557777","seconds":"1768208400",
"from":1768208400,"to":"20260112090000","url":"https://a.example/4155557777/x_4155557777","field_id":"4155557777"}"#
            .replace('\n', "");
        assert_eq!(Scrubber::default().json(&json), json);
    }

    #[test]
    fn long_secrets_are_replaced_wherever_they_appear() {
        let mut scrubber = Scrubber::default();
        scrubber.secret("my-own-key");
        let json =
            r#"{"echo":"my-own-key and abcdefgh","apiKey":"abcdefgh","openai_key":"sk-1","sort_key":"created_at",
"webhook_url":"https://me:pw@a.example/x?page=1&token=t0k3n","pin_token":123456789,"context_max_tokens":500000,
"second_webhook":"https://a.example/0123456789012345678901234567890123456789"}"#
                .replace('\n', "");
        let expected = r#"{"echo":"scrubbed-secret-1 and scrubbed-secret-2","apiKey":"scrubbed-secret-2",
"openai_key":"scrubbed-secret-3","sort_key":"created_at",
"webhook_url":"https://me:scrubbed-secret-6@a.example/x?page=1&token=scrubbed-secret-7",
"pin_token":"scrubbed-secret-4","context_max_tokens":500000,"second_webhook":"https://a.example/scrubbed-secret-5"}"#
            .replace('\n', "");
        assert_eq!(scrubber.json(&json), expected);
        assert_eq!(scrubber.query("token=q&page=1"), "token=scrubbed-secret-8&page=1");
    }

    #[test]
    fn short_secrets_are_replaced_only_in_their_fields() {
        let mut scrubber = Scrubber::default();
        let json = r#"{"id":1001,"token":"1","name":"Line 1"}"#;
        assert_eq!(scrubber.json(json), r#"{"id":1001,"token":"scrubbed-secret-1","name":"Line 1"}"#);
        assert_eq!(scrubber.text("/api/agent/get-one/1001"), "/api/agent/get-one/1001");
    }

    #[test]
    fn a_secret_that_begins_with_another_is_hidden() {
        let mut scrubber = Scrubber::default();
        let json = r#"{"newPass":"correct-horse","oldPass":"correct-horse-battery","echo":"correct-horse-battery"}"#;
        let expected = r#"{"newPass":"scrubbed-secret-1","oldPass":"scrubbed-secret-2","echo":"scrubbed-secret-2"}"#;
        assert_eq!(scrubber.json(json), expected);
    }

    #[test]
    fn debug_output_has_neither_numbers_nor_secrets() {
        let mut scrubber = Scrubber::default();
        scrubber.json(r#"{"token":"my-secret","phone":"+14155550123"}"#);
        assert_eq!(format!("{scrubber:?}"), "Scrubber { numbers: 1, secrets: 1 }");
    }
}
