//! The fixed responses, built once: an agent, lists of agents, pages of calls, and an object for
//! the clients of other services.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Value, json};

/// Number of calls on a page.
const CALLS_OF_A_PAGE: usize = 1_000;
/// Number of pages of the longest history.
const PAGES: usize = 20;
/// Agents from this ID on have a short history: one page of a few calls.
const SHORT_HISTORIES: usize = 1_000;
const CALLS_OF_A_SHORT_HISTORY: usize = 20;
/// Lengths of the lists of agents.
const LISTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// All responses, by path.
pub(crate) struct Responses {
    agent: Bytes,
    other_service: Bytes,
    calls_of_other_service: Bytes,
    lists: HashMap<String, Bytes>,
    pages: Vec<Bytes>,
    short_page: Bytes,
    nothing: Bytes,
}

impl Responses {
    pub(crate) fn new() -> Self {
        let details = json!({
            "agent": agent(7),
            "files": [{ "id": 11, "name": "price list.pdf" }, { "id": 12, "name": "questions.csv" }],
            "totalCalls": 1342,
            "averageDuration": 93.5,
        });
        Self {
            agent: success(&details),
            other_service: Bytes::from(other_service().to_string()),
            calls_of_other_service: Bytes::from(calls_of_other_service().to_string()),
            lists: LISTS
                .map(|length| (length.to_string(), success(&(1..=length).map(agent).collect())))
                .into_iter()
                .collect(),
            pages: (0..PAGES).map(|number| page(number, CALLS_OF_A_PAGE)).collect(),
            short_page: page(0, CALLS_OF_A_SHORT_HISTORY),
            nothing: success(&json!([])),
        }
    }

    /// Returns the response to a request; `None` if there is none.
    pub(crate) fn to(&self, path: &str, query: Option<&str>) -> Option<Bytes> {
        let mut words = path.split('/').skip(1);
        let body = match (words.next()?, words.next()?, words.next()) {
            ("agent", "get-one", _) => &self.agent,
            ("agent", "get-all", Some(length)) => self.lists.get(length)?,
            ("agent", "knowledge", _) => &self.nothing,
            ("agent", agent, Some("calls")) => self.calls(agent.parse().ok()?, query)?,
            ("get-agent" | "assistant" | "models", _, None) => &self.other_service,
            ("v3", "list-calls", None) => &self.calls_of_other_service,
            _ => return None,
        };
        Some(body.clone())
    }

    /// Returns a page of an agent's history. The ID is the number of pages, up to the longest
    /// history, or one page of a short history.
    fn calls(&self, agent: usize, query: Option<&str>) -> Option<&Bytes> {
        let page: usize = match query {
            None => 1,
            Some(query) => query.strip_prefix("page=")?.parse().ok()?,
        };
        let (pages, is_short) = if agent < SHORT_HISTORIES { (agent.min(PAGES), false) } else { (1, true) };
        match page.checked_sub(1)? {
            index if index >= pages => Some(&self.nothing),
            _ if is_short => Some(&self.short_page),
            index => self.pages.get(index),
        }
    }
}

fn success(data: &Value) -> Bytes {
    Bytes::from(json!({ "status": true, "data": data }).to_string())
}

