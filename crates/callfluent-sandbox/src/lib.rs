//! A local `CallFluent` API.
