//! Known sets of values. In responses every set is open: a value that is not listed is kept
//! unchanged.

use super::certainty::Certainty;

/// A known set of strings, such as `outbound` and `inbound`.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Enumeration {
    /// Public name, such as `AgentFormat`.
    pub name: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// The known values.
    pub values: &'static [EnumerationValue],
    /// The values that a request may have.
    pub accepts: Accepts,
}

/// The values that a request may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accepts {
    /// The listed values only.
    Listed,
    /// Any string.
    AnyString,
    /// An offset from UTC, such as `UTC+01:00`.
    UtcOffset,
    /// The numbers of the listed values, and any other number. Values are sent as numbers.
    Numbers,
}

impl Enumeration {
    /// Describes a set of values.
    #[must_use]
    pub const fn new(name: &'static str, documentation: &'static str, values: &'static [EnumerationValue]) -> Self {
        Self { name, documentation, values, accepts: Accepts::Listed }
    }

    /// Sets the values that a request may have.
    #[must_use]
    pub const fn accepts(mut self, accepts: Accepts) -> Self {
        self.accepts = accepts;
        self
    }

    /// Returns whether the value is listed.
    pub fn contains(&self, value: &str) -> bool {
        self.values.iter().any(|known| known.value == value)
    }

    /// Returns whether a request may have this string as the value.
    pub(crate) fn allows(&self, value: &str) -> bool {
        self.accepts != Accepts::Listed || self.contains(value)
    }

    /// Returns the number of a value, which the API uses in its place.
    pub fn number_of(&self, value: &str) -> Option<i64> {
        self.values.iter().find(|known| known.value == value)?.number
    }

    /// Returns the value with this number.
    pub fn with_number(&self, number: i64) -> Option<&'static EnumerationValue> {
        self.values.iter().find(|known| known.number == Some(number))
    }
}

/// One known value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EnumerationValue {
    /// Name of the variant in Rust, such as `Outbound`.
    pub name: &'static str,
    /// The value in JSON.
    pub value: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// Name that the API shows to people, if it is published.
    pub label: Option<&'static str>,
    /// Number that the API uses instead of the value.
    pub number: Option<i64>,
    /// Certainty that the API has the value.
    pub certainty: Certainty,
}

impl EnumerationValue {
    /// Describes a value.
    #[must_use]
    pub const fn new(name: &'static str, value: &'static str, documentation: &'static str) -> Self {
        Self { name, value, documentation, label: None, number: None, certainty: Certainty::Documented }
    }

    /// Sets the name that the API shows to people.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// Sets the number that the API uses instead of the value.
    #[must_use]
    pub const fn number(mut self, number: i64) -> Self {
        self.number = Some(number);
        self
    }

    /// Marks a value that another public page of the API prints.
    #[must_use]
    pub const fn printed(mut self) -> Self {
        self.certainty = Certainty::Printed;
        self
    }

    /// Marks a value that follows from published facts, but that no page prints.
    #[must_use]
    pub const fn inferred(mut self) -> Self {
        self.certainty = Certainty::Inferred;
        self
    }
}
