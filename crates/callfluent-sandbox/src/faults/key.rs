//! The key that clients of scenarios use, and where it is found in what they send.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// The key. It is written differently in URLs, JSON and HTML.
pub const KEY: &str = "12|cf/Kanarienvogel&9";
/// What is left of the key in all of them.
pub const REMNANT: &str = "Kanarienvogel";

/// Whether a header's value gives the key as the API wants it.
pub(crate) fn is_bearer(value: &str) -> bool {
    value.strip_prefix("Bearer ") == Some(KEY)
}

/// Whether the key is in a text, in whatever way it is written.
pub(crate) fn is_in(text: &[u8]) -> bool {
    static FORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
        (0..3).map(in_base64).chain([REMNANT.to_owned()]).map(|form| form.to_ascii_lowercase()).collect()
    });
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    FORMS.iter().any(|form| text.contains(form))
}

/// What base64 makes of the middle of it where so many bytes of its first group are something else's.
fn in_base64(before: usize) -> String {
    let skipped = (3 - before) % 3;
    let bytes = REMNANT.as_bytes();
    BASE64_STANDARD_NO_PAD.encode(bytes.get(skipped..skipped + 9).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn it_is_found_in_every_way_of_writing_it() {
        assert!(is_bearer("Bearer 12|cf/Kanarienvogel&9"));
        assert!(!is_bearer("12|cf/Kanarienvogel&9") && !is_bearer("Bearer other"));
        assert!(is_in(b"/api?key=12%7ccf%2fkanarienvogel%269"));
        for before in ["", "a", "ab", "user:", "four"] {
            assert!(is_in(BASE64_STANDARD.encode(format!("{before}{KEY}")).as_bytes()), "{before}");
        }
        assert!(!is_in(b"Kanarien vogel") && !is_in(b""));
    }
}
