//! Progress of an upload. The connection counts the bytes of the files; the thread that waits for
//! the response calls the function of the user, which must not run on a thread of the runtime.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use callfluent::Attachment;
use pyo3::prelude::*;

/// Counts the bytes of an upload. `report` gets the bytes of all files that were passed to the
/// connection, and their length or `None`.
#[pyclass(frozen)]
pub(crate) struct NativeUploadProgress {
    report: Py<PyAny>,
    counted: OnceLock<Counted>,
    reported: AtomicU64,
}

struct Counted {
    files: Arc<[AtomicU64]>,
    total: Option<u64>,
}

impl NativeUploadProgress {
    /// Counts the bytes of these files. A retry begins again.
    pub(crate) fn observe(&self, attachments: Vec<Attachment>) -> Vec<Attachment> {
        let total = attachments.iter().map(Attachment::length).sum();
        let files: Arc<[AtomicU64]> = attachments.iter().map(|_| AtomicU64::default()).collect();
        let observe = |(index, attachment): (usize, Attachment)| {
            let files = Arc::clone(&files);
            attachment.on_progress(move |bytes| {
                if let Some(file) = files.get(index) {
                    file.store(bytes, Ordering::Relaxed);
                }
            })
        };
        let observed = attachments.into_iter().enumerate().map(observe).collect();
        let _ = self.counted.set(Counted { files, total });
        observed
    }

    fn sent(&self) -> u64 {
        let files = self.counted.get().into_iter().flat_map(|counted| counted.files.iter());
        files.map(|file| file.load(Ordering::Relaxed)).sum()
    }

    /// Returns whether there is something to report.
    pub(crate) fn has_news(&self) -> bool {
        self.sent() != self.reported.load(Ordering::Relaxed)
    }

    /// Reports the bytes, if their number has changed.
    ///
    /// # Errors
    /// The exception of the function, which cancels the upload.
    pub(crate) fn report(&self, py: Python<'_>) -> PyResult<()> {
        let sent = self.sent();
        if self.reported.swap(sent, Ordering::Relaxed) != sent {
            let total = self.counted.get().and_then(|counted| counted.total);
            self.report.call1(py, (sent, total))?;
        }
        Ok(())
    }
}

#[pymethods]
impl NativeUploadProgress {
    #[new]
    fn new(report: Py<PyAny>) -> Self {
        // No number of bytes, so that the first report is that of none.
        Self { report, counted: OnceLock::new(), reported: AtomicU64::new(u64::MAX) }
    }

    /// Reports the bytes, if their number has changed.
    fn update(&self, py: Python<'_>) -> PyResult<()> {
        self.report(py)
    }
}
