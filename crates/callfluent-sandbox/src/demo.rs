//! The data that a sandbox starts with: one workspace with numbers, or a small account with three weeks of calls.
//! All of it comes from the seed and the clock, so that two demos with the same settings are the same.

use serde_json::{Map, Value, json};

use crate::state::{Action, Agent, Call, CallStatus, CrossOrigin, KnowledgeFile, PhoneNumber, Workspace, World};

const DAY: u64 = 86_400;
/// How long before the clock's start the demo's calls begin.
const DEMO_DAYS: u64 = 21;
/// The number in the documentation's examples, so that they can be tried as they are printed.
const DOCUMENTED_NUMBER: &str = "+123456789";

/// How a call can end, and in how many of twenty calls it does.
struct Ending {
    of_twenty: u32,
    status: CallStatus,
    outcome: &'static str,
    transcript: Option<&'static str>,
    summary: Option<&'static str>,
}

const ENDINGS: &[Ending] = &[
    Ending {
        of_twenty: 6,
        status: CallStatus::Completed,
        outcome: "appointment_booked",
        transcript: Some("Agent: Would Tuesday at ten suit you?\nCaller: Tuesday at ten is fine."),
        summary: Some("The caller booked an appointment for Tuesday at ten."),
    },
    Ending {
        of_twenty: 5,
        status: CallStatus::Completed,
        outcome: "question_answered",
        transcript: Some("Caller: Do you open on Saturdays?\nAgent: We do, until noon."),
        summary: Some("The caller asked about Saturdays."),
    },
    Ending {
        of_twenty: 3,
        status: CallStatus::Completed,
        outcome: "transferred",
        transcript: Some("Caller: I would rather speak to somebody.\nAgent: I am putting you through."),
        summary: Some("The caller was put through to a colleague."),
    },
    Ending {
        of_twenty: 2,
        status: CallStatus::Completed,
        outcome: "voicemail",
        transcript: None,
        summary: Some("The agent left a message."),
    },
    Ending { of_twenty: 2, status: CallStatus::NoAnswer, outcome: "no_answer", transcript: None, summary: None },
    Ending { of_twenty: 1, status: CallStatus::Busy, outcome: "busy", transcript: None, summary: None },
    Ending { of_twenty: 1, status: CallStatus::Failed, outcome: "failed", transcript: None, summary: None },
];

/// One workspace with numbers and nothing else.
pub(crate) fn furnish_first_workspace(world: &mut World) {
    add_workspace(world, "first workspace");
}

/// Two workspaces, six agents with all that agents have, and sixty calls over three weeks.
pub(crate) fn furnish(world: &mut World) {
    let shop = add_workspace(world, "Bright Bikes");
    let clinic = add_workspace(world, "Harbour Dental");
    let agents = [
        (shop, "Support line", "inbound", "support", "Answer questions about orders and deliveries"),
        (shop, "Service reminders", "outbound", "sales", "Book the yearly service"),
        (shop, "Survey", "outbound", "survey", "Ask how the new bike rides"),
        (clinic, "Reception", "inbound", "receptionist", "Book, move and cancel appointments"),
        (clinic, "Recall", "outbound", "receptionist", "Invite patients to their check-up"),
        (clinic, "After hours", "inbound", "support", "Take messages at night"),
    ];
    let mut ids = Vec::new();
    for (workspace_id, name, format, agent_type, goal) in agents {
        ids.push(add_agent(world, workspace_id, name, format, agent_type, goal));
    }
    // Half of the calls are the first agent's, so that its list has a second page and the others' have only one.
    let begin = world.moment.saturating_sub(DEMO_DAYS * DAY);
    for number in 0..60_u64 {
        let place = if number % 2 == 0 { 0 } else { usize::try_from(number / 2).unwrap_or_default() % ids.len() };
        if let Some(agent_id) = ids.get(place).copied() {
            add_call(world, agent_id, begin + number * (DEMO_DAYS * DAY / 60));
        }
    }
}

/// Adds a workspace with numbers of its own, and gives its id.
pub(crate) fn add_workspace(world: &mut World, name: &str) -> u64 {
    let id = world.next_workspace_id();
    let mut numbers = Vec::new();
    if id == 1 {
        numbers.push(DOCUMENTED_NUMBER.to_owned());
    }
    // 555-0100 to 555-0199 are nobody's; the area code keeps the workspaces apart.
    numbers.extend((0..10).map(|line| format!("+1{:03}55501{line:02}", 200 + id)));
    let last_two = numbers.len() - 2;
    let numbers = numbers
        .into_iter()
        .enumerate()
        .map(|(place, number)| PhoneNumber {
            number,
            sid: format!("PN{:032x}", world.random.u128(..)),
            verified: place >= last_two,
        })
        .collect();
    world.workspaces.push(Workspace { id, name: name.to_owned(), numbers });
    id
}

