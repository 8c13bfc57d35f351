//! What a field or parameter holds, as the user sees it; how it is written on the wire follows from the field.

use super::{Enumeration, Shape, Union};

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// An id that the API documents as a number. Text is carried through where it is no number.
    Id,
    /// An id that the API documents as text, such as the UUID of a custom field.
    TextId,
    /// Text.
    Text,
    /// A phone number in E.164 form: `+` and up to 15 digits.
    PhoneNumber,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// The public URL of an image, or an image in base64.
    Image,
    /// One of a documented, open set of texts.
    Enumeration(&'static Enumeration),
    /// A list.
    List(&'static Kind),
    /// Names with a value each.
    Map(&'static Kind),
    /// A record.
    Record(&'static Shape),
    /// A record told apart by a tag.
    Union(&'static Union),
    /// One page of a list that has several.
    Page(&'static Shape),
    /// Files to upload.
    Files,
    /// Any JSON value.
    Any,
}

impl Kind {
    /// How a message calls such a value.
    pub fn expectation(&self) -> &'static str {
        match self {
            Self::Id | Self::TextId => "an id",
            Self::Text | Self::Enumeration(_) => "text",
            Self::PhoneNumber => "a phone number in E.164 form, such as +15550001234",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Image => "the URL of an image, or an image in base64",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Record(_) | Self::Union(_) | Self::Page(_) => "an object",
            Self::Files => "files",
            Self::Any => "a value",
        }
    }
}
