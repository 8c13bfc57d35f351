//! Everything that users read about an operation, once for all languages. `cargo xtask generate`
//! renders it as rustdoc, as a Python docstring and as `TSDoc`.
//!
//! Text is Markdown. A link to an item, such as ``[`Error::NotFound`]``, ``[`Agents::patch`]`` or
//! ``[`Agent`]``, takes the name that the item has in each language; the generator fails if there
//! is no such item. A public name in backticks, such as `phone_number`, takes the spelling of each
//! language.

use std::time::Duration;

use crate::schema::Naming;

/// The page of the API's own documentation that the sections of
/// [`Source::Section`](crate::schema::Source::Section) are on.
pub const API_REFERENCE: &str = "https://callfluent.com/agent-services";

/// Documentation of an operation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Documentation {
    /// Summary and details. The first paragraph is the summary.
    pub text: &'static str,
    /// Description of the return value.
    pub returns: &'static str,
    /// The place where the result can be seen later, or the fact that the API has none. Sentences
    /// that follow those of `returns`.
    pub later: &'static str,
    /// Errors that have a meaning of their own for this operation.
    pub errors: &'static [ErrorCase],
    /// For an operation that is not idempotent: the state that an unknown outcome may leave, and
    /// the place to look. It completes the sentence "If `outcome_unknown` is true, ...".
    pub unknown_outcome: Option<&'static str>,
    /// An example in terms of operations and arguments, in the notation that
    /// `crates/xtask/src/generate/example.rs` describes.
    pub example: &'static str,
}

/// An error and its cause.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ErrorCase {
    /// The variant of [`Error`](crate::Error), such as `NotFound`.
    pub error: &'static str,
    /// The cause: a sentence.
    pub when: &'static str,
}

/// A method that sends requests of other operations, such as `calls.wait`: what users read about
/// it, once for all languages.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CompositeMethod {
    /// Public name, such as `calls.wait`.
    pub name: &'static str,
    /// Summary and details. The first paragraph is the summary.
    pub text: &'static str,
    /// The arguments, and then the options.
    pub arguments: &'static [MethodArgument],
    /// Description of the return value.
    pub returns: &'static str,
    /// Errors that have a meaning of their own for this method.
    pub errors: &'static [ErrorCase],
    /// The cause of any other error: a sentence.
    pub other_errors: &'static str,
    /// Statements with a client, in Python, TypeScript and Rust.
    pub examples: [&'static str; 3],
}

/// An argument of a [`CompositeMethod`], or an option of all bulk operations.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct MethodArgument {
    /// Public name in snake case.
    pub name: &'static str,
    /// The name in Rust, if it differs.
    pub rust_name: Option<&'static str>,
    /// Kind of its values.
    pub kind: ArgumentKind,
    /// True if it may be omitted.
    pub is_option: bool,
    /// Its meaning. `{unit}` stands for the unit of a duration, `{async}` for the functions that
    /// are awaited.
    pub text: &'static str,
    /// The value of an option that is omitted.
    pub default: DefaultValue,
}

/// Kind of the values of a [`MethodArgument`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentKind {
    /// An ID.
    Id,
    /// IDs.
    Ids,
    /// A path.
    Path,
    /// A duration.
    Duration,
    /// An integer.
    Integer,
    /// A boolean.
    Boolean,
    /// A function of a call.
    Predicate,
    /// The format of an export.
    Format,
    /// Masks of an export.
    Masks,
    /// Types of columns by name.
    Columns,
    /// Decisions by ID.
    Resolutions,
    /// A receiver of the progress. The text names the numbers that it receives.
    Progress,
}

/// The value of an option that is omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// Nothing, or the text describes it.
    Nothing,
    /// This boolean.
    Boolean(bool),
    /// This integer.
    Integer(usize),
    /// This duration.
    Duration(Duration),
    /// This duration. An infinite one is possible.
    Timeout(Duration),
    /// A description.
    Text(&'static str),
}

impl MethodArgument {
    /// Describes an argument.
    pub(crate) const fn new(name: &'static str, kind: ArgumentKind, text: &'static str) -> Self {
        Self { name, rust_name: None, kind, is_option: false, text, default: DefaultValue::Nothing }
    }

    /// Describes an option.
    pub(crate) const fn option(
        name: &'static str,
        kind: ArgumentKind,
        text: &'static str,
        default: DefaultValue,
    ) -> Self {
        Self { name, rust_name: None, kind, is_option: true, text, default }
    }

    /// Sets the name in Rust.
    pub(crate) const fn in_rust(self, name: &'static str) -> Self {
        Self { rust_name: Some(name), ..self }
    }
}

impl ErrorCase {
    /// Describes an error.
    #[must_use]
    pub const fn new(error: &'static str, when: &'static str) -> Self {
        Self { error, when }
    }
}

impl Documentation {
    /// The first paragraph.
    pub fn summary(&self) -> &'static str {
        self.text.trim().split_once("\n\n").map_or(self.text.trim(), |(summary, _)| summary)
    }

    /// Returns the consequence of an unknown outcome as a part of an error message: without
    /// Markdown, with the names of a language.
    pub(crate) fn unknown_outcome_message(&self, naming: Naming) -> Option<String> {
        let text = self.unknown_outcome?.trim_end_matches('.');
        // Links are in backticks within brackets, names in backticks.
        let parts = text.replace("[`", "`").replace("`]", "`");
        let parts = parts.split('`').enumerate();
        Some(
            parts
                .map(|(index, part)| if index % 2 == 0 { part.to_owned() } else { plain_name(part, naming) })
                .collect(),
        )
    }

    /// The paragraphs after the first one.
    pub fn details(&self) -> &'static str {
        self.text.trim().split_once("\n\n").map_or("", |(_, details)| details)
    }
}

/// Converts ``CustomFields::list`` to the name of the method in a language, such as
/// `customFields.list`; other names to its naming.
fn plain_name(name: &str, naming: Naming) -> String {
    let Some((resource, method)) = name.split_once("::") else {
        return naming.convert(name).into_owned();
    };
    let mut snake = String::new();
    for letter in resource.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    format!("{}.{}", naming.convert(&snake), naming.convert(method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consequence_names_methods_as_each_language_does() {
        let documentation = Documentation {
            text: "",
            returns: "",
            later: "",
            errors: &[],
            unknown_outcome: Some("it may exist; check the `total_calls` of [`CustomFields::hang_up`] first."),
            example: "",
        };
        let message = |naming| documentation.unknown_outcome_message(naming);
        let snake = "it may exist; check the total_calls of custom_fields.hang_up first";
        assert_eq!(message(Naming::Snake).as_deref(), Some(snake));
        let camel = "it may exist; check the totalCalls of customFields.hangUp first";
        assert_eq!(message(Naming::Camel).as_deref(), Some(camel));
    }
}
