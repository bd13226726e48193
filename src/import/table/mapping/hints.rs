//! What the header of a column hints at: words that tools use for durations, request names, outcomes, users and bytes.

use crate::import::metrics::names::words;

/// The words of one header, and the same with underscores.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    pub words: Vec<String>,
    pub joined: String,
}

/// Endings that make a name the name of a unit, not of a thing.
const UNIT_WORDS: [&str; 17] = [
    "ms",
    "msec",
    "msecs",
    "millis",
    "milliseconds",
    "us",
    "µs",
    "usec",
    "micros",
    "microseconds",
    "ns",
    "nanos",
    "nanoseconds",
    "s",
    "sec",
    "secs",
    "seconds",
];

const DURATIONS: [&str; 24] = [
    "elapsed",
    "duration",
    "response_time",
    "responsetime",
    "resp_time",
    "request_time",
    "req_time",
    "time_taken",
    "timetaken",
    "total_time",
    "processing_time",
    "service_time",
    "execution_time",
    "exec_time",
    "round_trip",
    "roundtrip",
    "runtime",
    "took",
    "rtt",
    "ttlb",
    "rt",
    "dauer",
    "antwortzeit",
    "laufzeit",
];

/// Parts of a request's time.
const PARTS: [&str; 18] = [
    "connect",
    "connection",
    "dns",
    "tls",
    "ssl",
    "handshake",
    "handshaking",
    "blocked",
    "wait",
    "waiting",
    "ttfb",
    "first",
    "idle",
    "queue",
    "lookup",
    "receiving",
    "sending",
    "upstream",
];

const AGGREGATES: [&str; 16] = [
    "avg",
    "average",
    "mean",
    "median",
    "percentile",
    "quantile",
    "pct",
    "stddev",
    "std",
    "stdev",
    "min",
    "max",
    "rps",
    "qps",
    "tps",
    "throughput",
];

impl Hints {
    pub fn of(header: &str) -> Self {
        let words = words(header);
        let joined = words.join("_");
        Self { words, joined }
    }

    fn has(&self, list: &[&str]) -> bool {
        self.words.iter().any(|w| list.contains(&w.as_str()))
    }

    /// One of these stands in it, as whole words.
    fn says(&self, list: &[&str]) -> bool {
        let joined = format!("_{}_", self.joined);
        list.iter()
            .any(|entry| joined.contains(&format!("_{entry}_")))
    }

