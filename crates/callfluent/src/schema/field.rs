//! One field of a record or one parameter of an operation: names, kind, presence, limits and meaning, each once.

use serde_json::{Map, Value};

use super::{Kind, Naming, PublicName};
use crate::decode::{PublicJson, Readable, Reader};
use crate::json::Json;

/// A field of a record, or a parameter of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Field {
    /// The public name, in snake case.
    pub name: &'static str,
    /// The name on the wire.
    pub wire: &'static str,
    /// Another name under which some published answers carry the field.
    pub alias: Option<&'static str>,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be given (in a request) or is promised (in an answer).
    pub presence: Presence,
    /// The printed limits of a number.
    pub range: Option<Range>,
    /// How a list is written on the wire.
    pub list_form: ListForm,
    /// An example value, as the documentation prints it.
    pub example: Option<&'static str>,
    /// What it means, with its unit, in Markdown.
    pub documentation: &'static str,
    /// Writes an answer's value under public names; see [`Readable::write_public`].
    pub(crate) write_public: fn(Json<'_>, &mut Reader<'_>, &mut PublicJson) -> bool,
    /// Whether an answer's value is written as it stands; see [`Readable::stands_as_public`].
    value_stands: fn(Json<'_>) -> bool,
    /// The public name, in camel case.
    camel: &'static str,
    /// Whether the name on the wire is the public one, in snake case and in camel case.
    name_stands: [bool; 2],
}

/// When a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Always.
    Required,
    /// Only where another field has a certain value.
    RequiredWhen {
        /// The other field's public name.
        field: &'static str,
        /// Its value, as text.
        value: &'static str,
    },
    /// It may be left out.
    Optional,
}

/// The limits of a number, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Range {
    /// The least value.
    pub least: f64,
    /// The greatest value, where there is one.
    pub greatest: Option<f64>,
}

impl Range {
    /// Whether a number is within the limits.
    pub fn contains(&self, number: f64) -> bool {
        number >= self.least && self.greatest.is_none_or(|greatest| number <= greatest)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.greatest {
            Some(greatest) if greatest - self.least <= 1.0 => write!(formatter, "{} or {greatest}", self.least),
            Some(greatest) => write!(formatter, "{} to {greatest}", self.least),
            None => write!(formatter, "at least {}", self.least),
        }
    }
}

/// How a list of values stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListForm {
    /// A JSON array.
    Array,
    /// One text with commas between the values: `"1,2,3"`.
    CommaText,
    /// One text that holds a JSON array.
    JsonText,
}

impl Field {
    /// Describes an optional field.
    #[must_use]
    pub(crate) const fn new(name: PublicName, wire: &'static str, kind: Kind, documentation: &'static str) -> Self {
        Self {
            name: name.snake,
            wire,
            alias: None,
            kind,
            presence: Presence::Optional,
            range: None,
            list_form: ListForm::Array,
            example: None,
            documentation,
            write_public: <Option<Value> as Readable>::write_public,
            value_stands: <Option<Value> as Readable>::stands_as_public,
            camel: name.camel,
            name_stands: [is_same(name.snake, wire), is_same(name.camel, wire)],
        }
    }

    /// Says as what an answer's value is read.
    #[must_use]
    pub(crate) const fn read_as<T: Readable>(mut self) -> Self {
        self.write_public = T::write_public;
        self.value_stands = T::stands_as_public;
        self
    }

    /// Marks the field as required (in a request) or promised (in an answer).
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// Marks the field as required where the field `field` has the value `value`.
    #[must_use]
    pub const fn required_when(mut self, field: &'static str, value: &'static str) -> Self {
        self.presence = Presence::RequiredWhen { field, value };
        self
    }

    /// Lets the field be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    /// Names the field differently in some published answers.
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

    /// Limits a number to `least..=greatest`.
    #[must_use]
    pub const fn range(mut self, least: f64, greatest: f64) -> Self {
        self.range = Some(Range { least, greatest: Some(greatest) });
        self
    }

    /// Limits a number to `least` and more.
    #[must_use]
    pub const fn at_least(mut self, least: f64) -> Self {
        self.range = Some(Range { least, greatest: None });
        self
    }

    /// Reads and checks the text as a phone number.
    #[must_use]
    pub const fn phone_number(mut self) -> Self {
        self.kind = Kind::PhoneNumber;
        self
    }

    /// Documents the id as text.
    #[must_use]
    pub const fn text_id(mut self) -> Self {
        self.kind = Kind::TextId;
        self
    }

    /// Writes a list as one text with commas.
    #[must_use]
    pub const fn comma_separated(mut self) -> Self {
        self.list_form = ListForm::CommaText;
        self
    }

    /// Writes a list as one text that holds JSON.
    #[must_use]
    pub const fn json_text(mut self) -> Self {
        self.list_form = ListForm::JsonText;
        self
    }

    /// The value that arguments hold for this field, under its public name in either naming or its name on the wire.
    pub(crate) fn get<'a>(&self, arguments: &'a Map<String, Value>) -> Option<&'a Value> {
        arguments.get(self.name).or_else(|| arguments.get(self.wire)).or_else(|| arguments.get(self.camel))
    }

    /// Takes the value that arguments hold for this field.
    pub(crate) fn take(&self, arguments: &mut Map<String, Value>) -> Option<Value> {
        arguments.remove(self.name).or_else(|| arguments.remove(self.wire)).or_else(|| arguments.remove(self.camel))
    }

    /// The public name, in the way of a language.
    pub(crate) fn public_name(&self, naming: Naming) -> &'static str {
        match naming {
            Naming::Snake => self.name,
            Naming::Camel => self.camel,
        }
    }

    /// Whether the name on the wire is the public one.
    pub(crate) fn name_stands(&self, naming: Naming) -> bool {
        let [snake, camel] = self.name_stands;
        match naming {
            Naming::Snake => snake,
            Naming::Camel => camel,
        }
    }

    /// Whether an answer's value is written as it stands, without anything to note.
    pub(crate) fn value_stands(&self, raw: Json<'_>) -> bool {
        // An id that is documented as text is written as text.
        let is_text = || !matches!(self.kind, Kind::TextId) || !matches!(raw.first(), b'-' | b'0'..=b'9');
        (self.value_stands)(raw) && is_text()
    }

    /// Whether `key` is a name under which an answer may carry this field.
    pub(crate) fn answers_to(&self, key: &str) -> bool {
        key == self.wire || self.alias == Some(key) || key == self.name
    }
}

/// Whether two names are the same, when this is compiled.
const fn is_same(name: &str, other: &str) -> bool {
    let (mut name, mut other) = (name.as_bytes(), other.as_bytes());
    while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (name, other) {
        if *first != *other_first {
            return false;
        }
        (name, other) = (rest, other_rest);
    }
    name.is_empty() && other.is_empty()
}
