//! Offline mode: a recorder then forwards nothing to another machine.

use std::io;

pub(super) const OFFLINE_VARIABLE: &str = "CALLFLUENT_OFFLINE";

/// Decodes a value of the variable `CALLFLUENT_OFFLINE`, in the forms that clients take; `None` for
/// an empty value.
///
/// # Errors
/// The value has another form. A misspelled value must not let a test reach the API.
pub(super) fn offline_of(variable: &str) -> io::Result<Option<bool>> {
    match variable.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "1" | "true" | "yes" | "on" => Ok(Some(true)),
        "0" | "false" | "no" | "off" => Ok(Some(false)),
        _ => {
            let text = format!("{OFFLINE_VARIABLE} must be 1 or 0, got {variable:?}");
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
    }
}
