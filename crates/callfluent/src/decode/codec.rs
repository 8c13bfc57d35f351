//! Writes a record of a response as public JSON. This is the fast path of the bindings: it copies
//! most values verbatim from the response. The result equals decoding and encoding (checked by a
//! property test).

use std::borrow::Cow;

use serde_json::Value;

use super::context::DecodeContext;
use super::field_names::{FieldNames, NamedField};
use super::field_order::FieldOrder;
use super::public_json::PublicJson;
use super::traits::{Decode, Encoded};
use crate::json::{Document, Entry, Json, VerbatimSpan};
use crate::schema::{Field, Kind, Naming, RecordType};

/// The functions that write a field of a response, beside its [`Field`].
#[derive(Clone, Copy)]
pub(crate) struct FieldCodec {
    /// See [`Decode::write_public`].
    write_public: fn(Json<'_>, &mut DecodeContext<'_>, &mut PublicJson) -> bool,
    /// See [`Decode::is_passthrough`].
    is_passthrough: fn(Json<'_>) -> bool,
}

impl FieldCodec {
    /// The codec of a field of this type.
    pub(crate) const fn new<T: Decode>() -> Self {
        Self { write_public: T::write_public, is_passthrough: T::is_passthrough }
    }

    fn value_is_passthrough(self, field: &Field, raw: Json<'_>) -> bool {
        // An id that is documented as a string is written as a string.
        let is_written_alike = || !matches!(field.kind, Kind::StringId) || !matches!(raw.first(), b'-' | b'0'..=b'9');
        (self.is_passthrough)(raw) && is_written_alike()
    }
}

/// Decodes a response and returns it as public JSON. `None` as input is an omitted value; `None` as
/// result means that the value cannot be decoded.
pub(crate) fn decode_public<T: Decode>(
    raw: Option<Json<'_>>,
    context: &mut DecodeContext<'_>,
    naming: Naming,
) -> Option<PublicJson> {
    let mut out = PublicJson::new(naming);
    let written = match raw {
        Some(raw) => T::write_public(raw, context, &mut out),
        None => {
            out.value(&T::absent().public_value(naming));
            true
        }
    };
    written.then_some(out)
}

/// Encodes a decoded value as public JSON.
pub(crate) fn encode_public<T: Decode>(value: &T, naming: Naming) -> PublicJson {
    let text = serde_json::to_string(&Encoded(value)).unwrap_or_default();
    let document = Document::parse(text.as_bytes()).ok();
    let written = document
        .and_then(|document| decode_public::<T>(Some(document.root()), &mut DecodeContext::without_drift(), naming));
    // What was encoded can be decoded.
    written.unwrap_or_else(|| PublicJson::new(naming))
}

/// Writes a record; returns `false` if the value is not an object.
pub(crate) fn write_record(
    record: &'static RecordType,
    order: &'static FieldOrder,
    codecs: &'static [FieldCodec],
    raw: Json<'_>,
    context: &mut DecodeContext<'_>,
    out: &mut PublicJson,
) -> bool {
    let Some(entries) = raw.entries() else {
        return false;
    };
    if out.is_empty() {
        // Public names can be slightly longer than the API's names.
        out.reserve(raw.get().len() / 16 * 17 + 64);
    }
    context.in_record(record.name, |context| {
        let mut seen = 0;
        let mut names = FieldNames::new(record, order, entries.clone());
        let mut verbatim = VerbatimSpan::default();
        out.push("{");
        for entry in entries {
            let field = names.field(entry).and_then(|known| Some((known, codecs.get(known.position).copied()?)));
            seen |= field.map_or(0, |(known, _)| 1 << known.position);
            let is_passthrough = |(known, codec): (NamedField, FieldCodec)| {
                known.has_documented_name
                    && known.field.name_is_passthrough(out.naming())
                    && codec.value_is_passthrough(known.field, entry.raw)
            };
            if field.is_some_and(is_passthrough) {
                let before = verbatim.extend(entry);
                write_span(before, raw, out);
                continue;
            }
            write_span(verbatim.take(), raw, out);
            match field {
                Some((known, codec)) => write_field(known.field, codec, entry, context, out),
                None => write_undocumented_field(record, entry, &mut names, context, out),
            }
        }
        write_span(verbatim, raw, out);
        out.push("}");
        context.missing_fields(record, seen);
    });
    true
}

/// Copies adjacent fields of `record`.
fn write_span(span: VerbatimSpan, record: Json<'_>, out: &mut PublicJson) {
    if let Some(fields) = span.slice(record.document()) {
        out.separate();
        out.push(fields);
    }
}

fn write_field(
    field: &'static Field,
    codec: FieldCodec,
    entry: Entry<'_>,
    context: &mut DecodeContext<'_>,
    out: &mut PublicJson,
) {
    out.separate();
    out.push("\"");
    out.push(field.public_name(out.naming()));
    out.push("\":");
    if codec.value_is_passthrough(field, entry.raw) {
        out.copy(entry.raw);
        return;
    }
    let start = out.len();
    context.in_field(field.name, |context| {
        if !(codec.write_public)(entry.raw, context, out) {
            context.invalid_value();
            out.undocumented(entry.raw);
        }
    });
    if matches!(field.kind, Kind::StringId) {
        out.quote_number(start);
    }
}

/// Writes an undocumented field, unless its name is the public name of a documented field that is
/// present.
fn write_undocumented_field(
    record: &RecordType,
    entry: Entry<'_>,
    names: &mut FieldNames<'_>,
    context: &mut DecodeContext<'_>,
    out: &mut PublicJson,
) {
    let key = entry.key();
    if record.documented {
        context.unknown_field(&key);
    }
    let namesake = record.fields.iter().position(|field| field.public_name(out.naming()) == key);
    if namesake.is_some_and(|position| names.is_present(position)) {
        return;
    }
    out.separate();
    match key {
        // A name that is borrowed from the source text contains no characters to escape.
        Cow::Borrowed(name) => {
            out.push("\"");
            out.push(name);
            out.push("\"");
        }
        Cow::Owned(name) => out.value(&Value::String(name)),
    }
    out.push(":");
    out.undocumented(entry.raw);
}
