//! Did this release make it slower? Two sides of load tests, compared label by label and figure by figure.
//!
//! Requests of a run are not independent, so that intervals come from a bootstrap over blocks of time (`blocks`,
//! `bootstrap`), and from the spread between runs where a side has several; `verdict` turns them into words, with
//! Holm's correction for the number of rows. `canary` judges fixed criteria, `trend` looks at more than two releases,
//! `junit` writes what build servers read.

mod blocks;
mod bootstrap;
pub mod canary;
mod figures;
mod gather;
pub mod junit;
mod params;
mod result;
mod rows;
pub mod sentence;
mod stats;
mod summaries;
pub mod trend;
mod verdict;

use crate::dataset::DatasetError;
use crate::progress::{Cancelled, Progress};

pub use canary::{CanaryError, CanaryResult, CanaryVerdict, Criterion};
pub use gather::{RunInput, runs_of};
pub use params::{CompareParams, Metric};
pub use result::{CompareMethod, CompareVerdict, ComparedRow, Comparison, SideInfo};
pub use rows::compare;
pub use trend::{Trend, TrendLine, TrendPoint, trend};

/// Why two sides could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A side without anything to compare.
    #[error("{0}")]
    Nothing(String),
    /// The summaries could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Stopped from outside.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Compares two sides and judges the criteria of a canary, which look at all requests together.
pub fn compare_with_canary(
    base: &[RunInput<'_>],
    candidate: &[RunInput<'_>],
    params: &CompareParams,
    criteria: &[Criterion],
    progress: &Progress,
) -> Result<Comparison, CompareError> {
    let mut comparison = compare(base, candidate, params, progress)?;
    if !criteria.is_empty() {
        let mut metrics: Vec<Metric> = criteria.iter().map(|c| c.metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        let of_total = CompareParams {
            metrics,
            total_only: true,
            ..params.clone()
        };
        let total = compare(base, candidate, &of_total, progress)?;
        comparison.canary = canary::judge(&total, criteria);
    }
    Ok(comparison)
}
