//! Fields, kinds and records. They are in one file because they refer to each other: a record has
//! fields, a field has a kind, and a kind can be a record.

use serde_json::{Map, Value};

use super::constraints::{ListForm, Presence, Range};
use super::enumeration::Enumeration;
use super::naming::{Naming, PublicName};
use super::similar::{is_close_or_beginning, is_same_word};

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
    /// Condition under which it is required (in a request) or present (in a response).
    pub presence: Presence,
    /// Documented limits of a number.
    pub range: Option<Range>,
    /// JSON form of a list.
    pub list_form: ListForm,
    /// Known values. The kind of the field remains that of a single value or a list.
    pub values: Option<&'static Enumeration>,
    /// True for a password, which no output contains.
    pub secret: bool,
    /// Names that users of other voice APIs give the field. Errors suggest the field for them.
    pub called: &'static [&'static str],
    /// Values of a string that the API fills in itself. A value that is close to one is misspelled.
    pub filled: &'static [&'static str],
    /// Example value from the documentation.
    pub example: Option<&'static str>,
    /// Documentation with the unit, in Markdown.
    pub documentation: &'static str,
    /// Public name, in camel case.
    camel: &'static str,
    /// True if the JSON name equals the public name, in snake case and in camel case.
    name_is_passthrough: [bool; 2],
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
            values: None,
            secret: false,
            called: &[],
            filled: &[],
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

    /// Marks the field as required by the API, and derived from a list if it is omitted.
    #[must_use]
    pub const fn derived_from(mut self, list: &'static str) -> Self {
        self.presence = Presence::Derived { list };
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

    /// Sets names that users of other voice APIs give the field.
    #[must_use]
    pub const fn called(mut self, names: &'static [&'static str]) -> Self {
        self.called = names;
        self
    }

    /// Sets the values that the API fills in itself.
    #[must_use]
    pub const fn filled(mut self, values: &'static [&'static str]) -> Self {
        self.filled = values;
        self
    }

    /// Marks a password.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Sets the known values of a string, or of the items of a list.
    #[must_use]
    pub const fn values(mut self, values: &'static Enumeration) -> Self {
        self.values = Some(values);
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

    /// Returns the value of this field in arguments, by its public name in either naming or its
    /// JSON name.
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

    /// Returns whether users of other voice APIs call the field so.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.called.iter().any(|called| is_same_word(name, called))
    }

    /// Returns the value that the API fills in, if a value is a misspelled form of it.
    pub(crate) fn misspelled(&self, value: &str) -> Option<&'static str> {
        self.filled.iter().copied().find(|filled| is_close_or_beginning(value, filled))
    }

    /// Returns whether `key` is a name of this field in arguments.
    pub(crate) fn is_given_as(&self, key: &str) -> bool {
        self.has_name(key) || key == self.camel
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

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// An id that the API documents as a number. A string that is not a number is sent unchanged.
    Id,
    /// An id that the API documents as a string, such as the UUID of a custom field.
    StringId,
    /// A string.
    String,
    /// A phone number in E.164 format: `+` and 7 to 15 digits, the first of which is not 0.
    PhoneNumber,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// The public URL of an image, or an image in base64.
    Image,
    /// One of a documented, open set of strings.
    Enumeration(&'static Enumeration),
    /// A list.
    List(&'static Kind),
    /// An object with arbitrary names.
    Map(&'static Kind),
    /// A record.
    Record(&'static RecordType),
    /// One of several records that a tag distinguishes.
    Union(&'static Union),
    /// One page of a paged list.
    Page(&'static RecordType),
    /// Files to upload.
    Files,
    /// Any JSON value.
    Any,
    /// No value: a response that only confirms the request.
    Nothing,
}

impl Kind {
    /// The name of such a value in error messages.
    pub fn expectation(&self) -> &'static str {
        match self {
            Self::Id | Self::StringId => "an id",
            Self::String | Self::Enumeration(_) => "a string",
            Self::PhoneNumber => "a phone number in E.164 format, such as +15550001234",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Image => "the URL of an image, or an image in base64",
            Self::List(_) | Self::Page(_) => "a list",
            Self::Map(_) | Self::Record(_) | Self::Union(_) => "an object",
            Self::Files => "files",
            Self::Any => "a value",
            Self::Nothing => "nothing",
        }
    }
}

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
    /// True if the content is documented. If it is not, additional fields are not drift.
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
