//! Phone numbers as people and forms write them, such as `+1 (555) 000-1234`.

/// Maximum number of digits (E.164).
const MAX_DIGITS: usize = 15;
/// Characters between the digits of a formatted phone number, including non-breaking spaces and
/// typographic hyphens.
const SEPARATORS: [char; 12] =
    [' ', '-', '.', '/', '(', ')', '\u{a0}', '\u{202f}', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];
/// A trunk prefix, which must not be dialed after the country code.
const TRUNK_PREFIX: &str = "(0)";

/// Returns a phone number in E.164 format, without separators. Returns `None` if it has no country
/// code, or contains an extension or a trunk prefix.
pub(super) fn to_e164(number: &str) -> Option<String> {
    let rest = number.strip_prefix('+').filter(|rest| !rest.contains(TRUNK_PREFIX))?;
    let mut e164 = String::from("+");
    for character in rest.chars().filter(|character| !SEPARATORS.contains(character)) {
        if !character.is_ascii_digit() {
            return None;
        }
        e164.push(character);
    }
    (2..=MAX_DIGITS + 1).contains(&e164.len()).then_some(e164)
}

#[cfg(test)]
mod tests {
    use super::to_e164;

    #[test]
    fn removes_separators_after_a_plus() {
        for (number, e164) in [
            ("+15550001234", "+15550001234"),
            ("+1 (555) 000-1234", "+15550001234"),
            ("+44\u{a0}20\u{202f}7946\u{2011}0958", "+442079460958"),
            ("+49.30/1234", "+49301234"),
        ] {
            assert_eq!(to_e164(number).as_deref(), Some(e164));
        }
    }

    #[test]
    fn rejects_numbers_that_cannot_be_dialed_as_written() {
        let extension = "+1 555 000 1234 ext. 5";
        for number in
            ["", "+", "555 0001", "0049 30 1234", "+44 (0)20 7946 0958", extension, "+1\n5", "+1234567890123456"]
        {
            assert_eq!(to_e164(number), None, "{number:?}");
        }
    }
}
