//! Constraints of a field: presence, limits of a number, and the JSON form of a list.

/// The condition under which a field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Always.
    Required,
    /// Required if another field has a certain value.
    RequiredWhen {
        /// Public name of the other field.
        field: &'static str,
        /// Its value, as a string.
        value: &'static str,
    },
    /// By the API. If it is omitted, the client sends whether a list has items.
    Derived {
        /// JSON name of the list, which is an earlier field of the same body.
        list: &'static str,
    },
    /// Never.
    Optional,
}

/// The limits of a number, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Range {
    /// Minimum.
    pub min: f64,
    /// Maximum, if there is one.
    pub max: Option<f64>,
}

impl Range {
    /// Returns whether a number is within the limits.
    pub fn contains(&self, number: f64) -> bool {
        number >= self.min && self.max.is_none_or(|max| number <= max)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.max {
            Some(max) if max - self.min <= 1.0 => write!(formatter, "{} or {max}", self.min),
            Some(max) => write!(formatter, "{} to {max}", self.min),
            None => write!(formatter, "at least {}", self.min),
        }
    }
}

/// The JSON form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListForm {
    /// A JSON array.
    Array,
    /// One string of comma-separated values: `"1,2,3"`.
    CommaSeparated,
    /// One string that contains a JSON array.
    JsonString,
}
