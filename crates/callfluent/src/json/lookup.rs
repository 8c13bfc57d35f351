//! Finds one field in the text of a record without parsing the others. The client wrote the text,
//! so it is valid: only the ends of values have to be found, which takes a quarter of a parser's
//! time.

use memchr::memchr2;

use super::document::Document;

/// Returns the JSON text of the last field with this name; `None` if there is none, or if the text
/// is not an object.
pub(crate) fn find_field<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    if find_plain_field(json, name, &mut found).is_some() {
        return found;
    }
    let document = Document::parse(json.as_bytes()).ok()?;
    let span = document.root().entries()?.get(name)?.span();
    json.get(span)
}

/// Sets the JSON text of the last field with this name. Returns `None` if a parser must look for
/// it: a name with escape sequences may be any name.
fn find_plain_field<'a>(json: &'a str, name: &str, found: &mut Option<&'a str>) -> Option<()> {
    let mut cursor = Cursor { json: json.as_bytes(), index: 0 };
    if cursor.token()? != b'{' {
        return None;
    }
    loop {
        match cursor.token()? {
            b'}' => return Some(()),
            b',' => {}
            b'"' => {
                let start = cursor.index;
                cursor.string()?;
                let key = cursor.json.get(start..cursor.index.checked_sub(1)?)?;
                if cursor.token()? != b':' || key.contains(&b'\\') {
                    return None;
                }
                cursor.skip_space();
                let start = cursor.index;
                cursor.value()?;
                if key == name.as_bytes() {
                    *found = json.get(start..cursor.index);
                }
            }
            _ => return None,
        }
    }
}

/// A position in a JSON text.
struct Cursor<'a> {
    json: &'a [u8],
    index: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.json.get(self.index).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.index += 1;
        }
    }

    /// Skips white space and consumes the next byte.
    fn token(&mut self) -> Option<u8> {
        self.skip_space();
        let byte = self.peek()?;
        self.index += 1;
        Some(byte)
    }

    /// Advances past the end of a string whose opening quote was consumed.
    fn string(&mut self) -> Option<()> {
        loop {
            self.index += memchr2(b'"', b'\\', self.json.get(self.index..)?)?;
            if self.peek()? == b'"' {
                self.index += 1;
                return Some(());
            }
            self.index += 2;
        }
    }

    /// Advances past a value.
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.index += 1;
                self.string()
            }
            b'{' | b'[' => self.container(),
            _ => {
                while !matches!(self.peek()?, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r') {
                    self.index += 1;
                }
                Some(())
            }
        }
    }

    /// Advances past an object or an array.
    fn container(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            let byte = self.peek()?;
            self.index += 1;
            match byte {
                b'"' => self.string()?,
                b'{' | b'[' => open += 1,
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    if open == 0 {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::string_slice)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_field_after_any_other_value() {
        let json = r#"{"a":1,"b":"x\"}","c":{"b":[{"b":2}],"d":"]"},"e":[],"b" : [1,"}"] ,"f":-1.5e3,"g":null}"#;
        assert_eq!(find_field(json, "a"), Some("1"));
        assert_eq!(find_field(json, "b"), Some(r#"[1,"}"]"#));
        assert_eq!(find_field(json, "c"), Some(r#"{"b":[{"b":2}],"d":"]"}"#));
        assert_eq!(find_field(json, "e"), Some("[]"));
        assert_eq!(find_field(json, "f"), Some("-1.5e3"));
        assert_eq!(find_field(json, "g"), Some("null"));
        assert_eq!(find_field(json, "d"), None);
        assert_eq!(find_field("{}", "a"), None);
    }

    #[test]
    fn finds_a_field_beside_names_with_escape_sequences() {
        for (json, value) in [
            (r#"{"\u0061":1,"a":2}"#, "2"),
            (r#"{"a":1,"\u0061":2}"#, "2"),
            (r#"{"say \"a\"":1,"a":{"a":2}}"#, r#"{"a":2}"#),
            (r#"{"a":3,"C:\\":1,"\ud800":2}"#, "3"),
        ] {
            assert_eq!(find_field(json, "a"), Some(value), "{json}");
        }
        assert_eq!(find_field(r#"{"\u0062":"a"}"#, "a"), None);
    }

    #[test]
    fn finds_nothing_in_text_that_is_not_an_object() {
        for json in ["[1]", "7", "", "{", r#"{"a"#, r#"{"a":"#, r#"{"a":"\"#, r#"{"a":[}"#, "{]"] {
            assert_eq!(find_field(json, "a"), None, "{json}");
        }
    }

    #[test]
    fn finds_the_same_fields_as_a_parser_and_none_in_cut_text() {
        let json = r#"{"id":7,"ü":"\\","list":[[],{"x":"\u00e9\\\""}],"text":"a, b: {c}","last":true}"#;
        let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
        assert_eq!(whole.len(), 5);
        for (name, value) in &whole {
            let found = find_field(json, name).and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            assert_eq!(found.as_ref(), Some(value), "{name}");
        }
        for end in (0..json.len()).filter(|end| json.is_char_boundary(*end)) {
            assert_eq!(find_field(&json[..end], "id"), None, "cut after {end}");
        }
    }
}
