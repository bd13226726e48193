//! Several releases in order: each figure release by release, and where its level changed.
//!
//! Change points by optimal partitioning into levels (Jackson et al., IEEE Signal Processing Letters 12 (2005)) with a
//! penalty of 3 + 4 ln n on squared deviations in units of their error. The error of a release is that of its own blocks
//! of time, no less than the usual difference between neighbouring releases (from six on), and no less than a third of
//! the gate. A change smaller than the gate is none. Forecast's change points need longer series than releases make.

use serde::{Deserialize, Serialize};

use super::CompareError;
use super::gather::RunInput;
use super::params::{CompareParams, Metric};
use super::result::{CompareVerdict, Comparison};
use super::rows::compare;
use super::sentence::change_text;
use super::stats::t_quantile;
use crate::calendar::Instant;
use crate::progress::Progress;

/// From this many releases on, their usual difference is known.
const USUAL_FROM: usize = 6;

/// One release of one figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// Name of the run.
    pub run: String,
    /// When it began.
    pub t: Option<Instant>,
    /// The figure.
    pub value: Option<f64>,
    /// Its interval.
    pub range: Option<(f64, f64)>,
    /// Against the release before; `None` for the first.
    pub verdict: Option<CompareVerdict>,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelChange {
    /// Index of the first release of the new level.
    pub at: usize,
    /// Its name.
    pub run: String,
    /// Level before.
    pub before: f64,
    /// Level from there on.
    pub after: f64,
    /// Relative; for the error rate the difference.
    pub change: f64,
}

/// One figure of one label over the releases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendLine {
    /// Label, `Total` for all requests.
    pub label: String,
    /// Which figure.
    pub metric: Metric,
    /// `ms`, `per_sec` or `share`.
    pub unit: String,
    /// Release by release.
    pub points: Vec<TrendPoint>,
    /// Where its level changed.
    pub changes: Vec<LevelChange>,
}

/// Several releases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// What is seen, in a sentence.
    pub sentence: String,
    /// Names of the runs, in order.
    pub runs: Vec<String>,
    /// Total first, then labels by name.
    pub lines: Vec<TrendLine>,
}

/// Compares each run with the one before it and looks for changes of level. At least three runs.
pub fn trend(
    runs: &[RunInput<'_>],
    params: &CompareParams,
    progress: &Progress,
) -> Result<Trend, CompareError> {
    if runs.len() < 3 {
        return Err(CompareError::Nothing(format!(
            "a trend needs at least 3 runs, not {}",
            runs.len()
        )));
    }
    let mut lines: Vec<TrendLine> = Vec::new();
    for (index, pair) in runs.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let found = compare(
            std::slice::from_ref(before),
            std::slice::from_ref(after),
            params,
            progress,
        )?;
        take(&mut lines, runs, index + 1, &found);
    }
    lines.sort_by(|a, b| {
        let total = |l: &TrendLine| l.label != super::figures::TOTAL;
        (total(a), &a.label, a.metric).cmp(&(total(b), &b.label, b.metric))
    });
    for line in &mut lines {
        line.changes = changes(line, params);
    }
    Ok(Trend {
        sentence: sentence(&lines, runs),
        runs: runs.iter().map(|r| r.name.clone()).collect(),
        lines,
    })
}

