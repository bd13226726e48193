//! Windows that do not count, as a table `start,end,reason` in CSV. An empty `end` is still going on.

use super::{Exclusion, SlaFileError};
use crate::calendar::{Instant, TimeRange, Zone, parse_time};

/// Reads the table. Times without an offset are civil times of `zone`; columns are found by their names.
pub fn parse_exclusions(csv: &str, zone: &Zone) -> Result<Vec<Exclusion>, SlaFileError> {
    let text = csv.trim_start_matches('\u{feff}');
    let mut reader = simd_csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let mut line = 1_u64;
    let mut columns: Option<(usize, usize, Option<usize>)> = None;
    let mut windows: Vec<Exclusion> = Vec::new();
    let mut lines: Vec<u64> = Vec::new();
    for record in reader.byte_records() {
        let here = line;
        let at = |message: String| SlaFileError {
            message,
            line: Some(here),
        };
        let record = record.map_err(|e| at(format!("this is not valid CSV: {e}")))?;
        let cells: Vec<String> = record
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned())
            .collect();
        let inner_lines: usize = cells.iter().map(|c| c.matches('\n').count()).sum();
        line += 1 + inner_lines as u64;
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let Some((start, end, reason)) = columns else {
            let find = |name: &str| cells.iter().position(|c| c.eq_ignore_ascii_case(name));
            let missing = || at("the table needs a header: start,end,reason".to_owned());
            columns = Some((
                find("start").ok_or_else(missing)?,
                find("end").ok_or_else(missing)?,
                find("reason").or_else(|| find("note")),
            ));
            continue;
        };
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        let time = |index: usize| {
            parse_time(cell(index), zone)
                .map(|t| t.at)
                .map_err(|e| at(e.to_string()))
        };
        let range = TimeRange {
            start: time(start)?,
            end: if cell(end).is_empty() {
                Instant(i64::MAX)
            } else {
                time(end)?
            },
        };
        if range.end <= range.start {
            return Err(at(
                "the window ends before it starts; swap start and end".to_owned()
            ));
        }
        let other = windows
            .iter()
            .zip(&lines)
            .find(|(window, _)| window.range.intersect(range).is_some());
        if let Some((_, first)) = other {
            return Err(at(format!(
                "start and end overlap the window of line {first}; make one window of both, or move one of them"
            )));
        }
        lines.push(here);
        windows.push(Exclusion {
            range,
            reason: reason.map(cell).unwrap_or_default().to_owned(),
        });
    }
    if columns.is_none() {
        return Err(SlaFileError {
            message: "the table is empty; it needs a header: start,end,reason".to_owned(),
            line: Some(1),
        });
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_windows_in_the_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let csv = "\u{feff}start,end,reason\n2026-06-14 02:00,2026-06-14 04:00,\"database, upgrade\"\n2026-06-20T00:00:00Z,,open\n";
        let windows = parse_exclusions(csv, &berlin).unwrap();
        assert_eq!(windows.len(), 2);
        assert_eq!(windows[0].range.start.to_string(), "2026-06-14T00:00:00Z");
        assert_eq!(windows[0].reason, "database, upgrade");
        assert_eq!(windows[1].range.end, Instant(i64::MAX));
    }

    #[test]
    fn mistakes_have_a_line() {
        let utc = Zone::utc();
        for (csv, line) in [
            ("", 1),
            ("from,to\n", 1),
            ("start,end\n2026-06-14,2026-06-13\n", 2),
            ("start,end\n2026-06-14,2026-06-15\nsoon,later\n", 3),
        ] {
            assert_eq!(
                parse_exclusions(csv, &utc).unwrap_err().line,
                Some(line),
                "{csv}"
            );
        }
    }
}
