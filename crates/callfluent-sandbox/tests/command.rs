//! The program `callfluent-sandbox`: output, error messages, exit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_callfluent-sandbox"))
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

#[test]
fn it_prints_shell_exports_and_serves_until_interrupted() {
    let arguments = ["--port", "0", "--demo", "--api-key", "my key"];
    let mut child = program().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<_> = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    assert!(lines[0].starts_with('#') && lines[2] == "export CALLFLUENT_API_KEY='my key'", "{lines:?}");
    let address = lines[1].strip_prefix("export CALLFLUENT_BASE_URL=http://").unwrap().strip_suffix("/api").unwrap();
    assert!(std::net::TcpStream::connect(address).is_ok());
    #[cfg(unix)]
    {
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupt.success());
        assert!(child.wait().unwrap().success());
    }
    #[cfg(not(unix))]
    {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn the_version_is_printed() {
    let version = run(&["--version"]);
    assert!(version.status.success());
    let expected = concat!("callfluent-sandbox ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
}

#[test]
fn the_help_lists_every_control_endpoint() {
    let sandbox = callfluent_sandbox::Sandbox::builder().start_blocking().unwrap();
    let described = sandbox.control("GET", "/sandbox", "").unwrap();
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    let mut controls: Vec<_> =
        described["controls"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let mut listed: Vec<_> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| ["GET ", "POST ", "DELETE "].iter().any(|method| line.starts_with(method)))
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    listed.sort_unstable();
    controls.sort_unstable();
    assert_eq!(listed, controls);
    for field in ["after", "probability", "seed", "for_seconds", "retry_after", "headers", "body_text", "reset"] {
        assert!(help.contains(&format!("\"{field}\"")), "{field}");
    }
    assert!(help.lines().all(|line| line.len() <= 100), "{help}");
}

/// The options that the help lists, each with a value if it takes one.
fn listed_options() -> Vec<Vec<String>> {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    let options = help.lines().filter_map(|line| line.strip_prefix("  --")).map(|line| {
        let words: Vec<_> = line.split("  ").next().unwrap().split(' ').collect();
        let value = words.get(1).map(|value| if *value == "NUMBER" || *value == "N" { "1" } else { "0" });
        [Some(format!("--{}", words[0])), value.map(ToOwned::to_owned)].into_iter().flatten().collect()
    });
    options.collect()
}

#[test]
fn the_help_lists_only_options_that_work() {
    let options = listed_options();
    assert!(options.len() > 15, "{options:?}");
    for mut option in options {
        option.push("--help".to_owned());
        let output = program().args(&option).output().unwrap();
        assert!(output.status.success(), "{option:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let lists = |name: &str| listed_options().iter().any(|option| option[0] == name);
    // Tests run with this feature.
    assert!(lists("--data-dir") && lists("--seconds-per-poll"));
}

#[test]
fn an_invalid_argument_is_reported() {
    for (arguments, expected) in [
        (vec!["--prot", "1"], "invalid option '--prot'"),
        (vec!["--port", "high"], "--port: cannot parse argument \"high\""),
        (vec!["--faults", "2"], "--faults must be from 0 to 1, but is 2"),
        (vec!["--api-key="], "--api-key must not be empty"),
        (vec!["--clock", "2026-01-01"], "--clock: cannot parse argument"),
        (vec!["--drop-fields", "tones"], "callfluent-sandbox: drop_fields: \"tones\" is an unknown field"),
        (vec!["--page-size", "0"], "callfluent-sandbox: page_size: must be at least 1"),
        (vec!["--record"], "missing argument for option '--record'"),
        (vec!["serve"], "unexpected argument \"serve\""),
    ] {
        let output = run(&arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("could not start") && message.contains(&port), "{message}");
}
