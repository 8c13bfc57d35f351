//! Open files of Python that stand for a file on disk. The core can read such a file by itself while it sends it, instead of
//! taking the whole content into memory.

use std::fs::File;

use pyo3::prelude::*;

/// A file on disk and where its reader stands.
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) struct DiskFile {
    pub(crate) file: File,
    pub(crate) position: u64,
}

/// The file below an object that reads a regular file and nothing else; `None` for every other object.
///
/// That an object has a descriptor is not enough: one that decompresses has that of the compressed file, and a socket has one
/// too. So only what `open` and `tempfile` make in binary mode counts, and no subclass, which may read differently.
#[cfg(unix)]
pub(crate) fn on_disk(object: &Bound<'_, PyAny>) -> PyResult<Option<DiskFile>> {
    let py = object.py();
    let reader = if object.get_type().module()? == "tempfile" && object.hasattr("file")? {
        object.getattr("file")?
    } else {
        object.clone()
    };
    let io = py.import("io")?;
    let is = |object: &Bound<'_, PyAny>, name: &str| -> PyResult<bool> { Ok(object.get_type().is(&io.getattr(name)?)) };
    let unbuffered = if is(&reader, "BufferedReader")? || is(&reader, "BufferedRandom")? {
        // What was written and is still in the buffer belongs to the content.
        reader.call_method0("flush")?;
        reader.getattr("raw")?
    } else {
        reader.clone()
    };
    if !is(&unbuffered, "FileIO")? || !unbuffered.call_method0("readable")?.is_truthy()? {
        return Ok(None);
    }
    // It stays open however soon the user closes theirs.
    let descriptor: i32 = py.import("os")?.call_method1("dup", (unbuffered.call_method0("fileno")?,))?.extract()?;
    let file = own(descriptor);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let position = reader.call_method0("tell")?.extract()?;
    // Some files have content and say that they have none, such as those below /proc.
    Ok((position < metadata.len()).then_some(DiskFile { file, position }))
}

/// Elsewhere reading by position would move the position of the user's file, which they share.
#[cfg(not(unix))]
pub(crate) fn on_disk(_: &Bound<'_, PyAny>) -> PyResult<Option<DiskFile>> {
    Ok(None)
}

/// Takes a descriptor that was just made and that nobody else knows of.
#[cfg(unix)]
#[allow(unsafe_code)]
fn own(descriptor: i32) -> File {
    use std::os::fd::FromRawFd as _;

    // SAFETY: `os.dup` has made it for this function, which is its only owner.
    unsafe { File::from_raw_fd(descriptor) }
}
