//! What the JMeter reader makes of small files: every variant it promises to read, and bad input.

use std::fmt::Write as _;

use super::jmeter_csv::{read, read_limited};
use super::merge::MAX_LABELS;
use crate::analysis::latency::{LatencyParams, RunStats, run_stats};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::{Estimator, OutcomeFilter, RunSummary};
use crate::import::blocks::BlockLimits;
use crate::import::open::{Opened, open};
use crate::import::{ImportError, ImportOptions, Imported};
use crate::progress::Progress;
use crate::units::Micros;
use crate::warning::WarningKind;

const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,\
                      bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";
const START: i64 = 1_764_547_200_000;

fn row(millis: i64, elapsed: i64, label: &str, ok: bool) -> String {
    let code = if ok { "200,OK" } else { "500,Oops" };
    format!(
        "{},{elapsed},{label},{code},T 1-1,text,{ok},,100,10,1,2,http://x/,1,0,0\n",
        START + millis
    )
}

fn read_file(
    opened: &Opened,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Imported, ImportError> {
    read(opened.reader(progress)?, &opened.intake(options, progress))
}

fn read_small(
    opened: &Opened,
    options: &ImportOptions,
    progress: &Progress,
    limits: BlockLimits,
) -> Result<Imported, ImportError> {
    let intake = opened.intake(options, progress);
    read_limited(opened.reader(progress)?, &intake, limits, 2)
}

fn with(text: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jtl");
    std::fs::write(&path, text).unwrap();
    read_file(&open(&path)?, options, &Progress::default())
}

fn import(text: &str) -> Imported {
    with(text.as_bytes(), &ImportOptions::default()).unwrap()
}

fn refused(text: &[u8]) -> String {
    with(text, &ImportOptions::default())
        .unwrap_err()
        .to_string()
}

fn run(imported: &Imported) -> &RunSummary {
    imported.source.run.as_ref().unwrap()
}

fn stats(imported: &Imported, estimator: Option<Estimator>) -> RunStats {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator,
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    run_stats(&[run(imported)], &params).unwrap()
}

fn warned(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

#[test]
fn rows_are_counted_by_second_label_and_outcome() {
    let text = format!(
        "{HEADER}{}{}{}{}",
        row(1_900, 300, "b", true),
        row(0, 100, "a", true),
        row(500, 200, "a", false),
        row(100, 150_000, "a", true)
    );
    let imported = import(&text);
    let info = &imported.source.info;
    assert_eq!((info.rows, info.rejected), (4, 0));
    assert_eq!(info.first, Some(Instant::from_millis(START)));
    assert_eq!(info.last, Some(Instant::from_millis(START + 150_100)));
    let names: Vec<&str> = run(&imported)
        .labels
        .iter()
        .map(|l| l.name.as_str())
        .collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(run(&imported).counters.height(), 3);
    assert_eq!(run(&imported).bucket_secs, 1);
    let stats = stats(&imported, Some(Estimator::R7));
    assert_eq!((stats.total.count, stats.total.errors), (4, 1));
    assert_eq!(stats.total.mean_ms, Some(37_650.0));
    assert_eq!(stats.total.p50_ms, Some(250.0));
    assert_eq!(stats.total.apdex, Some(0.5));
    assert_eq!(stats.total.throughput_per_sec, Some(4.0 / 150.1));
    assert_eq!(stats.concurrency.max, Some(2.0));
    assert_eq!(stats.codes.len(), 2);
    assert!(run(&imported).closed_loop);
    assert_eq!(warned(&imported, WarningKind::CoordinatedOmission), 1);
}

/// The same rows in blocks of any size, on any number of threads, with and without time structure.
#[test]
fn the_summary_depends_on_nothing_but_the_file() {
    let mut text = HEADER.to_owned();
    for i in 0..3_000_i64 {
        let label = format!("\"label, {} \"\"q\"\"\nline\"", i * 7 % 13);
        text.push_str(&row(i * 37 % 50_000, i * i % 6_000, &label, i % 11 != 0));
        if i % 500 == 250 {
            text.push_str("broken\n\n");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, &text).unwrap();
    let opened = open(&path).unwrap();
    let mut seen = Vec::new();
    for (block_bytes, threads) in [(4_096, 1), (4_096, 4), (50_000, 3), (1 << 20, 2)] {
        for whole_run in [false, true] {
            let limits = BlockLimits {
                block_bytes,
                record_bytes: 2_000,
            };
            let options = ImportOptions {
                whole_run,
                ..ImportOptions::default()
            };
            let imported = read_limited(
                opened.reader(&Progress::default()).unwrap(),
                &opened.intake(&options, &Progress::default()),
                limits,
                threads,
            )
            .unwrap();
            assert_eq!(imported.rejects.count, 6);
            assert_eq!(imported.rejects.kept[0].line, 2 + 251 * 2);
            assert_eq!(run(&imported).labels[1].name, "label, 7 \"q\"\nline");
            let mut result = stats(&imported, None);
            result.estimator.clear();
            let frames = (
                run(&imported).counters.clone(),
                run(&imported).histogram.clone(),
                run(&imported).codes.clone(),
            );
            seen.push((whole_run, imported.source.info.clone(), result, frames));
        }
    }
    for (whole, info, result, frames) in &seen {
        let (_, first_info, first_result, first_frames) =
            seen.iter().find(|(w, ..)| w == whole).unwrap();
        assert_eq!(info, first_info);
        assert_eq!(result, first_result);
        assert!(frames.0.equals(&first_frames.0));
        assert!(frames.1.equals(&first_frames.1));
        assert!(frames.2.equals(&first_frames.2));
    }
    assert_eq!(seen[0].2, seen[1].2, "with and without time structure");
}

#[test]
fn text_times_are_in_the_zone_that_is_given() {
    let text = "timeStamp;elapsed;label;success\n2026/06/14 10:00:00.250;5;a;TRUE\n";
    let imported = import(text);
    assert_eq!(warned(&imported, WarningKind::ZoneAssumed), 1);
    let options = ImportOptions {
        source_zone: Zone::named("Europe/Berlin").unwrap(),
        source_zone_given: true,
        ..ImportOptions::default()
    };
    let imported = with(text.as_bytes(), &options).unwrap();
    assert_eq!(warned(&imported, WarningKind::ZoneAssumed), 0);
    assert_eq!(
        imported.source.info.first.unwrap().to_string(),
        "2026-06-14T08:00:00.25Z"
    );
}

#[test]
fn one_cut_off_row_at_the_end_is_tolerated() {
    let text = format!("{HEADER}{}{}", row(0, 1, "a", true), "1764547200001,5,b,20");
    let imported = import(&text);
    assert_eq!(imported.source.info.rows, 1);
    assert_eq!(imported.rejects.count, 0);
    assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 1);
    let quoted = format!(
        "{HEADER}{}\n{}",
        row(0, 1, "a", true),
        "1764547200001,5,\"b\nc"
    );
    assert_eq!(warned(&import(&quoted), WarningKind::TruncatedLastRow), 1);
    let whole = format!(
        "{HEADER}{}{}",
        row(0, 1, "a", true),
        row(1, 1, "a", true).trim_end()
    );
    let imported = import(&whole);
    assert_eq!(imported.source.info.rows, 2);
    assert_eq!(warned(&imported, WarningKind::TruncatedLastRow), 0);
}

#[test]
fn bad_rows_are_counted_and_located() {
    let text = format!(
        "{HEADER}{}x,5,a,200,OK,T,text,true,,1,1,1,1,u,1,0,0\n\n{}short,row\n{}",
        row(0, 1, "\"a\nb\"", true),
        row(1, -5, "a", true),
        row(2, 1, "a", true)
    );
    let imported = import(&text);
    assert_eq!((imported.source.info.rows, imported.rejects.count), (2, 3));
    let places: Vec<(u64, &str)> = imported
        .rejects
        .kept
        .iter()
        .map(|r| (r.line, r.column.as_str()))
        .collect();
    assert_eq!(places, [(4, "timeStamp"), (6, "elapsed"), (7, "")]);
    assert_eq!(imported.rejects.kept[2].reason, "2 fields where 17 belong");
    assert_eq!(warned(&imported, WarningKind::RejectedRow), 3);
    let spreadsheet = format!(
        "{HEADER}{}1.79523E+12,5,a,200,OK,T,text,true,,1,1,1,1,u,1,0,0\n",
        row(0, 1, "a", true)
    );
    assert!(
        import(&spreadsheet).rejects.kept[0]
            .reason
            .contains("spreadsheet")
    );
}

#[test]
fn headers_in_the_middle_are_noticed() {
    let text = format!(
        "{HEADER}{}{HEADER}{}",
        row(0, 1, "a", true),
        row(1, 1, "a", true)
    );
    let imported = import(&text);
    assert_eq!(warned(&imported, WarningKind::RepeatedHeader), 1);
    assert_eq!((imported.source.info.rows, imported.rejects.count), (2, 0));
    let other = format!("{HEADER}{}elapsed,timeStamp,label\n", row(0, 1, "a", true));
    assert!(refused(other.as_bytes()).starts_with("the columns change at line 3"));
}

#[test]
fn controllers_are_kept_out_of_totals() {
    let controller = format!(
        "{START},300,buy,200,\"Number of samples in transaction : 2, number of failing samples : 0\",\
         T,,true,,1,1,1,1,null,1,0,0\n"
    );
    let text = format!(
        "{HEADER}{}{}{controller}",
        row(0, 100, "a", true),
        row(0, 200, "b", true)
    );
    let imported = import(&text);
    assert_eq!(warned(&imported, WarningKind::TransactionControllers), 1);
    let stats = stats(&imported, Some(Estimator::R7));
    assert_eq!((stats.total.count, stats.labels.len()), (2, 3));
    assert!(run(&imported).labels[2].controller);
}

#[test]
fn statistical_rows_count_their_samples() {
    let text = "timeStamp,elapsed,label,success,bytes,SampleCount,ErrorCount\n\
                1764547200000,1000,a,true,500,10,2\n1764547200000,50,a,true,5,1,0\n";
    let imported = import(text);
    assert_eq!(warned(&imported, WarningKind::AggregatedRows), 1);
    let stats = stats(&imported, Some(Estimator::R7));
    assert_eq!((stats.total.count, stats.total.errors), (11, 2));
    assert_eq!(stats.total.mean_ms, Some(1_050.0 / 11.0));
}

#[test]
fn monitoring_rows_are_kept_out() {
    let monitor = format!("{START},45230,host CPU,,,,,true,,0,0,0,0,null,0,0,0\n");
    let imported = import(&format!("{HEADER}{monitor}{}", row(0, 1, "a", true)));
    assert_eq!(warned(&imported, WarningKind::MonitoringRows), 1);
    assert_eq!(imported.source.info.rows, 1);
    let only = format!("{HEADER}{monitor}");
    assert!(refused(only.as_bytes()).contains("only resource monitoring"));
}

#[test]
fn other_encodings_are_read_and_said() {
    let mut text = HEADER.as_bytes().to_vec();
    text.extend_from_slice(b"1764547200000,5,caf\xe9,200,OK,T 1-1,text,true,,1,1,1,1,u,1,0,0\n");
    let imported = with(&text, &ImportOptions::default()).unwrap();
    assert_eq!(run(&imported).labels[0].name, "café");
    assert_eq!(warned(&imported, WarningKind::EncodingAssumed), 1);
    let marked = format!("\u{feff}{HEADER}{}", row(0, 1, "a", true));
    let imported = import(&marked);
    assert_eq!((imported.source.info.rows, imported.rejects.count), (1, 0));
    assert_eq!(warned(&imported, WarningKind::RepeatedHeader), 0);
}

#[test]
fn a_stray_quote_spoils_only_its_own_row() {
    let text = format!(
        "{HEADER}{}{}{}",
        row(0, 1, "5\" disk", true),
        row(0, 1, "b", true),
        row(0, 1, "\"c, d\"", true)
    );
    let imported = import(&text);
    let names: Vec<&str> = run(&imported)
        .labels
        .iter()
        .map(|l| l.name.as_str())
        .collect();
    assert_eq!(names, ["5\" disk", "b", "c, d"]);
    assert_eq!(imported.rejects.count, 0);
}

#[test]
fn ranges_filter_exactly() {
    let text = format!(
        "{HEADER}{}{}{}",
        row(0, 1, "a", true),
        row(1_500, 1, "a", true),
        row(2_000, 1, "a", true)
    );
    let options = |from: i64, to: i64| ImportOptions {
        range: TimeRange {
            start: Instant::from_millis(START + from),
            end: Instant::from_millis(START + to),
        },
        ..ImportOptions::default()
    };
    let imported = with(text.as_bytes(), &options(1, 2_000)).unwrap();
    assert_eq!(imported.source.info.rows, 1);
    let error = with(text.as_bytes(), &options(5_000, 6_000)).unwrap_err();
    assert!(error.to_string().contains("widen --from and --to"));
}

#[test]
fn labels_beyond_the_limit_are_counted_together() {
    let mut text = HEADER.to_owned();
    for i in 0..MAX_LABELS + 50 {
        text.push_str(&row(0, 1, &format!("page {i}"), true));
    }
    let imported = import(&text);
    assert_eq!(run(&imported).labels.len(), MAX_LABELS + 1);
    assert_eq!(run(&imported).labels[MAX_LABELS].name, "(other)");
    assert_eq!(warned(&imported, WarningKind::TooManyLabels), 1);
    assert_eq!(stats(&imported, None).total.count, MAX_LABELS as u64 + 50);
}

#[test]
fn histograms_fold_to_wider_buckets_and_lose_no_sample() {
    let mut text = HEADER.to_owned();
    for i in 0..5_000_i64 {
        text.push_str(&row(i * 100, i % 50, "a", true));
    }
    let options = ImportOptions {
        max_histogram_rows: 600,
        ..ImportOptions::default()
    };
    let folded = with(text.as_bytes(), &options).unwrap();
    assert_eq!(run(&folded).bucket_secs, 60);
    assert!(run(&folded).histogram.height() <= 600);
    assert_eq!(stats(&folded, None), stats(&import(&text), None));
    let options = ImportOptions {
        bucket_secs: 120,
        ..ImportOptions::default()
    };
    let coarse = with(text.as_bytes(), &options).unwrap();
    assert_eq!(run(&coarse).bucket_secs, 60);
    assert_eq!(stats(&coarse, None), stats(&import(&text), None));
}

/// apache/jmeter: `jmeter.reportgenerator.statistic_window`, 20,000 samples of each label in file order.
#[test]
fn the_tools_own_percentiles_see_the_last_samples_only() {
    let mut text = HEADER.to_owned();
    for i in 0..30_000_i64 {
        let elapsed = if i < 10_000 { 9_000 } else { 100 };
        let _ = write!(text, "{}", row(i, elapsed, "a", true));
    }
    let imported = import(&text);
    let as_tool = stats(&imported, None);
    assert_eq!(as_tool.total.p99_ms, Some(100.0));
    assert_eq!(
        stats(&imported, Some(Estimator::R6)).total.p99_ms,
        Some(9_000.0)
    );
}

#[test]
fn files_without_a_usable_row_get_one_sentence() {
    assert!(refused(HEADER.as_bytes()).starts_with("there is a header, but no rows"));
    let broken = format!("{HEADER}{}", "a,b,c\n".repeat(9));
    assert!(
        refused(broken.as_bytes()).starts_with("none of its 9 rows can be read (line 2: 3 fields")
    );
    let months = "timeStamp,elapsed,label\n2011-00-21 14:15:25.321,5,a\n";
    assert!(refused(months.as_bytes()).contains("timeStamp: not a time"));
}

#[test]
fn an_endless_line_is_skipped_with_a_place() {
    let limits = BlockLimits {
        block_bytes: 8_192,
        record_bytes: 1_024,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let long = "x".repeat(3 << 20);
    let text = format!(
        "{HEADER}{}{long}\n{}",
        row(0, 1, "a", true),
        row(1, 2, "a", true)
    );
    std::fs::write(&path, text).unwrap();
    let progress = Progress::default();
    let options = ImportOptions::default();
    let imported = read_small(&open(&path).unwrap(), &options, &progress, limits).unwrap();
    assert_eq!((imported.source.info.rows, imported.rejects.count), (2, 1));
    assert_eq!(imported.rejects.kept[0].line, 3);
    assert_eq!(warned(&imported, WarningKind::RecordTooLong), 1);
    std::fs::write(&path, format!("{HEADER}{long}")).unwrap();
    let error = read_small(&open(&path).unwrap(), &options, &progress, limits).unwrap_err();
    assert!(
        error.to_string().contains("no record end follows"),
        "{error}"
    );
}

#[test]
fn cancelling_ends_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(
        &path,
        format!("{HEADER}{}", row(0, 1, "a", true).repeat(1_000)),
    )
    .unwrap();
    let progress = Progress::default();
    progress.cancel();
    let result = read_file(&open(&path).unwrap(), &ImportOptions::default(), &progress);
    assert!(matches!(result, Err(ImportError::Cancelled(_))));
}

/// The first row decides: where it is sound, a later odd month is an error in that row.
#[test]
fn months_roll_over_only_where_the_first_row_does() {
    let rows = |first: &str| {
        format!("timeStamp,elapsed,label\n{first} 10:00:00,5,a\n2001/20/20 12:05:05.123,7,a\n")
    };
    let rolling = import(&rows("2001/19/20"));
    assert_eq!((rolling.source.info.rows, rolling.rejects.count), (2, 0));
    assert_eq!(
        rolling.source.info.first.unwrap().to_string(),
        "2002-07-20T10:00:00Z"
    );
    let warnings = &rolling.source.info.warnings;
    assert_eq!(warnings.count_of(WarningKind::Assumed), 2);
    let sound = import(&rows("2001/10/20"));
    assert_eq!((sound.source.info.rows, sound.rejects.count), (1, 1));
}

#[test]
fn every_delimiter_that_jmeter_was_seen_with() {
    for delimiter in [",", ";", "\t", "|", "^", ":"] {
        let text = "timeStamp,elapsed,label,success\n1764547200000,5,a b,true\n1764547200001,7,a b,false\n"
            .replace(',', delimiter);
        assert_eq!(import(&text).source.info.rows, 2, "{delimiter}");
    }
}
