//! Guesses for tables of no known format, what becomes of damaged ones, and both from the command line.

use std::path::Path;
use std::process::Command;

use headroom::import::table::mapping::{Kind, Mapping, book, examine, to_yaml};
use headroom::import::{ImportOptions, import_file};
use headroom::progress::Progress;
use headroom::warning::WarningKind;

use crate::import_mapping::{given, own};

#[test]
fn guesses_for_tables_of_many_makers() {
    let rows = |line: fn(i64) -> String| (0..60).map(line).collect::<Vec<_>>().join("\n");
    let guess = |header: &str, rows: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, format!("{header}\n{rows}\n")).unwrap();
        examine(&path, &ImportOptions::default(), &Progress::default())
            .unwrap()
            .guess
    };

    let found = guess(
        "start_time,endpoint,response_time_ms,http_code,vus",
        &rows(|i| {
            format!(
                "{},/a,{},200,{}",
                1_781_431_200_123 + i * 731,
                20 + i % 7,
                5
            )
        }),
    );
    assert!(found.sure && found.mapping.kind == Kind::Requests);
    assert_eq!(
        found.in_words(),
        "time from \"start_time\", duration in ms from \"response_time_ms\", label from \"endpoint\", status from \"http_code\", users from \"vus\""
    );
    let found = guess(
        "when;url;duration (s);ok",
        &rows(|i| format!("{}.5;/a;0,{:03};{}", 1_781_431_200 + i * 3, 20 + i, i % 2)),
    );
    assert!(found.sure, "{}", to_yaml(&found.mapping, &found.reasons));
    assert!(
        found.in_words().contains("duration in s")
            && found.in_words().contains("success from \"ok\"")
    );
    // By its size.
    let found = guess(
        "timestamp,request,took,is_error",
        &rows(|i| {
            format!(
                "{}.25,/a,0.{:03},{}",
                1_781_431_200 + i * 3,
                20 + i,
                i % 9 == 0
            )
        }),
    );
    assert!(found.sure && found.unit_guessed);
    assert!(
        found.in_words().contains("duration in s from \"took\""),
        "{}",
        found.in_words()
    );
    // Measurements stay measurements: means, percentiles, and what comes at every full minute.
    let found = guess(
        "timestamp,endpoint,avg_latency_ms,p95_ms",
        &rows(|i| format!("{},/a,{},{}", 1_781_431_200 + i * 7, 20 + i % 7, 50)),
    );
    assert!(!found.sure);
    assert_eq!(found.mapping.kind, Kind::Metrics);
    let found = guess(
        "timestamp,service,latency_ms,status",
        &rows(|i| format!("{},api,{},200", 1_781_431_200 + i * 60, 20 + i % 7)),
    );
    assert!(!found.sure, "on a grid of minutes");
    let found = guess(
        "Von;Bis;Zustand;Dienst",
        &rows(|i| {
            format!(
                "{:02}.06.2026 10:00;{:02}.06.2026 11:00;down;shop",
                i % 28 + 1,
                i % 28 + 1
            )
        }),
    );
    assert!(found.sure && found.mapping.kind == Kind::Outages);
    // Probes of a monitor are requests, not outages as long as their response time; what every row repeats is not its time.
    let found = guess(
        "monitoringStart,updated,service,status,http_code,responseTime_ms",
        &rows(|i| {
            let updated = 1_781_431_200_123 + i * 61_731;
            format!(
                "2020-01-0{}T00:00:00Z,{updated},{},up,200,{}",
                1 + i % 2,
                i % 2,
                70 + i
            )
        }),
    );
    assert!(
        found
            .in_words()
            .starts_with("time from \"updated\", duration in ms from \"responseTime_ms\""),
        "{}",
        found.in_words()
    );
    let found = guess(
        "starttime\tseconds\tttime",
        &rows(|i| {
            format!(
                "Sat Nov 21 01:36:{:02} 2026\t{}\t14",
                i % 60,
                1_795_224_967 + i
            )
        }),
    );
    assert!(
        !found.sure && found.mapping.kind == Kind::Metrics,
        "{}",
        found.in_words()
    );
    let found = guess(
        "Von;Bis;Zustand;Dienst",
        &rows(|i| {
            format!(
                "{:02}.06.2026 10:00;{:02}.06.2026 11:00;down;shop",
                i % 28 + 1,
                i % 28 + 1
            )
        }),
    );
    // The mapping that is printed reads back as itself.
    let yaml = to_yaml(&found.mapping, &found.reasons);
    assert_eq!(Mapping::from_yaml(&yaml).unwrap(), found.mapping, "{yaml}");
}

/// More columns than anybody looks at: an answer at once, and still readable by a mapping.
#[test]
fn very_wide_tables_do_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    let names: Vec<String> = (0..9_000).map(|i| format!("c{i}")).collect();
    let row = format!("2026-06-14T10:00:00Z,5{}", ",1".repeat(8_998));
    std::fs::write(&path, format!("{}\n{row}\n{row}\n", names.join(","))).unwrap();
    let plain = ImportOptions::default();
    let error = examine(&path, &plain, &Progress::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("the table has 9,000 columns"),
        "{error}"
    );
    let yaml = "kind: requests\ncolumns:\n  - {column: c0, role: time}\n  - {column: c1, role: duration}\n";
    let options = given(Mapping::from_yaml(yaml).unwrap());
    let imported = import_file(&path, &options, &Progress::default()).unwrap();
    assert_eq!(imported.source.info.rows, 2);
    std::fs::write(&path, ",".repeat(900_000)).unwrap();
    assert!(import_file(&path, &plain, &Progress::default()).is_err());
}

