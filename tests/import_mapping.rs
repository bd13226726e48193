//! Tables of no known format: read by a mapping, by a remembered one, and by a guess.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headroom::calendar::TimeRange;
use headroom::dataset::{Role, SeriesKind, Source, State};
use headroom::import::table::mapping::{
    Gives, Mapping, MappingBook, PreviewLimits, book, examine, preview,
};
use headroom::import::{ImportError, ImportOptions, Imported, import_file};
use headroom::progress::Progress;
use headroom::warning::WarningKind;

pub fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/mapping")
        .join(name)
}

pub fn given(mapping: Mapping) -> ImportOptions {
    let mut book = MappingBook::default();
    book.give(mapping);
    ImportOptions {
        mappings: Arc::new(book),
        ..ImportOptions::default()
    }
}

pub fn mapped(name: &str) -> Imported {
    let yaml = Path::new(name).with_extension("yaml");
    let mapping = book::read_mapping(&own(&yaml.display().to_string())).unwrap();
    import_file(&own(name), &given(mapping), &Progress::default()).unwrap()
}

pub fn plain(path: &Path) -> Result<Imported, ImportError> {
    import_file(path, &ImportOptions::default(), &Progress::default())
}

fn counts(source: &Source) -> (u64, u64) {
    let run = source.run.as_ref().unwrap();
    let sums = run
        .counts(&run.counted_labels(), &[TimeRange::ALL])
        .unwrap();
    (sums[0].count, sums[0].errors)
}

fn messages(imported: &Imported, kind: WarningKind) -> Vec<String> {
    let all = imported.source.info.warnings.iter();
    all.filter(|w| w.kind == kind)
        .map(|w| w.message.clone())
        .collect()
}

#[test]
fn end_stamped_durations_in_seconds_with_decimal_commas() {
    let imported = mapped("lasttest.csv");
    let info = &imported.source.info;
    assert_eq!(info.format, "mapped-table");
    assert_eq!((info.rows, info.rejected), (58, 2));
    let rejected: Vec<(u64, &str, &str)> = imported
        .rejects
        .kept
        .iter()
        .map(|r| (r.line, r.column.as_str(), r.reason.as_str()))
        .collect();
    assert_eq!(
        rejected,
        [
            (13, "Ende", "not a time"),
            (31, "Dauer (s)", "not a duration")
        ]
    );
    assert_eq!(counts(&imported.source), (58, 3));
    // The first row ended at 10:02:01.717 in Berlin and took 0.086 s.
    assert_eq!(info.first.unwrap().to_string(), "2026-06-14T08:02:01.631Z");
    assert_eq!(info.zone.as_ref().unwrap().name(), "Europe/Berlin");
    assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 0);
    assert_eq!(info.scope.service, "shop");
    assert_eq!(info.scope.environment, "staging");
    assert_eq!(info.scope.role, Role::Test);
    let run = imported.source.run.as_ref().unwrap();
    let labels: Vec<&str> = run.labels.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(labels.len(), 3);
    assert!(labels.contains(&"Anmelden"));
    let used = info.mapping.as_ref().unwrap();
    assert!(!used.guessed && used.yaml.contains("Vorgang"));
}

#[test]
fn a_clear_log_of_requests_is_read_by_a_guess_that_is_said() {
    let imported = plain(&own("gateway.csv")).unwrap();
    let info = &imported.source.info;
    assert_eq!(
        (info.format.as_str(), info.rows, info.rejected),
        ("mapped-table", 200, 0)
    );
    // Four 503 with a text, one 404 without: line 40, 80, 120, 160, 200 are 503.
    assert_eq!(counts(&imported.source), (200, 6));
    let said = messages(&imported, WarningKind::Assumed);
    assert_eq!(said.len(), 1, "{said:?}");
    for part in [
        "time from \"ts\"",
        "duration in us from \"latency_us\"",
        "label from \"method\" and \"path\"",
        "status from \"status\"",
        "received from \"bytes_in\"",
        "sent from \"bytes_sent\"",
        "--mapping",
    ] {
        assert!(said[0].contains(part), "{part}: {}", said[0]);
    }
    let run = imported.source.run.as_ref().unwrap();
    assert!(run.labels.iter().any(|l| l.name == "GET /products"));
    assert_eq!(run.tick_ns, 1_000);
    assert!(info.mapping.as_ref().unwrap().guessed);

    // Also in German, with its decimal commas and its times of the end.
    let german = plain(&own("lasttest.csv")).unwrap();
    let said = mapped("lasttest.csv");
    assert_eq!(german.source.info.format, "mapped-table");
    assert_eq!(counts(&german.source), counts(&said.source));
    assert_eq!(
        german.source.info.first.unwrap().to_string(),
        "2026-06-14T10:02:01.631Z",
        "in UTC, where nobody says a zone"
    );
    assert_eq!(
        german
            .source
            .info
            .warnings
            .count_of(WarningKind::ZoneAssumed),
        58
    );

    let imported = plain(&own("macro-runner.tsv")).unwrap();
    let info = &imported.source.info;
    assert_eq!((info.format.as_str(), info.rows), ("mapped-table", 80));
    assert_eq!(counts(&imported.source), (80, 3));
    assert_eq!(info.first.unwrap().to_string(), "2026-03-02T09:30:03Z");
    assert_eq!(info.scope.role, Role::Test, "it has users");
    assert_eq!(imported.source.run.unwrap().tick_ns, 1_000_000);
}

