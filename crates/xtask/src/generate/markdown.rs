//! Text of docstrings and of rustdoc as plain Markdown, for pages.

/// Converts the links and code spans of docstrings and of rustdoc to Markdown without links.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace("``", "`").replace(":meth:`", "`").replace(":class:`", "`");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("{@link ") {
        let (target, after) = after.split_once('}').unwrap_or((after, ""));
        plain.extend([before, "`", target, "`"]);
        rest = after;
    }
    plain.push_str(rest);
    // [`Error::NotFound`](crate::Error::NotFound)
    let mut unlinked = String::new();
    let mut rest = plain.as_str();
    while let Some((before, after)) = rest.split_once("](crate::") {
        let start = before.rfind('[').unwrap_or(before.len());
        unlinked.push_str(&before[..start]);
        unlinked.push_str(before.get(start + 1..).unwrap_or_default());
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    unlinked.push_str(rest);
    unlinked
}

/// A cell of a table: a pipe would end it, and a paragraph has one line.
pub(super) fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_all_languages_become_code_spans() {
        assert_eq!(plain("See :meth:`list` and ``id``."), "See `list` and `id`.");
        assert_eq!(plain("See {@link Agents.list} or {@link Page}."), "See `Agents.list` or `Page`.");
        assert_eq!(plain("See [`Error::Status`](crate::Error::Status), [x](y)."), "See `Error::Status`, [x](y).");
    }

    #[test]
    fn pipes_do_not_end_a_cell() {
        assert_eq!(cell("`int | str`"), "`int \\| str`");
    }
}
