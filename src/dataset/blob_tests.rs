//! Storing and reading back, and what happens to parts that were damaged or made up.

use std::collections::BTreeMap;

use super::*;
use crate::calendar::Instant;
use crate::dataset::{OutageRow, State};

fn run(seconds: i64) -> RunSummary {
    let n = seconds as usize;
    let times: Vec<i64> = (0..seconds).map(|s| 1_700_000_000 + s).collect();
    let micros: Vec<i64> = times.iter().map(|t| t * 1_000_000).collect();
    RunSummary {
        tool: Tool::JMeter,
        tick_ns: 1_000_000,
        bucket_secs: 1,
        labels: vec![LabelInfo {
            name: "GET /".to_owned(),
            controller: false,
        }],
        generators: vec!["a".to_owned()],
        counters: df![
            "second" => &times, "label" => vec![0_u16; n], "outcome" => vec![0_u8; n], "count" => vec![3_u64; n],
            "sum_ticks" => vec![30_i64; n], "min_ticks" => vec![5_i64; n], "max_ticks" => vec![15_i64; n],
            "received" => vec![100_i64; n], "sent" => vec![10_i64; n], "first_start" => &micros, "last_end" => &micros,
        ]
        .unwrap(),
        histogram: df![
            "bucket" => &times, "label" => vec![0_u16; n], "outcome" => vec![0_u8; n],
            "value" => vec![10_i64; n], "count" => vec![3_u64; n],
        ]
        .unwrap(),
        codes: df!["minute" => [1_699_999_980_i64], "label" => [0_u16], "code" => ["200"], "count" => [3_u64]].unwrap(),
        concurrency: df!["second" => &times, "generator" => vec![0_u16; n], "active" => vec![7_i64; n]].unwrap(),
        tool_figures: vec![ToolFigures {
            label: "Total".to_owned(),
            percentiles_ms: vec![(950_000, 14.5), (990_000, f64::NAN)],
        }],
        closed_loop: true,
        counts_only: false,
        outcomes_unknown: false,
    }
}

fn source() -> Source {
    Source {
        info: SourceInfo {
            source_id: "00ff".to_owned(),
            file_name: "results.jtl".to_owned(),
            rows: 30,
            first: Some(Instant::from_secs(1_700_000_000)),
            ..SourceInfo::default()
        },
        run: Some(run(10)),
        metrics: Some(MetricTable {
            series: vec![SeriesInfo {
                name: "cpu".to_owned(),
                labels: BTreeMap::from([("instance".to_owned(), "a".to_owned())]),
                ..SeriesInfo::default()
            }],
            points: df!["series" => [0_u32, 0], "t" => [1_i64, 2], "value" => [0.5, 0.25]].unwrap(),
        }),
        uptime: Some(UptimeTable {
            rows: vec![OutageRow {
                start: Instant::from_secs(5),
                end: None,
                state: State::Down,
                service: "api".to_owned(),
                note: String::new(),
            }],
            incident_list: true,
            ..UptimeTable::default()
        }),
        buckets: Some(BucketSummary {
            labels: vec!["latency".to_owned()],
            cells: df![
                "t" => [1_i64], "label" => [0_u16], "low_ns" => [0_i64], "high_ns" => [i64::MAX], "count" => [4_u64],
            ]
            .unwrap(),
            step_secs: 15.0,
        }),
        summary: None,
        traces: None,
    }
}

fn store(encoded: &Encoded) -> BTreeMap<String, Vec<u8>> {
    encoded
        .blobs
        .iter()
        .map(|b| (b.hash.clone(), b.bytes.clone()))
        .collect()
}

fn read_from(
    encoded: &Encoded,
    blobs: &BTreeMap<String, Vec<u8>>,
) -> Result<(Source, Vec<String>), DatasetError> {
    decode(&encoded.meta, |hash| {
        blobs
            .get(hash)
            .cloned()
            .ok_or_else(|| "it is not there".to_owned())
    })
}

/// The description with one blob exchanged for other bytes whose hash is right: what an attacker would write.
fn forge(encoded: &Encoded, index: usize, bytes: Vec<u8>) -> (Encoded, BTreeMap<String, Vec<u8>>) {
    let old = &encoded.blobs[index].hash;
    let hash = hash_of(&bytes);
    let mut forged = encoded.clone();
    forged.meta = forged.meta.replace(old, &hash);
    forged.blobs[index] = Blob { hash, bytes };
    let blobs = store(&forged);
    (forged, blobs)
}

#[test]
fn a_source_comes_back_as_it_was() {
    let source = source();
    let encoded = encode(&source).unwrap();
    let (back, losses) = read_from(&encoded, &store(&encoded)).unwrap();
    assert_eq!(losses, Vec::<String>::new());
    assert_eq!(back.info, source.info);
    let (was, is) = (source.run.unwrap(), back.run.unwrap());
    assert_eq!(is.counters, was.counters);
    assert_eq!(is.histogram, was.histogram);
    assert_eq!(is.codes, was.codes);
    assert_eq!(is.concurrency, was.concurrency);
    assert_eq!((is.labels, is.generators), (was.labels, was.generators));
    assert!(is.closed_loop);
    assert_eq!(is.tool_figures[0].percentiles_ms, [(950_000, 14.5)]);
    assert_eq!(back.metrics.unwrap().points, source.metrics.unwrap().points);
    assert_eq!(back.uptime, source.uptime);
    let (was, is) = (source.buckets.unwrap(), back.buckets.unwrap());
    assert_eq!((is.cells, is.step_secs), (was.cells, was.step_secs));
}

