//! Open Python files that are backed by a file on disk. The core reads such a file while it sends
//! it, instead of holding the whole content in memory.

use std::fs::File;

use pyo3::prelude::*;

/// A file on disk and the position of its reader.
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) struct DiskFile {
    pub(crate) file: File,
    pub(crate) position: u64,
}

/// Returns the file behind an object of `open` or `tempfile` in binary mode; `None` for other
/// objects.
///
/// A descriptor is not enough: a decompressing file has that of the compressed file, and a socket
/// has one too. A subclass may read differently, so only the exact classes count.
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
        // Buffered writes belong to the content.
        reader.call_method0("flush")?;
        reader.getattr("raw")?
    } else {
        reader.clone()
    };
    if !is(&unbuffered, "FileIO")? || !unbuffered.call_method0("readable")?.is_truthy()? {
        return Ok(None);
    }
    // A duplicate stays open if the user closes the file.
    let descriptor: i32 = py.import("os")?.call_method1("dup", (unbuffered.call_method0("fileno")?,))?.extract()?;
    let file = own(descriptor);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let position = reader.call_method0("tell")?.extract()?;
    // Files below /proc report a length of 0 although they have content.
    Ok((position < metadata.len()).then_some(DiskFile { file, position }))
}

/// On other systems, reading by position would move the shared position of the user's file.
#[cfg(not(unix))]
pub(crate) fn on_disk(_: &Bound<'_, PyAny>) -> PyResult<Option<DiskFile>> {
    Ok(None)
}

/// Takes ownership of a new descriptor.
#[cfg(unix)]
#[allow(unsafe_code)]
fn own(descriptor: i32) -> File {
    use std::os::fd::FromRawFd as _;

    // SAFETY: `os.dup` returned the descriptor to the caller, which is its only owner.
    unsafe { File::from_raw_fd(descriptor) }
}
