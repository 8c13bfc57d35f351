//! The vocabulary in which the API is described: shapes of records, their fields, and what kind of value each holds.
//! Everything that is derived (validation, encoding, lenient reading, generated types, OpenAPI) reads these tables.

mod enumeration;
mod field;
mod kind;
mod naming;

pub use enumeration::{Enumeration, EnumerationValue};
pub use field::{Field, ListForm, Presence, Range};
pub use kind::Kind;
pub use naming::Naming;
pub(crate) use naming::{CamelName, PublicName, public_name};

/// Where the API's documentation describes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A numbered section of the Agent Services documentation.
    Section(&'static str),
    /// Described on other public pages of the same API, not in the Agent Services documentation.
    Extension,
}

/// The most fields that a record may have: one for each bit of what says which of them are there.
const MOST_FIELDS: usize = u64::BITS as usize;

/// A record: its name, meaning and fields.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Shape {
    /// The public name of the record, such as `Agent`.
    pub name: &'static str,
    /// What the record is, in Markdown.
    pub documentation: &'static str,
    /// The documented fields.
    pub fields: &'static [Field],
    /// Whether the documentation says what the record holds. Where it does not, further fields are no drift.
    pub documented: bool,
    /// Which of the fields are promised, a bit for each position.
    promised: u64,
}

impl Shape {
    /// Describes a record whose fields are documented.
    #[must_use]
    #[allow(clippy::indexing_slicing)] // It is within the bounds that are looked at, and done when this is compiled.
    pub const fn new(name: &'static str, documentation: &'static str, fields: &'static [Field]) -> Self {
        assert!(fields.len() <= MOST_FIELDS, "a record has more fields than there are bits for them");
        let (mut promised, mut position) = (0, 0);
        while position < fields.len() {
            if matches!(fields[position].presence, Presence::Required) {
                promised |= 1 << position;
            }
            position += 1;
        }
        Self { name, documentation, fields, documented: true, promised }
    }

    /// Marks a record whose content the documentation leaves open.
    #[must_use]
    pub const fn undocumented(mut self) -> Self {
        self.documented = false;
        self
    }

    /// The field with this name on the wire.
    pub fn wire_field(&self, wire: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.wire == wire)
    }

    /// The field with this public name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One of several records told apart by a tag, such as the eight actions.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Variant {
    /// The tag's value on the wire, such as `sendEmail`.
    pub tag: &'static str,
    /// The fields of this variant, without the tag.
    pub shape: &'static Shape,
}

impl Variant {
    /// Describes a variant.
    #[must_use]
    pub const fn new(tag: &'static str, shape: &'static Shape) -> Self {
        Self { tag, shape }
    }
}

/// Records told apart by a tag field.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Union {
    /// The public name, such as `Action`.
    pub name: &'static str,
    /// What it is, in Markdown.
    pub documentation: &'static str,
    /// The field that tells the variants apart.
    pub tag: &'static Field,
    /// The documented variants.
    pub variants: &'static [Variant],
}

impl Union {
    /// Describes records told apart by `tag`.
    #[must_use]
    pub const fn new(
        name: &'static str,
        documentation: &'static str,
        tag: &'static Field,
        variants: &'static [Variant],
    ) -> Self {
        Self { name, documentation, tag, variants }
    }

    /// The variant whose tag has this value.
    pub fn variant(&self, tag: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.tag == tag)
    }
}

impl Shape {
    /// Notes the promised fields that an answer does not have: those whose bit is not set in `seen`.
    pub(crate) fn note_missing(&self, seen: u64, reader: &mut crate::decode::Reader<'_>) {
        let missing = self.promised & !seen;
        for (position, field) in self.fields.iter().enumerate().filter(|_| missing != 0) {
            if missing & (1 << position) != 0 {
                reader.missing_field(field.name);
            }
        }
    }
}
