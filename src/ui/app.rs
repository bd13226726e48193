//! The window.

/// What the frame around the screens remembers for itself.
#[derive(Debug, Default)]
pub struct ShellView {}
