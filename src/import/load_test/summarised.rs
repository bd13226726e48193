//! A tool's own summary to a source: what importers of summary-only files end with.

use crate::calendar::TimeRange;
use crate::dataset::{Source, SourceInfo, ToolSummary};
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// The source made of a tool's summary. `span` is when the run took place, where the file says it; `rows` are counted
/// from the total, or from the labels where there is none. An error where neither says a count, a mean or a percentile.
pub fn summarised(
    intake: &Intake<'_>,
    summary: ToolSummary,
    span: Option<TimeRange>,
    mut warnings: Warnings,
) -> Result<Imported, ImportError> {
    let lines = || std::iter::once(&summary.total).chain(&summary.labels);
    if !lines().any(|l| {
        l.count.is_some_and(|n| n > 0) || l.mean_ms.is_some() || !l.percentiles_ms.is_empty()
    }) {
        return Err(intake.unusable(
            "it is a summary without any request; run the test again or name its result file",
            None,
        ));
    }
    warnings.add(
        WarningKind::SummaryOnly,
        format!(
            "the file is a summary by {}, without the samples: its percentiles are shown as they are, and no others \
             can be taken from it",
            summary.tool.title().unwrap_or("the tool")
        ),
    );
    let rows = summary
        .total
        .count
        .unwrap_or_else(|| summary.labels.iter().filter_map(|l| l.count).sum());
    let info = SourceInfo {
        rows,
        first: span.map(|s| s.start),
        last: span.map(|s| s.end),
        warnings,
        ..SourceInfo::default()
    };
    Ok(Imported {
        source: Source {
            info,
            summary: Some(summary),
            ..Source::default()
        },
        rejects: Rejects::default(),
    })
}
