//! Lays findings out as the sheets of a monthly or quarterly report. Pure: the same findings give the same report.

mod alerts;
mod asked;
mod bands;
mod breaches;
mod budget;
mod capacity;
mod check;
mod closing;
mod committed;
mod exclusions;
mod figures;
mod heat;
mod hourly;
mod hours;
mod latency;
mod load_compared;
mod load_tests;
mod look_back;
mod method;
mod months;
mod options;
mod plan_scorecard;
mod planned;
mod promises;
mod recommendations;
mod scorecard;
mod summary;
mod themes;
mod time_left;
mod trend;
mod used_charts;

use super::ReportParams;
use super::findings::Findings;
use super::look::Look;
use super::model::{Report, Sheet};
use crate::calendar::Period;

/// Months are laid out for a quarter or a year, not for shorter periods.
fn has_months(period: Period) -> bool {
    period.has_months()
}

/// A day or a week has no trend over months.
fn has_trend(period: Period) -> bool {
    !matches!(period, Period::Day(_) | Period::Week(_))
}

/// Lays a report out.
pub fn layout(findings: &Findings, params: &ReportParams) -> Report {
    let period_title = params.period.title();
    let name = [
        findings.decisions.branding.title.trim(),
        findings.project.as_str(),
        findings.scope.as_str(),
    ]
    .into_iter()
    .find(|name| !name.is_empty())
    .unwrap_or_default();
    let title = format!(
        "{} report: {name}, {period_title}",
        match params.period {
            Period::Day(_) => "Daily",
            Period::Week(_) => "Weekly",
            Period::Month { .. } => "Monthly",
            Period::Quarter { .. } | Period::FiscalQuarter { .. } => "Quarterly",
            Period::Year(_) | Period::FiscalYear { .. } => "Yearly",
            Period::Rolling { .. } => "Rolling",
        }
    );
    let together = findings.together();
    let sentence = together.sentence(&period_title);
    let subtitle = summary::subtitle(findings);
    let mut sheets: Vec<Sheet> = vec![
        summary::sheet(findings, &together, &title, &sentence, params.period),
        promises::sheet(findings, &together),
        breaches::sheet(findings, &together),
    ];
    let (budget, budget_data) = budget::sheets(findings, &together);
    sheets.extend(budget);
    if has_months(params.period) {
        sheets.insert(1, months::sheet(findings, &together, params.period));
    }
    if has_trend(params.period) {
        sheets.push(trend::sheet(findings, &together));
    }
    sheets.push(if matches!(params.period, Period::Day(_)) {
        hours::sheet(findings)
    } else {
        latency::daily(findings, &together)
    });
    sheets.push(hourly::sheet(findings, &together));
    sheets.extend(heat::sheet(findings, &hourly::objectives(&together)));
    if has_months(params.period) {
        sheets.push(themes::sheet(findings, &together, params));
    }
    sheets.push(recommendations::sheet(findings));
    let mut capacity = capacity::sheet(findings);
    let load_tests = load_tests::sheet(findings);
    if load_tests.is_none() {
        load_tests::none(&mut capacity);
    }
    sheets.push(capacity);
    if has_months(params.period) {
        sheets.push(capacity::scenarios(findings));
        sheets.extend(options::sheet(findings));
        sheets.extend(look_back::sheet(findings));
    }
    sheets.extend(load_tests);
    sheets.push(exclusions::sheet(findings, &together));
    sheets.push(method::method(findings, &together, params));
    sheets.push(method::provenance(findings, params));
    sheets.extend(hourly::data(&together));
    sheets.extend(budget_data);
    sheets.extend(capacity::data_sheet(findings));
    if has_months(params.period) {
        sheets.extend(look_back::data_sheet(findings));
    }
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
        look: Look::of(&findings.decisions.branding),
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
    let period = findings.period.replace(':', "");
    format!("headroom_{period}_{scope}")
}
