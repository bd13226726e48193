//! A comparison as JUnit XML, which build servers show as tests: a case for each label and figure, failed where it is a
//! regression, skipped where nothing is proven. Attributes as in Jenkins' `xunit` schema (junit-10.xsd).

use std::fmt::Write as _;

use super::canary::CanaryVerdict;
use super::result::{CompareVerdict, ComparedRow, Comparison};
use super::sentence::{moved, value_text, what};

/// Text that may stand in an attribute or between tags; characters that XML 1.0 does not know become a replacement.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

enum Ending {
    Passed,
    Failed(&'static str, String),
    Skipped(String),
}

struct Case {
    class: String,
    name: String,
    ending: Ending,
    /// What was measured, for the log of the case.
    out: String,
}

fn of_row(row: &ComparedRow) -> Case {
    let print = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| value_text(row.metric, v));
    Case {
        class: row.label.clone(),
        name: row.metric.name().to_owned(),
        ending: match row.verdict {
            CompareVerdict::Pass | CompareVerdict::Improvement => Ending::Passed,
            CompareVerdict::Regression => {
                Ending::Failed("regression", format!("{} {}", what(row), moved(row)))
            }
            CompareVerdict::NotProven => Ending::Skipped(
                row.reason
                    .clone()
                    .unwrap_or_else(|| "not proven".to_owned()),
            ),
        },
        out: format!(
            "base {} (n = {}), candidate {} (n = {}): {}",
            print(row.base),
            row.n[0],
            print(row.candidate),
            row.n[1],
            row.verdict.word()
        ),
    }
}

/// The whole document.
pub fn junit(comparison: &Comparison) -> String {
    let mut cases: Vec<Case> = comparison.labels.iter().map(of_row).collect();
    cases.extend(comparison.canary.iter().map(|c| Case {
        class: "canary".to_owned(),
        name: c.criterion.name.clone(),
        ending: match c.verdict {
            CanaryVerdict::Met => Ending::Passed,
            CanaryVerdict::Breached => Ending::Failed("canary", c.message.clone()),
            CanaryVerdict::NotProven => Ending::Skipped(c.message.clone()),
        },
        out: c.message.clone(),
    }));
    let count = |test: fn(&Ending) -> bool| cases.iter().filter(|c| test(&c.ending)).count();
    let failed = count(|e| matches!(e, Ending::Failed(..)));
    let skipped = count(|e| matches!(e, Ending::Skipped(_)));
    let counts = format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\"",
        cases.len()
    );
    let suite = format!(
        "{} against {}",
        comparison.candidate.name, comparison.base.name
    );
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writeln!(
        xml,
        "<testsuites name=\"headroom compare\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" time=\"0\">",
        cases.len()
    )
    .ok();
    writeln!(xml, "  <testsuite name=\"{}\" {counts}>", escaped(&suite)).ok();
    for case in &cases {
        writeln!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"0\">",
            escaped(&case.class),
            escaped(&case.name)
        )
        .ok();
        match &case.ending {
            Ending::Passed => {}
            Ending::Failed(kind, message) => {
                let message = escaped(message);
                writeln!(
                    xml,
                    "      <failure type=\"{kind}\" message=\"{message}\">{message}</failure>"
                )
                .ok();
            }
            Ending::Skipped(message) => {
                writeln!(xml, "      <skipped message=\"{}\"/>", escaped(message)).ok();
            }
        }
        writeln!(xml, "      <system-out>{}</system-out>", escaped(&case.out)).ok();
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}
