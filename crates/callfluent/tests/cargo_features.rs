//! The features that the crate switches on in its dependencies. Cargo unifies features, so they
//! apply to the whole program of a user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use std::process::Command;

/// Returns the features of a dependency, as a program gets them that depends on the packages.
fn features(dependency: &str, packages: &[&str]) -> Vec<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p} {f}"]);
    for package in packages {
        tree.args(["--package", package]);
    }
    let output = tree.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let line = tree.lines().find(|line| line.split(' ').next() == Some(dependency)).unwrap();
    let features = line.trim_end_matches(" (*)").rsplit(' ').next().unwrap();
    features.split(',').map(str::to_owned).collect()
}

#[test]
fn no_macro_crate_is_in_the_public_signatures() {
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert!(!manifest.contains("bon"), "the types of bon's builders would be public");
}

#[test]
fn serde_json_of_the_program_is_not_changed() {
    for package in ["callfluent", "callfluent-sandbox"] {
        let features = features("serde_json", &[package]);
        let other: Vec<_> =
            features.iter().filter(|name| !["default", "std", "raw_value"].contains(&&***name)).collect();
        assert!(other.is_empty(), "{package} switches on {other:?}");
    }
}
