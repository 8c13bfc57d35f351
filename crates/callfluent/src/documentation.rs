//! Everything that users read about an operation, once for all languages. `cargo xtask generate`
//! renders it as rustdoc, as a Python docstring and as `TSDoc`.
//!
//! Text is Markdown. A link to an item, such as ``[`Error::NotFound`]``, ``[`Agents::patch`]`` or
//! ``[`Agent`]``, takes the name that the item has in each language; the generator fails if there
//! is no such item. A public name in backticks, such as `phone_number`, takes the spelling of each
//! language.

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

    /// The paragraphs after the first one.
    pub fn details(&self) -> &'static str {
        self.text.trim().split_once("\n\n").map_or("", |(_, details)| details)
    }
}
