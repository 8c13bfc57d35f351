//! Finds phone numbers in text, and replaces their digits in the notation that the text has.

/// The number of digits after `+` in E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
const AMERICA: char = '1';

/// A phone number in text, or digits that may be one.
pub(super) struct Found<'a> {
    /// The digits of the number in E.164, without `+`.
    pub(super) digits: &'a str,
    /// False if the notation is not that of a phone number, as in `4155550123`.
    pub(super) is_certain: bool,
}

/// Returns true if a string without `+` can be a phone number.
pub(super) fn is_number(digits: &str) -> bool {
    DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Replaces numbers. `replacement` returns the new digits, or `None` for a number that stays.
pub(super) fn replace(text: &str, mut replacement: impl FnMut(Found<'_>) -> Option<String>) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let number = if before.is_alphanumeric() { None } else { number_at_start(rest) };
        let (length, digits, is_certain) = number.unwrap_or((first.len_utf8(), String::new(), false));
        let (shown, after) = rest.split_at(length);
        let found = Found { digits: &digits, is_certain };
        match (!digits.is_empty()).then(|| replacement(found)).flatten() {
            Some(new) if shown.starts_with('+') => {
                output.push('+');
                output.push_str(&new);
            }
            Some(new) => output.push_str(&in_notation(shown, &new)),
            None => output.push_str(shown),
        }
        before = shown.chars().next_back().unwrap_or(' ');
        rest = after;
    }
    output
}

/// Writes digits in the notation of a number, without the country code if it has none.
fn in_notation(shown: &str, digits: &str) -> String {
    let count = shown.bytes().filter(u8::is_ascii_digit).count();
    let mut digits = digits.chars().skip(digits.len().saturating_sub(count));
    shown.chars().map(|letter| if letter.is_ascii_digit() { digits.next().unwrap_or(letter) } else { letter }).collect()
}

/// Returns the length, the digits and the certainty of the number at the start of a text.
fn number_at_start(text: &str) -> Option<(usize, String, bool)> {
    let (groups, length) = groups(text)?;
    let digits = groups.concat();
    if let Some(international) = text.strip_prefix('+') {
        let contiguous = international.bytes().take_while(u8::is_ascii_digit).count();
        if contiguous >= *DIGITS.start() {
            let digits = international.get(..contiguous).filter(|digits| is_number(digits))?;
            return Some((1 + contiguous, digits.to_owned(), true));
        }
        return is_number(&digits).then_some((length, digits, true));
    }
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    match lengths.as_slice() {
        [3, 3, 4] => Some((length, format!("{AMERICA}{digits}"), true)),
        [1, 3, 3, 4] if digits.starts_with(AMERICA) => Some((length, digits, true)),
        [10] => Some((length, format!("{AMERICA}{digits}"), false)),
        [7..=15] => Some((length, digits, false)),
        _ => None,
    }
}

/// Returns the groups of digits at the start of a text, and the length of all of them with their
/// separators: one space, hyphen or dot, and parentheses around a group.
fn groups(text: &str) -> Option<(Vec<&str>, usize)> {
    let mut groups = Vec::new();
    let mut end = 0;
    let mut at = usize::from(text.starts_with('+'));
    loop {
        let rest = text.get(at..)?;
        let opened = usize::from(rest.starts_with('('));
        let digits = rest.get(opened..)?.bytes().take_while(u8::is_ascii_digit).count();
        let after = at + opened + digits;
        let closed = usize::from(opened == 1 && text.get(after..)?.starts_with(')'));
        if digits == 0 || opened != closed {
            break;
        }
        groups.push(text.get(at + opened..after)?);
        end = after + closed;
        let separator = usize::from(text.get(end..)?.starts_with([' ', '-', '.']));
        if separator + closed == 0 {
            break;
        }
        at = end + separator;
    }
    let is_bounded = !text.get(end..)?.starts_with(char::is_alphanumeric);
    (is_bounded && !groups.is_empty()).then_some((groups, end))
}
