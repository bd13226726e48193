//! Prometheus `query_range` answers, as its HTTP API, Thanos, Mimir and `promtool` give them: read as a stream, so that
//! memory holds the points and never the text.
//!
//! Prometheus documentation, "HTTP API: range queries". Counters become rates, `_bucket` series become counts of
//! requests, NaN and infinities are counted and left out.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use serde::de::DeserializeSeed as _;
use serde_json::error::Category;

use super::answer_json::AnswerSeed;
use super::le_buckets::{LeBuckets, bound_ns, le_unit_ns};
use super::names::meaning;
use super::settle::Gathered;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{Source, SourceInfo};
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake, Rejects};
use crate::progress::Progress;
use crate::warning::{WarningKind, Warnings};

/// Answers of `query_range`.
pub static FORMAT: Format = Format {
    id: "prometheus-json",
    title: "Prometheus query_range answer (JSON)",
    family: Family::Metrics,
    recognised_by: "a JSON object with \"status\": \"success\" and \"resultType\": \"matrix\"",
    traps: &[
        "Counters (_total, _count, _sum) become rates; a counter that falls was restarted.",
        "_bucket series become latency summaries whose percentiles are known to their bucket only.",
        "Gaps are simply absent, and one answer holds at most 11,000 points a series.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let Some(json) = &head.json else {
        return Seen::No;
    };
    let success = json.has("\"status\":\"success\"");
    let matrix = json.has("\"resultType\":\"matrix\"")
        || (success && json.has("\"metric\":{") && json.has("\"values\":[["));
    // Its reader passes on what Prometheus says about an error.
    let error = json.has("\"status\":\"error\"") && json.has("\"errorType\":");
    if matrix || error {
        Seen::Yes
    } else if success || json.has("\"resultType\":") {
        Seen::Refused(
            "it is the answer of a Prometheus query for one instant; ask for a range (query_range)"
                .to_owned(),
        )
    } else {
        Seen::No
    }
}

/// Reads one answer from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let range = intake.options.range;
    let mut sink = Sink {
        stem: intake
            .path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default(),
        gathered: Gathered::new(range),
        range,
        buckets: LeBuckets::default(),
        warnings: Warnings::default(),
        answer: Answer::default(),
        progress: intake.progress,
    };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(
        1 << 16,
        SkipBom::new(reader),
    ));
    let read = AnswerSeed(&mut sink).deserialize(&mut json);
    intake.progress.check()?;
    match read {
        Ok(()) if json.end().is_err() => sink.warnings.add(
            WarningKind::Note,
            "something follows after the end of the answer and was not read",
        ),
        Ok(()) => {}
        Err(error) if error.classify() == Category::Io => {
            return Err(intake.read_failed(error.into()));
        }
        Err(error) if error.classify() == Category::Eof && sink.answer.series > 0 => sink.warnings.add(
            WarningKind::TruncatedLastRow,
            "the file ends in the middle of the answer; the series that was cut off is left out",
        ),
        Err(error) if error.classify() == Category::Eof => {
            return Err(intake.unusable(
                "the file ends in the middle of the answer; export it again",
                Some(error.line() as u64),
            ));
        }
        Err(error) => {
            return Err(intake.unusable(
                format!("this is not valid JSON from Prometheus ({error}); export it again"),
                Some(error.line() as u64),
            ));
        }
    }
    let Sink {
        gathered,
        buckets,
        mut warnings,
        answer,
        ..
    } = sink;
    if let Some(what) = answer.refusal() {
        return Err(intake.unusable(what, None));
    }
    let mut info = SourceInfo {
        rows: answer.points,
        first: answer.first,
        last: answer.last,
        ..SourceInfo::default()
    };
    let has_buckets = !buckets.is_empty();
    let summary = buckets.settle(range, &mut warnings)?;
    let table = gathered.settle(&mut warnings)?;
    if table.series.is_empty() && summary.cells.height() == 0 {
        return Err(intake.unusable(
            "no series of the answer has a usable value; check the query and its time range",
            None,
        ));
    }
    info.warnings = warnings;
    Ok(Imported {
        source: Source {
            info,
            metrics: (!table.series.is_empty()).then_some(table),
            buckets: has_buckets.then_some(summary),
            ..Source::default()
        },
        rejects: Rejects::default(),
    })
}

/// Drops a byte order mark.
struct SkipBom<R> {
    inner: R,
    started: bool,
}

impl<R> SkipBom<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            started: false,
        }
    }
}

impl<R: Read> Read for SkipBom<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let first = !std::mem::replace(&mut self.started, true);
        if first
            && buffer
                .get(..read)
                .is_some_and(|b| b.starts_with(b"\xef\xbb\xbf"))
        {
            buffer.copy_within(3..read, 0);
            return if read == 3 {
                self.inner.read(buffer)
            } else {
                Ok(read - 3)
            };
        }
        Ok(read)
    }
}

