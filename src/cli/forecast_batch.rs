//! `headroom forecast IN.csv --batch OUT.csv`: every series of a long table (`unique_id,ds,y`), in parallel, into the
//! columns that statsforecast writes. `ds` is an integer step or a time. With a limit, those that run out first stand on
//! top.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::forecast::ForecastArgs;
use super::forecast_first;
use crate::analysis::forecast::{
    Aggregate, CapacityCrossing, Forecast, ForecastError, ForecastParams, Horizon, StepKind, Steps,
    forecast, forecast_steps,
};
use crate::analysis::free_space::{counts_what_is_free, no_limit_on};
use crate::calendar::{Instant, Zone, parse_time};
use crate::dataset::{Series, SeriesInfo};

/// Steps ahead where no horizon was given.
const DEFAULT_STEPS: usize = 28;
/// Problems printed one by one.
const SHOWN_PROBLEMS: usize = 10;
/// Fewer series than this are done before anybody wonders how far it is.
const LONG_BATCH: usize = 200;
/// Columns of the output.
const HEADER: [&str; 8] = [
    "unique_id",
    "ds",
    "model",
    "mean",
    "lo-80",
    "hi-80",
    "lo-95",
    "hi-95",
];

/// One series as read: `ds` as integer steps or as instants.
#[derive(Debug, Default)]
struct Read {
    id: String,
    points: Vec<(i64, f64)>,
}

/// What `ds` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Counted,
    Times,
}

/// Reads, forecasts and writes.
pub fn run(
    args: &ForecastArgs,
    common: &CommonArgs,
    params: &ForecastParams,
    output: &Path,
) -> Result<Outcome, CliError> {
    let [input] = args.files.as_slice() else {
        return Err(CliError::usage("--batch needs exactly one input file"));
    };
    let source_zone = common.import_options()?.source_zone;
    let (axis, series) = read(input, &source_zone)?;
    let total = series.len();
    let done = AtomicUsize::new(0);
    let shown = !common.quiet && total >= LONG_BATCH;
    let mut results: Vec<(String, Result<Forecast, String>)> = series
        .into_par_iter()
        .map(|one| {
            let result = forecast_one(&one, axis, params).map_err(|e| e.to_string());
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if shown && done * 10 / total > (done - 1) * 10 / total {
                say(&format!("{done} of {total} series"));
            }
            (one.id, result)
        })
        .collect();
    if params.capacity.is_some() {
        results.sort_by(|a, b| urgency(&a.1).total_cmp(&urgency(&b.1)));
    }
    let problems: Vec<String> = results
        .iter()
        .filter_map(|(id, r)| Some(format!("{id}: {}", r.as_ref().err()?)))
        .collect();
    let done = results.len() - problems.len();
    if done == 0 {
        let first = problems.first().cloned().unwrap_or_default();
        return Err(CliError::new("no-forecast", first).about(input));
    }
    write(output, axis, &results)?;
    let limits = forecast_first::rows(
        results
            .iter()
            .filter_map(|(id, r)| Some((id.as_str(), r.as_ref().ok()?))),
        axis == Axis::Counted,
        |at| match axis {
            Axis::Counted => at.secs().to_string(),
            Axis::Times => at.format(&params.zone, "%Y-%m-%d"),
        },
    );
    if args.json {
        let summary = serde_json::json!({
            "series": done,
            "refused": problems,
            "output": output.display().to_string(),
            "runs_out": runs_out(&results),
            "limits": limits,
        });
        print_json(&summary)?;
    } else if !common.quiet {
        for problem in problems.iter().take(SHOWN_PROBLEMS) {
            say(problem);
        }
        if let Some(first) = forecast_first::text(&limits) {
            print(&first);
        }
        let refused = problems.len();
        let rest = if refused > 0 {
            format!("; {refused} refused")
        } else {
            String::new()
        };
        say(&format!(
            "{done} series forecast{rest}: {}",
            output.display()
        ));
    }
    Ok(Outcome::Done)
}

/// Soonest first; what has no limit and what was refused stand last.
fn urgency(result: &Result<Forecast, String>) -> f64 {
    let capacity = result.as_ref().ok().and_then(|f| f.capacity.as_ref());
    capacity.map_or(f64::MAX, forecast_first::urgency)
}

/// The series that more likely than not reach their limit within the horizon, in the order of the results.
fn runs_out(results: &[(String, Result<Forecast, String>)]) -> Vec<&str> {
    results
        .iter()
        .filter(|(_, result)| {
            let capacity = result.as_ref().ok().and_then(|f| f.capacity.as_ref());
            capacity.is_some_and(CapacityCrossing::is_finding)
        })
        .map(|(id, _)| id.as_str())
        .collect()
}

