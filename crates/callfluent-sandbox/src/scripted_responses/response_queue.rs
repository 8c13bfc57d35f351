//! The queue of scripted responses: which requests get which one, how often, and until when.

use std::collections::VecDeque;

use fastrand::Rng;

use super::scripted_response::ScriptedResponse;

/// A scripted response and its progress.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
struct Rule {
    response: ScriptedResponse,
    /// Matching requests that still get the real response first.
    skipped: u64,
    /// Requests that still get this response; unlimited if `None`.
    left: Option<u64>,
    /// The last second of the sandbox's clock in which it applies.
    until: Option<u64>,
    #[cfg_attr(feature = "data-dir", serde(with = "crate::rng_state"))]
    random: Rng,
}

impl Rule {
    /// Decides whether the next matching request gets this response.
    fn applies(&mut self) -> bool {
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        if self.response.probability.is_some_and(|probability| self.random.f64() >= probability) {
            return false;
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        true
    }
}

/// The queue of scripted responses. The first one that applies to a request is sent.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ResponseQueue(VecDeque<Rule>);

impl ResponseQueue {
    /// Adds a response at this time of the sandbox's clock.
    pub(crate) fn push(&mut self, response: ScriptedResponse, now: u64) {
        self.0.push_back(Rule {
            skipped: response.after,
            left: response.request_limit(),
            until: response.for_seconds.map(|seconds| now.saturating_add(seconds)),
            random: Rng::with_seed(response.seed),
            response,
        });
    }

    /// Takes the first response that applies to a request. It is removed after its last request and
    /// at the end of its period.
    pub(crate) fn take(&mut self, operation: Option<&str>, path: &str, now: u64) -> Option<ScriptedResponse> {
        self.0.retain(|rule| rule.until.is_none_or(|until| now <= until));
        let matching = self.0.iter_mut().enumerate().filter(|(_, rule)| rule.response.matches(operation, path));
        let (index, response, is_last) = matching
            .into_iter()
            .find_map(|(index, rule)| rule.applies().then(|| (index, rule.response.clone(), rule.left == Some(0))))?;
        if is_last {
            self.0.remove(index);
        }
        Some(response)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