/// What the answer says about itself.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: String,
    pub(super) error: Option<String>,
    pub(super) error_type: String,
    pub(super) result_type: String,
    pub(super) has_result: bool,
    series: u64,
    points: u64,
    pub(super) instant_values: u64,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Answer {
    /// Why there is nothing in it to read.
    fn refusal(&self) -> Option<String> {
        if self.status == "error" || self.error.is_some() {
            let kind = if self.error_type.is_empty() {
                String::new()
            } else {
                format!("{}: ", self.error_type)
            };
            let message = self.error.as_deref().unwrap_or("without saying why");
            return Some(format!(
                "Prometheus answered with an error ({kind}{message}); correct the query and export again"
            ));
        }
        let one_value = matches!(self.result_type.as_str(), "vector" | "scalar" | "string");
        if one_value || (self.instant_values > 0 && self.points == 0) {
            return Some(
                "this answer holds one value per series and no history; export a range with query_range".to_owned(),
            );
        }
        if !self.has_result {
            return Some(
                "the answer has no \"result\"; export a range with query_range".to_owned(),
            );
        }
        (self.points == 0)
            .then(|| "the answer holds no points; check the query and its time range".to_owned())
    }
}

/// Where everything goes while the answer is read.
pub(super) struct Sink<'a> {
    stem: String,
    gathered: Gathered,
    range: TimeRange,
    buckets: LeBuckets,
    pub(super) warnings: Warnings,
    pub(super) answer: Answer,
    pub(super) progress: &'a Progress,
}

