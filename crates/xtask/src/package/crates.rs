//! The crates, in the order in which they are published.

use fs_err as fs;

use super::notices;
use super::settings::{RELEASE_TARGETS, dist};
use crate::node::folders::write_json;
use crate::process::{Result, cargo, step, target_dir};

/// Published crates. The tests of the second one use the first.
pub(super) const CRATES: [&str; 2] = ["callfluent-sandbox", "callfluent"];

/// Packs the crates and builds each from what was packed, as cargo does before it publishes.
pub(super) fn package() -> Result {
    // Changes that are not committed are packed, too. In a release, there are none.
    let mut publish = cargo("publish --dry-run --locked --allow-dirty");
    for name in CRATES {
        publish.args(["--package", name]);
    }
    step("crates: cargo publish --dry-run", &mut publish)?;
    // The command above keeps no files.
    let mut pack = cargo("package --quiet --no-verify --locked --allow-dirty");
    for name in CRATES {
        pack.args(["--package", name]);
    }
    step("crates: cargo package", &mut pack)?;
    let folder = dist().join("crates");
    fs::create_dir_all(&folder)?;
    for name in CRATES {
        let file = format!("{name}-{}.crate", env!("CARGO_PKG_VERSION"));
        fs::copy(target_dir().join("package").join(&file), folder.join(&file))?;
        // A crate contains no code of others: its bill of materials lists what cargo adds.
        let contents = notices::bill_of_materials(name, &notices::components(name, &RELEASE_TARGETS)?);
        write_json(&folder.join(format!("{name}-{}.cdx.json", env!("CARGO_PKG_VERSION"))), &contents)?;
    }
    Ok(())
}
