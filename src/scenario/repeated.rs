//! From repetitions of a run to one set of figures: means over them, extremes of all of them, and from three on the 95 %
//! interval of the mean by Student's t. Every engine adds its repetitions up here.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::outcome::{Figure, Outcome, StepFigures, StepTimes, Summary};

/// Mean of the repetitions and, from three on, the 95 % interval of it.
pub(super) fn figure(values: &[f64]) -> Figure {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let interval = (values.len() >= 3)
        .then(|| {
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            let error = (squares / (n - 1.0) / n).sqrt();
            let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
            Some((mean - t * error, mean + t * error))
        })
        .flatten();
    Figure {
        value: mean,
        interval,
    }
}

/// Keeps the steps and the response times of each repetition for those who judge; of a single one only its times, as the
/// steps are those of the whole.
pub(super) fn keep_each(
    out: &mut Outcome,
    runs: impl ExactSizeIterator<Item = (Vec<StepFigures>, Vec<StepTimes>)>,
) {
    if runs.len() < 2 {
        out.times = runs.map(|(_, times)| times).next().unwrap_or_default();
        return;
    }
    out.each = runs
        .map(|(steps, times)| Outcome {
            scenario: out.scenario.clone(),
            duration: out.duration,
            step: out.step,
            steps,
            times,
            ..Outcome::default()
        })
        .collect();
}

/// Means over the repetitions; extremes are those of all of them.
pub(super) fn summary(all: &[&Summary]) -> Summary {
    let figures = |value: fn(&Summary) -> Figure| {
        let values: Vec<f64> = all.iter().map(|s| value(s).value).collect();
        figure(&values)
    };
    let mean = |value: fn(&Summary) -> f64| {
        all.iter().map(|s| value(s)).sum::<f64>() / all.len().max(1) as f64
    };
    let most = |value: fn(&Summary) -> f64| all.iter().map(|s| value(s)).fold(0.0, f64::max);
    let per_thousand: Vec<f64> = all.iter().filter_map(|s| s.cost_per_thousand).collect();
    Summary {
        offered: mean(|s| s.offered),
        offered_per_sec: figures(|s| s.offered_per_sec),
        served_per_sec: figures(|s| s.served_per_sec),
        error_rate: figures(|s| s.error_rate),
        mean: figures(|s| s.mean),
        wait_mean: figures(|s| s.wait_mean),
        p50: figures(|s| s.p50),
        p95: figures(|s| s.p95),
        p99: figures(|s| s.p99),
        utilisation_mean: figures(|s| s.utilisation_mean),
        utilisation_peak: most(|s| s.utilisation_peak),
        cpu_peak: most(|s| s.cpu_peak),
        queue_max: most(|s| s.queue_max),
        instances_min: all.iter().map(|s| s.instances_min).min().unwrap_or(0),
        instances_max: all.iter().map(|s| s.instances_max).max().unwrap_or(0),
        instance_hours: mean(|s| s.instance_hours),
        availability: mean(|s| s.availability),
        // A share, and where all are alike nothing is known of how they vary.
        availability_interval: figures(|s| s.availability.into())
            .interval
            .map(|(low, high)| (low.max(0.0), high.min(1.0)))
            .filter(|(low, high)| low < high),
        cost: mean(|s| s.cost),
        cost_per_month: mean(|s| s.cost_per_month),
        cost_per_thousand: (!per_thousand.is_empty())
            .then(|| per_thousand.iter().sum::<f64>() / per_thousand.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_repetitions_carry_an_interval() {
        // Mean 2, standard error 1/√3, t(2, 97.5 %) = 4.3027.
        let found = figure(&[1.0, 2.0, 3.0]);
        assert!((found.value - 2.0).abs() < 1e-12);
        let (low, high) = found.interval.unwrap();
        assert!(
            (high - 2.0 - 4.302_65 / 3.0_f64.sqrt()).abs() < 1e-4,
            "{high}"
        );
        assert!((high - 2.0 - (2.0 - low)).abs() < 1e-12);
        assert_eq!(figure(&[1.0, 2.0]).interval, None);
    }

    #[test]
    fn means_and_extremes_are_kept_apart() {
        let of = |availability: f64, least: u32, most: u32, cost: Option<f64>| Summary {
            availability,
            instances_min: least,
            instances_max: most,
            queue_max: f64::from(most),
            cost_per_thousand: cost,
            ..Summary::default()
        };
        let all = [
            of(0.9, 2, 9, None),
            of(1.0, 1, 4, Some(3.0)),
            of(0.8, 3, 5, None),
        ];
        let found = summary(&all.iter().collect::<Vec<_>>());
        assert!((found.availability - 0.9).abs() < 1e-12);
        // 0.9 ± 0.248 is cut at 1, and without any difference there is no interval.
        let (low, high) = found.availability_interval.unwrap();
        assert!((low - 0.6516).abs() < 1e-3 && high == 1.0, "{low} {high}");
        let alike = [
            of(1.0, 1, 1, None),
            of(1.0, 1, 1, None),
            of(1.0, 1, 1, None),
        ];
        let alike = summary(&alike.iter().collect::<Vec<_>>());
        assert_eq!(alike.availability_interval, None);
        assert_eq!((found.instances_min, found.instances_max), (1, 9));
        assert_eq!((found.queue_max, found.cost_per_thousand), (9.0, Some(3.0)));
    }
}
