//! `cargo xtask test`: everything that must hold, from formatting to the tests over real sockets.

use crate::process::{Outcome, cargo, step};
use crate::{bench, deny, fuzz, generate, node, prose, python};

/// Runs everything; ends at the first failure.
pub(crate) fn run() -> Outcome {
    step("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    prose::run(&[])?;
    generate::check()?;
    step("lints", cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]))?;
    deny::run()?;
    step("tests", cargo().args(["test", "--workspace", "--all-targets", "--locked"]))?;
    step("documentation tests", cargo().args(["test", "--workspace", "--doc", "--locked"]))?;
    step(
        "documentation",
        cargo().args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    fuzz::seeds()?;
    python::test()?;
    node::test()?;
    bench::run(bench::Extent::Quick)
}
