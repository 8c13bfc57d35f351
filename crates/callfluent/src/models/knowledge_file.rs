//! Knowledge files of an agent.

use super::record_macro::model;
use crate::id::Id;

model! {
    /// A file that an agent draws its knowledge from.
    ///
    /// The documentation names nothing but the id; whatever else the server sends is in `extra`.
    pub struct KnowledgeFile: undocumented {
        /// The file's id, which deleting it takes.
        id: Id as "id" [required(), example("11")];
    }
}
