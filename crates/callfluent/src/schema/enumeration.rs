//! Documented sets of values. Every set is open: a value that is not listed is kept unchanged.

/// A documented set of strings, such as `outbound` and `inbound`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Enumeration {
    /// Public name, such as `AgentFormat`.
    pub name: &'static str,
    /// Documentation, in Markdown.
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

    /// Returns whether the value is documented.
    pub fn contains(&self, value: &str) -> bool {
        self.values.iter().any(|known| known.value == value)
    }
}

/// One documented value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EnumerationValue {
    /// Name of the variant in Rust, such as `Outbound`.
    pub name: &'static str,
    /// The value in JSON.
    pub value: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
}

impl EnumerationValue {
    /// Describes a value.
    #[must_use]
    pub const fn new(name: &'static str, value: &'static str, documentation: &'static str) -> Self {
        Self { name, value, documentation }
    }
}
