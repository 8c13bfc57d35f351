//! The tests that `cargo xtask test` runs in short and `cargo xtask soak` at full length.

/// Environment variable that makes the tests run at full length.
pub(crate) const VARIABLE: &str = "CALLFLUENT_SOAK";
/// Names of the tests, in each language.
pub(crate) const TESTS: [&str; 4] = ["load", "cancellation", "processes", "soak"];
