//! What a file is, by its content and never by its extension.
//!
//! Everything is decided from the first 64 KiB after decompression. What is not recognised gets a sentence that says
//! what was seen and what to do about it. The facts about each format are from the tools' own files and sources.

use super::ImportError;
use super::open::Opened;
use super::table::metric_csv;
use super::uptime::outage_table;

/// Delimiters that tables are written with, most usual first.
pub const DELIMITERS: [u8; 4] = *b",;\t|";
/// Delimiters that JMeter has been seen to write (`jmeter.save.saveservice.default_delimiter`).
const JMETER_DELIMITERS: [u8; 6] = *b",;\t|^:";

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JMeter results as CSV, with or without a header.
    JmeterCsv,
    /// Prometheus `query_range` answer.
    PrometheusJson,
    /// `start,end,state[,service,note]`.
    OutageTable,
    /// Any other table with a time column and numbers, long or wide.
    MetricTable,
}

impl Format {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 4] = [
        Self::JmeterCsv,
        Self::PrometheusJson,
        Self::OutageTable,
        Self::MetricTable,
    ];

    /// Stable id, as in results and on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::JmeterCsv => "jmeter-csv",
            Self::PrometheusJson => "prometheus-json",
            Self::OutageTable => "outage-table",
            Self::MetricTable => "metric-table",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::JmeterCsv => "JMeter results (CSV)",
            Self::PrometheusJson => "Prometheus query_range answer (JSON)",
            Self::OutageTable => "Outage table (CSV)",
            Self::MetricTable => "Metric table (CSV, long or wide)",
        }
    }

    /// How it is recognised.
    pub const fn recognised_by(self) -> &'static str {
        match self {
            Self::JmeterCsv => {
                "a header with timeStamp, elapsed and label, separated by comma, semicolon, tab or bar; \
                 or no header and rows that begin with 13 digits and an integer and hold true or false"
            }
            Self::PrometheusJson => {
                "a JSON object with \"status\": \"success\" and \"resultType\": \"matrix\""
            }
            Self::OutageTable => "a header with start, end and state",
            Self::MetricTable => {
                "a table with a column of times, found by its content, and at least one column of numbers"
            }
        }
    }

    /// What is easily got wrong about it.
    pub const fn traps(self) -> &'static [&'static str] {
        match self {
            Self::JmeterCsv => &[
                "Rows are written when a sample ends, so the file is not sorted by time.",
                "Time stamps as text carry no zone: give it with --source-tz.",
                "Transaction controllers are sums over other rows: kept, but not counted in totals.",
                "JMeter's own report takes percentiles over the last 20,000 samples of a label only (--estimator tool).",
                "A run that was killed ends in the middle of a row; that one row is left out.",
                "Results as XML are not read; save them as CSV.",
            ],
            Self::PrometheusJson => &[
                "Counters (_total, _count, _sum) become rates; a counter that falls was restarted.",
                "_bucket series become latency summaries whose percentiles are known to their bucket only.",
                "Gaps are simply absent, and one answer holds at most 11,000 points a series.",
            ],
            Self::OutageTable => &[
                "An empty end is still going on.",
                "Without any row in state up it is an incident list: time between the rows is taken as up.",
                "Where rows overlap, maintenance hides everything, then down, degraded, unknown, up.",
            ],
            Self::MetricTable => &[
                "Times without a zone are in --source-tz (UTC).",
                "Values that are not numbers are left out and counted.",
                "A column that only rises may be a counter; only names such as _total say so.",
            ],
        }
    }
}

/// Recognises the format of an opened file.
pub fn detect(opened: &Opened) -> Result<Format, ImportError> {
    recognise(&opened.head, opened.head.len() as u64 >= opened.bytes).map_err(|hint| {
        ImportError::Unknown {
            path: opened.path.clone(),
            hint,
        }
    })
}

/// The format of a file that begins like this, or what was seen instead. `whole` says that this is all of it.
fn recognise(head: &[u8], whole: bool) -> Result<Format, String> {
    refuse_binary(head)?;
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        None => Err("it holds nothing but blanks; export it again".to_owned()),
        Some('<') => Err(markup_hint(text)),
        Some('{' | '[') => recognise_json(text),
        Some(_) => recognise_table(text, whole),
    }
}

