//! The life of calls: start, progress with the clock, end, and the webhooks of the end.
//! Only a moved clock makes calls progress: `advance`, `finish`, or polls with `seconds_per_poll`.
//! The second per request does not, so that a test decides when a call ends.

use serde_json::{Map, Value};

use super::{Account, Agent, Call, CallPlan, CallScript, CallStatus, Outcome};
use crate::ordered_json::Written;
use crate::webhooks::WebhookRequest;

impl Account {
    /// Starts a call, which rings. The latest script for its number decides its future.
    pub(crate) fn start_call(
        &mut self,
        agent_id: u64,
        phone_number: String,
        outbound: bool,
        custom_fields: Map<String, Value>,
    ) -> &mut Call {
        let id = self.next_call_id();
        let script = self
            .call_scripts
            .iter()
            .rev()
            .find(|script| script.phone_number.as_ref().is_none_or(|wanted| *wanted == phone_number));
        let plan = CallPlan::new(script.unwrap_or(&CallScript::default()), id);
        let call = Call {
            id,
            agent_id,
            phone_number,
            outbound,
            status: CallStatus::Ringing,
            outcome: None,
            started_at: self.now,
            answered_at: None,
            ended_at: None,
            transcript: None,
            summary: None,
            recorded: false,
            custom_fields,
            plan,
            written: Written::default(),
        };
        self.calls.insert(id, call)
    }

    /// Moves the clock. Active calls progress and end.
    pub(crate) fn advance(&mut self, seconds: u64) {
        let begin = self.now;
        self.now = begin.saturating_add(seconds);
        let mut ended = Vec::new();
        for call in self.calls.select_mut(|call| call.status.is_active()) {
            if let Some(end) = progress(call, begin, seconds) {
                ended.push((end, call.id));
            }
        }
        ended.sort_unstable();
        for (end, id) in ended {
            self.end_call(id, end, None);
        }
    }

    /// Ends an active call because somebody hung up.
    pub(crate) fn hang_up(&mut self, id: u64) {
        self.end_call(id, self.now, Some("hung_up"));
    }

    /// Ends an active call and queues the webhooks of its agent if there was a conversation.
    fn end_call(&mut self, id: u64, end: u64, hung_up: Option<&str>) {
        let Some(call) = self.calls.get_mut(id) else {
            return;
        };
        let agent = self.agents.get(call.agent_id);
        let plan = std::mem::take(&mut call.plan);
        call.ended_at = Some(end);
        call.custom_fields.extend(plan.custom_fields);
        call.status = if hung_up.is_some() { CallStatus::Completed } else { plan.outcome.final_status() };
        call.outcome = Some(hung_up.unwrap_or_else(|| plan.outcome.name()).to_owned());
        if call.answered_at.is_none() {
            call.summary = plan.summary;
            return;
        }
        call.transcript =
            plan.transcript.or_else(|| Some(default_transcript(agent, plan.outcome, &call.custom_fields)));
        call.summary = plan.summary.or_else(|| Some(default_summary(plan.outcome).to_owned()));
        call.recorded = agent.is_some_and(Agent::records_calls);
        let webhooks = agent.into_iter().flat_map(|agent| &agent.actions).filter_map(|action| {
            WebhookRequest::of_call(action.id, &action.payload, call.id, call.agent_id, |value| match value {
                "phone_number" => Some(call.phone_number.clone().into()),
                "transcription" => call.transcript.clone().map(Value::from),
                name => call.custom_fields.get(name).cloned(),
            })
        });
        self.outbox.extend(webhooks);
    }
}

/// Moves one call by some seconds. Returns the time of its end if it ends.
fn progress(call: &mut Call, begin: u64, mut seconds: u64) -> Option<u64> {
    let mut time = begin;
    if call.status == CallStatus::Ringing {
        if call.plan.ring_seconds > seconds {
            call.plan.ring_seconds -= seconds;
            return None;
        }
        seconds -= call.plan.ring_seconds;
        time = time.saturating_add(std::mem::take(&mut call.plan.ring_seconds));
        if !call.plan.outcome.is_answered() {
            return Some(time);
        }
        call.status = CallStatus::InProgress;
        call.answered_at = Some(time);
    }
    if call.plan.talk_seconds > seconds {
        call.plan.talk_seconds -= seconds;
        call.plan.talked_seconds = call.plan.talked_seconds.saturating_add(seconds);
        return None;
    }
    let end = time.saturating_add(call.plan.talk_seconds);
    // Requests during the call move the clock. The duration stays the scripted one.
    call.answered_at = Some(end.saturating_sub(call.plan.talked_seconds.saturating_add(call.plan.talk_seconds)));
    Some(end)
}

fn default_transcript(agent: Option<&Agent>, outcome: Outcome, custom_fields: &Map<String, Value>) -> String {
    let agent_name = agent.map_or("the agent", Agent::name);
    if outcome == Outcome::Voicemail {
        return format!("Agent: This is {agent_name}. Please call us back.");
    }
    let greeting = match custom_fields.get("name").and_then(Value::as_str) {
        Some(name) => format!("Hello {name}"),
        None => "Hello".to_owned(),
    };
    format!("Agent: {greeting}, this is {agent_name}. How can I help?\nCaller: Thank you, I have all I need.")
}

fn default_summary(outcome: Outcome) -> &'static str {
    if outcome == Outcome::Voicemail { "The agent left a message." } else { "The call was completed." }
}
