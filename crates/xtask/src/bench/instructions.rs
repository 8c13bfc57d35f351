//! `cargo xtask bench instructions`: counts the instructions that one agent request takes in the
//! core and in reqwest alone, both in the same loop. A count repeats within one percent on a busy
//! machine, which times do not.

use super::process::Process;
use crate::process::{Result, build, cache, output, program, step};

/// Requests of the two runs of each client. Only the difference counts, so start-up and connecting
/// cancel out.
const REQUESTS: [u32; 2] = [400, 3_600];
const AT_A_TIME: u32 = 32;

/// Counts and prints.
pub(crate) fn run() -> Result {
    let arguments = "--profile fast --package callfluent-bench";
    let [server, client] = build("benchmark programs", arguments, ["bench-server", "bench-client"])?;
    let (_server, base_url) = Process::start(program(server))?;
    let folder = cache("bench/instructions");
    fs_err::create_dir_all(&folder)?;
    step("valgrind", program("valgrind").arg("--version"))?;

    let mut each = [0; 2];
    for (name, each) in ["reqwest", "callfluent"].into_iter().zip(&mut each) {
        let mut counts = [0_u64; 2];
        for (requests, count) in REQUESTS.into_iter().zip(&mut counts) {
            let profile = folder.join(format!("{name}-{requests}.callgrind"));
            let order = format!(r#"{{"task":"agent","times":{requests},"concurrency":{AT_A_TIME}}}"#);
            let mut callgrind = program("valgrind");
            callgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", profile.display()));
            output(callgrind.arg(&client).args([name, &base_url, &order]))?;
            let totals = fs_err::read_to_string(&profile)?;
            let total =
                totals.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or("callgrind counts nothing")?;
            *count = total.trim().parse()?;
        }
        let [few, many] = counts;
        *each = many.saturating_sub(few) / u64::from(REQUESTS[1] - REQUESTS[0]);
        println!("{name:12} {each:8} instructions per request, {AT_A_TIME} at a time");
    }
    let [reqwest, core] = each;
    println!("{:12} {:8}", "difference", i128::from(core) - i128::from(reqwest));
    println!("`callgrind_annotate {}/callfluent-{}.callgrind` shows where", folder.display(), REQUESTS[1]);
    Ok(())
}
