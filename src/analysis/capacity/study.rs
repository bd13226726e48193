//! What load tests, or a table of concurrency and throughput, say about the limit: the scalability curve, the largest
//! load that keeps to a budget, the knee, the plateau, and what to be careful about. One result for the command line
//! and the screen.

use serde::{Deserialize, Serialize};

use super::knee::{Knee, knee};
use super::levels::{Level, collect};
use super::limits::{self, Judged, MaxPassing, Plateau, Saturation};
use super::measure::{Budget, CapacityPoint, point};
use super::moments::moments_of_parts;
use super::steps::LeftOut;
use super::study_words;
use super::usl::in_flight as in_flight_of;
use super::usl_fit::{UslFit, fit};
use crate::analysis::compare::RunInput;
use crate::dataset::{DatasetError, ToolSummary};
use crate::units::{Micros, Ppm};
use crate::warning::{WarningKind, Warnings};

/// What concurrency is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcurrencyUnit {
    /// Users of the load generator, each of which waits for its response and sends the next request at once.
    #[default]
    Users,
    /// Requests in flight: throughput times response time (Little's law).
    InFlight,
    /// A column of a table; it is what the table says it is.
    Column,
}

/// Kneedle's sensitivity, as in the paper.
const SENSITIVITY: f64 = 1.0;
/// More different levels than this are scatter, not steps: they have no knee.
const MOST_LEVELS: usize = 60;
/// Users of whom a smaller share has a request in flight pause between requests.
const NO_PAUSES: f64 = 0.85;

/// Runs whose throughput at one level differs by more than this share are said to differ.
const RUNS_DIFFER: f64 = 0.10;
/// Fewer levels than this say nothing about saturation.
const FEWEST_LEVELS: usize = 3;

/// What is known about the limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityStudy {
    /// The answer.
    pub sentence: String,
    /// What concurrency is.
    pub concurrency: ConcurrencyUnit,
    /// The same in a sentence.
    pub basis: String,
    /// The scalability curve.
    pub usl: Option<UslFit>,
    /// Why there is none.
    pub usl_refused: Option<String>,
    /// The highest throughput that keeps to the budget; `None` without a budget, and where no level keeps to it.
    pub max_passing: Option<MaxPassing>,
    /// The budget in words, where one was given.
    pub budget: Option<String>,
    /// Where more concurrency stops paying.
    pub knee: Option<Knee>,
    /// The largest throughput, held over several levels.
    pub plateau: Option<Plateau>,
    /// Where queues begin by Little's law.
    pub saturation: Option<Saturation>,
    /// The levels, rising by concurrency.
    pub points: Vec<CapacityPoint>,
    /// Stretches of the runs that are not counted.
    pub left_out: Vec<LeftOut>,
    /// What to be careful about.
    pub warnings: Warnings,
}

/// A row of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TableRow {
    /// What the table varied, above 0.
    pub concurrency: f64,
    /// Per second, or what the table counts in; above 0.
    pub throughput: f64,
    /// The percentile of the budget in milliseconds, where the table has it.
    pub latency_ms: Option<f64>,
    /// Share of the requests that failed, 0..=1, where the table has it.
    pub error_rate: Option<f64>,
}

/// Studies the rows of a table; where a budget is given, against it.
pub fn study_table(
    rows: &[TableRow],
    x_name: &str,
    y_name: &str,
    budget: Option<&Budget>,
) -> CapacityStudy {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| {
        a.concurrency
            .total_cmp(&b.concurrency)
            .then(a.throughput.total_cmp(&b.throughput))
    });
    let judged: Vec<Judged> = rows.iter().map(|row| judge_row(row, budget)).collect();
    let mut study = CapacityStudy {
        concurrency: ConcurrencyUnit::Column,
        basis: format!(
            "Concurrency is the column \"{x_name}\", throughput the column \"{y_name}\"; the curve holds for what the table varied"
        ),
        points: judged.iter().map(|j| j.point.clone()).collect(),
        ..CapacityStudy::default()
    };
    if let Some(budget) = budget {
        // A row that does not say its latency neither keeps to a budget nor breaks it.
        let known: Vec<Judged> = judged
            .into_iter()
            .filter(|j| j.latency_ms.is_some())
            .collect();
        let words = if rows.iter().any(|r| r.error_rate.is_some()) {
            budget.words()
        } else {
            study.warnings.add(
                WarningKind::Note,
                "The table says nothing of failures: only the latency was held to the budget",
            );
            budget.latency_words()
        };
        study.max_passing = limits::max_passing(&known, budget).map(|most| MaxPassing {
            budget: words.clone(),
            ..most
        });
        study.budget = Some(words);
    }
    study.concluded()
}

