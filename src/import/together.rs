//! Files that belong together: the generators of one run, and the many files of one export.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::df;

use super::rejects::Rejects;
use super::{ImportError, Imported};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::metric::{missing_steps, usual_step_secs};
use crate::dataset::{DatasetError, MetricTable, Series, SeriesInfo, Source, SourceInfo};
use crate::warning::{WarningKind, Warnings};

/// Formats that keep one series a file: all files of a folder are one source.
const ONE_SERIES_A_FILE: [&str; 1] = ["collectd-csv"];

/// Marks files that are one run: of the same tool and format, and at the same time for at least half of the shorter.
/// The first of them gives the run its name.
pub fn mark_runs(imported: &mut [Imported]) {
    let mut heads: Vec<(usize, TimeRange)> = Vec::new();
    for index in 0..imported.len() {
        let Some(span) = imported.get(index).and_then(|one| run_span(&one.source)) else {
            continue;
        };
        let head = heads.iter_mut().find(|(head, range)| {
            imported
                .get(*head)
                .zip(imported.get(index))
                .is_some_and(|(a, b)| {
                    a.source.info.format == b.source.info.format && mostly_together(*range, span)
                })
        });
        match head {
            None => heads.push((index, span)),
            Some((head, range)) => {
                *range = range.union(span);
                let first = imported.get(*head).map(|one| {
                    let info = &one.source.info;
                    (info.run_id().to_owned(), info.file_name.clone())
                });
                if let (Some((run, name)), Some(one)) = (first, imported.get_mut(index)) {
                    one.source.info.run_group = run;
                    one.source.info.warnings.add(
                        WarningKind::Assumed,
                        format!("taken as one run with {name}: both were written at the same time"),
                    );
                }
            }
        }
    }
}

fn run_span(source: &Source) -> Option<TimeRange> {
    source.run.as_ref()?;
    Some(TimeRange {
        start: source.info.first?,
        end: source.info.last?,
    })
}

fn mostly_together(a: TimeRange, b: TimeRange) -> bool {
    let shared = a.end.min(b.end).0 - a.start.max(b.start).0;
    let shorter = a.length().0.min(b.length().0);
    shared >= 0 && shared * 2 >= shorter
}

/// Joins the files of an export that keeps one series a file into one source, named after the folder or archive.
pub fn merge_files_of_one_export(
    folder: &Path,
    imported: &mut Vec<Imported>,
) -> Result<(), ImportError> {
    for format in ONE_SERIES_A_FILE {
        let belongs = |one: &Imported| one.source.info.format == format;
        if imported.iter().filter(|one| belongs(one)).count() < 2 {
            continue;
        }
        let (parts, rest): (Vec<_>, Vec<_>) =
            std::mem::take(imported).into_iter().partition(belongs);
        *imported = rest;
        imported.push(joined(folder, parts)?);
    }
    Ok(())
}

fn joined(folder: &Path, parts: Vec<Imported>) -> Result<Imported, ImportError> {
    type Key = (String, BTreeMap<String, String>);
    let mut series: BTreeMap<Key, (SeriesInfo, Vec<(Instant, f64)>)> = BTreeMap::new();
    let mut info = SourceInfo::default();
    let mut rejects = Rejects::default();
    let mut ids = String::new();
    let mut hashed = true;
    for part in parts {
        let own = part.source.info;
        ids.push_str(&own.source_id);
        hashed &= own.sha256.is_some();
        info.bytes += own.bytes;
        info.rows += own.rows;
        info.rejected += own.rejected;
        info.first = [info.first, own.first].into_iter().flatten().min();
        info.last = [info.last, own.last].into_iter().flatten().max();
        info.zone = info.zone.or(own.zone);
        info.imported_at = info.imported_at.or(own.imported_at);
        info.format = own.format;
        info.scope = own.scope;
        let mut warnings: Warnings = own.warnings;
        std::mem::swap(&mut info.warnings, &mut warnings);
        info.warnings.merge(&warnings);
        rejects.append(part.rejects);
        let Some(table) = part.source.metrics else {
            continue;
        };
        for index in 0..table.series.len() {
            let Series {
                info,
                times,
                values,
            } = table.series(index)?;
            let key = (info.name.clone(), info.labels.clone());
            let slot = series.entry(key).or_insert_with(|| (info, Vec::new()));
            slot.1.extend(times.into_iter().zip(values));
        }
    }
    let name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
    info.file_name = name.unwrap_or_else(|| folder.display().to_string());
    info.path = Some(folder.to_path_buf());
    let digest = crate::dataset::blob::hash_of(ids.as_bytes());
    info.source_id = digest.chars().take(32).collect();
    info.sha256 = hashed.then_some(digest);
    Ok(Imported {
        source: Source {
            info,
            metrics: Some(table_of(series.into_values())?),
            ..Source::default()
        },
        rejects,
    })
}

fn table_of(
    series: impl Iterator<Item = (SeriesInfo, Vec<(Instant, f64)>)>,
) -> Result<MetricTable, DatasetError> {
    let mut table = MetricTable::default();
    let (mut keys, mut instants, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (mut info, mut points) in series {
        points.sort_by_key(|(at, _)| *at);
        points.dedup_by_key(|(at, _)| *at);
        let times: Vec<Instant> = points.iter().map(|(at, _)| *at).collect();
        info.points = points.len() as u64;
        info.first = times.first().copied();
        info.last = times.last().copied();
        info.step_secs = usual_step_secs(&times);
        info.gaps = info.step_secs.map_or(0, |step| missing_steps(&times, step));
        let key = table.series.len() as u32;
        keys.extend(std::iter::repeat_n(key, points.len()));
        instants.extend(points.iter().map(|(at, _)| at.0));
        values.extend(points.iter().map(|(_, value)| *value));
        table.series.push(info);
    }
    table.points =
        df!("series" => keys, "t" => instants, "value" => values).map_err(DatasetError::from)?;
    Ok(table)
}
