//! Files to upload, in every form that Python users have them: paths, bytes, open files, and pairs of name and content.

use callfluent::Attachment;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};

use crate::opened;

/// The name of bytes that come without one.
const NAMELESS: &str = "file";

/// Reads one file or an iterable of them.
pub(crate) fn to_attachments(files: &Bound<'_, PyAny>) -> PyResult<Vec<Attachment>> {
    if let Ok(parts) = files.cast::<PyTuple>()
        && parts.len() > 1
        && parts.iter().all(|part| part.is_instance_of::<PyString>())
    {
        let ways =
            "files are either a list of paths, or a list of pairs of name and content: a tuple of texts could be both";
        return Err(PyTypeError::new_err(ways));
    }
    if let Some(single) = to_attachment(files)? {
        return Ok(vec![single]);
    }
    let not_files = |_| PyTypeError::new_err(format!("files cannot be a {}", type_name(files)));
    files
        .try_iter()
        .map_err(not_files)?
        .map(|file| {
            let file = file?;
            to_attachment(&file)?
                .ok_or_else(|| PyTypeError::new_err(format!("a file cannot be a {}", type_name(&file))))
        })
        .collect()
}

fn to_attachment(file: &Bound<'_, PyAny>) -> PyResult<Option<Attachment>> {
    if file.is_instance_of::<PyString>() || file.hasattr("__fspath__")? {
        return file.extract::<std::path::PathBuf>().map(|path| Some(Attachment::path(path)));
    }
    if let Some(opened) = opened::on_disk(file)? {
        return Attachment::file(name_of(file), opened.file, opened.position).map(Some).map_err(Into::into);
    }
    if let Some(content) = content(file)? {
        return Ok(Some(Attachment::bytes(name_of(file), content)));
    }
    let Ok(parts) = file.cast::<PyTuple>() else {
        return Ok(None);
    };
    let (name, data, content_type) = match parts.len() {
        2 => (parts.get_item(0)?, parts.get_item(1)?, None),
        3 => (parts.get_item(0)?, parts.get_item(1)?, Some(parts.get_item(2)?)),
        _ => return Ok(None),
    };
    let text = data.is_instance_of::<PyString>();
    if !name.is_instance_of::<PyString>() {
        // A tuple of files is an iterable of them.
        return Ok(None);
    }
    let attachment = if text {
        Attachment::bytes(String::new(), data.extract::<String>()?)
    } else {
        match to_attachment(&data)? {
            Some(attachment) => attachment,
            None => return Ok(None),
        }
    };
    let attachment = attachment.named(name.extract::<String>()?);
    Ok(Some(match content_type {
        Some(content_type) => attachment.content_type(content_type.extract::<String>()?),
        None => attachment,
    }))
}

/// The content of bytes or of anything that can be read, which is read at once, so that it is whole when it is sent again.
fn content(file: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = file.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if file.hasattr("read")? {
        let read = file.call_method0("read")?;
        if let Ok(text) = read.cast::<PyString>() {
            return Ok(Some(text.to_cow()?.into_owned().into_bytes()));
        }
        return content(&read);
    }
    if file.is_instance_of::<PyByteArray>() || file.is_instance_of::<PyMemoryView>() {
        return content(&file.py().get_type::<PyBytes>().call1((file,))?);
    }
    Ok(None)
}

/// The name of an open file, without its folders.
fn name_of(file: &Bound<'_, PyAny>) -> String {
    let name = file.getattr("name").and_then(|name| name.extract::<std::path::PathBuf>());
    let last = name.ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    last.unwrap_or_else(|| NAMELESS.to_owned())
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map(|name| name.to_string()).unwrap_or_default()
}