/// Cut or damaged anywhere: an error, or numbers with a word about what was lost.
#[test]
fn damage_is_survived_and_said() {
    let mut seed = 20_261_121_u64;
    let mut random = |n: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "lasttest.csv",
        "readings.txt",
        "counter.csv",
        "stoerungen.csv",
        "gateway.csv",
        "macro-runner.tsv",
    ] {
        let yaml = own(name).with_extension("yaml");
        let options = if yaml.exists() {
            given(book::read_mapping(&yaml).unwrap())
        } else {
            let examined = examine(&own(name), &ImportOptions::default(), &Progress::default());
            given(examined.unwrap().guess.mapping)
        };
        let whole = std::fs::read(own(name)).unwrap();
        let path = folder.path().join(name);
        let read = |bytes: &[u8], options: &ImportOptions| {
            std::fs::write(&path, bytes).unwrap();
            import_file(&path, options, &Progress::default())
        };
        let rows = read(&whole, &options).unwrap().source.info.rows;
        let plain = ImportOptions::default();
        for round in 0..50 {
            // In turns by the mapping and by whatever the file is taken for.
            let options = if round % 2 == 0 { &options } else { &plain };
            let cut = 1 + random(whole.len() - 1);
            if let Ok(imported) = read(&whole[..cut], options) {
                let info = &imported.source.info;
                let between_rows = whole[..cut].ends_with(b"\n") || whole[..cut].ends_with(b"\r");
                if info.format == "mapped-table" && info.rows != rows && !between_rows {
                    assert!(
                        info.warnings.count_of(WarningKind::TruncatedLastRow) == 1
                            || info.warnings.count_of(WarningKind::RejectedRow) > 0,
                        "{name} cut at {cut}"
                    );
                }
            }
            let mut damaged = whole.clone();
            for _ in 0..=random(5) {
                let at = random(damaged.len());
                damaged[at] = if random(2) == 0 {
                    random(256) as u8
                } else {
                    b"\"\r\n,;-.|\t09eE\0"[random(14)]
                };
            }
            if let Ok(imported) = read(&damaged, options) {
                let info = &imported.source.info;
                assert!(info.rows > 0 && info.first <= info.last);
                assert_eq!(info.rejected, imported.rejects.count);
            }
        }
    }
}

fn headroom(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .args(args)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn the_command_line_guesses_reads_and_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let text = |path: &Path| path.display().to_string();
    let (gateway, german) = (text(&own("gateway.csv")), text(&own("lasttest.csv")));
    let (code, yaml, _) = headroom(&["stats", &gateway, "--guess-mapping"]);
    assert_eq!(code, 0);
    let file = folder.path().join("m.yaml");
    std::fs::write(&file, &yaml).unwrap();
    let stats = |args: &[&str]| {
        let (code, out, err) = headroom(&[&["stats", "--json"], args].concat());
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let guessed = stats(&[&gateway]);
    let said = stats(&[&gateway, "--mapping", &text(&file)]);
    assert_eq!(guessed["total"], said["total"]);
    assert_eq!(said["warnings"].as_array().unwrap().len(), 0, "{said}");

    let project = text(&folder.path().join("p.headroom"));
    let mapping = text(&own("lasttest.yaml"));
    let import = |args: &[&str]| {
        let base = ["import", "--json", "--project", &project];
        let (code, out, err) = headroom(&[&base[..], args].concat());
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()
    };
    let first = import(&[&german, "--mapping", &mapping]);
    assert_eq!(first["sources"][0]["format"], "mapped-table");
    assert_eq!(first["sources"][0]["rows"], 58);
    let again = import(&[&german]);
    assert_eq!(again["sources"][0]["action"], "same");
    // A file like it is read as the project remembers.
    let other = folder.path().join("later.csv");
    let later = std::fs::read_to_string(own("lasttest.csv")).unwrap();
    std::fs::write(&other, later.replace("14.06.2026", "15.06.2026")).unwrap();
    let other = import(&[&text(&other)]);
    assert_eq!(other["sources"][0]["format"], "mapped-table");
    assert_eq!(other["sources"][0]["rows"], 58);
    // Read in another way, the same content takes its own place.
    let changed = std::fs::read_to_string(own("lasttest.yaml")).unwrap();
    std::fs::write(&file, changed.replace("unit: s", "unit: ms")).unwrap();
    let changed = import(&[&german, "--mapping", &text(&file)]);
    assert_eq!(changed["sources"][0]["action"], "replaced");

    let (code, _, err) = headroom(&["stats", &german, "--mapping", &german]);
    assert_eq!(code, 2);
    assert!(err.contains("the mapping cannot be read"), "{err}");
}
