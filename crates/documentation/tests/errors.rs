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
    let source = read("crates/callfluent/src/error.rs");
    // The arms of `Error::name`, such as `Self::Timeout(_) => "APITimeoutError",`.
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("(_) => \""));
    let errors: Vec<_> = arms.map(|(variant, class)| (variant, class.trim_end_matches("\","))).collect();
    assert!(errors.len() > 10, "{errors:?}");
    for (page, has_classes, has_variants) in PAGES {
        let text = read(page);
        for (variant, class) in &errors {
            assert!(!has_variants || text.contains(&format!("`{variant}`")), "{page} lacks {variant}");
            assert!(!has_classes || text.contains(&format!("`{class}`")), "{page} lacks {class}");
        }
    }
}
