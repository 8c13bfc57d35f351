//! The description of an endpoint. One `Operation` contains everything that the core, the bindings
//! and the generators know about it.

use std::borrow::Cow;

use serde_json::Value;

use crate::decode::{Decode, DecodeContext, PublicJson, decode_public};
use crate::json::Json;
use crate::schema::{Certainty, Field, Kind, Naming, Presence, RecordType, Source};

pub use crate::documentation::{API_REFERENCE, Documentation, ErrorCase};

/// A resource of the client, such as `agents`, with its operations.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Resource {
    /// Public name, in snake case.
    pub name: &'static str,
    /// Documentation, in Markdown.
    pub documentation: &'static str,
    /// The operations.
    pub operations: &'static [&'static Operation],
}

impl Resource {
    pub(crate) const fn new(
        name: &'static str,
        documentation: &'static str,
        operations: &'static [&'static Operation],
    ) -> Self {
        Self { name, documentation, operations }
    }
}

/// An operation of the API: an endpoint, or one of several uses of an endpoint.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Operation {
    /// Public name, such as `agents.get`.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path below the base URL, with `{parameter}` for each path parameter.
    pub path: &'static str,
    /// Parameters.
    pub parameters: &'static [Parameter],
    /// Name of the object that wraps the fields of the body, if there is one.
    pub wrapper: Option<&'static str>,
    /// Safety of a retry if the server may have processed the request.
    pub idempotency: Idempotency,
    /// Kind of the result.
    pub output: Kind,
    /// Decodes the result as public JSON.
    pub(crate) decode_public: DecodePublic,
    /// Name under which some published responses nest the result.
    pub output_name: Option<&'static str>,
    /// Creates the tracing span of a request, named after the operation.
    pub(crate) span: fn() -> tracing::Span,
    /// The documentation that users read.
    pub documentation: Documentation,
    /// Section of the API's documentation.
    pub source: Source,
    /// True if it sends the API key.
    pub authenticated: bool,
    /// True if any response with a 2xx status is a success, whatever its body is.
    pub accepts_any_success: bool,
    /// The parameter by whose value its requests queue.
    pub(crate) queued_by: Option<&'static str>,
    /// Names of the arguments by which the created object is found, if the server returns a list of
    /// all objects.
    pub created_by: &'static [&'static str],
    /// True if it sends several requests; `method` and `path` are those of the main one.
    pub composite: bool,
}

/// Decodes a result as public JSON; see [`decode_public`].
pub(crate) type DecodePublic = fn(Option<Json<'_>>, &mut DecodeContext<'_>, Naming) -> Option<PublicJson>;

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
    /// Returns the name in upper case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Returns the method with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns the idempotency of the method in HTTP (RFC 9110, section 9.2.2).
    pub(crate) const fn idempotency(self) -> Idempotency {
        match self {
            Self::Get | Self::Put | Self::Delete => Idempotency::Idempotent,
            Self::Post | Self::Patch => Idempotency::NonIdempotent,
        }
    }
}

/// The effect of repeating a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Idempotency {
    /// Repeating it has the same effect as sending it once.
    Idempotent,
    /// Repeating it could create or upload something twice. It is retried only if the server did
    /// not process it.
    NonIdempotent,
    /// Repeating it could phone a person twice. It is retried only if no response arrived and the
    /// server did not process it.
    AtMostOnce,
}

/// The part of a request that an argument belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// One segment of the path.
    Path,
    /// The query.
    Query,
    /// One field of the body.
    Body,
    /// The body: the fields of the argument are fields of the body, and separate arguments in
    /// Python and Node.
    Fields,
    /// The body: the argument is one object, and its fields are fields of the body.
    Object,
    /// A multipart body with one part for each file.
    Files,
}

