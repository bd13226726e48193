//! Service times from a load test. A response time is not a service time: it holds the waiting at the load of the test.
//! So they come from utilisation over throughput where a processor series was measured beside the test, else from the
//! time in which at most a fifth of the workers were busy, else from the least loaded tenth of the test, with a warning.

use std::collections::BTreeMap;

use super::processor::{self, Processor};
use super::{Inputs, ResolveError, Resolved, lookup};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, Estimator, OutcomeFilter, RunSummary, ValueCounts};
use crate::scenario::model::{Class, Dist};
use crate::units::{self, Micros, Ppm};

/// Workers that are busy up to this share leave nothing to wait for.
const IDLE_SHARE: f64 = 0.2;
/// Share of the test that is taken where no part of it was idle enough.
const LEAST_LOADED: f64 = 0.1;
/// Fewest requests that say how long one takes.
const FEWEST: u64 = 100;
/// More labels than this are put together.
const MOST_LABELS: usize = 40;
/// Shares at which a distribution is kept.
const SHARES: [i64; 13] = [
    0, 10_000, 50_000, 100_000, 250_000, 500_000, 750_000, 900_000, 950_000, 980_000, 990_000,
    999_000, 1_000_000,
];

/// What the test says about one label.
struct Label {
    name: String,
    count: u64,
    errors: u64,
    times: ValueCounts,
}

/// Fills the classes of the service in.
pub(super) fn fill(
    out: &mut Resolved,
    name: &str,
    inputs: &Inputs<'_>,
) -> Result<(), ResolveError> {
    let key = "service.from_run";
    let source = lookup::run(inputs, key, name)?;
    let Some(run) = &source.run else {
        return Ok(());
    };
    if run.counts_only {
        return Err(ResolveError::new(
            key,
            format!("\"{name}\" says no durations; take a load test, or write service.time"),
        ));
    }
    let workers = f64::from(out.scenario.service.workers);
    let slices = slices(run)?;
    let flights = in_flight(run, &slices)?;
    let (chosen, idle) = choose(&slices, &flights, workers);
    let labels = labels(run, &slices, &chosen)?;
    if labels.iter().all(|l| l.times.total() == 0) {
        return Err(ResolveError::new(
            key,
            format!("\"{name}\" holds no successful request"),
        ));
    }
    let cores = out.scenario.service.measured_cores;
    let processor = processor::of_run(inputs.dataset, source, cores)?;
    let taken: f64 = chosen
        .iter()
        .filter_map(|i| slices.get(*i))
        .map(|s| s.length().as_secs())
        .sum();
    let several = labels.len() > 1;
    let said = words(name, processor.as_ref(), idle, taken, workers, several);
    if processor.is_none() && !idle {
        out.warnings.push(format!(
            "The times of {name} are response times: in no part of it were at most {} of the {} workers busy. They hold waiting, to which the simulation adds its own; the answer is too slow rather than too fast. A test at low load, or a series of processor use beside it, gives service times.",
            units::percent_of(IDLE_SHARE),
            units::number(workers)
        ));
    }
    out.scenario.assumptions.extend(said);
    if let Some(found) = &processor {
        out.scenario.autoscaling.cpu.per_request = found.secs;
        out.scenario.autoscaling.cpu.idle = found.idle * cores;
    }
    let classes = classes(&labels, processor.as_ref());
    merge(out, classes, key)?;
    out.scenario.service.from_run = None;
    Ok(())
}

fn words(
    name: &str,
    processor: Option<&Processor>,
    idle: bool,
    taken: f64,
    workers: f64,
    several: bool,
) -> Vec<String> {
    let secs = units::duration(Micros((taken * 1e6) as i64));
    let mut said = Vec::new();
    match processor {
        Some(p) => {
            said.push(format!(
                "A request takes {} ± {} of processor time: {} over the throughput of {name} (the line explains {}). A worker is taken to be busy for as long.",
                units::millis(p.secs * 1e3),
                units::millis(p.se * 1.96e3),
                p.series,
                units::percent_of(p.r2)
            ));
            if several {
                said.push(
                    "Labels share the processor time in proportion to their response times at the lowest load of the test."
                        .to_owned(),
                );
            }
        }
        None if idle => said.push(format!(
            "Service times are the response times of {name} over the {secs} in which at most {} of {} workers were busy.",
            units::percent_of(IDLE_SHARE),
            units::number(workers)
        )),
        None => said.push(format!(
            "Service times are the response times of {name} over its {secs} of lowest load, waiting included."
        )),
    }
    said
}

/// Stretches of the test as its histograms are kept.
fn slices(run: &RunSummary) -> Result<Vec<TimeRange>, DatasetError> {
    let Some(span) = run.span()? else {
        return Ok(Vec::new());
    };
    let width = run.bucket_secs.max(1);
    let (first, last) = (
        span.start.secs().div_euclid(width),
        span.end.secs().div_euclid(width),
    );
    // Long ones in pieces of many buckets.
    let wide = ((last - first) / 5_000 + 1) * width;
    Ok((first * width..=last * width)
        .step_by(usize::try_from(wide).unwrap_or(1))
        .map(|start| TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(start + wide),
        })
        .collect())
}

/// Mean number of requests in flight in each slice, by Little's law: the sum of durations over the time.
fn in_flight(run: &RunSummary, slices: &[TimeRange]) -> Result<Vec<f64>, DatasetError> {
    let counts = run.counts(&run.counted_labels(), slices)?;
    Ok(counts
        .iter()
        .zip(slices)
        .map(|(c, slice)| c.sum_ns / 1e9 / slice.length().as_secs())
        .collect())
}