/// A row of a table as a point, held against the budget.
fn judge_row(row: &TableRow, budget: Option<&Budget>) -> Judged {
    let passes = budget.zip(row.latency_ms).map(|(budget, ms)| {
        let failed = Ppm((row.error_rate.unwrap_or(0.0) * 1e6).round() as i64);
        Micros((ms * 1e3).round() as i64) <= budget.limit && failed <= budget.errors
    });
    let shown = budget.is_some_and(|b| b.percentile == super::measure::SHOWN);
    Judged {
        passes: passes == Some(true),
        latency_ms: row.latency_ms,
        latency_ci95_ms: None,
        point: CapacityPoint {
            concurrency: row.concurrency,
            throughput: row.throughput,
            in_flight: Some(row.concurrency),
            p95_ms: row.latency_ms.filter(|_| shown),
            error_rate: row.error_rate.unwrap_or_default(),
            passes,
            ..CapacityPoint::default()
        },
    }
}

/// Studies pairs of concurrency and throughput.
pub fn study_pairs(rows: &[(f64, f64)], x_name: &str, y_name: &str) -> CapacityStudy {
    let rows: Vec<TableRow> = rows
        .iter()
        .map(|(concurrency, throughput)| TableRow {
            concurrency: *concurrency,
            throughput: *throughput,
            ..TableRow::default()
        })
        .collect();
    study_table(&rows, x_name, y_name, None)
}

