//! `docs/reports/faults.md` maps the faults that users met to tests. Each row must name tests that
//! exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The number of faults that were reported.
const ROWS: usize = 89;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the table: number, behavior and tests.
fn rows() -> Vec<(usize, String)> {
    let text = fs::read_to_string(repository().join("docs/reports/faults.md")).unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.splitn(3, " | ");
        let number = cells.next()?.trim().parse().ok()?;
        Some((number, cells.nth(1)?.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

/// The texts between a pair of delimiters.
fn between(text: &str, delimiter: char) -> impl Iterator<Item = &str> {
    text.split(delimiter).skip(1).step_by(2)
}

#[test]
fn each_fault_has_a_row() {
    let numbers: Vec<_> = rows().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
}

#[test]
fn each_row_names_tests_that_exist() {
    let scenarios = fs::read_to_string(repository().join("tests/faults/scenarios.json")).unwrap();
    let scenarios: Vec<Value> = serde_json::from_str(&scenarios).unwrap();
    for (number, tests) in rows() {
        let mut found = 0;
        for test in between(&tests, '`').filter(|test| test.contains('/')) {
            let (file, name) = test.split_once("::").unwrap_or((test, ""));
            let path = repository().join(file);
            assert!(path.exists(), "row {number}: {file} does not exist");
            let text = if path.is_dir() { String::new() } else { fs::read_to_string(path).unwrap() };
            assert!(text.contains(name), "row {number}: {file} has no test {name:?}");
            found += 1;
        }
        for name in between(&tests, '"') {
            let exists = scenarios.iter().any(|scenario| scenario["name"] == name);
            assert!(exists, "row {number}: the scenario {name:?} does not exist");
            found += 1;
        }
        assert!(found > 0, "row {number} names no test");
    }
}