fn take(lines: &mut Vec<TrendLine>, runs: &[RunInput<'_>], at: usize, found: &Comparison) {
    for row in &found.labels {
        let slot = lines
            .iter()
            .position(|l| l.label == row.label && l.metric == row.metric)
            .unwrap_or_else(|| {
                lines.push(TrendLine {
                    label: row.label.clone(),
                    metric: row.metric,
                    unit: row.unit.clone(),
                    points: runs
                        .iter()
                        .map(|r| TrendPoint {
                            run: r.name.clone(),
                            t: r.first,
                            value: None,
                            range: None,
                            verdict: None,
                        })
                        .collect(),
                    changes: Vec::new(),
                });
                lines.len() - 1
            });
        let Some(points) = lines.get_mut(slot).map(|l| &mut l.points) else {
            continue;
        };
        if let Some(first) = points.get_mut(at - 1) {
            first.value = first.value.or(row.base);
            first.range = first.range.or(row.ranges[0]);
        }
        if let Some(second) = points.get_mut(at) {
            second.value = row.candidate;
            second.range = row.ranges[1];
            second.verdict = Some(row.verdict);
        }
    }
}

/// A value on the scale of levels: its logarithm, but a share as it is.
fn scaled(metric: Metric, value: f64) -> Option<f64> {
    let scaled = if metric == Metric::ErrorRate {
        value
    } else {
        value.ln()
    };
    scaled.is_finite().then_some(scaled)
}

fn changes(line: &TrendLine, params: &CompareParams) -> Vec<LevelChange> {
    let share = params.max_regression.as_fraction();
    let shares = line.metric == Metric::ErrorRate;
    let gate = if shares {
        params.error_tolerance.as_fraction()
    } else {
        (1.0 + share).ln()
    };
    let z = t_quantile((1.0 - params.confidence.as_fraction()) / 2.0, 1e6);
    let known: Vec<(usize, f64, f64)> = line
        .points
        .iter()
        .enumerate()
        .filter_map(|(index, point)| {
            let y = scaled(line.metric, point.value?)?;
            let own = point.range.and_then(|(low, high)| {
                Some((scaled(line.metric, high)? - scaled(line.metric, low)?) / (2.0 * z))
            });
            Some((index, y, own.unwrap_or(0.0)))
        })
        .collect();
    let values: Vec<f64> = known.iter().map(|(_, y, _)| *y).collect();
    let usual = usual_error(&values);
    let floor = (gate / 3.0).max(1e-6);
    let weights: Vec<f64> = known
        .iter()
        .map(|(_, _, own)| own.max(usual).max(floor).powi(-2))
        .collect();
    let starts = levels(&values, &weights);
    let level = |from: usize, to: usize| {
        let y = values.get(from..to).unwrap_or_default();
        let w = weights.get(from..to).unwrap_or_default();
        let sum: f64 = w.iter().sum();
        y.iter().zip(w).map(|(y, w)| y * w).sum::<f64>() / sum
    };
    let mut bounds = vec![0];
    bounds.extend(&starts);
    bounds.push(values.len());
    bounds
        .windows(3)
        .filter_map(|three| {
            let [a, b, c] = *three else { return None };
            let (before, after) = (level(a, b), level(b, c));
            if (after - before).abs() <= gate {
                return None;
            }
            let (index, ..) = known.get(b)?;
            let plain = |v: f64| if shares { v } else { v.exp() };
            let (before, after) = (plain(before), plain(after));
            Some(LevelChange {
                at: *index,
                run: line.points.get(*index)?.run.clone(),
                before,
                after,
                change: if shares {
                    after - before
                } else {
                    after / before - 1.0
                },
            })
        })
        .collect()
}

/// The usual error of a value by the differences of neighbours; 0 where there are too few.
fn usual_error(values: &[f64]) -> f64 {
    if values.len() < USUAL_FROM {
        return 0.0;
    }
    let mut steps: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(1))
        .map(|(a, b)| (b - a).abs())
        .collect();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
    1.4826 * median / std::f64::consts::SQRT_2
}

