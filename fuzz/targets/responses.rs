//! Runs the target `responses`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| callfluent_fuzz::responses(input));
