//! `cargo xtask bench instructions`: counts the instructions of one agent request and of one page
//! of calls, in the core and in reqwest alone, both in the same loop. The client `hooks` is the
//! core with hooks that do nothing. A count repeats within one percent on a busy machine, which
//! times do not.

use super::process::start_server;
use crate::process::{Result, build, cache, output, program, step};

/// A task of the benchmark clients.
struct Task {
    name: &'static str,
    /// Clients to compare with the first one.
    clients: &'static [&'static str],
    /// Requests of the two runs of each client. Only the difference counts, so start-up and
    /// connecting cancel out.
    requests: [u32; 2],
    at_a_time: u32,
}

const TASKS: [Task; 2] = [
    Task { name: "agent", clients: &["reqwest", "callfluent", "hooks"], requests: [400, 3_600], at_a_time: 32 },
    Task { name: "page", clients: &["reqwest", "callfluent", "serde_json"], requests: [20, 80], at_a_time: 1 },
];

/// Counts and prints.
pub(crate) fn run() -> Result {
    let arguments = "--profile fast --package callfluent-bench";
    let [server, client] = build("benchmark programs", arguments, ["bench-server", "bench-client"])?;
    let folder = cache("bench/instructions");
    fs_err::create_dir_all(&folder)?;
    let (_server, addresses) = start_server(program(server), &folder)?;
    let base_url = addresses.get("plain").ok_or("the server has no plain address")?;
    step("valgrind", program("valgrind").arg("--version"))?;

    for Task { name: task, clients, requests: [few, many], at_a_time } in TASKS {
        let mut counts = Vec::new();
        for client_name in clients {
            let count = |requests: u32| -> Result<u64> {
                let profile = folder.join(format!("{client_name}-{task}-{requests}.callgrind"));
                let order = format!(r#"{{"task":"{task}","times":{requests},"concurrency":{at_a_time}}}"#);
                let mut callgrind = program("valgrind");
                callgrind.args(["--quiet", "--tool=callgrind"]);
                callgrind.arg(format!("--callgrind-out-file={}", profile.display()));
                output(callgrind.arg(&client).args([client_name, base_url.as_str(), &order]))?;
                let totals = fs_err::read_to_string(&profile)?;
                let total = totals.lines().find_map(|line| line.strip_prefix("totals: "));
                Ok(total.ok_or("callgrind counts nothing")?.trim().parse()?)
            };
            let each = count(many)?.saturating_sub(count(few)?) / u64::from(many - few);
            println!("{task:6} {client_name:12} {each:10} instructions per request, {at_a_time} at a time");
            counts.push(each);
        }
        if let [first, others @ ..] = counts.as_slice() {
            for (client_name, count) in clients.iter().skip(1).zip(others) {
                println!(
                    "{task:6} {client_name:12} {:+10} beyond {}",
                    i128::from(*count) - i128::from(*first),
                    clients.first().copied().unwrap_or_default()
                );
            }
        }
    }
    println!("`callgrind_annotate {}/callfluent-agent-3600.callgrind` shows where", folder.display());
    Ok(())
}
