//! The reports on faults, on the sandbox and on the API map behavior to tests. Each row must name
//! tests that exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The number of faults that were reported.
const FAULTS: usize = 100;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the tables of a report, below their heads: the first cell and the last one.
fn rows(report: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(repository().join("docs/reports").join(report)).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.filter_map(|row| Some((row.split(" | ").next()?, row.rsplit(" | ").next()?)));
    cells.filter(|(_, tests)| *tests != "Tests").map(|(name, tests)| (name.to_owned(), tests.to_owned())).collect()
}

/// The texts between a pair of delimiters.
fn between(text: &str, delimiter: char) -> impl Iterator<Item = &str> {
    text.split(delimiter).skip(1).step_by(2)
}

#[test]
fn each_fault_has_a_row() {
    let numbers: Vec<usize> = rows("faults.md").into_iter().map(|(number, _)| number.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=FAULTS).collect::<Vec<_>>());
}

#[test]
fn each_row_names_tests_that_exist() {
    let scenarios = fs::read_to_string(repository().join("tests/faults/scenarios.json")).unwrap();
    let scenarios: Vec<Value> = serde_json::from_str(&scenarios).unwrap();
    for (row, tests) in ["faults.md", "sandbox.md", "api.md"].into_iter().flat_map(rows) {
        let mut found = 0;
        for test in between(&tests, '`').filter(|test| test.contains('/')) {
            let (file, name) = test.split_once("::").unwrap_or((test, ""));
            let path = repository().join(file);
            assert!(path.exists(), "row {row}: {file} does not exist");
            let text = if path.is_dir() { String::new() } else { fs::read_to_string(path).unwrap() };
            assert!(text.contains(name), "row {row}: {file} has no test {name:?}");
            found += 1;
        }
        // Text between back quotes can contain quotation marks.
        let plain: String = tests.split('`').step_by(2).collect();
        for name in between(&plain, '"') {
            let exists = scenarios.iter().any(|scenario| scenario["name"] == name);
            assert!(exists, "row {row}: the scenario {name:?} does not exist");
            found += 1;
        }
        assert!(found > 0, "row {row} names no test");
    }
    assert!(rows("sandbox.md").len() > 40);
    assert!(rows("api.md").len() > 35);
}
