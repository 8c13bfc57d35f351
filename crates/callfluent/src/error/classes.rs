//! The classes of errors in Python and Node. Bindings and generators take their names from here.
//! Tests compare the classes of the packages.

use super::Error;

/// Classes that hooks see as the error of an attempt.
pub(crate) const INVALID_REQUEST: &str = "InvalidRequestError";
pub(crate) const CONNECTION: &str = "APIConnectionError";
pub(crate) const TIMEOUT: &str = "APITimeoutError";
pub(crate) const RESPONSE: &str = "APIResponseError";

/// Defines [`Error::name`] and the list of all classes.
macro_rules! classes {
    ($($kind:ident => $class:expr),* $(,)?) => {
        impl Error {
            /// Returns the name of the error's class in Python and Node, such as `RateLimitError`.
            /// For [`Error::File`], Python raises an `OSError`.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$kind(_) => $class, )* }
            }
        }

        /// The kinds of [`Error`] with their classes in Python and Node.
        #[doc(hidden)]
        pub const ERROR_CLASSES: &[(&str, &str)] = &[$( (stringify!($kind), $class) ),*];
    };
}

classes! {
    InvalidRequest => INVALID_REQUEST,
    Connection => CONNECTION,
    Timeout => TIMEOUT,
    BadRequest => "BadRequestError",
    LimitReached => "LimitReachedError",
    Authentication => "AuthenticationError",
    PermissionDenied => "PermissionDeniedError",
    NotFound => "NotFoundError",
    Conflict => "ConflictError",
    UnprocessableEntity => "UnprocessableEntityError",
    RateLimit => "RateLimitError",
    InternalServer => "InternalServerError",
    DroppedFields => "DroppedFieldsError",
    OutcomeUnknown => "OutcomeUnknownError",
    Status => "APIStatusError",
    Response => RESPONSE,
    File => "CallFluentError",
}
