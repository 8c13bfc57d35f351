//! Runs the Rust blocks of the READMEs and the guide, as `tests/documentation/README.md` describes.
//!
//! The build script collects the blocks, because Markdown that users read must not contain the
//! hidden lines that documentation tests need. `tests/blocks.rs` runs them.
