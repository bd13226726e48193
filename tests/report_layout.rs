//! What the sheets of a report hold beyond the promises: look, inputs, heat maps, the last forecast, exclusions and
//! restatements, periods of every length.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use base64::Engine as _;
use calamine::{Reader as _, Xlsx};
use eframe::egui::Role;
use egui_kittest::kittest::Queryable as _;
use headroom::analysis::decisions::{
    Branding, ClosedPeriod, Decisions, FrozenResult, Paper, Restatement,
};
use headroom::analysis::sla::Verdict;
use headroom::calendar::{Instant, Period};
use headroom::report::findings::{
    CheckedPoint, Findings, ForecastCheck, JudgedMonth, JudgedSla, Peak,
};
use headroom::report::model::{Cell, Content, Report, Table};
use headroom::report::{layout, render};
use headroom::ui::state::Screen;

use crate::report_fixture::{DAY, findings, params};
use crate::report_promises::judged;
use crate::ui_fixture::{Desk, harness};

pub fn report(findings: &Findings) -> Report {
    layout(findings, &params(&findings.period))
}

pub fn table<'a>(report: &'a Report, id: &str) -> &'a Table {
    report.table(id).unwrap_or_else(|| panic!("no table {id}"))
}

fn names(report: &Report) -> Vec<&str> {
    report.sheets.iter().map(|s| s.name.as_str()).collect()
}

pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Link(text, _) => text.clone(),
        Cell::Number(value, format) => format.print(*value),
        Cell::Verdict(verdict) => verdict.word().to_owned(),
        Cell::Day(date) => date.to_string(),
        Cell::Formula(_, result) => text(result),
        _ => String::new(),
    }
}

/// The parts of a workbook whose path begins so, as text.
pub fn parts(bytes: &[u8], prefix: &str) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = String::new();
        if name.starts_with(prefix) && file.read_to_string(&mut text).is_ok() {
            found.insert(name, text);
        }
    }
    found
}

/// One red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

fn branded() -> Findings {
    let mut findings = findings("2026-06");
    findings.decisions.branding = Branding {
        title: "Harbour shop".to_owned(),
        logo_base64: PNG.to_owned(),
        colour: "#7a0055".to_owned(),
        confidentiality: "2026: for the board & its auditors".to_owned(),
        paper: Paper::Letter,
    };
    findings
}

/// The 13 months are the same ones, the quarter is a different one.
fn quarter() -> Findings {
    let mut findings = findings("2026-Q2");
    let before = Period::parse("2025-Q2").unwrap();
    findings.earlier = vec![JudgedMonth {
        name: before.to_string(),
        title: before.title(),
        slas: vec![JudgedSla {
            name: "performance_sla.yaml".to_owned(),
            report: judged(before, &[60.0], false),
        }],
    }];
    let point = |day: i64, came: f64| CheckedPoint {
        t: Instant(findings.start.0 + day * DAY),
        expected: 60.0,
        lo80: 55.0,
        hi80: 65.0,
        lo95: 50.0,
        hi95: 70.0,
        came: Some(came),
    };
    findings.look_back = vec![ForecastCheck {
        series: "cpu".to_owned(),
        unit: "%".to_owned(),
        aggregate: "daily P95".to_owned(),
        model: "drift".to_owned(),
        made_at: findings.start,
        limit: Some(80.0),
        points: vec![point(0, 61.0), point(1, 68.0), point(2, 70.5)],
        ..ForecastCheck::default()
    }];
    findings
}

