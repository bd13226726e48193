//! Objectives judged on metric series: ready-made percentiles, and any series against a threshold.
//!
//! Values enter comparisons as billionths, rounded once; means are compared as sums, so nothing is divided.

use super::arith::{billionths, compare};
use super::durations::percentile_name;
use super::judge::{Context, blank};
use super::objective::{Limit, Objective, Quantity, Statistic};
use super::select::{Picker, fits};
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::sources::{ids, words};
use super::{Breach, ObjectiveResult, SlaError, dated};
use crate::calendar::TimeRange;
use crate::dataset::resample::quantile_r7;
use crate::dataset::{Role, Series, SeriesInfo, SeriesKind, Source};
use crate::units::{self, Direction, Micros, Ppm};

/// A series with the source that holds it.
pub(super) struct Picked<'a> {
    pub source: &'a Source,
    pub series: Series,
}

/// The series of a role that a condition admits; none where none has a point in the judged time.
pub(super) fn pick<'a>(
    context: &Context<'a>,
    objective: &Objective,
    role: Role,
    mut admits: impl FnMut(&SeriesInfo) -> bool,
) -> Result<Vec<Picked<'a>>, SlaError> {
    let mut picked = Vec::new();
    for source in context.sources(objective) {
        let Some(table) = source
            .metrics
            .as_ref()
            .filter(|_| source.info.scope.role == role)
        else {
            continue;
        };
        for (index, info) in table.series.iter().enumerate() {
            if admits(info) {
                picked.push(Picked {
                    source,
                    series: table.series(index)?,
                });
            }
        }
    }
    let passed = context.passed();
    if !picked
        .iter()
        .any(|p| !p.series.within(passed).values.is_empty())
    {
        picked.clear();
    }
    Ok(picked)
}

/// The name of the first metric among the series, which is the one that is used: others may count the same requests.
/// One with points in `range` goes before one that has none there.
pub(super) fn keep_first_name(picked: &mut Vec<Picked<'_>>, range: TimeRange) -> Option<String> {
    let speaks = |p: &Picked<'_>| p.series.times.iter().any(|t| range.contains(*t));
    if picked.iter().any(speaks) {
        picked.retain(speaks);
    }
    let name = picked.iter().map(|p| p.series.info.name.clone()).min()?;
    picked.retain(|p| p.series.info.name == name);
    Some(name)
}

/// The values of each slice.
pub(super) fn slice_values(series: &Series, grid: &Grid) -> Vec<Vec<f64>> {
    let cells = grid.cells.iter().map(|cell| {
        let start = series.times.partition_point(|t| *t < cell.start);
        let end = series.times.partition_point(|t| *t < cell.end);
        series.values.get(start..end).unwrap_or_default().to_vec()
    });
    grid.by_slice(cells.collect::<Vec<_>>())
        .into_iter()
        .map(|cells| cells.concat())
        .collect()
}

