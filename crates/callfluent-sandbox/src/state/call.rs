//! A phone call of an agent: in progress until it is hung up, or finished in demo data.

use serde_json::{Map, Value, json};

use crate::clock::timestamp;

/// The status of a call, in the usual terms of telephony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallStatus {
    InProgress,
    Completed,
    NoAnswer,
    Busy,
    Failed,
}

impl CallStatus {
    pub(crate) const ALL: [Self; 5] = [Self::InProgress, Self::Completed, Self::NoAnswer, Self::Busy, Self::Failed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) agent_id: u64,
    pub(crate) phone_number: String,
    pub(crate) outbound: bool,
    pub(crate) status: CallStatus,
    pub(crate) outcome: Option<String>,
    pub(crate) started_at: u64,
    pub(crate) ended_at: Option<u64>,
    pub(crate) transcript: Option<String>,
    pub(crate) summary: Option<String>,
    /// The fields of the `make-call` request other than the phone number.
    pub(crate) custom_fields: Map<String, Value>,
}

impl Call {
    /// Returns the duration in seconds; `None` while the call is in progress.
    pub(crate) fn duration(&self) -> Option<u64> {
        self.ended_at.map(|end| end.saturating_sub(self.started_at))
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "agent_id": self.agent_id,
            "phone_number": self.phone_number,
            "direction": if self.outbound { "outbound" } else { "inbound" },
            "status": self.status.name(),
            "outcome": self.outcome,
            "duration": self.duration(),
            "started_at": timestamp(self.started_at),
            "ended_at": self.ended_at.map(timestamp),
            "recording_url": null,
            "transcript": self.transcript,
            "summary": self.summary,
            "custom_fields": self.custom_fields,
        })
    }
}
