//! How an endpoint is described: one `Operation` holds everything that the core, the bindings and the generators know of it.

use serde_json::Value;

use crate::CallFluent;
use crate::client::Raw;
use crate::decode::{PublicJson, Readable};
use crate::error::Result;
use crate::schema::{Field, Kind, Naming, Presence, Shape, Source};

pub use crate::documentation::{API_REFERENCE, Documentation, ErrorCase};

/// An operation of the API: an endpoint, or one of the things that an endpoint does.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Operation {
    /// The public name, such as `agents.get`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with `{parameter}` in place of the path parameters.
    pub path: &'static str,
    /// What a user gives.
    pub parameters: &'static [Parameter],
    /// The name under which the body's content is wrapped, where it is.
    pub wrapper: Option<&'static str>,
    /// Whether it may be sent again where it may have been carried out.
    pub idempotency: Idempotency,
    /// What it answers with.
    pub output: Kind,
    /// Reads an answer as the output and writes it under public names.
    pub(crate) read: ReadPublic,
    /// A name under which some published answers nest the output.
    pub output_name: Option<&'static str>,
    /// The documentation that users read.
    pub documentation: Documentation,
    /// Where the documentation describes it.
    pub source: Source,
    /// Whether it is made of several requests, of which `method` and `path` name the one that matters.
    pub composite: bool,
}

/// Reads an answer as JSON under public names.
pub(crate) type ReadPublic = fn(&CallFluent, &Operation, &Raw, Naming) -> Result<PublicJson>;

/// The HTTP methods of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The name in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a name in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether HTTP itself says that doing it twice is the same as doing it once.
    pub(crate) const fn idempotency(self) -> Idempotency {
        match self {
            Self::Get | Self::Put | Self::Delete => Idempotency::Idempotent,
            Self::Post | Self::Patch => Idempotency::NonIdempotent,
        }
    }
}

/// Whether a request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Idempotency {
    /// Doing it twice is the same as doing it once.
    Idempotent,
    /// Doing it twice creates, calls or uploads twice: it is sent again only where the server provably did not act on it.
    NonIdempotent,
}

/// Where an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// Into the path, as one segment.
    Path,
    /// Into the query.
    Query,
    /// Into the body, as one field.
    Body,
    /// Into the body: the fields of the argument are the fields of the body.
    /// In Python and Node they are arguments of their own.
    Fields,
    /// Into the body: the argument is one object, and its fields are the fields of the body.
    Object,
    /// Into a multipart body, one part for each file.
    Files,
}

/// An argument of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Parameter {
    /// Its names, kind, presence and meaning.
    pub field: Field,
    /// Where it goes.
    pub location: Location,
}

impl Parameter {
    /// Describes an argument.
    #[must_use]
    pub const fn new(location: Location, field: Field) -> Self {
        Self { field, location }
    }
}

impl Operation {
    /// Describes an operation.
    #[must_use]
    pub const fn new(name: &'static str, method: Method, path: &'static str, documentation: Documentation) -> Self {
        Self {
            name,
            method,
            path,
            parameters: &[],
            wrapper: None,
            idempotency: method.idempotency(),
            output: Kind::Any,
            read: CallFluent::read_public::<Option<Value>>,
            output_name: None,
            documentation,
            source: Source::Extension,
            composite: false,
        }
    }

    /// Says what a user gives.
    #[must_use]
    pub const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Says what it answers with.
    #[must_use]
    pub(crate) const fn output<T: Readable>(mut self) -> Self {
        self.output = T::KIND;
        self.read = CallFluent::read_public::<T>;
        self
    }

    /// Says where the documentation describes it.
    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.source = Source::Section(section);
        self
    }

    /// Marks an operation that is described outside of the Agent Services documentation.
    #[must_use]
    pub const fn extension(mut self) -> Self {
        self.source = Source::Extension;
        self
    }

    /// Wraps the body's content under a name.
    #[must_use]
    pub const fn wrapped_in(mut self, wrapper: &'static str) -> Self {
        self.wrapper = Some(wrapper);
        self
    }

    /// Marks an operation that must not be done twice, whatever its method says.
    #[must_use]
    pub const fn non_idempotent(mut self) -> Self {
        self.idempotency = Idempotency::NonIdempotent;
        self
    }

    /// Names the object field under which some published answers nest the output.
    #[must_use]
    pub const fn nested_as(mut self, name: &'static str) -> Self {
        self.output_name = Some(name);
        self
    }

    /// Marks an operation that answers with one page of several.
    #[must_use]
    pub const fn paged(mut self, record: &'static Shape) -> Self {
        self.output = Kind::Page(record);
        self
    }

    /// Marks an operation that is made of several requests.
    #[must_use]
    pub const fn composite(mut self) -> Self {
        self.composite = true;
        self
    }

    /// The resource and the verb of the name: `("agents", "get")`.
    pub fn resource_and_verb(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    /// Whether this argument must be given.
    pub fn requires(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|parameter| parameter.field.name == name && parameter.field.presence == Presence::Required)
    }

    /// Whether a method and a path, relative to the base URL, are this operation's.
    pub(crate) fn matches(&self, method: Method, path: &str) -> bool {
        let mut given = path.split('/');
        let mut known = self.path.split('/');
        self.method == method
            && !self.composite
            && loop {
                match (known.next(), given.next()) {
                    (None, None) => break true,
                    (Some(segment), Some(text)) if segment.starts_with('{') && !text.is_empty() => {}
                    (Some(segment), Some(text)) if segment == text => {}
                    _ => break false,
                }
            }
    }
}
