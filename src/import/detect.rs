//! What a file is, by its content and never by its extension.
//!
//! Everything is decided from the first 64 KiB after decompression. What is not recognised gets a sentence that says
//! what was seen and what to do about it. The facts about each format are from the tools' own files and sources.

use super::format::{Format, Seen};
use super::head::looks_binary;
use super::open::Opened;
use super::table::metric_csv;
use super::{Head, ImportError, formats};

/// Delimiters that tables are written with, most usual first.
pub const DELIMITERS: [u8; 4] = *b",;\t|";

/// Recognises the format of an opened file.
pub fn detect(opened: &Opened) -> Result<&'static Format, ImportError> {
    let whole = opened.head.len() as u64 >= opened.bytes;
    recognise(&Head::new(&opened.head, whole, &opened.path)).map_err(|hint| ImportError::Unknown {
        path: opened.path.clone(),
        hint,
    })
}

/// The format of a file that begins like this, or what was seen instead.
pub fn recognise(head: &Head<'_>) -> Result<&'static Format, String> {
    for format in formats::ALL {
        match (format.recognise)(head) {
            Seen::Yes => return Ok(format),
            Seen::Refused(hint) => return Err(hint),
            Seen::No => {}
        }
    }
    refuse_binary(head.bytes)?;
    let text = head.text.as_ref();
    Err(match text.chars().next() {
        None => "it holds nothing but blanks; export it again".to_owned(),
        Some('<') => markup_hint(text),
        Some('{' | '[') => {
            "it is JSON, but of no form that is known; `headroom formats` lists those that are, and a \
             table in CSV is read from any tool"
                .to_owned()
        }
        Some(_) => table_hint(head),
    })
}

fn refuse_binary(head: &[u8]) -> Result<(), String> {
    let hint = match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the text is UTF-16; save it as UTF-8",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            "it is a ZIP archive or an Office file; unpack it, or save the sheet as CSV"
        }
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => {
            "it is a database; open a Headroom project with --project"
        }
        [b'%', b'P', b'D', b'F', ..] => "it is a PDF; export the data as CSV",
        _ => {
            let sample = head.get(..4096).unwrap_or(head);
            let nul = memchr::memchr_iter(0, sample).count();
            if nul * 3 > sample.len() {
                "the text looks like UTF-16; save it as UTF-8"
            } else if looks_binary(head) {
                "it is a binary file; export the results as text"
            } else {
                return Ok(());
            }
        }
    };
    Err(hint.to_owned())
}

fn markup_hint(text: &str) -> String {
    let start: String = text.chars().take(2048).collect();
    if start.contains("<html") || start.contains("<!DOCTYPE html") {
        "it is a web page; export the data behind it as CSV or JSON".to_owned()
    } else {
        "it is XML; export it as CSV or JSON".to_owned()
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

fn table_hint(head: &Head<'_>) -> String {
    let lines = head.lines();
    let Some(first) = lines.first() else {
        return "it has no lines; export it again".to_owned();
    };
    let start: String = first.chars().take(60).collect();
    match metric_csv::recognises(head.text.as_bytes()) {
        Err(Some(why)) if lines.len() > 1 => {
            format!("{why}, or say what its columns are (Map columns…, --mapping): \"{start}\"")
        }
        Err(Some(why)) => format!("{why}: \"{start}\""),
        _ => format!(
            "it is text, but not a table; `headroom formats` lists what is read: \"{start}\""
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(bytes: &[u8]) -> Result<&'static str, String> {
        recognise(&Head::new(bytes, true, Path::new("file"))).map(|format| format.id)
    }

    fn seen(text: &str) -> Result<&'static str, String> {
        of(text.as_bytes())
    }

    #[test]
    fn each_format_is_known_by_its_content() {
        for (text, format) in [
            (
                "timeStamp,elapsed,label,success\n1,2,a,true\n",
                "jmeter-csv",
            ),
            ("\u{feff}timeStamp;elapsed;label\r\n1;2;a\r\n", "jmeter-csv"),
            (
                "label\telapsed\ttimeStamp\tsuccess\nhome\t2\t1\ttrue\n",
                "jmeter-csv",
            ),
            (
                "1795225192805,104,Home page,200,OK,\"Group, EU 1-2\",text,true,402,2,2,104\n",
                "jmeter-csv",
            ),
            (
                "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n<sample t=\"1\" ts=\"2\"/>",
                "jmeter-xml",
            ),
            (
                "{\"Total\": {\"transaction\": \"Total\", \"sampleCount\": 1, \"meanResTime\": 2.0, \"pct1ResTime\": 3.0}}",
                "jmeter-statistics",
            ),
            (
                "<testsuites><testsuite><testcase/></testsuite></testsuites>",
                "junit-xml",
            ),
            (
                "<?xml version='1.0'?>\n<FinalStatus/>",
                "taurus-final-stats",
            ),
            (
                "label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput,perc_50.0\n",
                "taurus-final-stats",
            ),
            (
                "summary =   1000 in 00:00:31 =   32.7/s Avg:   276 Min:    50 Max:   500 Err:     0 (0.00%)\n",
                "jmeter-summariser",
            ),
            (
                "{ \"data\" : {\n \"result\": [], \"resultType\" : \"matrix\" }, \"status\": \"success\" }",
                "prometheus-json",
            ),
            (
                "start,end,state\n2026-01-01,2026-01-02,down\n",
                "outage-table",
            ),
            (
                "Service;State;Start;End\nx;up;2026-01-01;\n",
                "outage-table",
            ),
            (
                "timestamp,value\n2014-02-14 14:30:00,0.132\n",
                "metric-table",
            ),
            (
                "host|when|load\na|1771000000|1.5\nb|1771000060|\n",
                "metric-table",
            ),
            ("ds,y\r2007-12-10,9.59\r2007-12-11,8.5\r", "metric-table"),
        ] {
            assert_eq!(seen(text), Ok(format), "{text}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (text, word) in [
            (
                "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\"><sample lb=\"a\"/>",
                "time stamp",
            ),
            ("<?xml version=\"1.0\"?>\n<other/>", "XML"),
            ("  \n<html>", "web page"),
            (
                "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\"}}",
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
        assert!(of(&wide).unwrap_err().contains("UTF-16"));
        let marked = [&[0xff, 0xfe][..], &wide].concat();
        assert!(of(&marked).unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn cells_lose_their_quotes() {
        assert_eq!(cells("a,\"b, \"\"c\"\"\",", b','), ["a", "b, \"c\"", ""]);
    }
}
