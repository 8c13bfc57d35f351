//! Runs the target `records`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| callfluent_fuzz::records(input));
