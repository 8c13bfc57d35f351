//! The trait of all records of the API.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::traits::Decode;
use crate::schema::{Naming, RecordType};

/// A record of the API, such as [`Agent`](crate::Agent).
pub trait Record: Decode + Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug {
    /// The documented fields.
    #[doc(hidden)]
    const RECORD_TYPE: &'static RecordType;

    /// Returns the record with public names: documented fields as decoded, all others unchanged.
    #[doc(hidden)]
    fn to_public(&self, naming: Naming) -> serde_json::Map<String, serde_json::Value>;

    /// Returns whether the response contained any of the documented fields.
    #[doc(hidden)]
    fn has_documented_field(&self) -> bool;
}
