//! Workspaces.

use super::record_macro::record;
use crate::id::Id;

record! {
    /// A workspace.
    pub struct Workspace {
        /// ID of the workspace.
        id: Id as "id" [required(), example("1")];
        /// Name of the workspace.
        name: Option<String> as "name" [required(), example("first workspace")];
    }
}
