//! Everything that users read about an operation, once for all languages. `cargo xtask generate`
//! renders it as rustdoc, as a Python docstring and as `TSDoc`.
//!
//! Text is Markdown. A link to an item, such as ``[`Error::NotFound`]``, ``[`Agents::patch`]`` or
//! ``[`Agent`]``, takes the name that the item has in each language; the generator fails if there
//! is no such item. A public name in backticks, such as `phone_number`, takes the spelling of each
//! language.

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
