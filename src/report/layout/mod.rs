//! Lays findings out as the sheets of a monthly or quarterly report. Pure: the same findings give the same report.

mod capacity;
mod check;
mod figures;
mod latency;
mod load_tests;
mod method;
mod promises;
mod scorecard;
mod summary;
mod trend;

use super::ReportParams;
use super::findings::Findings;
use super::model::{Report, Sheet};
use crate::calendar::Period;

/// Months are laid out for a quarter or a year, not for shorter periods.
fn has_months(period: Period) -> bool {
    matches!(period, Period::Quarter { .. } | Period::Year(_))
}

/// Lays a report out.
pub fn layout(findings: &Findings, params: &ReportParams) -> Report {
    let period_title = params.period.title();
    let name = if findings.project.is_empty() {
        findings.scope.clone()
    } else {
        findings.project.clone()
    };
    let title = format!(
        "{} report: {name}, {period_title}",
        match params.period {
            Period::Day(_) => "Daily",
            Period::Week(_) => "Weekly",
            Period::Month { .. } => "Monthly",
            Period::Quarter { .. } => "Quarterly",
            Period::Year(_) => "Yearly",
        }
    );
    let together = findings.together();
    let sentence = together.sentence(&period_title);
    let subtitle = summary::subtitle(findings);
    let mut sheets: Vec<Sheet> = vec![
        summary::sheet(
            findings,
            &together,
            &title,
            &sentence,
            has_months(params.period),
        ),
        promises::sheet(findings, &together),
        promises::breaches(findings, &together),
    ];
    if has_months(params.period) {
        sheets.insert(1, trend::months_sheet(findings, &together));
    }
    sheets.push(trend::sheet(findings, &together));
    sheets.push(latency::daily(findings, &together));
    sheets.push(latency::hourly(findings, &together));
    sheets.push(capacity::sheet(findings));
    if has_months(params.period) {
        sheets.push(capacity::scenarios(findings));
    }
    sheets.push(load_tests::sheet(findings));
    sheets.push(method::method(findings, &together, params));
    sheets.push(method::provenance(findings, params));
    sheets.extend(latency::hourly_data(&together));
    sheets.extend(capacity::data_sheet(findings));
    Report {
        title,
        subtitle,
        sentence,
        file_stem: file_stem(findings),
        period_title,
        dated: findings.end,
        zone: findings.zone.clone(),
        sheets,
        findings: Box::new(findings.clone()),
    }
}

/// `headroom_2026-06_checkout`, without characters that file systems dislike.
fn file_stem(findings: &Findings) -> String {
    let source = if findings.scope == "all services" && !findings.project.is_empty() {
        &findings.project
    } else {
        &findings.scope
    };
    let words: String = source
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let scope = words
        .split('-')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let scope: String = scope.chars().take(60).collect();
    format!("headroom_{}_{scope}", findings.period)
}
