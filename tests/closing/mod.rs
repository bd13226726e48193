//! Closing a period: the engine, the commands, the screens.

mod command;
mod engine;
mod screen;

use sha2::{Digest as _, Sha256};

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}
