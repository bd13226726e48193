//! Outage tables: `start,end,state[,service,note]`, columns in any order, states in the words that status pages and
//! people use. An empty end is still going on.

use std::io::Read;

use super::collect::note_overlaps;
use super::words::{Columns, state_of};
use crate::dataset::{OutageRow, Source, SourceInfo, State, UptimeTable};
use crate::import::format::{Family, Format, Seen};
use crate::import::rejects::Reject;
use crate::import::table::metric_csv;
use crate::import::table::records::{Next, Record, given_up_reason};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::{Found, TimeForm};
use crate::import::{Head, ImportError, Imported, Intake, Rejects};
use crate::warning::{WarningKind, Warnings};

/// Tables of states with their beginning and end.
pub static FORMAT: Format = Format {
    id: "outage-table",
    title: "Outage table (CSV)",
    family: Family::Uptime,
    recognised_by: "a header with start, end and state",
    traps: &[
        "An empty end is still going on.",
        "Without any row in state up it is an incident list: time between the rows is taken as up.",
        "Where rows overlap, maintenance hides everything, then down, degraded, unknown, up.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    recognises(head.text.as_bytes()).into()
}

/// Whether a file begins like an outage table: by its columns, unless no state is known and it is a metric table.
pub fn recognises(head: &[u8]) -> bool {
    let Ok(sheet) = Sheet::of_head(head) else {
        return false;
    };
    let Some(columns) = sheet.sample().next().and_then(Columns::of) else {
        return false;
    };
    sheet
        .sample()
        .any(|record| state_of(&record.cell(columns.state)).is_some())
        || metric_csv::recognises(head).is_err()
}

/// Reads one table from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut sheet = Sheet::of_file(reader, intake)?;
    let columns = sheet.sample().next().and_then(Columns::of).ok_or_else(|| {
        intake.unusable(
            "the table has no columns start, end and state; name them so in its first line",
            Some(1),
        )
    })?;
    let mut warnings = Warnings::default();
    if columns.has_header {
        sheet.skip(1);
    } else {
        warnings.add(
            WarningKind::HeaderMissing,
            "the table has no header; its columns were taken as start, end, state, service, note",
        );
    }
    let mut reading = Reading {
        intake,
        delimiter: sheet.delimiter,
        form: form_of(&sheet, columns).map_err(|what| intake.unusable(what, None))?,
        columns,
        warnings,
        rejects: Rejects::default(),
        rows: Vec::new(),
        without_zone: 0,
    };
    if reading.form.ambiguous {
        let order = if reading.form.form == TimeForm::DayFirst {
            "day/month"
        } else {
            "month/day"
        };
        reading.warnings.add(
            WarningKind::Assumed,
            format!("dates were read as {order}/year"),
        );
    }
    let mut record = Record::default();
    loop {
        match sheet.next(&mut record).map_err(|e| intake.read_failed(e))? {
            Next::Record => {
                if record.unterminated {
                    reading.warnings.add(
                        WarningKind::TruncatedLastRow,
                        "the last row has no line end; its last cell may be cut off",
                    );
                }
                reading.take(&record);
            }
            Next::GivenUp { line, too_long } => {
                reading.reject(line, String::new(), "", given_up_reason(too_long));
            }
            Next::End => break,
        }
        intake.progress.check()?;
    }
    reading.finish()
}

/// How the times are written.
fn form_of<R: Read>(sheet: &Sheet<R>, columns: Columns) -> Result<Found, String> {
    let starts: Vec<String> = sheet
        .sample()
        .map(|r| r.cell(columns.start).into_owned())
        .collect();
    let ends = sheet.sample().map(|r| r.cell(columns.end).into_owned());
    let cells: Vec<String> = starts.iter().cloned().chain(ends).collect();
    if starts.is_empty() {
        return Err("the table has a header but no rows; export it again".to_owned());
    }
    let relative = starts
        .iter()
        .all(|c| c.parse::<f64>().is_ok_and(|v| v < 3e8));
    TimeForm::of_column(cells.iter().map(String::as_str)).ok_or_else(|| {
        if relative {
            "its times count from an unknown start; replace them by dates, such as 2026-06-14T10:00:00Z".to_owned()
        } else {
            "the column of starts holds no times; write them as 2026-06-14T10:00:00Z".to_owned()
        }
    })
}

/// A table while its rows are being read.
struct Reading<'a> {
    intake: &'a Intake<'a>,
    delimiter: u8,
    form: Found,
    columns: Columns,
    warnings: Warnings,
    rejects: Rejects,
    rows: Vec<(OutageRow, u64)>,
    without_zone: u64,
}

