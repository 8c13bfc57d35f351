//! The future of an active call: for how long it rings, for how long people talk, and the outcome.
//! Scripts of a test decide it; without a script, a call is completed after a minute.

use fastrand::Rng;
use serde_json::{Map, Value};

use super::CallStatus;

/// The way in which a call ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Outcome {
    #[default]
    Completed,
    Voicemail,
    NoAnswer,
    Busy,
    Failed,
}

impl Outcome {
    pub(crate) const ALL: [Self; 5] = [Self::Completed, Self::Voicemail, Self::NoAnswer, Self::Busy, Self::Failed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Voicemail => "voicemail",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn final_status(self) -> CallStatus {
        match self {
            Self::Completed | Self::Voicemail => CallStatus::Completed,
            Self::NoAnswer => CallStatus::NoAnswer,
            Self::Busy => CallStatus::Busy,
            Self::Failed => CallStatus::Failed,
        }
    }

    /// Returns true if a person or a machine picks up.
    pub(crate) fn is_answered(self) -> bool {
        matches!(self, Self::Completed | Self::Voicemail)
    }

    fn ring_seconds(self) -> u64 {
        match self {
            Self::Completed => 5,
            Self::Voicemail => 20,
            Self::NoAnswer => 30,
            Self::Busy | Self::Failed => 1,
        }
    }

    /// The duration of the conversation without a scripted one, in seconds.
    pub(crate) fn duration(self) -> u64 {
        match self {
            Self::Completed => 60,
            Self::Voicemail => 15,
            Self::NoAnswer | Self::Busy | Self::Failed => 0,
        }
    }

    /// Draws an outcome: half of all calls are completed.
    fn random(random: &mut Rng) -> Self {
        match random.u8(0..20) {
            0..10 => Self::Completed,
            10..13 => Self::Voicemail,
            13..17 => Self::NoAnswer,
            17..19 => Self::Busy,
            _ => Self::Failed,
        }
    }
}

/// The outcome in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum ScriptedOutcome {
    Fixed(Outcome),
    /// Depends on the seed and the ID of the call, so that the order of requests does not matter.
    Random {
        seed: u64,
    },
}

impl Default for ScriptedOutcome {
    fn default() -> Self {
        Self::Fixed(Outcome::Completed)
    }
}

/// The part of a call's future that a test decides. Other parts have defaults.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct CallScript {
    /// Calls with this number; all calls if `None`.
    pub(crate) phone_number: Option<String>,
    pub(crate) outcome: ScriptedOutcome,
    pub(crate) ring_seconds: Option<u64>,
    pub(crate) duration: Option<u64>,
    pub(crate) transcript: Option<String>,
    pub(crate) summary: Option<String>,
    /// Values that the other person tells during the call.
    pub(crate) custom_fields: Map<String, Value>,
}

/// The future of one call.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct CallPlan {
    pub(crate) outcome: Outcome,
    pub(crate) ring_seconds: u64,
    pub(crate) talk_seconds: u64,
    /// The part of the conversation that has passed.
    pub(crate) talked_seconds: u64,
    pub(crate) transcript: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) custom_fields: Map<String, Value>,
}

impl CallPlan {
    /// Decides the future of a call.
    pub(crate) fn new(script: &CallScript, call_id: u64) -> Self {
        let (outcome, random_duration) = match script.outcome {
            ScriptedOutcome::Fixed(outcome) => (outcome, None),
            ScriptedOutcome::Random { seed } => {
                // The multiplier spreads neighboring IDs over all seeds.
                let mut random = Rng::with_seed(seed ^ call_id.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let outcome = Outcome::random(&mut random);
                (outcome, (outcome == Outcome::Completed).then(|| random.u64(20..600)))
            }
        };
        let duration = script.duration.or(random_duration).unwrap_or_else(|| outcome.duration());
        Self {
            outcome,
            ring_seconds: script.ring_seconds.unwrap_or_else(|| outcome.ring_seconds()),
            talk_seconds: if outcome.is_answered() { duration } else { 0 },
            talked_seconds: 0,
            transcript: script.transcript.clone(),
            summary: script.summary.clone(),
            custom_fields: script.custom_fields.clone(),
        }
    }

    /// The time until the call ends, in seconds.
    pub(crate) fn seconds_left(&self) -> u64 {
        self.ring_seconds.saturating_add(self.talk_seconds)
    }
}
