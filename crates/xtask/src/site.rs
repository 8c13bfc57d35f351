//! `cargo xtask test site`: builds the documentation site, and checks its links and accessibility.
//! Everything is in `docs/site`, in folders outside of version control.

use fs_err as fs;

use crate::node::npm;
use crate::process::{Result, root, step};

/// Builds and checks the site.
pub(crate) fn test() -> Result {
    let folder = root().join("docs/site");
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|metadata| metadata.modified()).ok();
    // npm writes this file at the end of an installation.
    if changed("node_modules/.package-lock.json") < changed("package-lock.json") {
        step("site: npm ci", npm(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    }
    let script = |name: &str| {
        let mut command = npm(&folder);
        command.args(["run", "--silent", name]).env("ASTRO_TELEMETRY_DISABLED", "1");
        command
    };
    step("site: build", &mut script("build"))?;
    step("site: links", &mut script("check:links"))?;
    step("site: accessibility in both themes", &mut script("check:pages"))
}
