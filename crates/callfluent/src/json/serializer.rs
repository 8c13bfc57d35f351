//! Encodes a scanned value with any serializer of serde.

use serde::ser::{Error as _, Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::document::Json;

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Other serializers than that of JSON text do not know source text.
        if !self.is_lossless() {
            return self.to_raw().serialize(serializer);
        }
        if let Some(entries) = self.entries() {
            let mut map = serializer.serialize_map(None)?;
            for entry in entries {
                map.serialize_entry(&entry.key(), &entry.raw)?;
            }
            return map.end();
        }
        if let Some(elements) = self.elements() {
            let mut sequence = serializer.serialize_seq(None)?;
            for element in elements {
                sequence.serialize_element(&element)?;
            }
            return sequence.end();
        }
        match self.first() {
            b'n' => serializer.serialize_unit(),
            b't' => serializer.serialize_bool(true),
            b'f' => serializer.serialize_bool(false),
            b'"' => match self.as_string() {
                Some(string) => serializer.serialize_str(&string),
                None => Err(S::Error::custom("lone surrogate in a string")),
            },
            _ => match self.get().parse::<i64>() {
                Ok(number) if self.is_integer() => serializer.serialize_i64(number),
                _ => serializer.serialize_f64(self.get().parse().map_err(S::Error::custom)?),
            },
        }
    }
}
