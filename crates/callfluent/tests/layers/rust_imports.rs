//! Reads which files of a crate import from which: `use` lines, paths in the code, and re-exports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cycles::Graph;
use crate::source_files;

/// Returns the code of all files below a folder, by relative path.
pub(crate) fn read_files(root: &Path) -> BTreeMap<String, String> {
    let files = source_files::read_files(root, &[".rs"]).into_iter();
    files.map(|(name, text)| (name, without_comments_and_tests(&text))).collect()
}

/// Returns the imports among the files below a folder.
pub(crate) fn graph(root: &Path) -> Graph {
    let files = read_files(root);
    assert!(!files.is_empty(), "{} has no Rust files", root.display());
    let mut graph = Graph::new();
    for (file, target) in imports(&files) {
        graph.entry(file).or_default().insert(target);
    }
    graph
}

/// Removes comments, the content of strings, and the module of unit tests at the end of a file.
fn without_comments_and_tests(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = code.split("#[cfg(test)]\n#[allow").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "").replace("b'\\\\'", "");
    let mut kept = String::new();
    let mut rest = code.as_str();
    while let Some((before, string)) = rest.split_once('"') {
        kept.push_str(before);
        let raw = before.ends_with('#').then_some("\"#").or(before.ends_with(" r").then_some("\""));
        let end = match raw {
            Some(end) => string.find(end),
            None => end_of_string(string),
        };
        rest = end.map_or("", |end| &string[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

/// Returns the index of the first quote that is not escaped.
fn end_of_string(string: &str) -> Option<usize> {
    let mut escaped = false;
    string.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    })
}

/// Returns all imports as pairs of importing and defining file.
pub(crate) fn imports(files: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut imports = BTreeSet::new();
    for (file, code) in files {
        let own = module(file);
        let mut paths = paths(code);
        if file.ends_with("mod.rs") {
            paths.extend(child_paths(file, code, files));
        }
        for path in paths {
            let mut module = match path[0].as_str() {
                "crate" => Vec::new(),
                _ => own.clone(),
            };
            let supers = path.iter().take_while(|name| *name == "super").count();
            module.truncate(own.len().saturating_sub(supers).min(module.len()));
            let names = path.iter().skip(supers.max(1));
            let target = defining_file(files, module, names);
            if target != *file {
                imports.insert((file.clone(), target));
            }
        }
    }
    imports.into_iter().collect()
}

/// Returns the file that defines an item, through re-exports.
fn defining_file<'a>(
    files: &BTreeMap<String, String>,
    mut module: Vec<String>,
    names: impl Iterator<Item = &'a String>,
) -> String {
    let mut file = file_of(files, &module);
    for name in names {
        module.push(name.clone());
        let Some(next) = Some(file_of(files, &module)).filter(|next| !next.is_empty()) else {
            module.pop();
            // The child whose re-export contains the name.
            let child = reexports(&files[&file]).into_iter().find(|(_, exported)| exported == name);
            if let Some((child, _)) = child {
                module.push(child);
                let next = file_of(files, &module);
                return if next.is_empty() { file } else { next };
            }
            return file;
        };
        file = next;
    }
    file
}

/// Returns the file of a module; an empty string if there is none.
fn file_of(files: &BTreeMap<String, String>, module: &[String]) -> String {
    let path = module.join("/");
    let candidates = match module {
        [] => vec!["lib.rs".to_owned(), "main.rs".to_owned()],
        _ => vec![format!("{path}.rs"), format!("{path}/mod.rs")],
    };
    candidates.into_iter().find(|candidate| files.contains_key(candidate)).unwrap_or_default()
}

