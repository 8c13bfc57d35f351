//! Creates an agent with a free phone number, starts a phone call, reads the call history, and
//! deletes the agent.
//!
//! `cargo xtask demo` runs it against a sandbox. It reads `CALLFLUENT_BASE_URL` and
//! `CALLFLUENT_API_KEY`. Do not run it against a real account: it starts a phone call.

use callfluent::{
    Action, AgentCreateParams, AgentFormat, AgentPatchParams, Attachment, CallFluent, CallForwarding, CallStartParams,
    DataCollection, EmailPush, Error, GhlCalendar, GoogleCalendar, PayloadField, SendEmail, SendSms, Webhook,
};
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = CallFluent::from_env()?;

    let workspaces = client.workspaces().list().await?;
    let workspace = workspaces.first().ok_or("the account has no workspace")?;
    println!("workspace     {} ({})", workspace.name.as_deref().unwrap_or("unnamed"), workspace.id);

    let numbers = client.phone_numbers().list(&workspace.id, AgentFormat::Outbound).await?;
    let number = numbers.free().find_map(|entry| entry.number.clone()).ok_or("every number is in use")?;
    println!("number        {number}, one of {} of which {} are in use", numbers.numbers.len(), numbers.in_use.len());

    let params = AgentCreateParams::builder()
        .workspace_id(&workspace.id)
        .format(AgentFormat::Outbound)
        .timezone("UTC+00:00")
        .name("Bakery assistant")
        .lang("en")
        .voice("alloy")
        .agent_type("sales")
        .background("You work for a bakery.")
        .goal("Take an order for tomorrow")
        .tone("Friendly")
        .instructions("Ask what they need and when.")
        .phone_number(number)
        .welcome_msg("Good morning, this is the bakery.")
        .welcome_msg_flag(true)
        .answer_creativity(3)
        .build();
    let agent = client.agents().create(&params).await?;
    println!("agent         {} created ({})", agent.name.as_deref().unwrap_or("unnamed"), agent.id);

    let price_list = Attachment::bytes("prices.txt", "Bread 4, rolls 1, cake 20");
    for file in client.knowledge().upload(&agent.id, [price_list]).await? {
        println!("knowledge     file {} uploaded", file.id);
    }

    let field = client.custom_fields().create(&agent.id, "customer", "The customer's name").await?;
    println!("custom field  {}", field.name.unwrap_or_default());

    for action in actions() {
        let created = client.actions().create(&agent.id, &action).await?;
        println!("action        {} ({})", action.action_type(), created.id);
    }

    let origins = client.agents().set_cors_origins(&agent.id, &["https://bakery.example"], None).await?;
    println!("origins       {}", origins.webhook_cors_origin.unwrap_or_default().join(", "));

    let call = CallStartParams::to("+15550001234").with("customer", "Ada");
    let call = client.calls().start(&agent.id, &call).await?;
    println!("call          {} started", call.id);
    client.calls().hang_up(&call.id).await?;
    println!("call          {} hung up", call.id);

    history(&client, &workspace.id).await?;

    let patched = client.agents().patch(&agent.id, &AgentPatchParams::builder().tone("Cheerful").build()).await?;
    println!("patch         tone is {:?} now, {} fields dropped", patched.agent.tone, patched.dropped.len());

    // All invalid fields are reported at once, and nothing is sent.
    let mut wrong = params.clone();
    wrong.answer_creativity = Some(11.0);
    wrong.phone_number = Some("555-1234".into());
    match client.agents().update(&agent.id, &wrong).await {
        Err(Error::InvalidRequest(problems)) => {
            for problem in problems.as_slice() {
                println!("invalid       {}: {}", problem.field, problem.reason);
            }
        }
        other => return Err(format!("an invalid request was sent: {other:?}").into()),
    }
    // An error response has the server's status and message.
    match client.agents().get("999999").await {
        Err(error) => println!("not found     {error}"),
        Ok(details) => return Err(format!("agent 999999 exists: {details:?}").into()),
    }

    let left = client.agents().delete(&agent.id).await?;
    println!("deleted       {} agents are left", left.len());
    let drift = client.drift();
    println!("drift         {} differences between the responses and the documentation", drift.len());
    Ok(())
}

/// Reads all phone calls of the workspace's busiest agent.
async fn history(client: &CallFluent, workspace_id: &callfluent::Id) -> callfluent::Result<()> {
    let mut busiest = None;
    for agent in &client.agents().list(workspace_id).await? {
        let total = client.agents().get(&agent.id).await?.total_calls;
        busiest = busiest.max(total.map(|total| (total, agent.id.clone())));
    }
    let Some((total, agent_id)) = busiest else {
        return Ok(());
    };
    let page = client.calls().list(&agent_id, 1).await?;
    let (mut count, mut seconds) = (0, 0.0);
    let mut calls = client.calls().list_all(&agent_id);
    while let Some(call) = calls.try_next().await? {
        count += 1;
        seconds += call.get::<f64>("duration").unwrap_or_default();
    }
    println!(
        "history       {count} of {total} calls of agent {agent_id}, {} on the first page, {:.0} minutes in all",
        page.items.len(),
        seconds / 60.0
    );
    Ok(())
}

/// Returns one action of each type.
fn actions() -> [Action; 8] {
    let fields = || [PayloadField::new("customer", "Customer")];
    let instruction = "When the customer asks for it";
    [
        SendEmail::builder()
            .name("Confirm")
            .instruction(instruction)
            .content("See you tomorrow")
            .subject("Your order")
            .build()
            .into(),
        CallForwarding::builder()
            .name("Forward")
            .instruction(instruction)
            .forward_number("+15550009999")
            .build()
            .into(),
        SendSms::builder().name("Text").instruction(instruction).content("1 Main Street").build().into(),
        Webhook::builder().name("Order").webhook_url("https://bakery.example/orders").fields(fields()).build().into(),
        DataCollection::builder().name("Name").instruction(instruction).collect_field("customer").build().into(),
        EmailPush::builder()
            .name("Summary")
            .target_email("orders@bakery.example")
            .subject("An order")
            .fields(fields())
            .build()
            .into(),
        GhlCalendar::builder()
            .name("Visit")
            .ghl_calendar_id("B6blC")
            .calendar_period("1week")
            .instruction(instruction)
            .build()
            .into(),
        GoogleCalendar::builder()
            .name("Tasting")
            .google_title("Cake tasting")
            .instruction(instruction)
            .calendar_period("1week")
            .google_duration("30 mins")
            .build()
            .into(),
    ]
}
