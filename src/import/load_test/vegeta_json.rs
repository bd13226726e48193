//! Vegeta's results as JSON lines (`vegeta encode`, `vegeta attack -output … | vegeta encode --to json`).

use std::borrow::Cow;

use serde::Deserialize;

use super::vegeta::{Hit, builder, cut_off};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};

/// Vegeta's JSON.
pub static FORMAT: Format = Format {
    id: "vegeta-json",
    title: "Vegeta results (JSON lines)",
    family: Family::LoadTest,
    recognised_by: "objects with code, timestamp, latency, bytes_out and bytes_in, one a line",
    traps: &[
        "Latencies are nanoseconds.",
        "Code 0 is a request without a response; success is a status of 200 to 399.",
        "Vegeta's rate is requests over the time between first and last start, its throughput successes over all the time.",
        "Vegeta's own percentiles are estimates; these are exact.",
        "Vegeta's default output (gob) is a format of the Go language: turn it into JSON with `vegeta encode`.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// A line holds the response's body, so it may be long.
const MAX_LINE: usize = 32 << 20;

fn recognise(head: &Head<'_>) -> Seen {
    if is_gob(head.bytes) {
        return Seen::Refused(
            "it is Vegeta's binary output (gob); turn it into JSON with `vegeta encode --to json < FILE > results.json`"
                .to_owned(),
        );
    }
    let result = head.json.as_ref().is_some_and(|json| {
        !json.array && json.has_keys(&["code", "timestamp", "latency", "bytes_out", "bytes_in"])
    });
    result.into()
}

/// A stream of gob begins with the description of its type, whose names are in clear.
fn is_gob(bytes: &[u8]) -> bool {
    let start = bytes.get(..512).unwrap_or(bytes);
    ["Result", "Timestamp", "Latency", "BytesOut"]
        .iter()
        .all(|name| memchr::memmem::find(start, name.as_bytes()).is_some())
        && start.iter().any(|b| *b < 9)
}

#[derive(Deserialize)]
struct Line<'a> {
    code: u16,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    latency: i64,
    #[serde(default)]
    bytes_out: u64,
    #[serde(default)]
    bytes_in: u64,
    #[serde(borrow, default)]
    error: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut builder = builder(intake);
    let mut lines = Lines::within(stream, MAX_LINE);
    while let Some(found) = lines.next_line().map_err(|e| intake.read_failed(e))? {
        let (number, ended) = (found.number, found.ended);
        let content = found.bytes.trim_ascii();
        if content.is_empty() {
            continue;
        }
        let shown = || String::from_utf8_lossy(content.get(..300).unwrap_or(content));
        if found.too_long {
            builder.reject(number, "", "longer than 32 MB", &shown());
            continue;
        }
        if !ended {
            cut_off(&mut builder, intake, number, &shown());
        }
        // sonic_rs would follow nested brackets until the stack is full.
        let counted = match serde_json::from_slice::<Line<'_>>(content) {
            Ok(line) => hit(&line).and_then(|hit| hit.count_into(&mut builder)),
            // What is cut off has been noted.
            Err(_) if !ended => Ok(()),
            Err(_) => Err("not a result in JSON"),
        };
        if let Err(reason) = counted {
            builder.reject(number, "", reason, &shown());
        }
        if number.is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    }
    builder.finish("there is no result in it; run the test again")
}

fn hit<'a>(line: &'a Line<'_>) -> Result<Hit<'a>, &'static str> {
    let start: jiff::Timestamp = line
        .timestamp
        .parse()
        .map_err(|_| "the timestamp is no time")?;
    Ok(Hit {
        start_ns: start.as_nanosecond(),
        code: line.code,
        latency_ns: line.latency,
        bytes_out: line.bytes_out,
        bytes_in: line.bytes_in,
        error: &line.error,
        url: &line.url,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;
    use crate::warning::WarningKind;

    const OK: &str = r#"{"attack":"","seq":0,"code":200,"timestamp":"2026-11-21T02:36:56.541234567+01:00","latency":35123456,"bytes_out":0,"bytes_in":231,"error":"","body":"eHh4","method":"GET","url":"http://x/a","headers":{"A":["b"]}}"#;
    const REFUSED: &str = r#"{"attack":"","seq":1,"code":0,"timestamp":"2026-11-21T01:36:55Z","latency":1000,"bytes_out":0,"bytes_in":0,"error":"Get \"http://x/b\": dial tcp: connection refused","body":null,"method":"GET","url":"http://x/b","headers":null}"#;
    const MOVED: &str = r#"{"code":301,"timestamp":"2026-11-21T01:36:57Z","latency":2000000,"bytes_out":12,"bytes_in":5,"error":""}"#;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    #[test]
    fn results_are_counted_by_their_start_and_code() {
        let imported = import(&format!("{OK}\n{REFUSED}\n{MOVED}\n")).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 0));
        assert_eq!(info.first.unwrap().to_string(), "2026-11-21T01:36:55Z");
        let run = imported.source.run.unwrap();
        assert!(!run.closed_loop);
        let names: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["http://x/a", "http://x/b", "requests"]);
        assert_eq!(run.tool_figures[1].percentiles_ms[0], (500_000, 35.123_456));
        let outcomes: Vec<u8> = run
            .counters
            .column("outcome")
            .unwrap()
            .u8()
            .unwrap()
            .into_no_null_iter()
            .collect();
        assert_eq!(outcomes.iter().filter(|o| **o == 1).count(), 1);
        let codes = format!("{:?}", run.codes);
        assert!(codes.contains("connection refused"), "{codes}");
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 0);
    }

    #[test]
    fn damage_is_rejected_line_by_line() {
        let deep = format!("{{\"headers\":{}", "[".repeat(100_000));
        let bad = [
            OK.replace("35123456", "-1"),
            OK.replace("35123456", "1e999"),
            OK.replace("35123456", "\"35\""),
            OK.replace("2026-11-21T", "2026-31-21T"),
            OK.replace("200,", "70000,"),
            OK.replace("\"code\"", "\"kode\""),
            OK.replace("231", "18446744073709551615"),
            deep,
        ];
        let imported = import(&format!("{}\n{OK}\n", bad.join("\n"))).unwrap();
        assert_eq!((imported.source.info.rows, imported.rejects.count), (1, 8));
        for (end, rows) in [(OK, 2), (&OK[..OK.len() - 1], 1), (&OK[..60], 1)] {
            let info = import(&format!("{OK}\n{end}")).unwrap().source.info;
            assert_eq!(info.rows, rows);
            assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        }
        assert!(import("\n").is_err());
    }

    #[test]
    fn the_binary_form_is_refused_with_advice() {
        let gob = b"\x57\xff\x81\x03\x01\x01\x06Result\x01\xff\x82\x00\x01\x0b\x01\x06Attack\x01\x0c\x00\x01\x03Seq\x01\x06\x00\
            \x01\x04Code\x01\x06\x00\x01\x09Timestamp\x01\xff\x84\x00\x01\x07Latency\x01\x04\x00\x01\x08BytesOut\x01\x06\x00";
        match recognise(&Head::new(gob, true, Path::new("x"))) {
            Seen::Refused(why) => assert!(why.contains("vegeta encode")),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            recognise(&Head::new(OK.as_bytes(), true, Path::new("x"))),
            Seen::Yes
        );
    }
}
