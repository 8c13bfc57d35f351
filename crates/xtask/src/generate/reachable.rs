//! The types that the catalog reaches, collected once for all languages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use callfluent::bindings::catalog;
use callfluent::bindings::operation::{Location, Operation, Parameter};
use callfluent::bindings::schema::{Enumeration, Field, Kind, RecordType, Union};

/// The types of arguments and results, each in order of name.
pub(super) static REACHABLE: LazyLock<Reachable> = LazyLock::new(|| {
    let mut reachable = Reachable::default();
    for operation in catalog::operations() {
        reachable.add(&operation.output, false);
        operation.parameters.iter().for_each(|parameter| reachable.add_field(&parameter.field, true));
    }
    reachable.records.sort_by_key(|record| record.name);
    reachable.enumerations.sort_by_key(|enumeration| enumeration.name);
    reachable.known_values.sort_by_key(|known| known.name);
    reachable
});

#[derive(Default)]
pub(super) struct Reachable {
    /// Records that are not variants of a union.
    pub(super) records: Vec<&'static RecordType>,
    pub(super) enumerations: Vec<&'static Enumeration>,
    pub(super) unions: Vec<&'static Union>,
    /// Known values of fields that accept others, too.
    pub(super) known_values: Vec<&'static Enumeration>,
    given: BTreeSet<&'static str>,
    received: BTreeSet<&'static str>,
}

impl Reachable {
    /// Returns true if arguments have the type.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Returns true if results have the type.
    pub(super) fn is_received(&self, name: &str) -> bool {
        self.received.contains(name)
    }

    /// The names of all fields and tags.
    pub(super) fn field_names(&self) -> impl Iterator<Item = &'static str> {
        let tags = self.unions.iter().map(|union| union.tag.name);
        self.all_records().flat_map(|record| record.fields).map(|field| field.name).chain(tags)
    }

    /// The names of all types.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &'static str> {
        let unions = self.unions.iter().map(|union| union.name);
        let enumerations = self.enumerations.iter().map(|enumeration| enumeration.name);
        let known = self.known_values.iter().map(|known| known.name);
        self.all_records().map(|record| record.name).chain(unions).chain(enumerations).chain(known)
    }

    fn all_records(&self) -> impl Iterator<Item = &'static RecordType> {
        let variants = self.unions.iter().flat_map(|union| union.variants).map(|variant| variant.record);
        self.records.iter().copied().chain(variants)
    }

    fn add_field(&mut self, field: &'static Field, given: bool) {
        self.add(&field.kind, given);
        if let Some(values) = field.values {
            push(&mut self.known_values, values, |known| known.name == values.name);
        }
    }

    fn add(&mut self, kind: &'static Kind, given: bool) {
        let mut is_new = |name| if given { &mut self.given } else { &mut self.received }.insert(name);
        match kind {
            Kind::List(kind) | Kind::Map(kind) => self.add(kind, given),
            Kind::Record(record) | Kind::Page(record) if is_new(record.name) => {
                push(&mut self.records, record, |known| known.name == record.name);
                record.fields.iter().for_each(|field| self.add_field(field, given));
            }
            Kind::Enumeration(enumeration) if is_new(enumeration.name) => {
                push(&mut self.enumerations, enumeration, |known| known.name == enumeration.name);
            }
            Kind::Union(union) if is_new(union.name) => {
                push(&mut self.unions, union, |known| known.name == union.name);
                self.add(&union.tag.kind, given);
                let fields = union.variants.iter().flat_map(|variant| variant.record.fields);
                fields.for_each(|field| self.add_field(field, given));
            }
            _ => {}
        }
    }
}

/// Appends a type that is not known from the other direction.
fn push<T>(types: &mut Vec<&'static T>, new: &'static T, is_same: impl Fn(&T) -> bool) {
    if !types.iter().any(|known| is_same(known)) {
        types.push(new);
    }
}

/// Returns the name of the records in a result such as `PhoneNumberList`, which is a sequence of
/// them.
pub(super) fn listed_record(record: &RecordType) -> Option<&'static str> {
    record.name.strip_suffix("List").filter(|item| {
        record.fields.iter().any(|field| matches!(&field.kind, Kind::List(Kind::Record(of)) if of.name == *item))
    })
}

/// Returns whether importers can pass a line of a CSV file: the arguments are the fields of a new
/// record, and nothing else.
pub(super) fn takes_row(operation: &Operation) -> bool {
    match operation.parameters {
        [Parameter { location: Location::Fields, field, .. }] => {
            matches!(field.kind, Kind::Record(record) if record.documented)
        }
        _ => false,
    }
}
