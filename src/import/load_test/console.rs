//! What the reports have in common that load testers print on the console: small texts, numbers with a unit each,
//! and an end that may be missing.

use std::io::Read;

use super::placed::placed;
use super::summarised::summarised;
use crate::calendar::TimeRange;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::text::decode;
use crate::import::whole::read_whole;
use crate::import::{ImportError, Imported, Intake};
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// The whole text of a report, without the codes that colour a terminal.
pub fn read_text(stream: impl Read, intake: &Intake<'_>) -> Result<String, ImportError> {
    let bytes = read_whole(stream, intake)?;
    Ok(without_colours(&decode(&bytes)))
}

/// The text without escape sequences such as `ESC[0;34m`.
pub fn without_colours(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            kept.push(c);
        } else if chars.next() == Some('[') {
            chars.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    kept
}

/// The rest of a line that starts with this, blanks before it aside.
pub fn after<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.trim_start().strip_prefix(start).map(str::trim)
}

/// The rest of the first line that starts with this.
pub fn first_after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.lines().find_map(|line| after(line, start))
}

/// A number that is neither negative nor infinite, and the text behind it.
pub fn leading_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some((value, rest))
}

/// The number at the beginning of a text.
pub fn number(text: &str) -> Option<f64> {
    leading_number(text).map(|(value, _)| value)
}

/// The whole number at the beginning of a text.
pub fn count(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// Milliseconds of a duration whose every number has its unit: `78.27ms`, `55.33us`, `1.2µs`, `1.5m`, `1m2.5s`.
pub fn duration_ms(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    let mut any = false;
    while !rest.is_empty() {
        let (value, after) = leading_number(rest)?;
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(end)?;
        total += match unit {
            "ns" => value / 1e6,
            "us" | "µs" | "μs" => value / 1e3,
            "ms" => value,
            "s" => value * 1e3,
            "m" => value * 60e3,
            "h" => value * 3_600e3,
            _ => return None,
        };
        any = true;
        rest = next;
    }
    any.then_some(total)
}

/// Bytes of an amount with its unit: `5.66KB`, `46.03MB`, `12B`. A K is 1024.
pub fn bytes(text: &str) -> Option<f64> {
    let (value, unit) = leading_number(text)?;
    let scale: f64 = match unit.trim() {
        "B" => 1.0,
        "KB" => 1024.0,
        "MB" => 1024.0 * 1024.0,
        "GB" => 1024.0_f64.powi(3),
        "TB" => 1024.0_f64.powi(4),
        "PB" => 1024.0_f64.powi(5),
        _ => return None,
    };
    Some(value * scale)
}

/// Parts per million of a percentage such as `99.999%`; `None` beyond 0..100.
pub fn percent_ppm(text: &str) -> Option<i64> {
    let (value, rest) = leading_number(text)?;
    let ppm = (value * 10_000.0).round() as i64;
    (rest.starts_with('%') && (0..=1_000_000).contains(&ppm)).then_some(ppm)
}

/// Says that the report ends before its end.
pub fn cut_off(warnings: &mut Warnings, missing: &str) {
    warnings.add(
        WarningKind::TruncatedLastRow,
        format!("the report ends before {missing}; what may have stood there is not counted"),
    );
}

/// Says that a tool waits for responses and does not correct for it.
pub fn waits(tool: Tool, warnings: &mut Warnings) {
    warnings.add(
        WarningKind::CoordinatedOmission,
        format!(
            "{} waits for each response; while the system is slow, requests that users would have sent are missing",
            tool.title().unwrap_or("the tool")
        ),
    );
}

/// The first of several reports in one text, by the words that each begins with; a warning says how many are left.
pub fn first_report<'a>(text: &'a str, begins: &str, warnings: &mut Warnings) -> &'a str {
    let starts: Vec<usize> = text.match_indices(begins).map(|(at, _)| at).collect();
    let (Some(first), Some(second)) = (starts.first(), starts.get(1)) else {
        return text;
    };
    warnings.add_counted(
        WarningKind::NotRead,
        "more reports follow in the same file; only the first is read, so put each into a file of its own",
        starts.len() as u64 - 1,
        None,
    );
    text.get(*first..*second).unwrap_or(text)
}

/// The figures of a run of one target: the total, and the same under the target's name.
pub fn with_label(total: &SummaryLine, label: &str) -> Vec<SummaryLine> {
    if label.is_empty() {
        return Vec::new();
    }
    vec![SummaryLine {
        label: label.to_owned(),
        ..total.clone()
    }]
}

/// The source of a summary that says when it was, or else how long it took.
pub fn finish(
    intake: &Intake<'_>,
    summary: ToolSummary,
    span: Option<TimeRange>,
    mut warnings: Warnings,
) -> Result<Imported, ImportError> {
    if summary.closed_loop {
        waits(summary.tool, &mut warnings);
    }
    let secs = summary.duration_secs.unwrap_or_default();
    let span = span.or_else(|| placed(intake, Micros((secs * 1e6) as i64), &mut warnings));
    summarised(intake, summary, span, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_own_unit() {
        for (text, ms) in [
            ("78.27ms", 78.27),
            ("634.00us", 0.634),
            ("235.54s", 235_540.0),
            ("83.33m", 83.33 * 60e3),
            ("1.00h", 3_600e3),
            ("1m2.5s", 62_500.0),
            ("1.5µs", 0.0015),
            ("12ns", 0.000_012),
            ("0", 0.0),
        ] {
            let read = duration_ms(text).unwrap();
            assert!((read - ms).abs() < 1e-9, "{text}: {read}");
        }
        for text in ["", "5", "5x", "ms", "-5ms", "NaN", "inf", "1e999s", "5 ms"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
        assert_eq!(bytes("5.50KB"), Some(5_632.0));
        assert_eq!(bytes("  1.00MB"), Some(1_048_576.0));
        assert_eq!(bytes("12B"), Some(12.0));
        assert_eq!((bytes("5.66K"), bytes("5.66")), (None, None));
        assert_eq!(percent_ppm("99.999%"), Some(999_990));
        assert_eq!((percent_ppm("101%"), percent_ppm("50")), (None, None));
        assert_eq!((count("12 hits"), count("x")), (Some(12), None));
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(without_colours("\u{1b}[0;34m  4,a\u{1b}[0m\n"), "  4,a\n");
        assert_eq!(without_colours("a\u{1b}"), "a");
    }

    #[test]
    fn the_first_of_several_reports_is_read() {
        let mut warnings = Warnings::default();
        assert_eq!(
            first_report("$ x\nRun 1", "Run", &mut warnings),
            "$ x\nRun 1"
        );
        assert!(warnings.is_empty());
        assert_eq!(
            first_report("Run 1\nRun 2\nRun 3", "Run", &mut warnings),
            "Run 1\n"
        );
        assert_eq!(warnings.count_of(WarningKind::NotRead), 2);
    }
}
