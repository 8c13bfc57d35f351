//! Creates an agent for each row of a CSV file, with a knowledge file, custom fields and an action.
//!
//! ```sh
//! cargo run --example agents_from_csv -- crates/callfluent/examples/agents.csv
//! ```
//!
//! It reads `CALLFLUENT_API_KEY` and `CALLFLUENT_BASE_URL`. Paths of knowledge files are relative
//! to the CSV file.

use std::error::Error;
use std::path::{Path, PathBuf};

use callfluent::{AgentCreateParams, AgentFormat, Attachment, CallFluent, Id, SendSms};
use serde::Deserialize;

/// A row of the file.
#[derive(Deserialize)]
struct Row {
    workspace_id: Id,
    format: AgentFormat,
    phone_number: Option<String>,
    name: String,
    agent_type: String,
    background: String,
    goal: String,
    tone: String,
    instructions: String,
    welcome_msg: Option<String>,
    knowledge_file: Option<PathBuf>,
    /// Names and labels, such as `customer=The customer's name; email=Their address`.
    custom_fields: String,
    /// Content of a text message that the agent sends on request.
    sms: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: agents_from_csv FILE")?;
    let client = CallFluent::from_env()?;
    for (id, name) in create_all(&client, Path::new(&file)).await? {
        println!("created agent {id}: {name}");
    }
    Ok(())
}

pub(crate) async fn create_all(client: &CallFluent, file: &Path) -> Result<Vec<(Id, String)>, Box<dyn Error>> {
    let mut agents = Vec::new();
    for (index, row) in csv::Reader::from_path(file)?.deserialize().enumerate() {
        // Rows before this one are done: report the line to continue from.
        let agent = create(client, row?, file).await;
        agents.push(agent.map_err(|error| format!("line {}: {error}", index + 2))?);
    }
    Ok(agents)
}

async fn create(client: &CallFluent, row: Row, file: &Path) -> callfluent::Result<(Id, String)> {
    let mut params = AgentCreateParams::builder()
        .workspace_id(row.workspace_id)
        .format(row.format)
        .timezone("UTC+00:00")
        .lang("en")
        .voice("alloy")
        .name(&row.name)
        .agent_type(row.agent_type)
        .background(row.background)
        .goal(row.goal)
        .tone(row.tone)
        .instructions(row.instructions)
        .build();
    params.phone_number = row.phone_number;
    params.welcome_msg_flag = Some(row.welcome_msg.is_some());
    params.welcome_msg = row.welcome_msg;
    let agent = client.agents().create(&params).await?;

    if let Some(path) = row.knowledge_file {
        let path = file.parent().unwrap_or(Path::new("")).join(path);
        client.knowledge().upload(&agent.id, [Attachment::path(path)]).await?;
    }
    for field in row.custom_fields.split(';').filter_map(|field| field.split_once('=')) {
        client.custom_fields().create(&agent.id, field.0.trim(), field.1.trim()).await?;
    }
    if let Some(content) = row.sms {
        let sms = SendSms::builder().name("Text").instruction("When the caller asks for it").content(content);
        client.actions().create(&agent.id, sms.build()).await?;
    }
    Ok((agent.id, row.name))
}
