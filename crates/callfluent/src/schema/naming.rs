//! How public names are written: each language has its own way with the same name.

use std::borrow::Cow;

/// How the words of a public name are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Naming {
    /// `total_calls`, as in Python and Rust.
    Snake,
    /// `totalCalls`, as in Node.
    Camel,
}

impl Naming {
    /// Writes a name that is in snake case.
    pub fn write(self, name: &str) -> Cow<'_, str> {
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

    /// The greatest whole number that the language's numbers hold exactly, with all below it.
    pub(crate) const fn greatest_exact(self) -> u64 {
        match self {
            Self::Snake => u64::MAX,
            Self::Camel => (1 << 53) - 1,
        }
    }
}

/// The most letters that the name of a field has.
const LONGEST: usize = 40;

/// The name of a field in camel case, made when this is compiled: answers of dozens of fields are written with it.
pub(crate) struct CamelName {
    letters: [u8; LONGEST],
    length: usize,
}

impl CamelName {
    /// Writes a name that is in snake case.
    #[allow(clippy::indexing_slicing)] // When this is compiled, a name that is too long is an error.
    pub(crate) const fn of(name: &str) -> Self {
        let name = without_raw_mark(name).as_bytes();
        let mut letters = [0; LONGEST];
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

    #[allow(clippy::panic)] // When this is compiled.
    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.letters.split_at(self.length).0) {
            Ok(name) => name,
            Err(_) => panic!("a name of a field is written in ASCII"),
        }
    }
}

/// The name of a field in Rust, where a word of the language is marked, in each way of writing.
macro_rules! public_name {
    ($name:expr) => {{
        const CAMEL: $crate::schema::CamelName = $crate::schema::CamelName::of($name);
        $crate::schema::PublicName::new($name, CAMEL.as_str())
    }};
}
pub(crate) use public_name;

/// The public name of a field, in each way of writing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicName {
    pub(super) snake: &'static str,
    pub(super) camel: &'static str,
}

impl PublicName {
    pub(crate) const fn new(name: &'static str, camel: &'static str) -> Self {
        Self { snake: without_raw_mark(name), camel }
    }
}

/// The name of a field that Rust has to write as `r#type`.
const fn without_raw_mark(name: &str) -> &str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_in_the_way_of_each_language() {
        assert_eq!(Naming::Camel.write("total_calls"), "totalCalls");
        assert_eq!(Naming::Camel.write("has_webhook_cors_origin"), "hasWebhookCorsOrigin");
        assert_eq!(Naming::Camel.write("name"), "name");
        assert_eq!(Naming::Snake.write("total_calls"), "total_calls");
        for name in ["total_calls", "has_webhook_cors_origin", "name", "_a__b_", ""] {
            assert_eq!(CamelName::of(name).as_str(), Naming::Camel.write(name));
        }
    }
}
