//! Spans that people marked as known: their points are gaps for the fit, and the forecast says so.

use crate::analysis::decisions::KnownSpan;
use crate::dataset::Series;
use crate::warning::{WarningKind, Warnings};

/// The series without the points in the spans, and the spans that held any; `None` where none did.
pub(super) fn without(
    series: &Series,
    known: &[KnownSpan],
    warnings: &mut Warnings,
) -> Option<(Series, Vec<KnownSpan>)> {
    let points = || {
        series
            .times
            .iter()
            .copied()
            .zip(series.values.iter().copied())
    };
    let held: Vec<KnownSpan> = known
        .iter()
        .filter(|span| {
            let from = series.times.partition_point(|t| *t < span.start);
            series.times.get(from).is_some_and(|t| *t < span.end)
        })
        .cloned()
        .collect();
    let text = match held.len() {
        0 => return None,
        1 => "1 span marked as known was left out of the fit".to_owned(),
        n => format!("{n} spans marked as known were left out of the fit"),
    };
    warnings.add_counted(WarningKind::Note, text, held.len() as u64, None);
    let (times, values) = points()
        .filter(|(at, _)| !held.iter().any(|span| span.range().contains(*at)))
        .unzip();
    let rest = Series {
        info: series.info.clone(),
        times,
        values,
    };
    Some((rest, held))
}
