//! Finds phone numbers in text, and replaces their digits in the notation that the text has.

/// The number of digits after `+` in E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// The number of digits of a number that has no other sign of a phone number.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 10..=15;
/// The number of digits of a number in several groups that begins with 0.
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 9..=15;
const AMERICA: char = '1';
/// The prefix of international numbers in most countries.
const INTERNATIONAL: &str = "00";

/// A phone number in text, or digits that may be one.
pub(super) struct Found<'a> {
    /// The digits of the number in E.164, without `+`.
    pub(super) digits: &'a str,
    pub(super) certainty: Certainty,
}

/// The signs of a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// Only digits, as in many other values.
    Possible,
    /// Only digits, as many as most phone numbers have: `4155550123`.
    Likely,
    /// The notation is that of a phone number.
    Certain,
}

/// Returns true if a string without `+` can be a phone number.
pub(super) fn is_number(digits: &str) -> bool {
    DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns true if the digits are a replacement, which nobody has as a number.
pub(super) fn is_replacement(digits: &str) -> bool {
    digits.len() >= 11 && digits.starts_with("19") && digits.get(digits.len() - 7..digits.len() - 2) == Some("55501")
}

/// Returns true if digits are a time: seconds or milliseconds since 1970, or as in
/// `20260112090000`. No number of a country that begins with 1 has 10 or 13 digits.
pub(super) fn is_time(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok());
    match digits.len() {
        10 | 13 => digits.starts_with(AMERICA),
        14 => {
            let within = |range, limit| part(range).is_some_and(|value| value <= limit);
            digits.starts_with("20") && within(4..6, 12) && within(6..8, 31) && within(8..10, 23) && within(10..12, 59)
        }
        _ => false,
    }
}

/// Replaces numbers. `replacement` returns the new digits, or `None` for a number that stays.
pub(super) fn replace(text: &str, mut replacement: impl FnMut(Found<'_>) -> Option<String>) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let number = if before.is_alphanumeric() { None } else { number_at_start(rest, before) };
        let (length, digits, certainty) = number.unwrap_or((first.len_utf8(), String::new(), Certainty::Possible));
        let (shown, after) = rest.split_at(length);
        let found = Found { digits: &digits, certainty };
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

/// Writes digits in the notation of a number: without the country code if it has none, and without
/// separators if the numbers of digits differ.
fn in_notation(shown: &str, digits: &str) -> String {
    let count = shown.bytes().filter(u8::is_ascii_digit).count();
    let national = digits.strip_prefix(AMERICA).filter(|national| national.len() == count);
    if shown.starts_with(INTERNATIONAL) {
        return format!("{INTERNATIONAL}{digits}");
    }
    let Some(same_length) = national.or((digits.len() == count).then_some(digits)) else {
        return digits.to_owned();
    };
    let mut new = same_length.chars();
    shown.chars().map(|letter| if letter.is_ascii_digit() { new.next().unwrap_or(letter) } else { letter }).collect()
}

/// Returns the length, the digits and the certainty of the number at the start of a text.
fn number_at_start(text: &str, before: char) -> Option<(usize, String, Certainty)> {
    let (groups, length) = groups(text)?;
    let digits = groups.concat();
    if let Some(international) = text.strip_prefix('+') {
        let contiguous = international.bytes().take_while(u8::is_ascii_digit).count();
        if contiguous >= *DIGITS.start() {
            let digits = international.get(..contiguous).filter(|digits| is_number(digits))?;
            return Some((1 + contiguous, digits.to_owned(), Certainty::Certain));
        }
        return is_number(&digits).then_some((length, digits, Certainty::Certain));
    }
    // Between these characters, digits are a part of a URL, a UUID or a decimal number.
    let is_part = "/#_-.".contains(before) || text.get(length..)?.starts_with(['/', '_', '-']);
    let american = format!("{AMERICA}{digits}");
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    let foreign = digits.strip_prefix(INTERNATIONAL).filter(|foreign| is_number(foreign) && !foreign.starts_with('0'));
    if let Some(foreign) = foreign.filter(|_| !is_part) {
        let certainty = if lengths.len() > 1 { Certainty::Certain } else { Certainty::Likely };
        return Some((length, foreign.to_owned(), certainty));
    }
    match lengths.as_slice() {
        [3, 3, 4] => Some((length, american, Certainty::Certain)),
        [1, 3, 3, 4] if digits.starts_with(AMERICA) => Some((length, digits, Certainty::Certain)),
        [10] if !is_part && !digits.starts_with('0') => Some((length, american, likely(&digits))),
        [digits_count] if !is_part && BARE_DIGITS.contains(digits_count) => {
            let certainty = likely(&digits);
            Some((length, digits, certainty))
        }
        [10] => Some((length, american, Certainty::Possible)),
        [7..=15] => Some((length, digits, Certainty::Possible)),
        [_] => None,
        _ if !is_part && is_replacement(&digits) => Some((length, digits, Certainty::Certain)),
        _ if !is_part && digits.len() == 10 && is_replacement(&american) => {
            Some((length, american, Certainty::Certain))
        }
        [2..=5, ..] if !is_part && is_national(text.get(..length)?, &groups) => {
            Some((length, digits, Certainty::Certain))
        }
        _ => None,
    }
}

fn likely(digits: &str) -> Certainty {
    if is_time(digits) { Certainty::Possible } else { Certainty::Likely }
}

/// Returns true if groups that begin with 0 are a number, as in `020 7946 0958`, and not a date.
fn is_national(shown: &str, groups: &[&str]) -> bool {
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let separators: std::collections::BTreeSet<_> = shown.matches([' ', '-', '.']).collect();
    let is_date = match groups {
        [day, month, year, ..] if day.len() == 2 && month.len() == 2 && year.len() == 4 => {
            year.starts_with("19") || year.starts_with("20")
        }
        [day, month, year, ..] if day.len() == 2 && month.len() == 2 && year.len() == 2 => separators.len() > 1,
        _ => false,
    };
    shown.trim_start_matches('(').starts_with('0') && NATIONAL_DIGITS.contains(&digits) && !is_date
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
