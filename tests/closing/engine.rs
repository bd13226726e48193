//! Closing by the engine: what is frozen, what is shown when data or promises change later, what is refused.

use headroom::analysis::closing::{Difference, Signature};
use headroom::analysis::decisions::{BreachNote, ClosedPeriod};
use headroom::analysis::sla::SlaFile;
use headroom::calendar::{Instant, Zone, parse_time};
use headroom::dataset::{Dataset, OutageRow, ScopeFilter, Source, SourceInfo, State, UptimeTable};
use headroom::progress::Progress;
use headroom::report::closing::{Signed, close, restate};
use headroom::report::{Report, ReportParams, build, csv, html, render};
use headroom::units::Micros;
use serde_json::Value;

use super::hash;

fn at(text: &str) -> Instant {
    parse_time(text, &Zone::utc()).unwrap().at
}

fn ada() -> Signature {
    Signature {
        at: at("2026-07-03 09:00"),
        by: "Ada".to_owned(),
    }
}

/// Minutes of downtime on a day of 2026, in a file of its own.
fn outage(name: &str, day: &str, minutes: i64) -> Source {
    let start = at(&format!("2026-{day} 10:00"));
    let end = start.plus(Micros(minutes * 60_000_000));
    Source {
        info: SourceInfo {
            source_id: name.to_owned(),
            file_name: name.to_owned(),
            first: Some(start),
            last: Some(end),
            ..SourceInfo::default()
        },
        uptime: Some(UptimeTable {
            rows: vec![OutageRow {
                start,
                end: Some(end),
                state: State::Down,
                service: String::new(),
                note: String::new(),
            }],
            incident_list: true,
            ..UptimeTable::default()
        }),
        ..Source::default()
    }
}

fn dataset(outages: Vec<Source>) -> Dataset {
    Dataset {
        sources: outages.into_iter().map(Into::into).collect(),
    }
}

const PROMISES: &str = "objectives:
  - {name: Up, kind: availability, target: 99.9%}
  - {name: Nearly up, kind: availability, target: 99%}
";

fn params(period: &str, yaml: &str) -> ReportParams {
    ReportParams {
        zone: Zone::utc(),
        scope: ScopeFilter::default(),
        project_name: "Shop".to_owned(),
        slas: vec![("sla.yaml".to_owned(), SlaFile::parse(yaml).unwrap())],
        limits: vec![],
        ..crate::report_fixture::params(period)
    }
}

fn built(dataset: &Dataset, params: &ReportParams) -> Report {
    build(dataset, params, &Progress::default()).unwrap()
}

fn closed(dataset: &Dataset, params: &ReportParams) -> Signed {
    close(dataset, params, ada(), &Progress::default()).unwrap()
}

fn texts(record: &ClosedPeriod) -> Vec<(&str, &str, &str)> {
    record
        .results
        .iter()
        .map(|r| {
            (
                r.objective.as_str(),
                r.achieved_text.as_str(),
                r.verdict.word(),
            )
        })
        .collect()
}

