//! Custom fields of agents.

use super::record_macro::record;
use crate::id::Id;

record! {
    /// A custom field of an agent.
    pub struct CustomField {
        /// ID of the field: a UUID.
        id: Id as "id" [required(), string_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
        /// Name of the field. Actions refer to it.
        name: Option<String> as "name" [required(), example("name")];
        /// Description of the field.
        label: Option<String> as "label" [required(), example("Call's name")];
    }
}
