//! What a reader holds in hand: the pages that are printed, the page in a browser, the CSV and the JSON.

use headroom::analysis::decisions::{Branding, ClosedPeriod};
use headroom::analysis::sla::{Escalation, Verdict};
use headroom::calendar::Period;
use headroom::report::findings::Findings;
use headroom::report::model::{Cell, PRINTED_ROWS};
use headroom::report::render;

use crate::report_fixture::findings;
use crate::report_layout::{parts, report, table, text};

fn rendered(findings: &Findings, form: &str) -> String {
    String::from_utf8(render(&report(findings), form).unwrap()).unwrap()
}

#[test]
fn sheets_of_data_print_one_page_and_hold_every_row() {
    let report = report(&findings("2026-06"));
    let book = parts(&render(&report, "xlsx").unwrap(), "xl/workbook.xml");
    let areas = &book["xl/workbook.xml"];
    let mut long = 0;
    for sheet in report.sheets.iter().filter(|s| s.unprinted) {
        assert!(
            sheet.lead.contains("on paper only the first 40"),
            "{}",
            sheet.lead
        );
        let rows = sheet.tables().map(|t| t.rows.len()).max().unwrap();
        let area = areas
            .split(&format!("'{}'!$A$1:", sheet.name))
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .unwrap_or_else(|| panic!("{} prints nothing", sheet.name));
        let last: usize = area.rsplit('$').next().unwrap().parse().unwrap();
        // Title, lead and a blank row, then the header.
        let shown = rows.min(PRINTED_ROWS as usize);
        assert!(
            (4 + shown..=5 + shown).contains(&last),
            "{}: {area}",
            sheet.name
        );
        long += usize::from(rows > PRINTED_ROWS as usize);
    }
    assert!(long > 0, "no sheet is long enough to be cut");
}

#[test]
fn breaches_say_to_whom_they_were_escalated_and_by_which_rule() {
    let mut findings = findings("2026-06");
    let breaches = &mut findings.slas[0].report.breaches;
    assert!(breaches.len() > 1);
    for breach in breaches.iter_mut() {
        breach.escalation = None;
    }
    breaches[0].escalation = Some(Escalation {
        level: 2,
        name: "engineering_manager".to_owned(),
    });
    let first = (breaches[0].objective.clone(), breaches[0].start);
    let report = report(&findings);
    let list = table(&report, "breaches");
    let column = list.column("Escalated to").unwrap();
    for row in &list.rows {
        let is_first = text(&row[0]) == first.0 && row[1] == Cell::Time(first.1);
        let said = if is_first {
            "level 2: engineering manager"
        } else {
            ""
        };
        assert_eq!(text(&row[column]), said);
    }
    assert!(
        rendered(&findings, "html").contains("an outage is critical once the error budget is gone")
    );
}

/// Each hour is counted once, and hours in which nobody asked for the target are not "without data".
#[test]
fn hours_are_counted_once() {
    let mut findings = findings("2026-06");
    let hourly = |f: &Findings| -> Vec<(String, usize)> {
        let lists = f.slas.iter().flat_map(|s| &s.report.objectives);
        lists
            .map(|o| (o.name.clone(), o.slice_list.len()))
            .collect()
    };
    let counted = |f: &Findings| -> Vec<(String, Vec<f64>)> {
        let numbers = |row: &Vec<Cell>| (1..6).map(|i| row[i].as_number().unwrap_or(0.0)).collect();
        let report = report(f);
        let rows = &table(&report, "worst_hours").rows;
        rows.iter()
            .map(|row| (text(&row[0]), numbers(row)))
            .collect()
    };
    let (name, _) = counted(&findings).remove(0);
    let mut silenced = 0.0;
    for objective in findings
        .slas
        .iter_mut()
        .flat_map(|s| &mut s.report.objectives)
    {
        if objective.name == name {
            for slice in objective.slice_list.iter_mut().take(30) {
                slice.verdict = Verdict::NoData;
                silenced += 1.0;
            }
            objective.not_demanded = Some(20.0);
        }
    }
    let rows = counted(&findings);
    let (_, of_it) = rows.iter().find(|(n, _)| *n == name).unwrap();
    assert!(of_it[3] >= silenced - 20.0 && of_it[4] == 20.0, "{of_it:?}");
    for (name, numbers) in &rows {
        let (_, slices) = hourly(&findings)
            .into_iter()
            .find(|(n, _)| n == name)
            .unwrap();
        assert_eq!(
            numbers.iter().sum::<f64>(),
            slices as f64,
            "{name}: {numbers:?}"
        );
    }
}