#[test]
fn equal_content_has_equal_names() {
    let (a, b) = (encode(&source()).unwrap(), encode(&source()).unwrap());
    assert_eq!(a, b);
    let mut named: Vec<String> = a.blobs.iter().map(|b| b.hash.clone()).collect();
    named.sort();
    named.dedup();
    assert_eq!(hashes(&a.meta).unwrap(), named);
}

#[test]
fn long_frames_are_split_and_joined() {
    let mut long = source();
    long.run = Some(run(2_500_000));
    let encoded = encode(&long).unwrap();
    assert!(
        encoded
            .blobs
            .iter()
            .all(|b| b.bytes.len() <= MAX_BLOB_BYTES)
    );
    assert!(encoded.blobs.len() > 8);
    let (back, losses) = read_from(&encoded, &store(&encoded)).unwrap();
    assert!(losses.is_empty());
    assert_eq!(back.run.unwrap().counters, long.run.unwrap().counters);
}

#[test]
fn frames_without_rows_come_back_with_their_columns() {
    let mut source = source();
    if let Some(run) = &mut source.run {
        run.codes = DataFrame::empty();
        run.concurrency = DataFrame::empty();
    }
    let encoded = encode(&source).unwrap();
    let (back, losses) = read_from(&encoded, &store(&encoded)).unwrap();
    assert!(losses.is_empty());
    assert_eq!(back.run.unwrap().codes.width(), 4);
}

#[test]
fn each_lost_part_is_named_and_the_others_stay() {
    let encoded = encode(&source()).unwrap();
    let parts = [
        ("the requests", 0),
        ("the requests", 1),
        ("the response codes", 2),
        ("the concurrency", 3),
        ("the series", 4),
        ("the latency buckets", 5),
    ];
    assert_eq!(encoded.blobs.len(), parts.len());
    for (part, index) in parts {
        let mut blobs = store(&encoded);
        blobs.remove(&encoded.blobs[index].hash);
        let (back, losses) = read_from(&encoded, &blobs).unwrap();
        assert_eq!(
            losses,
            [format!(
                "{part} of \"results.jtl\" could not be read: it is not there"
            )]
        );
        assert_eq!(back.run.is_none(), part == "the requests");
        assert!(back.uptime.is_some());
    }
}

#[test]
fn changed_bytes_are_noticed() {
    let encoded = encode(&source()).unwrap();
    let mut blobs = store(&encoded);
    blobs.get_mut(&encoded.blobs[0].hash).unwrap()[40] ^= 1;
    let (_, losses) = read_from(&encoded, &blobs).unwrap();
    assert!(losses[0].contains("changed since"), "{losses:?}");
}

/// Forged blobs carry the right hash, so only the reader's own checks stand between them and the program.
#[test]
fn forged_blobs_never_panic() {
    let encoded = encode(&source()).unwrap();
    for index in 0..encoded.blobs.len() {
        let bytes = encoded.blobs[index].bytes.clone();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            let (forged, blobs) = forge(&encoded, index, changed);
            read_from(&forged, &blobs).unwrap();
        }
        for length in (0..bytes.len()).step_by(7) {
            let (forged, blobs) = forge(&encoded, index, bytes[..length].to_vec());
            assert_eq!(read_from(&forged, &blobs).unwrap().1.len(), 1);
        }
    }
}

fn parquet(mut frame: DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

#[test]
fn frames_that_would_break_lookups_are_refused() {
    let encoded = encode(&source()).unwrap();
    let cases = [
        (
            df!["series" => [1_u32, 0], "t" => [1_i64, 2], "value" => [0.5, 0.25]],
            "refers to number 1 of 1",
        ),
        (
            df!["series" => [0_u32, 0], "t" => [2_i64, 1], "value" => [0.5, 0.25]],
            "out of order",
        ),
        (
            df!["series" => [0_u32, 0], "t" => [1_i64, 2], "value" => [0.5, f64::INFINITY]],
            "not numbers",
        ),
        (
            df!["series" => [0_u32, 0], "t" => [Some(1_i64), None], "value" => [0.5, 0.25]],
            "empty cells",
        ),
        (
            df!["series" => [0_i64, 0], "t" => [1_i64, 2], "value" => [0.5, 0.25]],
            "instead of",
        ),
        (
            df!["series" => [0_u32], "t" => [1_i64], "value" => [0.5]],
            "another number of rows",
        ),
    ];
    for (frame, said) in cases {
        let (forged, blobs) = forge(&encoded, 4, parquet(frame.unwrap()));
        let (back, losses) = read_from(&forged, &blobs).unwrap();
        assert!(back.metrics.is_none());
        assert!(losses[0].contains(said), "{losses:?}");
    }
}

#[test]
fn descriptions_that_cannot_be_read_say_why() {
    for (meta, said) in [
        ("", "could not be read"),
        ("{\"version\":99}", "newer version"),
        ("{\"run\":7}", "could not be read"),
    ] {
        let error = decode(meta, |_| Err(String::new())).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
