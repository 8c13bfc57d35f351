//! Judges the targets and renders `benchmarks/report.md.jinja`.

use fs_err as fs;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};

use super::measure::{Row, medians_of_passes};
use super::scenarios::{Bound, Scenario, Table, Target};
use super::setup::{Extent, Setup};
use crate::process::{Result, cache, output, program, root};

/// Prints the targets and writes the page. Each pass has the rows of each scenario.
pub(super) fn write(setup: &Setup, table: &Table, passes: &[Vec<Vec<Row>>]) -> Result {
    let (mut targets, mut sections) = (Vec::new(), Vec::<Value>::new());
    for (index, scenario) in table.scenarios.iter().enumerate() {
        let of_scenario: Vec<&[Row]> = passes.iter().filter_map(|pass| pass.get(index).map(Vec::as_slice)).collect();
        let rows = medians_of_passes(&of_scenario);
        let all = View { table, scenario, rows: &rows };
        let each: Vec<View<'_>> = of_scenario.iter().map(|rows| View { table, scenario, rows }).collect();
        targets.extend(scenario.targets.iter().map(|target| cells(all, &each, target)));
        sections.push(all.section());
    }
    for [what, limit, measured, verdict] in &targets {
        println!("{verdict:12} {measured:18} {limit:32} {what}");
    }
    let command = setup.extent.pick("cargo xtask bench", "cargo xtask bench --quick");
    let (versions, machine) = (setup.versions()?, machine()?);
    let template = fs::read_to_string(root().join("benchmarks/report.md.jinja"))?;
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).build()?);
    let context = context! { command, targets, sections, versions, machine, passes => passes.len() };
    let page = environment.render_str(&template, context)?;
    let path = match setup.extent {
        Extent::Full => root().join("docs/reports/benchmarks.md"),
        Extent::Quick => cache("bench/quick.md"),
    };
    fs::write(&path, page + "\n")?;
    println!("\nwritten to {}", path.display());
    Ok(())
}

/// The limit of a target, the measured value, and whether it is within the limit.
type Judged = (String, Option<f64>, Option<bool>);

/// Four cells of a target: what is measured, its limit, the measurement with the range of the
/// passes, and the verdict.
fn cells(all: View<'_>, passes: &[View<'_>], target: &Target) -> [String; 4] {
    let Target { client, column, beyond, .. } = target;
    let beyond = beyond.as_ref().map_or_else(String::new, |other| format!(", beyond {other}"));
    let what = format!("{}; {client}: {column}{beyond}", all.scenario.title);
    let (limit, measured, _) = all.judged(target);
    let judged: Vec<Judged> = passes.iter().map(|pass| pass.judged(target)).collect();
    let values = || judged.iter().filter_map(|(_, value, _)| *value);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let measured = measured.map_or_else(
        || "–".to_owned(),
        |value| {
            if low < high {
                format!("{} ({}–{})", rounded(value), rounded(low), rounded(high))
            } else {
                rounded(value)
            }
        },
    );
    let met = judged.iter().filter(|(_, _, met)| *met == Some(true)).count();
    let missed = judged.iter().filter(|(_, _, met)| *met == Some(false)).count();
    let verdict = match (met, missed) {
        (0, 0) => "not measured".to_owned(),
        (_, 0) => "met".to_owned(),
        (0, _) => "**not met**".to_owned(),
        _ => format!("**met in {met} of {} passes**", met + missed),
    };
    [what, limit, measured, verdict]
}

/// A scenario with the figures of its clients.
#[derive(Clone, Copy)]
struct View<'a> {
    table: &'a Table,
    scenario: &'a Scenario,
    rows: &'a [Row],
}

