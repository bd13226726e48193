//! Metric tables as CSV, long or wide, from whatever wrote them: exports of CloudWatch and Grafana, spreadsheets,
//! forecasting tools.

use std::io::Read;

use super::layout::Layout;
use super::records::{Next, Record};
use super::rows::Rows;
use super::sheet::Sheet;
use crate::calendar::Instant;
use crate::dataset::metric::usual_step_secs;
use crate::import::format::{Family, Format, Seen};
use crate::import::metrics::reading::source_of;
use crate::import::{Head, ImportError, Imported, Intake};

/// Tables with times and numbers.
pub static FORMAT: Format = Format {
    id: "metric-table",
    title: "Metric table (CSV, long or wide)",
    family: Family::Table,
    recognised_by: "a table with a column of times, found by its content, and at least one column of numbers",
    traps: &[
        "Times without a zone are in --source-tz (UTC).",
        "Values that are not numbers are left out and counted.",
        "A column that only rises may be a counter; only names such as _total say so.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    recognises(head.text.as_bytes()).is_ok().into()
}

/// Whether a file begins like a metric table. An error says what a table lacks to be one; nothing where it is no table.
pub fn recognises(head: &[u8]) -> Result<(), Option<String>> {
    let sheet = Sheet::of_head(head).map_err(|_| None)?;
    Layout::of(sheet.sample(), sheet.delimiter)
        .map(|_| ())
        .map_err(|why| Some(why.to_string()))
}

/// Reads one table from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut sheet = Sheet::of_file(reader, intake)?;
    let layout = Layout::of(sheet.sample(), sheet.delimiter)
        .map_err(|error| intake.unusable(error.to_string(), None))?;
    sheet.skip(layout.skip);

    let mut rows = Rows::new(intake, sheet.delimiter, &layout);
    let mut record = Record::default();
    loop {
        match sheet.next(&mut record).map_err(|e| intake.read_failed(e))? {
            Next::Record => rows.take(&record),
            Next::GivenUp { line, too_long } => rows.give_up(line, too_long),
            Next::End => break,
        }
        if rows.read.is_multiple_of(4_096) {
            intake.progress.check()?;
        }
    }
    finish(rows)
}

/// The source, once all rows are read.
fn finish(rows: Rows<'_>) -> Result<Imported, ImportError> {
    let intake = rows.intake;
    if rows.read == 0 {
        let first = rows.rejects.kept.first();
        let why = first.map_or_else(String::new, |r| format!(" (line {}: {})", r.line, r.reason));
        return Err(intake.unusable(
            format!(
                "none of its {} rows could be read{why}; export the table again",
                rows.rejects.count
            ),
            first.map(|r| r.line),
        ));
    }
    refuse_events(&rows.gathered.longest()).map_err(|what| intake.unusable(what, None))?;
    source_of(
        intake,
        rows.gathered,
        (rows.read, rows.without_zone),
        rows.warnings,
        rows.rejects,
        "no row inside the time range has a usable number; widen the range or check the values",
    )
}

