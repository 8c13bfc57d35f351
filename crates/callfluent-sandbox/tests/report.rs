//! `docs/reports/sandbox.md` maps the properties of the sandbox to tests. Each row must name tests
//! that exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;

#[test]
fn each_property_names_tests_that_exist() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let report = fs::read_to_string(repository.join("docs/reports/sandbox.md")).unwrap();
    let rows = report.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let mut count = 0;
    for (property, tests) in rows.filter(|(property, _)| *property != "Property") {
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{property} names no test");
        for test in named {
            let (file, name) = test.split_once("::").unwrap_or((test, ""));
            let path = repository.join(file);
            assert!(path.exists(), "{property}: {file} does not exist");
            let text = if path.is_dir() { String::new() } else { fs::read_to_string(path).unwrap() };
            assert!(text.contains(name), "{property}: {file} has no test {name:?}");
        }
        count += 1;
    }
    assert!(count > 40, "{count} properties");
}
