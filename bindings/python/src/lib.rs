//! The Python binding: one generic call into the core, completions for asyncio, errors, and the sandbox. It knows no
//! endpoint; what there is comes from the core's catalog.

mod answer;
mod attachment;
mod client;
mod completions;
mod convert;
mod ending;
mod failure;
mod fields;
mod log;
mod opened;
mod options;
mod parse;
mod sandbox;

use pyo3::prelude::*;

#[pymodule]
fn _callfluent(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<client::Core>()?;
    module.add_class::<completions::Completions>()?;
    module.add_class::<fields::Fields>()?;
    module.add_class::<sandbox::NativeSandbox>()?;
    module.add_function(wrap_pyfunction!(client::operations, module)?)?;
    module.add_function(wrap_pyfunction!(failure::set_error_factory, module)?)?;
    module.add_function(wrap_pyfunction!(sandbox::run_sandbox, module)?)?;
    Ok(())
}
