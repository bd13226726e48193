//! ApacheBench's percentiles as CSV (`ab -e`): a hundred lines, and not a word about anything else.

use super::console::{finish, number, read_text};
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// ApacheBench's table of percentiles.
pub static FORMAT: Format = Format {
    id: "ab-percentiles",
    title: "ApacheBench percentiles (ab -e, CSV)",
    family: Family::LoadTest,
    recognised_by: "the header Percentage served,Time in ms",
    traps: &[
        "It holds no number of requests, no failures and no rates: percentiles are all there is.",
        "Its index is rounded (floor(p·n + 0.5)), that of ab's text is not: the two may differ by one request.",
        "The file says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.first_line()
        .trim_end()
        .eq_ignore_ascii_case("Percentage served,Time in ms")
        .into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let text = read_text(stream, intake)?;
    let mut warnings = Warnings::default();
    let mut total = SummaryLine {
        label: "Total".to_owned(),
        ..SummaryLine::default()
    };
    let mut last = None;
    let mut latest_ms = 0.0;
    for (index, line) in text.split_inclusive('\n').enumerate().skip(1) {
        if line.trim().is_empty() {
            continue;
        }
        let row = line.trim_end().split_once(',').and_then(|(percent, ms)| {
            let whole = ms.split_once('.').is_some_and(|(_, d)| d.len() == 3);
            let percent: i64 = percent.trim().parse().ok()?;
            let rises = last.is_none_or(|l| percent > l) && (0..=100).contains(&percent);
            let ms = number(ms).filter(|ms| whole && *ms >= latest_ms)?;
            rises.then_some((percent, ms))
        });
        let Some((percent, ms)) = row else {
            let kind = if line.ends_with('\n') {
                WarningKind::RejectedRow
            } else {
                WarningKind::TruncatedLastRow
            };
            warnings.add_at(
                kind,
                "lines that are no percentage and its time are left out",
                intake.example(index as u64 + 1, "", line.trim_end()),
            );
            continue;
        };
        match percent {
            0 => total.min_ms = Some(ms),
            100 => total.max_ms = Some(ms),
            p => total.percentiles_ms.push((p * 10_000, ms)),
        }
        last = Some(percent);
        latest_ms = ms;
    }
    if last.is_some_and(|l| l < 99) {
        warnings.add(
            WarningKind::TruncatedLastRow,
            "the table ends before 99 %; higher percentiles are missing",
        );
    }
    let summary = ToolSummary {
        tool: Tool::ApacheBench,
        percentile_rule: "the value at index floor(p·n + 0.5) of the sorted durations".to_owned(),
        total,
        closed_loop: true,
        ..ToolSummary::default()
    };
    finish(intake, summary, None, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    fn table(rows: i64) -> String {
        let rows: Vec<String> = (0..rows).map(|p| format!("{p},{p}.125\n")).collect();
        format!("Percentage served,Time in ms\n{}", rows.concat())
    }

    #[test]
    fn percentiles_and_nothing_else() {
        for rows in [100, 101] {
            let imported = import(&table(rows)).unwrap();
            let total = imported.source.summary.unwrap().total;
            assert_eq!(total.percentile_ms(950_000), Some(95.125));
            assert_eq!((total.percentiles_ms.len(), total.count), (99, None));
            assert_eq!(total.min_ms, Some(0.125));
            assert_eq!(total.max_ms, (rows == 101).then_some(100.125));
            let warnings = imported.source.info.warnings;
            assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 0);
        }
    }

    #[test]
    fn a_cut_table_says_so() {
        let whole = table(101);
        for (keep, kinds) in [(500, 2), (700, 2)] {
            let imported = import(&whole[..keep]).unwrap();
            let warnings = imported.source.info.warnings;
            assert_eq!(
                warnings.count_of(WarningKind::TruncatedLastRow),
                kinds,
                "{keep}"
            );
        }
        assert!(
            import(&table(0))
                .unwrap_err()
                .contains("without any request")
        );
        let odd = import(&table(100).replace("7,7.125", "7,NaN")).unwrap();
        assert!(odd.source.info.warnings.count_of(WarningKind::RejectedRow) > 0);
    }
}
