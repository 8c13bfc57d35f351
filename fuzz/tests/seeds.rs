//! Every seed, and the empty input, through its target.

use std::collections::BTreeMap;

use callfluent_fuzz::{TARGETS, seeds};

/// One test for all targets: two of them use the same server, whose response is that of one input.
#[test]
fn every_seed_passes_its_target() {
    let targets = BTreeMap::from(TARGETS);
    let seeds = seeds().unwrap();
    for target in targets.values() {
        target(&[]);
    }
    for (target, seed) in &seeds {
        targets[target](seed);
    }
    for target in targets.keys() {
        assert!(seeds.iter().any(|(name, _)| name == target), "{target} has no seed");
    }
}
