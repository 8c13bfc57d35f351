//! Writes answers as JSON text for JavaScript, whose numbers are exact up to 2^53: whole numbers beyond that are written as
//! text, so that no digit of an id is lost.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The greatest whole number that JavaScript holds exactly, with all below it: 2^53 - 1.
const GREATEST_EXACT: u64 = (1 << 53) - 1;

/// An answer as JSON text.
pub(crate) fn write(answer: &Value) -> String {
    let mut text = Vec::with_capacity(256);
    let mut serializer = Serializer::with_formatter(&mut text, ExactDigits);
    // A value that was read from JSON can be written, and all of it is UTF-8.
    let _ = answer.serialize(&mut serializer);
    String::from_utf8(text).unwrap_or_default()
}

struct ExactDigits;

impl Formatter for ExactDigits {
    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        if value.unsigned_abs() > GREATEST_EXACT { write!(writer, "\"{value}\"") } else { write!(writer, "{value}") }
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        if value > GREATEST_EXACT { write!(writer, "\"{value}\"") } else { write!(writer, "{value}") }
    }
}
