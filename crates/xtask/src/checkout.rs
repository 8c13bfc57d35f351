//! A copy of the repository as a fresh clone has it, with the changes that are not committed yet.
//! Packages are built from it, so that they contain no file of this machine alone.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::process::{Result, output, program, root};

/// Copies the files under version control. Equal files stay untouched, so that cargo sees what has
/// changed. Without git, returns this folder.
pub(crate) fn copy(folder: PathBuf) -> Result<PathBuf> {
    let Ok(listed) = output(program("git").args(["ls-files", "-z"])) else {
        println!("   this folder is not a git clone; all of its files are used");
        return Ok(root());
    };
    let names: HashSet<&Path> = listed.split_terminator('\0').map(Path::new).collect();
    remove_others(&folder, Path::new(""), &names)?;
    for name in names {
        copy_changed(&root().join(name), &folder.join(name))?;
    }
    Ok(folder)
}

/// Removes files that the repository does not have.
fn remove_others(folder: &Path, below: &Path, names: &HashSet<&Path>) -> Result {
    for entry in fs::read_dir(folder.join(below)).into_iter().flatten().flatten() {
        let name = below.join(entry.file_name());
        let path = entry.path();
        let known = names.iter().any(|known| known.starts_with(&name));
        let removed = match (path.is_dir() && !path.is_symlink(), known) {
            (true, true) => remove_others(folder, &name, names).map_err(std::io::Error::other),
            (true, false) => fs::remove_dir_all(&path),
            (false, true) => Ok(()),
            (false, false) => fs::remove_file(&path),
        };
        removed.map_err(|error| format!("{} could not be removed: {error}", path.display()))?;
    }
    Ok(())
}

fn copy_changed(from: &Path, to: &Path) -> Result {
    let Ok(content) = fs::read(from) else {
        // Removed, but not yet from version control.
        let _ = fs::remove_file(to);
        return Ok(());
    };
    if fs::read(to).is_ok_and(|known| known == content) {
        return Ok(());
    }
    let copy = || -> std::io::Result<()> {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::write(to, &content)
    };
    Ok(copy()?)
}
