//! Workspaces, which agents belong to.

use super::record_macro::model;
use crate::id::Id;

model! {
    /// A workspace.
    pub struct Workspace {
        /// The workspace's id.
        id: Id as "id" [required(), example("1")];
        /// The workspace's name.
        name: Option<String> as "name" [required(), example("first workspace")];
    }
}
