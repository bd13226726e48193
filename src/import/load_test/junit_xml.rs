//! JUnit reports, in a stream: each test case counts as one request with its time and outcome.
//!
//! There is no schema by JUnit itself; the layout is that of Ant's and Maven Surefire's `TEST-*.xml`, which other test
//! runners follow. Times are seconds, with commas between thousands where Surefire prints them.

use std::io::Read;

use super::builder::{Request, RunBuilder, RunTraits};
use crate::calendar::{Instant, parse_time};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen};
use crate::import::xml::{Piece, Scanner, Tag};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// JUnit reports.
pub static FORMAT: Format = Format {
    id: "junit-xml",
    title: "JUnit report (XML)",
    family: Family::LoadTest,
    recognised_by: "the element testsuites or testsuite",
    traps: &[
        "Only times and failures are in it: each test case is one request, named after its class and itself.",
        "Times are seconds, with commas between thousands: 34,953.254 is nearly ten hours.",
        "No test case says when it ran: cases stand one after another from their suite's time stamp, or from the time \
         of the file.",
        "A suite's time stamp carries no zone: give it with --source-tz.",
        "A test case without a time counts as 0 s; skipped ones are not counted.",
    ],
    recognise: |head| recognise(head),
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    (head.is_xml("testsuites") || head.is_xml("testsuite")).into()
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::JUnit,
        tick_ns: 1_000,
        closed_loop: false,
        counts_only: false,
    };
    let mut scanner = Scanner::new(reader);
    let mut report = Report {
        intake,
        builder: RunBuilder::new(intake, traits),
        suites: Vec::new(),
        depth: 0,
        clock: None,
        case: None,
        facts: Facts::default(),
    };
    while let Some(piece) = scanner.piece().map_err(|e| intake.read_failed(e))? {
        match piece {
            Piece::Open { tag, empty, line } => report.open(&tag, empty, line),
            Piece::Close { name, .. } => report.close(name),
            Piece::Broken { text, line } => {
                if text.starts_with("testcase") {
                    report.builder.reject(line, "", "the tag has no end", text);
                } else {
                    report.facts.broken += 1;
                }
            }
        }
    }
    let cut = scanner.cut() || report.depth > 0 || report.case.is_some();
    report.facts.misread = scanner.misread();
    report.finish(cut, scanner.line())
}

/// A test case whose element is open.
struct Case {
    label: String,
    seconds: Option<f64>,
    failure: Option<String>,
    skipped: bool,
    text: String,
    line: u64,
}

#[derive(Default)]
struct Facts {
    untimed: u64,
    timed: u64,
    skipped: u64,
    zoneless: u64,
    placed: u64,
    bad_stamps: u64,
    ambiguous: u64,
    broken: u64,
    misread: u64,
    cases: u64,
    /// What the outermost suites say that there are.
    promised: u64,
    taurus: bool,
}

struct Report<'a> {
    intake: &'a Intake<'a>,
    builder: RunBuilder<'a>,
    /// Names of the suites that are open; deep ones are only counted.
    suites: Vec<String>,
    /// Suites that are open, `testsuites` included.
    depth: u64,
    /// Where the next case begins, µs since the epoch.
    clock: Option<i64>,
    case: Option<Case>,
    facts: Facts,
}

/// Suites nested deeper lend no name.
const MAX_SUITES: usize = 100;

