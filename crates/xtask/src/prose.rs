//! `cargo xtask prose`: the rules of `docs/contributing/style.md` that a program can check, over
//! all tracked files.
//!
//! `crates/xtask/prose.txt` lists paths that are not clean yet and exceptions. Entries without
//! effect fail the check, so the list can only shrink.

mod extract;
mod rules;

use std::collections::BTreeMap;

use fs_err as fs;

use crate::process::{Result, output, program, root};
use rules::Hit;

const LIST: &str = "crates/xtask/prose.txt";
/// Written by package managers and generators, or by lawyers.
const SKIPPED: [&str; 5] = ["Cargo.lock", "package-lock.json", "LICENSE", "docs/openapi.json", LIST];

/// Checks all files, or reports every hit below the given paths.
pub(crate) fn run(paths: &[&str]) -> Result {
    let list = fs::read_to_string(root().join(LIST))?;
    let mut list = List::parse(&list)?;
    let Ok(files) = output(program("git").args(["ls-files", "-z"])) else {
        println!("   prose is not checked: this folder is not a git clone");
        return Ok(());
    };
    let mut rules = BTreeMap::<&str, usize>::new();
    for path in files.split_terminator('\0').filter(|path| !SKIPPED.iter().any(|skipped| path.contains(skipped))) {
        // A file that is deleted but not committed yet, or that holds bytes, has no prose.
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        for hit in rules::check(path, &text) {
            let wanted = paths.is_empty() || paths.iter().any(|wanted| path.starts_with(wanted.trim_end_matches('/')));
            if list.allows(path, &hit) || (list.is_unclean(path) && paths.is_empty()) || !wanted {
                continue;
            }
            *rules.entry(hit.rule.name).or_default() += 1;
            println!("{path}:{}: {}\n    {}: {}", hit.line, hit.text, hit.rule.name, hit.rule.fix);
        }
    }
    let idle = if paths.is_empty() { list.idle() } else { Vec::new() };
    for entry in &idle {
        println!("{LIST}: remove \"{entry}\"; nothing in the repository matches it");
    }
    let total: usize = rules.values().sum();
    if total + idle.len() == 0 {
        return Ok(());
    }
    let rules: Vec<_> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    let (rules, idle) = (rules.join(", "), idle.len());
    Err(format!(
        "prose: {total} hits ({rules}), {idle} idle entries in {LIST}; docs/contributing/style.md has the rules"
    )
    .into())
}

/// The entries of the list, each with the number of hits that it covers.
#[derive(Default)]
struct List {
    unclean: Vec<(String, usize)>,
    allowed: Vec<(Allowed, usize)>,
}

struct Allowed {
    rule: String,
    path: String,
    text: String,
}

impl List {
    /// Parses lines of `unclean PATH` and `allow RULE PATH: TEXT`; `#` begins a comment.
    fn parse(text: &str) -> Result<Self> {
        let mut list = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let allowed = line.strip_prefix("allow ").and_then(|rest| {
                let (place, text) = rest.split_once(": ")?;
                let (rule, path) = place.split_once(' ')?;
                Some(Allowed { rule: rule.into(), path: path.into(), text: text.into() })
            });
            if let Some(allowed) = allowed {
                list.allowed.push((allowed, 0));
            } else if let Some(path) = line.strip_prefix("unclean ") {
                list.unclean.push((path.to_owned(), 0));
            } else {
                return Err(format!("{LIST}: invalid entry \"{line}\"").into());
            }
        }
        Ok(list)
    }

    fn allows(&mut self, path: &str, hit: &Hit) -> bool {
        let mut allows = false;
        for (allowed, used) in &mut self.allowed {
            if allowed.rule == hit.rule.name && allowed.path == path && hit.text.contains(&allowed.text) {
                *used += 1;
                allows = true;
            }
        }
        allows
    }

    fn is_unclean(&mut self, path: &str) -> bool {
        let mut is_unclean = false;
        for (unclean, used) in &mut self.unclean {
            if path.starts_with(unclean.as_str()) {
                *used += 1;
                is_unclean = true;
            }
        }
        is_unclean
    }

    /// Entries that cover nothing.
    fn idle(&self) -> Vec<String> {
        let unclean = self.unclean.iter().filter(|(_, used)| *used == 0).map(|(path, _)| format!("unclean {path}"));
        let allowed = self.allowed.iter().filter(|(_, used)| *used == 0);
        unclean.chain(allowed.map(|(a, _)| format!("allow {} {}: {}", a.rule, a.path, a.text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_covers_hits_and_reports_idle_entries() {
        let mut list =
            List::parse("# comment\nunclean src/\nunclean gone/\nallow is-no a.md: cat is no dog\nallow width b.md: x")
                .unwrap();
        let hits = rules::check("a.md", "A cat is no dog.\nA dog is no cat.\n");
        let uncovered: Vec<_> = hits.iter().filter(|hit| !list.allows("a.md", hit)).collect();
        assert_eq!(uncovered.len(), 1);
        assert!(list.is_unclean("src/lib.rs") && !list.is_unclean("tests/lib.rs"));
        assert_eq!(list.idle(), ["unclean gone/", "allow width b.md: x"]);
    }

    #[test]
    fn an_unknown_entry_of_the_list_is_an_error() {
        assert!(List::parse("ignore everything").is_err());
    }
}
