#![no_main]
//! What a file is, by its content, and then its reader.

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| common::recognise(data));
