//! Validates a bulk operation before anything is sent: its options, the ID and the arguments of
//! each item, and that no phone number is called twice. All errors are reported together.

use std::collections::HashMap;

use super::fingerprint::{Fingerprint, dialed_number};
use super::item::Item;
use super::item_steps::ItemSteps;
use super::operation::{BulkOperation, Key};
use super::options::BulkOptions;
use crate::client::CallFluent;
use crate::error::{Error, FieldError, FieldErrors, Result};
use crate::id::Id;
use crate::request::EncodedRequest;
use crate::schema::Naming;

/// Validates the options and all items. Returns the fingerprint of each request.
///
/// # Errors
/// [`Error::InvalidRequest`] with all errors.
pub(super) fn validate<T>(
    client: &CallFluent,
    operation: &BulkOperation,
    items: &[Item],
    steps: ItemSteps<T>,
    options: &BulkOptions,
) -> Result<Vec<Fingerprint>> {
    let naming = client.options().naming;
    let mut validation = Validation {
        operation,
        options,
        naming,
        errors: Vec::new(),
        items_by_id: HashMap::new(),
        ids_by_number: HashMap::new(),
    };
    validation.check_options();
    let mut requests = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if !validation.check_id(index, item) {
            continue;
        }
        let known = validation.add_known_errors(item);
        validation.check_id_is_unique(index, item);
        match (steps.encode)(&item.client(client), item.invocation(operation)) {
            Ok(request) => requests.push(validation.fingerprint(item, &request)),
            Err(error) => validation.add_error_of_arguments(item, error, &known),
        }
    }
    let errors = validation.errors;
    FieldErrors::new(operation.name, errors).into_result()?;
    Ok(requests)
}

struct Validation<'a> {
    operation: &'a BulkOperation,
    options: &'a BulkOptions,
    naming: Naming,
    errors: Vec<FieldError>,
    /// Index of the last item with each ID.
    items_by_id: HashMap<&'a Id, usize>,
    /// ID of the last item that dials each phone number.
    ids_by_number: HashMap<String, &'a Id>,
}

impl<'a> Validation<'a> {
    fn check_options(&mut self) {
        let (operation, options) = (self.operation, self.options);
        if options.max_concurrency == 0 {
            self.errors.push(FieldError::new("max_concurrency", "must be at least 1"));
        }
        // A read from a journal would have no value.
        let given = [("journal", options.journal.is_some()), ("dry_run", options.dry_run)];
        for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given && !operation.is_change()) {
            self.errors.push(FieldError::new(name, "is an option of operations that change something"));
        }
        if options.journal.is_none() && !options.resolve.is_empty() {
            self.errors.push(FieldError::new("resolve", "needs the option journal"));
        }
    }

    /// Returns whether an item has an ID. Without one, its other errors would have no name.
    fn check_id(&mut self, index: usize, item: &Item) -> bool {
        let id = item.id.to_string();
        if id.trim().is_empty() {
            let path = self.operation.path(&format!("{id:?}"), None, self.naming);
            let reason = format!("the ID of item {index} must not be empty");
            self.errors.push(FieldError::of_given_name(path, reason));
            return false;
        }
        true
    }

    /// Adds the errors that the item has already, and returns them as they are reported.
    fn add_known_errors(&mut self, item: &Item) -> Vec<FieldError> {
        let known = self.reported(item, item.errors.clone(), None);
        self.errors.extend(known.iter().cloned());
        known
    }

    /// Checks that a change has each ID once. A read may repeat an ID.
    fn check_id_is_unique(&mut self, index: usize, item: &'a Item) {
        if self.operation.is_change()
            && let Some(first) = self.items_by_id.insert(&item.id, index)
        {
            let reason = format!("has the same ID as item {first}; pass each ID once");
            self.add(item, None, reason);
        }
    }

    /// Returns the fingerprint of a request, and checks that no other item dials its number.
    fn fingerprint(&mut self, item: &'a Item, request: &EncodedRequest) -> Fingerprint {
        let number = dialed_number(self.operation, request);
        let fingerprint = Fingerprint::new(request, number.as_deref());
        if let Some(number) = number
            && let Some(first) = self.ids_by_number.insert(number, &item.id)
        {
            let has_journal = self.options.journal.is_some();
            let run = if has_journal { "another run with a new journal" } else { "another run" };
            let reason = format!("is also the number of {first}; call it in {run}, if you want two calls");
            self.add(item, Some(&self.naming.convert("phone_number")), reason);
        }
        fingerprint
    }

    /// Adds the errors of an item's arguments, except those of fields that are among `known`.
    fn add_error_of_arguments(&mut self, item: &Item, error: Error, known: &[FieldError]) {
        let key = match self.operation.key {
            Key::Argument(name) => Some(name),
            Key::Own => None,
        };
        let reported = match error {
            Error::InvalidRequest(invalid) => {
                let invalid = invalid.iter().map(|error| error.in_column(&item.columns)).collect();
                let mut reported = self.reported(item, invalid, key);
                // A cell that is not decoded is invalid as an argument, too.
                reported.retain(|error| known.iter().all(|known| known.field != error.field));
                reported
            }
            other => self.reported(item, vec![FieldError::new("", other.to_line())], key),
        };
        self.errors.extend(reported);
    }

    /// Returns errors with the path of their item. The argument `key` is the ID itself.
    fn reported(&self, item: &Item, errors: Vec<FieldError>, key: Option<&str>) -> Vec<FieldError> {
        let id = item.id.to_string();
        let named = FieldErrors::new(self.operation.name, errors).named(self.naming);
        let report = named.iter().map(|error| {
            let field = Some(error.field.as_str()).filter(|field| !field.is_empty() && Some(*field) != key);
            error.under_name(self.operation.path(&id, field, self.naming))
        });
        report.collect()
    }

    fn add(&mut self, item: &Item, field: Option<&str>, reason: String) {
        let path = self.operation.path(&item.id.to_string(), field, self.naming);
        self.errors.push(FieldError::of_given_name(path, reason));
    }
}
