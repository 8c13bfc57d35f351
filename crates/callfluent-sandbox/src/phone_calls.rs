//! Calls that a test moves: scripts of their futures, inbound calls, the end of a call.
//! Like fixtures, these are not requests of the API.

use serde_json::{Map, Value};

use crate::field_error::FieldErrors;
use crate::given_names::{in_given_names, unknown_field};
use crate::operation::Naming;
use crate::state::{Account, CallPlan, CallScript, Outcome, ScriptedOutcome};
use crate::validation::{Field, Kind, decode_id, optional, required, validate_values, with_documented_names};

const CUSTOM_FIELDS: &str = "custom_fields";
const DEFAULT_CALLER: &str = "+14155550123";
const RANDOM: &str = "random";

const SCRIPT_FIELDS: &[Field] = &[
    optional("phone_number", Kind::PhoneNumber),
    optional("outcome", Kind::OneOf(&["completed", "voicemail", "no_answer", "busy", "failed", RANDOM])),
    optional("ring_seconds", Kind::Id),
    optional("duration", Kind::Id),
    optional("transcript", Kind::String),
    optional("summary", Kind::String),
    optional("seed", Kind::Id),
];

/// Adds a script for later calls.
pub(crate) fn script_call(
    account: &mut Account,
    script: &Map<String, Value>,
    naming: Naming,
) -> Result<(), FieldErrors> {
    let script = Decoded::new(script, &[], naming)?.script();
    account.call_scripts.push(script);
    Ok(())
}

/// Starts an inbound call, which rings, and returns it as the API does. Its fields are its script.
pub(crate) fn receive_call(
    account: &mut Account,
    fields: &Map<String, Value>,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    begin(account, fields, false, naming).map_err(|errors| in_given_names(&errors, fields, naming))
}

/// Starts an outbound call like [`receive_call`], as a person at the web page does.
pub(crate) fn start_call(
    account: &mut Account,
    fields: &Map<String, Value>,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    begin(account, fields, true, naming).map_err(|errors| in_given_names(&errors, fields, naming))
}

fn begin(
    account: &mut Account,
    fields: &Map<String, Value>,
    outbound: bool,
    naming: Naming,
) -> Result<Value, FieldErrors> {
    let decoded = Decoded::new(fields, &[required("agent_id", Kind::Id)], naming)?;
    let agent_id = decoded.id("agent_id");
    let Some(agent) = account.agents.get(agent_id) else {
        return Err(FieldErrors::single("agent_id", format!("unknown agent {agent_id}")));
    };
    if agent.is_outbound() != outbound {
        let reason = if outbound {
            format!("agent {agent_id} is inbound: only outbound agents start calls")
        } else {
            format!("agent {agent_id} is outbound: only inbound agents receive calls")
        };
        return Err(FieldErrors::single("agent_id", reason));
    }
    let script = decoded.script();
    let number = script.phone_number.clone().unwrap_or_else(|| DEFAULT_CALLER.to_owned());
    let response_fields = account.settings.response_fields;
    let call = account.start_call(agent_id, number, outbound, Map::new());
    if decoded.decides_future() {
        call.plan = CallPlan::new(&script, call.id);
    }
    Ok(call.to_json(response_fields))
}

/// Returns the ID of an active call and the seconds until its end. Its fields change its future.
pub(crate) fn prepare_finish(
    account: &mut Account,
    fields: &Map<String, Value>,
    naming: Naming,
) -> Result<(u64, u64), FieldErrors> {
    change_future(account, fields, naming).map_err(|errors| in_given_names(&errors, fields, naming))
}

