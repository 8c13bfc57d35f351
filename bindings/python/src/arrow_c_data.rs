//! The structs of Arrow's C data interface, made from the core's columns without a copy. This is
//! the only file that follows pointers of Arrow consumers.
//!
//! Each struct owns what it points to through `private_data`. A consumer calls `release` once, from
//! any thread, with or without the GIL.

#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::{CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};

use callfluent::bindings::table::{Batch, Bitmap, Buffers, Column, ColumnValues};

/// The flag of a column that may hold nulls.
const NULLABLE: i64 = 2;
/// The error number of a stream that fails: an input/output error.
const EIO: c_int = 5;

/// The type of a table or of a column.
#[repr(C)]
pub(crate) struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// The values of a batch or of a column.
#[repr(C)]
pub(crate) struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

/// A sequence of batches.
#[repr(C)]
pub(crate) struct ArrowArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    private_data: *mut c_void,
}

// SAFETY: each struct is the only owner of what it points to, and all of that is `Send`.
unsafe impl Send for ArrowSchema {}
// SAFETY: as above.
unsafe impl Send for ArrowArray {}
// SAFETY: as above; `Source` is `Send`.
unsafe impl Send for ArrowArrayStream {}

/// The batches of a stream. It is called without the GIL, on any thread, never by two at once.
pub(crate) trait Source: Send {
    fn columns(&self) -> &[Column];
    /// Returns the next batch, or the message of an error.
    fn next(&mut self) -> Result<Option<Batch>, String>;
}

/// The memory that a schema points to.
struct SchemaParts {
    _format: CString,
    _name: CString,
    children: Vec<*mut ArrowSchema>,
}

impl ArrowSchema {
    /// Describes a table with these columns.
    pub(crate) fn new(columns: &[Column]) -> Self {
        let children = columns
            .iter()
            .map(|column| Self::of(column.column_type.arrow_format(), &column.name, NULLABLE, Vec::new()));
        Self::of("+s", "", 0, children.collect())
    }

    fn of(format: &str, name: &str, flags: i64, children: Vec<Self>) -> Self {
        // A C string cannot hold a NUL; a field of a JSON object can have one in its name.
        let text = |text: &str| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
        let (format, name) = (text(format), text(name));
        let (format_pointer, name_pointer) = (format.as_ptr(), name.as_ptr());
        let children: Vec<_> = children.into_iter().map(|child| Box::into_raw(Box::new(child))).collect();
        let mut parts = Box::new(SchemaParts { _format: format, _name: name, children });
        Self {
            format: format_pointer,
            name: name_pointer,
            metadata: null(),
            flags,
            n_children: parts.children.len().try_into().unwrap_or_default(),
            children: parts.children.as_mut_ptr(),
            dictionary: null_mut(),
            release: Some(release_schema),
            private_data: Box::into_raw(parts).cast(),
        }
    }
}

impl Drop for ArrowSchema {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: `release` is that of this struct, and was not called yet.
            unsafe { release(self) }
        }
    }
}

/// The memory that an array points to.
struct ArrayParts {
    _values: Option<ColumnValues>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
}

impl ArrowArray {
    /// Hands over the columns of a batch.
    fn new(batch: Batch) -> Self {
        let rows = batch.rows;
        let children = batch.columns.into_iter().map(|values| Self::column(rows, values)).collect();
        Self::of(rows, 0, None, vec![null()], children)
    }

    fn column(rows: usize, values: ColumnValues) -> Self {
        let bits = |bits: &Bitmap| bits.as_bytes().as_ptr().cast();
        let nulls = values.validity.zeros();
        // Moving `values` does not move what its vectors point to.
        let validity = if nulls == 0 { null() } else { bits(&values.validity) };
        let buffers = match &values.buffers {
            Buffers::Int64(values) => vec![validity, values.as_ptr().cast()],
            Buffers::Float64(values) => vec![validity, values.as_ptr().cast()],
            Buffers::Boolean(values) => vec![validity, bits(values)],
            Buffers::String { offsets, bytes } => vec![validity, offsets.as_ptr().cast(), bytes.as_ptr().cast()],
            _ => Vec::new(),
        };
        Self::of(rows, nulls, Some(values), buffers, Vec::new())
    }

