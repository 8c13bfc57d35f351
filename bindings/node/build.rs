//! Sets the linker up so that Node's own functions are found when the addon is loaded.

fn main() {
    napi_build::setup();
}
