//! Fetching an agent, an answer of 1.1 KB: one after another, 32 and 256 at once, and 1,000 at the same moment.

use serde_json::json;

use super::Extent;
use super::contender::{Contender, Server};
use super::places::Places;
use super::report::{Report, Table};
use super::rounds::{Row, Turn, in_turns, median, ours_ran};
use super::target::Target;
use crate::process::Result;

/// Clients for asyncio, by their names in `benchmarks/python/awaited.py`.
const AWAITED: [&str; 9] = ["callfluent", "aiohttp", "httpx", "primp", "impit", "niquests", "retell", "vapi", "openai"];
/// Clients that wait, by their names in `benchmarks/python/waiting.py`.
const WAITING: [&str; 9] =
    ["callfluent", "httpx", "requests", "primp", "impit", "niquests", "retell", "vapi", "openai"];
/// Clients for Node, by their names in `benchmarks/node/clients.mjs`.
const NODE: [&str; 9] = ["callfluent", "undici", "fetch", "axios", "got", "impit", "retell", "vapi", "openai"];

/// The names of rows.
pub(super) const FLOOR: &str = "Rust: reqwest alone";
/// As a synchronous client makes requests: a thread waits for those of the runtime.
const FLOOR_WAITING: &str = "Rust: reqwest alone, waited for by another thread";
pub(super) const RUST: &str = "Rust: callfluent";
pub(super) const PYTHON_ASYNC: &str = "Python, async: callfluent";
pub(super) const PYTHON_SYNC: &str = "Python, sync: callfluent";
pub(super) const NODE_OURS: &str = "Node: callfluent";
const AIOHTTP: &str = "Python, async: aiohttp";
const PRIMP: &str = "Python, sync: primp";
const UNDICI: &str = "Node: undici";

const AT_ONCE: u32 = 1_000;

/// Measures and judges.
pub(crate) fn measure(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    let mut contenders = rust(places, server);
    contenders.extend(python(places, server, extent, "awaited", &AWAITED));
    contenders.extend(node(places, server, extent, &NODE));
    for concurrency in [32, 256] {
        let rows = rounds(&mut contenders, concurrency, extent);
        ours_ran(&rows)?;
        judge_at_once(concurrency, &rows, report);
        let title = format!("An agent, {concurrency} requests at a time");
        report.add(Table::of_rows(&title, "Microseconds a request.", FLOOR, rows));
    }
    drop(contenders);

    let mut contenders = rust(places, server);
    let waiting = places.rust_contender("reqwest-sync", &server.base_url);
    contenders.push(Contender::start(FLOOR_WAITING, waiting));
    contenders.extend(python(places, server, extent, "waiting", &WAITING));
    contenders.extend(node(places, server, extent, &["callfluent", "undici"]));
    let rows = rounds(&mut contenders, 1, extent);
    ours_ran(&rows)?;
    let wall = |name: &str| wall(&rows, name);
    let what = "Python, sync, one request after another: time";
    for (other, floor) in [("reqwest alone, waited for", FLOOR_WAITING), ("reqwest alone", FLOOR)] {
        report.judge(Target::at_most_times(what, 1.1, other, wall(PYTHON_SYNC), wall(floor)));
    }
    report.judge(Target::at_most_times(what, 1.0, "primp", wall(PYTHON_SYNC), wall(PRIMP)));
    report.add(Table::of_rows("An agent, one request after another", "Microseconds a request.", FLOOR, rows));
    drop(contenders);

    bursts(places, server, extent, report)
}

fn rust(places: &Places, server: &Server) -> Vec<Contender> {
    [(FLOOR, "reqwest"), (RUST, "callfluent")]
        .map(|(name, client)| Contender::start(name, places.rust_contender(client, &server.base_url)))
        .into()
}

fn python(places: &Places, server: &Server, extent: Extent, kind: &str, clients: &[&str]) -> Vec<Contender> {
    let wanted = clients.iter().filter(|client| Places::is_wanted(client, extent));
    let started = wanted.map(|client| {
        let name = format!("Python, {}: {client}", if kind == "awaited" { "async" } else { "sync" });
        match places.missing(client, "Python") {
            Some(reason) => Contender::absent(name, reason),
            None => Contender::start(name, places.python_contender(kind, client, &server.base_url)),
        }
    });
    started.collect()
}

fn node(places: &Places, server: &Server, extent: Extent, clients: &[&str]) -> Vec<Contender> {
    let wanted = clients.iter().filter(|client| Places::is_wanted(client, extent));
    let started = wanted.map(|client| {
        let name = format!("Node: {client}");
        match places.missing(client, "Node") {
            Some(reason) => Contender::absent(name, reason),
            None => Contender::start(name, places.node_contender(client, &server.base_url)),
        }
    });
    started.collect()
}

