//! Naming conventions: each language writes the same public name in its own case.

use std::borrow::Cow;

/// The case of public names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Naming {
    /// `total_calls`, as in Python and Rust.
    Snake,
    /// `totalCalls`, as in Node.
    Camel,
}

impl Naming {
    /// Converts a name from snake case.
    pub fn convert(self, name: &str) -> Cow<'_, str> {
        if self == Self::Snake || !name.contains('_') {
            return Cow::Borrowed(name);
        }
        let mut capital = false;
        let letters = name.chars().filter_map(|letter| {
            if letter == '_' {
                capital = true;
                return None;
            }
            Some(if std::mem::take(&mut capital) { letter.to_ascii_uppercase() } else { letter })
        });
        Cow::Owned(letters.collect())
    }

    /// Largest integer up to which the language's numbers represent every integer exactly.
    pub(crate) const fn max_exact_integer(self) -> u64 {
        match self {
            Self::Snake => u64::MAX,
            Self::Camel => (1 << 53) - 1,
        }
    }
}

/// Maximum length of a field name.
const MAX_LENGTH: usize = 40;

/// A field name in camel case, computed at compile time.
pub(crate) struct CamelName {
    letters: [u8; MAX_LENGTH],
    length: usize,
}

impl CamelName {
    /// Converts a name from snake case.
    #[allow(clippy::indexing_slicing)] // Evaluated at compile time; a name that is too long is a compile error.
    pub(crate) const fn from_snake(name: &str) -> Self {
        let name = without_raw_prefix(name).as_bytes();
        let mut letters = [0; MAX_LENGTH];
        let (mut at, mut length, mut capital) = (0, 0, false);
        while at < name.len() {
            if name[at] == b'_' {
                capital = true;
            } else {
                letters[length] = if capital { name[at].to_ascii_uppercase() } else { name[at] };
                length += 1;
                capital = false;
            }
            at += 1;
        }
        Self { letters, length }
    }

    #[allow(clippy::panic)] // Evaluated at compile time.
    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.letters.split_at(self.length).0) {
            Ok(name) => name,
            Err(_) => panic!("a field name is not ASCII"),
        }
    }
}

/// Returns the public name of a Rust field, in each naming.
macro_rules! public_name {
    ($name:expr) => {{
        const CAMEL: $crate::schema::CamelName = $crate::schema::CamelName::from_snake($name);
        $crate::schema::PublicName::new($name, CAMEL.as_str())
    }};
}
pub(crate) use public_name;

/// The public name of a field, in each naming.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicName {
    pub(super) snake: &'static str,
    pub(super) camel: &'static str,
}

impl PublicName {
    pub(crate) const fn new(name: &'static str, camel: &'static str) -> Self {
        Self { snake: without_raw_prefix(name), camel }
    }
}

/// Removes the prefix of a raw identifier, as in `r#type`.
const fn without_raw_prefix(name: &str) -> &str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_names_to_the_case_of_each_language() {
        assert_eq!(Naming::Camel.convert("total_calls"), "totalCalls");
        assert_eq!(Naming::Camel.convert("has_webhook_cors_origin"), "hasWebhookCorsOrigin");
        assert_eq!(Naming::Camel.convert("name"), "name");
        assert_eq!(Naming::Snake.convert("total_calls"), "total_calls");
        for name in ["total_calls", "has_webhook_cors_origin", "name", "_a__b_", ""] {
            assert_eq!(CamelName::from_snake(name).as_str(), Naming::Camel.convert(name));
        }
    }
}
