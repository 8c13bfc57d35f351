//! The API key of scenarios, and its detection in received bytes.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The API key. Its encoding differs in URLs, JSON and HTML.
pub const KEY: &str = "12|cf/Kanarienvogel&9";
/// The part of the key that is the same in all encodings.
pub const KEY_FRAGMENT: &str = "Kanarienvogel";

/// Returns true if a header value is the key as a bearer token.
pub(crate) fn is_bearer(value: &str) -> bool {
    value.strip_prefix("Bearer ") == Some(KEY)
}

/// Returns true if the bytes contain the key in any encoding.
pub(crate) fn is_in(text: &[u8]) -> bool {
    static FORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
        (0..3).map(in_base64).chain([KEY_FRAGMENT.to_owned()]).map(|form| form.to_ascii_lowercase()).collect()
    });
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    FORMS.iter().any(|form| text.contains(form))
}

/// Returns the base64 encoding of the key's middle if `before` bytes of its first group are not
/// part of the key.
fn in_base64(before: usize) -> String {
    let skipped = (3 - before) % 3;
    let bytes = KEY_FRAGMENT.as_bytes();
    BASE64_STANDARD_NO_PAD.encode(bytes.get(skipped..skipped + 9).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn the_key_is_found_in_every_encoding() {
        assert!(is_bearer("Bearer 12|cf/Kanarienvogel&9"));
        assert!(!is_bearer("12|cf/Kanarienvogel&9") && !is_bearer("Bearer other"));
        assert!(is_in(b"/api?key=12%7ccf%2fkanarienvogel%269"));
        for before in ["", "a", "ab", "user:", "four"] {
            assert!(is_in(BASE64_STANDARD.encode(format!("{before}{KEY}")).as_bytes()), "{before}");
        }
        assert!(!is_in(b"Kanarien vogel") && !is_in(b""));
    }
}
