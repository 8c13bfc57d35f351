//! Reading large answers: a page of 1,000 calls, lists of agents of several lengths, a history over several pages.

use serde_json::json;

use super::Extent;
use super::contender::{Contender, Server};
use super::load::{FLOOR, NODE_OURS, PYTHON_ASYNC, PYTHON_SYNC, RUST, cpu, event_loop, wall};
use super::places::Places;
use super::report::{Report, Table};
use super::rounds::{Row, Turn, in_turns, in_turns_with_several, ours_ran};
use super::target::{Target, rounded};
use crate::process::Result;

const ORJSON: &str = "Python: orjson.loads";
const JSON: &str = "Python: json.loads";
const JSON_PARSE: &str = "Node: JSON.parse";

/// Measures and judges.
pub(crate) fn measure(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    page(places, server, extent, report)?;
    let lists = lengths(places, server, extent, "agents", &[100, 1_000, 10_000])?;
    judge("agents", &[100, 1_000, 10_000], 1, &lists, report);
    let histories = lengths(places, server, extent, "calls", &[1, 10])?;
    judge("calls", &[1, 10], 1_000, &histories, report);
    Ok(())
}

fn page(places: &Places, server: &Server, extent: Extent, report: &mut Report) -> Result {
    println!("\n== a page of 1,000 calls");
    let base_url = &server.base_url;
    let mut contenders = vec![
        Contender::start(FLOOR, places.rust_contender("reqwest", base_url)),
        Contender::start(RUST, places.rust_contender("callfluent", base_url)),
        Contender::start(PYTHON_ASYNC, places.python_contender("awaited", "callfluent", base_url)),
        Contender::start(ORJSON, places.python_contender("waiting", "orjson", base_url)),
        Contender::start(JSON, places.python_contender("waiting", "json", base_url)),
        Contender::start(NODE_OURS, places.node_contender("callfluent", base_url)),
        Contender::start(JSON_PARSE, places.node_contender("json", base_url)),
    ];
    let rows = rounds(&mut contenders, "page", extent);
    ours_ran(&rows)?;
    let (held, floor) = (event_loop(&rows, PYTHON_ASYNC), cpu(&rows, FLOOR));
    let what = "Python, a page of 1,000 calls: time of the event loop, with it of the interpreter's lock";
    report.judge(Target::at_most_times(what, 1.0, "orjson.loads", held, event_loop(&rows, ORJSON)));
    let decode = cpu(&rows, PYTHON_ASYNC).zip(floor).map(|(whole, fetching)| (whole - fetching).max(0.0));
    let what = "Python, a page of 1,000 calls: processor time of all threads, less that of reqwest alone";
    report.judge(Target::at_most_times(what, 1.5, "orjson.loads", decode, cpu(&rows, ORJSON)));
    let what = "Node, a page of 1,000 calls: time of the event loop";
    let (held, parse) = (event_loop(&rows, NODE_OURS), event_loop(&rows, JSON_PARSE));
    report.judge(Target::at_most_times(what, 1.0, "JSON.parse", held, parse));
    let about = "Microseconds a page of 0.9 MB. The readers of JSON have the bytes already; the others fetch them too.";
    report.add(Table::of_rows("A page of 1,000 calls", about, FLOOR, rows));

    contenders.retain(|contender| contender.name.starts_with("Python") || contender.name.starts_with("Node"));
    let rows = rounds(&mut contenders, "read", extent);
    ours_ran(&rows)?;
    let about = "Microseconds a page, as above.";
    let title = "A page of 1,000 calls, and two fields of every call read";
    report.add(Table::of_rows(title, about, ORJSON, rows));
    Ok(())
}

fn rounds(contenders: &mut [Contender], task: &str, extent: Extent) -> Vec<Row> {
    let times = extent.pick(20, 3);
    let turn = || Turn { order: json!({ "task": task, "times": times }), operations: times };
    let turns: Vec<_> = contenders.iter().map(|_| turn()).collect();
    // Once for warmth.
    in_turns(contenders, &turns, 1);
    in_turns(contenders, &turns, extent.pick(7, 1))
}

/// The time of each record in lists of several lengths.
fn lengths(places: &Places, server: &Server, extent: Extent, task: &str, lengths: &[u32]) -> Result<Vec<Vec<Row>>> {
    println!("\n== lists of {task}");
    let base_url = &server.base_url;
    let mut contenders = vec![
        Contender::start(PYTHON_SYNC, places.python_contender("waiting", "callfluent", base_url)),
        Contender::start(NODE_OURS, places.node_contender("callfluent", base_url)),
    ];
    if task == "agents" {
        contenders.insert(0, Contender::start(RUST, places.rust_contender("callfluent", base_url)));
    }
    let longest = lengths.iter().copied().max().unwrap_or(1);
    let turn = |&length: &u32| {
        // All lengths come to the same number of records.
        let times = longest * extent.pick(2, 1) / length;
        Turn { order: json!({ "task": task, "argument": length, "times": times }), operations: times * length }
    };
    let turns: Vec<Vec<Turn>> = contenders.iter().map(|_| lengths.iter().map(turn).collect()).collect();
    // Once for warmth.
    in_turns_with_several(&mut contenders, &turns, 1);
    let found = in_turns_with_several(&mut contenders, &turns, extent.pick(9, 1));
    found.iter().try_for_each(|rows| ours_ran(rows))?;
    Ok(found)
}

/// A longer list may not cost more for each of its records.
fn judge(what: &str, lengths: &[u32], records: u32, found: &[Vec<Row>], report: &mut Report) {
    let head: Vec<String> = lengths.iter().map(|length| format!("{} {what}", length * records)).collect();
    let columns: Vec<&str> = std::iter::once("").chain(head.iter().map(String::as_str)).collect();
    let mut table = Table::new(&format!("Lists of {what}"), "Microseconds for each record.", &columns);
    let Some((shortest, longer)) = found.split_first() else {
        return;
    };
    for row in shortest {
        let each = |rows: &[Row]| wall(rows, &row.name).map(|seconds| seconds * 1e6 / f64::from(records));
        for (rows, name) in longer.iter().zip(head.iter().skip(1)) {
            let what = format!("{}, {name}: time of each", row.name.replace(": callfluent", ""));
            let other = format!("that of {}", head.first().map_or("", String::as_str));
            report.judge(Target::at_most_times(what, 1.2, &other, each(rows), each(shortest)));
        }
        let cells = found.iter().map(|rows| each(rows).map_or_else(|| "–".into(), rounded));
        table.row(std::iter::once(row.name.clone()).chain(cells));
    }
    report.add(table);
}
