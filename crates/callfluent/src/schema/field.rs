//! One field of a record or one parameter of an operation: names, kind, presence, limits and documentation.

use serde_json::{Map, Value};

use super::kind::Kind;
use super::naming::{Naming, PublicName};

/// A field of a record, or a parameter of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Field {
    /// Public name, in snake case.
    pub name: &'static str,
    /// Name in the API's JSON.
    pub json_name: &'static str,
    /// Another name of the field in some published responses.
    pub alias: Option<&'static str>,
    /// Kind of its value.
    pub kind: Kind,
    /// Whether it is required (in a request) or always present (in a response).
    pub presence: Presence,
    /// Documented limits of a number.
    pub range: Option<Range>,
    /// JSON form of a list.
    pub list_form: ListForm,
    /// Example value from the documentation.
    pub example: Option<&'static str>,
    /// Documentation with the unit, in Markdown.
    pub documentation: &'static str,
    /// Public name, in camel case.
    camel: &'static str,
    /// Whether the JSON name equals the public name, in snake case and in camel case.
    name_is_passthrough: [bool; 2],
}

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

impl Field {
    /// Describes an optional field.
    #[must_use]
    pub(crate) const fn new(
        name: PublicName,
        json_name: &'static str,
        kind: Kind,
        documentation: &'static str,
    ) -> Self {
        Self {
            name: name.snake,
            json_name,
            alias: None,
            kind,
            presence: Presence::Optional,
            range: None,
            list_form: ListForm::Array,
            example: None,
            documentation,
            camel: name.camel,
            name_is_passthrough: [is_equal(name.snake, json_name), is_equal(name.camel, json_name)],
        }
    }

    /// Marks the field as required (in a request) or always present (in a response).
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// Marks the field as required if the field `field` has the value `value`.
    #[must_use]
    pub const fn required_when(mut self, field: &'static str, value: &'static str) -> Self {
        self.presence = Presence::RequiredWhen { field, value };
        self
    }

    /// Marks the field as optional.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    /// Sets another name of the field in some published responses.
    #[must_use]
    pub const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// Sets an example.
    #[must_use]
    pub const fn example(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    /// Limits a number to `min..=max`.
    #[must_use]
    pub const fn range(mut self, min: f64, max: f64) -> Self {
        self.range = Some(Range { min, max: Some(max) });
        self
    }

    /// Limits a number to `min` and above.
    #[must_use]
    pub const fn at_least(mut self, min: f64) -> Self {
        self.range = Some(Range { min, max: None });
        self
    }

    /// Marks the string as a phone number.
    #[must_use]
    pub const fn phone_number(mut self) -> Self {
        self.kind = Kind::PhoneNumber;
        self
    }

    /// Marks the id as a string.
    #[must_use]
    pub const fn string_id(mut self) -> Self {
        self.kind = Kind::StringId;
        self
    }

    /// Encodes a list as one string of comma-separated values.
    #[must_use]
    pub const fn comma_separated(mut self) -> Self {
        self.list_form = ListForm::CommaSeparated;
        self
    }

    /// Encodes a list as one string that contains JSON.
    #[must_use]
    pub const fn json_string(mut self) -> Self {
        self.list_form = ListForm::JsonString;
        self
    }

    /// Returns the value of this field in arguments, by its public name in either naming or its JSON name.
    pub(crate) fn get<'a>(&self, arguments: &'a Map<String, Value>) -> Option<&'a Value> {
        arguments.get(self.name).or_else(|| arguments.get(self.json_name)).or_else(|| arguments.get(self.camel))
    }

    /// Removes the value of this field from arguments.
    pub(crate) fn take(&self, arguments: &mut Map<String, Value>) -> Option<Value> {
        arguments
            .remove(self.name)
            .or_else(|| arguments.remove(self.json_name))
            .or_else(|| arguments.remove(self.camel))
    }

    /// Returns the public name.
    pub(crate) fn public_name(&self, naming: Naming) -> &'static str {
        match naming {
            Naming::Snake => self.name,
            Naming::Camel => self.camel,
        }
    }

    /// Returns whether the JSON name equals the public name.
    pub(crate) fn name_is_passthrough(&self, naming: Naming) -> bool {
        let [snake, camel] = self.name_is_passthrough;
        match naming {
            Naming::Snake => snake,
            Naming::Camel => camel,
        }
    }

    /// Returns whether `key` is a name of this field in a response.
    pub(crate) fn has_name(&self, key: &str) -> bool {
        key == self.json_name || self.alias == Some(key) || key == self.name
    }
}

/// Compares two names at compile time.
const fn is_equal(name: &str, other: &str) -> bool {
    let (mut name, mut other) = (name.as_bytes(), other.as_bytes());
    while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (name, other) {
        if *first != *other_first {
            return false;
        }
        (name, other) = (rest, other_rest);
    }
    name.is_empty() && other.is_empty()
}
