//! The same traces in two formats: the same durations, the same shares of time, the same slowest requests.

use headroom::dataset::Source;
use headroom::import::ImportOptions;
use headroom::import::import_bytes;
use headroom::progress::Progress;

use crate::shared_data::{import, own};

fn sources() -> [Source; 2] {
    ["traces/otlp.jsonl", "traces/jaeger.json"].map(|name| import(&own(name)).unwrap().source)
}

/// Counted from the generator's own numbers: 40 requests of 5 spans each, every tenth failed; mail is sent after the
/// request has ended and is not waited for, so the paths add up to the requests' durations.
#[test]
fn both_formats_tell_the_same() {
    let [otlp, jaeger] = sources();
    assert_eq!(otlp.traces, jaeger.traces);
    let traces = otlp.traces.unwrap();
    assert_eq!((traces.traces, traces.spans), (40, 200));
    let run = otlp.run.unwrap();
    let requests: u64 = run
        .counters
        .column("count")
        .unwrap()
        .u64()
        .unwrap()
        .into_no_null_iter()
        .sum();
    assert_eq!(requests, 200);
    let share: f64 = traces.services.iter().map(|s| s.share).sum();
    assert!((share - 1.0).abs() < 1e-9);
    let waited: f64 = traces.services.iter().map(|s| s.critical_secs).sum();
    let mail = traces
        .services
        .iter()
        .find(|s| s.service == "mail")
        .unwrap();
    assert_eq!(mail.critical_secs, 0.0);
    assert_eq!(mail.spans, 40);
    assert!((mail.self_secs - 40.0 * 0.3).abs() < 1e-9);
    let slowest = &traces.slowest[0];
    assert_eq!(slowest.root, "web: GET /checkout");
    let length: i64 = slowest.critical_path.iter().map(|s| s.length_ns).sum();
    assert_eq!(length, slowest.duration_ns);
    let services: Vec<&str> = slowest
        .critical_path
        .iter()
        .map(|s| s.service.as_str())
        .collect();
    assert_eq!(services, ["web", "cart", "db", "cart", "pay", "web"]);
    assert!(waited > 40.0 * 0.05 && waited < 40.0 * 0.185, "{waited}");
}

#[test]
fn cut_and_broken_files_end_in_words() {
    for name in ["traces/otlp.jsonl", "traces/jaeger.json"] {
        let whole = std::fs::read(own(name)).unwrap();
        let read = |bytes: Vec<u8>| {
            import_bytes(
                std::path::Path::new(name),
                bytes,
                None,
                &ImportOptions::default(),
                &Progress::default(),
            )
        };
        let rows = read(whole.clone()).unwrap().source.info.rows;
        let mut seed = 11_u64;
        for _ in 0..50 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % whole.len();
            if let Ok(part) = read(whole[..at].to_vec()) {
                let info = part.source.info;
                // A cut between two documents of a line each cannot be seen.
                let at_a_line = whole[..at].ends_with(b"\n") || whole.get(at) == Some(&b'\n');
                assert!(
                    info.rows == rows || at_a_line || info.warnings.iter().next().is_some(),
                    "{name} cut at {at}"
                );
            }
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (seed % 8);
            read(flipped).ok();
        }
    }
}