impl View<'_> {
    fn value(self, client: &str, column: &str) -> Option<f64> {
        let (figure, scale) = self.table.columns.get(column)?;
        let row = self.rows.iter().find(|row| row.client == client)?;
        row.figures.as_ref().ok()?.get(figure).map(|value| value * scale)
    }

    fn judged(self, Target { client, column, beyond, bound }: &Target) -> Judged {
        let ours = self.value(client, column).and_then(|ours| match beyond {
            Some(other) => Some((ours - self.value(other, column)?).max(0.0)),
            None => Some(ours),
        });
        match bound {
            Bound::AtMost(limit) => (format!("≤ {limit}"), ours, ours.map(|ours| ours <= *limit)),
            Bound::Above(limit) => (format!("> {limit}"), ours, ours.map(|ours| ours > *limit)),
            Bound::Times(factor, other) => times(*factor, other, ours, self.value(other, column)),
            Bound::TimesBeyond(factor, other) => {
                let floor = beyond.as_ref().and_then(|other| self.value(other, column));
                let theirs = self.value(other, column).zip(floor).map(|(theirs, floor)| theirs - floor);
                times(*factor, other, ours, theirs)
            }
            Bound::TimesColumn(factor, other) => times(*factor, other, ours, self.value(client, other)),
            Bound::TimesBestPeer(factor) => {
                let language = client.split([',', ':']).next().unwrap_or(client);
                let peers = self.rows.iter().map(|row| row.client.as_str());
                let peers = peers.filter(|peer| peer != client && peer.starts_with(language));
                let values = peers.filter_map(|peer| Some((peer, self.value(peer, column)?)));
                let best = values.min_by(|one, other| one.1.total_cmp(&other.1)).unzip();
                times(*factor, best.0.unwrap_or("best peer"), ours, best.1)
            }
        }
    }

    fn section(self) -> Value {
        let Scenario { title, about, columns, relative_to, .. } = self.scenario;
        let first = columns.first().map_or("", String::as_str);
        let cells = |row: &Row| {
            row.figures.as_ref().ok()?;
            let shown = |value: Option<f64>| value.map_or_else(String::new, rounded);
            let mut cells: Vec<String> = columns.iter().map(|column| shown(self.value(&row.client, column))).collect();
            if let Some(other) = relative_to {
                cells.push(shown(
                    self.value(&row.client, first).zip(self.value(other, first)).map(|(it, other)| it / other),
                ));
            }
            Some(context! { client => row.client.as_str(), cells })
        };
        let heads = columns.iter().cloned().chain(relative_to.iter().map(|other| format!("relative to {other}")));
        let failed = |row: &Row| {
            row.figures.as_ref().err().map(|error| wrapped(&format!("Not measured: {}: {error}", row.client)))
        };
        context! {
            title,
            about => wrapped(about),
            heads => heads.collect::<Vec<_>>(),
            rows => self.rows.iter().filter_map(cells).collect::<Vec<_>>(),
            failed => self.rows.iter().filter_map(failed).collect::<Vec<_>>(),
        }
    }
}

/// Ours relative to another value.
fn times(factor: f64, other: &str, ours: Option<f64>, theirs: Option<f64>) -> Judged {
    let ratio = ours.zip(theirs.filter(|theirs| *theirs > 0.0)).map(|(ours, theirs)| ours / theirs);
    (format!("≤ {factor} × {other}"), ratio, ratio.map(|ratio| ratio <= factor))
}

fn machine() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |it| it.1);
    let load = fs::read_to_string("/proc/loadavg")?;
    let system = output(program("uname").arg("-srm"))?;
    let count = std::thread::available_parallelism()?;
    Ok(format!(
        "{count} × {model}, {}, load average at the end {}",
        system.trim(),
        load.split(' ').next().unwrap_or("")
    ))
}

/// Text in lines of at most 100 letters, as in other pages.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 100 {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Three significant digits.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bound: Bound, peers: &[Option<f64>]) -> String {
        cells_of(bound, peers)[3].clone()
    }

    fn cells_of(bound: Bound, peers: &[Option<f64>]) -> [String; 4] {
        let mut table = super::super::scenarios::table().unwrap();
        let (client, column) = ("Node: ours".to_owned(), "threads".to_owned());
        table.scenarios[0].targets = vec![Target { client, column, beyond: None, bound }];
        let row = |client: &str, threads: Option<f64>| Row {
            client: client.to_owned(),
            figures: threads.map(|it| [("threads".to_owned(), it)].into()).ok_or_else(|| "not installed".to_owned()),
        };
        let passes: Vec<_> =
            peers.iter().map(|peer| [row("Node: ours", Some(4.0)), row("Node: peer", *peer)]).collect();
        let scenario = &table.scenarios[0];
        let views: Vec<View<'_>> = passes.iter().map(|rows| View { table: &table, scenario, rows }).collect();
        cells(views[0], &views, &scenario.targets[0])
    }

    #[test]
    fn a_target_is_met_up_to_its_limit_and_not_beyond() {
        assert_eq!(verdict(Bound::Times(2.0, "Node: peer".into()), &[Some(2.0)]), "met");
        assert_eq!(verdict(Bound::Times(2.0, "Node: peer".into()), &[Some(1.9)]), "**not met**");
        assert_eq!(verdict(Bound::TimesBestPeer(2.0), &[Some(2.0)]), "met");
        assert_eq!(verdict(Bound::AtMost(3.9), &[None]), "**not met**");
        assert_eq!(verdict(Bound::Above(4.0), &[None]), "**not met**");
    }

    #[test]
    fn a_target_that_some_passes_miss_names_their_number() {
        let cells = cells_of(Bound::Times(1.0, "Node: peer".into()), &[Some(5.0), Some(3.2), Some(4.0)]);
        assert_eq!(cells[2..], ["0.800 (0.800–1.25)", "**met in 2 of 3 passes**"]);
    }

    #[test]
    fn long_texts_are_wrapped_between_words() {
        let text = wrapped(&"nineteen letters ok ".repeat(12));
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [99, 99, 39]);
        assert_eq!(wrapped("one line"), "one line");
    }

    #[test]
    fn a_target_without_its_peer_is_not_measured() {
        assert_eq!(verdict(Bound::Times(2.0, "Node: peer".into()), &[None]), "not measured");
        assert_eq!(verdict(Bound::TimesBestPeer(2.0), &[None]), "not measured");
    }
}
