//! Checks the layers of core and sandbox against the tables in `docs/contributing/architecture.md`:
//! no file imports from a layer above its own, every file is in its table, and no imports form a
//! cycle. The other crates and the packages have no import cycles either.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod cycles;
mod package_imports;
mod rust_imports;
mod source_files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cycles::{Graph, find_cycle};

/// The document with the tables of layers.
const DOCUMENT: &str = "docs/contributing/architecture.md";

/// Source folders with layers, and the headings of their tables.
const LAYERED: [(&str, &str); 2] =
    [("crates/callfluent/src", "## Layers of the core"), ("crates/callfluent-sandbox/src", "## Layers of the sandbox")];

/// Source folders of the programs and libraries in Rust.
const RUST: [&str; 8] = [
    "bindings/node/src",
    "bindings/python/src",
    "crates/bench/src/client",
    "crates/bench/src/server",
    "crates/callfluent/src",
    "crates/callfluent-sandbox/src",
    "crates/xtask/src",
    "fuzz/src",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn no_file_imports_from_a_layer_above_its_own() {
    for (folder, heading) in LAYERED {
        let layers = layers(heading);
        let files = rust_imports::read_files(&repository().join(folder));
        let unit = |file: &str| match file.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => file.to_owned(),
        };
        let units: BTreeSet<_> = files.keys().map(|file| unit(file)).collect();
        let listed: BTreeSet<_> = layers.keys().cloned().collect();
        assert_eq!(units, listed, "the table in {DOCUMENT} lists every file and folder of {folder}");

        let upward: Vec<_> = rust_imports::imports(&files)
            .into_iter()
            .filter(|(file, target)| layers[&unit(file)] < layers[&unit(target)])
            .map(|(file, target)| format!("{file} imports {target}"))
            .collect();
        assert!(upward.is_empty(), "{folder}: imports from a layer above: {upward:#?}");
    }
}

#[test]
fn the_crates_have_no_import_cycles() {
    for folder in RUST {
        let graph = rust_imports::graph(&repository().join(folder));
        assert_no_cycle(folder, &graph);
    }
}

#[test]
fn the_packages_have_no_import_cycles() {
    let python = package_imports::python(&repository().join("python/src/callfluent"));
    assert_no_cycle("python/src/callfluent", &python);
    let node = package_imports::node(&repository().join("node/src"));
    assert_no_cycle("node/src", &node);
}

fn assert_no_cycle(folder: &str, graph: &Graph) {
    let cycle = find_cycle(graph);
    assert!(cycle.is_none(), "import cycle in {folder}: {cycle:?}");
}

/// Returns the layer of each file and folder in the table below a heading.
fn layers(heading: &str) -> BTreeMap<String, u32> {
    let document = fs::read_to_string(repository().join(DOCUMENT)).unwrap();
    let (_, section) = document.split_once(&format!("{heading}\n")).unwrap();
    let mut layers = BTreeMap::new();
    for line in section.lines().take_while(|line| !line.starts_with("## ")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let [_, layer, names, ..] = cells[..]
            && let Ok(layer) = layer.parse()
        {
            layers.extend(names.split(',').map(|name| (name.trim().trim_matches('`').to_owned(), layer)));
        }
    }
    layers
}
