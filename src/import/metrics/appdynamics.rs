//! AppDynamics metric data as its REST interface gives them: a list of metrics, each with values per minute or coarser.
//!
//! AppDynamics documentation, "Metric and Snapshot API", `metric-data` with `output=JSON`.

use std::io::Read;

use serde::Deserialize;

use super::brought::{Brought, Labels, Loose, or_default};
use super::documents::{DOCUMENT_LIMIT, each};
use super::names::meaning;
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::is_plausible;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `metric-data`.
pub static FORMAT: Format = Format {
    id: "appdynamics-json",
    title: "AppDynamics metric data (JSON)",
    family: Family::Metrics,
    recognised_by: "JSON with \"metricPath\" and \"metricValues\"",
    traps: &[
        "With rollup=true there is one value for the whole time; export with rollup=false.",
        "Older data are coarser: 1 minute, after hours 10 minutes, after days 60 minutes.",
        "Calls per Minute stay per minute; the unit stands in the name of the metric.",
        "Lowest, highest and number of values are kept beside each value where AppDynamics gives them.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

fn recognises(head: &Head<'_>) -> bool {
    head.json
        .as_ref()
        .is_some_and(|json| json.has_keys(&["metricPath", "metricValues"]))
}

#[derive(Deserialize)]
struct Metric {
    #[serde(rename = "metricPath")]
    path: String,
    #[serde(default, deserialize_with = "or_default")]
    frequency: String,
    #[serde(rename = "metricValues", default, deserialize_with = "or_default")]
    values: Vec<Values>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values {
    start_time_in_millis: f64,
    #[serde(default)]
    value: Loose,
    #[serde(default)]
    min: Loose,
    #[serde(default)]
    max: Loose,
    #[serde(default)]
    count: Loose,
    #[serde(default, deserialize_with = "or_default")]
    use_range: bool,
}

/// Reads all metrics from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    let (mut single, mut metrics) = (0, 0);
    each(
        reader,
        DOCUMENT_LIMIT,
        "a metric of AppDynamics",
        &mut brought,
        |brought, metric: Metric| {
            if metric.values.is_empty() {
                brought.warnings.add(
                    WarningKind::NotRead,
                    format!("AppDynamics has no data for {}", metric.path),
                );
                return Ok(());
            }
            metrics += 1;
            single += u64::from(metric.values.len() == 1);
            take(brought, &metric);
            Ok(())
        },
    )?;
    if metrics > 0 && single == metrics {
        brought.warnings.add(
            WarningKind::Note,
            "every metric has a single value for the whole time; export with rollup=false for its history",
        );
    }
    brought.finish("no metric has a value; check the path and the time range")
}

fn take(brought: &mut Brought<'_>, metric: &Metric) {
    let coarse = match metric.frequency.as_str() {
        "TEN_MIN" => "10 minutes",
        "SIXTY_MIN" => "60 minutes",
        _ => "",
    };
    if !coarse.is_empty() {
        brought.warnings.add(
            WarningKind::Approximate,
            format!("AppDynamics keeps only values per {coarse} of this time: a peak is a peak of such averages"),
        );
    }
    let lower = metric.path.to_lowercase();
    let own_name = metric.path.rsplit('|').next().unwrap_or_default();
    let mut main = meaning(own_name);
    main.counter = false;
    if lower.ends_with("per minute") {
        main.unit = "/min".to_owned();
        main.kind = SeriesKind::Gauge;
    } else if main.unit.is_empty() && lower.ends_with("%busy") {
        main.unit = "%".to_owned();
    }
    let labelled = |statistic: &str| match statistic {
        "" => Labels::new(),
        other => Labels::from([("statistic".to_owned(), other.to_owned())]),
    };
    for values in &metric.values {
        let at = Instant((values.start_time_in_millis * 1e3).round() as i64);
        if !is_plausible(at) || values.start_time_in_millis < 1e9 {
            brought.reject(
                0,
                "startTimeInMillis",
                "not a time in milliseconds since 1970",
                &values.start_time_in_millis.to_string(),
            );
            continue;
        }
        let ranged = values.use_range;
        for (statistic, value, kept) in [
            ("", values.value, true),
            ("min", values.min, ranged),
            ("max", values.max, ranged),
            ("count", values.count, ranged),
        ] {
            if !kept || value.0.is_none() {
                continue;
            }
            let mut meaning = main.clone();
            if statistic == "count" {
                meaning.unit = String::new();
                meaning.kind = SeriesKind::Count;
            }
            let series = brought.series(&metric.path, &labelled(statistic), |m| *m = meaning);
            brought.point(series, at, value.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "ad.json", json)
    }

    #[test]
    fn values_keep_their_range_and_unit() {
        let imported = try_read(
            r#"[{"metricName":"BTM|Average Response Time (ms)","metricId":1,"metricPath":"Overall Application Performance|Average Response Time (ms)","frequency":"ONE_MIN",
              "metricValues":[{"startTimeInMillis":1793491200000,"occurrences":1,"current":90,"min":12,"max":900,"useRange":true,"count":40,"sum":3600,"value":90,"standardDeviation":0},
                              {"startTimeInMillis":1793491260000,"min":10,"max":800,"useRange":true,"count":50,"sum":4000,"value":80}]},
             {"metricName":"BTM|Calls per Minute","metricPath":"Overall Application Performance|Calls per Minute","frequency":"TEN_MIN",
              "metricValues":[{"startTimeInMillis":1793491200000,"min":0,"max":0,"useRange":false,"count":1,"sum":40,"value":40},{"startTimeInMillis":12,"value":1}]},
             {"metricName":"METRIC DATA NOT FOUND","metricPath":"x|y","frequency":"ONE_MIN","metricValues":[]}]"#,
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (9, 1));
        assert_eq!(info.warnings.count_of(WarningKind::NotRead), 1);
        assert_eq!(info.warnings.count_of(WarningKind::Approximate), 1);
        let table = imported.source.metrics.unwrap();
        let path = "Overall Application Performance|Average Response Time (ms)";
        assert_eq!(table.series[0].display_name(), path);
        assert_eq!(table.series[0].unit, "ms");
        assert_eq!(table.series(0).unwrap().values, [90.0, 80.0]);
        assert_eq!(table.series[2].labels["statistic"], "max");
        assert_eq!(table.series[4].unit, "/min");
    }

    #[test]
    fn one_value_for_the_whole_time_is_said() {
        let imported = try_read(
            r#"[{"metricPath":"a|CPU|%Busy","metricValues":[{"startTimeInMillis":1793491200000,"value":40}]}]"#,
        )
        .unwrap();
        assert_eq!(imported.source.info.warnings.count_of(WarningKind::Note), 1);
        assert_eq!(imported.source.metrics.unwrap().series[0].unit, "%");
        let error = try_read(r#"[{"metricPath":"a","metricValues":[]}]"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no metric has a value; check the path and the time range: ad.json"
        );
    }
}
