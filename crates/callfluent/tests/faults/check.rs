//! Compares what came of a scenario, and what its servers saw, with what is expected.

use serde_json::{Value, json};

use super::log::has_secret;
use super::run::filled_in;

/// Everything that is other than expected.
pub fn failures(scenario: &Value, addresses: &Value, outcome: &Value, seen: &Value) -> Vec<String> {
    let expected = &scenario["expect"];
    let mut failures = Vec::new();
    let mut check = |what: &str, holds: bool, found: &Value| {
        if !holds {
            failures.push(format!("{what} is {found}"));
        }
    };
    match (expected.get("value"), outcome.get("value")) {
        (Some(wanted), Some(value)) => check("the value", within(wanted, value), value),
        (Some(_), None) => check("the outcome", false, &outcome["error"]["name"]),
        (None, Some(value)) => check("the outcome", false, value),
        (None, None) => error(expected, addresses, &outcome["error"], &mut check),
    }
    let range = expected.get("elapsed").cloned().unwrap_or(json!([0, 4]));
    let (elapsed, unloaded) = (outcome["elapsed"].as_f64(), outcome["unloaded"].as_f64());
    check("the time", elapsed >= range[0].as_f64() && unloaded <= range[1].as_f64(), &outcome["unloaded"]);
    if let (Some(most), Some(peak)) = (expected.get("peak_memory_mib"), outcome["peak_memory_mib"].as_f64()) {
        check("the peak of memory", peak <= most.as_f64().unwrap(), &json!(peak));
    }
    requests(expected, seen, &mut check);
    failures
}

fn error(expected: &Value, addresses: &Value, error: &Value, check: &mut impl FnMut(&str, bool, &Value)) {
    let message = error["message"].as_str().unwrap();
    check("the error", error["name"] == expected["error"], &error["name"]);
    for wanted in expected["message"].as_array().unwrap() {
        let wanted = filled_in(wanted, addresses);
        let wanted = wanted.as_str().unwrap();
        check(&format!("what should say {wanted:?}"), message.contains(wanted), &error["message"]);
    }
    let whole = error.to_string();
    check("what holds a secret", !has_secret(&whole), error);
    if expected["error"] == "InvalidRequestError" {
        check("what is wrong", error["field_errors"] == expected["field_errors"], &error["field_errors"]);
        return;
    }
    check("the status", error["status"] == expected["status"], &error["status"]);
    let unknown = expected.get("outcome_unknown").cloned().unwrap_or(json!(false));
    check("outcome_unknown", error["outcome_unknown"] == unknown, &error["outcome_unknown"]);
    check("retry_after", between(&error["retry_after"], &expected["retry_after"]), &error["retry_after"]);
    if let Some(attempts) = expected.get("attempts") {
        check("the number of attempts", error["attempts"] == *attempts, &error["attempts"]);
    }
}

fn requests(expected: &Value, seen: &Value, check: &mut impl FnMut(&str, bool, &Value)) {
    for (server, name, usual) in
        [("main", "requests", 1), ("other", "other_requests", 0), ("proxy", "proxy_requests", 0)]
    {
        let Some(found) = seen[server]["requests"].as_array() else {
            continue;
        };
        let wanted = expected.get(name).and_then(Value::as_u64).unwrap_or(usual);
        check(&format!("the number of {name}"), found.len() as u64 == wanted, &json!(found.len()));
        // The key is for the server alone; a proxy sees it only if nothing is encrypted.
        let keyed = |request: &Value| match server {
            "main" => request["has_key"] == true,
            "proxy" => request["has_key"] == (request["method"] != "CONNECT"),
            _ => request["has_key"] == false,
        };
        check("where the key was seen", found.iter().all(keyed), &json!(found));
        let elsewhere = |request: &Value| request["key_elsewhere"] != json!([]);
        check("where else the key was seen", !found.iter().any(elsewhere), &json!(found));
        check("what was injected", !json!(found).to_string().contains("x-injected\""), &json!(found));
    }
    let found = &seen["main"]["requests"];
    let all =
        |field: &str| found.as_array().into_iter().flatten().map(|request| request[field].clone()).collect::<Vec<_>>();
    if let Some(paths) = expected.get("paths") {
        check("the paths", json!(all("path")) == *paths, &json!(all("path")));
    }
    if let Some(version) = expected.get("version") {
        check("the version", all("version").iter().all(|found| found == version), &json!(all("version")));
    }
    if let Some(parts) = expected.get("parts") {
        check("the parts", found[0]["parts"] == *parts, &found[0]["parts"]);
    }
    if let Some(abandoned) = expected.get("abandoned").and_then(Value::as_u64) {
        let connections = seen["main"]["connections"].as_array().unwrap();
        let ended = connections.iter().filter(|connection| connection["abandoned"] == true).count() as u64;
        check("the connections that the client closed", ended == abandoned, &json!(connections));
    }
}

/// Returns true if everything expected is present; objects may have more fields.
fn within(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| within(wanted, found)))
        }
        _ => wanted == found,
    }
}

/// Returns true if a number is the expected one or between the expected two; nothing is expected of
/// what is null.
fn between(found: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(bounds) => found
            .as_f64()
            .is_some_and(|found| bounds[0].as_f64().unwrap() <= found && found <= bounds[1].as_f64().unwrap()),
        wanted => found.as_f64() == wanted.as_f64(),
    }
}
