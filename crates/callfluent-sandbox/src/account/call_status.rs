//! The status of a phone call.

/// The status of a call, in the usual terms of telephony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum CallStatus {
    Ringing,
    InProgress,
    Completed,
    NoAnswer,
    Busy,
    Failed,
}

impl CallStatus {
    pub(crate) const ALL: [Self; 6] =
        [Self::Ringing, Self::InProgress, Self::Completed, Self::NoAnswer, Self::Busy, Self::Failed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }

    /// Returns true if the call has not ended.
    pub(crate) fn is_active(self) -> bool {
        matches!(self, Self::Ringing | Self::InProgress)
    }
}
