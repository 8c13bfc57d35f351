//! Records, and unions of records that a tag distinguishes.

use super::field::{Field, Presence};

/// Maximum number of fields of a record: one for each bit of a `u64`.
const MAX_FIELDS: usize = u64::BITS as usize;

/// The description of a record: name, documentation and fields.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RecordType {
    /// Public name of the record, such as `Agent`.
    pub name: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// The documented fields.
    pub fields: &'static [Field],
    /// Whether the content is documented. If it is not, additional fields are not drift.
    pub documented: bool,
    /// One bit for each required field.
    required_bits: u64,
}

impl RecordType {
    /// Describes a record with documented fields.
    #[must_use]
    #[allow(clippy::indexing_slicing)] // Evaluated at compile time, within bounds.
    pub const fn new(name: &'static str, documentation: &'static str, fields: &'static [Field]) -> Self {
        assert!(fields.len() <= MAX_FIELDS, "a record has more fields than bits");
        let (mut required_bits, mut position) = (0, 0);
        while position < fields.len() {
            if matches!(fields[position].presence, Presence::Required) {
                required_bits |= 1 << position;
            }
            position += 1;
        }
        Self { name, documentation, fields, documented: true, required_bits }
    }

    /// Marks a record whose content is not documented.
    #[must_use]
    pub const fn undocumented(mut self) -> Self {
        self.documented = false;
        self
    }

    /// Returns the field with this public name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns one bit for each required field, at the field's position.
    pub(crate) fn required_bits(&self) -> u64 {
        self.required_bits
    }
}

/// One record of a [`Union`], such as one of the eight actions.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Variant {
    /// Value of the tag in JSON, such as `sendEmail`.
    pub tag: &'static str,
    /// The fields of this variant, without the tag.
    pub record: &'static RecordType,
}

impl Variant {
    /// Describes a variant.
    #[must_use]
    pub const fn new(tag: &'static str, record: &'static RecordType) -> Self {
        Self { tag, record }
    }
}

/// Records that a tag field distinguishes.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Union {
    /// Public name, such as `Action`.
    pub name: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// The field that distinguishes the variants.
    pub tag: &'static Field,
    /// The documented variants.
    pub variants: &'static [Variant],
}

impl Union {
    /// Describes records that `tag` distinguishes.
    #[must_use]
    pub const fn new(
        name: &'static str,
        documentation: &'static str,
        tag: &'static Field,
        variants: &'static [Variant],
    ) -> Self {
        Self { name, documentation, tag, variants }
    }

    /// Returns the variant with this tag.
    pub fn variant(&self, tag: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.tag == tag)
    }
}