#[test]
fn every_chart_and_picture_has_words_for_those_who_cannot_see_it() {
    let mut seen = 0;
    for findings in [branded(), quarter(), findings("2026-06-14")] {
        let bytes = render(&report(&findings), "xlsx").unwrap();
        for (name, drawing) in parts(&bytes, "xl/drawings/drawing") {
            for shape in drawing.split("<xdr:cNvPr ").skip(1) {
                let tag = shape.split('>').next().unwrap();
                let words = tag.split("descr=\"").nth(1).unwrap_or_default();
                assert!(words.len() > 20, "{name}: {tag}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn a_report_looks_as_it_was_told() {
    let report = report(&branded());
    assert_eq!(report.title, "Monthly report: Harbour shop, June 2026");
    assert_eq!(report.look.accent, 0x7A_0055);
    let bytes = render(&report, "xlsx").unwrap();
    let media: Vec<String> = zip::ZipArchive::new(Cursor::new(&bytes))
        .unwrap()
        .file_names()
        .map(|n| n.unwrap().into_owned())
        .filter(|n| n.starts_with("xl/media/"))
        .collect();
    assert_eq!(media, ["xl/media/image1.png"]);
    let sheets = parts(&bytes, "xl/worksheets/sheet");
    for (name, sheet) in &sheets {
        assert!(!sheet.contains("paperSize=\"9\""), "{name} is on A4");
        assert!(
            sheet.contains("&amp;C&amp;8 2026: for the board &amp;&amp; its auditors"),
            "{name}: {}",
            sheet.split("<oddFooter>").nth(1).unwrap_or_default()
        );
    }
    let styles = &parts(&bytes, "xl/styles.xml")["xl/styles.xml"];
    assert!(styles.contains("FF7A0055") && !styles.contains("FF005A9C"));
    let charts = parts(&bytes, "xl/charts/");
    assert!(charts.values().any(|c| c.contains("7A0055")));
    assert!(charts.values().all(|c| !c.contains("005A9C")));
    let page = String::from_utf8(render(&report, "html").unwrap()).unwrap();
    assert!(page.contains("--accent:#7a0055") && page.contains("data:image/png;base64,"));
    assert!(page.contains("2026: for the board &amp; its auditors"));
}

#[test]
fn what_cannot_be_used_of_a_look_is_said() {
    let mut findings = findings("2026-06");
    findings.decisions.branding.colour = "sky".to_owned();
    findings.decisions.branding.logo_base64 =
        base64::engine::general_purpose::STANDARD.encode("GIF89a");
    let report = report(&findings);
    let said: String = table(&report, "warnings")
        .rows
        .iter()
        .flatten()
        .map(text)
        .collect();
    assert!(said.contains("the colour \"sky\" is not one"), "{said}");
    assert!(said.contains("neither a PNG nor a JPEG"), "{said}");
    assert!(render(&report, "xlsx").is_ok());
}

#[test]
fn a_quarter_stands_beside_its_months_and_the_year_before() {
    let report = report(&quarter());
    let months = table(&report, "months");
    let headers: Vec<&str> = months.columns.iter().map(|c| c.header.as_str()).collect();
    assert_eq!(
        headers,
        [
            "Promise",
            "Target",
            "April 2026",
            "April 2026: verdict",
            "May 2026",
            "May 2026: verdict",
            "June 2026",
            "June 2026: verdict",
            "Whole period",
            "Verdict",
            "Q2 2025",
            "Q2 2025: verdict",
            "Remark",
        ]
    );
    // Vector B4 in small: a month failed, the figure of the quarter is fine, and both are said.
    let first: Vec<String> = months.rows[0].iter().map(text).collect();
    assert_eq!((first[3].as_str(), first[5].as_str()), ("breached", "met"));
    assert_eq!(first[9], "breached");
    assert!(
        first[12].contains("a failed month inside a period"),
        "{first:?}"
    );
    let earlier = table(&report, "earlier");
    assert_eq!(earlier.rows.len(), 2 * 5);
    assert_eq!(text(&earlier.rows[0][1]), "Q2 2025");
    assert_eq!(text(&earlier.rows[1][1]), "Q2 2026");
}

#[test]
fn the_last_forecast_is_held_against_what_came() {
    let report = report(&quarter());
    let sheet = report
        .sheets
        .iter()
        .find(|s| s.name == "Last forecast")
        .unwrap();
    assert!(
        sheet.lead.contains("2 of 3 came within their 95 % range"),
        "{}",
        sheet.lead
    );
    let row: Vec<String> = table(&report, "looked_back").rows[0]
        .iter()
        .map(text)
        .collect();
    assert_eq!(row[3..8], ["3", "1", "33 %", "2", "67 %"]);
    assert_eq!(row[10], "above the range");
}

/// What the options start from: 1,480 + 2.6 a day of 1,600 GiB, so 46 days; with 25 % more, 200.
#[test]
fn options_are_formulas_over_named_inputs() {
    let report = report(&quarter());
    let options = table(&report, "options");
    let disk: Vec<&Vec<Cell>> = options
        .rows
        .iter()
        .filter(|r| text(&r[0]).starts_with("disk"))
        .collect();
    assert_eq!(disk.len(), 3);
    let days: Vec<f64> = disk.iter().map(|r| r[6].as_number().unwrap()).collect();
    let last = disk[0][2].as_number().unwrap();
    assert!((days[0] - (1_600.0 - last) / 78.0 * 30.0).abs() < 1e-9);
    assert!((days[1] - (2_000.0 - last) / 78.0 * 30.0).abs() < 1e-9);
    assert!(days[2] > days[1]);
    assert_eq!(text(&disk[0][12]), "inputs missing");
    let bytes = render(&report, "xlsx").unwrap();
    let book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
    let defined: BTreeMap<&str, &str> = book
        .defined_names()
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(defined["growth_factor"], "'Options & cost'!$C$6");
    assert!(defined.contains_key("price_month_3") && defined.contains_key("cost_of_a_day_over"));
    let sheets = parts(&bytes, "xl/worksheets/sheet");
    let validated = sheets
        .values()
        .find(|s| s.contains("dataValidations"))
        .unwrap();
    let inputs = table(&report, "inputs").rows.len();
    assert_eq!(validated.matches("<dataValidation ").count(), inputs);
}

#[test]
fn a_day_has_hours_and_no_months_and_a_year_has_months() {
    let day = report(&findings("2026-06-14"));
    assert!(!names(&day).contains(&"Trend"), "{:?}", names(&day));
    assert!(names(&day).contains(&"Latency by hour"));
    assert!(!names(&day).contains(&"Day by hour"));
    let headers: Vec<&str> = table(&day, "promises")
        .columns
        .iter()
        .map(|c| c.header.as_str())
        .collect();
    assert!(!headers.contains(&"13 months") && headers.contains(&"Samples"));
    let week = report(&findings("2026-W25"));
    assert!(week.title.starts_with("Weekly report"));
    assert!(names(&week).contains(&"Daily latency") && names(&week).contains(&"Day by hour"));
    assert!(!names(&week).contains(&"Trend"));
    assert_eq!(table(&week, "heat_1").rows.len(), 7);
    let month = report(&findings("2026-06"));
    assert_eq!(table(&month, "heat_1").rows.len(), 30);
    let mut year = findings("2026");
    let whole = &year.slas[0].report;
    let months: Vec<JudgedMonth> = Period::Year(2026)
        .months()
        .into_iter()
        .map(|m| JudgedMonth {
            name: m.to_string(),
            title: m.title(),
            slas: vec![JudgedSla {
                name: String::new(),
                report: judged(m, &[60.0], false),
            }],
        })
        .collect();
    let promises = whole.objectives.len();
    year.months = months;
    let year = report(&year);
    assert_eq!(table(&year, "months").rows.len(), promises * 13);
    assert_eq!(
        text(&table(&year, "heat_1").rows[0][0]),
        "Monday",
        "a year is put together by weekday"
    );
    for report in [day, week, year] {
        assert!(render(&report, "xlsx").is_ok());
    }
}

/// October 2026 in Berlin has an hour twice, March one not at all.
#[test]
fn the_clock_changes_inside_a_heat_map() {
    let autumn = report(&findings("2026-10"));
    let map = table(&autumn, "heat_1");
    let last_sunday = &map.rows[24];
    assert_eq!(text(&last_sunday[0]), "2026-10-25");
    assert!(last_sunday[3].as_number().is_some());
    let spring = report(&findings("2026-03"));
    let gap = &table(&spring, "heat_1").rows[28];
    assert_eq!(text(&gap[0]), "2026-03-29");
    assert_eq!(gap[1 + 2], Cell::Empty);
    assert!(gap[1 + 3].as_number().is_some());
    let said: String = table(&spring, "method")
        .rows
        .iter()
        .flatten()
        .map(text)
        .collect();
    assert!(said.contains("29 March 2026 has 1,380 minutes"), "{said}");
    let bytes = render(&spring, "xlsx").unwrap();
    let scales: usize = parts(&bytes, "xl/worksheets/sheet")
        .values()
        .map(|s| s.matches("<colorScale>").count())
        .sum();
    assert_eq!(scales, 2, "throughput and error rate");
}

#[test]
fn restatements_show_both_numbers() {
    let mut findings = findings("2026-06");
    let frozen = |achieved: &str, verdict| FrozenResult {
        sla: "performance_sla.yaml".to_owned(),
        objective: "Availability of the checkout API".to_owned(),
        verdict,
        achieved_text: achieved.to_owned(),
        target_text: "99.9 %".to_owned(),
    };
    let closed = |period: &str, scope: &str| ClosedPeriod {
        period: period.to_owned(),
        scope: scope.to_owned(),
        by: "M. Weber".to_owned(),
        workbook_sha256: "ab".repeat(32),
        restatements: vec![Restatement {
            by: "A. Roth".to_owned(),
            reason: "a probe was misconfigured".to_owned(),
            old: vec![frozen("99.88 %", Verdict::Breached)],
            new: vec![frozen("99.93 %", Verdict::Met)],
            ..Restatement::default()
        }],
        ..ClosedPeriod::default()
    };
    findings.decisions = Decisions {
        closed: vec![
            closed("2026-06", "checkout, production"),
            closed("2026-06", "search, production"),
            closed("2026-05", "checkout, production"),
        ],
        ..Decisions::default()
    };
    let report = report(&findings);
    let rows = &table(&report, "restatements").rows;
    assert_eq!(
        rows.len(),
        1,
        "another scope and another month are not its own"
    );
    let row: Vec<String> = rows[0].iter().map(text).collect();
    assert_eq!(row[2..6], ["99.88 %", "breached", "99.93 %", "met"]);
    assert_eq!(row[8], "a probe was misconfigured");
    let sheet = report
        .sheets
        .iter()
        .find(|s| s.name == "Exclusions & restatements")
        .unwrap();
    assert_eq!(
        sheet.lead,
        "Something was left out for 1 promise; no verdict depends on it; 1 restatement of closed results."
    );
    let quality = report.sheets[0]
        .rows
        .iter()
        .flatten()
        .find_map(|b| match &b.content {
            Content::Remark(text) if text.starts_with("Data:") => Some(text.clone()),
            _ => None,
        })
        .unwrap();
    assert!(quality.contains("1 restatement"), "{quality}");
}

#[test]
fn budgets_burn_down_to_what_is_left() {
    let report = report(&findings("2026-06"));
    let days = table(&report, "burn_down");
    assert_eq!(days.rows.len(), 30);
    let last = days.rows.last().unwrap();
    let left = last[2].as_number().unwrap();
    // 1,826 s of 0.1 % of thirty days less two hours.
    let exact = 1.0 - 1_826.0 / ((30.0 * 86_400.0 - 7_200.0) * 0.001);
    assert!(
        (left - exact).abs() < 0.001 && left <= exact,
        "{left} {exact}"
    );
    assert_eq!(last[1].as_number(), Some(0.0));
    let minutes = &table(&report, "minutes").rows[0];
    assert_eq!(minutes[6].as_number(), Some(1_826.0 / 60.0));
}

#[test]
fn load_tests_stand_against_the_one_before_and_production() {
    let mut findings = findings("2026-06");
    let mut before = findings.runs[0].clone();
    before.file_name = "may.jtl".to_owned();
    before.max_passing = Some(260.0);
    findings.run_before = Some(before);
    findings.production_peak = Some(Peak {
        per_sec: 240.0,
        at: findings.start,
    });
    let report = report(&findings);
    let rows = &table(&report, "load_compared").rows;
    let row: Vec<String> = rows[1].iter().map(text).collect();
    assert_eq!(row[3..8], ["312.0", "260.0", "20.0 %", "240.0", "1.30"]);
    assert_eq!(row[8], "more than production asked for");
}

#[test]
fn the_look_is_changed_on_screen_and_the_preview_has_a_comment() {
    let mut harness = harness(Desk::full(Screen::Reports), [1_200.0, 1_600.0]);
    harness.get_by_label("Look…").click();
    harness.run();
    harness.get_by_label("Letter").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, "Line at the foot of each page")
        .focus();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, "Line at the foot of each page")
        .type_text("Internal");
    harness.run();
    harness.get_by_label("Breaches").focus();
    harness.run();
    let desk = harness.state();
    let look = &desk.state.doc.decisions.branding;
    assert_eq!(
        (look.paper, look.confidentiality.as_str()),
        (Paper::Letter, "Internal")
    );
    assert_eq!(
        desk.edits,
        [
            "print reports on Letter",
            "change the line at the foot of each page of reports"
        ]
    );
}
