//! Texts for JavaScript. A long one is not copied: the engine reads it where it is. The copy would cost the event loop a
//! fifth of what it costs to parse the text, most of it for memory that the kernel has to hand out first.
// The engine asks for a pointer, and its function for this is looked up by its name: Node before 20.4 has none.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_void};
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::OnceLock;

use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};

/// From how many bytes on a text is not copied. Shorter ones have room in memory that the engine has at hand.
const LONG: usize = 128 * 1024;

/// A text that JavaScript gets.
pub struct Text(pub(crate) String);

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, Self(text): Self) -> Result<sys::napi_value> {
        // Only of ASCII is it the same, byte by byte, as the engine has it.
        let text = if text.len() >= LONG && text.is_ascii() {
            // SAFETY: it is the environment that this call is made in.
            match unsafe { lend(env, text) } {
                Ok(value) => return Ok(value),
                Err(text) => text,
            }
        } else {
            text
        };
        // SAFETY: as above.
        unsafe { String::to_napi_value(env, text) }
    }
}

/// `node_api_create_external_string_latin1`.
type Create = unsafe extern "C" fn(
    sys::napi_env,
    *const c_char,
    usize,
    unsafe extern "C" fn(sys::napi_env, *mut c_void, *mut c_void),
    *mut c_void,
    *mut sys::napi_value,
    *mut bool,
) -> sys::napi_status;

/// Lends a text to the engine, or gives it back where the engine does not take it.
///
/// # Safety
/// The environment must be the one that the current call is made in.
unsafe fn lend(env: sys::napi_env, text: String) -> std::result::Result<sys::napi_value, String> {
    let Some(create) = create() else {
        return Err(text);
    };
    let mut text = ManuallyDrop::new(text);
    let (start, length, capacity) = (text.as_mut_ptr(), text.len(), text.capacity());
    let (mut value, mut is_copied) = (ptr::null_mut(), false);
    // SAFETY: the text stays where it is until `take_back` is called, which the engine does once and only where it took it.
    let status = unsafe {
        create(
            env,
            start.cast(),
            length,
            take_back,
            ptr::without_provenance_mut(capacity),
            &raw mut value,
            &raw mut is_copied,
        )
    };
    if status == sys::Status::napi_ok { Ok(value) } else { Err(ManuallyDrop::into_inner(text)) }
}

/// The engine needs a text no longer. It may be in the middle of a garbage collection, and on a thread of its own.
unsafe extern "C" fn take_back(_: sys::napi_env, start: *mut c_void, capacity: *mut c_void) {
    // SAFETY: both are what `lend` gave; bytes are freed in the same way however many of them were in use.
    drop(unsafe { Vec::<u8>::from_raw_parts(start.cast(), 0, capacity.addr()) });
}

/// The engine's function, where it has it.
fn create() -> Option<Create> {
    static CREATE: OnceLock<Option<Create>> = OnceLock::new();
    *CREATE.get_or_init(|| {
        let found = find()?;
        // SAFETY: what has this name has this type, as Node-API promises.
        Some(unsafe { std::mem::transmute::<*mut c_void, Create>(found.as_ptr()) })
    })
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn find() -> Option<ptr::NonNull<c_void>> {
    unsafe extern "C" {
        fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    /// `RTLD_DEFAULT`: wherever it is in this process.
    const ANYWHERE: *mut c_void =
        ptr::without_provenance_mut(if cfg!(target_os = "macos") { usize::MAX - 1 } else { 0 });
    // SAFETY: the name ends with a zero, and looking one up changes nothing.
    ptr::NonNull::new(unsafe { dlsym(ANYWHERE, c"node_api_create_external_string_latin1".as_ptr()) })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn find() -> Option<ptr::NonNull<c_void>> {
    None
}
