//! The `.headroom` file: a SQLite database with the document (settings, promises, limits, notes) and the summaries.

pub mod document;
pub mod store;

pub use document::{CapacityLimit, LimitValue, ProjectDoc, SlaEntry, SourceEntry};
pub use store::{OpenedProject, Project, ProjectError};