impl Report<'_> {
    fn open(&mut self, tag: &Tag<'_>, empty: bool, line: u64) {
        match tag.name() {
            "testsuites" if !empty => self.depth += 1,
            "testsuite" => self.suite(tag, empty),
            "testcase" => self.case(tag, empty, line),
            name @ ("failure" | "error") => {
                if let Some(case) = &mut self.case {
                    let kind = tag.attribute("type").filter(|t| !t.is_empty());
                    case.failure = Some(kind.map_or_else(|| name.to_owned(), Into::into));
                }
            }
            "skipped" | "disabled" => {
                if let Some(case) = &mut self.case {
                    case.skipped = true;
                }
            }
            _ => {}
        }
    }

    fn suite(&mut self, tag: &Tag<'_>, empty: bool) {
        let facts = &mut self.facts;
        facts.taurus |= tag.attribute("package_name").as_deref() == Some("bzt");
        if self.suites.is_empty()
            && let Some(tests) = tag.attribute("tests").and_then(|t| t.parse::<u64>().ok())
        {
            facts.promised = facts.promised.saturating_add(tests);
        }
        if let Some(stamp) = tag.attribute("timestamp").filter(|t| !t.is_empty()) {
            match parse_time(&stamp, &self.intake.options.source_zone) {
                Ok(time) => {
                    facts.zoneless += u64::from(!time.zoned);
                    self.clock = Some(time.at.0);
                }
                Err(_) => facts.bad_stamps += 1,
            }
        }
        if !empty {
            self.depth += 1;
            if self.suites.len() < MAX_SUITES {
                let name = tag.attribute("name").unwrap_or_default();
                self.suites.push(name.into_owned());
            }
        }
    }

    fn case(&mut self, tag: &Tag<'_>, empty: bool, line: u64) {
        if let Some(open) = self.case.take() {
            self.builder
                .reject(open.line, "", "the test case has no end", &open.text);
        }
        if tag.attributes().any(|a| a.is_err()) {
            self.facts.cases += 1;
            self.builder
                .reject(line, "", "its attributes are damaged", tag.text);
            return;
        }
        let name = tag.attribute("name").unwrap_or_default();
        let class = tag.attribute("classname").filter(|c| !c.is_empty());
        let group = class.as_deref().or(self.suites.last().map(String::as_str));
        let label = match group.filter(|g| !g.is_empty()) {
            Some(group) if name.is_empty() => group.to_owned(),
            Some(group) => format!("{group}.{name}"),
            None => name.into_owned(),
        };
        let seconds = match tag.attribute("time").filter(|t| !t.trim().is_empty()) {
            None => None,
            Some(text) => {
                let Some((seconds, ambiguous)) = seconds(&text) else {
                    self.facts.cases += 1;
                    self.builder
                        .reject(line, "time", "not a number of seconds", tag.text);
                    return;
                };
                self.facts.ambiguous += u64::from(ambiguous);
                Some(seconds)
            }
        };
        let case = Case {
            label,
            seconds,
            failure: None,
            skipped: false,
            text: tag.text.chars().take(1_000).collect(),
            line,
        };
        if empty {
            self.count(&case);
        } else {
            self.case = Some(case);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "testcase" => {
                if let Some(case) = self.case.take() {
                    self.count(&case);
                }
            }
            "testsuite" => {
                self.depth = self.depth.saturating_sub(1);
                self.suites.pop();
            }
            "testsuites" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn count(&mut self, case: &Case) {
        self.facts.cases += 1;
        if case.skipped {
            self.facts.skipped += 1;
            return;
        }
        if case.seconds.is_some() {
            self.facts.timed += 1;
        } else {
            self.facts.untimed += 1;
        }
        let start = self.clock.unwrap_or_else(|| {
            self.facts.placed += 1;
            time_of_file(self.intake)
        });
        let micros = (case.seconds.unwrap_or(0.0) * 1e6).round() as i64;
        let added = self.builder.add(&Request {
            start_micros: start,
            duration_ns: micros.saturating_mul(1_000),
            label: case.label.as_bytes(),
            failed: case.failure.is_some(),
            code: case.failure.as_deref().unwrap_or_default().as_bytes(),
            ..Request::default()
        });
        match added {
            Ok(()) => self.clock = Some(start.saturating_add(micros)),
            Err(reason) => self.builder.reject(case.line, "time", reason, &case.text),
        }
    }

    fn finish(mut self, cut: bool, last_line: u64) -> Result<Imported, ImportError> {
        let facts = self.facts;
        if facts.taurus && facts.timed == 0 {
            return Err(self.intake.unusable(
                "it is a report by Taurus without times; import its final-stats or kpi.jtl instead",
                None,
            ));
        }
        if facts.untimed > 0 && facts.timed == 0 {
            return Err(self.intake.unusable(
                "none of its test cases says how long it took; write the times too, or import another result",
                None,
            ));
        }
        let warnings = &mut self.builder.warnings;
        let mut add = |kind, count: u64, message: &str| {
            if count > 0 {
                warnings.add_counted(kind, message, count, None);
            }
        };
        add(
            WarningKind::Assumed,
            facts.untimed,
            "test cases without a time count as 0 s",
        );
        add(
            WarningKind::Assumed,
            facts.ambiguous,
            "times with a comma and no point, such as 1,234: the comma is taken as one between thousands",
        );
        add(
            WarningKind::Assumed,
            1,
            if facts.placed > 0 {
                "test cases do not say when they ran; they stand one after another from the time of the file"
            } else {
                "test cases do not say when they ran; they stand one after another from the time stamp of their suite"
            },
        );
        add(
            WarningKind::NotRead,
            facts.bad_stamps,
            "time stamps of suites that are not times; their test cases follow those before them",
        );
        add(
            WarningKind::Note,
            facts.skipped,
            "skipped test cases are not counted",
        );
        add(
            WarningKind::NotRead,
            facts.broken,
            "tags without an end: the file is damaged there, and outcomes may be missing",
        );
        add(
            WarningKind::EncodingAssumed,
            facts.misread,
            "tags that are not UTF-8 were read as Windows-1252",
        );
        if cut {
            warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the file ends before its root element does: what is complete is counted",
                self.intake.example(last_line, "", ""),
            );
        }
        if facts.cases < facts.promised {
            warnings.add_counted(
                WarningKind::TailMissing,
                "test cases that the suites announce are not in the file",
                facts.promised - facts.cases,
                None,
            );
        }
        let zone = self.intake.assumed_zone(facts.zoneless, warnings);
        let mut imported = self
            .builder
            .finish("there are no test cases in it that ran; run the tests again")?;
        imported.source.info.zone = zone;
        Ok(imported)
    }
}

