//! Typed client for the `CallFluent` API.
