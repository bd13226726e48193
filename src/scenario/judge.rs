//! Whether a simulated run kept the promises: what it counted becomes a run, an outage table and metric series like any
//! that were imported, and the engine that judges production judges them over the run's own window.
//!
//! The window rarely is a period of the calendar: the run is judged in the rolling window that ends with it, and the
//! time before its start is taken out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::Scenario;
use super::outcome::{Outcome, StepFigures};
use crate::analysis::sla::{
    ExcludeAs, Exclusion, Grain, JudgeParams, ObjectiveKind, ObjectiveResult, SlaError, SlaFile,
    SlaReport, Verdict, judge as judge_dataset,
};
use crate::calendar::{Instant, Period, TimeRange, Zone};
use crate::dataset::counted::Counted;
use crate::dataset::{
    Dataset, MetricTable, OutageRow, RunSummary, ScopeFilter, Series, SeriesInfo, Source,
    SourceInfo, State, UptimeTable,
};
use crate::units::{Direction, Micros};

/// Runs up to so long are kept by the minute, longer ones by the quarter of an hour.
const BY_THE_MINUTE: f64 = 10.0 * 86_400.0;

/// One promise and what became of it in the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Name of the objective.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The figure over the run, in `unit`; `None` where there is none.
    pub achieved: Option<f64>,
    /// The target, in `unit`.
    pub target: Option<f64>,
    /// `%`, `ms`, `/s` or the unit of a metric.
    pub unit: String,
    /// The figure with its unit, rounded to the worse side.
    pub achieved_text: String,
    /// The target as it was written.
    pub target_text: String,
    /// Minutes of the run in which the target was missed: of downtime for availability, else of the minutes (quarters of
    /// an hour in runs over ten days) that by themselves missed it. `None` where that cannot be told.
    pub minutes_below: Option<f64>,
    /// Error budget left, in per cent of the budget of the run; negative where it is overdrawn.
    pub budget_left: Option<f64>,
    /// Why it is not proven, or has no data.
    pub reason: Option<String>,
    /// Not proven because the run never asked for as much as was promised: it can neither keep nor break it.
    pub not_asked: bool,
    /// Repetitions that were judged; of several the one that did worst is shown.
    pub repetitions: u32,
    /// How many of them kept it.
    pub kept_in: u32,
}

/// The promises of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Judged {
    /// In the order of the file.
    pub promises: Vec<Promise>,
    /// All of them together.
    pub verdict: Verdict,
}

impl Promise {
    /// In how many of several repetitions it was kept, in words.
    pub fn how_often(&self) -> Option<String> {
        (self.repetitions > 1).then(|| match self.kept_in {
            all if all == self.repetitions => format!("kept in all {all} repetitions"),
            some => format!(
                "kept in {some} of {} repetitions, the worst is shown",
                self.repetitions
            ),
        })
    }
}

/// One promise of a repetition, with what tells which repetition did worst.
type Ranked = (Promise, Direction);

/// Judges a run by a set of promises. Of several repetitions each is judged: a promise is kept when all of them keep it,
/// and the one that did worst is shown.
pub fn judge(scenario: &Scenario, outcome: &Outcome, file: &SlaFile) -> Result<Judged, SlaError> {
    let window = window_of(scenario, outcome);
    let all: Vec<(Vec<Ranked>, Verdict)> = outcome
        .repetitions()
        .par_iter()
        .map(|run| judge_one(run, window, file))
        .collect::<Result<_, SlaError>>()?;
    let verdict = all.iter().map(|(_, verdict)| *verdict).max();
    let mut runs = all.into_iter().map(|(promises, _)| promises);
    let mut worst = runs.next().unwrap_or_default();
    for promises in runs {
        for (held, found) in worst.iter_mut().zip(promises) {
            add(held, found);
        }
    }
    Ok(Judged {
        verdict: verdict.unwrap_or_default(),
        promises: worst.into_iter().map(|(promise, _)| promise).collect(),
    })
}

