//! `cargo xtask api`: the public API of each language as text, in `tests/api`. CI compares it,
//! so that a change for users is visible in review.

use std::path::Path;

use fs_err as fs;

use crate::process::{Result, cache, cargo, output, program, root, step, target_dir, timed};
use crate::{node, python};

/// Reader of the API of Python, from the stubs.
const GRIFFE: &str = "griffe==2.4.1";
/// Reader of the API of Node, from the declarations.
const API_EXTRACTOR: &str = "@microsoft/api-extractor@7";
const HEADER: &str = "# Written by `cargo xtask api`.\n";

/// Traits that code of users cannot name. Versions of rustdoc differ in whether they list them.
const UNSTABLE: [&str; 3] = ["impl Freeze ", "impl StructuralPartialEq ", "impl UnsafeUnpin "];

/// Use of an API that was read.
#[derive(Clone, Copy)]
enum Mode {
    Write,
    Check,
}

/// Writes the API of all languages.
pub(crate) fn write() -> Result {
    run(Mode::Write)
}

/// Fails if the API of a language differs from what was written.
pub(crate) fn check() -> Result {
    run(Mode::Check)
}

fn run(mode: Mode) -> Result {
    // With the features of `cargo xtask test docs`, which writes the same pages.
    step("Rust: documentation", &mut cargo("doc --workspace --no-deps --locked"))?;
    rust(mode)?;
    python(mode)?;
    if node::standing_tarballs().is_none() {
        node::build_tarballs_for_tests()?;
    }
    node(mode)
}

/// The API of the crates, from the pages that rustdoc wrote. `cargo public-api` would need a
/// nightly toolchain.
fn rust(mode: Mode) -> Result {
    timed("Rust: public API", || {
        let mut lines = Vec::new();
        for name in ["callfluent", "callfluent_sandbox"] {
            let folder = target_dir().join("doc").join(name);
            pages(&folder, name, &mut lines)?;
        }
        lines.sort();
        settle("rust.txt", &format!("{HEADER}{}\n", lines.join("\n")), mode)
    })
}

/// The API of the Python package.
fn python(mode: Mode) -> Result {
    let tools = cache("api");
    if !python::python(&tools).exists() {
        python::environment(&python::newest()?, &tools)?;
    }
    step("Python: griffe", python::pip(&tools).arg(GRIFFE))?;
    timed("Python: public API", || {
        let text = output(program(python::python(&tools)).arg(root().join("tests/api/python_api.py")))?;
        settle("python.txt", &text, mode)
    })
}

/// The API of the Node package, from the declarations of the last build.
fn node(mode: Mode) -> Result {
    let folder = cache("api").join("node");
    if !folder.join("node_modules/@microsoft/api-extractor").is_dir() {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), "{ \"private\": true }")?;
        step("Node: API Extractor", node::npm(&folder).args(["install", "--no-audit", "--no-fund", API_EXTRACTOR]))?;
    }
    timed("Node: public API", || {
        for entry in ["index", "sandbox", "webhooks"] {
            let mut extract = program("node");
            extract.current_dir(&folder).arg(root().join("tests/api/node_api.mjs")).arg(entry);
            settle(&format!("node-{entry}.txt"), &output(&mut extract)?, mode)?;
        }
        Ok(())
    })
}

/// Writes what was read, or compares it with what is there.
fn settle(name: &str, text: &str, mode: Mode) -> Result {
    let path = root().join("tests/api").join(name);
    match mode {
        Mode::Write => Ok(fs::write(&path, text)?),
        Mode::Check => match difference(&fs::read_to_string(&path).unwrap_or_default(), text) {
            None => Ok(()),
            Some(lines) => Err(format!(
                "the public API differs from tests/api/{name}: run `cargo xtask api`, review the difference and \
                 commit it:\n{lines}"
            )
            .into()),
        },
    }
}

/// Returns the first lines that only one of two texts has.
fn difference(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let only = |sign: char, one: &str, other: &str| {
        let known: std::collections::HashSet<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !known.contains(line)).take(20);
        lines.map(|line| format!("{sign} {line}\n")).collect::<Vec<_>>().concat()
    };
    Some(only('-', old, new) + &only('+', new, old))
}

/// Adds the lines of all pages in a folder.
fn pages(folder: &Path, module: &str, lines: &mut Vec<String>) -> Result {
    for entry in fs::read_dir(folder)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            pages(&path, &format!("{module}::{name}"), lines)?;
        } else if let [_, item, "html"] = name.split('.').collect::<Vec<_>>().as_slice() {
            lines.extend(page(&fs::read_to_string(&path)?).into_iter().map(|line| format!("{module}::{item}: {line}")));
        }
    }
    Ok(())
}

/// Returns the declaration of an item, its methods and the traits that it has.
fn page(html: &str) -> Vec<String> {
    // Traits that hold for each type are not part of the API.
    let own = html.split("id=\"blanket-implementations\"").next().unwrap_or_default();
    let (own, rest) = own.split_once("id=\"trait-implementations\"").unwrap_or((own, ""));
    let declaration = between(own, "<pre class=\"rust item-decl\"><code>", "</code></pre>");
    let methods = between(own, "<h4 class=\"code-header\">", "</h4>");
    let traits = between(rest, "<h3 class=\"code-header\">", "</h3>");
    let lines = [declaration, methods, traits].concat().into_iter().map(|html| plain(&html));
    lines.filter(|line| !UNSTABLE.iter().any(|name| line.starts_with(name))).collect()
}

fn between(html: &str, start: &str, end: &str) -> Vec<String> {
    let parts = html.split(start).skip(1);
    parts.filter_map(|part| part.split(end).next().map(str::to_owned)).collect()
}

/// Returns the text of HTML as one line.
fn plain(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text = parts.collect::<String>();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&").replace("&nbsp;", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gives_declaration_methods_and_traits() {
        let html = "<pre class=\"rust item-decl\"><code>pub struct <a>A</a>&lt;T&gt; {\n    b: T,\n}</code></pre>\
            <h4 class=\"code-header\">pub fn <a>c</a>(&amp;self)</h4><h2 id=\"trait-implementations\">\
            <h3 class=\"code-header\">impl <a>Clone</a> for A</h3><h4 class=\"code-header\">fn clone(&amp;self)</h4>\
            <h2 id=\"blanket-implementations\"><h3 class=\"code-header\">impl Any for A</h3>";
        assert_eq!(page(html), ["pub struct A<T> { b: T, }", "pub fn c(&self)", "impl Clone for A"]);
    }

    #[test]
    fn a_difference_lists_lines_of_either_side() {
        assert_eq!(difference("a\nb\n", "a\nc\n").as_deref(), Some("- b\n+ c\n"));
        assert_eq!(difference("a\n", "a\n"), None);
    }
}
