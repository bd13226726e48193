//! NGINX Plus status snapshots, one JSON object a line: counters since the start, of the server and of its zones.
//!
//! NGINX documentation, `ngx_http_status_module` (versions 1 to 8 of the data). Counters become rates, so two snapshots
//! are the least.

use std::io::Read;

use serde_json::{Map, Value};

use super::brought::{Brought, Labels};
use super::documents::{TREE_LIMIT, each};
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Snapshots of `status`.
pub static FORMAT: Format = Format {
    id: "nginx-plus-status",
    title: "NGINX Plus status (JSON, one snapshot a line)",
    family: Family::Metrics,
    recognised_by: "JSON with \"nginx_version\", \"timestamp\", \"connections\" and \"requests\"",
    traps: &[
        "All counters run since the start of the server: one snapshot gives no rate.",
        "SSL counters belong to the worker that answered (\"pid\") and are kept per worker.",
        "Response times are means of upstream servers, not percentiles.",
        "Totals of responses count only what was answered; \"requests\" count what was received.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

fn recognises(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        json.has_keys(&["nginx_version", "timestamp", "connections", "requests"])
    })
}

/// Reads all snapshots from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    let mut zones = (None, None);
    each(
        reader,
        TREE_LIMIT,
        "a snapshot of NGINX",
        &mut brought,
        |brought, status: Map<String, Value>| {
            let millis = status.get("timestamp").and_then(Value::as_f64);
            let at = millis.map(|ms| Instant((ms * 1e3).round() as i64));
            let Some(at) = at.filter(|at| is_plausible(*at) && at.0 > 1_000_000_000_000) else {
                brought.reject(0, "timestamp", "a snapshot without a time", "");
                return Ok(());
            };
            let before = brought.rows;
            Snapshot { brought, at }.read(&status);
            let counts = brought.rows - before;
            let last = zones.1.replace(counts);
            zones.0 = last;
            Ok(())
        },
    )?;
    if let (Some(before), Some(last)) = zones
        && last < before
    {
        brought.warnings.add(
            WarningKind::TailMissing,
            "the last snapshot holds fewer values than the one before it",
        );
    }
    brought.finish("there are no two snapshots to take rates from; record a longer time")
}

/// One snapshot while it is read.
struct Snapshot<'b, 'a> {
    brought: &'b mut Brought<'a>,
    at: Instant,
}

impl Snapshot<'_, '_> {
    fn read(&mut self, status: &Map<String, Value>) {
        let none = Labels::new();
        let empty = Map::new();
        let part = |key: &str| status.get(key).and_then(Value::as_object).unwrap_or(&empty);
        self.counters(
            "nginx_connections",
            &none,
            part("connections"),
            &["accepted", "dropped"],
        );
        self.gauges(
            "nginx_connections",
            &none,
            part("connections"),
            &["active", "idle"],
        );
        self.counters("nginx_requests", &none, part("requests"), &["total"]);
        self.gauges("nginx_requests", &none, part("requests"), &["current"]);
        self.counters("nginx_processes", &none, part("processes"), &["respawned"]);
        let worker = status
            .get("pid")
            .map(|pid| Labels::from([("pid".to_owned(), pid.to_string())]));
        self.counters(
            "nginx_ssl",
            &worker.unwrap_or_default(),
            part("ssl"),
            &["handshakes", "handshakes_failed", "session_reuses"],
        );
        self.zones("nginx_zone", part("server_zones"));
        self.zones("nginx_location", part("location_zones"));
        self.upstreams("nginx_upstream", part("upstreams"));
        self.caches(part("caches"));
        let stream = part("stream");
        for (key, prefix) in [
            ("server_zones", "nginx_stream_zone"),
            ("upstreams", "nginx_stream_upstream"),
        ] {
            if let Some(Value::Object(list)) = stream.get(key) {
                if key == "upstreams" {
                    self.upstreams(prefix, list);
                } else {
                    self.zones(prefix, list);
                }
            }
        }
    }

    fn zones(&mut self, prefix: &str, zones: &Map<String, Value>) {
        for (name, zone) in zones {
            if let Value::Object(zone) = zone {
                self.server(
                    prefix,
                    &Labels::from([("zone".to_owned(), name.clone())]),
                    zone,
                );
            }
        }
    }

    /// What zones and upstream servers have in common.
    fn server(&mut self, prefix: &str, labels: &Labels, server: &Map<String, Value>) {
        self.counters(
            prefix,
            labels,
            server,
            &[
                "requests",
                "connections",
                "discarded",
                "received",
                "sent",
                "fails",
                "unavail",
            ],
        );
        self.gauges(
            prefix,
            labels,
            server,
            &[
                "processing",
                "active",
                "header_time",
                "connect_time",
                "first_byte_time",
                "response_time",
            ],
        );
        for key in ["responses", "sessions"] {
            if let Some(Value::Object(classes)) = server.get(key) {
                for class in ["1xx", "2xx", "3xx", "4xx", "5xx"] {
                    let mut labels = labels.clone();
                    labels.insert("class".to_owned(), class.to_owned());
                    let name = format!("{prefix}_{key}");
                    self.add(&name, &labels, classes.get(class), true);
                }
            }
        }
        if let Some(Value::String(state)) = server.get("state") {
            let up = Value::from(u8::from(state == "up"));
            self.add(&format!("{prefix}_up"), labels, Some(&up), false);
        }
    }

    fn upstreams(&mut self, prefix: &str, upstreams: &Map<String, Value>) {
        for (name, upstream) in upstreams {
            // A plain list up to version 5, an object with "peers" since.
            let peers = upstream.get("peers").unwrap_or(upstream);
            for peer in peers.as_array().into_iter().flatten() {
                let Value::Object(peer) = peer else {
                    continue;
                };
                let server = peer
                    .get("server")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let labels = Labels::from([
                    ("upstream".to_owned(), name.clone()),
                    ("server".to_owned(), server.to_owned()),
                ]);
                self.server(prefix, &labels, peer);
            }
        }
    }

