//! Phone numbers as people and forms write them, such as `+1 (555) 000-1234`.

/// Numbers of digits in a number that can be dialed (E.164): the shortest have a country code of
/// three digits and four others.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Characters between the digits of a formatted phone number, including non-breaking spaces and
/// typographic hyphens.
const SEPARATORS: [char; 12] =
    [' ', '-', '.', '/', '(', ')', '\u{a0}', '\u{202f}', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];
/// A trunk prefix, which must not be dialed after the country code.
const TRUNK_PREFIX: &str = "(0)";

/// The remedy against a phone number that is a number: a table that guesses types made it one.
pub(crate) const NUMBER_AS_PHONE_NUMBER: &str =
    "a number has lost the plus and the leading zeros of a phone number: pass a string";

/// Returns a phone number in E.164 format, without separators: `+` and 7 to 15 digits, the first of
/// which is not 0. Returns `None` if it has another form, such as an extension or a trunk prefix.
pub(super) fn to_e164(number: &str) -> Option<String> {
    let rest = without_leading_separators(number).strip_prefix('+').filter(|rest| !rest.contains(TRUNK_PREFIX))?;
    let mut e164 = String::from("+");
    for character in rest.chars().filter(|character| !SEPARATORS.contains(character)) {
        if !character.is_ascii_digit() {
            return None;
        }
        e164.push(character);
    }
    (DIGITS.contains(&(e164.len() - 1)) && !e164.starts_with("+0")).then_some(e164)
}

/// Returns a phone number without spaces and parentheses before it, as in `(+1) 555`.
fn without_leading_separators(number: &str) -> &str {
    number.trim_start_matches([' ', '\u{a0}', '\u{202f}', '('])
}

/// Returns how to correct a phone number that cannot be dialed, if its form shows it.
pub(super) fn remedy(number: &str) -> Option<&'static str> {
    if number.contains(TRUNK_PREFIX) {
        Some("remove (0)")
    } else if without_leading_separators(number).starts_with("00") {
        Some("write + instead of 00")
    } else if number.contains("ext") || number.contains('x') || number.contains('#') {
        Some("remove the extension")
    } else if !number.contains('+') && number.contains(|character: char| character.is_ascii_digit()) {
        Some("add + and the country code")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{remedy, to_e164};

    #[test]
    fn phone_numbers_have_the_shared_format() {
        let vectors = include_str!("../../../../tests/wire/phone-numbers.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        assert!(!vectors.is_empty());
        for vector in vectors {
            let number = vector["number"].as_str().unwrap();
            assert_eq!(to_e164(number).as_deref(), vector["e164"].as_str(), "{number:?}");
            if vector["e164"].is_null() {
                assert_eq!(remedy(number), vector["remedy"].as_str(), "{number:?}");
            }
        }
    }
}
