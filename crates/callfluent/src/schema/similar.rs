//! Suggestions for misspelled names.

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
}
