//! A contender in Rust: `bench-client reqwest|reqwest-waiting|callfluent <base URL>`. It says that it is ready, then does what each line of
//! its standard input asks for and answers with what it cost, until that input ends.

mod contender;
mod work;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

use contender::{Contender, Failure};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(base_url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench-client reqwest|reqwest-waiting|callfluent <base URL>".into());
    };
    // The same as the clients of the other languages run on.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let contender = {
        let _inside = runtime.enter();
        Contender::new(&name, &base_url)?
    };
    say(&json!({ "ready": true, "version": env!("CARGO_PKG_VERSION") }))?;
    for line in std::io::stdin().lock().lines() {
        let order: Value = serde_json::from_str(&line?)?;
        let said = match runtime.block_on(work::measured(&contender, &order)) {
            Ok(cost) => cost,
            Err(error) => json!({ "error": error.to_string() }),
        };
        say(&said)?;
    }
    Ok(())
}

fn say(value: &Value) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{value}")?;
    output.flush()
}
