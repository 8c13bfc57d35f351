//! Suggestions for unknown names, for error messages such as "unknown field; did you mean ...?".

/// Returns `; did you mean ...?` with the most similar names, or nothing if none is similar.
pub(crate) fn did_you_mean<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    // Enough for the transposed, missing or extra letters of a typo. More would suggest unrelated
    // names.
    let limit = unknown.chars().count() / 3 + 1;
    let lower = unknown.to_lowercase();
    let distances: Vec<_> = known
        .into_iter()
        .map(|name| (distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    let Some(least) = distances.iter().map(|(distance, _)| *distance).min() else {
        return String::new();
    };
    let nearest = distances.iter().filter(|(distance, _)| *distance == least);
    let names: Vec<_> = nearest.map(|(_, name)| format!("`{name}`")).collect();
    format!("; did you mean {}?", names.join(" or "))
}

/// The edit distance; an abbreviation is as close as one typo.
fn distance(unknown: &str, known: &str) -> usize {
    if !unknown.is_empty() && known.starts_with(unknown) { 1 } else { strsim::damerau_levenshtein(unknown, known) }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_most_similar_names_are_suggested() {
        let known = ["calls.list", "calls.start", "calls.delete", "phone_numbers.list"];
        assert_eq!(did_you_mean("calls.strat", known), "; did you mean `calls.start`?");
        assert_eq!(did_you_mean("phoneNumbers.list", known), "; did you mean `phone_numbers.list`?");
        assert_eq!(did_you_mean("hot", ["cot", "dot"]), "; did you mean `cot` or `dot`?");
        assert_eq!(did_you_mean("delay", ["delay_ms", "body"]), "; did you mean `delay_ms`?");
        assert_eq!(did_you_mean("unrelated", known), "");
    }
}