/// Months without a single measurement fill no pages, and the count of what was left out is told.
#[test]
fn days_before_the_first_measured_one_are_left_out() {
    let whole = findings("2026-06");
    let days = |f: &Findings| table(&report(f), "daily").rows.len();
    let mut late = whole.clone();
    let mut emptied = 0;
    let daily = |o: &&mut headroom::analysis::sla::ObjectiveResult| {
        o.slice_list.len() > 20 && o.slice_list.len() < 32
    };
    let objectives = late.slas.iter_mut().flat_map(|s| &mut s.report.objectives);
    for objective in objectives.filter(daily) {
        for slice in objective.slice_list.iter_mut().take(10) {
            (slice.n, slice.achieved, slice.verdict) = (0, None, Verdict::NoData);
            emptied += 1;
        }
    }
    assert!(emptied >= 10);
    let first = late.daily[0].date;
    late.daily
        .retain(|d| d.date >= first.saturating_add(jiff::Span::new().days(10)));
    assert_eq!(days(&late) + 10, days(&whole));
    let page = rendered(&late, "html");
    assert!(
        page.contains("10 days before the first or after the last that was measured are left out.")
    );
    assert!(!rendered(&whole, "html").contains("that was measured are left out"));
}

#[test]
fn a_table_of_text_begins_with_what_people_wrote() {
    let mut findings = findings("2026-06");
    findings.notes.insert(
        "2026-06".to_owned(),
        "=A quiet month, \"mostly\"".to_owned(),
    );
    findings.decisions.branding = Branding {
        confidentiality: "For the board".to_owned(),
        ..Branding::default()
    };
    let open = rendered(&findings, "csv");
    assert!(
        open.contains("\r\nComment,2026-06,\"'=A quiet month, \"\"mostly\"\"\"\r\n"),
        "{}",
        &open[..400]
    );
    assert!(open.contains("\r\nConfidentiality,For the board\r\n"));
    assert!(!open.contains("\r\nClosed,"));
    findings.decisions.closed.push(ClosedPeriod {
        period: "2026-06".to_owned(),
        scope: findings.scope.clone(),
        at: findings.end,
        by: "Ada Lovelace".to_owned(),
        ..ClosedPeriod::default()
    });
    findings.look_at_closings();
    let closed = rendered(&findings, "csv");
    let line = closed.lines().find(|l| l.starts_with("Closed,")).unwrap();
    assert!(line.contains("Ada Lovelace"), "{line}");
}

#[test]
fn the_page_is_for_dark_screens_and_for_paper() {
    let page = rendered(&findings("2026-06"), "html");
    assert!(page.contains("@media screen and (prefers-color-scheme:dark)"));
    assert!(page.contains("@media print") && page.contains("size:A4 landscape"));
    assert!(page.contains("<b class=\"breached\">") && page.contains("<b class=\"met\">"));
    let pictures: Vec<&str> = page.split("<svg").skip(1).collect();
    assert!(pictures.len() > 5, "{}", pictures.len());
    for picture in pictures {
        let picture = picture.split("</svg>").next().unwrap();
        assert!(picture.contains("role=\"img\" aria-label=\""), "{picture}");
        assert!(
            !picture.contains("class=\"tick"),
            "a picture that needs the page's style"
        );
    }
}

/// The keys that the README names.
#[test]
fn the_json_has_the_keys_that_are_documented() {
    let mut found: serde_json::Value =
        serde_json::from_str(&rendered(&findings("2026-06"), "json")).unwrap();
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let table = readme
        .split("| key | what |")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let keys: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(keys.len() > 25, "{keys:?}");
    found["closings"] = serde_json::Value::Array(Vec::new());
    for key in &keys {
        assert!(
            found.get(key).is_some(),
            "{key} is documented and not there"
        );
    }
    for key in found.as_object().unwrap().keys() {
        assert!(keys.contains(&key.as_str()), "{key} is not documented");
    }
}

#[test]
fn a_day_is_spoken_of_as_a_day() {
    let mut report = findings("2026-06").together();
    let said = |report: &headroom::analysis::sla::SlaReport, period: &str| {
        report.sentence(&Period::parse(period).unwrap().title())
    };
    assert!(said(&report, "2026-06").contains(" in June 2026"));
    report.period.name = "2026-06-14".to_owned();
    assert!(said(&report, "2026-06-14").contains(" on 14 June 2026"));
}
