//! Files that survive a crash: locked while they are in use, synced with their folder, replaced as
//! a whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOCK_ATTEMPTS: u32 = 10;
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// Locks a file. A run that was canceled a moment ago may hold the lock for a little longer.
pub(crate) fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_INTERVAL),
            locked => return locked,
        }
    }
    file.try_lock()
}

/// Returns the reason against a file that another run has locked.
pub(crate) fn in_use(path: &Path) -> String {
    format!("{} is in use by another run; wait until it ends", path.display())
}

/// Returns whether a path leads to an open file, which another program may have replaced.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match std::fs::metadata(path) {
        Ok(there) => Ok(identity(there) == identity(file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Other systems do not replace a file that is open.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Replaces a file. A crash leaves the old content or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = beside(path, ".new");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_data()?;
    drop(file);
    std::fs::rename(&temporary, path)
}

/// Checks that [`replace`] can write beside a file, without a change of the file.
pub(crate) fn check_replaceable(path: &Path) -> io::Result<()> {
    // Not the file of `replace`, which another run may be about to rename.
    let probe = beside(path, ".try");
    match OpenOptions::new().write(true).create_new(true).open(&probe) {
        Ok(_) => std::fs::remove_file(&probe),
        // Another run checks the same file.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Returns the folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Syncs the folder of a new file, so that the file exists after a crash of the machine.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Other systems have no such operation.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // As on other systems.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