/// Rows that are single events, not measurements: many an instant, or closer than a second at no particular distance.
fn refuse_events(times: &[Instant]) -> Result<(), String> {
    const ADVICE: &str = "its rows look like single events, not like measurements";
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rows = sorted.len();
    if rows < 100 {
        return Ok(());
    }
    let mut distances: Vec<i64> = sorted
        .windows(2)
        .filter_map(|p| Some(p.last()?.since(*p.first()?).0))
        .collect();
    distances.sort_unstable();
    sorted.dedup();
    if sorted.len() * 5 < rows {
        return Err(format!(
            "{ADVICE}: there are {} rows an instant; count them per minute, or say what the columns are (Map columns…, --mapping)",
            rows / sorted.len()
        ));
    }
    let median = distances
        .get(distances.len() / 2)
        .copied()
        .unwrap_or_default();
    if median < 1_000_000 && usual_step_secs(&sorted).is_none() {
        return Err(format!(
            "{ADVICE}: they follow each other within {} ms at no regular distance; count or average them per minute first, or say what the columns are (Map columns…, --mapping)",
            median / 1_000
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::Zone;
    use crate::dataset::{MetricTable, SeriesKind};
    use crate::import::ImportOptions;
    use crate::progress::Progress;
    use crate::warning::WarningKind;

    fn try_read(bytes: &[u8]) -> Result<Imported, ImportError> {
        let path = Path::new("folder/queue_depth.csv");
        let (options, progress) = (ImportOptions::default(), Progress::default());
        read(bytes, &Intake::new(path, &options, &progress))
    }

    fn imported(text: &str) -> Imported {
        try_read(text.as_bytes()).unwrap()
    }

    fn table(imported: Imported) -> MetricTable {
        imported.source.metrics.unwrap()
    }

    fn names(table: &MetricTable) -> Vec<String> {
        table
            .series
            .iter()
            .map(crate::dataset::SeriesInfo::display_name)
            .collect()
    }

    fn count(imported: &Imported, kind: WarningKind) -> u64 {
        imported.source.info.warnings.count_of(kind)
    }

    #[test]
    fn a_bare_value_is_named_after_the_file() {
        let imported =
            imported("timestamp,value\n2014-02-14 14:30:00,0.132\n2014-02-14 14:35:00,0.134\n");
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (2, 0));
        assert_eq!(info.zone, Some(Zone::utc()));
        assert_eq!(count(&imported, WarningKind::ZoneAssumed), 2);
        assert_eq!(info.first.unwrap().to_string(), "2014-02-14T14:30:00Z");
        let table = table(imported);
        assert_eq!(names(&table), ["queue_depth"]);
        assert_eq!(table.series(0).unwrap().values, [0.132, 0.134]);
        assert_eq!(table.series[0].step_secs, Some(300.0));
    }

    #[test]
    fn wide_tables_take_names_and_units_from_the_header() {
        let imported = imported(
            "sep=;\r\nZeit;CPU [%];\"Latenz (ms)\";http_requests_total;memory_total\r\n\
             14.06.2026 10:00;12,5;1.234,5;100;64\r\n15.06.2026 10:00;;7;86500;64\r\n16.06.2026 10:00;50,0;7;50;64\r\n",
        );
        let resets = count(&imported, WarningKind::CounterReset);
        let table = table(imported);
        assert_eq!(
            names(&table),
            [
                "CPU [%]",
                "Latenz (ms)",
                "http_requests_total",
                "memory_total"
            ]
        );
        let units: Vec<&str> = table.series.iter().map(|s| s.unit.as_str()).collect();
        assert_eq!(units, ["%", "ms", "/s", ""]);
        assert_eq!(table.series(0).unwrap().values, [12.5, 50.0]);
        assert_eq!(table.series(1).unwrap().values, [1_234.5, 7.0, 7.0]);
        assert_eq!(table.series(2).unwrap().values, [1.0, 50.0 / 86_400.0]);
        assert_eq!((resets, table.series[2].kind), (1, SeriesKind::Rate));
        assert!(
            !table.series[3].from_counter,
            "a level that never moves is no counter"
        );
    }

    #[test]
    fn long_tables_keep_series_apart() {
        let imported = imported(
            "time,metric,host,value,unit\n1781431200,cpu,a,10,percent\n1781431200,cpu,b,20,percent\n\
             1781431200,rps,a,5,\n1781431260,cpu,a,11,percent\n",
        );
        assert_eq!(imported.source.info.zone, None);
        let table = table(imported);
        assert_eq!(names(&table), ["cpu{host=a}", "cpu{host=b}", "rps{host=a}"]);
        assert_eq!(table.series[0].unit, "%");
        assert_eq!(table.series[2].unit, "/s");
        assert_eq!(table.series(0).unwrap().values, [10.0, 11.0]);
        let grafana = imported_names(
            "\"Time\",\"cpu {mode=\"\"user\"\"}\",idle\n1781431200000,1,2\n1781431260000,3,null\n",
        );
        assert_eq!(grafana, ["cpu{mode=user}", "idle"]);
        assert_eq!(
            imported_names("unique_id,ds,y\na,2026-01-01,1\nb,2026-01-01,3\n"),
            ["a", "b"]
        );
        assert_eq!(
            imported_names("1781431200,5\n1781431260,6\n"),
            ["queue_depth"]
        );
    }

    fn imported_names(text: &str) -> Vec<String> {
        names(&table(imported(text)))
    }

    #[test]
    fn what_cannot_be_read_is_counted_and_located() {
        let imported = imported(
            "time,a,b\n2026-06-14 10:00,1,2\nyesterday,1,2\n2026-06-14 10:01,oops,3\n2026-06-14 10:02,oops,oops\n\
             time,a,b\n2026-06-14 10:03,1,2,3\n2026-06-14 10:04,NaN,4\n2026-06-14 10:05,9,5\n2026-06-14 10:06,\"x\n",
        );
        let lines: Vec<(u64, &str, &str)> = imported
            .rejects
            .kept
            .iter()
            .map(|r| (r.line, r.column.as_str(), r.reason.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                (3, "time", "not a time"),
                (5, "b", "not a number"),
                (7, "", "more cells than the table has columns"),
                (10, "", "a quote is opened and never closed"),
            ]
        );
        assert_eq!(imported.source.info.rejected, 4);
        assert_eq!(imported.source.info.rows, 4);
        assert_eq!(count(&imported, WarningKind::RepeatedHeader), 1);
        assert_eq!(count(&imported, WarningKind::NotANumber), 4);
        let table = table(imported);
        assert_eq!(table.series(1).unwrap().values, [2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn a_last_row_that_is_cut_off_is_left_out() {
        let imported = imported("time,a,b\n2026-06-14,1,2\n2026-06-15,1,2\n2026-06-16,4");
        assert_eq!(count(&imported, WarningKind::TruncatedLastRow), 1);
        assert_eq!(
            (imported.source.info.rows, imported.source.info.rejected),
            (2, 1)
        );
    }

    #[test]
    fn other_encodings_and_ambiguous_dates_are_said() {
        let imported =
            try_read(b"Datum;Gr\xf6\xdfe\n01/02/2026;1\n02/02/2026;2\n03/02/2026;3\n").unwrap();
        assert_eq!(count(&imported, WarningKind::Assumed), 1);
        assert_eq!(
            imported.source.info.last.unwrap().to_string(),
            "2026-02-03T00:00:00Z"
        );
        assert_eq!(names(&table(imported)), ["Größe"]);
    }

    #[test]
    fn a_zone_that_was_given_is_used_without_a_word() {
        let options = ImportOptions {
            source_zone: Zone::named("Europe/Berlin").unwrap(),
            source_zone_given: true,
            ..ImportOptions::default()
        };
        let path = Path::new("a.csv");
        let text = &b"time,a\n2026-06-14 10:00,1\n"[..];
        let progress = Progress::default();
        let imported = read(text, &Intake::new(path, &options, &progress)).unwrap();
        assert_eq!(count(&imported, WarningKind::ZoneAssumed), 0);
        assert_eq!(
            imported.source.info.first.unwrap().to_string(),
            "2026-06-14T08:00:00Z"
        );
    }

    #[test]
    fn what_is_no_metric_table_is_refused_in_a_sentence() {
        let lines = |n: i64, line: fn(i64) -> String| (0..n).map(line).collect::<Vec<_>>().concat();
        let events = lines(500, |i| {
            format!(
                "2023-11-16 18:17:{:02}.{:03},{i},1\n",
                i * i % 61 % 60,
                i * 37 % 1_000
            )
        });
        let steps = lines(200, |i| format!("{i},{}\n", i % 7));
        let crowd = lines(500, |i| format!("2026-06-14 10:00:{:02},{i}\n", i / 50));
        for (text, expected) in [
            (
                "time,a\n".to_owned(),
                "the table has a header but no rows; export it again",
            ),
            ("one\ntwo\n".to_owned(), "no delimiter (comma"),
            (
                "a,b\nx,1\ny,2\n".to_owned(),
                "no column of the table holds times",
            ),
            (
                "time,a\n2026-06-14,x\n2026-06-15,y\n".to_owned(),
                "no column beside the times holds numbers",
            ),
            (
                format!("ds,y\n{steps}"),
                "the column \"ds\" counts steps and says no time",
            ),
            (
                format!("TIMESTAMP,Context,Generated\n{events}"),
                "its rows look like single events",
            ),
            (
                format!("time,elapsed\n{crowd}"),
                "its rows look like single events, not like measurements: there are 50 rows an instant",
            ),
        ] {
            let error = try_read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
            assert!(error.ends_with(": folder/queue_depth.csv"), "{error}");
        }
        assert!(
            try_read(b"\xff\xfet\0")
                .unwrap_err()
                .to_string()
                .contains("UTF-16")
        );
    }

    #[test]
    fn tables_are_recognised_by_their_head() {
        assert!(recognises(b"timestamp,value\n2014-02-14 14:30:00,0.132\n2014-02-14 14:3").is_ok());
        assert!(recognises(b"ds,y\r2007-12-10,9.59\r2007-12-11,8.5\r").is_ok());
        let why = recognises(b"name,colour\nanna,red\nbert,blue\n").unwrap_err();
        assert!(why.unwrap().contains("add a column of times"));
        assert_eq!(recognises(b"Dear diary,\nnothing happened.\n"), Err(None));
    }
}