fn change_future(
    account: &mut Account,
    fields: &Map<String, Value>,
    naming: Naming,
) -> Result<(u64, u64), FieldErrors> {
    let decoded = Decoded::new(fields, &[required("call_id", Kind::Id)], naming)?;
    let id = decoded.id("call_id");
    let Some(call) = account.calls.get_mut(id) else {
        return Err(FieldErrors::single("call_id", format!("unknown call {id}")));
    };
    if !call.status.is_active() {
        return Err(FieldErrors::single("call_id", format!("call {id} has ended: it is {}", call.status.name())));
    }
    if decoded.decides_future() {
        let answered = call.answered_at.is_some();
        let plan = CallPlan::new(&decoded.changed(&call.plan), id);
        if answered && !plan.outcome.is_answered() {
            let reason = format!("{} is not possible: the call is in progress", plan.outcome.name());
            return Err(FieldErrors::single("outcome", reason));
        }
        // The time until now is part of the duration.
        let talked_seconds = call.plan.talked_seconds;
        let talk_seconds = plan.talk_seconds.saturating_sub(talked_seconds);
        let ring_seconds = if answered { 0 } else { plan.ring_seconds };
        call.plan = CallPlan { ring_seconds, talk_seconds, talked_seconds, ..plan };
    }
    Ok((id, call.plan.seconds_left()))
}

/// The valid fields of a script.
struct Decoded(Map<String, Value>);

impl Decoded {
    fn new(given: &Map<String, Value>, further: &[Field], naming: Naming) -> Result<Self, FieldErrors> {
        let table = [further, SCRIPT_FIELDS].concat();
        let known = || table.iter().map(|field| field.name).chain([CUSTOM_FIELDS]);
        let fields = with_documented_names(given, &known());
        let mut errors = FieldErrors::default();
        validate_values(&table, &fields, &mut errors);
        for name in fields.keys().filter(|name| !known().any(|known| known == *name)) {
            errors.add(name, unknown_field(name, known(), naming));
        }
        if fields.get(CUSTOM_FIELDS).is_some_and(|value| !value.is_object() && !value.is_null()) {
            errors.add(CUSTOM_FIELDS, "must be an object");
        }
        let is_random = fields.get("outcome").and_then(Value::as_str) == Some(RANDOM);
        if !is_random && fields.get("seed").is_some_and(|seed| !seed.is_null()) {
            errors.add("seed", "only allowed with the outcome random");
        }
        errors.into_result().map_err(|errors| in_given_names(&errors, given, naming))?;
        Ok(Self(fields))
    }

    fn id(&self, name: &str) -> u64 {
        self.0.get(name).and_then(decode_id).unwrap_or_default()
    }

    /// Returns true if a field differs from the defaults of a call.
    fn decides_future(&self) -> bool {
        self.0
            .iter()
            .any(|(name, value)| !matches!(name.as_str(), "agent_id" | "call_id" | "phone_number") && !value.is_null())
    }

    /// Returns the script of an active call whose omitted fields stay.
    fn changed(&self, plan: &CallPlan) -> CallScript {
        let mut script = self.script();
        if self.0.get("outcome").is_none_or(Value::is_null) {
            script.outcome = ScriptedOutcome::Fixed(plan.outcome);
            script.ring_seconds = script.ring_seconds.or(Some(plan.ring_seconds));
            script.duration = script.duration.or(Some(plan.talk_seconds.saturating_add(plan.talked_seconds)));
        }
        script.transcript = script.transcript.or_else(|| plan.transcript.clone());
        script.summary = script.summary.or_else(|| plan.summary.clone());
        let told = std::mem::replace(&mut script.custom_fields, plan.custom_fields.clone());
        script.custom_fields.extend(told);
        script
    }

    fn script(&self) -> CallScript {
        let string = |name: &str| self.0.get(name).and_then(Value::as_str).map(str::to_owned);
        let integer = |name: &str| self.0.get(name).and_then(decode_id);
        let name = string("outcome");
        let outcome = match Outcome::ALL.into_iter().find(|outcome| name.as_deref() == Some(outcome.name())) {
            Some(outcome) => ScriptedOutcome::Fixed(outcome),
            None if name.as_deref() == Some(RANDOM) => ScriptedOutcome::Random { seed: self.id("seed") },
            None => ScriptedOutcome::default(),
        };
        CallScript {
            phone_number: string("phone_number"),
            outcome,
            ring_seconds: integer("ring_seconds"),
            duration: integer("duration"),
            transcript: string("transcript"),
            summary: string("summary"),
            custom_fields: self.0.get(CUSTOM_FIELDS).and_then(Value::as_object).cloned().unwrap_or_default(),
        }
    }
}
