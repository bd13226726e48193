//! From an estimate with its spread to an interval and a word.
//!
//! Regression: even the end of the corrected interval that looks best is beyond the gate. Improvement: even its worst end
//! is. Pass: the plain interval ends before the gate; that every figure passes needs no correction, because all of them
//! have to (intersection-union, Berger 1982). Everything else is not proven.

use super::params::{CompareParams, Metric};
use super::result::{CompareVerdict, ComparedRow};
use super::stats::{Share, difference, holm, t_quantile, t_upper};
use crate::units;

/// What is known of a change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Estimate {
    /// Nothing can be said, and why.
    Unknown(String),
    /// Logarithm of candidate over base.
    Ratio {
        /// ln(candidate / base).
        log: f64,
        /// Its standard error.
        se: f64,
        /// Degrees of freedom behind the error.
        df: f64,
        /// The two values are no more than one step of the clock apart, in milliseconds.
        one_step_ms: Option<f64>,
    },
    /// Shares on both sides.
    Shares {
        base: Share,
        candidate: Share,
        df: f64,
    },
}

/// One figure before it is judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub label: String,
    pub metric: Metric,
    pub base: Option<f64>,
    pub candidate: Option<f64>,
    pub n: [u64; 2],
    pub estimate: Estimate,
    pub ranges: [Option<(f64, f64)>; 2],
}

/// Limits on the logarithm of candidate over base, turned so that up is worse.
#[derive(Clone, Copy)]
struct Gate {
    share: f64,
    worse: f64,
    better: f64,
    sign: f64,
}

impl Gate {
    fn of(metric: Metric, params: &CompareParams) -> Self {
        let share = params.max_regression.as_fraction();
        let (up, down) = ((1.0 + share).ln(), -(1.0 - share).ln());
        if metric == Metric::Throughput {
            Self {
                share,
                worse: down,
                better: up,
                sign: -1.0,
            }
        } else {
            Self {
                share,
                worse: up,
                better: down,
                sign: 1.0,
            }
        }
    }
}