impl Sink<'_> {
    /// One whole series.
    pub(super) fn take(&mut self, mut labels: BTreeMap<String, String>, values: &[(Instant, f64)]) {
        self.answer.series += 1;
        self.answer.points += values.len() as u64;
        for (at, _) in values.iter().filter(|(at, _)| self.range.contains(*at)) {
            self.answer.first = Some(self.answer.first.map_or(*at, |f| f.min(*at)));
            self.answer.last = Some(self.answer.last.map_or(*at, |l| l.max(*at)));
        }
        let name = labels
            .remove("__name__")
            .unwrap_or_else(|| self.stem.clone());
        if let Some(base) = name.strip_suffix("_bucket")
            && let Some(le) = labels.get("le").cloned()
        {
            let bound = le_unit_ns(base).map(|unit| bound_ns(&le, unit));
            match bound {
                Some(Some(upper_ns)) => {
                    labels.remove("le");
                    let finite = values.iter().copied().filter(|(_, v)| v.is_finite());
                    self.buckets.add(base, &labels, upper_ns, finite);
                    return;
                }
                Some(None) => {
                    self.warnings.add(
                        WarningKind::Note,
                        format!("a bucket of {base} has an upper bound that is not a number (\"{le}\"); it was left out"),
                    );
                    return;
                }
                None => {}
            }
        }
        let series = self.gathered.series(&name, &labels);
        let part = ["_sum", "_count", "_bucket"]
            .iter()
            .find_map(|suffix| Some((*suffix, name.strip_suffix(suffix)?)));
        if let Some((suffix, base)) = part {
            let unit = if suffix == "_sum" {
                meaning(base).unit
            } else {
                String::new()
            };
            self.gathered.describe(series, |m| {
                m.counter = true;
                m.kind = crate::dataset::SeriesKind::Rate;
                m.unit = format!("{unit}/s");
            });
        }
        for (at, value) in values {
            self.gathered.add(series, *at, *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::SeriesKind;
    use crate::import::ImportOptions;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_under(&Progress::default(), json)
    }

    fn read_under(progress: &Progress, json: &str) -> Result<Imported, ImportError> {
        let options = ImportOptions::default();
        let intake = Intake::new(Path::new("up.json"), &options, progress);
        read(json.as_bytes(), &intake)
    }

    fn matrix(result: &str) -> Imported {
        try_read(&format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":{result}}}}}"#
        ))
        .unwrap()
    }

    fn refused(json: &str) -> String {
        try_read(json).unwrap_err().to_string()
    }

    #[test]
    fn values_are_text_and_may_not_be_numbers() {
        let imported = matrix(
            r#"[{"metric":{"handler":"/a"},"values":[[10,"1.5"],[25.5,"NaN"],[40,"+Inf"],[55,"-Inf"],[70,"2"]]},
                {"values":[[10,"7"]],"metric":{"__name__":"up","job":"node"}}]"#,
        );
        let info = &imported.source.info;
        assert_eq!((info.rows, info.last.unwrap().secs()), (6, 70));
        assert_eq!(info.warnings.count_of(WarningKind::NotANumber), 3);
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            table.series[0].display_name(),
            "up{handler=/a}",
            "named after the file"
        );
        assert_eq!(table.series(0).unwrap().values, [1.5, 2.0]);
        assert_eq!(table.series[1].display_name(), "up{job=node}");
    }

    #[test]
    fn counters_become_rates() {
        let imported = matrix(
            r#"[{"metric":{"__name__":"http_requests_total"},"values":[[0,"10"],[15,"40"],[30,"5"],[45,"35"]]},
                {"metric":{"__name__":"rpc_duration_seconds_sum"},"values":[[0,"1"],[15,"4"]]},
                {"metric":{"__name__":"rpc_duration_seconds_count"},"values":[[0,"1"],[15,"31"]]},
                {"metric":{"__name__":"size_bytes_bucket","le":"10"},"values":[[0,"1"],[15,"31"]]}]"#,
        );
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::CounterReset),
            1
        );
        let table = imported.source.metrics.unwrap();
        let rate = table.series(0).unwrap();
        assert_eq!(rate.values, [2.0, 5.0 / 15.0, 2.0]);
        assert!(rate.info.from_counter);
        assert_eq!(
            (rate.info.kind, rate.info.unit.as_str()),
            (SeriesKind::Rate, "/s")
        );
        assert_eq!(table.series[1].unit, "s/s");
        assert_eq!(table.series(2).unwrap().values, [2.0]);
        assert_eq!(
            table.series(3).unwrap().info.unit,
            "/s",
            "sizes are not durations"
        );
        assert!(imported.source.buckets.is_none());
    }

    #[test]
    fn buckets_become_counts_of_requests() {
        let imported = matrix(
            r#"[{"metric":{"__name__":"d_seconds_bucket","le":"0.1","job":"a"},"values":[[0,"0"],[15,"8"]]},
                {"metric":{"__name__":"d_seconds_bucket","le":"+Inf","job":"a"},"values":[[0,"0"],[15,"10"]]}]"#,
        );
        assert!(imported.source.metrics.is_none());
        let buckets = imported.source.buckets.unwrap();
        assert_eq!(buckets.labels, ["d_seconds{job=a}"]);
        assert_eq!(buckets.cells.height(), 2);
        assert_eq!(
            buckets.cells.column("count").unwrap().u64().unwrap().get(1),
            Some(2)
        );
    }

    #[test]
    fn what_prometheus_says_is_passed_on() {
        let imported = try_read(
            "\u{feff}{\"status\":\"success\",\"warnings\":[\"store a is down\"],\"infos\":null,\"data\":{\"result\":\
             [{\"metric\":{},\"values\":[[1,\"1\"]]}],\"resultType\":\"matrix\"}}",
        )
        .unwrap();
        let said: Vec<String> = imported
            .source
            .info
            .warnings
            .iter()
            .map(|w| w.message.clone())
            .collect();
        assert_eq!(said, ["Prometheus says: store a is down"]);
    }

    #[test]
    fn an_answer_without_data_is_refused_in_a_sentence() {
        for (json, expected) in [
            (
                r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error"}"#,
                "Prometheus answered with an error (bad_data: 1:5: parse error); correct the query and export again: up.json",
            ),
            (
                r#"{"status":"error","data":null,"error":"timeout"}"#,
                "Prometheus answered with an error (timeout); correct the query and export again: up.json",
            ),
            (
                r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}"#,
                "this answer holds one value per series and no history; export a range with query_range: up.json",
            ),
            (
                r#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"1"]}}"#,
                "this answer holds one value per series and no history; export a range with query_range: up.json",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
                "the answer holds no points; check the query and its time range: up.json",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"]]}]}}"#,
                "no series of the answer has a usable value; check the query and its time range: up.json",
            ),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"val"#,
                "the file ends in the middle of the answer; export it again: up.json",
            ),
        ] {
            assert_eq!(refused(json), expected);
        }
        assert!(
            refused(r#"{"status":"success","data":["a"]}"#)
                .contains("not valid JSON from Prometheus")
        );
        assert!(refused("{\"a\": oops}").contains("line 1"));
    }

    #[test]
    fn a_cut_off_answer_keeps_its_whole_series() {
        let imported = try_read(
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1,"1"]]},{"metric":{"a":"2"},"values":[[1,"#,
        )
        .unwrap();
        assert_eq!(imported.source.metrics.unwrap().series.len(), 1);
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::TruncatedLastRow),
            1
        );
    }

    #[test]
    fn cancelling_ends_the_reading() {
        let progress = Progress::default();
        progress.cancel();
        let json = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]}]}}"#;
        let error = read_under(&progress, json).unwrap_err();
        assert_eq!(error.kind(), "cancelled");
    }
}
