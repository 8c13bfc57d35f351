//! A benchmark client in Rust: `bench-client CLIENT BASE_URL [ORDER]`. `CLIENT` is `callfluent`,
//! `hooks`, `reqwest`, `reqwest-sync` or `serde_json`. Carries out one order, or one per line of
//! its standard input, and prints the cost of each as a line of JSON.

mod client;
mod work;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

use client::{BenchClient, Failure};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(base_url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench-client reqwest|reqwest-sync|callfluent|hooks BASE_URL [ORDER]".into());
    };
    // The same runtime as in the bindings.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let client = {
        let _inside = runtime.enter();
        BenchClient::new(&name, &base_url)?
    };
    let run = |order: &str| -> Result<Value, Failure> {
        runtime.block_on(work::measured(&client, &serde_json::from_str(order)?))
    };
    if let Some(order) = arguments.next() {
        return Ok(print(&run(&order)?)?);
    }
    print(&json!({ "ready": true }))?;
    for line in std::io::stdin().lock().lines() {
        print(&run(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() })))?;
    }
    Ok(())
}

fn print(value: &Value) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{value}")?;
    output.flush()
}
