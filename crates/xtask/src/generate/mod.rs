//! `cargo xtask generate`: writes everything that is derived from the core's catalog, and tells when it is stale.

mod openapi;
mod python;
mod typescript;

use fs_err as fs;

use crate::process::{Result, root};

/// A file that is derived from the catalog.
pub(crate) struct Generated {
    /// Its path below the repository's root.
    pub(crate) path: &'static str,
    /// What it has to hold.
    pub(crate) content: String,
}

fn files() -> Vec<Generated> {
    let mut files = vec![openapi::file()];
    files.extend(python::files());
    files.extend(typescript::files());
    files
}

/// Writes all generated files.
pub(crate) fn write() -> Result {
    for file in files() {
        let path = root().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.content)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails where a generated file differs from what would be written.
pub(crate) fn check() -> Result {
    println!("\n== generated files");
    let stale: Vec<_> = files()
        .into_iter()
        .filter(|file| fs::read_to_string(root().join(file.path)).ok().as_ref() != Some(&file.content))
        .map(|file| file.path)
        .collect();
    if stale.is_empty() {
        println!("   up to date");
        return Ok(());
    }
    Err(format!("stale: {}; run `cargo xtask generate` and commit the result", stale.join(", ")).into())
}
