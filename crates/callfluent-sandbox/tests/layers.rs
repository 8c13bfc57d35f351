//! The layers of the crate. A module imports only from modules in lower layers, so there are no
//! import cycles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The modules of `src`, lowest layer first. A folder is one module.
const LAYERS: &[&[&str]] = &[
    &[
        "clock",
        "disconnect",
        "faults",
        "field_error",
        "journal",
        "log",
        "resettable_stream",
        "rng_state",
        "suggestion",
        "webhook",
    ],
    &["error_response", "operation", "received_request", "server_thread", "validation", "webhook_queue"],
    &["arguments", "assertion", "exchanges", "given_names", "ordered_json", "scripted_response"],
    &["random_faults", "response_queue"],
    &["settings"],
    &["state"],
    &["demo_data", "routes"],
    &["endpoint", "fixtures", "shared_state"],
    &["data_directory", "phone_calls", "response"],
    &["control", "page"],
    &["request_handler"],
    &["router"],
    &["sandbox"],
    &["command"],
    &["lib"],
    &["main"],
];

/// The modules of `src/faults`, lowest layer first.
const FAULTS_LAYERS: &[&[&str]] = &[
    &["canary_key", "step"],
    &["encoded_response", "recording", "scenario"],
    &["certificates", "request_reader", "server_state"],
    &["http1", "http2", "proxy"],
    &["server"],
    &["fault_server"],
    &["mod"],
];

#[test]
fn modules_import_only_from_lower_layers() {
    check(Path::new("src"), "use crate::", LAYERS);
}

#[test]
fn fault_modules_import_only_from_lower_layers() {
    check(Path::new("src/faults"), "use super::", FAULTS_LAYERS);
}

/// Checks the imports with a prefix in all files below a folder.
fn check(folder: &Path, prefix: &str, layers: &[&[&str]]) {
    let ranks: BTreeMap<_, _> =
        layers.iter().enumerate().flat_map(|(rank, names)| names.iter().map(move |name| (*name, rank))).collect();
    let mut upward = Vec::new();
    for path in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
        let module = module_of(&path, folder);
        if module == "bin" {
            continue;
        }
        let rank = *ranks.get(module.as_str()).unwrap_or_else(|| panic!("{module} is missing in the table of layers"));
        let source = std::fs::read_to_string(&path).unwrap();
        // Unit tests may use anything.
        let source = source.split("#[cfg(test)]\nmod ").next().unwrap();
        for imported in imports(source, prefix) {
            if imported != module && ranks.get(imported.as_str()).is_none_or(|other| *other >= rank) {
                upward.push(format!("{} imports {imported}", path.display()));
            }
        }
    }
    assert!(upward.is_empty(), "imports from the same or a higher layer:\n{}", upward.join("\n"));
}

/// The modules after a prefix in `use` declarations: `a` in `use crate::a::B`, also in braces.
fn imports(source: &str, prefix: &str) -> Vec<String> {
    let declarations = source.lines().filter_map(|line| line.trim_start().strip_prefix(prefix));
    declarations
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.trim_end_matches(['}', ';']).split(',').map(str::trim).collect(),
            None => vec![rest],
        })
        .map(|path| path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
        .collect()
}

/// The first part of the path below a folder, without its extension.
fn module_of(path: &Path, folder: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let first = path.strip_prefix(root).unwrap().components().next().unwrap();
    Path::new(first.as_os_str()).file_stem().unwrap().to_str().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
