//! Locust's `_stats.csv` (and `_requests.csv`, `_distribution.csv` of versions before 1.0): one row a request name.

use std::io::Read;

use super::locust_rows::{
    MAX_LABELS, PERCENTILE_RULE, Rows, closed_loop, distinct, rounded, tail_missing,
};
use super::summarised::summarised;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen};
use crate::import::table::records::Record;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Locust's statistics.
pub static FORMAT: Format = Format {
    id: "locust-stats",
    title: "Locust statistics (_stats.csv, _requests.csv, _distribution.csv)",
    family: Family::LoadTest,
    recognised_by: "a header with Type (or Method), Name, Request Count (or # requests) and Failure Count (or \
                    # failures), or with Name, # requests and 50%",
    traps: &[
        "The file lacks the end of the run: 5 % of the requests in a run of 15 s. locust --json has all of them.",
        "Durations are rounded to two significant digits before percentiles are taken: 210 ms means 205 to 215 ms.",
        "Which percentiles there are can be set: they are read from the header. N/A is none.",
        "Failed requests stay in the durations.",
        "Rows of one run may not add up to the row Aggregated; that row stands.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let has = |names: &[&str]| head.header_with(names).is_some();
    let seen = has(&["Type", "Name", "Request Count", "Failure Count"])
        || has(&["Type", "Name", "# requests", "# failures"])
        || has(&["Method", "Name", "# requests", "# failures"])
        || has(&["Name", "# requests", "50%", "100%"]);
    (seen && !has(&["Timestamp"])).into()
}

/// Reads one file.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut rows = Rows::open(reader, intake)?;
    let mut record = Record::default();
    let mut total: Option<SummaryLine> = None;
    let mut labels = Vec::new();
    while rows.next(&mut record)? {
        let line = rows.columns.line(&record);
        if line.count.is_none() {
            rows.reject_record(&record, "the number of requests is missing");
        } else if rows.columns.is_total(&record) {
            total = Some(SummaryLine {
                label: "Total".to_owned(),
                ..line
            });
        } else if labels.len() < MAX_LABELS {
            labels.push((rows.columns.method(&record), line));
        } else {
            rows.warnings.add(
                WarningKind::TooManyLabels,
                "more than 10,000 request names; the rest is only in the total",
            );
        }
    }
    let mut warnings = rows.warnings;
    let labels = distinct(labels);
    match &total {
        Some(total) => adds_up(total, &labels, &mut warnings),
        None => warnings.add(
            WarningKind::TruncatedLastRow,
            "the row Aggregated, with which the file ends, is missing: the file is cut off",
        ),
    }
    tail_missing(&mut warnings);
    rounded(&mut warnings);
    closed_loop(&mut warnings);
    let summary = ToolSummary {
        tool: Tool::Locust,
        percentile_rule: PERCENTILE_RULE.to_owned(),
        total: total.unwrap_or_default(),
        labels,
        closed_loop: true,
        ..ToolSummary::default()
    };
    let mut imported = summarised(intake, summary, None, warnings)?;
    imported.source.info.rejected = rows.rejects.count;
    imported.rejects = rows.rejects;
    Ok(imported)
}

/// Says where rows and total disagree.
fn adds_up(total: &SummaryLine, labels: &[SummaryLine], warnings: &mut Warnings) {
    for (what, all, parts) in [
        (
            "requests",
            total.count,
            labels
                .iter()
                .filter_map(|l| l.count)
                .fold(0, u64::saturating_add),
        ),
        (
            "failures",
            total.errors,
            labels
                .iter()
                .filter_map(|l| l.errors)
                .fold(0, u64::saturating_add),
        ),
    ] {
        if let Some(all) = all
            && all != parts
            && !labels.is_empty()
        {
            warnings.add(
                WarningKind::Note,
                format!(
                    "the rows add up to {} {what}, the row Aggregated says {}; both are shown as they stand",
                    crate::units::count(parts),
                    crate::units::count(all)
                ),
            );
        }
    }
}
