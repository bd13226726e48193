//! A simulated run and a load test as the same figures, label by label, so that a prediction can be held against what
//! was measured later.

use super::compare::{Against, LabelFigures, against};
use super::outcome::Outcome;
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, RunSummary, ValueCounts};
use crate::units::{self, Ppm};

/// A run held against a load test that came later.
pub fn against_run(outcome: &Outcome, run: &RunSummary) -> Result<Against, DatasetError> {
    let (told, seen) = (predicted(outcome), measured(run)?);
    let mut found = against(&told, &seen);
    let asked = |all: &[LabelFigures]| {
        let whole = all.first()?;
        let good = 1.0 - whole.error_rate.unwrap_or(0.0);
        Some(whole.throughput? / good).filter(|rate| rate.is_finite() && *rate > 0.0)
    };
    if let (Some(told), Some(seen)) = (asked(&told), asked(&seen))
        && (told / seen - 1.0).abs() > SAME_LOAD
    {
        found.sentence.push_str(&format!(
            " They are not of one load: the scenario asks for {}/s, and the test made {}/s. At {}x its growth the scenario \
             asks for as much.",
            units::number(told),
            units::number(seen),
            units::number(seen / told),
        ));
    }
    Ok(found)
}

/// Loads that differ by more of the measured one are said not to be the same.
const SAME_LOAD: f64 = 0.05;

/// What a run said: all requests under an empty label, then each label.
pub fn predicted(outcome: &Outcome) -> Vec<LabelFigures> {
    let summary = &outcome.summary;
    let mut figures = vec![LabelFigures {
        label: String::new(),
        throughput: Some(summary.served_per_sec.value),
        mean: Some(summary.mean.value),
        p50: Some(summary.p50.value),
        p95: Some(summary.p95.value),
        p99: Some(summary.p99.value),
        error_rate: Some(summary.error_rate.value),
    }];
    let length = outcome.duration.max(1.0);
    figures.extend(outcome.classes.iter().map(|class| LabelFigures {
        label: class.label.clone(),
        throughput: Some(class.served / length),
        mean: Some(class.mean),
        p50: Some(class.p50),
        p95: Some(class.p95),
        p99: Some(class.p99),
        error_rate: (class.offered > 0.0).then(|| (1.0 - class.served / class.offered).max(0.0)),
    }));
    figures
}

/// What a load test measured, likewise; response times are of its good answers.
pub fn measured(run: &RunSummary) -> Result<Vec<LabelFigures>, DatasetError> {
    let Some(span) = run.span()? else {
        return Ok(Vec::new());
    };
    let secs = span.length().as_secs().max(1.0);
    let times = run.durations_by_label(span, OutcomeFilter::Success)?;
    let counted = run.counted_labels();
    let counts = run.counts_by_label(&counted, &[span])?;
    let of = |label: &str, times: &ValueCounts, count: u64, errors: u64| {
        let at = |share: i64| {
            let found = times.quantile(Ppm(share), Estimator::R7);
            found.map(|q| q.millis() / 1e3)
        };
        LabelFigures {
            label: label.to_owned(),
            throughput: Some(times.total() as f64 / secs),
            mean: times.mean_ns().map(|ns| ns / 1e9),
            p50: at(500_000),
            p95: at(950_000),
            p99: at(990_000),
            error_rate: (count > 0).then(|| errors as f64 / count as f64),
        }
    };
    let mut figures = Vec::new();
    let (mut count, mut errors) = (0, 0);
    let mut all = Vec::new();
    for label in counted {
        let index = usize::from(label);
        let sums = counts.get(&label).and_then(|c| c.first());
        let (Some(sums), Some(times), Some(info)) = (sums, times.get(index), run.labels.get(index))
        else {
            continue;
        };
        if sums.count > 0 {
            count += sums.count;
            errors += sums.errors;
            all.push(times);
            figures.push(of(&info.name, times, sums.count, sums.errors));
        }
    }
    figures.insert(0, of("", &ValueCounts::merged(all), count, errors));
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::counted::Counted;
    use crate::scenario::compare::Measured;
    use crate::scenario::outcome::{ClassFigures, Figure, Summary};

    /// 100 s with 20 a second at 40 ms and 5 a second at 100 ms.
    fn measured_run() -> RunSummary {
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
                    offered: 4400.0,
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
        let found = against_run(&outcome, &measured_run()).unwrap();
        let off = |label: &str, figure: Measured, by: f64| {
            let row = found
                .rows
                .iter()
                .find(|r| r.label == label && r.figure == figure)
                .unwrap();
            assert!((row.difference.unwrap() - by).abs() < 1e-9, "{row:?}");
        };
        // 25 a second came, of a mean of 52 ms.
        off("", Measured::Throughput, -0.12);
        off("", Measured::Mean, 0.0);
        off("", Measured::P95, 0.1);
        off("read", Measured::Throughput, 0.1);
        off("read", Measured::Mean, 0.25);
        // 22/s and 25/s are not the same load.
        assert!(found.sentence.contains("1.14x"), "{}", found.sentence);
        assert_eq!(found.only_predicted, ["batch"]);
        assert_eq!(found.only_measured, ["write"]);
    }
}
