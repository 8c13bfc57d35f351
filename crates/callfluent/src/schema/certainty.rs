//! Certainty of facts that the API documentation does not contain.

/// A sentence about a value with a certainty, as a literal for doc comments.
macro_rules! certainty_of_value {
    (printed) => {
        "Certainty: printed on another public page of the API."
    };
    (inferred) => {
        "Certainty: inferred; no public page prints it."
    };
}
pub(crate) use certainty_of_value;

/// The source of a fact about the API, from the most certain to the least certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certainty {
    /// The Agent Services documentation contains it.
    Documented,
    /// Another public page of the API prints it.
    Printed,
    /// Another public page of the API prints it in part; the stored copy ends before the rest.
    Cut,
    /// Public programs do it. The server may do more or less than they show.
    Seen,
    /// It follows from published facts, but no page prints it.
    Inferred,
}

impl Certainty {
    /// Returns the name in lower case, such as `printed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Printed => "printed",
            Self::Cut => "cut",
            Self::Seen => "seen",
            Self::Inferred => "inferred",
        }
    }

    /// Returns one sentence about a value with this certainty.
    pub const fn of_value(self) -> &'static str {
        match self {
            Self::Documented => "The API reference contains this value.",
            Self::Printed | Self::Cut => certainty_of_value!(printed),
            Self::Seen => "Certainty: seen in public programs.",
            Self::Inferred => certainty_of_value!(inferred),
        }
    }

    /// Returns one sentence about an endpoint with this certainty.
    pub const fn of_endpoint(self) -> &'static str {
        match self {
            Self::Documented => "The API reference contains the requests, but not this combination of them.",
            Self::Printed => {
                "The API reference does not contain this endpoint. Certainty: printed on another public page of the API."
            }
            Self::Cut => {
                "The API reference does not contain this endpoint. Certainty: another public page of the API prints \
                 its path, but not its response."
            }
            Self::Seen => {
                "The API reference does not contain this endpoint. Certainty: seen in public programs; the server may \
                 do more or less than they show."
            }
            Self::Inferred => "The API reference does not contain this endpoint. Certainty: inferred.",
        }
    }
}
