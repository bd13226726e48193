//! CloudWatch `get-metric-statistics` answers: one metric, its statistics side by side, in no order of time.
//!
//! Amazon CloudWatch API reference, `GetMetricStatistics` and `Datapoint`.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::brought::{Brought, Labels, Loose, Stamp, or_default};
use super::cloudwatch_units::unit_of;
use super::documents::{DOCUMENT_LIMIT, each};
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Answers of `get-metric-statistics`.
pub static FORMAT: Format = Format {
    id: "cloudwatch-metric-statistics",
    title: "CloudWatch get-metric-statistics (JSON)",
    family: Family::Metrics,
    recognised_by: "JSON with \"Label\" and \"Datapoints\"",
    traps: &[
        "Points come in no order of time and are put in order.",
        "Each statistic (Average, Sum, Minimum, Maximum, SampleCount, p99) is a series of its own; percentiles are never merged.",
        "One answer holds at most 1,440 points; longer times take several, which may stand in one file.",
        "Older data are kept coarser (1 min, after 15 days 5 min, after 63 days 1 h), so two exports of the same hour can differ.",
        "The answer does not say its dimensions: two answers with the same label over the same time are told apart by a number.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

fn recognises(head: &Head<'_>) -> bool {
    head.json.as_ref().is_some_and(|json| {
        json.has_keys(&["Datapoints"]) && (json.has_keys(&["Label"]) || json.has("\"Timestamp\":"))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    label: String,
    datapoints: Vec<Datapoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    timestamp: Stamp,
    #[serde(default, deserialize_with = "or_default")]
    unit: String,
    average: Option<Loose>,
    sum: Option<Loose>,
    minimum: Option<Loose>,
    maximum: Option<Loose>,
    sample_count: Option<Loose>,
    #[serde(default, deserialize_with = "or_default")]
    extended_statistics: BTreeMap<String, Loose>,
}

impl Datapoint {
    fn statistics(&self) -> impl Iterator<Item = (&str, Loose)> {
        let fixed = [
            ("Average", self.average),
            ("Sum", self.sum),
            ("Minimum", self.minimum),
            ("Maximum", self.maximum),
            ("SampleCount", self.sample_count),
        ];
        let extended = self.extended_statistics.iter();
        fixed
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(extended.map(|(name, value)| (name.as_str(), *value)))
    }
}

/// Reads all answers from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut brought = Brought::new(intake);
    brought.gathered.any_order = true;
    // Times covered so far by label and number.
    let mut covered: BTreeMap<(String, usize), (Instant, Instant)> = BTreeMap::new();
    each(
        reader,
        DOCUMENT_LIMIT,
        "an answer of CloudWatch",
        &mut brought,
        |brought, answer: Answer| {
            let name = if answer.label.is_empty() {
                brought.stem()
            } else {
                answer.label.clone()
            };
            let mut points: Vec<(Instant, &Datapoint)> = Vec::new();
            for datapoint in &answer.datapoints {
                match brought.time(&datapoint.timestamp) {
                    Some(at) => points.push((at, datapoint)),
                    None => {
                        brought.reject(
                            0,
                            "Timestamp",
                            "not a time",
                            &format!("{:?}", datapoint.timestamp),
                        );
                    }
                }
            }
            let (Some(first), Some(last)) = (
                points.iter().map(|p| p.0).min(),
                points.iter().map(|p| p.0).max(),
            ) else {
                brought.warnings.add(
                    WarningKind::Note,
                    format!(
                        "an answer about {name} holds no points; check dimensions and time range"
                    ),
                );
                return Ok(());
            };
            let number = place(&mut covered, &name, first, last);
            let mut labels = Labels::new();
            if number > 1 {
                labels.insert("answer".to_owned(), number.to_string());
                brought.warnings.add(
                    WarningKind::Assumed,
                    format!("several answers about {name} cover the same time; they were taken as different resources"),
                );
            }
            let usual = points.first().map(|p| p.1.unit.clone()).unwrap_or_default();
            for (at, datapoint) in points {
                take(brought, &name, &labels, &usual, at, datapoint);
            }
            Ok(())
        },
    )?;
    brought.finish("the answer holds no points; check metric, dimensions and time range")
}

/// Which of the series with this label an answer belongs to: the first one that says nothing about its time yet.
fn place(
    covered: &mut BTreeMap<(String, usize), (Instant, Instant)>,
    name: &str,
    first: Instant,
    last: Instant,
) -> usize {
    let mut number = 1;
    while let Some((from, to)) = covered.get_mut(&(name.to_owned(), number)) {
        if last < *from || first > *to {
            *from = (*from).min(first);
            *to = (*to).max(last);
            return number;
        }
        number += 1;
    }
    covered.insert((name.to_owned(), number), (first, last));
    number
}

fn take(
    brought: &mut Brought<'_>,
    name: &str,
    labels: &Labels,
    usual: &str,
    at: Instant,
    datapoint: &Datapoint,
) {
    for (statistic, value) in datapoint.statistics() {
        let mut labels = labels.clone();
        labels.insert("statistic".to_owned(), statistic.to_owned());
        if datapoint.unit != usual {
            labels.insert("unit".to_owned(), datapoint.unit.clone());
        }
        let mut meaning = unit_of(&datapoint.unit);
        match statistic {
            "SampleCount" => {
                meaning.unit = String::new();
                meaning.kind = SeriesKind::Count;
            }
            "Sum" => meaning.kind = SeriesKind::Count,
            _ => {}
        }
        let series = brought.series(name, &labels, |m| *m = meaning);
        brought.point(series, at, value.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(json: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "cw.json", json)
    }

    const LATENCY: &str = r#"{"Label":"TargetResponseTime","Datapoints":[
        {"Timestamp":"2026-11-01T00:10:00Z","SampleCount":120.0,"Average":0.25,"Unit":"Seconds","ExtendedStatistics":{"p99":0.9}},
        {"Timestamp":"2026-11-01T00:00:00Z","SampleCount":100.0,"Average":0.125,"Unit":"Seconds","ExtendedStatistics":{"p99":0.5}},
        {"Timestamp":"2026-11-01T00:05:00Z","SampleCount":80.0,"Average":0.5,"Unit":"Seconds","ExtendedStatistics":{"p99":1.5}}]}"#;

    #[test]
    fn statistics_are_series_in_order_of_time() {
        let imported = try_read(LATENCY).unwrap();
        assert!(imported.source.info.warnings.is_empty());
        assert_eq!(imported.source.info.rows, 9);
        let table = imported.source.metrics.unwrap();
        let found: Vec<(String, &str, Vec<f64>)> = (0..3)
            .map(|i| {
                let info = &table.series[i];
                (
                    info.display_name(),
                    info.unit.as_str(),
                    table.series(i).unwrap().values,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (
                    "TargetResponseTime{statistic=Average}".to_owned(),
                    "s",
                    vec![0.125, 0.5, 0.25]
                ),
                (
                    "TargetResponseTime{statistic=SampleCount}".to_owned(),
                    "",
                    vec![100.0, 80.0, 120.0]
                ),
                (
                    "TargetResponseTime{statistic=p99}".to_owned(),
                    "s",
                    vec![0.5, 1.5, 0.9]
                ),
            ]
        );
        assert_eq!(table.series[1].kind, SeriesKind::Count);
    }

    #[test]
    fn later_times_continue_and_equal_times_are_another_resource() {
        let later = LATENCY.replace("2026-11-01", "2026-11-02");
        let imported = try_read(&format!("{LATENCY}\n{later}")).unwrap();
        assert!(imported.source.info.warnings.is_empty());
        assert_eq!(imported.source.metrics.unwrap().series[0].points, 6);
        let imported = try_read(&format!("{LATENCY}\n{LATENCY}")).unwrap();
        assert_eq!(
            imported.source.info.warnings.count_of(WarningKind::Assumed),
            1
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(table.series.len(), 6);
        assert_eq!(table.series[3].labels["answer"], "2");
    }

    #[test]
    fn an_empty_answer_is_refused() {
        let error = try_read(r#"{"Label":"CPUUtilization","Datapoints":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the answer holds no points; check metric, dimensions and time range: cw.json"
        );
    }
}
