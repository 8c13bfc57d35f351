//! Finds cycles among imports.

use std::collections::{BTreeMap, BTreeSet};

/// The files that each file imports.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns the files of a cycle, the first one repeated at the end.
pub(crate) fn find_cycle(graph: &Graph) -> Option<Vec<String>> {
    fn visit<'a>(
        graph: &'a Graph,
        file: &'a String,
        path: &mut Vec<&'a String>,
        done: &mut BTreeSet<&'a String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|visited| *visited == file) {
            return Some(path[start..].iter().copied().chain([file]).cloned().collect());
        }
        if done.contains(file) {
            return None;
        }
        path.push(file);
        let cycle = graph.get(file).into_iter().flatten().find_map(|target| visit(graph, target, path, done));
        path.pop();
        done.insert(file);
        cycle
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|file| visit(graph, file, &mut Vec::new(), &mut done))
}

#[test]
fn finds_a_cycle() {
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let mut graph = BTreeMap::from([edge("a", "b"), edge("b", "c")]);
    assert_eq!(find_cycle(&graph), None);
    graph.extend([edge("c", "a")]);
    assert_eq!(find_cycle(&graph).unwrap(), ["a", "b", "c", "a"]);
}
