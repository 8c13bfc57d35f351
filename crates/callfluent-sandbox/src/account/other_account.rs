//! IDs that belong to another account. Requests that name one get the documented 403 response.

/// A workspace of another account.
pub const WORKSPACE: u64 = 90;
/// An agent of another account.
pub const AGENT: u64 = 91;
/// A call of another account.
pub const CALL: u64 = 92;
/// A knowledge file of another account.
pub const KNOWLEDGE_FILE: u64 = 93;
/// An action of another account.
pub const ACTION: u64 = 94;
