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
        let mut written = String::with_capacity(name.len());
        let mut capital = false;
        for character in name.chars() {
            if character == '_' {
                capital = true;
            } else if capital {
                written.extend(character.to_uppercase());
                capital = false;
            } else {
                written.push(character);
            }
        }
        Cow::Owned(written)
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
    }
}
