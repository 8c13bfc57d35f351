//! The program `callfluent-fault-server SCENARIOS FOLDER`: starts the servers of a list of
//! scenarios, prints their addresses as one line of JSON, and serves until its standard input is
//! closed. Certificates are written to the folder.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use callfluent_sandbox::faults::FaultServer;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(scenarios), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: callfluent-fault-server SCENARIOS FOLDER".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = FaultServer::start(&scenarios, &folder).await?;
        println!("{}", server.addresses());
        std::io::stdout().flush()?;
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
        Ok(())
    })
}
