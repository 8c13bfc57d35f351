//! The oldest Rust that the documentation names is the one in the manifest, so that a change of the
//! manifest does not leave an old number in a page.

use std::path::Path;

const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");
const PAGES: [&str; 3] = ["crates/callfluent/README.md", "docs/guide/quickstart.md", "docs/guide/versions.md"];

#[test]
fn pages_name_the_oldest_rust_of_the_manifest() {
    for page in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
        // A row of a table has a separator between the name and the number.
        let text = text.replace("Rust | ", "Rust ");
        let named: Vec<_> =
            text.split("Rust 1.").skip(1).map(|rest| rest.split(|end: char| !end.is_ascii_digit())).collect();
        assert!(!named.is_empty(), "{page} names no version of Rust");
        for mut number in named {
            assert_eq!(number.next().map(|minor| format!("1.{minor}")).as_deref(), Some(OLDEST), "{page}");
        }
    }
}