/// Studies load tests: the steps of each, and runs of which only the tool's summary is known.
pub fn study_runs(
    runs: &[RunInput<'_>],
    budget: Option<&Budget>,
) -> Result<CapacityStudy, DatasetError> {
    let sampled = runs.iter().filter(|r| !r.parts.is_empty());
    let mut each = Vec::new();
    for run in sampled.clone() {
        let name = if runs.len() > 1 {
            run.name.clone()
        } else {
            String::new()
        };
        each.push((name, moments_of_parts(&run.parts)?));
    }
    let levels = collect(each);
    let mut judged: Vec<Judged> = levels
        .list
        .iter()
        .map(|level| judge(level, levels.users, budget))
        .collect();
    judged.extend(
        runs.iter()
            .filter(|r| r.parts.is_empty())
            .filter_map(|r| judge_summary(r.summary?, budget)),
    );
    let mut study = CapacityStudy {
        concurrency: unit(&judged),
        left_out: levels.left_out,
        ..CapacityStudy::default()
    };
    if study.concurrency == ConcurrencyUnit::InFlight {
        for one in &mut judged {
            one.point.concurrency = one.point.in_flight.unwrap_or(one.point.concurrency);
        }
    }
    judged.sort_by(|a, b| a.point.concurrency.total_cmp(&b.point.concurrency));
    study.basis = study_words::basis(study.concurrency, &judged);
    study.budget = budget.map(Budget::words);
    study.max_passing = budget.and_then(|b| limits::max_passing(&judged, b));
    study.points = judged.into_iter().map(|j| j.point).collect();
    if levels.ramp {
        study.warnings.add(
            WarningKind::Note,
            "The load rose without being held: levels are put together, and latency lags behind the load. Hold each level for a minute or more",
        );
    }
    if let Some((level, share)) = levels.differ.filter(|(_, share)| *share > RUNS_DIFFER) {
        study.warnings.add(
            WarningKind::Note,
            study_words::runs_differ(level, share, study.concurrency),
        );
    }
    if let Some(text) = study_words::left_out(&study.left_out) {
        study.warnings.add(WarningKind::Note, text);
    }
    if runs.iter().any(RunInput::closed_loop) {
        study.warnings.add(
            WarningKind::CoordinatedOmission,
            "The tool waits for each response before it sends the next request: percentiles leave out requests that were not sent meanwhile",
        );
    }
    Ok(study.concluded())
}

/// A level as a point, held against the budget.
fn judge(level: &Level, users: bool, budget: Option<&Budget>) -> Judged {
    let milliseconds = |(low, high): (f64, f64)| (low / 1e6, high / 1e6);
    let mut point = point(level);
    point.in_flight = Some(level.in_flight());
    point.users = users.then_some(point.concurrency);
    let rate = point.throughput;
    point.throughput_ci95 = level
        .rate_half_width()
        .map(|half| ((rate - half).max(0.0), rate + half));
    point.p95_ci95_ms = level
        .percentile_interval(super::measure::SHOWN)
        .map(milliseconds);
    let passes = budget.is_some_and(|b| b.holds(level));
    point.passes = budget.map(|_| passes);
    Judged {
        passes,
        latency_ms: budget.and_then(|b| level.percentile_ms(b.percentile)),
        latency_ci95_ms: budget
            .and_then(|b| level.percentile_interval(b.percentile).map(milliseconds)),
        point,
    }
}

/// A run of which only the tool's figures are known, as one point.
fn judge_summary(summary: &ToolSummary, budget: Option<&Budget>) -> Option<Judged> {
    let total = &summary.total;
    let by_count = || Some(total.count? as f64 / summary.duration_secs.filter(|s| *s > 0.0)?);
    let throughput = total
        .throughput_per_sec
        .or_else(by_count)
        .filter(|x| *x > 0.0)?;
    // A tool that waits for each response always has all its connections in flight.
    let in_flight = summary
        .concurrency_max
        .filter(|_| summary.closed_loop)
        .or_else(|| total.mean_ms.map(|ms| in_flight_of(throughput, ms / 1e3)));
    let concurrency = summary.concurrency_max.or(in_flight).filter(|n| *n > 0.0)?;
    let (count, errors) = (total.count.unwrap_or(0), total.errors.unwrap_or(0));
    let latency_ms = budget.and_then(|b| total.percentile_ms(b.percentile.0));
    let passes = budget.zip(latency_ms).map(|(b, ms)| {
        Micros((ms * 1e3).round() as i64) <= b.limit && b.failures_hold(errors, count)
    });
    Some(Judged {
        passes: passes == Some(true),
        latency_ms,
        latency_ci95_ms: None,
        point: CapacityPoint {
            concurrency,
            throughput,
            p95_ms: total.percentile_ms(super::measure::SHOWN.0),
            error_rate: errors as f64 / count.max(1) as f64,
            secs: summary.duration_secs.unwrap_or_default(),
            users: summary.concurrency_max,
            in_flight,
            passes,
            ..CapacityPoint::default()
        },
    })
}

/// Users where they are known and send one request after the other; otherwise requests in flight.
fn unit(judged: &[Judged]) -> ConcurrencyUnit {
    let busy = judged
        .iter()
        .filter_map(|j| Some((j.point.in_flight?, j.point.users?)))
        .map(|(in_flight, users)| in_flight / users)
        .fold(f64::INFINITY, f64::min);
    let all_known = judged.iter().all(|j| j.point.users.is_some());
    if all_known && busy >= NO_PAUSES {
        ConcurrencyUnit::Users
    } else {
        ConcurrencyUnit::InFlight
    }
}

impl CapacityStudy {
    /// Fits the curve, looks for knee, plateau and saturation, and says what was found.
    fn concluded(mut self) -> Self {
        let pairs: Vec<(f64, f64)> = self
            .points
            .iter()
            .map(|p| (p.concurrency, p.throughput))
            .collect();
        match fit(&pairs) {
            Ok(found) => {
                for note in &found.notes {
                    self.warnings.add(WarningKind::Note, note.clone());
                }
                self.usl = Some(found);
            }
            Err(error) => self.usl_refused = Some(error.to_string()),
        }
        let levels = by_level(&pairs);
        if levels.len() <= MOST_LEVELS {
            self.knee = knee(&levels, SENSITIVITY);
            self.plateau = limits::plateau(&levels);
        }
        let in_flight: Vec<(f64, f64)> = self
            .points
            .iter()
            .filter_map(|p| Some((p.in_flight?, p.throughput)))
            .collect();
        if levels.len() >= FEWEST_LEVELS {
            self.saturation = limits::saturation(&in_flight);
        }
        self.sentence = study_words::sentence(&self);
        self
    }
}

/// Each level once, with the mean of its throughputs. Levels must rise.
fn by_level(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    pairs
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .filter_map(|same| {
            let sum: f64 = same.iter().map(|p| p.1).sum();
            Some((same.first()?.0, sum / same.len() as f64))
        })
        .collect()
}
