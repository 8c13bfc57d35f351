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
        Cow::Owned(camel(name).collect())
    }

    /// Writes a name that is in snake case into a text.
    pub(crate) fn write_to(self, name: &str, text: &mut String) {
        match self {
            Self::Snake => text.push_str(name),
            Self::Camel => text.extend(camel(name)),
        }
    }

    /// Whether a name that is in snake case is written like this.
    pub(crate) const fn writes(self, name: &str, written: &str) -> bool {
        let (mut name, mut written) = (name.as_bytes(), written.as_bytes());
        let mut capital = false;
        while let Some((byte, rest)) = name.split_first() {
            name = rest;
            if matches!(self, Self::Camel) && *byte == b'_' {
                capital = true;
                continue;
            }
            let wanted = if capital { byte.to_ascii_uppercase() } else { *byte };
            match written.split_first() {
                Some((first, rest)) if *first == wanted => written = rest,
                _ => return false,
            }
            capital = false;
        }
        written.is_empty()
    }

    /// The greatest whole number that the language's numbers hold exactly, with all below it.
    pub(crate) const fn greatest_exact(self) -> u64 {
        match self {
            Self::Snake => u64::MAX,
            Self::Camel => (1 << 53) - 1,
        }
    }
}

fn camel(name: &str) -> impl Iterator<Item = char> {
    let mut capital = false;
    name.chars().filter_map(move |character| {
        if character == '_' {
            capital = true;
            return None;
        }
        Some(if std::mem::take(&mut capital) { character.to_ascii_uppercase() } else { character })
    })
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
            for naming in [Naming::Snake, Naming::Camel] {
                for written in ["totalCalls", "total_calls", "name", "names", "nam", "AB", ""] {
                    assert_eq!(naming.writes(name, written), naming.write(name) == written, "{name} {written}");
                }
            }
        }
    }
}
