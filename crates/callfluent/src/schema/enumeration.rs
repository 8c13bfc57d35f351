//! Documented sets of values. Every set is open: a value that it does not list is carried through unchanged.

/// A documented set of text values, such as `outbound` and `inbound`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Enumeration {
    /// The public name, such as `AgentFormat`.
    pub name: &'static str,
    /// What the values say, in Markdown.
    pub documentation: &'static str,
    /// The documented values.
    pub values: &'static [EnumerationValue],
}

impl Enumeration {
    /// Describes a set of values.
    #[must_use]
    pub const fn new(name: &'static str, documentation: &'static str, values: &'static [EnumerationValue]) -> Self {
        Self { name, documentation, values }
    }

    /// Whether the documentation lists this value.
    pub fn lists(&self, value: &str) -> bool {
        self.values.iter().any(|known| known.value == value)
    }
}

/// One documented value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EnumerationValue {
    /// The name of the variant in Rust, such as `Outbound`.
    pub name: &'static str,
    /// The value on the wire.
    pub value: &'static str,
    /// What it means, in Markdown.
    pub documentation: &'static str,
}

impl EnumerationValue {
    /// Describes a value.
    #[must_use]
    pub const fn new(name: &'static str, value: &'static str, documentation: &'static str) -> Self {
        Self { name, value, documentation }
    }
}