    /// A figure over several requests, such as `p95` or `avg_ms`.
    pub fn is_aggregate(&self) -> bool {
        let percentile = |word: &String| {
            word.strip_prefix('p')
                .is_some_and(|rest| rest.len() >= 2 && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        self.has(&AGGREGATES) || self.words.iter().any(percentile)
    }

    /// A number that names something.
    pub fn is_id(&self) -> bool {
        self.words.last().is_some_and(|w| {
            matches!(
                w.as_str(),
                "id" | "uuid" | "guid" | "hash" | "no" | "nr" | "seq"
            )
        })
    }

    /// How surely it is the duration of a request, 0 for not at all.
    pub fn duration(&self) -> u32 {
        if self.is_aggregate()
            || self.is_id()
            || self.has(&[
                "bytes",
                "size",
                "count",
                "code",
                "status",
                "stamp",
                "timestamp",
                "users",
            ])
        {
            return 0;
        }
        let unit = self.words.iter().any(|w| UNIT_WORDS.contains(&w.as_str()));
        let score = if self.says(&DURATIONS) {
            65
        } else if self.has(&["latency", "latencies"]) {
            60
        } else if unit && self.has(&["time", "zeit"]) {
            55
        } else if unit && self.words.len() == 1 {
            50
        } else if self.joined == "time" || self.joined == "zeit" {
            45
        } else {
            0
        };
        if score > 0 && self.has(&PARTS) {
            20
        } else {
            score
        }
    }

    /// The unit of a duration in its name: `ms`, `us`, `ns`, `s` or `m`.
    pub fn duration_unit(&self) -> Option<&'static str> {
        self.words
            .iter()
            .rev()
            .find_map(|word| match word.as_str() {
                "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "millisecond"
                | "millisekunden" => Some("ms"),
                "us" | "µs" | "μs" | "usec" | "usecs" | "micros" | "microseconds"
                | "microsecond" => Some("us"),
                "ns" | "nanos" | "nsec" | "nanoseconds" | "nanosecond" => Some("ns"),
                "s" | "sec" | "secs" | "seconds" | "second" | "sekunden" => Some("s"),
                "min" | "mins" | "minutes" | "minute" | "minuten" => Some("m"),
                _ => None,
            })
    }

    /// How surely its texts name requests, 0 for not at all.
    pub fn label(&self) -> u32 {
        if self.is_id() {
            return 0;
        }
        let scores: [(u32, &[&str]); 10] = [
            (90, &["label"]),
            (88, &["sampler", "transaction", "transaction_name"]),
            (
                85,
                &[
                    "request_name",
                    "endpoint",
                    "operation",
                    "operation_name",
                    "step",
                ],
            ),
            (82, &["route", "name"]),
            (80, &["uri", "path", "target"]),
            (78, &["url", "request", "request_uri", "request_path"]),
            (
                70,
                &[
                    "api", "action", "scenario", "page", "resource", "query", "command", "function",
                ],
            ),
            (65, &["vorgang", "anfrage", "seite", "aufruf"]),
            (30, &["test", "group"]),
            (20, &["service", "monitor", "site", "component"]),
        ];
        scores
            .iter()
            .find(|(_, list)| self.says(list))
            .map_or(0, |(score, _)| *score)
    }

    /// The verb of a request.
    pub fn is_method(&self) -> bool {
        self.says(&["method", "verb", "http_method", "request_method"])
    }

    /// `Some(true)` for names that mean success, `Some(false)` for those that mean failure.
    pub fn outcome(&self) -> Option<bool> {
        if self.says(&[
            "success",
            "successful",
            "succeeded",
            "ok",
            "passed",
            "pass",
            "erfolg",
            "erfolgreich",
        ]) {
            Some(true)
        } else if self.says(&[
            "failed",
            "failure",
            "fail",
            "error",
            "is_error",
            "has_error",
            "errored",
            "ko",
            "fehler",
        ]) {
            Some(false)
        } else {
            None
        }
    }

    /// The result of a request in words.
    pub fn is_result(&self) -> bool {
        self.has(&[
            "status", "result", "outcome", "verdict", "ergebnis", "state",
        ])
    }

    pub fn is_status(&self) -> bool {
        self.has(&["status", "code", "rc", "sc", "statuscode", "responsecode"])
    }

    pub fn is_error_text(&self) -> bool {
        self.has(&["error", "errors", "exception", "failure", "fehler"])
            && !self.has(&["count", "rate", "code", "total"])
    }

    pub fn is_users(&self) -> bool {
        self.says(&[
            "users",
            "vus",
            "active_users",
            "virtual_users",
            "concurrency",
            "active_threads",
            "allthreads",
            "all_threads",
            "threads",
            "connections",
            "active_vus",
            "nutzer",
        ]) && !self.is_aggregate()
    }

    /// `Some(true)` for bytes that came in, `Some(false)` for those that went out.
    pub fn bytes(&self) -> Option<bool> {
        if self.is_aggregate() || !self.has(&["bytes", "size", "length", "octets"]) {
            return None;
        }
        Some(!self.has(&["sent", "out", "request", "tx", "upload", "up"]))
    }

    /// When something was seen.
    pub fn is_time(&self) -> bool {
        self.has(&[
            "time",
            "timestamp",
            "ts",
            "date",
            "datetime",
            "when",
            "stamp",
            "at",
            "zeit",
            "start",
            "started",
            "begin",
            "zeitpunkt",
            "datum",
            "epoch",
            "updated",
            "created",
            "logged",
            "observed",
            "checked",
            "collected",
            "ende",
            "end",
        ])
    }

    /// It is about one request, not about an outage.
    pub fn is_of_a_request(&self) -> bool {
        self.has(&["response", "request", "http", "latency", "resp", "req"])
    }

    pub fn is_start(&self) -> bool {
        self.has(&[
            "start", "started", "begin", "began", "from", "von", "beginn", "since", "opened",
            "anfang",
        ])
    }

    pub fn is_end(&self) -> bool {
        self.has(&[
            "end",
            "ended",
            "until",
            "to",
            "bis",
            "ende",
            "resolved",
            "finished",
            "finish",
            "stop",
            "closed",
            "recovered",
            "completed",
        ])
    }

    pub fn is_service(&self) -> bool {
        self.has(&[
            "service",
            "component",
            "monitor",
            "system",
            "dienst",
            "host",
            "name",
        ])
    }

    pub fn is_note(&self) -> bool {
        self.has(&[
            "note",
            "notes",
            "reason",
            "comment",
            "description",
            "message",
            "title",
            "bemerkung",
            "grund",
            "ursache",
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hint_at_roles() {
        for header in [
            "response_time_ms",
            "duration (s)",
            "Elapsed",
            "http_req_duration",
            "elapsedMs",
            "Latency [µs]",
            "time_ms",
            "took",
            "ms",
            "Antwortzeit (ms)",
            "totalTime",
        ] {
            assert!(Hints::of(header).duration() >= 45, "{header}");
        }
        for header in [
            "p95_ms",
            "avg_latency",
            "timestamp_ms",
            "duration_max",
            "request_id",
            "bytes",
            "status",
            "cpu",
            "mean response time",
            "users",
        ] {
            assert_eq!(Hints::of(header).duration(), 0, "{header}");
        }
        assert!(Hints::of("connect_time_ms").duration() < 45);
        assert_eq!(Hints::of("duration (s)").duration_unit(), Some("s"));
        assert_eq!(Hints::of("elapsedMs").duration_unit(), Some("ms"));
        assert_eq!(Hints::of("Latency [µs]").duration_unit(), Some("us"));
        assert_eq!(Hints::of("duration").duration_unit(), None);
        assert!(Hints::of("endpoint").label() > Hints::of("url").label());
        assert_eq!(Hints::of("request_id").label(), 0);
        assert_eq!(Hints::of("is_error").outcome(), Some(false));
        assert_eq!(Hints::of("bytes_sent").bytes(), Some(false));
        assert_eq!(Hints::of("response size").bytes(), Some(true));
        assert!(Hints::of("http_code").is_status() && Hints::of("vus").is_users());
    }
}