pub(super) fn name_of(picked: &[Picked<'_>]) -> String {
    match picked {
        [one] => one.series.info.display_name(),
        many => {
            let first = many.first().map(|p| p.series.info.name.clone());
            format!("{} ({} series)", first.unwrap_or_default(), many.len())
        }
    }
}

/// The series by their names, each once; of many, how many there are.
pub(super) fn all_names(picked: &[Picked<'_>]) -> String {
    let mut names: Vec<&str> = picked.iter().map(|p| p.series.info.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] | [_] => name_of(picked),
        [first, second] => format!("{first} and {second}"),
        [first, rest @ ..] => format!("{first} and {} more series", rest.len()),
    }
}

pub(super) fn describe(picked: &[Picked<'_>], role: Role, result: &mut ObjectiveResult) {
    let mut sources: Vec<&Source> = picked.iter().map(|p| p.source).collect();
    sources.dedup_by(|a, b| std::ptr::eq(*a, *b));
    result.source = words(&name_of(picked), &sources, role);
    result.source_ids = ids(&sources);
}

/// Whether a series is a ready-made percentile: `p95` in its name, or a label `quantile=0.95`.
fn is_percentile(info: &SeriesInfo, percentile: Ppm) -> bool {
    let number = units::percent(percentile);
    let number = number.trim_end_matches(" %");
    let joined = number.replace('.', "");
    let fraction = format!("{}", percentile.as_fraction());
    if info.labels.get("quantile").is_some_and(|q| *q == fraction) {
        return true;
    }
    let lower = info.name.to_lowercase();
    let wanted = [
        format!("p{number}"),
        format!("p{joined}"),
        format!("{number}th"),
        format!("pct{joined}"),
        format!("perc{joined}"),
    ];
    lower
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .any(|word| wanted.iter().any(|w| w == word))
}

/// Judges ready-made percentiles. They cannot be merged: when all in a slice keep to the limit, so does the slice; when
/// none does, neither does the slice; anything else is not decided. Returns whether there were any.
pub(super) fn judge_percentiles(
    context: &Context<'_>,
    objective: &Objective,
    role: Role,
    grids: &Twice<Grid>,
    picker: &mut Picker,
    result: &mut ObjectiveResult,
    out: &mut Vec<Breach>,
) -> Result<bool, SlaError> {
    let picked = pick(context, objective, role, |info| {
        is_percentile(info, objective.percentile)
            && converted(0.0, &info.unit, objective.target.value).is_some()
            && picker.takes(&info.display_name(), &objective.scope, context.file)
    })?;
    if picked.is_empty() {
        return Ok(false);
    }
    describe(&picked, role, result);
    let name = percentile_name(objective.percentile);
    let (one, many) = objective.slice.words();
    result.rule = format!("{name} of requests {}", objective.target.text());
    result.assumed.push(format!(
        "{name} comes ready-made from the series and cannot be merged: a {one} holds where all of its values do and fails where none does; there is no {name} of the whole period."
    ));
    let cuts_of = |grid: &Grid| -> Vec<Cut> {
        let all: Vec<Vec<Vec<f64>>> = picked
            .iter()
            .map(|p| {
                let unit = p.series.info.unit.as_str();
                slice_values(&p.series, grid)
                    .into_iter()
                    .map(|values| {
                        values
                            .into_iter()
                            .filter_map(|v| converted(v, unit, objective.target.value))
                            .collect()
                    })
                    .collect()
            })
            .collect();
        grid.slices
            .iter()
            .enumerate()
            .map(|(index, range)| {
                let values: Vec<f64> = all
                    .iter()
                    .filter_map(|s| s.get(index))
                    .flatten()
                    .copied()
                    .collect();
                let target = dated::at(context, objective, range.start).target;
                let good = values.iter().filter(|v| kept(**v, &target)).count();
                let fate = if grid.taken_out(index) {
                    Fate::Excluded
                } else if values.is_empty() {
                    Fate::Nothing
                } else if good == values.len() {
                    Fate::Met
                } else if good == 0 {
                    Fate::Breached
                } else {
                    Fate::Undecided
                };
                Cut {
                    range: *range,
                    fate,
                    achieved: values.iter().copied().reduce(f64::max),
                    n: values.len() as u64,
                    bad: (values.len() - good) as u64,
                    critical: objective
                        .critical
                        .as_ref()
                        .is_some_and(|c| !values.is_empty() && values.iter().all(|v| !kept(*v, c))),
                }
            })
            .collect()
    };
    let twice = grids.map(cuts_of);
    let cuts = &twice.left;
    finish(context, objective, &grids.left, &twice, &|_| None, result);
    if let Some(tally) = result.slices {
        let measured = result.slice_list.iter().filter(|s| s.n > 0).count();
        result.achieved_text = format!("{} of {measured} {many}", tally.met);
    }
    result.n = cuts
        .iter()
        .filter(|c| context.range.contains(c.range.start))
        .map(|c| c.n)
        .sum();
    out.extend(breaches(context, objective, cuts, &units::millis, &|_| {
        None
    }));
    Ok(true)
}

/// Whether a series counts requests: a rate or a count per step, with a name that says requests.
pub(super) fn is_requests(info: &SeriesInfo) -> bool {
    let name = info.name.to_lowercase();
    let rate = info.unit == "/s"
        || info.kind == SeriesKind::Rate
        || info.kind == SeriesKind::Count
        || ["rps", "qps", "tps", "per_sec"]
            .iter()
            .any(|hint| name.contains(hint));
    let bytes = info.unit.contains('B') || name.contains("bytes");
    let named = [
        "request",
        "rps",
        "qps",
        "throughput",
        "req_",
        "_req",
        "hits",
    ]
    .iter()
    .any(|hint| name.contains(hint));
    rate && named
        && !bytes
        && !(name.contains("error") || name.contains("fail") || name.contains("5xx"))
        && !name.contains("duration")
        && !name.contains("latency")
}

/// How much of a slice the points of a series speak for: their steps, where those are known.
pub(super) fn spoken(series: &Series, points: usize, slice: Micros) -> Micros {
    let step = series.info.step_secs.filter(|s| *s > 0.0);
    step.map_or(slice, |step| {
        Micros((step * 1e6 * points as f64) as i64).min(slice)
    })
}

/// Events in a slice, in billionths: the mean of a rate times the time it speaks for, the sum of counts.
pub(super) fn events(series: &Series, values: &[f64], slice: Micros) -> Option<i128> {
    if values.is_empty() {
        return None;
    }
    let sum: i128 = values.iter().map(|v| billionths(*v)).sum();
    if series.info.kind == SeriesKind::Count {
        return Some(sum);
    }
    let count = i128::try_from(values.len()).ok()?;
    let length = i128::from(spoken(series, values.len(), slice).0);
    Some(sum * length / 1_000_000 / count)
}

/// A value in the unit in which a quantity is printed; `None` where the units do not fit.
fn converted(value: f64, unit: &str, quantity: Quantity) -> Option<f64> {
    match (quantity, unit) {
        (Quantity::Duration(_), "ms") | (Quantity::Share(_), "%") | (Quantity::Rate(_), "/s") => {
            Some(value)
        }
        (Quantity::Duration(_), "s") => Some(value * 1e3),
        (Quantity::Duration(_), "us" | "µs") => Some(value / 1e3),
        (Quantity::Value(_), _) => Some(value),
        (Quantity::Bytes(_), _) => Some(value * megabytes(unit)?),
        (Quantity::ByteRate(_), _) => Some(value * megabytes(unit.strip_suffix("/s")?)?),
        _ => None,
    }
}

/// How many megabytes (millions of bytes) one unit of a series is; `None` where it is not an amount of information.
fn megabytes(unit: &str) -> Option<f64> {
    Some(match unit {
        "B" | "bytes" => 1e-6,
        "kB" | "KB" => 1e-3,
        "MB" => 1.0,
        "GB" => 1e3,
        "TB" => 1e6,
        "KiB" => 1_024.0 / 1e6,
        "MiB" => 1_048_576.0 / 1e6,
        "GiB" => 1_073_741_824.0 / 1e6,
        "bit" | "bits" => 0.125e-6,
        "kbit" => 0.125e-3,
        "Mbit" => 0.125,
        _ => return None,
    })
}

fn limit_billionths(limit: &Limit) -> i128 {
    match limit.value {
        Quantity::Share(ppm) => i128::from(ppm.0) * 100_000,
        Quantity::Duration(micros) => i128::from(micros.0) * 1_000_000,
        Quantity::Rate(rate) => i128::from(rate.0) * 1_000,
        Quantity::Value(number) | Quantity::Bytes(number) | Quantity::ByteRate(number) => {
            i128::from(number) * 1_000
        }
    }
}

/// Whether a value in the printed unit keeps to a limit.
pub(super) fn kept(value: f64, limit: &Limit) -> bool {
    let (value, bound) = (billionths(value), limit_billionths(limit));
    match limit.direction {
        Direction::AtMost => compare(value, bound, limit.strict),
        Direction::AtLeast => compare(bound, value, limit.strict),
    }
}

/// A statistic of values in any order.
pub(super) fn statistic(values: &[f64], statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::Mean => {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        }
        Statistic::Max => values.iter().copied().reduce(f64::max),
        Statistic::Min => values.iter().copied().reduce(f64::min),
        Statistic::P95 => {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            quantile_r7(&sorted, 0.95)
        }
    }
}

/// Judges any series against a threshold; where several fit, the worst one decides.
pub(super) fn judge_metric(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    let grids = Twice::grids(context, objective, &mut result);
    let pattern = objective.scope.metric.as_deref().unwrap_or_default();
    let mut unit_mismatch = None;
    for role in [Role::Production, Role::Test] {
        let mut picked = pick(context, objective, role, |info| {
            fits(pattern, &info.name) || fits(pattern, &info.display_name())
        })?;
        // A share of one instead of percent.
        let factor = |series: &Series| {
            let unit = series.info.unit.as_str();
            let as_fraction = matches!(objective.target.value, Quantity::Share(_))
                && matches!(unit, "" | "ratio")
                && series.values.iter().all(|v| (0.0..=1.0).contains(v));
            if as_fraction {
                Some(100.0)
            } else {
                converted(1.0, unit, objective.target.value)
            }
        };
        if let Some(bad) = picked.iter().find(|p| factor(&p.series).is_none()) {
            unit_mismatch = Some(format!(
                "{} is in \"{}\", the target is {}; write the target in the unit of the series.",
                bad.series.info.display_name(),
                bad.series.info.unit,
                objective.target_text
            ));
        }
        picked.retain(|p| factor(&p.series).is_some());
        let Some(first) = picked.first() else {
            continue;
        };
        result.unit = objective.target.value.unit(&first.series.info.unit);
        describe(&picked, role, &mut result);
        if picked.len() > 1 {
            result
                .assumed
                .push(format!("The worst of {} series decides.", picked.len()));
        }
        let worse = |a: f64, b: f64| match objective.target.direction {
            Direction::AtMost => a.max(b),
            Direction::AtLeast => a.min(b),
        };
        let cuts_of = |grid: &Grid| -> Vec<Cut> {
            let all: Vec<(f64, Vec<Vec<f64>>)> = picked
                .iter()
                .filter_map(|p| Some((factor(&p.series)?, slice_values(&p.series, grid))))
                .collect();
            grid.slices
                .iter()
                .enumerate()
                .map(|(index, range)| {
                    let target = dated::at(context, objective, range.start).target;
                    let mut n = 0;
                    let worst = all
                        .iter()
                        .filter_map(|(factor, slices)| {
                            let values = slices.get(index)?;
                            n += values.len() as u64;
                            Some(statistic(values, objective.statistic)? * factor)
                        })
                        .reduce(worse);
                    let fate = match worst {
                        _ if grid.taken_out(index) => Fate::Excluded,
                        None => Fate::Nothing,
                        Some(_) if n < objective.min_samples => Fate::TooFew,
                        Some(value) if kept(value, &target) => Fate::Met,
                        Some(_) => Fate::Breached,
                    };
                    Cut {
                        range: *range,
                        fate,
                        achieved: worst,
                        n,
                        bad: 0,
                        critical: worst.is_some_and(|v| {
                            objective.critical.as_ref().is_some_and(|c| !kept(v, c))
                        }),
                    }
                })
                .collect()
        };
        let twice = grids.map(cuts_of);
        let cuts = &twice.left;
        let worst_of = |range: TimeRange| {
            cuts.iter()
                .filter(|c| c.range.start >= range.start && c.range.end <= range.end)
                .filter(|c| c.fate != Fate::Excluded)
                .filter_map(|c| c.achieved)
                .reduce(worse)
        };
        let word = objective.statistic.word();
        let names = all_names(&picked);
        result.rule = format!("{word} of {names} {}", objective.target.text());
        result.achieved = worst_of(context.range);
        let unit = result.unit.clone();
        if let Some(value) = result.achieved {
            let target = objective.target.value.as_printed();
            // Milliseconds by the thousand are seconds.
            let (scale, shown) = if unit == "ms" && value.abs() >= 1_000.0 {
                (1_000.0, "s")
            } else {
                (1.0, unit.as_str())
            };
            let number = units::judged(
                value / scale,
                target / scale,
                objective.target.direction,
                kept(value, &objective.target),
                2,
            );
            result.achieved_text = match shown {
                "" => number,
                shown => format!("{number} {shown}"),
            };
        }
        result.n = cuts
            .iter()
            .filter(|c| context.range.contains(c.range.start))
            .map(|c| c.n)
            .sum();
        let text = |value: f64| units::with_unit(value, &unit);
        finish(
            context,
            objective,
            &grids.left,
            &twice,
            &worst_of,
            &mut result,
        );
        out.extend(breaches(context, objective, cuts, &text, &|_| None));
        return Ok(result);
    }
    result.reason = Some(unit_mismatch.unwrap_or_else(|| {
        format!("No series is called {pattern}, or none has a value in this period.")
    }));
    Ok(result)
}
