//! Finds and replaces secrets in texts of a server or a library, in plain and encoded forms: a
//! server that repeats a secret writes it as its own encoder does.

/// Length from which a secret is removed even inside words. The gaps of a shorter one would reveal
/// it.
pub(crate) const MIN_LENGTH_IN_WORDS: usize = 6;

/// Replaces secrets of a request, such as passwords, in a text. A short one is replaced as a whole
/// word only.
pub(crate) fn redact_secrets(text: &str, secrets: &[String]) -> String {
    let is_in_word = |at: usize, length: usize| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + length..).and_then(|text| text.chars().next());
        [before, after].into_iter().flatten().any(char::is_alphanumeric)
    };
    let found = |at: usize, rest: &[u8]| {
        let secrets = secrets.iter().filter(|secret| !secret.is_empty());
        let lengths = secrets.filter_map(|secret| {
            let is_long = secret.len() >= MIN_LENGTH_IN_WORDS;
            encoded_length(secret, rest).filter(|length| is_long || !is_in_word(at, *length))
        });
        // The rest of a longer secret would be shown.
        lengths.max()
    };
    replace(text, "***", found).unwrap_or_else(|| text.to_owned())
}

/// Replaces each part of a text whose length `found` returns, by its position and the text from
/// there. Parts that overlap are replaced as one. Returns `None` if there is none.
pub(crate) fn replace(text: &str, replacement: &str, found: impl Fn(usize, &[u8]) -> Option<usize>) -> Option<String> {
    let mut replaced = String::new();
    let mut end = 0;
    for at in 0..text.len() {
        let Some(length) = found(at, text.as_bytes().get(at..).unwrap_or_default()) else {
            continue;
        };
        if at >= end {
            replaced.push_str(text.get(end..at).unwrap_or_default());
            replaced.push_str(replacement);
        }
        end = end.max(at + length);
    }
    if end == 0 {
        return None;
    }
    replaced.push_str(text.get(end..).unwrap_or_default());
    Some(replaced)
}

/// Returns the length of a secret at the beginning of a text: plain, or each character encoded for
/// a URL, JSON or HTML. `None` if the text begins with something else.
pub(crate) fn encoded_length(secret: &str, text: &[u8]) -> Option<usize> {
    if text.starts_with(secret.as_bytes()) {
        return Some(secret.len());
    }
    let mut at = 0;
    for character in secret.chars() {
        let rest = text.get(at..)?;
        at += match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => byte_length(byte, rest)?,
            _ => character_length(character, rest)?,
        };
    }
    Some(at)
}

/// Returns the length of an ASCII character at the beginning of a text.
fn byte_length(byte: u8, text: &[u8]) -> Option<usize> {
    match text {
        [first, ..] if *first == byte && byte != b'&' && byte != b'\\' => Some(1),
        [b'%', high, low, ..] if number(&[*high, *low], 16) == Some(byte.into()) => Some(3),
        [b'\\', b'u', digits @ ..] if number(digits.get(..4)?, 16) == Some(byte.into()) => Some(6),
        [b'\\', escaped, ..] if *escaped == byte && byte.is_ascii_punctuation() => Some(2),
        [b'&', b'#', ..] => reference(text, byte.into()),
        [b'&', ..] => {
            let named = NAMED.iter().find(|(named, name)| *named == byte && text.starts_with(name.as_bytes()));
            named.map(|(_, name)| name.len()).or((byte == b'&').then_some(1))
        }
        [b'\\', ..] if byte == b'\\' => Some(1),
        _ => None,
    }
}

/// Returns the length of any other character at the beginning of a text.
fn character_length(character: char, text: &[u8]) -> Option<usize> {
    let (mut utf8, mut utf16) = ([0; 4], [0; 2]);
    let bytes = character.encode_utf8(&mut utf8).as_bytes();
    match text {
        [b'%', ..] => prefixed(text, b"%", 2, bytes.iter().copied().map(u32::from)),
        [b'\\', b'u', ..] => {
            prefixed(text, b"\\u", 4, character.encode_utf16(&mut utf16).iter().copied().map(u32::from))
        }
        [b'&', b'#', ..] => reference(text, character.into()),
        _ => text.starts_with(bytes).then_some(bytes.len()),
    }
}

/// Returns the length of numbers at the beginning of a text, each with a prefix and hexadecimal
/// digits.
fn prefixed(text: &[u8], prefix: &[u8], digits: usize, numbers: impl Iterator<Item = u32>) -> Option<usize> {
    let mut at = 0;
    for expected in numbers {
        let found = text.get(at..)?.strip_prefix(prefix)?.get(..digits)?;
        if number(found, 16) != Some(expected) {
            return None;
        }
        at += prefix.len() + digits;
    }
    Some(at)
}

/// Named character references of HTML.
const NAMED: [(u8, &str); 6] =
    [(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&apos;"), (b'\'', "&#39;")];

/// Returns the length of a numeric character reference of HTML for a character.
fn reference(text: &[u8], character: u32) -> Option<usize> {
    let (digits, radix, before) = match text {
        [b'&', b'#', b'x' | b'X', digits @ ..] => (digits, 16, 3),
        [b'&', b'#', digits @ ..] => (digits, 10, 2),
        _ => return None,
    };
    let end = digits.iter().take(8).position(|byte| *byte == b';')?;
    (number(digits.get(..end)?, radix) == Some(character)).then_some(before + end + 1)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_in_all_encodings() {
        for text in
            ["\u{fc}\u{1f511}", "%C3%BC%f0%9f%94%91", "\\u00fc\\uD83D\\udd11", "&#252;&#x1F511;", "\u{fc}&#128273;"]
        {
            assert_eq!(encoded_length("\u{fc}\u{1f511}", text.as_bytes()), Some(text.len()), "{text}");
        }
        for text in
            ["", "\u{fc}", "\u{fc}\u{1f512}", "%C3", "%C3%BD", "\\u00fc\\uD83D", "\\u00fd", "&#253;", "&#252", "u"]
        {
            assert_eq!(encoded_length("\u{fc}\u{1f511}", text.as_bytes()), None, "{text}");
        }
    }

    fn redacted(text: &str, secrets: &[&str]) -> String {
        redact_secrets(text, &secrets.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_that_contains_another_is_replaced_as_a_whole() {
        for secrets in [["hunter22", "hunter22-new"], ["hunter22-new", "hunter22"], ["ter22-", "hunter22-new"]] {
            assert_eq!(redacted("is hunter22-new or hunter22%2Dnew", &secrets), "is *** or ***", "{secrets:?}");
        }
    }

    #[test]
    fn secrets_that_overlap_are_replaced_as_one() {
        assert_eq!(redacted("a abcdefghi b", &["abcdef", "defghi"]), "a *** b");
        assert_eq!(redacted("abcdefdefghi", &["abcdef", "defghi"]), "******");
        assert_eq!(redacted("aaaaaaa", &["aaaaaa"]), "***");
    }

    #[test]
    fn a_short_secret_is_replaced_as_a_whole_word() {
        assert_eq!(
            redacted("the cat: \"cat\" \u{e9}cat concat cats", &["cat", ""]),
            "the ***: \"***\" \u{e9}cat concat cats"
        );
        assert_eq!(redacted("nothing", &[]), "nothing");
    }
}