/// An agent with every documented field, about 1 KB.
fn agent(id: usize) -> Value {
    json!({
        "id": id,
        "workspaceId": 1,
        "format": "outbound",
        "timezone": "UTC+00:00",
        "name": "Sales assistant",
        "lang": "en",
        "voice": "alloy",
        "agent_type": "sales",
        "background": "You are a support agent.",
        "goal": "Support clients",
        "tone": "Professional",
        "instructions": "Be brief. Offer a meeting, and never a discount.",
        "phone_number": "+15550001234",
        "avatar": "https://cdn.example.com/avatars/7.png",
        "welcome_msg_flag": true,
        "welcome_msg": "How are you today?",
        "welcome_msg_delay": 3,
        "call_recording": true,
        "blocked_phone_types": "1,2,3",
        "enable_voice_mail": true,
        "voice_mail_mode": 1,
        "voice_mail_text": "Please try again.",
        "machine_detection_timeout": 10,
        "openai_model": "gpt-4o",
        "answer_creativity": 3,
        "context_max_tokens": 350,
        "speech_stop_sensitivity": 5,
        "answer_length": 25,
        "silence_message_delay": 10,
        "silence_end_call": 20,
        "utterance_detection": 1000,
        "transcribe_filler_words": true,
        "script_option": false,
        "script": null,
        "background_sound": "office-ambience.wav",
    })
}

/// A page of calls, each about 0.9 KB, no two alike.
fn page(number: usize, calls: usize) -> Bytes {
    success(&(0..calls).map(|place| call(number * CALLS_OF_A_PAGE + place + 1)).collect())
}

fn call(id: usize) -> Value {
    const WORDS: [&str; 8] =
        ["Thank you", "for calling", "about", "the offer", "of Tuesday", "which I", "have here", "before me"];
    let mut words = WORDS.iter().cycle().skip(id);
    let mut text = |length: usize| words.by_ref().take(length).copied().collect::<Vec<_>>().join(" ");
    json!({
        "id": id,
        "agent_id": 7,
        "phone_number": format!("+1555{id:07}"),
        "direction": "outbound",
        "status": "completed",
        "started_at": format!("2025-05-{:02}T09:{:02}:00.000Z", id % 28 + 1, id % 60),
        "duration": id % 600,
        "cost": 0.0125,
        "sentiment": "positive",
        "recording_url": format!("https://cdn.example.com/recordings/{id:032x}.mp3"),
        "summary": text(8),
        "transcript": [
            { "role": "agent", "text": text(12), "at": 0.4 },
            { "role": "person", "text": text(6), "at": 4.25 },
            { "role": "agent", "text": text(12), "at": 6.5 },
        ],
        "fields": { "name": "Ada", "email": format!("ada{id}@example.com") },
        "voice_mail": false,
        "ended_by": null,
    })
}

/// An object of about 1.1 KB with the fields that the clients of other services require.
fn other_service() -> Value {
    let mut object = agent(7);
    if let Some(fields) = object.as_object_mut() {
        for (name, value) in [
            ("id", json!("7")),
            ("agent_id", json!("7")),
            ("agent_name", json!("Sales assistant")),
            ("orgId", json!("1")),
            ("createdAt", json!("2025-05-02T09:00:00.000Z")),
            ("updatedAt", json!("2025-05-02T09:00:00.000Z")),
            ("created", json!(1_746_176_400)),
            ("object", json!("model")),
            ("owned_by", json!("Sales assistant")),
        ] {
            fields.insert(name.to_owned(), value);
        }
        // It has another type there.
        fields.remove("voice");
    }
    object
}

/// A page of calls in the form of Retell, with the fields that its client requires. It has a next
/// page.
fn calls_of_other_service() -> Value {
    let items: Vec<Value> = (1..=CALLS_OF_A_PAGE)
        .map(|id| {
            let mut object = call(id);
            if let Some(fields) = object.as_object_mut() {
                let transcript = fields.get("transcript").map(Value::to_string);
                for (name, value) in [
                    ("call_id", json!(id.to_string())),
                    ("agent_id", json!("7")),
                    ("agent_version", json!(1)),
                    ("call_status", json!("ended")),
                    ("call_type", json!("phone_call")),
                    ("from_number", json!("+15550001234")),
                    ("to_number", json!(format!("+1555{id:07}"))),
                    ("transcript", json!(transcript)),
                ] {
                    fields.insert(name.to_owned(), value);
                }
            }
            object
        })
        .collect();
    json!({ "items": items, "pagination_key": "next", "has_more": true })
}
