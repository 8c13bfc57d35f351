//! Files to upload, in each form that Python users have: paths, bytes, open files, names with their
//! content.

use callfluent::Attachment;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::disk_file;
use crate::exceptions::unless_interrupted;
use crate::from_python::{bytes, mapping, to_string};
use crate::invalid_value::{InvalidValue, kind_of};

/// Name of bytes that come without one.
const DEFAULT_NAME: &str = "file";

/// Converts one file, an iterable of files, or a mapping of names to their content.
pub(crate) fn to_attachments(files: &Bound<'_, PyAny>) -> Result<Vec<Attachment>, InvalidValue> {
    if let Ok(parts) = files.cast::<PyTuple>()
        && parts.len() > 1
        && parts.iter().all(|part| part.is_instance_of::<PyString>())
    {
        let ways = "a tuple of strings is ambiguous: pass a list of paths, or a list of pairs of name and content";
        return Err(InvalidValue::new(ways));
    }
    // A tuple that does not begin with a name is an iterable of files.
    let several = files.cast::<PyTuple>().is_ok_and(|parts| !parts.get_item(0).is_ok_and(|name| is_string(&name)));
    if !several && let Some(single) = to_attachment(files)? {
        return Ok(vec![single]);
    }
    let files = match mapping(files)? {
        Some(named) => named.items().into_any(),
        None => files.clone(),
    };
    let expected = || InvalidValue::new(format!("expected a file or several, got {}", kind_of(&files)));
    let files_in_turn = unless_interrupted(files.py(), files.try_iter())?.ok_or_else(expected)?;
    let read = files_in_turn.enumerate().map(|(index, file)| {
        let file = file?;
        let read = to_attachment(&file).and_then(|read| {
            let ways = "a path, bytes, an open file, or a pair of name and content";
            read.ok_or_else(|| InvalidValue::new(format!("a file is {ways}; got {}", kind_of(&file))))
        });
        read.map_err(|error| error.within(&format!("[{index}]")))
    });
    read.collect()
}

fn is_string(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>()
}

fn to_attachment(file: &Bound<'_, PyAny>) -> Result<Option<Attachment>, InvalidValue> {
    if is_string(file) || file.hasattr("__fspath__")? {
        let path = unless_interrupted(file.py(), file.extract::<std::path::PathBuf>())?;
        let path = path.ok_or_else(|| InvalidValue::new("is not a valid path on this machine"))?;
        return Ok(Some(Attachment::path(path)));
    }
    if let Some(opened) = disk_file::on_disk(file)? {
        let attachment = Attachment::file(name_of(file)?, opened.file, opened.position).map_err(PyErr::from)?;
        return Ok(Some(attachment));
    }
    if let Some(content) = content(file)? {
        return Ok(Some(Attachment::bytes(name_of(file)?, content)));
    }
    match file.cast::<PyTuple>() {
        Ok(parts) => named(parts).map(Some),
        Err(_) => Ok(None),
    }
}

/// Converts a name with its content and an optional media type.
fn named(parts: &Bound<'_, PyTuple>) -> Result<Attachment, InvalidValue> {
    let (name, data, content_type) = match parts.len() {
        2 => (parts.get_item(0)?, parts.get_item(1)?, None),
        3 => (parts.get_item(0)?, parts.get_item(1)?, Some(parts.get_item(2)?)),
        count => {
            return Err(InvalidValue::new(format!(
                "a file is a tuple of name, content and optional media type; got {count} parts"
            )));
        }
    };
    let Ok(name) = name.cast::<PyString>() else {
        return Err(InvalidValue::new(format!("the name (first part) must be a string, got {}", kind_of(&name))));
    };
    let attachment = if let Ok(text) = data.cast::<PyString>() {
        Attachment::bytes(String::new(), to_string(text)?)
    } else if data.is_instance_of::<PyTuple>() {
        return Err(InvalidValue::new("the content (second part) cannot be a tuple"));
    } else {
        to_attachment(&data)?.ok_or_else(|| {
            let ways = "bytes, a string, a path or an open file";
            InvalidValue::new(format!("the content (second part) must be {ways}, got {}", kind_of(&data)))
        })?
    };
    let attachment = attachment.named(to_string(name)?);
    let Some(kind) = content_type else {
        return Ok(attachment);
    };
    let Ok(kind) = kind.cast::<PyString>() else {
        return Err(InvalidValue::new(format!("the media type (third part) must be a string, got {}", kind_of(&kind))));
    };
    Ok(attachment.content_type(to_string(kind)?))
}

/// Returns the content of bytes, or of an object with `read`. It is read at once, so that a retry
/// sends all of it.
fn content(file: &Bound<'_, PyAny>) -> Result<Option<Vec<u8>>, InvalidValue> {
    if let Some(bytes) = bytes(file)? {
        return Ok(Some(bytes));
    }
    if !file.hasattr("read")? {
        return Ok(None);
    }
    let read = file.call_method0("read")?;
    if let Ok(text) = read.cast::<PyString>() {
        return Ok(Some(to_string(text)?.into_bytes()));
    }
    // An object with `read` is not read in turn: that of `unittest.mock.Mock` has `read` forever.
    let expected = || InvalidValue::new(format!("read() must return bytes or a string, got {}", kind_of(&read)));
    bytes(&read)?.ok_or_else(expected).map(Some)
}

/// Returns the name of an open file, without its folders.
fn name_of(file: &Bound<'_, PyAny>) -> PyResult<String> {
    let name = file.getattr("name").and_then(|name| name.extract::<std::path::PathBuf>());
    let path = unless_interrupted(file.py(), name)?;
    let last = path.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    Ok(last.unwrap_or_else(|| DEFAULT_NAME.to_owned()))
}
