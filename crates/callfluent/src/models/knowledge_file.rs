//! Knowledge files of agents.

use super::record_macro::record;
use crate::id::Id;

record! {
    /// A knowledge file of an agent.
    ///
    /// The API documents only `id`. All other fields of the response are kept.
    pub struct KnowledgeFile: undocumented {
        /// ID of the file.
        id: Id as "id" [required(), example("11")];
    }
}