/// Where new levels begin, rising.
fn levels(values: &[f64], weights: &[f64]) -> Vec<usize> {
    let n = values.len();
    let penalty = 3.0 + 4.0 * (n.max(1) as f64).ln();
    let mut sums = vec![[0.0; 3]];
    for (y, w) in values.iter().zip(weights) {
        let [a, b, c] = sums.last().copied().unwrap_or_default();
        sums.push([a + w, b + w * y, c + w * y * y]);
    }
    let cost = |from: usize, to: usize| match (sums.get(from), sums.get(to)) {
        (Some(a), Some(b)) => {
            let [w, wy, wyy] = std::array::from_fn(|i| b[i] - a[i]);
            if w > 0.0 { wyy - wy * wy / w } else { 0.0 }
        }
        _ => 0.0,
    };
    let mut best = vec![(-penalty, 0_usize)];
    for end in 1..=n {
        let least = best
            .iter()
            .enumerate()
            .map(|(from, (before, _))| (before + cost(from, end) + penalty, from))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.extend(least);
    }
    let mut starts = Vec::new();
    let mut end = n;
    while let Some((_, from)) = best.get(end).filter(|(_, from)| *from > 0) {
        starts.push(*from);
        end = *from;
    }
    starts.reverse();
    starts
}

fn sentence(lines: &[TrendLine], runs: &[RunInput<'_>]) -> String {
    let all = lines
        .iter()
        .flat_map(|l| l.changes.iter().map(move |c| (l, c)));
    // The last change stands first in a reader's mind; of one release, the largest.
    let last = all.max_by(|(a, x), (b, y)| {
        let size = |l: &TrendLine, c: &LevelChange| {
            let worse = if l.metric == Metric::Throughput {
                -c.change
            } else {
                c.change
            };
            if l.metric == Metric::ErrorRate {
                worse * 10.0
            } else {
                worse
            }
        };
        x.at.cmp(&y.at).then(size(a, x).total_cmp(&size(b, y)))
    });
    let Some((line, change)) = last else {
        return format!("No figure changed its level over {} runs.", runs.len());
    };
    let label = if line.label == super::figures::TOTAL {
        "all requests"
    } else {
        &line.label
    };
    let others = lines.iter().map(|l| l.changes.len()).sum::<usize>() - 1;
    let more = match others {
        0 => String::new(),
        1 => "; one more change of level".to_owned(),
        n => format!("; {n} more changes of level"),
    };
    format!(
        "Since {} the {} of {label} is on another level: {}{more}.",
        change.run,
        line.metric.noun(),
        change_text(line.metric, change.change)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(metric: Metric, values: &[f64]) -> TrendLine {
        TrendLine {
            label: "Total".to_owned(),
            metric,
            unit: metric.unit().to_owned(),
            points: values
                .iter()
                .enumerate()
                .map(|(i, v)| TrendPoint {
                    run: format!("1.{i}"),
                    t: None,
                    value: Some(*v),
                    range: Some((v * 0.98, v * 1.02)),
                    verdict: None,
                })
                .collect(),
            changes: Vec::new(),
        }
    }

    fn at(metric: Metric, values: &[f64]) -> Vec<usize> {
        let found = changes(&line(metric, values), &CompareParams::default());
        found.iter().map(|c| c.at).collect()
    }

    #[test]
    fn a_level_that_changes_is_marked_where_it_does() {
        let values = [100.0, 101.0, 99.0, 124.0, 123.0, 125.0, 100.0, 99.0];
        assert_eq!(at(Metric::P95, &values), [3, 6]);
        let found = changes(&line(Metric::P95, &values), &CompareParams::default());
        assert!((found[0].change - 0.24).abs() < 0.01, "{found:?}");
        assert_eq!(found[0].run, "1.3");
        assert_eq!(at(Metric::P95, &[100.0, 100.0, 125.0]), [2]);
    }

    #[test]
    fn wobble_and_small_steps_are_no_changes() {
        assert!(at(Metric::P95, &[100.0, 102.0, 99.0, 101.0, 103.0, 100.0]).is_empty());
        assert!(at(Metric::P95, &[100.0, 100.0, 100.0, 104.0, 104.0, 104.0]).is_empty());
        assert!(at(Metric::P95, &[80.0, 120.0, 85.0, 118.0, 79.0, 121.0, 83.0]).is_empty());
        assert!(at(Metric::ErrorRate, &[0.001, 0.0, 0.002, 0.001]).is_empty());
        assert_eq!(at(Metric::ErrorRate, &[0.001, 0.0, 0.03, 0.031]), [2]);
    }
}
