//! A tool's own summary to a source: what importers of summary-only files end with.

use crate::calendar::TimeRange;
use crate::dataset::{Source, SourceInfo, ToolSummary};
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// The source made of a tool's summary. `span` is when the run took place, where the file says it; `rows` are counted
/// from the total, or from the labels where there is none. An error where neither says a count, a mean or a percentile,
/// and no errors are listed either.
pub fn summarised(
    intake: &Intake<'_>,
    summary: ToolSummary,
    span: Option<TimeRange>,
    mut warnings: Warnings,
) -> Result<Imported, ImportError> {
    let lines = || std::iter::once(&summary.total).chain(&summary.labels);
    let has_figures = lines().any(|l| {
        l.count.is_some_and(|n| n > 0) || l.mean_ms.is_some() || !l.percentiles_ms.is_empty()
    });
    if !has_figures && summary.errors.is_empty() {
        return Err(intake.unusable(
            "it is a summary without any request; run the test again or name its result file",
            None,
        ));
    }
    let tool = summary.tool.title().unwrap_or("the tool");
    warnings.add(
        WarningKind::SummaryOnly,
        if has_figures {
            format!(
                "the file is a summary by {tool}, without the samples: its percentiles are shown as they are, and no \
                 others can be taken from it"
            )
        } else {
            format!(
                "the file lists errors of a run by {tool} and nothing else: no durations and no error rate"
            )
        },
    );
    let rows = summary.total.count.unwrap_or_else(|| {
        summary
            .labels
            .iter()
            .filter_map(|l| l.count)
            .fold(0, u64::saturating_add)
    });
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
