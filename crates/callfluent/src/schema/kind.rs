//! The kind of value of a field or parameter, as the user sees it. The JSON form also depends on the field.

use super::enumeration::Enumeration;
use super::record::{RecordType, Union};

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
    /// A phone number in E.164 format: `+` and up to 15 digits.
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
        }
    }
}
