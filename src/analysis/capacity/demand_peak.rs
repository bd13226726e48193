//! The demand of a service as requests per second, from a series in whatever unit it came, and its peak.

use super::headroom::{Ceiling, CeilingBasis};
use super::study::CapacityStudy;
use crate::analysis::forecast::plan::{Effect, ForecastPlan};
use crate::dataset::resample::quantile_r7;
use crate::dataset::{Series, SeriesInfo, SeriesKind};
use crate::units::{self, Ppm};

/// Units of a rate, and how many seconds one of them counts over.
const RATES: [(&str, f64); 14] = [
    ("", 1.0),
    ("/s", 1.0),
    ("1/s", 1.0),
    ("req/s", 1.0),
    ("requests/s", 1.0),
    ("rps", 1.0),
    ("reqps", 1.0),
    ("qps", 1.0),
    ("tps", 1.0),
    ("ops", 1.0),
    ("/min", 60.0),
    ("rpm", 60.0),
    ("req/min", 60.0),
    ("/h", 3_600.0),
];

/// What the name of a series says its values are counted over, and for how many seconds.
const BY_NAME: [(&str, &str, f64); 6] = [
    ("persec", "second", 1.0),
    ("permin", "minute", 60.0),
    ("perhour", "hour", 3_600.0),
    ("perday", "day", 86_400.0),
    ("rpm", "minute", 60.0),
    ("rps", "second", 1.0),
];

/// The rate that a name speaks of, such as `requests_per_minute`: its period in words and in seconds. `None` for a series
/// whose unit says it, and for a name that does not.
pub fn rate_by_name(info: &SeriesInfo) -> Option<(&'static str, f64)> {
    if !info.unit.trim().is_empty() {
        return None;
    }
    let name: String = info
        .display_name()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    let known = BY_NAME.iter().find(|(word, ..)| name.contains(word));
    known.map(|(_, period, secs)| (*period, *secs))
}

/// What values of a series are divided by to be requests per second, with what was assumed.
fn divisor(series: &Series) -> Result<(f64, Option<String>), String> {
    let unit = series.info.unit.trim().to_lowercase();
    let name = series.info.display_name();
    if series.info.kind == SeriesKind::Count {
        let step = series.info.step_secs.filter(|s| *s > 0.0).ok_or_else(|| {
            format!("\"{name}\" counts requests in steps of no particular length; a rate is needed")
        })?;
        let said = format!(
            "\"{name}\" counts requests in steps of {} s; they were spread evenly over the step",
            units::number(step)
        );
        return Ok((step, Some(said)));
    }
    if let Some((period, secs)) = rate_by_name(&series.info) {
        let said = format!("\"{name}\" was read as requests per {period}, as its name says");
        return Ok((secs, Some(said)));
    }
    let known = RATES.iter().find(|(text, _)| *text == unit);
    let (_, secs) = known.ok_or_else(|| {
        format!("\"{name}\" is in {unit}; a demand is needed in requests per second (or /min, /h)")
    })?;
    let said = unit
        .is_empty()
        .then(|| format!("\"{name}\" has no unit; it was taken as requests per second"));
    Ok((*secs, said))
}

/// A series in requests per second, with what was assumed about it. `Err` says why it is no demand.
pub fn as_rate(series: &Series) -> Result<(Series, Option<String>), String> {
    let (divisor, assumed) = divisor(series)?;
    if series.values.iter().any(|v| *v < 0.0) {
        let name = series.info.display_name();
        return Err(format!("\"{name}\" goes below zero; a demand cannot"));
    }
    let mut rate = series.clone();
    for value in &mut rate.values {
        *value /= divisor;
    }
    "/s".clone_into(&mut rate.info.unit);
    rate.info.kind = SeriesKind::Rate;
    Ok((rate, assumed))
}

/// What is known about a series, for the same series in requests per second: what adds to it adds so much less.
pub fn plan_as_rate(series: &Series, plan: &ForecastPlan) -> ForecastPlan {
    let by = divisor(series).map_or(1.0, |(divisor, _)| divisor);
    let mut plan = plan.clone();
    let changes = plan.changes.iter_mut().map(|c| &mut c.effect);
    for effect in changes.chain(plan.events.iter_mut().map(|e| &mut e.effect)) {
        if let Effect::Add(amount) = effect {
            *amount /= by;
        }
    }
    plan
}

/// The peak of a demand: the percentile (Hyndman-Fan type 7) of its points.
pub fn peak(rate: &Series, percentile: Ppm) -> Option<f64> {
    let mut sorted = rate.values.clone();
    sorted.sort_by(f64::total_cmp);
    quantile_r7(&sorted, percentile.as_fraction())
}

