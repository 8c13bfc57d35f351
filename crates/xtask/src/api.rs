//! `cargo xtask api`: the public API of each language as text, in `tests/api`. The tests of each
//! language compare it, so that a change for users is visible in review.

use std::path::Path;

use fs_err as fs;

use crate::process::{Result, cache, cargo, output, program, root, step, target_dir, target_triple, timed};
use crate::{node, python};

/// Entry points of the Node package.
const NODE_ENTRIES: [&str; 3] = ["index", "sandbox", "webhooks"];
const HEADER: &str = "# Written by `cargo xtask api`.\n";

/// Traits that code of users cannot name. Versions of rustdoc differ in whether they list them.
const UNSTABLE: [&str; 3] = ["impl Freeze ", "impl StructuralPartialEq ", "impl UnsafeUnpin "];

/// Use of an API that was read.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
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
pub(crate) fn rust(mode: Mode) -> Result {
    if is_other_system("Rust") {
        return Ok(());
    }
    timed("Rust: public API", || {
        let mut lines = Vec::new();
        for name in ["callfluent", "callfluent_sandbox"] {
            let folder = target_dir().join(target_triple()?).join("doc").join(name);
            pages(&folder, name, &mut lines)?;
        }
        lines.sort();
        settle("rust.txt", &format!("{HEADER}{}\n", lines.join("\n")), mode)
    })
}

/// The API of the Python package, from its stubs.
pub(crate) fn python(mode: Mode) -> Result {
    let tools = python::tools()?;
    timed("Python: public API", || {
        let text = output(program(python::python(&tools)).arg(root().join("tests/api/python_api.py")))?;
        settle("python.txt", &text, mode)
    })
}

/// The API of the Node package, from the declarations of the last build.
pub(crate) fn node(mode: Mode) -> Result {
    if is_other_system("Node") {
        return Ok(());
    }
    let (tools, reports) = (node::tools()?, cache("api"));
    fs::create_dir_all(&reports)?;
    timed("Node: public API", || {
        let script = root().join("tests/api/node_api.mjs");
        output(program("node").current_dir(tools).arg(script).arg(&reports).args(NODE_ENTRIES))?;
        NODE_ENTRIES.iter().try_for_each(|entry| {
            let report = fs::read_to_string(reports.join(format!("{entry}.api.md")))?;
            settle(&format!("node-{entry}.txt"), &report, mode)
        })
    })
}

/// Returns true on a system whose API can differ from the one in `tests/api`.
fn is_other_system(language: &str) -> bool {
    let other = !cfg!(target_os = "linux");
    if other {
        println!("   skipped: the public API of {language}, which is compared on Linux");
    }
    other
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

/// Adds the lines of all pages of a crate. Its list of items names them: the folder also has pages
/// of items that were removed.
fn pages(folder: &Path, name: &str, lines: &mut Vec<String>) -> Result {
    let list = fs::read_to_string(folder.join("all.html"))?;
    let items = between(&list, "<li><a href=\"", "\"").into_iter().filter(|link| !link.starts_with('#'));
    for link in items {
        let mut path: Vec<&str> = link.split('/').collect();
        // Such as `struct.Agent.html`.
        let item = path.pop().and_then(|file| file.split('.').nth(1)).ok_or("an item of rustdoc has no name")?;
        let module = std::iter::once(name).chain(path).collect::<Vec<_>>().join("::");
        let html = fs::read_to_string(folder.join(&link))?;
        lines.extend(page(&html).into_iter().map(|line| format!("{module}::{item}: {line}")));
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
