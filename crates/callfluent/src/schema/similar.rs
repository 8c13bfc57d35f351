//! Suggestions for misspelled names.

/// Minimum length of a beginning that counts as the whole name: `transcript` of `transcription`.
const MIN_BEGINNING: usize = 8;

/// Returns the candidates that are most similar to a name, or nothing if none is similar.
pub fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<_> = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate)).collect();
    found.sort_unstable();
    found.dedup();
    let nearest = found.first().map_or(0, |(distance, _)| *distance).min(name.chars().count().div_ceil(3));
    found.into_iter().filter(|(distance, _)| *distance <= nearest).map(|(_, candidate)| candidate).collect()
}

/// Returns whether a name is one letter away from a candidate. Unrelated names can be two away.
pub fn is_misspelled<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> bool {
    candidates.into_iter().any(|candidate| distance(name, candidate) == 1)
}

/// Returns whether two names differ in case and separators at most: `timeOut` and `time_out`.
pub(crate) fn is_same_word(name: &str, other: &str) -> bool {
    word(name) == word(other)
}

/// Returns whether a name, among names that may be any, is probably another one, misspelled. The
/// rule is stricter than that of [`similar`]: a name that is meant must not be rejected often.
pub(crate) fn is_close(name: &str, known: &str) -> bool {
    let (given, wanted) = (word(name), word(known));
    if name == known {
        return false;
    }
    let length = given.chars().count();
    let limit = match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    // `phone_number_2` is another field.
    let is_numbered =
        given.ends_with(|last: char| last.is_ascii_digit()) && !wanted.ends_with(|last: char| last.is_ascii_digit());
    let starts_alike = given.chars().next() == wanted.chars().next();
    given == wanted || (starts_alike && !is_numbered && distance(&given, &wanted) <= limit)
}

/// Returns whether a name is close to a known one, or the beginning of it.
pub(crate) fn is_close_or_beginning(name: &str, known: &str) -> bool {
    let given = word(name);
    let is_beginning = given.len() >= MIN_BEGINNING && word(known).starts_with(given.trim_end_matches('s'));
    is_close(name, known) || (is_beginning && name != known)
}

/// Returns a name without separators, in lower case.
fn word(name: &str) -> String {
    name.chars().filter(|character| !matches!(character, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Number of letters to insert, remove, replace or swap with the next one to turn one name into the
/// other (Damerau-Levenshtein distance).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut passed = None;
    for letter in one.chars() {
        let mut next = vec![row.first().map_or(0, |first| first + 1)];
        let mut left = None;
        for (index, at) in other.iter().enumerate() {
            let get = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut least = get(&row, index) + usize::from(letter != *at);
            least = least.min(get(&row, index + 1) + 1).min(get(&next, index) + 1);
            if index > 0 && left == Some(letter) && passed == Some(*at) {
                least = least.min(get(&before, index - 1) + 1);
            }
            next.push(least);
            left = Some(*at);
        }
        before = std::mem::replace(&mut row, next);
        passed = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_name_and_nothing_far_away() {
        let known = ["instructions", "tone", "timezone"];
        assert_eq!(similar("instrctions", known), ["instructions"]);
        assert_eq!(similar("tnoe", known), ["tone"]);
        assert!(similar("webhook", known).is_empty());
        assert!(is_misspelled("tnoe", known));
        assert!(!is_misspelled("type", known) && !is_misspelled("tone", known));
    }
    #[test]
    fn a_close_name_is_misspelled_and_not_another_name() {
        for name in ["check_field", "check_filed", "checkFields", "CHECK_FIELDS", "check-fields"] {
            assert!(is_close(name, "check_fields"), "{name}");
        }
        for name in ["check_fields", "check", "fields", "check_fields_2", "checked", "field"] {
            assert!(!is_close(name, "check_fields"), "{name}");
        }
        for (name, known) in [("agent_name", "agent_id"), ("phone", "phone_number"), ("time", "timeout")] {
            assert!(!is_close(name, known), "{name}");
        }
        for name in ["transcript", "transcripts", "transciption", "Transcription"] {
            assert!(is_close_or_beginning(name, "transcription"), "{name}");
        }
        for name in ["prescription", "description", "transcription", "trans"] {
            assert!(!is_close_or_beginning(name, "transcription"), "{name}");
        }
    }
}
