//! Tests of [`super`].

use super::*;
use crate::dataset::{MetricTable, SeriesInfo};
use crate::import::testing::read_as;

fn try_read(json: &str) -> Result<Imported, ImportError> {
    read_as(&FORMAT, "nr.json", json)
}

fn names(table: &MetricTable) -> Vec<String> {
    table.series.iter().map(SeriesInfo::display_name).collect()
}

#[test]
fn nerdgraph_rows_have_their_names() {
    let imported = try_read(
        r#"{"data":{"actor":{"account":{"nrql":{"metadata":{"facets":["appName"],"timeWindow":{"begin":1793491200000,"end":1793491320000}},
        "results":[
         {"beginTimeSeconds":1793491200,"endTimeSeconds":1793491260,"facet":"web","appName":"web","inspectedCount":5,"count":5,"average.duration":0.25,"percentile.duration":{"50":0.2,"95":0.75}},
         {"beginTimeSeconds":1793491260,"endTimeSeconds":1793491320,"facet":"web","appName":"web","inspectedCount":7,"count":7,"average.duration":0.5,"percentile.duration":{"50":0.25,"95":1.5}}]}}}}}"#,
    )
    .unwrap();
    assert!(imported.source.info.warnings.is_empty());
    assert_eq!(imported.source.info.rows, 8);
    let table = imported.source.metrics.unwrap();
    assert_eq!(
        names(&table),
        [
            "average.duration{appName=web}",
            "count{appName=web}",
            "percentile.duration{appName=web, percentile=50}",
            "percentile.duration{appName=web, percentile=95}",
        ]
    );
    assert_eq!(table.series[0].unit, "s");
    assert_eq!(table.series(3).unwrap().values, [0.75, 1.5]);
    assert_eq!(table.series(3).unwrap().info.step_secs, Some(60.0));
}

#[test]
fn the_older_interface_names_its_columns_apart() {
    let imported = try_read(
        r#"{"timeSeries":[
          {"results":[{"average":0.2},{"percentiles":{"99":0.9}}],"beginTimeSeconds":1793491200,"endTimeSeconds":1793491260,"inspectedCount":3},
          {"results":[{"average":0.4},{"percentiles":{"99":1.9}}],"beginTimeSeconds":1793491260,"endTimeSeconds":1793491320,"inspectedCount":3}],
         "metadata":{"contents":{"timeSeries":{"contents":[{"function":"average","attribute":"duration","simple":true},
          {"function":"alias","alias":"percentile of db","contents":{"function":"percentile","attribute":"databaseDuration"}}]}}}}"#,
    )
    .unwrap();
    let table = imported.source.metrics.unwrap();
    assert_eq!(
        names(&table),
        ["average.duration", "percentile of db{percentile=99}"]
    );
    assert_eq!(table.series(1).unwrap().values, [0.9, 1.9]);
    let faceted = try_read(
        r#"{"facets":[{"name":["/a","GET"],"timeSeries":[{"results":[{"count":3}],"beginTimeSeconds":1793491200,"endTimeSeconds":1793491260}]}],
         "metadata":{"facet":["uri","method"],"contents":{"contents":[{"function":"count","simple":true}]}}}"#,
    )
    .unwrap();
    assert_eq!(
        names(&faceted.source.metrics.unwrap()),
        ["count{method=GET, uri=/a}"]
    );
}

#[test]
fn values_for_the_whole_time_stand_at_its_end() {
    for json in [
        r#"{"results":[{"average":0.25}],"metadata":{"endTimeMillis":1793491200000,"contents":[{"function":"average","attribute":"duration"}]}}"#,
        r#"{"data":{"actor":{"account":{"nrql":{"results":[{"average.duration":0.25}],"metadata":{"timeWindow":{"end":1793491200000}}}}}}}"#,
    ] {
        let imported = try_read(json).unwrap();
        assert_eq!(imported.source.info.warnings.count_of(WarningKind::Note), 1);
        assert_eq!(
            imported.source.info.last,
            Some(Instant::from_secs(1_793_491_200))
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            (table.series[0].name.as_str(), table.series[0].unit.as_str()),
            ("average.duration", "s")
        );
    }
}

#[test]
fn limits_lists_and_events_are_said() {
    let rows: Vec<String> = (0..366)
        .map(|i| {
            let begin = 1_793_491_200 + i * 60;
            format!("{{\"beginTimeSeconds\":{begin},\"endTimeSeconds\":{},\"count\":1,\"histogram.duration\":[1,2]}}", begin + 60)
        })
        .collect();
    let imported = try_read(&format!(
        "{{\"results\":[{}],\"metadata\":{{}}}}",
        rows.join(",")
    ))
    .unwrap();
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Approximate), 1);
    assert_eq!(warnings.count_of(WarningKind::NotRead), 366);
    let events = try_read(
        r#"{"results":[{"events":[{"timestamp":1793491200000,"duration":0.5,"name":"x"},{"timestamp":"soon","duration":1}]}],"metadata":{"contents":[{"function":"events"}]}}"#,
    )
    .unwrap();
    let warnings = &events.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 1);
    assert_eq!(warnings.count_of(WarningKind::RejectedRow), 1);
}

#[test]
fn errors_are_passed_on() {
    for (json, start) in [
        (
            r#"{"data":null,"errors":[{"message":"NRQL Syntax Error"}]}"#,
            "New Relic answered with an error (NRQL Syntax Error)",
        ),
        (
            r#"{"error":"bad key"}"#,
            "New Relic answered with an error (bad key)",
        ),
        (
            r#"{"results":[],"metadata":{}}"#,
            "no row of the answer has a time and a number",
        ),
        (
            r#"{"results":[{"count":1}],"metadata":{}}"#,
            "no row of the answer has a time and a number",
        ),
    ] {
        let error = try_read(json).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}
