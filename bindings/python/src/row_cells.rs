//! Rows of strings, such as lines of a CSV file: the cells that have a column and a value.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::from_python::snapshot;
use crate::invalid_value::FieldErrors;

/// Returns the cells of a row without missing ones. Cells without a column are an error of `place`.
pub(crate) fn row_cells<'py>(
    row: &Bound<'py, PyDict>,
    place: &str,
    errors: &mut FieldErrors<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = row.py();
    let present = PyDict::new(py);
    for (name, cell) in snapshot(row)?.iter() {
        // `csv.DictReader` keeps the cells beyond the last column under the name `None`.
        if name.is_none() {
            let count = cell.len().unwrap_or(1);
            let reason = format!(
                "has more cells than columns ({count} more); put quotes around a cell that contains the separator"
            );
            errors.add(place, reason);
        // pandas marks a missing cell as NaN, also among strings.
        } else if !cell.extract::<f64>().is_ok_and(f64::is_nan) {
            present.set_item(name, cell)?;
        }
    }
    Ok(present)
}
