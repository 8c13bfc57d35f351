//! Objects by ID. A store asks which ones have changed, so that it writes only those.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// An object that keeps what was derived from its values, until it may change.
pub(crate) trait Stored {
    /// Forgets what was derived from the values of the object.
    fn forget_derived(&mut self);
}

/// Objects in the order of their IDs.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "data-dir", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Objects<Object> {
    rows: BTreeMap<u64, Object>,
    /// IDs of added, changed and removed objects; not tracked if `None`.
    #[cfg_attr(feature = "data-dir", serde(skip))]
    changed: Option<BTreeSet<u64>>,
}

impl<Object: Stored> Objects<Object> {
    pub(crate) fn get(&self, id: u64) -> Option<&Object> {
        self.rows.get(&id)
    }

    /// Returns an object to change it.
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Object> {
        self.mark(id);
        let object = self.rows.get_mut(&id)?;
        object.forget_derived();
        Some(object)
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.rows.contains_key(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &Object> {
        self.rows.values()
    }

    /// Returns the selected objects to change them.
    pub(crate) fn select_mut(&mut self, selects: impl Fn(&Object) -> bool) -> impl Iterator<Item = &mut Object> {
        let changed = &mut self.changed;
        self.rows.iter_mut().filter(move |(_, object)| selects(object)).map(move |(id, object)| {
            if let Some(changed) = changed.as_mut() {
                changed.insert(*id);
            }
            object.forget_derived();
            object
        })
    }

    /// Adds an object. An object with the same ID is replaced.
    pub(crate) fn insert(&mut self, id: u64, object: Object) -> &mut Object {
        self.mark(id);
        match self.rows.entry(id) {
            Entry::Vacant(entry) => entry.insert(object),
            Entry::Occupied(mut entry) => {
                entry.insert(object);
                entry.into_mut()
            }
        }
    }

    pub(crate) fn remove(&mut self, id: u64) {
        self.mark(id);
        self.rows.remove(&id);
    }

    /// Removes the objects that are not selected.
    pub(crate) fn retain(&mut self, keeps: impl Fn(&Object) -> bool) {
        let changed = &mut self.changed;
        self.rows.retain(|id, object| {
            let keep = keeps(object);
            if let Some(changed) = changed.as_mut().filter(|_| !keep) {
                changed.insert(*id);
            }
            keep
        });
    }

    fn mark(&mut self, id: u64) {
        if let Some(changed) = &mut self.changed {
            changed.insert(id);
        }
    }
}

#[cfg(feature = "data-dir")]
impl<Object> Objects<Object> {
    /// All objects with their IDs.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, &Object)> {
        self.rows.iter().map(|(id, object)| (*id, object))
    }

    /// The IDs that changed since [`track_changes`](Self::track_changes).
    pub(crate) fn changed(&self) -> impl Iterator<Item = u64> {
        self.changed.iter().flatten().copied()
    }

    /// Begins to track changes, without the earlier ones.
    pub(crate) fn track_changes(&mut self) {
        self.changed = Some(BTreeSet::new());
    }
}

impl<Object> Default for Objects<Object> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), changed: None }
    }
}
