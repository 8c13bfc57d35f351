//! Each page with a table of errors names every error, so that a new one cannot be forgotten.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// Pages, and if they name the classes of Python and Node, and the variants of Rust.
const PAGES: [(&str, bool, bool); 4] = [
    ("crates/callfluent/README.md", false, true),
    ("python/README.md", true, false),
    ("node/README.md", true, false),
    ("docs/guide/errors-and-retries.md", true, true),
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn each_table_of_errors_names_all_errors() {
    for (page, has_classes, has_variants) in PAGES {
        let text = read(page);
        for (variant, class) in callfluent::bindings::ERROR_CLASSES {
            assert!(!has_variants || text.contains(&format!("`{variant}`")), "{page} lacks {variant}");
            assert!(!has_classes || text.contains(&format!("`{class}`")), "{page} lacks {class}");
        }
    }
}