#[test]
fn series_have_names_dimensions_units_and_kinds() {
    let imported = mapped("readings.txt");
    let table = imported.source.metrics.unwrap();
    let names: Vec<(String, &str)> = table
        .series
        .iter()
        .map(|s| (s.display_name(), s.unit.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("cpu{host=a}".to_owned(), "%"),
            ("queue{host=a}".to_owned(), ""),
            ("cpu{host=b}".to_owned(), "%"),
            ("queue{host=b}".to_owned(), ""),
        ]
    );
    assert_eq!(table.series[0].step_secs, Some(300.0));
    assert_eq!(
        table.series[0].first.unwrap().to_string(),
        "2026-06-14T00:00:00Z"
    );
    assert_eq!(table.series(0).unwrap().values[0], 56.1);

    let imported = mapped("counter.csv");
    assert_eq!(
        imported
            .source
            .info
            .warnings
            .count_of(WarningKind::CounterReset),
        1
    );
    let table = imported.source.metrics.unwrap();
    let served = &table.series[0];
    assert_eq!(
        (served.name.as_str(), served.kind, served.unit.as_str()),
        ("requests served", SeriesKind::Rate, "requests/s")
    );
    // 1060 → 1180 in a minute.
    assert_eq!(table.series(0).unwrap().values[0], 2.0);
    assert_eq!(
        (table.series[1].name.as_str(), table.series[1].kind),
        ("threads", SeriesKind::Gauge)
    );
}

#[test]
fn states_may_have_durations_and_words_of_their_own() {
    let imported = mapped("stoerungen.csv");
    let info = &imported.source.info;
    assert_eq!((info.rows, info.rejected), (4, 2));
    assert_eq!(info.warnings.count_of(WarningKind::EmptyInterval), 1);
    let rows = &imported.source.uptime.as_ref().unwrap().rows;
    let states: Vec<(State, &str)> = rows.iter().map(|r| (r.state, r.service.as_str())).collect();
    assert_eq!(
        states,
        [
            (State::Down, "Kasse"),
            (State::Maintenance, "Kasse"),
            (State::Down, "Shop"),
            (State::Down, "Kasse"),
        ]
    );
    assert_eq!(rows[0].start.to_string(), "2026-06-01T06:00:00Z");
    assert_eq!(rows[2].end.unwrap().since(rows[2].start).0, 450_000_000);
    assert_eq!(rows[3].end, None);
    let blamed = &imported.rejects.kept[1];
    assert!(
        blamed.column == "Art" && blamed.reason.contains("states"),
        "{blamed:?}"
    );
}

