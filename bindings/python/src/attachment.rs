//! Files to upload, in every form that Python users have them: paths, bytes, open files, names with their content.

use callfluent::Attachment;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};

use crate::disk_file;
use crate::error::{InvalidValue, kind_of, unless_interrupted};
use crate::from_python::{mapping, to_text};

/// The name of bytes that come without one.
const NAMELESS: &str = "file";

/// Reads one file, an iterable of them, or a mapping of names to their content.
pub(crate) fn to_attachments(files: &Bound<'_, PyAny>) -> Result<Vec<Attachment>, InvalidValue> {
    if let Ok(parts) = files.cast::<PyTuple>()
        && parts.len() > 1
        && parts.iter().all(|part| part.is_instance_of::<PyString>())
    {
        let ways =
            "files are either a list of paths, or a list of pairs of name and content: a tuple of texts could be both";
        return Err(InvalidValue::new(ways));
    }
    // A tuple that does not begin with a name is an iterable of files.
    let several = files.cast::<PyTuple>().is_ok_and(|parts| !parts.get_item(0).is_ok_and(|name| is_text(&name)));
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

fn is_text(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>()
}

fn to_attachment(file: &Bound<'_, PyAny>) -> Result<Option<Attachment>, InvalidValue> {
    if is_text(file) || file.hasattr("__fspath__")? {
        let path = unless_interrupted(file.py(), file.extract::<std::path::PathBuf>())?;
        let path = path.ok_or_else(|| InvalidValue::new("is a path that cannot be one on this machine"))?;
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

/// Reads a name with its content and perhaps its media type.
fn named(parts: &Bound<'_, PyTuple>) -> Result<Attachment, InvalidValue> {
    let (name, data, content_type) = match parts.len() {
        2 => (parts.get_item(0)?, parts.get_item(1)?, None),
        3 => (parts.get_item(0)?, parts.get_item(1)?, Some(parts.get_item(2)?)),
        count => {
            return Err(InvalidValue::new(format!(
                "a file is name, content and perhaps media type; got {count} parts"
            )));
        }
    };
    let Ok(name) = name.cast::<PyString>() else {
        return Err(InvalidValue::new(format!("its name, the first part, must be text, is {}", kind_of(&name))));
    };
    let attachment = if let Ok(text) = data.cast::<PyString>() {
        Attachment::bytes(String::new(), to_text(text)?)
    } else if data.is_instance_of::<PyTuple>() {
        return Err(InvalidValue::new("its content, the second part, cannot be a tuple"));
    } else {
        to_attachment(&data)?.ok_or_else(|| {
            let ways = "bytes, text, a path or an open file";
            InvalidValue::new(format!("its content, the second part, must be {ways}, is {}", kind_of(&data)))
        })?
    };
    let attachment = attachment.named(to_text(name)?);
    let Some(kind) = content_type else {
        return Ok(attachment);
    };
    let Ok(kind) = kind.cast::<PyString>() else {
        return Err(InvalidValue::new(format!("its media type, the third part, must be text, is {}", kind_of(&kind))));
    };
    Ok(attachment.content_type(to_text(kind)?))
}

/// The content of bytes or of anything that can be read, which is read at once, so that it is whole when it is sent again.
fn content(file: &Bound<'_, PyAny>) -> Result<Option<Vec<u8>>, InvalidValue> {
    if let Ok(bytes) = file.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if file.hasattr("read")? {
        let read = file.call_method0("read")?;
        if let Ok(text) = read.cast::<PyString>() {
            return Ok(Some(to_text(text)?.into_bytes()));
        }
        return content(&read);
    }
    if file.is_instance_of::<PyByteArray>() || file.is_instance_of::<PyMemoryView>() {
        return content(&file.py().get_type::<PyBytes>().call1((file,))?);
    }
    Ok(None)
}

/// The name of an open file, without its folders.
fn name_of(file: &Bound<'_, PyAny>) -> PyResult<String> {
    let name = file.getattr("name").and_then(|name| name.extract::<std::path::PathBuf>());
    let path = unless_interrupted(file.py(), name)?;
    let last = path.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    Ok(last.unwrap_or_else(|| NAMELESS.to_owned()))
}