    fn caches(&mut self, caches: &Map<String, Value>) {
        for (name, cache) in caches {
            let Value::Object(cache) = cache else {
                continue;
            };
            let labels = Labels::from([("cache".to_owned(), name.clone())]);
            self.gauges("nginx_cache", &labels, cache, &["size", "max_size"]);
            for state in [
                "hit",
                "stale",
                "updating",
                "revalidated",
                "miss",
                "expired",
                "bypass",
            ] {
                if let Some(Value::Object(counts)) = cache.get(state) {
                    let mut labels = labels.clone();
                    labels.insert("state".to_owned(), state.to_owned());
                    self.counters("nginx_cache", &labels, counts, &["responses", "bytes"]);
                }
            }
        }
    }

    fn counters(
        &mut self,
        prefix: &str,
        labels: &Labels,
        part: &Map<String, Value>,
        keys: &[&str],
    ) {
        for key in keys {
            self.add(&format!("{prefix}_{key}"), labels, part.get(*key), true);
        }
    }

    fn gauges(&mut self, prefix: &str, labels: &Labels, part: &Map<String, Value>, keys: &[&str]) {
        for key in keys {
            self.add(&format!("{prefix}_{key}"), labels, part.get(*key), false);
        }
    }

    fn add(&mut self, name: &str, labels: &Labels, value: Option<&Value>, counter: bool) {
        let Some(value) = value.and_then(Value::as_f64) else {
            return;
        };
        let last = name.rsplit('_').next().unwrap_or_default();
        let amount = match last {
            "received" | "sent" | "bytes" | "size" => "bytes",
            "time" => "ms",
            _ => "",
        };
        let series = self.brought.series(name, labels, |m| {
            m.counter = counter;
            m.kind = if counter {
                SeriesKind::Rate
            } else {
                SeriesKind::Gauge
            };
            m.unit = if counter {
                format!("{amount}/s")
            } else {
                amount.to_owned()
            };
        });
        self.brought.point(series, self.at, Some(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::MetricTable;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "status.json", json)
    }

    fn line(secs: i64, pid: u32, n: u64) -> String {
        format!(
            r#"{{"version":6,"nginx_version":"1.9.4","timestamp":{},"pid":{pid},"connections":{{"accepted":{n},"active":{n}}},"ssl":{{"handshakes":{}}},"requests":{{"total":{},"current":1}},"server_zones":{{"a":{{"processing":0,"requests":{n},"responses":{{"5xx":{n},"total":{n}}},"sent":{n}}}}},"upstreams":{{"b":{{"peers":[{{"server":"10.0.0.1:80","state":"unhealthy","responses":{{"4xx":{n}}},"response_time":25}}]}},"c":[{{"server":"x","state":"up","requests":{n}}}]}},"caches":{{"d":{{"size":7,"hit":{{"responses":{n},"bytes":{n}}}}}}}}}"#,
            (1_446_249_499 + secs) * 1_000,
            n + u64::from(pid) * 1_000,
            n * 10,
        )
    }

    fn values(table: &MetricTable, name: &str) -> (Vec<f64>, String) {
        let index = table
            .series
            .iter()
            .position(|s| s.display_name() == name)
            .unwrap_or_else(|| panic!("{name}"));
        let series = table.series(index).unwrap();
        (series.values, series.info.unit)
    }

    #[test]
    fn counters_become_rates_per_zone_and_worker() {
        let text = [
            line(0, 1, 100),
            line(5, 2, 110),
            line(10, 1, 130),
            line(15, 2, 140),
        ]
        .join("\n");
        let imported = try_read(&text).unwrap();
        assert!(
            imported.source.info.warnings.is_empty(),
            "{:?}",
            imported.source.info.warnings
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            values(&table, "nginx_requests_total"),
            (vec![20.0, 40.0, 20.0], "/s".to_owned())
        );
        assert_eq!(values(&table, "nginx_ssl_handshakes{pid=1}").0, [3.0]);
        assert_eq!(
            values(&table, "nginx_zone_responses{class=5xx, zone=a}").0,
            [2.0, 4.0, 2.0]
        );
        assert_eq!(values(&table, "nginx_zone_sent{zone=a}").1, "bytes/s");
        let peer = "{server=10.0.0.1:80, upstream=b}";
        assert_eq!(
            values(&table, &format!("nginx_upstream_up{peer}")).0,
            [0.0; 4]
        );
        assert_eq!(
            values(&table, &format!("nginx_upstream_response_time{peer}")).1,
            "ms"
        );
        assert_eq!(
            values(&table, "nginx_upstream_requests{server=x, upstream=c}").0,
            [2.0, 4.0, 2.0]
        );
        assert_eq!(
            values(&table, "nginx_cache_bytes{cache=d, state=hit}").1,
            "bytes/s"
        );
        assert_eq!(
            values(&table, "nginx_connections_active").0,
            [100.0, 110.0, 130.0, 140.0]
        );
    }

    #[test]
    fn a_cut_line_and_one_without_a_time_are_said() {
        let text = [
            line(0, 1, 100),
            line(5, 1, 110),
            "{\"timestamp\":0}".to_owned(),
            line(10, 1, 130),
        ]
        .join("\n");
        let imported = try_read(&text[..text.len() - 9]).unwrap();
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(warnings.count_of(WarningKind::RejectedRow), 2);
        let one = try_read(&line(0, 1, 100)).unwrap();
        assert_eq!(
            one.source.info.warnings.count_of(WarningKind::Note),
            10,
            "counters"
        );
    }
}