fn refuse_binary(head: &[u8]) -> Result<(), String> {
    let hint = match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the text is UTF-16; save it as UTF-8",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            "it is a ZIP archive or an Office file; unpack it, or save the sheet as CSV"
        }
        [b'P', b'A', b'R', b'1', ..] => "it is a Parquet file; export it as CSV",
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => {
            "it is a database; open a Headroom project with --project"
        }
        [b'%', b'P', b'D', b'F', ..] => "it is a PDF; export the data as CSV",
        _ => {
            let sample = head.get(..4096).unwrap_or(head);
            let nul = memchr::memchr_iter(0, sample).count();
            let control = sample
                .iter()
                .filter(|b| **b < 32 && !matches!(b, b'\n' | b'\r' | b'\t' | 12))
                .count();
            if nul * 3 > sample.len() {
                "the text looks like UTF-16; save it as UTF-8"
            } else if nul > 0 || control * 20 > sample.len() {
                "it is a binary file; export the results as text"
            } else {
                return Ok(());
            }
        }
    };
    Err(hint.to_owned())
}

fn markup_hint(text: &str) -> String {
    let start = text.get(..text.len().min(2048)).unwrap_or(text);
    if start.contains("<testResults") {
        "JMeter results as XML; save them as CSV (jmeter.save.saveservice.output_format=csv)"
            .to_owned()
    } else if start.contains("<html") || start.contains("<!DOCTYPE html") {
        "it is a web page; export the data behind it as CSV or JSON".to_owned()
    } else {
        "it is XML; export it as CSV or JSON".to_owned()
    }
}

fn recognise_json(text: &str) -> Result<Format, String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |pattern: &str| dense.contains(pattern);
    let prometheus = has("\"status\":\"success\"") || has("\"resultType\":");
    if has("\"resultType\":\"matrix\"")
        || (has("\"status\":\"success\"") && has("\"metric\":{") && has("\"values\":[["))
    {
        Ok(Format::PrometheusJson)
    } else if has("\"status\":\"error\"") && has("\"errorType\":") {
        // Its reader passes on what Prometheus says.
        Ok(Format::PrometheusJson)
    } else if prometheus {
        Err(
            "it is the answer of a Prometheus query for one instant; ask for a range (query_range)"
                .to_owned(),
        )
    } else {
        Err(
            "it is JSON, but not the answer of a Prometheus query_range; export it as CSV"
                .to_owned(),
        )
    }
}

/// The cells of one line, with quotes taken off. For headers and samples; importers use a record reader.
pub fn cells(line: &str, delimiter: u8) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if c == char::from(delimiter) && !quoted => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
            }
            c => cell.push(c),
        }
    }
    cells.push(cell.trim().to_owned());
    cells
}

/// The delimiter of a JMeter header: the one by which it has the columns `timeStamp`, `elapsed` and `label`.
pub fn jmeter_header_delimiter(line: &str) -> Option<u8> {
    JMETER_DELIMITERS.into_iter().find(|delimiter| {
        let cells = cells(line, *delimiter);
        ["timeStamp", "elapsed", "label"]
            .iter()
            .all(|name| cells.iter().any(|c| c.eq_ignore_ascii_case(name)))
    })
}

/// The delimiter of a JMeter row where there is no header: 13 digits, an integer, and later true or false.
pub fn jmeter_row_delimiter(line: &str) -> Option<u8> {
    DELIMITERS.into_iter().find(|delimiter| {
        let cells = cells(line, *delimiter);
        let digits = |text: &String, len: Option<usize>| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_digit())
                && len.is_none_or(|len| text.len() == len)
        };
        cells.first().is_some_and(|c| digits(c, Some(13)))
            && cells.get(1).is_some_and(|c| digits(c, None))
            && cells
                .iter()
                .skip(4)
                .any(|c| c.eq_ignore_ascii_case("true") || c.eq_ignore_ascii_case("false"))
    })
}