    fn of(
        length: usize,
        null_count: usize,
        values: Option<ColumnValues>,
        buffers: Vec<*const c_void>,
        children: Vec<Self>,
    ) -> Self {
        let children: Vec<_> = children.into_iter().map(|child| Box::into_raw(Box::new(child))).collect();
        let mut parts = Box::new(ArrayParts { _values: values, buffers, children });
        Self {
            length: length.try_into().unwrap_or_default(),
            null_count: null_count.try_into().unwrap_or_default(),
            offset: 0,
            n_buffers: parts.buffers.len().try_into().unwrap_or_default(),
            n_children: parts.children.len().try_into().unwrap_or_default(),
            buffers: parts.buffers.as_mut_ptr(),
            children: parts.children.as_mut_ptr(),
            dictionary: null_mut(),
            release: Some(release_array),
            private_data: Box::into_raw(parts).cast(),
        }
    }

    /// The array that marks the end of a stream.
    const END: Self = Self {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: null_mut(),
        children: null_mut(),
        dictionary: null_mut(),
        release: None,
        private_data: null_mut(),
    };
}

impl Drop for ArrowArray {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: `release` is that of this struct, and was not called yet.
            unsafe { release(self) }
        }
    }
}

/// The memory that a stream points to.
struct StreamParts {
    source: Box<dyn Source>,
    error: CString,
}

impl ArrowArrayStream {
    /// Makes a stream of batches.
    pub(crate) fn new(source: Box<dyn Source>) -> Self {
        Self {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release_stream),
            private_data: Box::into_raw(Box::new(StreamParts { source, error: CString::default() })).cast(),
        }
    }
}

impl Drop for ArrowArrayStream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: `release` is that of this struct, and was not called yet.
            unsafe { release(self) }
        }
    }
}

impl StreamParts {
    /// Runs code of a callback. A panic must not unwind into the consumer.
    fn run<T>(&mut self, code: impl FnOnce(&mut dyn Source) -> Result<T, String>) -> Result<T, c_int> {
        let source = self.source.as_mut();
        let result = catch_unwind(AssertUnwindSafe(|| code(source))).unwrap_or_else(|panic| Err(message(&*panic)));
        result.map_err(|error| {
            self.error = CString::new(error.replace('\0', "\u{fffd}")).unwrap_or_default();
            EIO
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: the consumer passes a schema that this file made and that was not released yet, so
    // `private_data` and `children` are boxes that nothing else owns.
    unsafe {
        (*schema).release = None;
        let parts = Box::from_raw((*schema).private_data.cast::<SchemaParts>());
        for child in &parts.children {
            drop(Box::from_raw(*child));
        }
    }
}

unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: as in `release_schema`. A consumer that moved a child out of it has set the child's
    // `release` to null, which `Drop` respects.
    unsafe {
        (*array).release = None;
        let parts = Box::from_raw((*array).private_data.cast::<ArrayParts>());
        for child in &parts.children {
            drop(Box::from_raw(*child));
        }
    }
}

unsafe extern "C" fn release_stream(stream: *mut ArrowArrayStream) {
    // SAFETY: as in `release_schema`.
    unsafe {
        (*stream).release = None;
        let parts = Box::from_raw((*stream).private_data.cast::<StreamParts>());
        // A panic of a destructor must not unwind into the consumer.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(parts)));
    }
}

unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: the stream was made by `new` and is not released, and `out` is writable.
    unsafe {
        let parts = &mut *(*stream).private_data.cast::<StreamParts>();
        match parts.run(|source| Ok(ArrowSchema::new(source.columns()))) {
            Ok(schema) => {
                out.write(schema);
                0
            }
            Err(error) => error,
        }
    }
}

unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: as in `get_schema`.
    unsafe {
        let parts = &mut *(*stream).private_data.cast::<StreamParts>();
        match parts.run(|source| source.next()) {
            Ok(batch) => {
                out.write(batch.map_or(ArrowArray::END, ArrowArray::new));
                0
            }
            Err(error) => error,
        }
    }
}

unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: as in `get_schema`. The text lives until the next error or the release.
    unsafe { (*(*stream).private_data.cast::<StreamParts>()).error.as_ptr() }
}
