//! k6's CSV output (`--out csv=…`): one row a sample, a dozen rows for each request, columns by the tags switched on.

use std::io::Read;

use super::k6_points::{K6Points, Tags, stamp_ns};
use crate::import::format::{Family, Format};
use crate::import::table::records::{Next, Record, Records, given_up_reason};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// k6's CSV output.
pub static FORMAT: Format = Format {
    id: "k6-csv",
    title: "k6 results (CSV)",
    family: Family::LoadTest,
    recognised_by: "a header with metric_name, timestamp and metric_value",
    traps: &[
        "The time of a sample is the END of its request: the duration is taken off to get the start.",
        "Times are whole seconds unless K6_CSV_TIME_FORMAT says otherwise; s, ms, µs and ns are told apart by their magnitude.",
        "Columns depend on the system tags that are switched on: they are found by name.",
        "A request failed where expected_response is false; without that column http_req_failed decides, else the status.",
        "The types of a test's own metrics are not in the file: the mean of their values is shown.",
    ],
    recognise: |head| recognise(head).into(),
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> bool {
    head.header_with(&["metric_name", "timestamp", "metric_value"])
        .is_some()
}

/// Where the columns stand.
struct Columns {
    count: usize,
    metric: usize,
    time: usize,
    value: usize,
    name: Option<usize>,
    url: Option<usize>,
    method: Option<usize>,
    status: Option<usize>,
    expected: Option<usize>,
    error: Option<usize>,
    error_code: Option<usize>,
    check: Option<usize>,
    group: Option<usize>,
}

impl Columns {
    fn of(header: &Record) -> Option<Self> {
        let names: Vec<String> = header
            .cells()
            .map(|c| c.trim_start_matches('\u{feff}').to_ascii_lowercase())
            .collect();
        let at = |name: &str| names.iter().position(|n| n == name);
        Some(Self {
            count: names.len(),
            metric: at("metric_name")?,
            time: at("timestamp")?,
            value: at("metric_value")?,
            name: at("name"),
            url: at("url"),
            method: at("method"),
            status: at("status"),
            expected: at("expected_response"),
            error: at("error"),
            error_code: at("error_code"),
            check: at("check"),
            group: at("group"),
        })
    }

    fn tags<'a>(&self, row: &'a Record) -> Tags<'a> {
        let cell = |column: Option<usize>| column.and_then(|c| row.bytes(c)).unwrap_or_default();
        Tags {
            name: cell(self.name),
            url: cell(self.url),
            method: cell(self.method),
            status: cell(self.status),
            expected: cell(self.expected),
            error: cell(self.error),
            error_code: cell(self.error_code),
            check: cell(self.check),
            group: cell(self.group),
        }
    }
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut points = K6Points::new(intake);
    let (head, reader) = crate::import::intake::peek(reader).map_err(|e| intake.read_failed(e))?;
    let delimiter = Head::new(&head, false, intake.path)
        .header_with(&["metric_name", "timestamp", "metric_value"])
        .unwrap_or(b',');
    let mut rows = Records::new(reader, delimiter, 1);
    let mut row = Record::default();
    let mut columns: Option<Columns> = None;
    let mut last_time: (Vec<u8>, i64) = (Vec::new(), 0);
    loop {
        match rows.next(&mut row).map_err(|e| intake.read_failed(e))? {
            Next::End => break,
            Next::GivenUp { line, too_long } => {
                points
                    .builder
                    .reject(line, "", given_up_reason(too_long), "");
                continue;
            }
            Next::Record => {}
        }
        let Some(columns) = &columns else {
            columns = Some(Columns::of(&row).ok_or_else(|| {
                intake.unusable(
                    "its first row is not the header of a k6 CSV file; keep the line that begins with metric_name",
                    Some(1),
                )
            })?);
            continue;
        };
        let metric = row.bytes(columns.metric).unwrap_or_default();
        if row.len() != columns.count {
            let reason = format!("{} fields where {} belong", row.len(), columns.count);
            if row.unterminated && row.len() < columns.count {
                points.truncated(row.line, row.shown(delimiter).as_bytes());
            } else {
                points
                    .builder
                    .reject(row.line, "", &reason, &row.shown(delimiter));
            }
            continue;
        }
        if metric == b"metric_name" {
            points.builder.warnings.add(
                WarningKind::RepeatedHeader,
                "the header stands again in the middle; files of several generators were joined",
            );
            continue;
        }
        if points.passes_over(metric) {
            continue;
        }
        let time = row.bytes(columns.time).unwrap_or_default();
        let stamp = if time == last_time.0 {
            Some(last_time.1)
        } else {
            std::str::from_utf8(time).ok().and_then(stamp_ns)
        };
        let Some(end_ns) = stamp else {
            points.builder.reject(
                row.line,
                "timestamp",
                "the time is not a time",
                &row.shown(delimiter),
            );
            continue;
        };
        if time != last_time.0 {
            last_time = (time.to_vec(), end_ns);
        }
        let value = row.bytes(columns.value).unwrap_or_default();
        let value = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
        let taken = value
            .ok_or("the value is not a number")
            .and_then(|value| points.add(row.line, metric, end_ns, value, &columns.tags(&row)));
        if let Err(reason) = taken {
            points
                .builder
                .reject(row.line, "metric_value", reason, &row.shown(delimiter));
        }
    }
    points.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "k6.csv", text)
    }

    const HEADER: &str = "metric_name,timestamp,metric_value,error,error_code,expected_response,method,name,status,url,extra_tags\n";

    #[test]
    fn columns_are_found_by_name_and_quotes_are_taken_off() {
        let brought = try_read(
            "\u{feff}timestamp,name,metric_value,metric_name,expected_response\r\n\
             1764547200500,\"a, \"\"b\"\"\",10.5,http_req_duration,true\r\n\
             1764547201000,c,20.25,http_req_duration,false\r\n",
        )
        .unwrap();
        let info = &brought.source.info;
        assert_eq!((info.rows, info.rejected), (2, 0));
        assert_eq!(info.first.unwrap().0, 1_764_547_200_489_500);
        let run = brought.source.run.unwrap();
        assert_eq!(run.labels[0].name, "a, \"b\"");
        assert_eq!(run.labels[1].name, "c");
    }

    #[test]
    fn errors_without_a_response_keep_their_name() {
        let brought = try_read(&format!(
            "{HEADER}http_req_duration,1633706832,0.000000,lookup: no such host,1101,false,GET,https://x/,0,https://x/,\n"
        ))
        .unwrap();
        let run = brought.source.run.unwrap();
        let codes = run.codes.column("code").unwrap().str().unwrap();
        assert_eq!(codes.get(0), Some("1101 lookup: no such host"));
    }

    #[test]
    fn odd_rows_are_rejected_and_a_cut_one_is_named() {
        let good = "http_req_duration,1633706832,5,,,true,GET,n,200,u,\n";
        let brought = try_read(&format!(
            "{HEADER}{good}http_req_duration,soon,5,,,true,GET,n,200,u,\n\
             http_req_duration,1633706832,NaN,,,true,GET,n,200,u,\n\
             http_req_duration,1633706832,-5,,,true,GET,n,200,u,\n\
             http_req_duration,1633706832,1e300,,,true,GET,n,200,u,\n\
             http_req_duration,1633706832\n{HEADER}{good}http_req_duration,163"
        ))
        .unwrap();
        let info = &brought.source.info;
        assert_eq!((info.rows, info.rejected), (2, 5));
        let count = |kind| info.warnings.count_of(kind);
        assert_eq!(count(WarningKind::TruncatedLastRow), 1);
        assert_eq!(count(WarningKind::RepeatedHeader), 1);
        assert_eq!(count(WarningKind::Note), 1, "whole seconds");
    }

    #[test]
    fn nothing_readable_is_an_error() {
        let error = try_read(HEADER).unwrap_err().to_string();
        assert!(error.contains("no HTTP or gRPC requests"), "{error}");
        let error = try_read("a,b\n1,2\n").unwrap_err().to_string();
        assert!(error.contains("metric_name"), "{error}");
    }
}