/// 20 minutes of 43,200 down are 99.9537 %; 40 more make 99.8611 %.
#[test]
fn later_data_show_beside_what_was_frozen_and_a_restatement_keeps_both() {
    let before = dataset(vec![outage("a.csv", "06-10", 20)]);
    let mut params = params("2026-06", PROMISES);
    let signed = closed(&before, &params);
    assert_eq!(
        texts(&signed.record),
        [("Up", "99.95 %", "met"), ("Nearly up", "99.95 %", "met")]
    );
    assert_eq!(signed.record.workbook_sha256, hash(&signed.workbook));
    params.decisions.closed.push(signed.record.clone());
    // The report is made again from what the project keeps, and is the one that was signed.
    let again = built(&before, &params);
    assert!(render(&again, "xlsx").unwrap() == signed.workbook);
    assert_eq!(again.findings.own_closing().unwrap().differences, []);

    let after = dataset(vec![
        outage("a.csv", "06-10", 20),
        outage("late.csv", "06-20", 40),
    ]);
    let report = built(&after, &params);
    let view = report.findings.own_closing().unwrap();
    let sentences: Vec<String> = view.differences.iter().map(Difference::sentence).collect();
    assert_eq!(
        sentences,
        [
            "Up: 99.95 % (met) when closed, 99.86 % (breached) now",
            "Nearly up: 99.95 % when closed, 99.86 % now",
        ]
    );
    let page = html::render(&report);
    let table = csv::render(&report);
    for part in ["99.95 % (met)", "99.86 % (breached)", "not restated"] {
        assert!(page.contains(part) && table.contains(part), "{part}");
    }
    for part in [
        "Closed on 3 July 2026 by Ada.",
        "2 promises read differently now",
    ] {
        assert!(page.contains(part), "{part}");
    }

    let who = Signature {
        at: at("2026-08-01"),
        by: "Grace".to_owned(),
    };
    let no_reason = restate(&after, &params, &who, " ", &Progress::default()).unwrap_err();
    assert!(no_reason.to_string().contains("reason"), "{no_reason}");
    let restated = restate(
        &after,
        &params,
        &who,
        "an incident was reported late",
        &Progress::default(),
    )
    .unwrap();
    let record = &restated.record;
    assert_eq!(record.workbook_sha256, signed.record.workbook_sha256);
    assert_eq!(record.workbook_in_force(), hash(&restated.workbook));
    assert_ne!(record.workbook_in_force(), record.workbook_sha256);
    assert_ne!(record.inputs_in_force(), record.inputs_sha256);
    assert_eq!(texts(record)[0], ("Up", "99.86 %", "breached"));
    assert_eq!(record.restatements[0].old[0].achieved_text, "99.95 %");
    assert_eq!(record.restatements[0].new[0].achieved_text, "99.86 %");
    params.decisions.closed = vec![record.clone()];
    let report = built(&after, &params);
    assert!(render(&report, "xlsx").unwrap() == restated.workbook);
    assert_eq!(report.findings.own_closing().unwrap().warning(), None);
    let text = html::render(&report);
    assert!(text.contains("restated on 1 August 2026 by Grace: an incident was reported late"));
    assert!(text.contains("99.95 % (met)") && text.contains("99.86 % (breached)"));
    let nothing = restate(&after, &params, &who, "again", &Progress::default()).unwrap_err();
    assert!(nothing.to_string().contains("nothing is to be restated"));
}

#[test]
fn promises_that_change_or_go_are_not_silent() {
    let data = dataset(vec![outage("a.csv", "06-10", 20)]);
    let signed = closed(&data, &params("2026-06", PROMISES));
    let now = "objectives:
  - {name: Up, kind: availability, target: 99.99%}
  - {name: New, kind: availability, target: 99%}
";
    let mut params = params("2026-06", now);
    params.decisions.closed.push(signed.record);
    let report = built(&data, &params);
    let sentences: Vec<String> = report.findings.closings[0]
        .differences
        .iter()
        .map(Difference::sentence)
        .collect();
    assert_eq!(
        sentences,
        [
            "Up: met when closed, breached now; target 99.9% when closed, 99.99% now",
            "Nearly up: 99.95 % (met) when closed, no longer promised now",
            "New: not promised when closed, 99.95 % (met) now",
        ]
    );
    let restated = restate(&data, &params, &ada(), "new contract", &Progress::default()).unwrap();
    assert_eq!(
        texts(&restated.record)
            .iter()
            .map(|r| r.0)
            .collect::<Vec<_>>(),
        ["Up", "New"]
    );
    assert_eq!(restated.record.restatements[0].old.len(), 3);
    assert!(csv::render(&restated.report).contains("not promised"));
}

/// Only the line that says it, and its row in the list of closed periods, differ from the report of the day before.
#[test]
fn closing_changes_the_report_by_its_line_only() {
    let data = dataset(vec![outage("a.csv", "06-10", 20)]);
    let params = params("2026-06", PROMISES);
    let open = html::render(&built(&data, &params));
    let signed = html::render(&closed(&data, &params).report);
    let line = "<p>Closed on 3 July 2026 by Ada.</p>";
    let parts: Vec<&str> = signed.split(line).collect();
    let [before, after] = parts.as_slice() else {
        panic!("the line stands there once: {}", parts.len());
    };
    assert!(open.starts_with(before.trim_end()));
    let open = open.get(before.trim_end().len()..).unwrap().trim_start();
    let after = after.trim_start();
    let same = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(x, y)| x == y).count()
    };
    let begin = same(&mut open.chars(), &mut after.chars());
    let end = same(&mut open.chars().rev(), &mut after.chars().rev());
    let changed: String = after
        .chars()
        .skip(begin)
        .take(after.chars().count() - begin - end)
        .collect();
    assert!(
        changed.contains("June 2026") && changed.contains("Ada"),
        "{changed}"
    );
    assert!(changed.len() < 3_000, "{}", changed.len());
    let was: String = open
        .chars()
        .skip(begin)
        .take(open.chars().count() - begin - end)
        .collect();
    assert!(was.contains("has not been closed"), "{was}");
}

