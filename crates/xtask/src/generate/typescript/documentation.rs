//! Sentences of the catalog as comments: names in camel case, wrapped to a readable width.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use callfluent::catalog;
use callfluent::schema::{Field, Kind, Naming, Shape};

/// How wide a comment may be, its indentation included.
const WIDTH: usize = 120;

/// A comment with these paragraphs or tags, indented by `indent`.
pub(super) fn comment(indent: &str, parts: &[String]) -> String {
    let (mut lines, mut continues) = (Vec::new(), false);
    for part in parts.iter().filter(|part| !part.trim().is_empty()) {
        // Tags and entries of a list stand under each other; paragraphs have a line between them.
        let listed = part.starts_with(['@', '-']);
        let follows_directly = lines.is_empty() || (listed && continues);
        if !follows_directly {
            lines.push(String::new());
        }
        continues = listed;
        lines.append(&mut wrapped(part, WIDTH - indent.len() - 3));
    }
    if let [line] = lines.as_slice()
        && line.len() + indent.len() + 7 <= WIDTH
    {
        return format!("{indent}/** {line} */\n");
    }
    let mut text = format!("{indent}/**\n");
    for line in lines {
        let space = if line.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{indent} *{space}{line}");
    }
    text + indent + " */\n"
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let continued = if text.starts_with('@') { "  " } else { "" };
        match lines.last_mut() {
            Some(line) if line.trim().is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{continued}{word}")),
        }
    }
    lines
}

/// The paragraphs of a documentation text, with public names in camel case and without what is Rust's own.
pub(super) fn paragraphs(documentation: &str) -> Vec<String> {
    documentation
        .trim()
        .split("\n\n")
        .filter(|paragraph| !paragraph.contains("::"))
        .map(|paragraph| in_camel_case(paragraph).replace("in `extra`", "there under its own name"))
        .collect()
}

/// A field's meaning and example in one sentence or two.
pub(super) fn of_field(field: &Field) -> String {
    let meaning = in_camel_case(field.documentation);
    match field.example {
        Some(example) if !meaning.contains(example) => format!("{meaning} Example: `{example}`."),
        _ => meaning,
    }
}

/// A text on one line, whose names in backticks are written the way TypeScript has them.
fn in_camel_case(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined
        .split('`')
        .enumerate()
        .map(|(index, piece)| match index % 2 {
            1 if NAMES.contains(piece) => Naming::Camel.write(piece).into_owned(),
            _ => piece.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("`")
}

/// The public names of fields, parameters and operations.
static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut names = HashSet::new();
    for operation in catalog::operations() {
        names.insert(operation.name.to_owned());
        for parameter in operation.parameters {
            names.insert(parameter.field.name.to_owned());
            add_kind(&parameter.field.kind, &mut names);
        }
        add_kind(&operation.output, &mut names);
    }
    names
});

fn add_kind(kind: &Kind, names: &mut HashSet<String>) {
    match kind {
        Kind::List(kind) | Kind::Map(kind) => add_kind(kind, names),
        Kind::Record(shape) | Kind::Page(shape) => add_shape(shape, names),
        Kind::Union(union) => {
            names.insert(union.tag.name.to_owned());
            union.variants.iter().for_each(|variant| add_shape(variant.shape, names));
        }
        _ => {}
    }
}

fn add_shape(shape: &Shape, names: &mut HashSet<String>) {
    for field in shape.fields {
        names.insert(field.name.to_owned());
        add_kind(&field.kind, names);
    }
}
