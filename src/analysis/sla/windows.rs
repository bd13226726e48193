//! Windows that do not count, as a table in CSV: `start,end,reason`, and as far as they are there `duration`, `rrule`,
//! `category`, `entered_by` and `entered_at`. Columns are found by their names. An empty `end` is still going on.

use super::SlaFileError;
use super::exclusion::{Exclusion, WrittenExclusion};
use crate::calendar::Zone;

/// Reads the table. Times without an offset are civil times of `zone`.
pub fn parse_exclusions(csv: &str, zone: &Zone) -> Result<Vec<Exclusion>, SlaFileError> {
    let text = csv.trim_start_matches('\u{feff}');
    let mut reader = simd_csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true);
    let mut reader = reader.from_reader(text.as_bytes());
    let mut line = 1_u64;
    let mut columns: Option<Vec<String>> = None;
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
        let Some(names) = &columns else {
            let names: Vec<String> = cells.iter().map(|c| c.to_ascii_lowercase()).collect();
            let has = |name: &str| names.iter().any(|n| n == name);
            if !has("start") || !(has("end") || has("duration")) {
                return Err(at(
                    "the table needs a header: start,end,reason (and duration, rrule, category, entered_by, entered_at where they are known)"
                        .to_owned(),
                ));
            }
            columns = Some(names);
            continue;
        };
        let mut written = WrittenExclusion {
            line: Some(here),
            ..WrittenExclusion::default()
        };
        for (name, cell) in names.iter().zip(cells) {
            if let Some(slot) = written.slot(name).filter(|slot| slot.is_empty()) {
                *slot = cell;
            }
        }
        let window = written.read(zone)?;
        // Whether those that come again overlap depends on the period: there the time is taken once, and that is said.
        let other = windows.iter().zip(&lines).find(|(other, _)| {
            let once = other.recurring.is_none() && window.recurring.is_none();
            once && other.range.intersect(window.range).is_some()
        });
        if let Some((_, first)) = other {
            return Err(at(format!(
                "start and end overlap the window of line {first}; make one window of both, or move one of them"
            )));
        }
        lines.push(here);
        windows.push(window);
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
    use crate::analysis::sla::ExclusionCategory;
    use crate::calendar::Instant;

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
    fn reads_who_and_why() {
        let csv = "Start,Duration,RRULE,Note,Category,entered_by,entered_at\n2026-06-14 02:00,2h,FREQ=WEEKLY;BYDAY=SU,patches,Outside hours,J. Doe,2026-05-01\n";
        let window = parse_exclusions(csv, &Zone::utc()).unwrap().remove(0);
        assert_eq!(window.reason, "patches");
        assert_eq!(window.category, ExclusionCategory::OutsideHours);
        assert_eq!(window.entered_by, "J. Doe");
        assert_eq!(
            window.entered_at.unwrap().to_string(),
            "2026-05-01T00:00:00Z"
        );
        assert_eq!(
            window.recurring.unwrap().rule.to_string(),
            "FREQ=WEEKLY;BYDAY=SU"
        );
    }

    #[test]
    fn mistakes_have_a_line() {
        let utc = Zone::utc();
        for (csv, line) in [
            ("", 1),
            ("from,to\n", 1),
            ("start,end\n2026-06-14,2026-06-13\n", 2),
            ("start,end\n2026-06-14,2026-06-15\nsoon,later\n", 3),
            ("start,duration,rrule\n2026-06-14,2h,FREQ=NEVER\n", 2),
            ("start,duration,category\n2026-06-14,2h,holiday\n", 2),
        ] {
            assert_eq!(
                parse_exclusions(csv, &utc).unwrap_err().line,
                Some(line),
                "{csv}"
            );
        }
    }
}