/// Takes the same promise of one more repetition in.
fn add((held, direction): &mut Ranked, (found, _): Ranked) {
    let worse_by_figure = match (held.achieved, found.achieved) {
        (Some(a), Some(b)) => match direction {
            Direction::AtMost => b > a,
            Direction::AtLeast => b < a,
        },
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let counts = (held.repetitions + 1, held.kept_in + found.kept_in);
    if found.verdict > held.verdict || found.verdict == held.verdict && worse_by_figure {
        *held = found;
    }
    (held.repetitions, held.kept_in) = counts;
}

/// Judges one repetition.
fn judge_one(
    outcome: &Outcome,
    window: TimeRange,
    file: &SlaFile,
) -> Result<(Vec<Ranked>, Verdict), SlaError> {
    let dataset = dataset_of(outcome, window)?;
    let report = judged(&dataset, &fitted(file, None), window)?;
    let slice = Micros::from_secs(bucket_secs(outcome));
    let by_minute = judged(&dataset, &fitted(file, Some(slice)), window)?;
    let minutes = |name: &str| {
        let fine = by_minute.objectives.iter().find(|o| o.name == name)?;
        minutes_below(fine, slice)
    };
    let promises = report.objectives.iter().map(|objective| {
        let promise = Promise {
            name: objective.name.clone(),
            verdict: objective.verdict,
            achieved: objective.achieved,
            target: objective.target,
            unit: objective.unit.clone(),
            achieved_text: objective.achieved_text.clone(),
            target_text: objective.target_text.clone(),
            minutes_below: minutes(&objective.name),
            budget_left: objective
                .budget
                .as_ref()
                .filter(|b| b.total > 0.0)
                .map(|b| b.remaining_percent),
            reason: objective.reason.clone(),
            not_asked: objective.verdict == Verdict::NotProven
                && objective.not_demanded.is_some_and(|slices| slices > 0.0),
            repetitions: 1,
            kept_in: u32::from(objective.verdict == Verdict::Met),
        };
        (promise, objective.direction)
    });
    Ok((promises.collect(), report.verdict))
}

/// The time that was counted, on the calendar; the warm-up lies before it.
fn window_of(scenario: &Scenario, outcome: &Outcome) -> TimeRange {
    let micros = |secs: f64| Micros((secs * 1e6).round() as i64);
    let start = Instant(scenario.run.start_micros);
    TimeRange {
        start,
        end: start.plus(micros(outcome.duration.max(1.0))),
    }
}

/// Seconds of a bucket of the histogram.
fn bucket_secs(outcome: &Outcome) -> i64 {
    if outcome.duration <= BY_THE_MINUTE {
        60
    } else {
        900
    }
}

/// The promises as they can be judged over a run: nothing that looks beyond it, and what is left out is left out.
fn fitted(file: &SlaFile, slice: Option<Micros>) -> SlaFile {
    let mut file = file.clone();
    for objective in &mut file.objectives {
        objective.exclude_as = ExcludeAs::Removed;
        if matches!(objective.period, Grain::Rolling(_)) {
            objective.period = Grain::Year;
        }
        let by_slices = matches!(
            objective.kind,
            ObjectiveKind::Latency
                | ObjectiveKind::ShareUnder
                | ObjectiveKind::ErrorRate
                | ObjectiveKind::Throughput
                | ObjectiveKind::Utilisation
                | ObjectiveKind::Metric
        );
        if let Some(slice) = slice
            && by_slices
        {
            objective.slice = Grain::Length(slice);
            objective.min_samples = 1;
        }
    }
    file.alerts.clear();
    file.burn_alerts.clear();
    file.degradation = None;
    file
}

fn judged(dataset: &Dataset, file: &SlaFile, window: TimeRange) -> Result<SlaReport, SlaError> {
    let days = (window.length().as_days().ceil() as u16).clamp(1, 3_660);
    let period = Period::Rolling {
        days,
        end: Some(window.end),
    };
    let zone = Zone::utc();
    let before = TimeRange {
        start: period.range(&zone).start,
        end: window.start,
    };
    let params = JudgeParams {
        period,
        zone,
        as_of: Some(window.end),
        scope: ScopeFilter::default(),
        exclusions: if before.start < before.end {
            vec![Exclusion::new(before, "before the run")]
        } else {
            Vec::new()
        },
        history: false,
    };
    judge_dataset(dataset, file, &params)
}

/// Minutes in which an objective, cut into the finest slices, did not hold.
fn minutes_below(objective: &ObjectiveResult, slice: Micros) -> Option<f64> {
    match &objective.slices {
        Some(tally) => Some(tally.breached as f64 * slice.as_secs() / 60.0),
        // Seconds of downtime.
        None if objective.kind == ObjectiveKind::Availability => {
            let budget = objective.budget.as_ref()?;
            (budget.unit == "secs").then_some(budget.used / 60.0)
        }
        None => None,
    }
}

/// What the run counted, as if it had been imported.
fn dataset_of(outcome: &Outcome, window: TimeRange) -> Result<Dataset, SlaError> {
    let source = Source {
        info: SourceInfo {
            source_id: "simulation".to_owned(),
            file_name: format!("simulation of {}", outcome.scenario),
            first: Some(window.start),
            last: Some(window.end),
            ..SourceInfo::default()
        },
        run: Some(run_of(outcome, window)?),
        metrics: Some(MetricTable::from_series(&series_of(outcome, window))?),
        uptime: Some(uptime_of(outcome, window)),
        ..Source::default()
    };
    Ok(Dataset {
        sources: vec![Arc::new(source)],
    })
}

fn at(window: TimeRange, step: &StepFigures) -> Instant {
    window.start.plus(Micros((step.at * 1e6).round() as i64))
}

/// Counts of the fluid engine are not whole: what is cut off one is carried to the next.
#[derive(Default)]
struct Carry(f64);

impl Carry {
    fn whole(&mut self, count: f64) -> u64 {
        let sum = self.0 + count.max(0.0);
        let whole = (sum + 1e-9).floor();
        self.0 = sum - whole;
        whole as u64
    }
}

fn run_of(outcome: &Outcome, window: TimeRange) -> Result<RunSummary, SlaError> {
    let mut labels: Vec<String> = outcome.times.iter().map(|t| t.label.clone()).collect();
    labels.sort();
    labels.dedup();
    let index: BTreeMap<&str, u16> = labels.iter().map(String::as_str).zip(0..).collect();
    let width = (outcome.step.round() as i64).max(1);
    let mut carried: BTreeMap<(u16, i64), Carry> = BTreeMap::new();
    let mut failed: BTreeMap<u16, Carry> = BTreeMap::new();
    let mut cells = Vec::new();
    for times in &outcome.times {
        let Some(label) = index.get(times.label.as_str()).copied() else {
            continue;
        };
        let start = Micros((f64::from(times.step) * outcome.step * 1e6).round() as i64);
        let cell = |failed: bool, values: Vec<(i64, u64)>| Counted {
            second: window.start.plus(start).secs(),
            secs: width,
            label,
            failed,
            values,
        };
        let micros = |secs: f64| (secs * 1e6).round() as i64;
        let good: Vec<(i64, u64)> = times
            .good
            .iter()
            .map(|(edge, count)| {
                let edge = micros(*edge);
                (
                    edge,
                    carried.entry((label, edge)).or_default().whole(*count),
                )
            })
            .collect();
        // When a request failed is not kept: as late as the latest answer of the step.
        let latest = good.iter().map(|(edge, _)| *edge).max().unwrap_or_default();
        cells.push(cell(false, good));
        let bad = failed.entry(label).or_default().whole(times.failed);
        cells.push(cell(true, vec![(latest, bad)]));
    }
    Ok(RunSummary::from_counted(
        &labels,
        bucket_secs(outcome),
        cells,
    )?)
}

/// Out of service: no instance, or at least half of the answers failed.
fn is_down(step: &StepFigures) -> bool {
    step.instances == 0 || (step.errors > 0.0 && step.errors >= step.served)
}

fn uptime_of(outcome: &Outcome, window: TimeRange) -> UptimeTable {
    let length = Micros((outcome.step * 1e6).round() as i64);
    let mut rows: Vec<OutageRow> = Vec::new();
    for step in &outcome.steps {
        let start = at(window, step);
        let end = start.plus(length).min(window.end);
        let state = if is_down(step) {
            State::Down
        } else {
            State::Up
        };
        match rows.last_mut() {
            Some(last) if last.state == state && last.end == Some(start) => last.end = Some(end),
            _ => rows.push(OutageRow {
                start,
                end: Some(end),
                state,
                service: String::new(),
                note: String::new(),
            }),
        }
    }
    UptimeTable {
        rows,
        ..UptimeTable::default()
    }
}

/// What the run shows over time, under the names by which promises ask for it.
fn series_of(outcome: &Outcome, window: TimeRange) -> Vec<Series> {
    type Figure = fn(&StepFigures) -> f64;
    let all: [(&str, &str, Figure); 4] = [
        ("cpu_utilization", "%", |s| s.cpu * 100.0),
        ("worker_utilization", "%", |s| s.utilisation * 100.0),
        ("queue_length", "", |s| s.queue),
        ("instances", "", |s| f64::from(s.instances)),
    ];
    let times: Vec<Instant> = outcome.steps.iter().map(|s| at(window, s)).collect();
    let series = |name: &str, unit: &str, values: Vec<f64>| Series {
        info: SeriesInfo {
            name: name.to_owned(),
            unit: unit.to_owned(),
            step_secs: Some(outcome.step),
            points: times.len() as u64,
            first: times.first().copied(),
            last: times.last().copied(),
            ..SeriesInfo::default()
        },
        times: times.clone(),
        values,
    };
    let over_time = all
        .into_iter()
        .map(|(name, unit, figure)| series(name, unit, outcome.steps.iter().map(figure).collect()));
    let federation = outcome
        .federation
        .iter()
        .flat_map(|f| f.series(outcome.duration));
    let chain = outcome
        .chain
        .iter()
        .flat_map(|c| c.series(outcome.duration));
    over_time
        .chain(
            federation
                .chain(chain)
                .map(|(name, unit, values)| series(name, unit, values)),
        )
        .collect()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
