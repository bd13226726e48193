//! The sheet of the last forecast: from what was kept where something was, with its scorecard in live formulas.

use headroom::analysis::decisions::Decisions;
use headroom::analysis::forecast::Threshold;
use headroom::calendar::{Instant, Zone};
use headroom::dataset::ScopeFilter;
use headroom::progress::Progress;
use headroom::report::ReportLimit;
use headroom::report::model::{Cell, Table};
use headroom::report::{Report, ReportParams, build};

use super::engine::{dataset, day, kept};

/// The second quarter: 1 April is day 90, and the data end on day 189, 9 July.
fn quarter(decisions: Decisions) -> Report {
    let params = ReportParams {
        zone: Zone::utc(),
        scope: ScopeFilter::default(),
        slas: vec![],
        limits: vec![ReportLimit {
            series: "cpu".to_owned(),
            threshold: Threshold::Value(84.0),
            lead_time_days: 14,
            known: headroom::analysis::forecast::plan::Known::default(),
        }],
        decisions,
        ..crate::report_fixture::params("2026-Q2")
    };
    build(&dataset(190, "%"), &params, &Progress::default()).unwrap()
}

/// As `kept`, but known only until day 90, when the quarter began: everything ten days earlier.
fn before(made_at: Instant) -> Decisions {
    let mut one = kept("%");
    one.made_at = made_at;
    one.known_until = day(90);
    for point in &mut one.points {
        point.t = Instant(point.t.0 - 10 * 86_400_000_000);
    }
    let mut decisions = Decisions::default();
    decisions.keep_forecasts(vec![one]);
    decisions
}

fn table<'a>(report: &'a Report, id: &str) -> &'a Table {
    report
        .sheets
        .iter()
        .flat_map(|sheet| sheet.tables())
        .find(|table| table.id == id)
        .unwrap()
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_quarter_looks_back_on_what_was_kept_and_shows_the_scorecard() {
    let report = quarter(before(day(92)));
    let row = &table(&report, "looked_back").rows[0];
    assert_eq!(text(&row[12]), "kept 3 Apr 2026, closing 2026-03 by Ada");
    assert_eq!(text(&row[2]), "drift");
    // Ninety of the ninety-one days of the quarter were foreseen.
    assert_eq!(row[3].as_number(), Some(90.0));
    let scores = table(&report, "kept_forecasts");
    let row = &scores.rows[0];
    let (measured, within) = (row[3].as_number().unwrap(), row[4].as_number().unwrap());
    let Cell::Formula(formula, result) = &row[5] else {
        panic!("{:?}", row[5]);
    };
    assert_eq!(formula, "{4}/{3}");
    assert_eq!(result.as_number(), Some(within / measured));
    let Cell::Formula(formula, result) = &scores.footer[3] else {
        panic!("{:?}", scores.footer[3]);
    };
    assert_eq!(
        (formula.as_str(), result.as_number()),
        ("SUM({3:})", Some(90.0))
    );
    let bytes = headroom::report::render(&report, "xlsx").unwrap();
    assert!(bytes.starts_with(b"PK"));
}

#[test]
fn without_a_kept_forecast_it_is_made_again_and_says_so() {
    let without = quarter(Decisions::default());
    let row = &table(&without, "looked_back").rows[0];
    assert_eq!(text(&row[12]), "made again for this report");
    assert_eq!(without.findings.plan_scorecard, None);
    // What was kept after the quarter ended is no part of it.
    let later = quarter(before(day(181)));
    assert_eq!(later.findings, without.findings);
}
