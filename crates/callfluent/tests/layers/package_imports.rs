//! Reads which modules of the Python and the Node package import from which, including imports of
//! types and imports inside functions.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cycles::Graph;
use crate::source_files::read_files;

/// Returns the imports among the modules of a Python package without subpackages. A module and its
/// stub are one.
pub(crate) fn python(root: &Path) -> Graph {
    let files = read_files(root, &[".py", ".pyi"]);
    let modules: BTreeSet<String> = files.keys().map(|file| stem(file).to_owned()).collect();
    let mut graph = Graph::new();
    for (file, code) in &files {
        let imported = python_imports(code).into_iter().filter(|name| modules.contains(name) && name != stem(file));
        graph.entry(stem(file).to_owned()).or_default().extend(imported);
    }
    graph
}

/// Returns the names that code imports from its own package: modules, and possibly other names.
/// Imports in `__getattr__` load names on first access, when all modules exist, and those below
/// `TYPE_CHECKING` do not run. Neither counts.
fn python_imports(code: &str) -> Vec<String> {
    let mut imported = Vec::new();
    let mut lazy_depth = None;
    // Names in parentheses continue on the next lines.
    for statement in code.replace("(\n", "").replace(",\n", ",").lines() {
        let depth = statement.len() - statement.trim_start().len();
        if lazy_depth.is_some_and(|lazy| depth > lazy || statement.trim().is_empty()) {
            continue;
        }
        let is_lazy = ["def __getattr__", "if TYPE_CHECKING:"].iter().any(|start| statement.trim().starts_with(start));
        lazy_depth = is_lazy.then_some(depth);
        let Some((module, names)) = statement.trim().strip_prefix("from ").and_then(|rest| rest.split_once(" import "))
        else {
            continue;
        };
        let module = module.strip_prefix("callfluent").unwrap_or(module);
        if module.is_empty() || module == "." {
            let names = names.split(',').filter_map(|name| name.split_whitespace().next());
            imported.extend(names.map(str::to_owned));
        } else if let Some(module) = module.strip_prefix('.') {
            imported.push(module.to_owned());
        }
    }
    imported
}

/// Returns the imports among the TypeScript files below a folder.
pub(crate) fn node(root: &Path) -> Graph {
    let files = read_files(root, &[".ts", ".mts"]);
    let mut graph = Graph::new();
    for (file, code) in &files {
        for specifier in relative_specifiers(code) {
            let target = resolve(file, specifier);
            // A file may name its own type. What a build writes is outside of the folder.
            if target != *file && !target.starts_with("../") {
                assert!(files.contains_key(&target), "{file} imports {specifier}, but {target} is not a file");
                graph.entry(file.clone()).or_default().insert(target);
            }
        }
    }
    graph
}

/// Returns what `from './name'` and `import('./name')` name.
fn relative_specifiers(code: &str) -> Vec<&str> {
    let starts = ["from '", "import('"].into_iter().flat_map(|start| code.match_indices(start));
    let specifiers = starts.filter_map(|(index, start)| code[index + start.len()..].split('\'').next());
    specifiers.filter(|specifier| specifier.starts_with('.')).collect()
}

/// Returns the path of a specifier below the root. A specifier names the compiled file, or no
/// ending.
fn resolve(file: &str, specifier: &str) -> String {
    let mut path: Vec<&str> = file.split('/').collect();
    path.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." if path.last().is_some_and(|last| *last != "..") => drop(path.pop()),
            _ => path.push(part),
        }
    }
    let path = path.join("/");
    match path.strip_suffix(".mjs") {
        Some(module) => format!("{module}.mts"),
        None => format!("{}.ts", path.strip_suffix(".js").unwrap_or(&path)),
    }
}

fn stem(file: &str) -> &str {
    file.split('.').next().unwrap()
}

#[test]
fn finds_imports_of_python() {
    let code = "from . import a, b as c\nfrom .d import E\n    from .f import (\n  G,\n)\nfrom os import path\n\
                from callfluent.h import I\nfrom callfluent import j\n# from nowhere";
    assert_eq!(python_imports(code), ["a", "b", "d", "f", "h", "j"]);
    let lazy = "def __getattr__(name):\n    from . import a\n\n    return a\nfrom . import b";
    assert_eq!(python_imports(lazy), ["b"]);
}

#[test]
fn finds_imports_of_typescript() {
    let code = "import {\n  A,\n} from './a';\nexport * from '../b.js';\ntype C = typeof import('./c');\n\
                import fs from 'node:fs';";
    assert_eq!(relative_specifiers(code), ["./a", "../b.js", "./c"]);
    assert_eq!(resolve("generated/models.ts", "../b.js"), "b.ts");
    assert_eq!(resolve("sandbox.mts", "./index.mjs"), "index.mts");
    assert_eq!(resolve("native.ts", "../dist/addon"), "../dist/addon.ts");
}