impl Reading<'_> {
    fn reject(&mut self, line: u64, text: String, column: &str, reason: &str) {
        let empty = reason == EMPTY;
        self.warnings.add_at(
            if empty {
                WarningKind::EmptyInterval
            } else {
                WarningKind::RejectedRow
            },
            format!("rows that could not be used: {reason}"),
            self.intake.example(line, column, &text),
        );
        self.rejects.add(Reject {
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            text,
        });
    }

    fn take(&mut self, record: &Record) {
        let columns = self.columns;
        let (line, shown) = (record.line, record.shown(self.delimiter));
        let zone = &self.intake.options.source_zone;
        let time = |column: usize| self.form.form.read(&record.cell(column), zone);
        let Some((start, zoned)) = time(columns.start) else {
            let repeated = columns.has_header && Columns::of(record).is_some_and(|c| c.has_header);
            if repeated {
                let example = self.intake.example(line, "", &shown);
                self.warnings.add_at(
                    WarningKind::RepeatedHeader,
                    "the header stands again in the middle of the table",
                    example,
                );
                return;
            }
            return self.reject(line, shown, "start", "the start is not a time");
        };
        let end_cell = record.cell(columns.end);
        let open = matches!(
            end_cell.to_lowercase().as_str(),
            "" | "-" | "null" | "now" | "ongoing" | "open"
        );
        let end = match (open, time(columns.end)) {
            (true, _) => None,
            (false, Some((end, _))) => Some(end),
            (false, None) => return self.reject(line, shown, "end", "the end is not a time"),
        };
        if end.is_some_and(|end| end <= start) {
            return self.reject(line, shown, "end", EMPTY);
        }
        let Some(state) = state_of(&record.cell(columns.state)) else {
            return self.reject(
                line,
                shown,
                "state",
                "the state is not one of up, down, degraded, maintenance, unknown",
            );
        };
        if !record.is_utf8() {
            let example = self.intake.example(line, "", &shown);
            self.warnings.add_at(
                WarningKind::EncodingAssumed,
                "text that is not UTF-8 was read as Windows-1252",
                example,
            );
        }
        self.without_zone += u64::from(!zoned);
        let text = |column: Option<usize>| {
            column
                .map(|c| record.cell(c).into_owned())
                .unwrap_or_default()
        };
        let row = OutageRow {
            start,
            end,
            state,
            service: text(columns.service),
            note: text(columns.note),
        };
        let range = self.intake.options.range;
        if start < range.end && end.is_none_or(|end| end > range.start) {
            self.rows.push((row, line));
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        self.rows
            .sort_by_key(|(row, line)| (row.start, row.end, *line));
        note_overlaps(&self.rows, "start", self.intake, &mut self.warnings);
        if self.rows.is_empty() {
            let first = self.rejects.kept.first();
            return Err(match first {
                Some(first) => self.intake.unusable(
                    format!(
                        "none of its {} rows could be used (line {}: {}); correct the table",
                        self.rejects.count, first.line, first.reason
                    ),
                    Some(first.line),
                ),
                None => self.intake.unusable(
                    "no row of the table lies in the time range; widen the range",
                    None,
                ),
            });
        }
        let zone = self
            .intake
            .assumed_zone(self.without_zone, &mut self.warnings);
        let rows: Vec<OutageRow> = self.rows.into_iter().map(|(row, _)| row).collect();
        let info = SourceInfo {
            rows: rows.len() as u64,
            rejected: self.rejects.count,
            first: rows.iter().map(|r| r.start).min(),
            last: rows.iter().map(|r| r.end.unwrap_or(r.start)).max(),
            zone,
            warnings: self.warnings,
            ..SourceInfo::default()
        };
        let incident_list = rows.iter().all(|r| r.state != State::Up);
        Ok(Imported {
            source: Source {
                info,
                uptime: Some(UptimeTable {
                    rows,
                    incident_list,
                    ..UptimeTable::default()
                }),
                ..Source::default()
            },
            rejects: self.rejects,
        })
    }
}

