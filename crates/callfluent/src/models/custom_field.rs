//! Custom fields of an agent, such as the caller's name.

use super::record_macro::model;
use crate::id::Id;

model! {
    /// A custom field of an agent.
    pub struct CustomField {
        /// The field's id: a UUID.
        id: Id as "id" [required(), text_id(), example("d7d6946a-d90a-438e-954f-08cb5950d680")];
        /// The field's name, which actions refer to.
        name: Option<String> as "name" [required(), example("name")];
        /// What the field holds, for people.
        label: Option<String> as "label" [required(), example("Call's name")];
    }
}
