//! CSV as Grafana's panel inspector and its older menus write it: series joined by time, one file a query, or the long
//! form of versions before 7; raw values, or values as the panel shows them.
//!
//! Grafana issues 14578, 24973, 31319 and 35574 describe the forms.

use std::io::Read;

use crate::import::format::{Family, Format, Seen};
use crate::import::table::formatted::{self, Peculiar, Plan};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};

/// CSV out of Grafana.
pub static FORMAT: Format = Format {
    id: "grafana-csv",
    title: "Grafana (CSV)",
    family: Family::Metrics,
    recognised_by: "a first column Time beside values, with names such as cpu {mode=\"user\"} or units glued to the values, or the columns Series;Time;Value",
    traps: &[
        "With \"Formatted data\" values are rounded, carry their unit (1.2 K, 3.4 ms) and times are local text in --source-tz; export without it for exact values.",
        "Each column is brought to one unit; null, undefined and empty cells are gaps.",
        "What an axis or a tooltip calls a rate stands in the panel only, not in the file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const PECULIAR: Peculiar = Peculiar {
    drops: |_| false,
    defused: false,
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let Some(first) = lines.first() else {
        return Seen::No;
    };
    let lower = head.text.trim().trim_matches('"').to_ascii_lowercase();
    if lower == "no data" || (first.trim_matches('"') == "No data" && lines.len() < 3) {
        return Seen::Refused(
            "Grafana exported \"No data\"; check the panel's time range, or export each query by itself"
                .to_owned(),
        );
    }
    let Ok(sheet) = Sheet::of_head(head.text.as_bytes()) else {
        return Seen::No;
    };
    let plan = Plan::of(sheet.sample(), PECULIAR);
    let Some(time) = plan.header.iter().position(|h| h == "Time") else {
        return Seen::No;
    };
    let cells: Vec<String> = sheet
        .sample()
        .skip(1)
        .map(|r| r.cell(time).into_owned())
        .collect();
    if TimeForm::of_column(cells.iter().map(String::as_str)).is_none() {
        return Seen::No;
    }
    let long = plan.header == ["Series", "Time", "Value"];
    let values = (1..plan.header.len()).filter(|c| plan.is_value(*c)).count();
    let gaps_only = |column: usize| {
        sheet
            .sample()
            .skip(1)
            .all(|r| matches!(r.cell(column).as_ref(), "" | "null" | "undefined"))
    };
    let wide = time == 0
        && values > 0
        && (1..plan.header.len()).all(|c| plan.is_value(c) || gaps_only(c))
        && (plan.has_units() || first.starts_with("\"Time\"") || first.contains('{'));
    (long || wide).into()
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    formatted::read(reader, intake, PECULIAR)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::warning::WarningKind;

    fn seen(text: &str) -> Seen {
        recognise(&Head::new(text.as_bytes(), true, Path::new("x.csv")))
    }

    /// Name, unit and values of each series.
    fn series(text: &str) -> Vec<(String, String, Vec<f64>)> {
        assert_eq!(seen(text), Seen::Yes, "{text}");
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("panel.csv"), &options, &progress);
        let imported = read(text.as_bytes(), &intake).unwrap();
        assert_eq!(imported.source.info.rejected, 0);
        let table = imported.source.metrics.unwrap();
        (0..table.series.len())
            .map(|i| {
                let series = table.series(i).unwrap();
                (series.info.display_name(), series.info.unit, series.values)
            })
            .collect()
    }

    fn owned(name: &str, unit: &str, values: &[f64]) -> (String, String, Vec<f64>) {
        (name.to_owned(), unit.to_owned(), values.to_vec())
    }

    #[test]
    fn values_as_the_panel_shows_them() {
        assert_eq!(
            series(
                "\u{feff}sep=,\r\n\"Time\",\"P95\",\"mem {host=\"\"a,b\"\"}\",temp,\"rate\"\r\n\
                 2026-06-14 10:00:00,340 ms,1.50 MiB,12.51 °C,1.2 K req/s\r\n\
                 2026-06-14 10:01:00,1.2 s,512 KiB,,800 req/s\r\n"
            ),
            [
                owned("P95", "s", &[0.34, 1.2]),
                owned("mem{host=a,b}", "bytes", &[1_572_864.0, 524_288.0]),
                owned("temp", "°C", &[12.51]),
                owned("rate", "/s", &[1_200.0, 800.0]),
            ]
        );
        assert_eq!(
            series("Time,cpu\n2026-06-14 10:00:00,45%\n2026-06-14 10:01:00,undefined\n"),
            [owned("cpu", "%", &[45.0])]
        );
    }

    #[test]
    fn raw_values_joined_by_time() {
        assert_eq!(
            series(
                "\"Time\",\"cpu {mode=\"\"user\"\"}\",idle\n1781431200000,1.5,2\n1781431260000,null,3\n"
            ),
            [
                owned("cpu{mode=user}", "", &[1.5]),
                owned("idle", "", &[2.0, 3.0])
            ]
        );
    }

    #[test]
    fn the_long_form_of_old_versions() {
        assert_eq!(
            series(
                "sep=;\nSeries;Time;Value\na;2020-06-14T10:00:00+02:00;1,721,992,142.283\n\
                 b;2020-06-14T10:00:00+02:00;1,721\na;2020-06-14T10:01:00+02:00;5\n"
            ),
            [
                owned("a", "", &[1_721_992_142.283, 5.0]),
                owned("b", "", &[1_721.0])
            ]
        );
        assert_eq!(
            series("Series;Time;Value\na;2020-06-14T10:00:00Z;3 ms\na;2020-06-14T10:00:01Z;4 ms\n"),
            [owned("a", "ms", &[3.0, 4.0])]
        );
    }

    #[test]
    fn what_is_not_its_own_is_left() {
        for text in [
            "Time,host,value\n2026-01-01,a,1\n2026-01-02,b,2\n",
            "Time,cpu\n2026-01-01,1\n2026-01-02,2\n",
            "when,cpu\n2026-01-01,3 ms\n",
            "Time,cpu\nsoon,3 ms\n",
        ] {
            assert_eq!(seen(text), Seen::No, "{text}");
        }
        assert!(matches!(seen("\"No data\"\n"), Seen::Refused(_)));
    }

    #[test]
    fn rounding_and_odd_cells_are_said() {
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("panel.csv"), &options, &progress);
        let text = "Time,a,b\n2026-06-14 10:00:00,3 ms,1\n2026-06-14 10:01:00,oops,2\n2026-06-14 10:02:00,4 ms\n\
                    2026-06-14 10:03:00,4 ms";
        let imported = read(text.as_bytes(), &intake).unwrap();
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::Approximate), 1);
        assert_eq!(warnings.count_of(WarningKind::NotANumber), 1);
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(warnings.count_of(WarningKind::ZoneAssumed), 3);
    }
}