/// What load tests say about the highest throughput: within the budget, else at the peak of the curve where the
/// measurements reach it, else the highest that was seen.
pub fn of_study(study: &CapacityStudy) -> Option<Ceiling> {
    if let Some(most) = &study.max_passing {
        return Some(Ceiling {
            name: most.budget.replace("at most ", "≤ "),
            throughput: most.throughput,
            ci95: most.ci95,
            basis: if most.at_least {
                CeilingBasis::Measured
            } else {
                CeilingBasis::Promise
            },
            why: study.sentence.clone(),
            ..Ceiling::default()
        });
    }
    if study.budget.is_some() {
        // A budget that no load kept is no ceiling above zero.
        return None;
    }
    let curve = study.usl.as_ref();
    if let Some(fit) = curve
        && fit.peak_within_reach().is_some()
        && let Some(peak) = fit.peak_throughput
    {
        return Some(Ceiling {
            name: "the peak of the scalability curve".to_owned(),
            throughput: peak,
            ci95: fit.peak_throughput_ci95,
            basis: CeilingBasis::Curve,
            why: "More concurrency than that makes it slower".to_owned(),
            ..Ceiling::default()
        });
    }
    let highest = study.points.iter().map(|p| p.throughput).reduce(f64::max)?;
    Some(Ceiling {
        name: "the highest throughput that was tested".to_owned(),
        throughput: highest,
        ci95: None,
        basis: CeilingBasis::Measured,
        why: "No higher load was tested".to_owned(),
        ..Ceiling::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::forecast::plan::Change;
    use crate::calendar::Instant;

    fn series(unit: &str, kind: SeriesKind) -> Series {
        Series {
            info: SeriesInfo {
                name: "requests".to_owned(),
                unit: unit.to_owned(),
                kind,
                step_secs: Some(300.0),
                ..SeriesInfo::default()
            },
            times: (0..101).map(|i| Instant::from_secs(300 * i)).collect(),
            values: (0..101).map(|i| f64::from(i) * 60.0).collect(),
        }
    }

    #[test]
    fn rates_and_counts_become_requests_per_second() {
        let per_minute = as_rate(&series("rpm", SeriesKind::Gauge)).unwrap();
        assert_eq!((per_minute.0.values[100], per_minute.1), (100.0, None));
        let counts = as_rate(&series("", SeriesKind::Count)).unwrap();
        assert_eq!(counts.0.values[100], 20.0);
        assert!(counts.1.unwrap().contains("steps of 300 s"));
        let bare = as_rate(&series("", SeriesKind::Gauge)).unwrap();
        assert!(bare.1.unwrap().contains("has no unit"));
        assert_eq!(peak(&bare.0, Ppm(990_000)), Some(5_940.0));
        let mut named = series("", SeriesKind::Gauge);
        named.info.name = "requests_per_minute".to_owned();
        let (rate, said) = as_rate(&named).unwrap();
        assert_eq!(rate.values[100], 100.0);
        assert!(said.unwrap().contains("read as requests per minute"));
        // A unit counts more than the name.
        named.info.unit = "/s".to_owned();
        assert_eq!(as_rate(&named).unwrap().0.values[100], 6_000.0);
    }

    #[test]
    fn what_adds_to_a_series_adds_as_much_to_its_rate() {
        let plan = ForecastPlan {
            changes: vec![
                Change {
                    effect: Effect::Add(600.0),
                    ..Change::default()
                },
                Change {
                    effect: Effect::Multiply(1.2),
                    ..Change::default()
                },
            ],
            ..ForecastPlan::default()
        };
        let found = plan_as_rate(&series("rpm", SeriesKind::Gauge), &plan);
        assert_eq!(found.changes[0].effect, Effect::Add(10.0));
        assert_eq!(found.changes[1].effect, Effect::Multiply(1.2));
        let same = plan_as_rate(&series("/s", SeriesKind::Rate), &plan);
        assert_eq!(same, plan);
    }

    #[test]
    fn what_is_no_demand_says_why() {
        let error = as_rate(&series("ms", SeriesKind::Gauge)).unwrap_err();
        assert!(error.contains("is in ms; a demand is needed in requests per second"));
        let mut below = series("/s", SeriesKind::Rate);
        below.values[3] = -1.0;
        assert!(as_rate(&below).unwrap_err().contains("below zero"));
        assert_eq!(peak(&Series::default(), Ppm(990_000)), None);
    }
}