/// Measures the contenders in turns. Each makes as many requests in its turn as take about the same time.
fn rounds(contenders: &mut [Contender], concurrency: u32, extent: Extent) -> Vec<Row> {
    println!("\n== an agent, {concurrency} at a time");
    let seconds = extent.pick(0.5, 0.1);
    let fewest = concurrency.max(100);
    let most = extent.pick(40_000, 2_000).max(fewest);
    let turns: Vec<_> = contenders
        .iter_mut()
        .map(|contender| {
            let mut times = fewest;
            // Twice: the first time connections are made and code gets warm.
            for _ in 0..2 {
                let order = json!({ "task": "agent", "concurrency": concurrency, "times": times });
                if let Ok(cost) = contender.ask(&order) {
                    let each = (cost.wall / f64::from(times)).max(1e-7);
                    times = whole(seconds / each).clamp(fewest, most);
                }
            }
            Turn { order: json!({ "task": "agent", "concurrency": concurrency, "times": times }), operations: times }
        })
        .collect();
    in_turns(contenders, &turns, extent.pick(5, 1))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> u32 {
    number as u32
}

fn judge_at_once(concurrency: u32, rows: &[Row], report: &mut Report) {
    let wall = |name: &str| wall(rows, name);
    let what = format!("Python, async, {concurrency} at a time: time");
    report.judge(Target::at_most_times(&what, 2.0, "reqwest alone", wall(PYTHON_ASYNC), wall(FLOOR)));
    report.judge(Target::at_most_times(&what, 0.4, "aiohttp", wall(PYTHON_ASYNC), wall(AIOHTTP)));
    let what = format!("Python, async, {concurrency} at a time: processor time");
    report.judge(Target::at_most_times(&what, 2.2, "reqwest alone", cpu(rows, PYTHON_ASYNC), cpu(rows, FLOOR)));
    let what = format!("Node, {concurrency} at a time: time");
    report.judge(Target::at_most_times(&what, 1.6, "reqwest alone", wall(NODE_OURS), wall(FLOOR)));
    report.judge(Target::at_most_times(&what, 0.8, "undici.request", wall(NODE_OURS), wall(UNDICI)));
    let what = format!("Node, {concurrency} at a time: event loop");
    let (ours, theirs) = (event_loop(rows, NODE_OURS), event_loop(rows, UNDICI));
    report.judge(Target::at_most_times(&what, 0.3, "undici.request", ours, theirs));
}

/// 1,000 requests that start at the same moment: over connections that are there, and over connections still to be made.
fn bursts(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    println!("\n== 1,000 requests at once");
    let start = || {
        let mut contenders = rust(places, server);
        contenders.extend(python(places, server, extent, "awaited", &["callfluent", "aiohttp"]));
        contenders.extend(node(places, server, extent, &["callfluent", "undici"]));
        contenders
    };
    let turn = |_: &Contender| Turn {
        order: json!({ "task": "agent", "concurrency": AT_ONCE, "times": AT_ONCE }),
        operations: AT_ONCE,
    };
    let one = json!({ "task": "agent" });
    let mut first: Vec<Vec<f64>> = Vec::new();
    let mut contenders = start();
    for _ in 0..extent.pick(9, 1) {
        contenders = start();
        first.resize(contenders.len(), Vec::new());
        for contender in &mut contenders {
            let _ = contender.ask(&one);
        }
        for (contender, first) in contenders.iter_mut().zip(&mut first) {
            if let Ok(cost) = contender.ask(&turn(contender).order) {
                first.push(cost.wall);
            }
        }
    }
    let turns: Vec<_> = contenders.iter().map(turn).collect();
    let rows = in_turns(&mut contenders, &turns, extent.pick(15, 2));
    ours_ran(&rows)?;
    let mut table = Table::new(
        "1,000 requests at the same moment",
        "Requests a second; at first every request needs a connection of its own, later they are there.",
        &["", "connections there", "connections to be made"],
    );
    for (row, first) in rows.iter().zip(first) {
        let a_second = |seconds: f64| 1.0 / seconds;
        let first = (!first.is_empty()).then(|| f64::from(AT_ONCE) / median(first));
        let later = row.cost.as_ref().ok().map(|cost| a_second(cost.wall));
        if [PYTHON_ASYNC, NODE_OURS].contains(&row.name.as_str()) {
            let what = format!("{}, 1,000 requests at once", row.name.replace(": callfluent", ""));
            report.judge(Target::above(&what, 20_000.0, "a second", later));
            report.judge(Target::above(what + ", connections to be made", 20_000.0, "a second", first));
        }
        let shown = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.0}"));
        match &row.cost {
            Ok(_) => table.row([row.name.clone(), shown(later), shown(first)]),
            Err(reason) => table.not_run(&row.name, reason),
        }
    }
    report.add(table);
    Ok(())
}

pub(super) fn wall(rows: &[Row], name: &str) -> Option<f64> {
    rows.iter().find(|row| row.name == name)?.cost.as_ref().ok().map(|cost| cost.wall)
}

pub(super) fn cpu(rows: &[Row], name: &str) -> Option<f64> {
    rows.iter().find(|row| row.name == name)?.cost.as_ref().ok().map(|cost| cost.cpu)
}

pub(super) fn event_loop(rows: &[Row], name: &str) -> Option<f64> {
    rows.iter().find(|row| row.name == name)?.cost.as_ref().ok()?.event_loop
}
