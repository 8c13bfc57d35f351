//! The order in which responses have the fields of a record. A server sends them in the same order
//! each time, which need not be the documented one.

use std::sync::atomic::{AtomicU8, Ordering};

/// Maximum number of fields of a record.
const MAX_FIELDS: usize = 64;
const UNKNOWN: u8 = u8::MAX;

/// Which field followed each field in the last response. A wrong entry costs a search.
#[derive(Debug)]
pub(crate) struct FieldOrder {
    /// Positions of fields, by the position before plus one. The first entry is the first field.
    followers: [AtomicU8; MAX_FIELDS + 1],
}

impl FieldOrder {
    /// Returns the documented order.
    pub(crate) const fn new() -> Self {
        Self { followers: [const { AtomicU8::new(UNKNOWN) }; MAX_FIELDS + 1] }
    }

    /// Returns the position of the field that probably follows, or the number of fields.
    pub(super) fn after(&self, before: Option<usize>) -> usize {
        let entry = before.map_or(0, |position| position + 1);
        match self.followers.get(entry).map(|follower| follower.load(Ordering::Relaxed)) {
            None | Some(UNKNOWN) => entry,
            Some(position) => position.into(),
        }
    }

    /// Remembers that one field followed another one.
    pub(super) fn learn(&self, before: Option<usize>, position: usize) {
        let entry = before.map_or(0, |position| position + 1);
        if let Some((follower, position)) = self.followers.get(entry).zip(u8::try_from(position).ok()) {
            follower.store(position, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_order_is_expected_until_another_is_known() {
        let order = FieldOrder::new();
        assert_eq!([None, Some(0), Some(63), Some(99)].map(|before| order.after(before)), [0, 1, 64, 100]);
        order.learn(None, 5);
        order.learn(Some(5), 0);
        order.learn(Some(99), 1);
        assert_eq!([None, Some(5), Some(0), Some(99)].map(|before| order.after(before)), [5, 0, 1, 100]);
    }
}
