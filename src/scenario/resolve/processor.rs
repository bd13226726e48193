//! Processor time of a request, from utilisation over throughput: D = U/X (utilisation law; Denning and Buzen 1978),
//! as the slope of a line through the steps of a load test and a series of processor use.

use std::collections::BTreeMap;

use crate::analysis::capacity::demand::{DemandLine, lagged_points, moves_with};
use crate::dataset::{Dataset, DatasetError, Series, Source};

/// A line that explains less than this share of the variation says nothing.
const LEAST_R2: f64 = 0.5;
/// Steps by which a metric may follow the load.
const MOST_LAG: usize = 3;
/// Fewest pairs of throughput and utilisation.
const FEWEST: usize = 8;

/// What the line says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Processor {
    /// Name of the series.
    pub series: String,
    /// Seconds of processor time of a request, on the cores the test ran on.
    pub secs: f64,
    /// Its standard error.
    pub se: f64,
    /// Share of the variation explained, 0..=1.
    pub r2: f64,
    /// Processor use without requests, share of the cores.
    pub idle: f64,
}

/// Series of processor use in per cent: those that say so in their names.
fn is_cpu(series: &crate::dataset::SeriesInfo) -> bool {
    let name = series.display_name().to_lowercase();
    (name.contains("cpu") || name.contains("processor")) && series.unit.trim() == "%"
}

/// The best line through a run and a processor series of the same time; `None` where none is good enough.
pub(super) fn of_run(
    dataset: &Dataset,
    source: &Source,
    cores: f64,
) -> Result<Option<Processor>, DatasetError> {
    let Some(run) = &source.run else {
        return Ok(None);
    };
    let counts = run.requests_by_second()?;
    let mut best: Option<Processor> = None;
    for other in &dataset.sources {
        let Some(table) = &other.metrics else {
            continue;
        };
        let service = (&source.info.scope.service, &other.info.scope.service);
        let apart = !service.0.is_empty() && !service.1.is_empty() && service.0 != service.1;
        if apart {
            continue;
        }
        for (index, info) in table.series.iter().enumerate() {
            if !is_cpu(info) {
                continue;
            }
            let series = table.series(index)?;
            if let Some(found) = line(&counts, &series, cores)
                && best.as_ref().is_none_or(|b| found.r2 > b.r2)
            {
                best = Some(found);
            }
        }
    }
    Ok(best)
}

fn line(counts: &BTreeMap<i64, u64>, series: &Series, cores: f64) -> Option<Processor> {
    let first = *counts.first_key_value()?.0;
    let last = *counts.last_key_value()?.0;
    let step = (series.info.step_secs?.round() as i64).max(1);
    let mut load = Vec::new();
    let mut used = Vec::new();
    for (time, value) in series.times.iter().zip(&series.values) {
        let at = time.secs();
        // Only steps that the run covers as a whole.
        let inside = at >= first && at + step <= last + 1;
        let rate = || {
            let sum: u64 = counts.range(at..at + step).map(|(_, n)| *n).sum();
            sum as f64 / step as f64
        };
        load.push(inside.then(rate));
        used.push(*value);
    }
    let line = DemandLine::lagged(&load, &used, MOST_LAG)?;
    let good = line.n >= FEWEST
        && line.slope > 2.0 * line.slope_se
        && line.r2 >= LEAST_R2
        && moves_with(&lagged_points(&load, &used, line.lag));
    good.then(|| Processor {
        series: series.info.display_name(),
        secs: line.demand_secs(cores),
        se: line.slope_se / 100.0 * cores,
        r2: line.r2,
        idle: (line.idle / 100.0).clamp(0.0, 1.0),
    })
}
