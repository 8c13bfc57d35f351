//! The report: the targets, how it was measured and on what, and a table for each thing that was measured.

use std::fmt::Write as _;
use std::fs;

use super::Extent;
use super::places::Places;
use super::rounds::Row;
use super::target::{Target, rounded};

const METHOD: &str = "\
- One server with fixed answers, in a process and on a thread of its own, on the same machine, over loopback. It is
  `crates/bench/src/server`; the clients are `crates/bench/src/client`, `benchmarks/python` and `benchmarks/node`, each a few
  lines with the same loop around them.
- All contenders are measured in the same run and in turns, each round beginning with another one; of the rounds the median
  counts. Whatever slows the machine meets all of them: the ratios hold where the figures do not.
- *Reqwest alone* reads bodies whole and does not look into them; it is the floor that a client on reqwest stands on. A
  synchronous client has a second floor: its caller's thread waits for that of the connections, and waking it costs. All
  other clients parse the answer and read a field of it. The clients of other services get an answer of the same size in the
  form that they ask for.
- *Time* is by the clock, *processor* is the user and system time of the client's whole process, *event loop* is the
  processor time of Python's main thread, and in Node the active time of `performance.eventLoopUtilization()`.
- Our packages are the release wheel and the npm tarballs, built as they are published and installed from these files.
";

/// Everything that was found out.
#[derive(Default)]
pub(crate) struct Report {
    targets: Vec<Target>,
    tables: Vec<Table>,
}

/// Something that was measured, for each contender.
pub(crate) struct Table {
    title: String,
    about: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    not_run: Vec<String>,
}

impl Report {
    pub(crate) fn judge(&mut self, target: Target) {
        self.targets.push(target);
    }

    pub(crate) fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// The targets for a terminal.
    pub(crate) fn targets_as_text(&self) -> String {
        let lines = self.targets.iter().map(|target| {
            let verdict = target.verdict.text().replace('*', "");
            format!("{verdict:13} {:12} {:32} {}", target.measured, target.limit, target.what)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The whole report.
    pub(crate) fn markdown(&self, places: &Places, extent: Extent) -> String {
        let command = if extent.is_quick() { "cargo xtask bench --quick" } else { "cargo xtask bench" };
        let mut text = format!("# Benchmarks\n\n`{command}` measures this and writes this page.\n\n## Targets\n\n");
        let mut targets = Table::new("", "", &["", "aim", "measured", ""]);
        for Target { what, limit, measured, verdict } in &self.targets {
            targets.row([what.clone(), limit.clone(), measured.clone(), verdict.text().to_owned()]);
        }
        targets.write(&mut text);
        let _ = write!(text, "\n## How it is measured\n\n{METHOD}\n## Machine and versions\n\n{}\n", machine());
        let versions = places.versions.iter().map(|(name, version)| match version.strip_prefix(&format!("{name} ")) {
            Some(version) => format!("{name} {version}"),
            None if version.to_lowercase().starts_with(&name.to_lowercase()) => version.clone(),
            None => format!("{name} {version}"),
        });
        let _ = writeln!(text, "{}.", versions.collect::<Vec<_>>().join(", "));
        for table in &self.tables {
            let _ = write!(text, "\n## {}\n\n{}\n\n", table.title, table.about);
            table.write(&mut text);
        }
        text
    }
}

impl Table {
    pub(crate) fn new(title: &str, about: &str, head: &[&str]) -> Self {
        Self {
            title: title.into(),
            about: about.into(),
            head: head.iter().map(|&word| word.into()).collect(),
            rows: Vec::new(),
            not_run: Vec::new(),
        }
    }

    /// Time, processor and event loop of each contender, in microseconds, and how the time compares with one of them.
    pub(crate) fn of_rows(title: &str, about: &str, compared_with: &str, rows: Vec<Row>) -> Self {
        let ratio = format!("time, of {}", compared_with.split_once(": ").map_or(compared_with, |(_, name)| name));
        let mut table = Self::new(title, about, &["", "time", "processor", "event loop", &ratio]);
        let first = super::load::wall(&rows, compared_with);
        for row in rows {
            let micros = |seconds: f64| rounded(seconds * 1e6);
            match row.cost {
                Ok(cost) => table.row([
                    row.name,
                    micros(cost.wall),
                    micros(cost.cpu),
                    cost.event_loop.map_or_else(String::new, micros),
                    first.map_or_else(String::new, |first| format!("{:.2} ×", cost.wall / first)),
                ]),
                Err(reason) => table.not_run(&row.name, &reason),
            }
        }
        table
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn not_run(&mut self, name: &str, reason: &str) {
        self.not_run.push(format!("{name} was not run: {reason}"));
    }

    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "| {} |", self.head.join(" | "));
        let places = self.head.iter().enumerate().map(|(place, _)| if place == 0 { "---" } else { "---:" });
        let _ = writeln!(text, "| {} |", places.collect::<Vec<_>>().join(" | "));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        for line in &self.not_run {
            let _ = writeln!(text, "\n{line}");
        }
    }
}

/// The machine: processor, how many, memory, system.
fn machine() -> String {
    let field = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|size| size.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(String::new, |kilobytes| format!(", {} GiB of memory", kilobytes / 1024 / 1024));
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(", ");
    format!(
        "{processors} × {model}{memory}, {} {}. Load average at the end, the benchmarks' own included: {load}.",
        std::env::consts::OS,
        system.trim()
    )
}