/// Returns the module of a file.
fn module(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// Returns the items that a module re-exports from its children, as pairs of child and item.
fn reexports(code: &str) -> Vec<(String, String)> {
    let mut exported = Vec::new();
    for statement in code.split(';').map(str::trim) {
        let Some((visibility, tree)) = statement.split_once("use ") else { continue };
        if visibility.lines().last().is_some_and(|last| last.trim_start().starts_with("pub")) {
            for path in use_tree(&mut tree.chars().collect::<Vec<_>>().as_slice(), &[]) {
                if let [child, .., item] = &path[..] {
                    exported.push((child.clone(), item.clone()));
                }
            }
        }
    }
    exported
}

/// Returns the paths to children that the code of a `mod.rs` uses, except re-exports.
fn child_paths(file: &str, code: &str, files: &BTreeMap<String, String>) -> Vec<Vec<String>> {
    let folder = module(file);
    let private: Vec<_> = code.split(';').filter(|statement| !is_public(statement)).collect();
    let code = private.join(";");
    let words: BTreeSet<_> = code.match_indices("::").map(|(end, _)| last_word(&code[..end])).collect();
    words
        .into_iter()
        .filter(|word| {
            let mut child = folder.clone();
            child.push((*word).to_owned());
            !file_of(files, &child).is_empty()
        })
        .map(|word| ["crate".to_owned()].into_iter().chain(folder.clone()).chain([word.to_owned()]).collect())
        .collect()
}

/// Returns whether a statement begins with a visibility, after its attributes.
fn is_public(statement: &str) -> bool {
    let mut lines = statement.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("#["));
    lines.next().is_some_and(|line| line.starts_with("pub"))
}

fn last_word(text: &str) -> &str {
    let start = text.rfind(|letter: char| !is_word(letter)).map_or(0, |index| index + 1);
    // A path such as `std::io` does not begin with a child.
    if text[..start].ends_with("::") { "" } else { &text[start..] }
}

/// Returns all paths that begin with `crate` or `super`, with use trees expanded.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::"] {
        for (index, _) in code.match_indices(start) {
            let before = &code[..index];
            let is_visibility = before.ends_with("pub(in ");
            if !before.ends_with(is_word) && !before.ends_with("::") && !is_visibility {
                paths.extend(use_tree(&mut code[index..].chars().collect::<Vec<_>>().as_slice(), &[]));
            }
        }
    }
    paths
}

/// Parses a use tree, such as `a::{b, c::D}`, and returns its paths.
fn use_tree(rest: &mut &[char], prefix: &[String]) -> Vec<Vec<String>> {
    let mut path = prefix.to_vec();
    loop {
        skip(rest, char::is_whitespace);
        let word: String = take(rest, is_word);
        if !word.is_empty() && word != "self" {
            path.push(word);
        }
        match rest {
            [':', ':', '{', inner @ ..] => {
                *rest = inner;
                let mut paths = Vec::new();
                loop {
                    paths.extend(use_tree(rest, &path));
                    // Skips `as name`.
                    skip(rest, |letter| letter != ',' && letter != '}');
                    let Some((separator, after)) = rest.split_first() else { return paths };
                    *rest = after;
                    skip(rest, char::is_whitespace);
                    if *separator == '}' || rest.first() == Some(&'}') {
                        return paths;
                    }
                }
            }
            [':', ':', next, ..] if is_word(*next) => *rest = &rest[2..],
            _ => return vec![path],
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn skip(rest: &mut &[char], skipped: impl Fn(char) -> bool) {
    take(rest, skipped);
}

fn take(rest: &mut &[char], taken: impl Fn(char) -> bool) -> String {
    let count = rest.iter().take_while(|letter| taken(**letter)).count();
    let (word, after) = rest.split_at(count);
    *rest = after;
    word.iter().collect()
}

#[test]
fn finds_paths_in_nested_use_trees_and_ignores_comments() {
    let source = "use crate::a::{self, b::{C, D as E}, *};\n// crate::x::Y\nfn f() { super::g::<u8>(\"crate::z\") }";
    let paths: Vec<_> = paths(&without_comments_and_tests(source)).into_iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a", "super::g"]);
}