#[test]
fn a_mapping_that_does_not_fit_names_the_column() {
    let mapping = book::read_mapping(&own("lasttest.yaml")).unwrap();
    let error = import_file(&own("gateway.csv"), &given(mapping), &Progress::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the mapping names the column \"Ende\" (time), which the table does not have; it has ts,"),
        "{error}"
    );
    for (yaml, word) in [
        (
            "kind: requests\ncolumns:\n  - {column: latency_us, role: duration}\n",
            "no column says when",
        ),
        (
            "kind: metrics\ncolumns:\n  - {column: ts, role: time}\n",
            "no column holds values",
        ),
        (
            "kind: requests\ncolumns:\n  - {column: ts, role: time}\n  - {column: 40, role: label}\n",
            "names the column 40",
        ),
        (
            "kind: requests\ncolumns:\n  - {column: path, role: time}\n",
            "holds no times",
        ),
        (
            "kind: requests\ncolumns:\n  - {column: ts, role: time}\n  - {column: latency_us, role: duration, unit: parsecs}\n",
            "none of ns, us, ms, s, m",
        ),
        (
            "kind: requests\ncolumns:\n  - {column: ts, role: time}\n  - {column: status, role: status}\n  - {column: path, role: status}\n",
            "same role",
        ),
        (
            "kind: requests\ncolumns:\n  - {column: ts, role: time, format: \"%H/%d\"}\n",
            "none of its 200 records can be read",
        ),
    ] {
        let mapping = Mapping::from_yaml(yaml).unwrap();
        let error = import_file(&own("gateway.csv"), &given(mapping), &Progress::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn without_durations_there_are_counts_and_with_two_times_there_are_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.csv");
    std::fs::write(
        &path,
        "job,began,over\na,2026-06-14T10:00:00Z,2026-06-14T10:00:01.5Z\nb,2026-06-14T10:00:02Z,2026-06-14T10:00:02Z\nc,2026-06-14T10:00:03Z,2026-06-14T10:00:02Z\n",
    )
    .unwrap();
    let read = |columns: &str| {
        let mapping =
            Mapping::from_yaml(&format!("kind: requests\ncolumns: [{columns}]\n")).unwrap();
        import_file(&path, &given(mapping), &Progress::default()).unwrap()
    };
    let both =
        read("{column: began, role: time}, {column: over, role: end}, {column: job, role: label}");
    assert_eq!(both.source.info.rows, 2);
    assert_eq!(both.rejects.kept[0].reason, "it ends before it starts");
    let run = both.source.run.unwrap();
    let sums = run
        .counts(&run.counted_labels(), &[TimeRange::ALL])
        .unwrap();
    assert_eq!(sums[0].max_ns, 1_500_000_000);
    let only = read("{column: began, role: time}, {column: job, role: label}");
    let run = only.source.run.unwrap();
    assert!(run.counts_only && only.source.info.rows == 3);
}

#[test]
fn remembered_answers_are_found_by_the_header() {
    let examined = examine(
        &own("stoerungen.csv"),
        &ImportOptions::default(),
        &Progress::default(),
    )
    .unwrap();
    assert_eq!(examined.fingerprint.len(), 16);
    let yaml = std::fs::read_to_string(own("stoerungen.yaml")).unwrap();
    let mut book = MappingBook::default();
    book.remember(&examined.fingerprint, &yaml).unwrap();
    assert!(book.remember("x", "nonsense").is_err());
    let options = ImportOptions {
        mappings: Arc::new(book),
        ..ImportOptions::default()
    };
    let imported = import_file(&own("stoerungen.csv"), &options, &Progress::default()).unwrap();
    assert_eq!(imported.source.info.rows, 4);
    assert_eq!(
        messages(&imported, WarningKind::Note),
        ["the columns were read as remembered for tables with this header"]
    );
    // Other tables are read as ever.
    let other = import_file(&own("gateway.csv"), &options, &Progress::default()).unwrap();
    assert!(other.source.info.mapping.unwrap().guessed);
}

#[test]
fn a_preview_says_what_a_mapping_would_give() {
    let show = |name: &str, mapping: &Mapping, rows: u64| {
        let limits = PreviewLimits {
            rows,
            ..PreviewLimits::default()
        };
        let options = ImportOptions::default();
        preview(&own(name), mapping, &options, limits, &Progress::default()).unwrap()
    };
    let berlin = headroom::calendar::Zone::named("Europe/Berlin").unwrap();
    let mapping = book::read_mapping(&own("lasttest.yaml")).unwrap();
    let seen = show("lasttest.csv", &mapping, 50_000);
    assert_eq!(
        seen.sentence(&berlin),
        "58 rows, 2 rejected, 2026-06-14 10:02:01–10:03:32; 3 of 58 requests failed, 3 labels"
    );
    assert_eq!(
        seen.columns,
        ["Ende", "Vorgang", "Dauer (s)", "Erfolg", "Nutzer"]
    );
    assert_eq!(
        (seen.rows.len(), seen.rows[0][1].as_str()),
        (20, "Warenkorb")
    );
    assert_eq!(seen.blamed["Ende"], 1);
    assert!(seen.is_usable() && seen.of_first.is_none());
    let part = show("lasttest.csv", &mapping, 20);
    assert_eq!((part.read, part.rejected, part.of_first), (19, 1, Some(20)));
    assert!(part.sentence(&berlin).ends_with("(of the first 20 rows)"));

    let mut wrong = mapping.clone();
    wrong.columns.remove(0);
    let seen = show("lasttest.csv", &wrong, 100);
    assert!(!seen.is_usable() && seen.gives == Gives::Nothing);
    assert!(
        seen.sentence(&berlin)
            .starts_with("No column says when a request was made"),
        "{}",
        seen.sentence(&berlin)
    );
    assert_eq!(seen.rows.len(), 20, "the rows stay in view");
    let readings = book::read_mapping(&own("readings.yaml")).unwrap();
    let sentence = show("readings.txt", &readings, 1_000).sentence(&berlin);
    assert!(
        sentence.contains("120 rows, none rejected")
            && sentence.contains("4 series, such as cpu{host=a} (%)"),
        "{sentence}"
    );
    assert!(
        preview(
            Path::new("/nowhere/at all"),
            &mapping,
            &ImportOptions::default(),
            PreviewLimits::default(),
            &Progress::default()
        )
        .is_err()
    );
}
