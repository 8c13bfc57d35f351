//! The Python binding: one generic request into the core, completions for asyncio, errors, logging
//! and the sandbox. It knows no endpoint; the core's catalog has them.

mod arrow_c_data;
mod attachment;
mod blocking_request;
mod bulk;
mod bulk_hooks;
mod client;
mod completion_queue;
mod context;
mod disk_file;
mod error;
mod exceptions;
mod export;
mod from_python;
mod hooks;
mod invalid_value;
mod kept;
mod lazy_record;
mod log;
mod options;
mod pages;
mod record_arguments;
mod response;
mod row_cells;
mod sandbox;
mod shutdown;
mod table;
mod to_python;
mod upload_progress;
mod watch;

use callfluent::bindings::ERROR_CLASSES;
use callfluent::bindings::options::{client_options, request_options};
use callfluent::bindings::schema::Naming;
use pyo3::prelude::*;

#[pymodule]
fn _callfluent(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add("ENVIRONMENT_VARIABLES", callfluent::bindings::environment::VARIABLES)?;
    module.add("CLIENT_OPTIONS", client_options(Naming::Snake).collect::<Vec<_>>())?;
    module.add("ERROR_CLASSES", ERROR_CLASSES.iter().map(|(_, class)| *class).collect::<Vec<_>>())?;
    module.add("REQUEST_OPTIONS", request_options(Naming::Snake).collect::<Vec<_>>())?;
    module.add_class::<bulk::NativeBulk>()?;
    module.add_class::<client::NativeClient>()?;
    module.add_class::<completion_queue::CompletionQueue>()?;
    module.add_class::<lazy_record::LazyRecord>()?;
    module.add_class::<response::NativePages>()?;
    module.add_class::<sandbox::NativeSandbox>()?;
    module.add_class::<table::NativeTable>()?;
    module.add_class::<upload_progress::NativeUploadProgress>()?;
    module.add_class::<export::NativeExport>()?;
    module.add_class::<watch::NativeWait>()?;
    module.add_class::<watch::NativeWatch>()?;
    module.add_function(wrap_pyfunction!(client::unknown_outcome, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::report_hook_failure, module)?)?;
    module.add_function(wrap_pyfunction!(client::operations, module)?)?;
    module.add_function(wrap_pyfunction!(client::set_offline, module)?)?;
    module.add_function(wrap_pyfunction!(client::unknown_outcome_of_request, module)?)?;
    module.add_function(wrap_pyfunction!(client::set_fallback_certificates, module)?)?;
    module.add_function(wrap_pyfunction!(lazy_record::record_class, module)?)?;
    module.add_function(wrap_pyfunction!(sandbox::run_sandbox, module)?)?;
    Ok(())
}
