//! Errors about requests: invalid fields with their reasons, suggestions for unknown names, and the
//! error responses of the API.

mod error_response;
mod field_error;
mod suggestion;

pub(crate) use error_response::ErrorResponse;
pub use field_error::{FieldError, FieldErrors};
pub(crate) use suggestion::did_you_mean;
