//! A phone call of an agent. It rings, is in progress, and ends; `call_life.rs` moves it.

use serde_json::{Map, Value};

use super::objects::Stored;
use super::{CallPlan, CallStatus};
use crate::clock::timestamp;
use crate::ordered_json::{Content, Written, field};
use crate::settings::ResponseFields;

#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) agent_id: u64,
    pub(crate) phone_number: String,
    pub(crate) outbound: bool,
    pub(crate) status: CallStatus,
    pub(crate) outcome: Option<String>,
    pub(crate) started_at: u64,
    /// The start of the conversation. A call that nobody picked up has no conversation.
    pub(crate) answered_at: Option<u64>,
    pub(crate) ended_at: Option<u64>,
    pub(crate) transcript: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) recorded: bool,
    /// The fields of the `make-call` request other than the phone number, and what the other person
    /// tells during the call.
    pub(crate) custom_fields: Map<String, Value>,
    /// The future of an active call.
    pub(crate) plan: CallPlan,
    #[cfg_attr(feature = "data-dir", serde(skip))]
    pub(crate) written: Written,
}

impl Stored for Call {
    fn forget_derived(&mut self) {
        self.written.forget();
    }
}

impl Call {
    /// Returns the duration of the conversation in seconds; `None` while the call is active.
    pub(crate) fn duration(&self) -> Option<u64> {
        self.ended_at.map(|end| self.answered_at.map_or(0, |answered| end.saturating_sub(answered)))
    }

    pub(crate) fn to_json(&self, fields: ResponseFields) -> Value {
        self.content(fields).into_value()
    }

    /// Returns the call for a list. The fields must be the same in each request.
    pub(crate) fn listed(&self, fields: ResponseFields) -> Content {
        self.written.text(|| self.content(fields))
    }

    pub(crate) fn content(&self, fields: ResponseFields) -> Content {
        // A constant address: equal requests give equal responses on any port.
        let recording = (fields == ResponseFields::Likely && self.recorded)
            .then(|| format!("https://recordings.callfluent.example/{}.mp3", self.id));
        Content::Fields(vec![
            field("id", self.id),
            field("agent_id", self.agent_id),
            field("phone_number", self.phone_number.clone()),
            field("direction", if self.outbound { "outbound" } else { "inbound" }),
            field("status", self.status.name()),
            field("outcome", self.outcome.clone()),
            field("duration", self.duration()),
            field("started_at", timestamp(self.started_at)),
            field("ended_at", self.ended_at.map(timestamp)),
            field("recording_url", recording),
            field("transcript", self.transcript.clone()),
            field("summary", self.summary.clone()),
            field("custom_fields", self.custom_fields.clone()),
        ])
    }
}
