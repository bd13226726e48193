//! What a comparison found, in the shape of `headroom compare --json`.

use serde::{Deserialize, Serialize};

use super::canary::CanaryResult;
use super::params::Metric;
use super::trend::Trend;
use crate::warning::Warnings;

/// How one figure, or all of them, fared.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum CompareVerdict {
    /// No change for the worse beyond the gate.
    Pass,
    /// Better by more than the gate.
    Improvement,
    /// The data do not decide.
    #[default]
    NotProven,
    /// Worse by more than the gate.
    Regression,
}

impl CompareVerdict {
    /// The word shown on screens and in sheets.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Improvement => "improvement",
            Self::NotProven => "not proven",
            Self::Regression => "regression",
        }
    }

    /// The verdict on the whole: a regression beats what is not proven, that beats an improvement, that a pass. Nothing
    /// compared is not proven.
    pub fn together(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::NotProven)
    }
}

/// One figure of one label on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedRow {
    /// Label, `Total` for all requests.
    pub label: String,
    /// Which figure.
    pub metric: Metric,
    /// `ms`, `per_sec` or `share` (0..=1).
    pub unit: String,
    /// On the base.
    pub base: Option<f64>,
    /// On the candidate.
    pub candidate: Option<f64>,
    /// Candidate against base: relative (0.23 is 23 % more); for the error rate the difference of the shares.
    pub change: Option<f64>,
    /// `relative`, or `points` for a difference of shares.
    pub change_unit: String,
    /// Candidate over base.
    pub ratio: Option<f64>,
    /// Interval of the change at the confidence asked for.
    pub ci: Option<(f64, f64)>,
    /// The same, widened for the number of figures compared (Holm): regressions and improvements are judged by it.
    pub ci_corrected: Option<(f64, f64)>,
    /// Samples of base and candidate.
    pub n: [u64; 2],
    /// How it fared.
    pub verdict: CompareVerdict,
    /// Why it is not proven.
    pub reason: Option<String>,
    /// Interval of the base's and of the candidate's own figure.
    pub ranges: [Option<(f64, f64)>; 2],
}

impl ComparedRow {
    /// How bad the change is, for sorting: the verdict first, then the change for the worse.
    pub fn badness(&self) -> f64 {
        let rank = match self.verdict {
            CompareVerdict::Regression => 3.0,
            CompareVerdict::NotProven => 2.0,
            CompareVerdict::Pass => 1.0,
            CompareVerdict::Improvement => 0.0,
        };
        let change = self.change.unwrap_or(0.0);
        let worse = if self.metric == Metric::Throughput {
            -change
        } else {
            change
        };
        rank * 1_000.0 + worse.clamp(-400.0, 400.0)
    }
}

/// A side of the comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideInfo {
    /// Its name for people.
    pub name: String,
    /// Names of its runs, in order of time.
    pub runs: Vec<String>,
    /// Requests of all its runs in the time that counts.
    pub requests: u64,
    /// There is only a tool's summary of it.
    pub summary_only: bool,
}

/// How intervals came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompareMethod {
    /// Percentile definition of both sides.
    pub estimator: String,
    /// Which outcomes durations are taken over: `success` or `all`.
    pub outcome: String,
    /// Blocks of time a side.
    pub blocks: usize,
    /// Their length in seconds, in the shortest run.
    pub block_secs: f64,
    /// How often blocks were drawn.
    pub replicates: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Factor on variances for what neighbouring blocks share.
    pub inflation: f64,
    /// Whether the spread between runs was used: some side has several.
    pub between_runs: bool,
    /// Figures that were corrected for together.
    pub tests: usize,
    /// Seconds cut off at the start of each run.
    pub skipped_secs: f64,
}

/// The curve of a label's durations on one side: (percent of requests, at most so many milliseconds).
pub type Curve = Vec<(f64, f64)>;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// On the whole.
    pub verdict: CompareVerdict,
    /// The answer in a sentence.
    pub sentence: String,
    /// The gate, as a fraction.
    pub max_regression: f64,
    /// Of the intervals, as a fraction.
    pub confidence: f64,
    /// Compared against.
    pub base: SideInfo,
    /// Compared.
    pub candidate: SideInfo,
    /// Every label and figure: the total first, then labels by name.
    pub labels: Vec<ComparedRow>,
    /// Criteria of a canary.
    pub canary: Vec<CanaryResult>,
    /// Labels that only the base has.
    pub only_in_base: Vec<String>,
    /// Labels that only the candidate has.
    pub only_in_candidate: Vec<String>,
    /// Several releases in order, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
    /// How intervals came about.
    pub method: CompareMethod,
    /// What is to be kept in mind.
    pub warnings: Warnings,
    /// Distributions of each label on both sides, for charts.
    #[serde(skip)]
    pub curves: Vec<(String, [Curve; 2])>,
}
