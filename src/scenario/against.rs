//! Predicted against measured: the figures of a simulated run beside those of a load test that came later, label by
//! label, with how far off the prediction was.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, RunSummary, ValueCounts};
use crate::units::Ppm;

/// A figure that was predicted and then measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// By the simulation.
    pub predicted: Option<f64>,
    /// In the load test.
    pub measured: Option<f64>,
    /// (predicted − measured) ÷ measured; `None` where one of them is missing or nothing was measured.
    pub difference: Option<f64>,
}

impl Compared {
    fn new(predicted: Option<f64>, measured: Option<f64>) -> Self {
        Self {
            predicted,
            measured,
            difference: predicted
                .zip(measured)
                .filter(|(_, m)| *m > 0.0)
                .map(|(p, m)| (p - m) / m),
        }
    }
}

/// One label, or all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainstRow {
    /// The label; `Total` for all of them.
    pub label: String,
    /// Good answers per second.
    pub throughput_per_sec: Compared,
    /// Mean response time of good answers, milliseconds.
    pub mean_ms: Compared,
    /// 95th percentile of theirs, milliseconds.
    pub p95_ms: Compared,
}

/// The row of all labels.
const TOTAL: &str = "Total";

/// A run beside the test, `Total` first. Labels that only one of the two has stand with the other half empty.
pub fn against(outcome: &Outcome, run: &RunSummary) -> Result<Vec<AgainstRow>, DatasetError> {
    let Some(span) = run.span()? else {
        return Ok(Vec::new());
    };
    let secs = span.length().as_secs().max(1.0);
    let by_label = run.durations_by_label(span, OutcomeFilter::Success)?;
    let counted = run.counted_labels();
    let measured: Vec<(&str, &ValueCounts)> = counted
        .iter()
        .filter_map(|label| {
            let index = usize::from(*label);
            let times = by_label.get(index).filter(|t| t.total() > 0)?;
            Some((run.labels.get(index)?.name.as_str(), times))
        })
        .collect();
    let figures = |times: &ValueCounts| {
        let p95 = times.quantile(Ppm(950_000), Estimator::R7);
        (
            Some(times.total() as f64 / secs),
            times.mean_ns().map(|ns| ns / 1e6),
            p95.map(|q| q.millis()),
        )
    };
    let row = |label: &str, said: [Option<f64>; 3], came: Option<&ValueCounts>| {
        let (rate, mean, p95) = came.map(figures).unwrap_or_default();
        let [said_rate, said_mean, said_p95] = said;
        AgainstRow {
            label: label.to_owned(),
            throughput_per_sec: Compared::new(said_rate, rate),
            mean_ms: Compared::new(said_mean, mean),
            p95_ms: Compared::new(said_p95, p95),
        }
    };
    let all = ValueCounts::merged(measured.iter().map(|(_, times)| *times));
    let summary = &outcome.summary;
    let millis = |secs: f64| Some(secs * 1e3);
    let mut rows = vec![row(
        TOTAL,
        [
            Some(summary.served_per_sec.value),
            millis(summary.mean.value),
            millis(summary.p95.value),
        ],
        Some(&all),
    )];
    let length = outcome.duration.max(1.0);
    for class in &outcome.classes {
        let came = measured.iter().find(|(label, _)| *label == class.label);
        rows.push(row(
            &class.label,
            [
                Some(class.served / length),
                millis(class.mean),
                millis(class.p95),
            ],
            came.map(|(_, times)| *times),
        ));
    }
    for (label, times) in &measured {
        if !outcome.classes.iter().any(|c| c.label == *label) {
            rows.push(row(label, [None; 3], Some(times)));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::counted::Counted;
    use crate::scenario::outcome::{ClassFigures, Figure, Summary};

    /// 100 s with 20 a second at 40 ms and 5 a second at 100 ms.
    fn measured() -> RunSummary {
        let cells = (0..100).flat_map(|second| {
            [(0, 40_000, 20), (1, 100_000, 5)].map(|(label, micros, count)| Counted {
                second,
                secs: 1,
                label,
                failed: false,
                values: vec![(micros, count)],
            })
        });
        let names = ["read".to_owned(), "write".to_owned()];
        RunSummary::from_counted(&names, 1, cells).unwrap()
    }

    #[test]
    fn each_label_stands_beside_its_own_and_says_how_far_off() {
        let outcome = Outcome {
            duration: 200.0,
            summary: Summary {
                served_per_sec: Figure::from(22.0),
                mean: Figure::from(0.052),
                p95: Figure::from(0.11),
                ..Summary::default()
            },
            classes: vec![
                ClassFigures {
                    label: "read".to_owned(),
                    served: 4400.0,
                    mean: 0.05,
                    p95: 0.05,
                    ..ClassFigures::default()
                },
                ClassFigures {
                    label: "batch".to_owned(),
                    ..ClassFigures::default()
                },
            ],
            ..Outcome::default()
        };
        let rows = against(&outcome, &measured()).unwrap();
        let labels: Vec<&str> = rows.iter().map(|r| r.label.as_str()).collect();
        assert_eq!(labels, ["Total", "read", "batch", "write"]);
        let near = |figure: Compared, by: f64| {
            assert!((figure.difference.unwrap() - by).abs() < 1e-9, "{figure:?}");
        };
        // 25 a second came, of a mean of 52 ms.
        near(rows[0].throughput_per_sec, -0.12);
        near(rows[0].mean_ms, 0.0);
        near(rows[0].p95_ms, 0.1);
        near(rows[1].throughput_per_sec, 0.1);
        near(rows[1].mean_ms, 0.25);
        assert_eq!(rows[2].p95_ms.difference, None);
        assert_eq!(
            (rows[3].mean_ms.predicted, rows[3].mean_ms.measured),
            (None, Some(100.0))
        );
    }
}
