//! Compares the items of a run with those of its journal, before anything is sent: an item whose
//! values changed, or whose phone number belongs to another ID, could phone a person twice.

use std::collections::HashMap;

use super::fingerprint::Fingerprint;
use super::item::Item;
use super::journal::{Entries, Entry};
use super::operation::BulkOperation;
use super::options::{BulkOptions, Resolution};
use crate::client::CallFluent;
use crate::error::{FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::operation::Idempotency;
use crate::schema::Naming;

/// Rejects items that differ from those of the journal, phone numbers that belong to another ID,
/// and decisions about items that need none.
pub(super) fn check_journal(
    client: &CallFluent,
    operation: &BulkOperation,
    items: &[Item],
    requests: &[Fingerprint],
    entries: &Entries,
    options: &BulkOptions,
) -> Result<()> {
    let naming = client.options().naming;
    let is_repeated = |id: &Id| options.resolve.iter().any(|(of, to)| of == id && *to == Resolution::Repeat);
    // A decision that the journal has already does not repeat what is done by now.
    let counts = |entry: &Entry| entry.counts(operation) && !(entry.is_unknown() && is_repeated(&entry.id));
    let dialed = Dialed::new(operation, entries.values().filter(|entry| counts(entry)));
    let mut errors = Vec::new();
    for (item, request) in items.iter().zip(requests) {
        let id = item.id.to_string();
        match entries.get(&item.id).filter(|entry| counts(entry)) {
            Some(entry) if entry.request != request.request => {
                let (time, remedy) = (&entry.time, remedy_for_other_values(operation, entry, request));
                let differing = differing_values(operation, entry, request, naming);
                let reason = format!("the journal has this ID with {differing}, begun at {time}; {remedy}");
                errors.push(FieldError::of_given_name(operation.path(&id, None, naming), reason));
            }
            Some(_) => {}
            None => {
                if let Some(entry) = dialed.by(request) {
                    let path = operation.path(&id, Some(&naming.convert("phone_number")), naming);
                    errors.push(FieldError::of_given_name(path, reason_for_called_number(entry)));
                }
            }
        }
    }
    let mut decided = HashMap::new();
    for (id, decision) in &options.resolve {
        let contradicts = decided.insert(id, decision).is_some_and(|other| other != decision);
        let reason = if contradicts {
            Some("is both done and repeat; pass one decision".to_owned())
        } else {
            reason_for_decision(entries.get(id), *decision)
        };
        errors.extend(reason.map(|reason| FieldError::of_given_name(format!("resolve[{id}]"), reason)));
    }
    FieldErrors::new(operation.name, errors).into_result()
}

/// Returns the reason against a decision. The decision that the journal has already is accepted, so
/// that a program can run again unchanged.
fn reason_for_decision(entry: Option<&Entry>, decision: Resolution) -> Option<String> {
    let Some(entry) = entry else {
        return Some("the journal does not have this ID; remove it from resolve".to_owned());
    };
    if entry.is_unknown() || entry.decision == Some(decision) {
        return None;
    }
    let recorded = match entry.decision {
        Some(recorded) => format!("the journal has the decision {:?} for this ID", recorded.name()),
        None => {
            let outcome = if entry.is_done() { "done" } else { "failed, and repeated without a decision" };
            format!("the outcome of this ID is not unknown in the journal ({outcome})")
        }
    };
    Some(format!("{recorded}; remove it from resolve"))
}

/// The entries of a journal by the phone number that they dialed.
struct Dialed<'a> {
    by_number: HashMap<&'a str, &'a Entry>,
    /// Entries of earlier versions, by the hash of the request: it contains the number, not the ID.
    by_request: HashMap<&'a str, &'a Entry>,
}

impl<'a> Dialed<'a> {
    fn new(operation: &BulkOperation, entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut dialed = Self { by_number: HashMap::new(), by_request: HashMap::new() };
        if operation.item.idempotency == Idempotency::AtMostOnce {
            for entry in entries {
                match &entry.number {
                    Some(number) => dialed.by_number.insert(number, entry),
                    None => dialed.by_request.insert(&entry.request, entry),
                };
            }
        }
        dialed
    }

    /// Returns the entry that dialed the number of a request.
    fn by(&self, request: &Fingerprint) -> Option<&'a Entry> {
        let number = request.number.as_deref()?;
        self.by_number.get(number).or_else(|| self.by_request.get(request.request.as_str())).copied()
    }
}

fn reason_for_called_number(entry: &Entry) -> String {
    let id = &entry.id;
    let (called, keep) = if entry.is_done() {
        ("was called", "keep that ID")
    } else {
        ("may have been called", "keep that ID and resolve it")
    };
    format!("{called} with the ID {id} in this journal; {keep}, or use a new journal for a new campaign")
}

/// Returns the values of an item that differ from those of its ID in the journal, as far as the
/// hashes show it.
fn differing_values(operation: &BulkOperation, entry: &Entry, request: &Fingerprint, naming: Naming) -> String {
    let differs = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    let mut names = Vec::new();
    if let Some(shared) = operation.shared.filter(|_| differs(&entry.path, &request.path)) {
        names.push(naming.convert(shared));
    }
    if differs(&entry.number, &request.number) {
        names.push(naming.convert("phone_number"));
    }
    if names.is_empty() { "other values".to_owned() } else { format!("another {}", names.join(" and another ")) }
}

/// Returns what to do if an item has other values than its ID has in the journal. Another journal
/// is safe only for what may be done twice.
fn remedy_for_other_values(operation: &BulkOperation, entry: &Entry, request: &Fingerprint) -> &'static str {
    match (&entry.number, &request.number) {
        _ if operation.item.idempotency == Idempotency::Idempotent => "use another journal",
        (_, None) => "restore the values, since another ID or another journal would repeat the request",
        (Some(called), Some(number)) if called != number => {
            "restore the phone number, and give another number an ID of its own"
        }
        _ => "restore the values, since another journal would call this number again",
    }
}