fn recognise_table(text: &str, whole: bool) -> Result<Format, String> {
    let mut lines: Vec<&str> = text
        .split(['\n', '\r'])
        .filter(|l| !l.trim().is_empty())
        .take(200)
        .collect();
    if lines.len() > 1 && !whole && lines.len() < 200 {
        lines.pop();
    }
    if lines.first().is_some_and(|l| l.starts_with("sep=")) {
        lines.remove(0);
    }
    let Some(first) = lines.first() else {
        return Err("it has no lines; export it again".to_owned());
    };
    if jmeter_header_delimiter(first).is_some() || jmeter_row_delimiter(first).is_some() {
        return Ok(Format::JmeterCsv);
    }
    let named = |delimiter: u8, names: &[&str]| {
        let cells = cells(first, delimiter);
        names
            .iter()
            .all(|name| cells.iter().any(|c| c.eq_ignore_ascii_case(name)))
    };
    if outage_table::recognises(text.as_bytes()) {
        return Ok(Format::OutageTable);
    }
    for delimiter in DELIMITERS {
        if named(delimiter, &["label", "responseCode"]) {
            return Err("JMeter results without the columns timeStamp and elapsed; \
                 switch jmeter.save.saveservice.time on and set timestamp_format=ms"
                .to_owned());
        }
    }
    match metric_csv::recognise(text.as_bytes()) {
        Ok(()) => return Ok(Format::MetricTable),
        Err(Some(why)) => {
            let start: String = first.chars().take(60).collect();
            return Err(format!("{why}: \"{start}\""));
        }
        Err(None) => {}
    }
    Err(table_hint(&lines))
}

fn table_hint(lines: &[&str]) -> String {
    let first = lines.first().copied().unwrap_or_default();
    let start: String = first.chars().take(60).collect();
    format!("it is text, but not a table; `headroom formats` lists what is read: \"{start}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Result<Format, String> {
        recognise(text.as_bytes(), true)
    }

    #[test]
    fn each_format_is_known_by_its_content() {
        for (text, format) in [
            (
                "timeStamp,elapsed,label,success\n1,2,a,true\n",
                Format::JmeterCsv,
            ),
            (
                "\u{feff}timeStamp;elapsed;label\r\n1;2;a\r\n",
                Format::JmeterCsv,
            ),
            (
                "label\telapsed\ttimeStamp\tsuccess\nhome\t2\t1\ttrue\n",
                Format::JmeterCsv,
            ),
            (
                "1795225192805,104,Home page,200,OK,\"Group, EU 1-2\",text,true,402,2,2,104\n",
                Format::JmeterCsv,
            ),
            (
                "{ \"data\" : {\n \"result\": [], \"resultType\" : \"matrix\" }, \"status\": \"success\" }",
                Format::PrometheusJson,
            ),
            (
                "start,end,state\n2026-01-01,2026-01-02,down\n",
                Format::OutageTable,
            ),
            (
                "Service;State;Start;End\nx;up;2026-01-01;\n",
                Format::OutageTable,
            ),
            (
                "timestamp,value\n2014-02-14 14:30:00,0.132\n",
                Format::MetricTable,
            ),
            (
                "host|when|load\na|1771000000|1.5\nb|1771000060|\n",
                Format::MetricTable,
            ),
            (
                "ds,y\r2007-12-10,9.59\r2007-12-11,8.5\r",
                Format::MetricTable,
            ),
        ] {
            assert_eq!(seen(text), Ok(format), "{text}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (text, word) in [
            (
                "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">",
                "XML",
            ),
            ("  \n<html>", "web page"),
            (
                "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}",
                "query_range",
            ),
            ("[1, 2, 3]", "JSON"),
            ("time,value\n", "no rows"),
            ("name,colour\nanna,red\nbert,blue\n", "column of times"),
            ("Dear diary,\nnothing happened.\n", "not a table"),
            ("one word", "not a table"),
            ("  \n \n", "blanks"),
            ("label,responseCode,success\nhome,200,true\n", "timeStamp"),
            ("PK\u{3}\u{4}rest", "ZIP"),
            ("ab\u{0}cd", "binary"),
        ] {
            let hint = seen(text).unwrap_err();
            assert!(hint.contains(word), "{text}: {hint}");
        }
        let wide: Vec<u8> = "timeStamp,elapsed,label\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(recognise(&wide, true).unwrap_err().contains("UTF-16"));
        let marked = [&[0xff, 0xfe][..], &wide].concat();
        assert!(recognise(&marked, true).unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn cells_lose_their_quotes() {
        assert_eq!(cells("a,\"b, \"\"c\"\"\",", b','), ["a", "b, \"c\"", ""]);
    }
}
