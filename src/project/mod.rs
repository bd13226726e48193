//! The `.headroom` file: a SQLite database with the document (settings, promises, limits, notes) and the summaries.
//!
//! `store` is the file, `schema` what a good one looks like, `lock` keeps a second writer away, `migrate` and `lenient`
//! read documents that are older or damaged. `overlap` decides what importing a file again means. `settings` and
//! `recent` belong to the program, not to a project.

mod atomic;
pub mod capacity_inputs;
mod copy;
pub mod document;
mod error;
mod lenient;
mod load;
mod lock;
mod migrate;
pub mod overlap;
pub mod promises;
pub mod recent;
pub mod scenario_file;
pub mod scenarios;
mod schema;
pub mod settings;
pub mod store;

pub use capacity_inputs::CapacityInputs;
pub use document::{CapacityLimit, LimitValue, MappingEntry, ProjectDoc, SlaEntry, SourceEntry};
pub use error::ProjectError;
pub use overlap::{Decision, ImportPlan, OverlapPolicy};
pub use promises::PromisesError;
pub use recent::RecentProjects;
pub use scenario_file::{ScenarioDocument, ScenarioFileError};
pub use scenarios::ScenarioRefused;
pub use settings::Settings;
pub use store::{OpenedProject, Project};
