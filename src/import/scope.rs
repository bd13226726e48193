//! A first guess at what a file is about, from its path and format. Everything guessed here can be edited.

use std::path::Path;

use super::Format;
use crate::dataset::{Role, Scope};

/// Guesses service, environment and role.
pub fn guess(_path: &Path, format: Format) -> Scope {
    Scope {
        role: if format == Format::JmeterCsv {
            Role::Test
        } else {
            Role::Production
        },
        ..Scope::default()
    }
}