/// Seconds, and whether a comma in them could as well be a decimal one.
fn seconds(text: &str) -> Option<(f64, bool)> {
    let text = text.trim();
    let decimal_comma = text.starts_with("0,") && !text.contains('.');
    let plain = text.replace(',', if decimal_comma { "." } else { "" });
    let ambiguous = text.matches(',').count() == 1 && !text.contains('.') && !decimal_comma;
    let seconds: f64 = plain.parse().ok()?;
    (seconds.is_finite() && (0.0..1e9).contains(&seconds)).then_some((seconds, ambiguous))
}

/// When the file was last written, else when it is imported, else the epoch.
fn time_of_file(intake: &Intake<'_>) -> i64 {
    let written = std::fs::metadata(intake.path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|d| i64::try_from(d.as_micros()).ok());
    let imported = intake.options.imported_at.map(|Instant(micros)| micros);
    written.or(imported).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn import(text: &str) -> Result<Imported, ImportError> {
        let options = ImportOptions {
            imported_at: Some(Instant(1_790_000_000_000_000)),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        let intake = Intake::new(Path::new("no such file.xml"), &options, &progress);
        read(text.as_bytes(), &intake)
    }

    fn warned(imported: &Imported, kind: WarningKind) -> u64 {
        imported.source.info.warnings.count_of(kind)
    }

    #[test]
    fn seconds_with_commas() {
        for (text, value) in [
            ("0.031", Some((0.031, false))),
            ("34,953.254", Some((34_953.254, false))),
            ("1,134,953.254", Some((1_134_953.254, false))),
            ("0,25", Some((0.25, false))),
            ("1,234", Some((1_234.0, true))),
            ("1e-3", Some((0.001, false))),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
            ("soon", None),
        ] {
            assert_eq!(seconds(text), value, "{text}");
        }
    }

    #[test]
    fn cases_follow_one_another_from_their_suite() {
        let imported = import(
            r#"<testsuites><testsuite name="s" tests="4" timestamp="2026-11-20T10:00:00">
<testcase classname="a.B" name="slow" time="2.5"/>
<testcase name="bad" time="0.5"><failure type="AssertionError">no</failure></testcase>
<testcase classname="a.B" name="off" time="0"><skipped/></testcase>
<testcase classname="a.B" name="broken"><error/><system-out>&lt;error&gt;</system-out></testcase>
</testsuite></testsuites>"#,
        )
        .unwrap();
        let info = &imported.source.info;
        let run = imported.source.run.as_ref().unwrap();
        let names: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["a.B.slow", "s.bad", "a.B.broken"]);
        assert_eq!(info.first.unwrap().to_string(), "2026-11-20T10:00:00Z");
        assert_eq!(info.last.unwrap().to_string(), "2026-11-20T10:00:03Z");
        let errors: u64 = run
            .codes
            .column("count")
            .unwrap()
            .u64()
            .unwrap()
            .iter()
            .flatten()
            .sum();
        assert_eq!((info.rows, errors), (3, 3));
        assert_eq!(warned(&imported, WarningKind::ZoneAssumed), 1);
        assert_eq!(warned(&imported, WarningKind::Note), 1);
        // One without a time, and the places of all.
        assert_eq!(warned(&imported, WarningKind::Assumed), 2);
        assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 0);
    }

    #[test]
    fn without_a_time_stamp_the_import_says_when() {
        let imported = import(r#"<testsuite><testcase name="a" time="1"/></testsuite>"#).unwrap();
        assert_eq!(
            imported.source.info.first,
            Some(Instant(1_790_000_000_000_000))
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let cut = import(
            "<testsuite tests=\"3\"><testcase name=\"a\" time=\"1\"/><testcase name=\"b\" time=\"1\"><fail",
        )
        .unwrap();
        assert_eq!(cut.source.info.rows, 1);
        assert_eq!(warned(&cut, WarningKind::TruncatedLastRow), 1);
        assert_eq!(warned(&cut, WarningKind::TailMissing), 2);
        let odd = import("<testsuite><testcase name=\"a\" time=\"x\"/><testcase name=\"b\" time=\"1\"/></testsuite>").unwrap();
        assert_eq!(odd.rejects.kept[0].column, "time");
        for (text, word) in [
            ("<testsuite/>", "no test cases"),
            ("<testsuite><testcase name=\"a\"/></testsuite>", "how long"),
            (
                "<testsuite package_name=\"bzt\"><testcase name=\"p95 of 50ms\"><error/></testcase></testsuite>",
                "kpi.jtl",
            ),
        ] {
            let error = import(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
