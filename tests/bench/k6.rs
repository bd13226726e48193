//! Reading k6's JSON output from memory: most lines are of no interest and should cost next to nothing.

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use headroom::import::load_test::{k6_csv, k6_ndjson};
use headroom::import::{ImportOptions, Intake};
use headroom::progress::Progress;

const REQUESTS: usize = 10_000;
const SAMPLES: [&str; 9] = [
    "http_reqs",
    "http_req_duration",
    "http_req_blocked",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_waiting",
    "http_req_receiving",
    "http_req_failed",
];

fn millis(request: usize) -> f64 {
    1.0 + (request * request % 907) as f64 + 0.125
}

/// Lines as `make_k6.py` makes them; in the layout of older versions (name last) where asked.
fn lines(older: bool) -> String {
    let mut text = String::new();
    for request in 0..REQUESTS {
        let (secs, nanos) = (request / 1_000, request % 1_000 * 1_000_003);
        let label = format!("https://shop.example/api/v1/resource{}", request * 31 % 40);
        for metric in SAMPLES {
            let data = format!(
                "{{\"time\":\"2026-11-21T01:47:{secs:02}.{nanos:09}Z\",\"value\":{},\"tags\":{{\
                 \"expected_response\":\"true\",\"group\":\"::browse\",\"method\":\"GET\",\"name\":\"{label}\",\
                 \"proto\":\"HTTP/1.1\",\"scenario\":\"default\",\"status\":\"200\",\"url\":\"{label}\"}}}}",
                millis(request)
            );
            text.push_str(&if older {
                format!("{{\"type\":\"Point\",\"data\":{data},\"metric\":\"{metric}\"}}\n")
            } else {
                format!("{{\"metric\":\"{metric}\",\"type\":\"Point\",\"data\":{data}}}\n")
            });
        }
    }
    text
}

/// The same as rows.
fn rows() -> String {
    let mut text = "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,\
                    scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n"
        .to_owned();
    for request in 0..REQUESTS {
        let label = format!("https://shop.example/api/v1/resource{}", request * 31 % 40);
        for metric in SAMPLES {
            text.push_str(&format!(
                "{metric},{},{:.6},,,,true,::browse,GET,{label},HTTP/1.1,default,,200,,,{label},,\n",
                1_795_225_633 + request / 1_000,
                millis(request)
            ));
        }
    }
    text
}

fn counted(bencher: Bencher, text: &str, read: impl Fn(&str, &Intake<'_>) -> u64 + Sync) {
    let options = ImportOptions::default();
    let progress = Progress::default();
    let intake = Intake::new(Path::new("k6"), &options, &progress);
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(REQUESTS))
        .bench(|| read(text, &intake));
}

#[divan::bench(args = [false, true])]
fn read_ndjson(bencher: Bencher, older: bool) {
    counted(bencher, &lines(older), |text, intake| {
        let imported = k6_ndjson::read(text.as_bytes(), intake);
        imported.map_or(0, |i| i.source.info.rows)
    });
}

#[divan::bench]
fn read_csv(bencher: Bencher) {
    counted(bencher, &rows(), |text, intake| {
        let imported = k6_csv::read(text.as_bytes(), intake);
        imported.map_or(0, |i| i.source.info.rows)
    });
}
