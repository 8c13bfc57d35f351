//! `cargo xtask generate`: writes everything that is derived from the core's catalog, and reports
//! stale files. The files are templates (in `templates/`) filled with data that is collected here.

mod bulk;
mod composite;
mod documentation;
mod example;
mod markdown;
mod openapi;
mod pages;
mod python;
mod reachable;
mod rust;
mod template;
mod text;
mod typescript;
mod version;
mod wrapping;

use fs_err as fs;

use crate::process::{self, root};
use template::Generated;

fn files() -> Result<Vec<Generated>, String> {
    let mut files = vec![openapi::file()?];
    files.extend(rust::files()?);
    files.extend(python::files()?);
    files.extend(typescript::files()?);
    files.extend(pages::files()?);
    files.extend(version::files()?);
    Ok(files)
}

/// Writes all generated files.
pub(crate) fn write() -> process::Result {
    for file in files()? {
        let path = root().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.content)?;
        println!("wrote {}", file.path);
    }
    Ok(())
}

/// Fails if a generated file differs from what would be written.
pub(crate) fn check() -> process::Result {
    let stale: Vec<_> = files()?
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
