//! What the files became: summaries of load tests, metric series and uptime intervals, and the questions asked of them.
//!
//! This layer owns the polars frames. Everything above it gets plain values: `ValueCounts`, `Series`, `Interval`.

pub mod blob;
pub mod buckets;
pub mod counted;
mod frames;
pub mod histogram;
pub mod metric;
pub mod pyramid;
pub mod query;
pub mod resample;
pub mod run;
pub mod source;
pub mod summary;
pub mod trace;
pub mod uptime;

pub use buckets::BucketSummary;
pub use histogram::{Estimator, Quantile, ValueCount, ValueCounts};
pub use metric::{MetricTable, Series, SeriesInfo, SeriesKind};
pub use run::{LabelInfo, Outcome, OutcomeFilter, RunSummary, Tool};
pub use source::{Dataset, Role, Scope, ScopeFilter, Source, SourceInfo};
pub use summary::{SummaryLine, Threshold, ToolSummary};
pub use trace::TraceSummary;
pub use uptime::{Interval, OutageRow, State, StateTotals, UptimeTable};

/// Why a frame could not be built or asked.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// polars refused; the text is its own.
    #[error("the summary could not be computed: {0}")]
    Frame(#[from] polars::error::PolarsError),
    /// A stored frame lacks what it should hold.
    #[error("the summary is damaged: {0}")]
    Damaged(String),
}