fn add_agent(world: &mut World, workspace_id: u64, name: &str, format: &str, agent_type: &str, goal: &str) -> u64 {
    let id = world.next_agent_id();
    let moment = world.moment.saturating_sub((DEMO_DAYS + 7) * DAY);
    let mut payload = Map::new();
    for (field, value) in [
        ("workspaceId", json!(workspace_id)),
        ("format", json!(format)),
        ("timezone", json!("UTC+00:00")),
        ("name", json!(name)),
        ("avatar", json!(format!("https://images.sandbox.example/agent-{id}.png"))),
        ("lang", json!("en")),
        ("voice", json!("alloy")),
        ("phone_number", json!(free_number(world, workspace_id))),
        ("welcome_msg_flag", json!(true)),
        ("welcome_msg", json!("How are you today?")),
        ("call_recording", json!(false)),
        ("blocked_phone_types", json!("1,2,3")),
        ("answer_creativity", json!(3)),
        ("speech_stop_sensitivity", json!(5)),
        ("utterance_detection", json!(1000)),
        ("agent_type", json!(agent_type)),
        ("background", json!("You speak for a small company that knows its customers by name.")),
        ("goal", json!(goal)),
        ("tone", json!("Friendly")),
        ("instructions", json!("Be brief. Ask one question at a time.")),
    ] {
        payload.insert(field.to_owned(), value);
    }
    let mut agent = Agent::new(id, &payload, moment);
    agent.custom_fields =
        vec![custom_field(world, "name", "Caller's name"), custom_field(world, "email", "Caller's email")];
    agent.actions = vec![action(world, id, moment)];
    agent.knowledge_files = vec![KnowledgeFile {
        id: world.next_knowledge_file_id(),
        name: "questions-and-answers.pdf".to_owned(),
        size: 20_000 + world.random.u64(..80_000),
        content_type: "application/pdf".to_owned(),
        created_at: moment,
    }];
    agent.cross_origin = CrossOrigin { enabled: true, origins: json!(["https://google.com"]) };
    world.agents.insert(id, agent);
    id
}

/// The first number of the workspace that no agent has.
fn free_number(world: &World, workspace_id: u64) -> Option<String> {
    let workspace = world.workspaces.iter().find(|workspace| workspace.id == workspace_id)?;
    let in_use = |number: &str| world.agents.values().any(|agent| agent.phone_number() == Some(number));
    workspace
        .numbers
        .iter()
        .map(|known| known.number.clone())
        .find(|number| number != DOCUMENTED_NUMBER && !in_use(number))
}

fn custom_field(world: &mut World, name: &str, label: &str) -> Map<String, Value> {
    let mut field = Map::new();
    field.insert("id".to_owned(), world.next_uuid().into());
    field.insert("name".to_owned(), name.into());
    field.insert("label".to_owned(), label.into());
    field
}

fn action(world: &mut World, agent_id: u64, moment: u64) -> Action {
    let mut payload = Map::new();
    for (field, value) in [
        ("agentId", json!(agent_id)),
        ("actionType", json!("sendEmail")),
        ("name", json!("Send email action")),
        ("instruction", json!("Trigger when the caller asks for an email")),
        ("content", json!("Thank you for your call.")),
        ("subject", json!("Your call")),
    ] {
        payload.insert(field.to_owned(), value);
    }
    Action { id: world.next_action_id(), agent_id, payload, created_at: moment, updated_at: moment }
}

fn add_call(world: &mut World, agent_id: u64, started_at: u64) {
    let share = world.random.u32(..20);
    let mut reached = 0;
    let Some(ending) = ENDINGS.iter().find(|ending| {
        reached += ending.of_twenty;
        share < reached
    }) else {
        return;
    };
    let duration = if ending.status == CallStatus::Completed { world.random.u64(20..600) } else { 0 };
    let call = Call {
        id: world.next_call_id(),
        agent_id,
        phone_number: format!("+1415555{:04}", 100 + world.random.u32(..100)),
        outbound: world.agents.get(&agent_id).is_some_and(Agent::is_outbound),
        status: ending.status,
        outcome: Some(ending.outcome),
        started_at,
        ended_at: Some(started_at + duration),
        transcript: ending.transcript,
        summary: ending.summary,
        custom_fields: Map::new(),
    };
    world.calls.insert(call.id, call);
}
