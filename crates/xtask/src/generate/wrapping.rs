//! Wraps documentation to 100 columns, with the margin of the language.

/// Wraps a paragraph. Its lines after the first one begin with `margin`; `reserved` columns remain
/// free, e.g. for quotes.
pub(super) fn paragraph(text: &str, margin: &str, reserved: Option<usize>) -> String {
    let width = 100 - margin.chars().count() - reserved.unwrap_or_default();
    lines_of(text, width).join(&format!("\n{margin}"))
}

/// A comment with these paragraphs, on one line if it fits. Entries of a list follow each other
/// directly.
pub(super) fn tsdoc(parts: &[String], margin: &str) -> String {
    if let [part] = parts
        && margin.len() + part.chars().count() + 7 <= 100
    {
        return format!("/** {part} */");
    }
    let mut lines = vec![format!("{margin}/**")];
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && !part.starts_with("- ") {
            lines.push(format!("{margin} *"));
        }
        let wrapped = lines_of(part, 97 - margin.len());
        lines.extend(wrapped.iter().map(|line| format!("{margin} * {line}")));
    }
    lines.push(format!("{margin} */"));
    lines.join("\n").trim_start().to_owned()
}

/// Wraps one paragraph. Links and code spans stay on one line.
fn lines_of(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut word, mut open) = (String::new(), false);
    for piece in text.split_whitespace() {
        if open {
            word.push(' ');
        }
        word.push_str(piece);
        open = word.matches('`').count() % 2 == 1 || word.rfind("{@link") > word.rfind('}');
        if open {
            continue;
        }
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(std::mem::take(&mut word)),
        }
        word.clear();
    }
    lines.extend((!word.is_empty()).then_some(word));
    lines
}
