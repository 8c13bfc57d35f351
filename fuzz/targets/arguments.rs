//! Runs the target `arguments`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| callfluent_fuzz::arguments(input));