/// The smallest one-sided level at which `proven` holds; 1 where it holds at none.
fn level_of(proven: impl Fn(f64) -> bool) -> f64 {
    if !proven(0.5) {
        return 1.0;
    }
    let (mut no, mut yes) = (1e-12_f64, 0.5_f64);
    for _ in 0..50 {
        let middle = (no * yes).sqrt();
        if proven(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

/// How likely such a change is where there is none beyond the gate: for the worse, for the better.
fn probabilities(measured: &Measured, gate: Gate) -> (Option<f64>, Option<f64>) {
    match &measured.estimate {
        Estimate::Unknown(_) => (None, None),
        Estimate::Ratio { log, se, df, .. } => {
            let worse = log * gate.sign;
            let se = se.max(1e-9);
            (
                Some(t_upper((worse - gate.worse) / se, *df)),
                Some(t_upper((-gate.better - worse) / se, *df)),
            )
        }
        Estimate::Shares {
            base,
            candidate,
            df,
        } => {
            let worse = |level: f64| {
                let z = t_quantile(level, *df);
                difference(*base, *candidate, 1.0 + gate.share, z).0 > 0.0
            };
            let better = |level: f64| {
                let z = t_quantile(level, *df);
                difference(*base, *candidate, 1.0 - gate.share, z).1 < 0.0
            };
            (Some(level_of(worse)), Some(level_of(better)))
        }
    }
}

/// The interval of the change; each end at its own one-sided level.
fn interval(estimate: &Estimate, low_level: f64, high_level: f64) -> Option<(f64, f64)> {
    match estimate {
        Estimate::Unknown(_) => None,
        Estimate::Ratio { log, se, df, .. } => {
            let end = |level: f64, sign: f64| (log + sign * t_quantile(level, *df) * se).exp_m1();
            Some((end(low_level, -1.0), end(high_level, 1.0)))
        }
        Estimate::Shares {
            base,
            candidate,
            df,
        } => {
            let at = |level: f64| difference(*base, *candidate, 1.0, t_quantile(level, *df));
            Some((at(low_level).0, at(high_level).1))
        }
    }
    // Few runs give intervals without end; a number has to be one that JSON can hold.
    .map(|(low, high)| (low.max(-1.0), high.min(1e9)))
}

/// Judges all figures of a comparison together; also says how many were tested.
pub(super) fn judge(all: Vec<Measured>, params: &CompareParams) -> (Vec<ComparedRow>, usize) {
    let level = (1.0 - params.confidence.as_fraction()) / 2.0;
    let (worse, better): (Vec<_>, Vec<_>) = all
        .iter()
        .map(|m| probabilities(m, Gate::of(m.metric, params)))
        .unzip();
    let tests = worse.iter().flatten().count();
    let worse = holm(&worse, level);
    let better = holm(&better, level);
    let rows = all
        .into_iter()
        .zip(worse)
        .zip(better)
        .map(|((measured, worse), better)| row(measured, worse, better, (level, tests), params))
        .collect();
    (rows, tests)
}

fn row(
    measured: Measured,
    (is_worse, worse_level): (bool, f64),
    (is_better, better_level): (bool, f64),
    (level, tests): (f64, usize),
    params: &CompareParams,
) -> ComparedRow {
    let metric = measured.metric;
    let gate = Gate::of(metric, params);
    let ci = interval(&measured.estimate, level, level);
    let ci_corrected = if metric == Metric::Throughput {
        interval(&measured.estimate, better_level, worse_level)
    } else {
        interval(&measured.estimate, worse_level, better_level)
    };
    let (base, candidate) = (measured.base, measured.candidate);
    let ratio = base
        .zip(candidate)
        .map(|(b, c)| c / b)
        .filter(|r| r.is_finite());
    let change = if metric == Metric::ErrorRate {
        base.zip(candidate).map(|(b, c)| c - b)
    } else {
        ratio.map(|r| r - 1.0)
    };
    let passes = match (&measured.estimate, ci) {
        (Estimate::Ratio { .. }, Some((low, high))) => {
            if metric == Metric::Throughput {
                low >= -gate.share
            } else {
                high <= gate.share
            }
        }
        (Estimate::Shares { base, .. }, Some((_, high))) => {
            let tolerance = params.error_tolerance.as_fraction();
            high <= (gate.share * base.p).max(tolerance)
        }
        _ => false,
    };
    let one_step = match &measured.estimate {
        Estimate::Ratio { one_step_ms, .. } => *one_step_ms,
        _ => None,
    };
    let (verdict, reason) = match (&measured.estimate, one_step) {
        (Estimate::Unknown(why), _) => (CompareVerdict::NotProven, Some(why.clone())),
        (_, Some(step)) if is_worse || is_better => (
            CompareVerdict::NotProven,
            Some(format!(
                "both are within one step of the clock ({})",
                units::millis(step)
            )),
        ),
        _ if is_worse => (CompareVerdict::Regression, None),
        _ if is_better => (CompareVerdict::Improvement, None),
        _ if passes => (CompareVerdict::Pass, None),
        _ => (
            CompareVerdict::NotProven,
            ci.map(|ci| undecided(metric, ci, gate, tests)),
        ),
    };
    ComparedRow {
        label: measured.label,
        metric,
        unit: metric.unit().to_owned(),
        base,
        candidate,
        change,
        change_unit: if metric == Metric::ErrorRate {
            "points"
        } else {
            "relative"
        }
        .to_owned(),
        ratio,
        ci,
        ci_corrected,
        n: measured.n,
        verdict,
        reason,
        ranges: measured.ranges,
    }
}

fn undecided(metric: Metric, (low, high): (f64, f64), gate: Gate, tests: usize) -> String {
    let beyond = match metric {
        Metric::ErrorRate => low > 0.0,
        Metric::Throughput => high < -gate.share,
        _ => low > gate.share,
    };
    if beyond && tests > 1 {
        return format!(
            "by itself it would be a regression, but not with {tests} figures compared at once"
        );
    }
    format!(
        "the change may be anything from {} to {}",
        super::sentence::change_text(metric, low),
        super::sentence::change_text(metric, high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(metric: Metric, change: f64, se: f64) -> Measured {
        Measured {
            label: "GET /".to_owned(),
            metric,
            base: Some(100.0),
            candidate: Some(100.0 * (1.0 + change)),
            n: [1_000, 1_000],
            estimate: Estimate::Ratio {
                log: (1.0 + change).ln(),
                se,
                df: 59.0,
                one_step_ms: None,
            },
            ranges: [None, None],
        }
    }

    fn verdict(measured: Measured) -> CompareVerdict {
        let (rows, _) = judge(vec![measured], &CompareParams::default());
        rows[0].verdict
    }

    #[test]
    fn the_interval_decides_and_not_the_figure() {
        use CompareVerdict::{Improvement, NotProven, Pass, Regression};
        assert_eq!(verdict(ratio(Metric::P95, 0.23, 0.02)), Regression);
        assert_eq!(verdict(ratio(Metric::P95, 0.23, 0.15)), NotProven);
        assert_eq!(verdict(ratio(Metric::P95, 0.06, 0.02)), NotProven);
        assert_eq!(verdict(ratio(Metric::P95, 0.01, 0.01)), Pass);
        assert_eq!(verdict(ratio(Metric::P95, -0.06, 0.02)), Pass);
        assert_eq!(verdict(ratio(Metric::P95, -0.2, 0.02)), Improvement);
        // Less throughput is worse.
        assert_eq!(verdict(ratio(Metric::Throughput, -0.2, 0.02)), Regression);
        assert_eq!(verdict(ratio(Metric::Throughput, 0.2, 0.02)), Improvement);
        assert_eq!(verdict(ratio(Metric::Throughput, 0.06, 0.02)), Pass);
    }

    /// The interval of one figure by hand: ln 1.23 ± t(0.975, 59) · 0.02.
    #[test]
    fn the_interval_is_that_of_the_logarithm() {
        let (rows, _) = judge(
            vec![ratio(Metric::P95, 0.23, 0.02)],
            &CompareParams::default(),
        );
        let (low, high) = rows[0].ci.unwrap();
        assert!((low - (1.23 * (-0.02 * 2.000_995_f64).exp() - 1.0)).abs() < 1e-6);
        assert!((high - (1.23 * (0.02 * 2.000_995_f64).exp() - 1.0)).abs() < 1e-6);
        assert_eq!(rows[0].ci, rows[0].ci_corrected);
    }

    #[test]
    fn many_labels_need_stronger_evidence() {
        let weak = ratio(Metric::P95, 0.1, 0.02);
        assert_eq!(verdict(weak.clone()), CompareVerdict::Regression);
        let mut many = vec![weak];
        many.extend((0..40).map(|_| ratio(Metric::P95, 0.0, 0.01)));
        let (rows, tests) = judge(many, &CompareParams::default());
        assert_eq!(tests, 41);
        assert_eq!(rows[0].verdict, CompareVerdict::NotProven);
        assert!(rows[0].reason.as_deref().unwrap().contains("41 figures"));
        assert!(rows[0].ci_corrected.unwrap().0 < 0.05 && rows[0].ci.unwrap().0 > 0.05);
        assert_eq!(rows[1].verdict, CompareVerdict::Pass);
    }

    #[test]
    fn failures_are_compared_as_shares() {
        let of = |base: (f64, f64), candidate: (f64, f64)| {
            let share = |(bad, n): (f64, f64)| Share { p: bad / n, n };
            let measured = Measured {
                metric: Metric::ErrorRate,
                base: Some(base.0 / base.1),
                candidate: Some(candidate.0 / candidate.1),
                estimate: Estimate::Shares {
                    base: share(base),
                    candidate: share(candidate),
                    df: 59.0,
                },
                ..ratio(Metric::ErrorRate, 0.0, 0.0)
            };
            let (mut rows, _) = judge(vec![measured], &CompareParams::default());
            rows.remove(0)
        };
        // None failed on either side: the rise certainly is under half a point.
        assert_eq!(of((0.0, 1e4), (0.0, 1e4)).verdict, CompareVerdict::Pass);
        assert_eq!(
            of((0.0, 1e4), (80.0, 1e4)).verdict,
            CompareVerdict::Regression
        );
        assert_eq!(
            of((80.0, 1e4), (0.0, 1e4)).verdict,
            CompareVerdict::Improvement
        );
        assert_eq!(
            of((0.0, 100.0), (1.0, 100.0)).verdict,
            CompareVerdict::NotProven
        );
        let doubled = of((100.0, 1e4), (200.0, 1e4));
        assert!((doubled.change.unwrap() - 0.01).abs() < 1e-12);
        assert!((doubled.ratio.unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(doubled.change_unit, "points");
    }
}
