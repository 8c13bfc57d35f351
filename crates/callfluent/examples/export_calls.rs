//! Exports every phone call of some workspaces to a CSV file.
//!
//! ```sh
//! cargo run --example export_calls -- calls.csv 1 2
//! ```
//!
//! The API documents only the `id` of a phone call. `MyCall` has the fields that the calls of this
//! account have; the last column has all of them.

use std::error::Error;

use callfluent::{Call, CallFluent, Id};
use serde::{Deserialize, Serialize};

/// Undocumented fields of a phone call.
#[derive(Deserialize)]
struct MyCall {
    phone_number: Option<String>,
    duration: Option<f64>,
    status: Option<String>,
}

/// A row of the file.
#[derive(Serialize)]
struct Row<'a> {
    workspace: &'a Id,
    agent: &'a Id,
    agent_name: Option<&'a str>,
    call: &'a Id,
    phone_number: Option<String>,
    duration: Option<f64>,
    status: Option<String>,
    json: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: export_calls FILE WORKSPACE...")?;
    let count = export(&CallFluent::from_env()?, &file, arguments.map(Id::from)).await?;
    println!("exported {count} phone calls to {file}");
    Ok(())
}

/// Returns the number of phone calls.
pub(crate) async fn export(
    client: &CallFluent,
    file: &str,
    workspaces: impl IntoIterator<Item = Id>,
) -> Result<usize, Box<dyn Error>> {
    let mut rows = csv::Writer::from_path(file)?;
    let mut count = 0;
    for workspace in workspaces {
        for agent in &client.agents().list(&workspace).await? {
            let mut calls = client.calls().list_all(&agent.id);
            while let Some(call) = calls.next().await {
                let call: Call = call?;
                let MyCall { phone_number, duration, status } = call.parse()?;
                rows.serialize(Row {
                    workspace: &workspace,
                    agent: &agent.id,
                    agent_name: agent.name.as_deref(),
                    call: &call.id,
                    phone_number,
                    duration,
                    status,
                    json: serde_json::to_string(&call)?,
                })?;
                count += 1;
            }
        }
    }
    rows.flush()?;
    Ok(count)
}
