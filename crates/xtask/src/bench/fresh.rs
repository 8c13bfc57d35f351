//! What only fresh processes show: the time to import the package and to have a first answer, the memory and threads of a
//! client at rest, what a further client costs, and the memory of pages that are held.

use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::Extent;
use super::contender::Server;
use super::places::Places;
use super::report::{Report, Table};
use super::rounds::median;
use super::target::{Target, rounded};
use crate::process::{Result, root};

/// Clients for Python, by their names in `benchmarks/python/waiting.py`.
const PYTHON: [&str; 10] =
    ["callfluent", "httpx", "requests", "primp", "impit", "niquests", "aiohttp", "retell", "vapi", "openai"];
/// Clients for Node, by their names in `benchmarks/node/clients.mjs`.
const NODE: [&str; 9] = ["callfluent", "undici", "fetch", "axios", "got", "impit", "retell", "vapi", "openai"];
const LANGUAGES: [&str; 2] = ["Python", "Node"];
/// What takes longer than this, in seconds, is run three times only, or once.
const SLOW: f64 = 1.5;
const VERY_SLOW: f64 = 8.0;
const MEGABYTE: f64 = 1e6;

/// Measures and judges.
pub(crate) fn measure(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    imports(places, extent, report)?;
    first_answers(places, server, extent, report)?;
    idle(places, server, extent, report)?;
    further_clients(places, server, extent, report)?;
    pages(places, server, extent, report)
}

/// A script in a fresh process of its language.
pub(super) fn fresh(places: &Places, language: &str, what: &str, client: &str, base_url: &str) -> Command {
    let mut command = if language == "Node" { places.fresh_node() } else { places.fresh_python(client) };
    if language == "Node" {
        command.arg("fresh.mjs");
    } else {
        command.arg(root().join("benchmarks/python/fresh.py"));
    }
    command.args([what, client, base_url]);
    command
}

/// What a script found out.
pub(super) fn figures(mut command: Command) -> std::result::Result<Value, String> {
    let output = command.output().map_err(|error| format!("it cannot be started: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let mut lines = text.lines().filter(|line| line.contains("rror"));
        return Err(lines.next_back().unwrap_or("it fails without a word").chars().take(200).collect());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("it says something else: {error}"))
}

/// The median of a figure over fresh processes, for each client, measured in turns.
struct Samples {
    client: String,
    values: std::result::Result<Vec<Value>, String>,
    /// How long the longest of the processes took, in seconds.
    longest: f64,
}

impl Samples {
    fn median(&self, figure: &str) -> Option<f64> {
        let values = self.values.as_ref().ok()?;
        Some(median(values.iter().filter_map(|value| value.get(figure)?.as_f64())))
    }
}

fn samples(
    places: &Places,
    server: &Server,
    language: &str,
    what: &str,
    clients: &[&str],
    times: usize,
) -> Result<Vec<Samples>> {
    println!("\n== {language}: {what}");
    let mut found: Vec<_> = clients
        .iter()
        .map(|&client| Samples { client: client.to_owned(), values: Ok(Vec::new()), longest: 0.0 })
        .collect();
    // The first time is not counted: it brings files into memory.
    for time in 0..=times {
        for samples in &mut found {
            let enough = match samples.longest {
                longest if longest > VERY_SLOW => 1,
                longest if longest > SLOW => 3,
                _ => times,
            };
            if samples.values.as_ref().is_ok_and(|values| values.len() >= enough) {
                continue;
            }
            let started = Instant::now();
            let figures = match places.missing(&samples.client, language) {
                Some(reason) => Err(reason.to_owned()),
                None => figures(fresh(places, language, what, &samples.client, &server.base_url)),
            };
            samples.longest = samples.longest.max(started.elapsed().as_secs_f64());
            match (figures, &mut samples.values) {
                (Ok(figures), Ok(values)) if time > 0 => values.push(figures),
                (Err(reason), Ok(_)) => samples.values = Err(reason),
                _ => {}
            }
        }
    }
    let ours = found.iter().find(|samples| samples.client == "callfluent");
    if let Some(Err(reason)) = ours.map(|samples| &samples.values) {
        return Err(format!("{language}, {what}: {reason}").into());
    }
    Ok(found)
}

fn of<'a>(found: &'a [Samples], client: &str) -> Option<&'a Samples> {
    found.iter().find(|samples| samples.client == client)
}

/// Whole processes that import the package and end, beside ones that only end.
fn imports(places: &Places, extent: Extent, report: &mut Report) -> Result {
    println!("\n== imports");
    let mut table = Table::new(
        "Importing the package",
        "Milliseconds of a whole process, from its start to its end.",
        &["", "bare", "with the package"],
    );
    for (language, script) in [("Python", ["pass", "import callfluent"]), ("Node", ["0", "require('callfluent')"])] {
        let mut seconds = [Vec::new(), Vec::new()];
        for time in 0..=extent.pick(101, 5) {
            for (script, seconds) in script.iter().zip(&mut seconds) {
                let (mut command, option) = match language {
                    "Node" => (places.fresh_node(), "--eval"),
                    _ => (places.fresh_python("callfluent"), "-c"),
                };
                let started = Instant::now();
                let status = command.args([option, script]).status();
                if !status.is_ok_and(|status| status.success()) {
                    return Err(format!("{language}: '{script}' fails").into());
                }
                if time > 0 {
                    seconds.push(started.elapsed().as_secs_f64());
                }
            }
        }
        let [bare, whole] = seconds.map(|seconds| median(seconds) * 1e3);
        let what = format!("{language}, importing the package, over the bare interpreter");
        report.judge(Target::at_most(what, 4.0, "ms", Some(whole - bare)));
        table.row([language.to_owned(), rounded(bare), rounded(whole)]);
    }
    report.add(table);
    Ok(())
}

