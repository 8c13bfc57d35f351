//! Many sandboxes in one process. The file is a process of its own: its threads would be counted by
//! other tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use callfluent_sandbox::Sandbox;

#[test]
fn hundreds_of_sandboxes_start_quickly_in_one_process() {
    let mut sandboxes = Vec::new();
    let mut durations = Vec::new();
    for _ in 0..200 {
        let begin = Instant::now();
        sandboxes.push(Sandbox::builder().start_blocking().unwrap());
        durations.push(begin.elapsed());
    }
    let addresses: HashSet<_> = sandboxes.iter().map(Sandbox::base_url).collect();
    assert_eq!(addresses.len(), 200);
    for sandbox in &sandboxes {
        sandbox.add_agent(serde_json::json!({})).unwrap();
    }
    durations.sort_unstable();
    // The first quartile: other processes slow down some starts.
    assert!(durations[50] < Duration::from_millis(5), "{durations:?}");
}