/// An argument of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Parameter {
    /// Names, kind, presence and documentation.
    pub field: Field,
    /// The part of the request that it belongs to.
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
            decode_public: decode_public::<Option<Value>>,
            output_name: None,
            span: tracing::Span::none,
            documentation,
            source: Source::Extension(Certainty::Documented),
            authenticated: true,
            accepts_any_success: false,
            queued_by: None,
            created_by: &[],
            composite: false,
        }
    }

    /// Sets the tracing span.
    #[must_use]
    pub(crate) const fn span(mut self, span: fn() -> tracing::Span) -> Self {
        self.span = span;
        self
    }

    /// Sets the parameters.
    #[must_use]
    pub const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Sets the type of the result.
    #[must_use]
    pub(crate) const fn output<T: Decode>(mut self) -> Self {
        self.output = T::KIND;
        self.decode_public = decode_public::<T>;
        self
    }

    /// Sets the section of the documentation.
    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.source = Source::Section(section);
        self
    }

    /// Marks an operation that the Agent Services documentation does not contain.
    #[must_use]
    pub const fn extension(mut self, certainty: Certainty) -> Self {
        self.source = Source::Extension(certainty);
        self
    }

    /// Wraps the fields of the body in an object with this name.
    #[must_use]
    pub const fn wrapped_in(mut self, wrapper: &'static str) -> Self {
        self.wrapper = Some(wrapper);
        self
    }

    /// Marks an operation as not idempotent, whatever its method.
    #[must_use]
    pub const fn non_idempotent(mut self) -> Self {
        self.idempotency = Idempotency::NonIdempotent;
        self
    }

    /// Marks an operation that must not be repeated after any response.
    #[must_use]
    pub const fn at_most_once(mut self) -> Self {
        self.idempotency = Idempotency::AtMostOnce;
        self
    }

    /// Marks an operation whose requests for one value of this parameter run one after another,
    /// within a client and its clones.
    #[must_use]
    pub const fn queued_by(mut self, parameter: &'static str) -> Self {
        self.queued_by = Some(parameter);
        self
    }

    /// Sets the name under which some published responses nest the result.
    #[must_use]
    pub const fn nested_as(mut self, name: &'static str) -> Self {
        self.output_name = Some(name);
        self
    }

    /// Marks an operation that returns one page of a list.
    #[must_use]
    pub const fn paged(mut self, record: &'static RecordType) -> Self {
        self.output = Kind::Page(record);
        self
    }

    /// Marks an operation that does not send the API key.
    #[must_use]
    pub const fn without_key(mut self) -> Self {
        self.authenticated = false;
        self
    }

    /// Marks an operation whose result is a success with any 2xx status, whatever its body is. The
    /// field `has_id` of the result is true if the body contains an ID.
    #[must_use]
    pub const fn accepts_any_success(mut self) -> Self {
        self.accepts_any_success = true;
        self
    }

    /// Sets the arguments by which the created object is found, if the server returns a list of all
    /// objects.
    #[must_use]
    pub const fn created_by(mut self, arguments: &'static [&'static str]) -> Self {
        self.created_by = arguments;
        self
    }

    /// Marks an operation that sends several requests.
    #[must_use]
    pub const fn composite(mut self) -> Self {
        self.composite = true;
        self
    }

    /// Splits the name into resource and verb: `("agents", "get")`.
    pub fn resource_and_verb(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or((self.name, ""))
    }

    /// Returns whether a name is an argument or a documented field of the request body.
    pub fn documents(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| match (parameter.location, &parameter.field.kind) {
            (Location::Fields, Kind::Record(record)) => record.field(name).is_some(),
            (Location::Object, Kind::Union(union)) => {
                union.tag.name == name || union.variants.iter().any(|variant| variant.record.field(name).is_some())
            }
            _ => parameter.field.name == name,
        })
    }

    /// Returns the arguments. The fields of a record are arguments of their own.
    pub(crate) fn arguments(&self) -> Vec<&'static Field> {
        let arguments =
            self.parameters.iter().flat_map(|parameter| match (parameter.location, &parameter.field.kind) {
                (Location::Fields, Kind::Record(record)) => record.fields,
                _ => std::slice::from_ref(&parameter.field),
            });
        arguments.collect()
    }

    /// Returns whether the fields of the body are not documented, so that any name may be one.
    pub(crate) fn takes_any_field(&self) -> bool {
        self.parameters.iter().any(|parameter| {
            parameter.location == Location::Fields
                && matches!(parameter.field.kind, Kind::Record(record) if !record.documented)
        })
    }

    /// Returns whether this argument is required.
    pub fn requires(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|parameter| parameter.field.name == name && parameter.field.presence == Presence::Required)
    }

    /// Returns the passwords among the arguments.
    pub(crate) fn secrets(&self, arguments: &serde_json::Map<String, Value>) -> Vec<String> {
        let secret = self.parameters.iter().filter(|parameter| parameter.field.secret);
        let values = secret.filter_map(|parameter| parameter.field.get(arguments));
        values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
    }

    /// Returns the values by which the created object is found, by their names in JSON.
    pub(crate) fn created(&self, arguments: &serde_json::Map<String, Value>) -> Vec<(&'static str, Value)> {
        let wanted = self.parameters.iter().filter(|parameter| self.created_by.contains(&parameter.field.name));
        wanted
            .filter_map(|parameter| Some((parameter.field.json_name, parameter.field.get(arguments)?.clone())))
            .collect()
    }

    /// Returns whether a server may route a method and a path below the base URL to this operation.
    ///
    /// Many servers ignore case, empty segments and percent-encoding. A path that did not match
    /// because of such a difference would lose the operation's rule for retries, and phone a person
    /// twice.
    pub(crate) fn matches(&self, method: Method, path: &str) -> bool {
        if self.method != method || self.composite {
            return false;
        }
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        // Some servers split a path before they decode it, others afterwards.
        self.has_segments(path.split('/').map(percent_decoded))
            || self.has_segments(percent_decoded(path).split('/').map(Cow::Borrowed))
    }

    /// Returns whether these are the segments of the path, apart from empty ones and from case.
    fn has_segments<'a>(&self, given: impl Iterator<Item = Cow<'a, str>>) -> bool {
        let mut given = given.filter(|segment| !segment.is_empty());
        let mut known = self.path.split('/').filter(|segment| !segment.is_empty());
        loop {
            match (known.next(), given.next()) {
                (None, None) => return true,
                (Some(segment), Some(text)) if segment.starts_with('{') || segment.eq_ignore_ascii_case(&text) => {}
                _ => return false,
            }
        }
    }
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}
