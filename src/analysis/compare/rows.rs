//! The comparison: both sides gathered, each figure estimated with its spread, all judged together.

use super::CompareError;
use super::blocks::{FEWEST, Plan, Window, plan};
use super::bootstrap::{Draws, Varies, varies};
use super::figures::Figures;
use super::gather::{LabelData, LabelKey, RunInput, SideData, side};
use super::params::{CompareParams, Metric};
use super::result::{CompareMethod, CompareVerdict, Comparison, SideInfo};
use super::sentence::sentence;
use super::stats::{Share, spread, t_quantile};
use super::summaries::of_summaries;
use super::verdict::{Estimate, Measured, judge};
use crate::dataset::OutcomeFilter;
use crate::progress::Progress;
use crate::units::count;
use crate::warning::{WarningKind, Warnings};

/// Fewer requests than this prove nothing.
const FEWEST_REQUESTS: u64 = 30;

/// Compares two sides, each of one or more runs.
pub fn compare(
    base: &[RunInput<'_>],
    candidate: &[RunInput<'_>],
    params: &CompareParams,
    progress: &Progress,
) -> Result<Comparison, CompareError> {
    for (runs, which) in [(base, "base"), (candidate, "candidate")] {
        if runs.is_empty() {
            return Err(CompareError::Nothing(format!(
                "the {which} holds no load test"
            )));
        }
    }
    let mut warnings = Warnings::default();
    let summaries = |runs: &[RunInput<'_>]| runs.iter().all(RunInput::summary_only);
    let mut comparison = if summaries(base) || summaries(candidate) {
        of_summaries(base, candidate, params, &mut warnings)?
    } else {
        sampled(base, candidate, params, progress, &mut warnings)?
    };
    remarks(base, candidate, &mut warnings);
    comparison.max_regression = params.max_regression.as_fraction();
    comparison.confidence = params.confidence.as_fraction();
    comparison.warnings = warnings;
    let rows = comparison.labels.iter();
    comparison.verdict = CompareVerdict::together(rows.map(|r| r.verdict));
    comparison.sentence = sentence(&comparison);
    Ok(comparison)
}

fn remarks(base: &[RunInput<'_>], candidate: &[RunInput<'_>], warnings: &mut Warnings) {
    if base.iter().chain(candidate).any(RunInput::closed_loop) {
        warnings.add(
            WarningKind::CoordinatedOmission,
            "a closed-loop tool sends less while the service is slow: its percentiles, and changes of them, read too low",
        );
    }
    if base.len() == 1 && candidate.len() == 1 {
        warnings.add(
            WarningKind::Assumed,
            "one run a side: how much runs of the same release differ is not known; repeat the runs to include it",
        );
    }
}

pub(super) fn info(runs: &[RunInput<'_>], requests: u64) -> SideInfo {
    let names: Vec<String> = runs.iter().map(|r| r.name.clone()).collect();
    SideInfo {
        name: match names.as_slice() {
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        },
        runs: names,
        requests,
        summary_only: runs.iter().all(RunInput::summary_only),
    }
}

type Windowed<'r, 'a> = Vec<(&'r RunInput<'a>, Window)>;

fn windowed<'r, 'a>(
    runs: &'r [RunInput<'a>],
    which: &str,
    params: &CompareParams,
    warnings: &mut Warnings,
) -> Result<Windowed<'r, 'a>, CompareError> {
    let mut found = Vec::new();
    for run in runs {
        if run.summary_only() {
            warnings.add(
                WarningKind::SummaryOnly,
                format!(
                    "{} was left out: only the tool's own figures are known of it",
                    run.name
                ),
            );
        } else if let Some(window) = Window::of(run, params)? {
            found.push((run, window));
        }
    }
    if found.is_empty() {
        let skipped = if params.skip.0 > 0 {
            " after what is skipped"
        } else {
            ""
        };
        return Err(CompareError::Nothing(format!(
            "the {which} has no requests{skipped}"
        )));
    }
    Ok(found)
}

fn sampled(
    base: &[RunInput<'_>],
    candidate: &[RunInput<'_>],
    params: &CompareParams,
    progress: &Progress,
    warnings: &mut Warnings,
) -> Result<Comparison, CompareError> {
    let base_runs = windowed(base, "base", params, warnings)?;
    let candidate_runs = windowed(candidate, "candidate", params, warnings)?;
    let plan = plan(&base_runs, &candidate_runs)?;
    let [a, b] = [
        side(&base_runs, plan.blocks, params)?,
        side(&candidate_runs, plan.blocks, params)?,
    ];
    let draws = Draws::new(plan.blocks, params.replicates, params.seed);
    let unknown = |runs: &Windowed<'_, '_>| runs.iter().any(|(r, _)| r.outcomes_unknown());
    let context = Context {
        params,
        plan,
        tick_ms: tick_ms(&base_runs).max(tick_ms(&candidate_runs)),
        outcomes_unknown: unknown(&base_runs) || unknown(&candidate_runs),
        sides: [&a, &b],
        draws: &draws,
    };
    let keys: Vec<&LabelKey> = a
        .labels
        .keys()
        .filter(|k| b.labels.contains_key(k))
        .collect();
    progress.set_total(keys.len() as u64);
    let mut measured = Vec::new();
    let mut curves = Vec::new();
    for key in keys {
        progress.check()?;
        if let (Some(base), Some(candidate)) = (a.labels.get(key), b.labels.get(key)) {
            measured.extend(context.label(key, base, candidate));
            let curve = |l: &LabelData| l.whole.curve.clone();
            curves.push((key.name().to_owned(), [curve(base), curve(candidate)]));
        }
        progress.advance(1);
    }
    let (labels, tests) = judge(measured, params);
    let only = |of: &SideData, other: &SideData| {
        let missing = of.labels.keys().filter(|k| !other.labels.contains_key(k));
        missing.map(|k| k.name().to_owned()).collect::<Vec<_>>()
    };
    let requests = |s: &SideData| s.labels.get(&LabelKey::Total).map_or(0, |t| t.whole.count);
    Ok(Comparison {
        base: info(base, requests(&a)),
        candidate: info(candidate, requests(&b)),
        labels,
        only_in_base: only(&a, &b),
        only_in_candidate: only(&b, &a),
        method: CompareMethod {
            blocks: plan.blocks,
            block_secs: plan.block_secs,
            replicates: params.replicates,
            seed: params.seed,
            inflation: plan.inflation,
            between_runs: base_runs.len() > 1 || candidate_runs.len() > 1,
            tests,
            ..method(params)
        },
        curves,
        ..Comparison::default()
    })
}

pub(super) fn method(params: &CompareParams) -> CompareMethod {
    CompareMethod {
        estimator: params.estimator.name().to_owned(),
        outcome: match params.outcomes {
            OutcomeFilter::Success => "success",
            OutcomeFilter::All => "all",
        }
        .to_owned(),
        inflation: 1.0,
        skipped_secs: params.skip.as_secs(),
        ..CompareMethod::default()
    }
}

fn tick_ms(runs: &Windowed<'_, '_>) -> f64 {
    let parts = runs.iter().flat_map(|(r, _)| &r.parts);
    parts.map(|p| p.tick_ns as f64 / 1e6).fold(0.0, f64::max)
}

/// What the estimates of all labels share.
struct Context<'a> {
    params: &'a CompareParams,
    plan: Plan,
    tick_ms: f64,
    outcomes_unknown: bool,
    sides: [&'a SideData; 2],
    draws: &'a Draws,
}

/// Variance of a side and the degrees of freedom behind it.
#[derive(Clone, Copy)]
struct Error {
    variance: f64,
    df: f64,
}

impl Context<'_> {
    fn label(&self, key: &LabelKey, base: &LabelData, candidate: &LabelData) -> Vec<Measured> {
        let [a, b] = self.sides;
        let enough = self.plan.blocks >= FEWEST;
        let variances = if enough {
            varies(
                (base, &a.secs),
                (candidate, &b.secs),
                &self.params.metrics,
                self.draws,
            )
        } else {
            vec![None; self.params.metrics.len()]
        };
        self.params
            .metrics
            .iter()
            .zip(variances)
            .map(|(metric, varies)| {
                let metric = *metric;
                let [x, y] = [&base.whole, &candidate.whole];
                let unknown_rate = metric == Metric::ErrorRate && self.outcomes_unknown;
                let value = |f: &Figures| f.value(metric).filter(|_| !unknown_rate);
                let mut measured = Measured {
                    label: key.name().to_owned(),
                    metric,
                    base: value(x),
                    candidate: value(y),
                    n: [x.samples(metric), y.samples(metric)],
                    estimate: Estimate::Unknown(String::new()),
                    ranges: [None, None],
                };
                let refused = self.refused(metric, [x, y], unknown_rate);
                match (refused, varies) {
                    (Some(why), _) => measured.estimate = Estimate::Unknown(why),
                    (None, None) => {
                        measured.estimate = Estimate::Unknown(
                            "too few blocks of time have such requests".to_owned(),
                        );
                    }
                    (None, Some(varies)) => {
                        self.estimate(&mut measured, varies, [base, candidate]);
                    }
                }
                measured
            })
            .collect()
    }

    fn refused(&self, metric: Metric, sides: [&Figures; 2], unknown_rate: bool) -> Option<String> {
        if unknown_rate {
            return Some("a file does not say which requests failed".to_owned());
        }
        let least = sides.iter().map(|f| f.samples(metric)).min()?;
        if sides.iter().any(|f| f.value(metric).is_none()) {
            return Some(if metric.is_latency() {
                "a side has no durations of successful requests".to_owned()
            } else {
                "a side has no requests".to_owned()
            });
        }
        let needed = metric.quantile().map_or(FEWEST_REQUESTS, |p| {
            (10_000_000 / (1_000_000 - p.0).max(1)) as u64
        });
        if least < needed.max(FEWEST_REQUESTS) {
            return Some(format!(
                "{} requests are too few for {}, {} are needed a side",
                count(least),
                metric.title(),
                count(needed.max(FEWEST_REQUESTS))
            ));
        }
        if metric != Metric::ErrorRate && sides.iter().any(|f| f.value(metric) <= Some(0.0)) {
            return Some("durations below one step of the clock have no ratio".to_owned());
        }
        (self.plan.blocks < FEWEST).then(|| {
            format!(
                "the shorter run has {} blocks of time, {FEWEST} are needed",
                self.plan.blocks
            )
        })
    }

    fn estimate(&self, measured: &mut Measured, varies: Varies, sides: [&LabelData; 2]) {
        let (Some(base), Some(candidate)) = (measured.base, measured.candidate) else {
            return;
        };
        let metric = measured.metric;
        let by_run = |label: &LabelData| -> Vec<f64> {
            let figures = label.runs.iter().filter_map(|f| f.value(metric));
            if metric == Metric::ErrorRate {
                figures.collect()
            } else {
                figures.map(f64::ln).filter(|v| v.is_finite()).collect()
            }
        };
        let runs = sides.map(by_run);
        let within = [varies.base, varies.candidate].map(|v| v * self.plan.inflation);
        let errors = self.errors(within, &runs);
        let level = (1.0 - self.params.confidence.as_fraction()) / 2.0;
        if metric == Metric::ErrorRate {
            // Failures that both sides have at the same place (the top of a ramp) do not make their difference uncertain.
            let apart = varies.base + varies.candidate;
            let shared = if runs.iter().all(|r| r.len() < 2) && apart > 0.0 {
                (varies.change / apart).min(1.0)
            } else {
                1.0
            };
            let share = |p: f64, n: u64, error: Error, shared: f64| {
                let n = n as f64;
                let simple = p * (1.0 - p);
                let variance = error.variance * shared;
                let worth = if variance > 0.0 && simple > 0.0 {
                    (simple / variance).min(n)
                } else {
                    n
                };
                Share { p, n: worth }
            };
            let own = |p: f64, n: u64, error: Error| {
                Some(share(p, n, error, 1.0).wilson(t_quantile(level, error.df)))
            };
            measured.ranges = [
                own(base, measured.n[0], errors[0]),
                own(candidate, measured.n[1], errors[1]),
            ];
            let [base, candidate] = [
                share(base, measured.n[0], errors[0], shared),
                share(candidate, measured.n[1], errors[1], shared),
            ];
            measured.estimate = Estimate::Shares {
                base,
                candidate,
                df: errors[0].df.min(errors[1].df),
            };
            return;
        }
        let (variance, df) = if runs.iter().all(|r| r.len() < 2) {
            (
                varies.change * self.plan.inflation,
                self.plan.blocks as f64 - 1.0,
            )
        } else {
            // Welch and Satterthwaite.
            let parts = errors.map(|e| e.variance * e.variance / e.df);
            let sum = errors[0].variance + errors[1].variance;
            let df = sum * sum / (parts[0] + parts[1]);
            (sum, if df.is_finite() { df } else { 1.0 })
        };
        let step = self.tick_ms;
        measured.estimate = Estimate::Ratio {
            log: (candidate / base).ln(),
            se: variance.sqrt(),
            df,
            one_step_ms: (metric.quantile().is_some()
                && (candidate - base).abs() <= step * 1.000_001)
                .then_some(step),
        };
        let own = |value: f64, error: Error| {
            let half = t_quantile(level, error.df) * error.variance.sqrt();
            (value * (-half).exp(), (value * half.exp()).min(1e12))
        };
        measured.ranges = [Some(own(base, errors[0])), Some(own(candidate, errors[1]))];
    }

    /// The error of each side: between its runs where it has several, never less than within them. A side of one run
    /// is taken to vary as the other side's runs do.
    fn errors(&self, within: [f64; 2], runs: &[Vec<f64>; 2]) -> [Error; 2] {
        let [a, b] = runs;
        let between = [spread(a), spread(b)].map(|s| s.map(|(_, variance)| variance));
        let of = |own: usize, other: usize| {
            let within = within.get(own).copied().unwrap_or_default();
            let n = runs.get(own).map_or(1, Vec::len).max(1) as f64;
            let (variance, from) = match (
                between.get(own).copied().flatten(),
                between.get(other).copied().flatten(),
            ) {
                (Some(variance), _) => (Some(variance), own),
                (None, Some(variance)) => (Some(variance), other),
                (None, None) => (None, own),
            };
            variance.map_or(
                Error {
                    variance: within,
                    df: self.plan.blocks as f64 - 1.0,
                },
                |variance| Error {
                    variance: (variance / n).max(within),
                    df: (runs.get(from).map_or(2, Vec::len) as f64 - 1.0).max(1.0),
                },
            )
        };
        [of(0, 1), of(1, 0)]
    }
}