fn forecast_one(
    one: &Read,
    axis: Axis,
    params: &ForecastParams,
) -> Result<Forecast, ForecastError> {
    if params.capacity.is_some() && counts_what_is_free(&one.id) {
        return Err(ForecastError::Refused(no_limit_on(&one.id)));
    }
    match axis {
        Axis::Counted => {
            let first = one.points.first().map_or(0, |p| p.0);
            let every = one
                .points
                .windows(2)
                .filter_map(|pair| match pair {
                    [a, b] => Some(b.0 - a.0).filter(|d| *d > 0),
                    _ => None,
                })
                .min()
                .unwrap_or(1);
            let length = one
                .points
                .last()
                .map_or(0, |p| ((p.0 - first) / every + 1).min(1_000_000));
            let mut values = vec![None; usize::try_from(length).unwrap_or(0)];
            for (ds, y) in &one.points {
                let index = usize::try_from((ds - first) / every).unwrap_or(usize::MAX);
                if let Some(cell) = values.get_mut(index) {
                    *cell = Some(*y);
                }
            }
            let horizon = match params.horizon {
                Horizon::Steps(n) => n,
                Horizon::Time(_) | Horizon::Auto => DEFAULT_STEPS.min(values.len().max(1)),
            };
            let steps = Steps::counted(first, every, values, horizon);
            debug_assert_eq!(steps.kind, StepKind::Index);
            forecast_steps(&steps, &one.id, "", params)
        }
        Axis::Times => {
            let series = Series {
                info: SeriesInfo {
                    name: one.id.clone(),
                    ..SeriesInfo::default()
                },
                times: one.points.iter().map(|p| Instant(p.0)).collect(),
                values: one.points.iter().map(|p| p.1).collect(),
            };
            let params = ForecastParams {
                aggregate: Aggregate::None,
                ..params.clone()
            };
            forecast(&series, &params)
        }
    }
}

fn unreadable(path: &Path, what: &str, line: Option<u64>) -> CliError {
    let mut error = CliError::new("unusable-file", what).about(path);
    error.line = line;
    error
}

/// Reads the long form. All series have one kind of `ds`, decided by the first row.
fn read(path: &Path, zone: &Zone) -> Result<(Axis, Vec<Read>), CliError> {
    let file = File::open(path)
        .map_err(|e| CliError::from(crate::import::ImportError::from_io(path, e)))?;
    let csv =
        |e: simd_csv::Error| unreadable(path, &format!("the table could not be read ({e})"), None);
    let mut reader = simd_csv::Reader::from_reader(file);
    let headers = reader.byte_headers().map_err(csv)?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|h| h.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
            .ok_or_else(|| {
                unreadable(
                    path,
                    &format!("there is no column \"{name}\"; a batch needs the columns unique_id, ds and y"),
                    Some(1),
                )
            })
    };
    let (id_column, ds_column, y_column) = (column("unique_id")?, column("ds")?, column("y")?);
    let mut axis = None;
    let mut index: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut all: Vec<Read> = Vec::new();
    let mut record = simd_csv::ByteRecord::new();
    let mut line = 1_u64;
    while reader.read_byte_record(&mut record).map_err(csv)? {
        line += 1;
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let text = |column: usize| String::from_utf8_lossy(cell(column)).trim().to_owned();
        let ds = text(ds_column);
        let axis = *axis.get_or_insert(if ds.parse::<i64>().is_ok() {
            Axis::Counted
        } else {
            Axis::Times
        });
        let at = match axis {
            Axis::Counted => ds.parse::<i64>().ok(),
            Axis::Times => parse_time(&ds, zone).ok().map(|t| t.at.0),
        };
        let Some(at) = at else {
            let what = format!(
                "\"{ds}\" in column ds is neither a whole number nor a time like the rows before"
            );
            return Err(unreadable(path, &what, Some(line)));
        };
        let y = text(y_column);
        // An empty or NaN cell is a gap.
        let value = match y.to_ascii_lowercase().as_str() {
            "" | "nan" | "na" | "null" => None,
            _ => Some(
                y.parse::<f64>()
                    .ok()
                    .filter(|v| v.is_finite())
                    .ok_or_else(|| {
                        unreadable(
                            path,
                            &format!("\"{y}\" in column y is not a number"),
                            Some(line),
                        )
                    })?,
            ),
        };
        let place = *index.entry(cell(id_column).to_vec()).or_insert_with(|| {
            all.push(Read {
                id: text(id_column),
                points: Vec::new(),
            });
            all.len() - 1
        });
        if let (Some(read), Some(value)) = (all.get_mut(place), value) {
            read.points.push((at, value));
        }
    }
    let axis = axis.ok_or_else(|| unreadable(path, "the table has a header but no rows", None))?;
    for read in &mut all {
        read.points.sort_by_key(|p| p.0);
        read.points.dedup_by_key(|p| p.0);
    }
    Ok((axis, all))
}

fn write(
    path: &Path,
    axis: Axis,
    results: &[(String, Result<Forecast, String>)],
) -> Result<(), CliError> {
    let failed = |e: &dyn std::fmt::Display| {
        CliError::new(
            "write-failed",
            format!("the result could not be written ({e})"),
        )
        .about(path)
    };
    let file = File::create(path).map_err(|e| failed(&e))?;
    let mut writer = simd_csv::Writer::from_writer(file);
    writer.write_record(HEADER).map_err(|e| failed(&e))?;
    for (id, result) in results {
        let Ok(forecast) = result else {
            continue;
        };
        for p in &forecast.points {
            let ds = match axis {
                Axis::Counted => p.t.secs().to_string(),
                Axis::Times => p.t.to_string(),
            };
            let numbers = [p.mean, p.lo80, p.hi80, p.lo95, p.hi95].map(|v| v.to_string());
            let [mean, lo80, hi80, lo95, hi95] = &numbers;
            let row = [id, &ds, &forecast.model, mean, lo80, hi80, lo95, hi95];
            writer.write_record(row).map_err(|e| failed(&e))?;
        }
    }
    writer.flush().map_err(|e| failed(&e))
}
