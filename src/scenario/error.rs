//! Why a scenario could not be run.

use thiserror::Error;

/// A scenario that cannot be run. Overload is not among these: it is a result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SimulateError {
    /// A value contradicts another, or cannot be.
    #[error("{key}: {reason}")]
    Impossible {
        /// Path of the key, as in the file: `autoscaling.min`.
        key: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// It refers to data that were not given.
    #[error(
        "{what} is not there; import the file it comes from, or write the figures into the scenario"
    )]
    Pending {
        /// What is missing, in words.
        what: String,
    },
    /// Stopped by the user.
    #[error("stopped")]
    Cancelled,
}

impl SimulateError {
    /// An impossible value of `key`.
    pub fn impossible(key: &str, reason: impl Into<String>) -> Self {
        Self::Impossible {
            key: key.to_owned(),
            reason: reason.into(),
        }
    }
}
