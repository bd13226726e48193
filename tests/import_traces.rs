//! The same traces in two formats: the same durations, the same shares of time, the same slowest requests.

use headroom::dataset::Source;

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