/// The reason for which a row without any length is rejected.
const EMPTY: &str = "it ends before it starts, or when it starts";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calendar::Zone;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        let path = Path::new("outages.csv");
        let options = ImportOptions {
            source_zone: Zone::named("Europe/Berlin").unwrap(),
            ..ImportOptions::default()
        };
        let progress = Progress::default();
        read(text.as_bytes(), &Intake::new(path, &options, &progress))
    }

    fn rows(imported: &Imported) -> Vec<(String, Option<String>, State)> {
        let table = imported.source.uptime.as_ref().unwrap();
        table
            .rows
            .iter()
            .map(|r| (r.start.to_string(), r.end.map(|e| e.to_string()), r.state))
            .collect()
    }

    #[test]
    fn columns_stand_in_any_order_and_states_have_many_names() {
        let imported = try_read(
            "Note;Service;Status;End Time;Start Time\n\
             ;api;Partial Outage;2026-06-02T00:00:00Z;2026-06-01T23:00:00Z\n\
             \"disk; full\";api;OUTAGE;;2026-06-03 12:00\n",
        )
        .unwrap();
        assert_eq!(
            rows(&imported),
            [
                (
                    "2026-06-01T23:00:00Z".to_owned(),
                    Some("2026-06-02T00:00:00Z".to_owned()),
                    State::Degraded
                ),
                ("2026-06-03T10:00:00Z".to_owned(), None, State::Down),
            ]
        );
        let table = imported.source.uptime.unwrap();
        assert!(table.incident_list);
        assert_eq!(
            (table.rows[1].note.as_str(), table.rows[1].service.as_str()),
            ("disk; full", "api")
        );
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::ZoneAssumed),
            1
        );
        for (word, state) in [
            ("Operational", State::Up),
            ("MAJOR_OUTAGE", State::Down),
            ("degraded-performance", State::Degraded),
            ("Scheduled Maintenance", State::Maintenance),
            ("no data", State::Unknown),
        ] {
            assert_eq!(state_of(word), Some(state), "{word}");
        }
        assert_eq!(state_of("0.05"), None);
    }

    #[test]
    fn bad_rows_are_rejected_and_overlaps_counted() {
        let imported = try_read(
            "start,end,state\n\
             2026-06-01T00:00:00Z,2026-07-01T00:00:00Z,up\n\
             2026-06-02T10:00:00Z,2026-06-02T09:00:00Z,down\n\
             2026-06-03T10:00:00Z,2026-06-03T10:00:00Z,down\n\
             2026-06-05T10:00:00Z,2026-06-05T11:00:00Z,down\n\
             2026-06-05T10:30:00Z,2026-06-05T12:00:00Z,down\n\
             2026-06-04T10:00:00Z,whenever,down\n\
             2026-06-04T10:00:00Z,2026-06-04T11:00:00Z,sideways\n\
             start,end,state\n",
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 4));
        assert_eq!(info.warnings.count_of(WarningKind::EmptyInterval), 2);
        assert_eq!(info.warnings.count_of(WarningKind::RejectedRow), 2);
        assert_eq!(info.warnings.count_of(WarningKind::OverlappingIntervals), 1);
        assert_eq!(info.warnings.count_of(WarningKind::RepeatedHeader), 1);
        let lines: Vec<(u64, &str)> = imported
            .rejects
            .kept
            .iter()
            .map(|r| (r.line, r.column.as_str()))
            .collect();
        assert_eq!(lines, [(3, "end"), (4, "end"), (7, "end"), (8, "state")]);
        assert_eq!(info.last.unwrap().to_string(), "2026-07-01T00:00:00Z");
        assert!(!imported.source.uptime.unwrap().incident_list);
    }

    #[test]
    fn a_table_without_header_is_read_in_the_usual_order() {
        let imported = try_read("2026-06-05T10:00:00Z,,down,api\n").unwrap();
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::HeaderMissing),
            1
        );
        assert_eq!(imported.source.uptime.unwrap().rows[0].service, "api");
    }

    #[test]
    fn what_is_no_outage_table_is_refused_in_a_sentence() {
        for (text, expected) in [
            ("start,end,state\n", "the table has a header but no rows"),
            (
                "a,b\n1,2\n",
                "the table has no columns start, end and state",
            ),
            (
                "start_time,end_time,status,service\n0.0,3776.0,0.5,x\n10.0,20.0,0.25,x\n",
                "its times count from an unknown start",
            ),
            (
                "start,end,state\nsoon,later,down\n",
                "the column of starts holds no times",
            ),
            (
                "start,end,state\n2026-06-01,2026-06-02,sideways\n",
                "none of its 1 rows could be used (line 2: the state is not one of",
            ),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
            assert!(error.ends_with(": outages.csv"), "{error}");
        }
    }

    #[test]
    fn outage_tables_are_recognised() {
        assert!(recognises(b"start,end,state\n2026-01-01,2026-01-02,down\n"));
        assert!(recognises(b"Service;State;Start;End\nx;up;2026-01-01;\n"));
        assert!(!recognises(b"timestamp,value\n2014-02-14 14:30:00,0.132\n"));
    }
}