/// Data, notes and closings of July leave the report of June as it was signed.
#[test]
fn what_comes_later_does_not_change_a_report() {
    let june = dataset(vec![outage("a.csv", "06-10", 20)]);
    let mut params = params("2026-06", PROMISES);
    params
        .notes
        .insert("2026-06".to_owned(), "A quiet month.".to_owned());
    let signed = closed(&june, &params);
    params.decisions.closed.push(signed.record);
    params
        .notes
        .insert("2026-07".to_owned(), "Holidays.".to_owned());
    params.decisions.closed.push(ClosedPeriod {
        period: "2026-07".to_owned(),
        scope: "all services".to_owned(),
        ..ClosedPeriod::default()
    });
    params.decisions.breach_notes.push(BreachNote {
        objective: "Up".to_owned(),
        start: at("2026-07-02"),
        ..BreachNote::default()
    });
    let later = dataset(vec![
        outage("a.csv", "06-10", 20),
        outage("july.csv", "07-02", 300),
    ]);
    let again = built(&later, &params);
    assert!(render(&again, "xlsx").unwrap() == signed.workbook);
    assert!(render(&again, "json").unwrap() == render(&signed.report, "json").unwrap());
}

/// Months that are closed show in their quarter.
#[test]
fn a_quarter_tells_of_its_closed_months() {
    let before = dataset(vec![outage("a.csv", "05-10", 20)]);
    let may = closed(&before, &params("2026-05", PROMISES));
    let mut quarter = params("2026-Q2", PROMISES);
    quarter.decisions.closed.push(may.record);
    let after = dataset(vec![
        outage("a.csv", "05-10", 20),
        outage("late.csv", "05-20", 40),
    ]);
    let report = built(&after, &quarter);
    assert_eq!(report.findings.own_closing(), None);
    let text = html::render(&report);
    assert!(text.contains("May 2026: Closed on 3 July 2026 by Ada. Up: 99.95 % (met) when closed, 99.86 % (breached) now"), "{text}");
}

/// The comment on a period reaches every form of its report, and the comment on a breach its JSON.
#[test]
fn comments_reach_every_form() {
    let data = dataset(vec![outage("a.csv", "06-10", 60)]);
    let mut params = params("2026-06", PROMISES);
    params
        .notes
        .insert("2026-06".to_owned(), "Finance has approved it.".to_owned());
    params.decisions.breach_notes.push(BreachNote {
        objective: "Up".to_owned(),
        start: at("2026-06-10 10:00"),
        comment: "Told to all customers.".to_owned(),
        ..BreachNote::default()
    });
    let report = built(&data, &params);
    for form in ["html", "json"] {
        let text = String::from_utf8(render(&report, form).unwrap()).unwrap();
        assert!(text.contains("Finance has approved it."), "{form}");
    }
    let json: Value = serde_json::from_slice(&render(&report, "json").unwrap()).unwrap();
    let note = &json["decisions"]["breach_notes"][0];
    assert_eq!(note["comment"], "Told to all customers.");
    let sheets = calamine_texts(&render(&report, "xlsx").unwrap());
    assert!(sheets.contains("Finance has approved it."));
}

fn calamine_texts(bytes: &[u8]) -> String {
    use calamine::Reader as _;
    let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for name in book.sheet_names() {
        for row in book.worksheet_range(&name).unwrap().rows() {
            for cell in row {
                text.push_str(&cell.to_string());
                text.push('\n');
            }
        }
    }
    text
}

#[test]
fn what_cannot_be_closed_is_refused_with_a_sentence() {
    let data = dataset(vec![outage("a.csv", "06-10", 20)]);
    let none = Progress::default();
    let said = |params: &ReportParams, at_text: &str, by: &str| {
        let who = Signature {
            at: at(at_text),
            by: by.to_owned(),
        };
        close(&data, params, who, &none).unwrap_err().to_string()
    };
    let june = params("2026-06", PROMISES);
    assert_eq!(
        said(&june, "2026-06-30 23:59", "Ada"),
        "June 2026 is still open: it ends on 30 June 2026 (UTC); only what is over can be closed"
    );
    assert!(said(&june, "2026-07-03", "  ").contains("say who closes it"));
    let empty = ReportParams {
        slas: vec![],
        ..june.clone()
    };
    assert!(said(&empty, "2026-07-03", "Ada").contains("no promises"));
    let mut twice = june.clone();
    twice.decisions.closed.push(closed(&data, &june).record);
    assert_eq!(
        said(&twice, "2026-07-04", "Bob"),
        "June 2026 (all services) was closed on 3 July 2026 by Ada already; restate it, or open it again first"
    );
    let why = restate(&data, &june, &ada(), "why not", &none).unwrap_err();
    assert_eq!(why.to_string(), "June 2026 (all services) is not closed");
}
