//! Tests of [`super`].

use std::path::Path;

use super::*;
use crate::dataset::{MetricTable, SeriesInfo};
use crate::import::testing;

fn read_as(name: &str, text: &str) -> Result<Imported, ImportError> {
    testing::read_as(&FORMAT, name, text)
}

fn imported(text: &str) -> Imported {
    read_as("metrics_1795246837.txt", text).unwrap()
}

fn names(table: &MetricTable) -> Vec<String> {
    table.series.iter().map(SeriesInfo::display_name).collect()
}

const SCRAPE: &str = "# HELP http_requests_total Requests\n# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} N\n\
    # TYPE d_seconds histogram\nd_seconds_bucket{le=\"0.1\"} N\nd_seconds_bucket{le=\"+Inf\"} N\nd_seconds_sum N\nd_seconds_count N\n\
    # TYPE depth gauge\ndepth 5\n# TYPE build_info info\nbuild_info{v=\"1\"} 1\n# TYPE http_requests_created gauge\nhttp_requests_created{code=\"200\"} 1.7e+09\n";

fn scrape(n: u32) -> String {
    SCRAPE.replace('N', &n.to_string())
}

#[test]
fn scrapes_with_a_time_before_or_after_give_rates() {
    let before = format!("1795246830\n{}1795246840\n{}", scrape(10), scrape(40));
    let after = format!("{}# 1795246830\n{}# 1795246840\n", scrape(10), scrape(40));
    let eof = format!(
        "{}# EOF\n1795246830\n{}# EOF\n1795246840\n",
        scrape(10),
        scrape(40)
    );
    for text in [before, after, eof] {
        let imported = imported(&text);
        let warnings = &imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::NotRead), 4, "{warnings:?}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let buckets = imported.source.buckets.unwrap();
        let count = buckets.cells.column("count").unwrap().u64().unwrap().get(0);
        assert_eq!(
            (buckets.cells.height(), count, buckets.step_secs),
            (1, Some(30), 10.0)
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            names(&table),
            [
                "http_requests_total{code=200}",
                "d_seconds_sum",
                "d_seconds_count",
                "depth"
            ]
        );
        assert_eq!(table.series(0).unwrap().values, [3.0]);
        let units: Vec<&str> = table.series.iter().map(|s| s.unit.as_str()).collect();
        assert_eq!(units, ["/s", "s/s", "/s", ""]);
        assert_eq!(table.series(3).unwrap().values, [5.0, 5.0]);
    }
}

#[test]
fn one_scrape_gives_levels_at_the_time_in_its_name() {
    let imported = imported(&scrape(10));
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 1);
    assert_eq!(warnings.count_of(WarningKind::Note), 1 + 3);
    assert_eq!(imported.source.info.last.unwrap().secs(), 1_795_246_837);
    assert!(imported.source.buckets.is_none());
    assert_eq!(names(&imported.source.metrics.unwrap()), ["depth"]);
    let error = read_as("metrics_1795246837.txt", "# TYPE a counter\na_total 1\n").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is nothing in it that one scrape can show")
    );
}

#[test]
fn the_clock_of_the_node_is_the_time_of_the_scrape() {
    let one = |secs: u32, n: u32| {
        format!(
            "# TYPE node_time_seconds gauge\nnode_time_seconds {secs}.5\n# TYPE x counter\nx_total {n}\n"
        )
    };
    let text = one(1_795_246_830, 1) + &one(1_795_246_840, 51);
    let table = imported(&text).source.metrics.unwrap();
    assert_eq!(table.series(1).unwrap().values, [5.0]);
}

#[test]
fn samples_may_have_times_of_their_own() {
    let text = "# TYPE x counter\nx_total 1 1795246830\nx_total 21 1795246840.000\n# TYPE y gauge\ny 3 1795246830000\n# EOF\n";
    let imported = imported(text);
    assert!(
        imported.source.info.warnings.is_empty(),
        "{:?}",
        imported.source.info.warnings
    );
    let table = imported.source.metrics.unwrap();
    assert_eq!(table.series(0).unwrap().values, [2.0]);
    assert_eq!(table.series[1].first.unwrap().secs(), 1_795_246_830);
}

#[test]
fn several_scrapes_without_a_time_are_said() {
    let imported = imported(&(scrape(1) + &scrape(2)));
    let warnings = &imported.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 1);
    assert!(warnings.iter().any(|w| {
        w.message
            .starts_with("scrapes without a time were left out")
    }));
}

#[test]
fn a_file_that_was_cut_off_says_so() {
    let text = format!("1795246830\n{}1795246840\n{}", scrape(10), scrape(40));
    let cut = imported(&text[..text.len() - 3]);
    assert_eq!(
        cut.source
            .info
            .warnings
            .count_of(WarningKind::TruncatedLastRow),
        1
    );
    let short = format!(
        "1795246830\n{}1795246840\n# TYPE depth gauge\ndepth 3\n",
        scrape(10)
    );
    assert_eq!(
        imported(&short)
            .source
            .info
            .warnings
            .count_of(WarningKind::TailMissing),
        1
    );
    let open = format!(
        "1795246830\n{}# EOF\n1795246840\n{}",
        scrape(10),
        scrape(40)
    );
    assert_eq!(
        imported(&open)
            .source
            .info
            .warnings
            .count_of(WarningKind::TruncatedLastRow),
        1
    );
}

#[test]
fn odd_lines_are_rejected_and_located() {
    let imported = imported(
        "# TYPE a gauge\na 1\nb{x=\"1} 2\nc one\n# TYPE s summary\ns{quantile=\"0.5\"} NaN\n",
    );
    let lines: Vec<u64> = imported.rejects.kept.iter().map(|r| r.line).collect();
    assert_eq!(lines, [3, 4]);
}

#[test]
fn text_is_recognised_by_its_lines() {
    let seen = |text: &str| recognises(&Head::new(text.as_bytes(), true, Path::new("x")));
    assert!(seen(&scrape(1)));
    assert!(seen("up{job=\"a\"} 1\nup{job=\"b\"} 0\nup{job=\"c\"} 1\n"));
    assert!(!seen("time,value\n2026-11-21,1\n"));
    assert!(!seen("Dear diary,\nnothing happened.\n"));
    assert!(!seen("# TYPE of things\nnothing here\n"));
    assert!(!seen("weather,city=a temp=1 1795246830000000000\n"));
}
