//! Real tables from elsewhere read by mappings, against the importers that know them and against their own rows.

use std::sync::Arc;

use headroom::analysis::latency::{LatencyParams, run_stats};
use headroom::calendar::TimeRange;
use headroom::dataset::{Estimator, OutcomeFilter, RunSummary};
use headroom::import::table::mapping::{Mapping, MappingBook, examine};
use headroom::import::{ImportOptions, Imported, import_file};
use headroom::progress::Progress;
use headroom::units::Micros;
use headroom::warning::WarningKind;

use crate::shared_data::{import, shared};

fn mapped(path: &str, yaml: &str) -> Imported {
    let mut book = MappingBook::default();
    book.give(Mapping::from_yaml(yaml).unwrap());
    let options = ImportOptions {
        mappings: Arc::new(book),
        ..ImportOptions::default()
    };
    import_file(&shared(path), &options, &Progress::default()).unwrap()
}

/// Everything that `stats` prints about each label, as text.
fn figures(run: &RunSummary) -> Vec<String> {
    let params = LatencyParams {
        range: TimeRange::ALL,
        outcomes: OutcomeFilter::All,
        estimator: Some(Estimator::R7),
        apdex: (Micros(500_000), Micros(1_500_000)),
        every: None,
    };
    let stats = run_stats(&[run], &params).unwrap();
    let mut lines: Vec<String> = stats.labels.iter().map(|l| format!("{l:?}")).collect();
    lines.push(format!("{:?}", stats.codes));
    lines.push(format!("{:?}", stats.concurrency));
    lines
}

/// A mapping of JMeter's own columns gives JMeter's own figures: labels, errors, percentiles, bytes, codes, users.
#[test]
#[ignore = "reads ../shared/data"]
fn jmeter_by_a_mapping_is_jmeter() {
    let path = "load-tests/own-runs/jmeter2.13/default.jtl";
    let by_mapping = mapped(
        path,
        "kind: requests
header: false
columns:
  - {column: 1, role: time, format: epoch_ms}
  - {column: 2, role: duration, unit: ms}
  - {column: 3, role: label}
  - {column: 4, role: status}
  - {column: 8, role: success}
  - {column: 9, role: received}
  - {column: 11, role: users}
",
    );
    let known = import(&shared(path)).unwrap();
    assert_eq!(by_mapping.source.info.rows, 2_400);
    let (a, b) = (by_mapping.source.run.unwrap(), known.source.run.unwrap());
    let (a, b) = (figures(&a), figures(&b));
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert_eq!(a, b);
    }
}

/// Arrivals of requests without durations: refused as measurements, counted by a mapping. 8,819 and 19,366 rows.
#[test]
#[ignore = "reads ../shared/data"]
fn arrivals_without_durations_are_counted() {
    for (file, rows) in [("code", 8_819), ("conv", 19_366)] {
        let path = format!("metrics/azure/AzureLLMInferenceTrace_{file}.csv");
        assert!(import(&shared(&path)).is_err());
        let yaml = "kind: requests\ncolumns:\n  - {column: TIMESTAMP, role: time}\n";
        let imported = mapped(&path, yaml);
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (rows, 0), "{file}");
        assert!(imported.source.run.unwrap().counts_only);
    }
}

/// What JMeter wrote, under headers that no format knows, is read by a guess with the same figures.
#[test]
#[ignore = "reads ../shared/data"]
fn a_guess_gives_what_the_format_gives() {
    let path = shared("load-tests/own-runs/jmeter2.13/default.jtl");
    let text = std::fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let renamed = folder.path().join("unknown.csv");
    let header =
        "began,elapsed_ms,step,http_code,message,worker,kind,ok,bytes,x,users,first_byte_ms";
    std::fs::write(&renamed, format!("{header}\n{text}")).unwrap();
    let options = ImportOptions::default();
    let guess = examine(&renamed, &options, &Progress::default())
        .unwrap()
        .guess;
    assert!(guess.sure, "{}", guess.in_words());
    let guessed = import(&renamed).unwrap();
    assert_eq!(guessed.source.info.format, "mapped-table");
    assert_eq!(
        guessed.source.info.warnings.count_of(WarningKind::Assumed),
        1
    );
    let known = import(&path).unwrap();
    let (a, b) = (guessed.source.run.unwrap(), known.source.run.unwrap());
    assert_eq!(figures(&a), figures(&b));
}
