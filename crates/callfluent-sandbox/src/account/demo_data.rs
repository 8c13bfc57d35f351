//! The initial data of a sandbox: one workspace with numbers, or an account with three weeks of
//! calls. It depends only on the seed and the clock, so that equal settings give equal data.

use serde_json::{Map, Value, json};

use super::{Account, Action, Agent, Call, CallPlan, CallStatus, CorsOrigins, KnowledgeFile};
use crate::ordered_json::Written;
use crate::settings::Settings;

const DAY: u64 = 86_400;
/// Age of the oldest call, relative to the clock's start.
const DEMO_DAYS: u64 = 21;

/// A way in which a call ends.
struct CallEnding {
    /// The number of calls out of twenty that end in this way.
    of_twenty: u32,
    status: CallStatus,
    outcome: &'static str,
    transcript: Option<&'static str>,
    summary: Option<&'static str>,
}

const ENDINGS: &[CallEnding] = &[
    CallEnding {
        of_twenty: 6,
        status: CallStatus::Completed,
        outcome: "appointment_booked",
        transcript: Some("Agent: Would Tuesday at ten suit you?\nCaller: Tuesday at ten is fine."),
        summary: Some("The caller booked an appointment for Tuesday at ten."),
    },
    CallEnding {
        of_twenty: 5,
        status: CallStatus::Completed,
        outcome: "question_answered",
        transcript: Some("Caller: Do you open on Saturdays?\nAgent: We do, until noon."),
        summary: Some("The caller asked about Saturdays."),
    },
    CallEnding {
        of_twenty: 3,
        status: CallStatus::Completed,
        outcome: "transferred",
        transcript: Some("Caller: I would rather speak to somebody.\nAgent: I am putting you through."),
        summary: Some("The caller was put through to a colleague."),
    },
    CallEnding {
        of_twenty: 2,
        status: CallStatus::Completed,
        outcome: "voicemail",
        transcript: None,
        summary: Some("The agent left a message."),
    },
    CallEnding { of_twenty: 2, status: CallStatus::NoAnswer, outcome: "no_answer", transcript: None, summary: None },
    CallEnding { of_twenty: 1, status: CallStatus::Busy, outcome: "busy", transcript: None, summary: None },
    CallEnding { of_twenty: 1, status: CallStatus::Failed, outcome: "failed", transcript: None, summary: None },
];

/// Creates the account that a sandbox with these settings starts with.
pub(crate) fn initial_account(settings: &Settings) -> Account {
    let mut account = Account::new(settings);
    if settings.demo {
        add_demo_data(&mut account);
    } else {
        account.add_workspace("first workspace");
    }
    account
}

/// Adds two workspaces, six agents with all their parts, and sixty calls over three weeks.
fn add_demo_data(account: &mut Account) {
    let shop = account.add_workspace("Bright Bikes");
    let clinic = account.add_workspace("Harbour Dental");
    let agents = [
        (shop, "Support line", "inbound", "support", "Help with orders and deliveries"),
        (shop, "Service reminders", "outbound", "sales", "Book the yearly service"),
        (shop, "Survey", "outbound", "survey", "Ask how the new bike rides"),
        (clinic, "Reception", "inbound", "receptionist", "Book, move and cancel appointments"),
        (clinic, "Recall", "outbound", "receptionist", "Invite patients to their check-up"),
        (clinic, "After hours", "inbound", "support", "Take messages at night"),
    ];
    let mut ids = Vec::new();
    for (workspace_id, name, format, agent_type, goal) in agents {
        ids.push(add_agent(account, workspace_id, name, format, agent_type, goal));
    }
    // The first agent gets half of the calls: its list has two pages, the other lists have one.
    let begin = account.now.saturating_sub(DEMO_DAYS * DAY);
    for number in 0..60_u64 {
        let index = if number % 2 == 0 { 0 } else { usize::try_from(number / 2).unwrap_or_default() % ids.len() };
        if let Some(agent_id) = ids.get(index).copied() {
            add_call(account, agent_id, begin + number * (DEMO_DAYS * DAY / 60));
        }
    }
}

fn add_agent(account: &mut Account, workspace_id: u64, name: &str, format: &str, agent_type: &str, goal: &str) -> u64 {
    let id = account.next_agent_id();
    let created_at = account.now.saturating_sub((DEMO_DAYS + 7) * DAY);
    let payload = object([
        ("workspaceId", json!(workspace_id)),
        ("format", json!(format)),
        ("timezone", json!("UTC+00:00")),
        ("name", json!(name)),
        ("avatar", json!(format!("https://images.sandbox.example/agent-{id}.png"))),
        ("lang", json!("en")),
        ("voice", json!("alloy")),
        ("phone_number", json!(account.unused_number(workspace_id))),
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
    ]);
    let mut agent = Agent::new(id, &payload, created_at);
    agent.custom_fields =
        vec![custom_field(account, "name", "Caller's name"), custom_field(account, "email", "Caller's email")];
    agent.actions = vec![action(account, id, created_at)];
    agent.knowledge_files = vec![KnowledgeFile {
        id: account.next_knowledge_file_id(),
        name: "questions-and-answers.pdf".to_owned(),
        size: 20_000 + account.random.u64(..80_000),
        content_type: "application/pdf".to_owned(),
        created_at,
    }];
    agent.cors_origins = CorsOrigins { enabled: true, origins: json!(["https://google.com"]) };
    account.agents.insert(id, agent);
    id
}

fn custom_field(account: &mut Account, name: &str, label: &str) -> Map<String, Value> {
    object([("id", account.next_uuid().into()), ("name", name.into()), ("label", label.into())])
}

fn action(account: &mut Account, agent_id: u64, created_at: u64) -> Action {
    let payload = object([
        ("agentId", json!(agent_id)),
        ("actionType", json!("sendEmail")),
        ("name", json!("Send email action")),
        ("instruction", json!("Trigger when the caller asks for an email")),
        ("content", json!("Thank you for your call.")),
        ("subject", json!("Your call")),
    ]);
    Action { id: account.next_action_id(), agent_id, payload, created_at, updated_at: created_at }
}

fn add_call(account: &mut Account, agent_id: u64, started_at: u64) {
    let share = account.random.u32(..20);
    let mut reached = 0;
    let Some(ending) = ENDINGS.iter().find(|ending| {
        reached += ending.of_twenty;
        share < reached
    }) else {
        return;
    };
    let duration = if ending.status == CallStatus::Completed { account.random.u64(20..600) } else { 0 };
    let call = Call {
        id: account.next_call_id(),
        agent_id,
        phone_number: format!("+1415555{:04}", 100 + account.random.u32(..100)),
        outbound: account.agents.get(agent_id).is_some_and(Agent::is_outbound),
        status: ending.status,
        outcome: Some(ending.outcome.to_owned()),
        started_at,
        answered_at: (ending.status == CallStatus::Completed).then_some(started_at),
        ended_at: Some(started_at + duration),
        transcript: ending.transcript.map(str::to_owned),
        summary: ending.summary.map(str::to_owned),
        recorded: ending.transcript.is_some(),
        custom_fields: Map::new(),
        plan: CallPlan::default(),
        written: Written::default(),
    };
    account.calls.insert(call.id, call);
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
