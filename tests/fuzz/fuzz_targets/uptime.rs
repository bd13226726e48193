#![no_main]
//! Every reader of this family, on anything.

use headroom::import::Family;

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| common::read_as(Family::Uptime, data));
