//! Reading access logs from memory: the combined format, with the time of each request, and as JSON lines.

#![expect(
    clippy::format_collect,
    reason = "building the log is not what is measured"
)]

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use headroom::import::access_log::{json_log, text_log};
use headroom::import::{ImportError, ImportOptions, Imported, Intake};
use headroom::progress::Progress;

const LINES: usize = 100_000;

/// The parts of a request that a busy shop would log.
struct Asked {
    clock: String,
    path: String,
    status: u16,
    bytes: usize,
    millis: usize,
}

fn asked(i: usize) -> Asked {
    let second = i / 50;
    Asked {
        clock: format!(
            "{:02}:{:02}:{:02}",
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60
        ),
        path: format!(
            "/api/v1/shops/{}/items/{}?page={}",
            i * 31 % 40,
            i * i % 9_973,
            i % 7
        ),
        status: if i.is_multiple_of(97) { 503 } else { 200 },
        bytes: 200 + i * 7_919 % 50_000,
        millis: 1 + i * i % 907,
    }
}

fn text(timed: bool) -> String {
    (0..LINES)
        .map(|i| {
            let Asked { clock, path, status, bytes, millis } = asked(i);
            let time = if timed {
                format!(" {}.{:03}", millis / 1_000, millis % 1_000)
            } else {
                String::new()
            };
            format!(
                "203.0.113.{} - - [17/May/2026:{clock} +0000] \"GET {path} HTTP/1.1\" {status} {bytes} \
                 \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0\"{time}\n",
                i % 250
            )
        })
        .collect()
}

fn json() -> String {
    (0..LINES)
        .map(|i| {
            let Asked { clock, path, status, bytes, millis } = asked(i);
            format!(
                "{{\"time_iso8601\":\"2026-05-17T{clock}+00:00\",\"remote_addr\":\"203.0.113.{}\",\"request\":\"GET {path} \
                 HTTP/1.1\",\"status\":{status},\"body_bytes_sent\":{bytes},\"request_time\":{}.{:03},\
                 \"http_user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"}}\n",
                i % 250,
                millis / 1_000,
                millis % 1_000
            )
        })
        .collect()
}

fn measure(
    bencher: Bencher,
    log: &str,
    read: impl Fn(&[u8], &Intake<'_>) -> Result<Imported, ImportError> + Sync,
) {
    let options = ImportOptions::default();
    let progress = Progress::default();
    bencher
        .counter(BytesCount::new(log.len()))
        .counter(ItemsCount::new(LINES))
        .bench(|| {
            let intake = Intake::new(Path::new("access.log"), &options, &progress);
            let imported = read(log.as_bytes(), &intake).expect("the log can be read");
            assert_eq!(imported.source.info.rows, LINES as u64);
            imported
        });
}

#[divan::bench]
fn combined(bencher: Bencher) {
    measure(bencher, &text(false), |log, intake| {
        text_log::read(log, intake)
    });
}

#[divan::bench]
fn with_request_time(bencher: Bencher) {
    measure(bencher, &text(true), |log, intake| {
        text_log::read(log, intake)
    });
}

#[divan::bench]
fn json_lines(bencher: Bencher) {
    measure(bencher, &json(), |log, intake| json_log::read(log, intake));
}
