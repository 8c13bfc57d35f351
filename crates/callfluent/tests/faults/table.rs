//! The table of `docs/reports/reliability.md`: written when it is asked for, compared in every run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

const ASKED: &str = "CALLFLUENT_WRITE_RELIABILITY";
const BEGIN: &str = "| Scenario | Outcome | Measured |\n|---|---|---|\n";
const END: &str = "\n<!-- end of faults -->";

fn document() -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reports/reliability.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

/// The document before the table, the table's rows, and the rest.
fn split(text: &str) -> (&str, &str, &str) {
    let (before, rest) = text.split_once(BEGIN).expect("the document has a table of scenarios");
    let (rows, after) = rest.split_once(END).expect("the table has an end");
    (before, rows, after)
}

/// Writes the table with the figures of this run.
pub fn write_if_asked(scenarios: &[Value], outcomes: &BTreeMap<String, Value>) {
    if std::env::var_os(ASKED).is_none() {
        return;
    }
    let rows: Vec<_> = scenarios
        .iter()
        .map(|scenario| {
            let outcome = &outcomes[scenario["name"].as_str().unwrap()];
            let mut measured = format!("{:.2} s", outcome["elapsed"].as_f64().unwrap());
            if let Some(peak) = outcome["peak_memory_mib"].as_f64() {
                measured.push_str(&format!(", {peak:.0} MiB more at the peak"));
            }
            format!("{} {measured} |", row(scenario))
        })
        .collect();
    let (path, text) = document();
    let (before, _, after) = split(&text);
    std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", rows.join("\n"))).unwrap();
}

/// Fails if the document and the list differ.
pub fn compare(scenarios: &[Value]) {
    if std::env::var_os(ASKED).is_some() {
        return;
    }
    let (_, text) = document();
    let rows: Vec<&str> = split(&text).1.lines().collect();
    let wanted: Vec<_> = scenarios.iter().map(row).collect();
    let stale = "docs/reports/reliability.md is stale; run cargo test -p callfluent --test faults with CALLFLUENT_WRITE_RELIABILITY=1";
    assert_eq!(rows.len(), wanted.len(), "{stale}");
    for (row, wanted) in rows.iter().zip(&wanted) {
        let measured = row.strip_prefix(wanted.as_str()).unwrap_or_else(|| panic!("{stale}: {row}\nis not {wanted}"));
        assert!(measured.trim_matches([' ', '|']).ends_with([' ', 's', 'k']), "{row} has no figure");
    }
}

/// A scenario's row without its figures.
fn row(scenario: &Value) -> String {
    let expected = &scenario["expect"];
    let mut outcome = match expected["error"].as_str() {
        None => "succeeds".to_owned(),
        Some(error) => format!("`{error}`"),
    };
    if let Some(status) = expected["status"].as_u64() {
        outcome.push_str(&format!(" {status}"));
    }
    if expected["outcome_unknown"] == true {
        outcome.push_str(", outcome unknown");
    }
    if expected["error"] != "InvalidRequestError"
        && scenario["server"].as_array().is_some_and(|steps| !steps.is_empty())
    {
        let requests = expected["requests"].as_u64().unwrap_or(1);
        outcome.push_str(&format!(", {requests} request{}", if requests == 1 { "" } else { "s" }));
    } else {
        outcome.push_str(", nothing sent");
    }
    // That an outcome is unknown was said.
    let said = expected["message"].as_array().into_iter().flatten().map(|said| said.as_str().unwrap());
    let said: Vec<_> = said.filter(|said| !said.starts_with("The outcome is unknown")).collect();
    if !said.is_empty() {
        outcome.push_str(&format!(": \"{}\"", said.join(" ... ").replace('|', "\\|").replace('<', "&lt;")));
    }
    format!("| {} | {outcome} |", scenario["name"].as_str().unwrap())
}