fn first_answers(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let mut table = Table::new(
        "From the import to the first answer",
        "Milliseconds within a fresh process, connecting included.",
        &["", "time"],
    );
    for (language, clients) in LANGUAGES.into_iter().zip([&PYTHON[..], &NODE]) {
        let wanted: Vec<_> = clients.iter().copied().filter(|client| Places::is_wanted(client, extent)).collect();
        let found = samples(places, server, language, "first-answer", &wanted, extent.pick(15, 3))?;
        let ours = of(&found, "callfluent").and_then(|samples| samples.median("seconds"));
        let others = found.iter().filter(|samples| samples.client != "callfluent");
        let others = others.filter_map(|samples| Some((samples.client.as_str(), samples.median("seconds")?)));
        let (client, quickest) = others.min_by(|one, other| one.1.total_cmp(&other.1)).unzip();
        let what = format!("{language}, from the import to the first answer");
        report.judge(Target::at_most(&what, 12.0, "ms", ours.map(|seconds| seconds * 1e3)));
        let other = format!("the quickest other, {}", client.unwrap_or("none"));
        report.judge(Target::at_most_times(what, 1.0, &other, ours, quickest));
        for samples in &found {
            add(&mut table, language, samples, &[("seconds", 1e-3)], &[]);
        }
    }
    report.add(table);
    Ok(())
}

fn idle(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let mut table = Table::new(
        "A client at rest after an answer",
        "Megabytes and threads of the process beyond those of the bare interpreter.",
        &["", "memory", "threads"],
    );
    for (language, clients) in LANGUAGES.into_iter().zip([&PYTHON[..], &NODE]) {
        let wanted = clients.iter().copied().filter(|client| Places::is_wanted(client, extent));
        let wanted: Vec<_> = std::iter::once("nothing").chain(wanted).collect();
        let found = samples(places, server, language, "idle", &wanted, extent.pick(5, 1))?;
        let bare = |figure: &str| of(&found, "nothing").and_then(|samples| samples.median(figure)).unwrap_or_default();
        let beyond = |figure: &str| {
            of(&found, "callfluent").and_then(|samples| samples.median(figure)).map(|whole| whole - bare(figure))
        };
        let what = format!("{language}, a client at rest");
        let memory = beyond("bytes").map(|bytes| bytes / MEGABYTE);
        report.judge(Target::at_most(format!("{what}: memory"), 6.0, "MB", memory));
        report.judge(Target::at_most(format!("{what}: threads"), 2.0, "more", beyond("threads")));
        let bare = [bare("bytes"), bare("threads")];
        for samples in found.iter().filter(|samples| samples.client != "nothing") {
            add(&mut table, language, samples, &[("bytes", MEGABYTE), ("threads", 1.0)], &bare);
        }
    }
    report.add(table);
    Ok(())
}

fn further_clients(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let about = "Each of 1,000 after the first: milliseconds and kilobytes.";
    let mut table = Table::new("A further client", about, &["", "time", "memory"]);
    for language in LANGUAGES {
        let found = samples(places, server, language, "further-clients", &["callfluent"], extent.pick(5, 1))?;
        let figure = |name: &str, unit: f64| of(&found, "callfluent")?.median(name).map(|value| value / unit);
        let what = format!("{language}, a further client");
        report.judge(Target::at_most(format!("{what}: time"), 0.2, "ms", figure("seconds", 1e-3)));
        report.judge(Target::at_most(format!("{what}: memory"), 20.0, "KB", figure("bytes", 1e3)));
        for samples in &found {
            add(&mut table, language, samples, &[("seconds", 1e-3), ("bytes", 1e3)], &[]);
        }
    }
    report.add(table);
    Ok(())
}

fn pages(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let clients = ["callfluent", "orjson", "json"];
    let found = samples(places, server, "Python", "pages", &clients, extent.pick(5, 1))?;
    let bytes = |client: &str| of(&found, client)?.median("bytes");
    let what = "Python, 20 pages of 1,000 calls that are held: memory";
    let target = Target::at_most_times(what, 0.5, "the dicts of orjson.loads", bytes("callfluent"), bytes("orjson"));
    report.judge(target);
    let about = "Megabytes that a fresh process has more with them.";
    let mut table = Table::new("20 pages of 1,000 calls that are held", about, &["", "memory"]);
    for samples in &found {
        add(&mut table, "Python", samples, &[("bytes", MEGABYTE)], &[]);
    }
    report.add(table);
    Ok(())
}

/// A row of figures, each in its unit and beyond what the bare interpreter has.
fn add(table: &mut Table, language: &str, samples: &Samples, units: &[(&str, f64)], bare: &[f64]) {
    let name = format!("{language}: {}", samples.client);
    if let Err(reason) = &samples.values {
        return table.not_run(&name, reason);
    }
    let bare = bare.iter().copied().chain(std::iter::repeat(0.0));
    let cells = units.iter().zip(bare).map(|((figure, unit), bare)| {
        samples.median(figure).map_or_else(|| "–".into(), |value| rounded((value - bare) / unit))
    });
    table.row(std::iter::once(name).chain(cells));
}
