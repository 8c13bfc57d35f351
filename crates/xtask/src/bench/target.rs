//! Targets: what was aimed at, what was measured, and whether it is met.

/// One target with what was measured for it.
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) limit: String,
    pub(crate) measured: String,
    pub(crate) verdict: Verdict,
}

/// What became of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    NotMet,
    /// Something that it needs was not run.
    NotMeasured,
}

impl Verdict {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "**not met**",
            Self::NotMeasured => "not measured",
        }
    }
}

impl Target {
    /// Ours is to be at most so many times that of another.
    pub(crate) fn at_most_times(
        what: impl Into<String>,
        factor: f64,
        other: &str,
        ours: Option<f64>,
        theirs: Option<f64>,
    ) -> Self {
        let ratio = ours.zip(theirs).filter(|(_, theirs)| *theirs > 0.0).map(|(ours, theirs)| ours / theirs);
        Self {
            what: what.into(),
            limit: format!("≤ {factor} × {other}"),
            measured: ratio.map_or_else(|| "–".into(), |ratio| format!("{ratio:.2} ×")),
            verdict: judged(ratio, |ratio| ratio <= factor),
        }
    }

    /// A figure is to be at most so much.
    pub(crate) fn at_most(what: impl Into<String>, limit: f64, unit: &str, measured: Option<f64>) -> Self {
        Self {
            what: what.into(),
            limit: format!("≤ {limit} {unit}"),
            measured: measured.map_or_else(|| "–".into(), |value| format!("{} {unit}", rounded(value))),
            verdict: judged(measured, |value| value <= limit),
        }
    }

    /// A figure is to be more than so much.
    pub(crate) fn above(what: impl Into<String>, limit: f64, unit: &str, measured: Option<f64>) -> Self {
        Self {
            what: what.into(),
            limit: format!("> {limit} {unit}"),
            measured: measured.map_or_else(|| "–".into(), |value| format!("{} {unit}", rounded(value))),
            verdict: judged(measured, |value| value > limit),
        }
    }
}

fn judged(value: Option<f64>, is_met: impl Fn(f64) -> bool) -> Verdict {
    match value {
        None => Verdict::NotMeasured,
        Some(value) if is_met(value) => Verdict::Met,
        Some(_) => Verdict::NotMet,
    }
}

/// Three digits that say something.
pub(crate) fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_up_to_its_limit_and_not_beyond() {
        assert_eq!(Target::at_most_times("", 2.0, "", Some(4.0), Some(2.0)).verdict, Verdict::Met);
        assert_eq!(Target::at_most_times("", 2.0, "", Some(4.1), Some(2.0)).verdict, Verdict::NotMet);
        assert_eq!(Target::at_most("", 4.0, "ms", Some(4.5)).verdict, Verdict::NotMet);
        assert_eq!(Target::above("", 20_000.0, "a second", Some(20_000.0)).verdict, Verdict::NotMet);
    }

    #[test]
    fn what_was_not_run_is_neither_met_nor_missed() {
        assert_eq!(Target::at_most_times("", 2.0, "", Some(4.0), None).verdict, Verdict::NotMeasured);
        assert_eq!(Target::at_most("", 2.0, "ms", None).verdict, Verdict::NotMeasured);
    }
}