/// The slices in which the workers were idle enough, and true; else those of the lowest load, and false.
fn choose(slices: &[TimeRange], flights: &[f64], workers: f64) -> (Vec<usize>, bool) {
    let with_load: Vec<(usize, f64)> = flights
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, n)| *n > 0.0)
        .collect();
    let quiet: Vec<usize> = with_load
        .iter()
        .filter(|(_, n)| *n <= IDLE_SHARE * workers)
        .map(|(i, _)| *i)
        .collect();
    // A moment or two at the ends of a test are no low load.
    if quiet.len() * 20 >= with_load.len().max(1) && !quiet.is_empty() {
        return (quiet, true);
    }
    let mut sorted = with_load;
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let many = ((slices.len() as f64 * LEAST_LOADED).ceil() as usize).max(1);
    let mut least: Vec<usize> = sorted.into_iter().take(many).map(|(i, _)| i).collect();
    least.sort_unstable();
    (least, false)
}

/// Counts over the whole test, and times over the chosen slices; over all of it where these are too few.
fn labels(
    run: &RunSummary,
    slices: &[TimeRange],
    chosen: &[usize],
) -> Result<Vec<Label>, DatasetError> {
    let counted = run.counted_labels();
    let all: Vec<TimeRange> = slices
        .first()
        .zip(slices.last())
        .map(|(a, b)| a.union(*b))
        .into_iter()
        .collect();
    let counts = run.counts_by_label(&counted, &all)?;
    let picked: Vec<TimeRange> = chosen
        .iter()
        .filter_map(|i| slices.get(*i).copied())
        .collect();
    let mut found = Vec::new();
    for label in counted {
        let Some(sums) = counts.get(&label).and_then(|c| c.first()) else {
            continue;
        };
        if sums.count == 0 {
            continue;
        }
        let over = |ranges: &[TimeRange]| -> Result<ValueCounts, DatasetError> {
            Ok(ValueCounts::merged(&run.durations(
                &[label],
                ranges,
                OutcomeFilter::Success,
            )?))
        };
        let mut times = over(&picked)?;
        if times.total() < FEWEST {
            times = over(&all)?;
        }
        let name = run
            .labels
            .get(usize::from(label))
            .map(|l| l.name.clone())
            .unwrap_or_default();
        found.push(Label {
            name,
            count: sums.count,
            errors: sums.errors,
            times,
        });
    }
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    if found.len() > MOST_LABELS {
        let rest = found.split_off(MOST_LABELS - 1);
        found.push(Label {
            name: "(other)".to_owned(),
            count: rest.iter().map(|l| l.count).sum(),
            errors: rest.iter().map(|l| l.errors).sum(),
            times: ValueCounts::merged(rest.iter().map(|l| &l.times)),
        });
    }
    Ok(found)
}

fn mean_secs(times: &ValueCounts) -> f64 {
    times.mean_ns().unwrap_or_default() / 1e9
}

fn classes(labels: &[Label], processor: Option<&Processor>) -> Vec<Class> {
    let all: u64 = labels.iter().map(|l| l.count).sum();
    let share = |l: &Label| l.count as f64 / all.max(1) as f64;
    let response: f64 = labels.iter().map(|l| share(l) * mean_secs(&l.times)).sum();
    labels
        .iter()
        .filter(|l| l.times.total() > 0)
        .map(|label| {
            let measured = distribution(&label.times);
            // What the processor says in all, spread like the response times.
            let scaled = processor
                .filter(|_| response > 0.0)
                .map(|p| (measured.scaled(p.secs / response), p.secs / response));
            Class {
                label: label.name.clone(),
                weight: share(label),
                cpu: scaled
                    .as_ref()
                    .map(|(_, factor)| mean_secs(&label.times) * factor),
                time: scaled.map_or(measured, |(time, _)| time),
                error_share: label.errors as f64 / label.count.max(1) as f64,
                ..Class::default()
            }
        })
        .collect()
}

/// The measured distribution with its measured mean.
fn distribution(times: &ValueCounts) -> Dist {
    let mean = mean_secs(times);
    let mut quantiles: Vec<(f64, f64)> = Vec::new();
    let (low, high) = times.extremes().unwrap_or_default();
    for share in SHARES {
        let secs = match share {
            0 => low as f64 / 1e9,
            1_000_000 => high as f64 / 1e9,
            _ => times
                .quantile(Ppm(share), Estimator::R7)
                .map_or(mean, |q| q.millis() / 1e3),
        };
        let before = quantiles.last().map_or(0.0, |(_, s)| *s);
        quantiles.push((Ppm(share).as_fraction(), secs.max(before)));
    }
    let empirical = Dist::Empirical { quantiles };
    let drawn = empirical.mean();
    if high <= low || drawn <= 0.0 {
        Dist::Deterministic { mean }
    } else {
        // Straight lines between quantiles overstate a long tail a little.
        empirical.scaled(mean / drawn)
    }
}

/// Classes that the scenario lists keep what they say and get their times; without any, all labels become classes.
fn merge(out: &mut Resolved, found: Vec<Class>, key: &str) -> Result<(), ResolveError> {
    let listed = &mut out.scenario.service.classes;
    if *listed == [Class::default()] {
        *listed = found;
        return Ok(());
    }
    let by_label: BTreeMap<&str, &Class> = found.iter().map(|c| (c.label.as_str(), c)).collect();
    for class in listed {
        let Some(measured) = by_label.get(class.label.as_str()) else {
            let known: Vec<&str> = by_label.keys().copied().take(8).collect();
            return Err(ResolveError::new(
                key,
                format!(
                    "the run has no label \"{}\", which service.classes or workload.mix names; it has {}",
                    class.label,
                    known.join(", ")
                ),
            ));
        };
        class.time = measured.time.clone();
        class.cpu = class.cpu.or(measured.cpu);
    }
    Ok(())
}
