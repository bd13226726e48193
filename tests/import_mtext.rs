//! Metric exports as text, Parquet and Excel: small files of each kind, whole, cut off and damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headroom::dataset::MetricTable;
use headroom::import::Imported;
use headroom::warning::WarningKind;

use crate::shared_data::{import, own};

fn read(name: &str) -> Imported {
    import(&own(name)).unwrap_or_else(|e| panic!("{e}"))
}

/// All points by the name of their series and their instant.
pub fn points(table: &MetricTable) -> BTreeMap<(String, i64), f64> {
    let mut points = BTreeMap::new();
    for index in 0..table.series.len() {
        let series = table.series(index).unwrap();
        let name = series.info.display_name();
        for (at, value) in series.times.iter().zip(&series.values) {
            points.insert((name.clone(), at.0), *value);
        }
    }
    points
}

fn table(imported: &Imported) -> &MetricTable {
    imported.source.metrics.as_ref().unwrap()
}

fn count(imported: &Imported, kind: WarningKind) -> u64 {
    imported.source.info.warnings.count_of(kind)
}

#[test]
fn the_outputs_of_sysstat_agree() {
    let csv = read("sysstat/sadf.csv");
    assert_eq!(csv.source.info.format, "sadf-csv");
    assert_eq!(csv.source.info.rejected, 0);
    let expected = points(table(&csv));
    for (file, format) in [
        ("sysstat/sadf_horizontal.csv", "sadf-csv"),
        ("sysstat/sadf.json", "sadf-json"),
        ("sysstat/sar.txt", "sar-text"),
    ] {
        let other = read(file);
        assert_eq!(other.source.info.format, format);
        assert_eq!(other.source.info.rejected, 0, "{file}");
        assert_eq!(points(table(&other)), expected, "{file}");
        assert_eq!(
            table(&other).series.iter().map(|s| s.unit.as_str()).max(),
            table(&csv).series.iter().map(|s| s.unit.as_str()).max()
        );
        assert_eq!(count(&other, WarningKind::TruncatedLastRow), 0, "{file}");
    }
    let local = read("sysstat/sadf_local.csv");
    assert_eq!(count(&local, WarningKind::ZoneAssumed), 7);
    let names: Vec<&str> = table(&local)
        .series
        .iter()
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["%user", "%nice", "%system", "%iowait", "%steal", "%idle"]
    );
    let iso = read("sysstat/sar_iso.txt");
    let cpu = points(table(&local));
    let iso = points(table(&iso));
    assert!(cpu.iter().all(|(key, value)| iso.get(key) == Some(value)));
    assert_eq!(iso.len(), cpu.len());
}

#[test]
fn collectd_names_its_metrics_in_folders() {
    let cpu = read("collectd/demo/cpu/percent-user-2026-11-21");
    assert_eq!(cpu.source.info.format, "collectd-csv");
    let series = &table(&cpu).series[0];
    assert_eq!(
        (series.display_name().as_str(), series.unit.as_str()),
        ("percent{host=demo, plugin=cpu, type=user}", "%")
    );
    let octets = read("collectd/demo/interface-lo/if_octets-2026-11-21");
    let series = table(&octets).series(0).unwrap();
    assert!(series.info.from_counter);
    assert_eq!(series.info.unit, "bytes/s");
    assert!(series.values.iter().sum::<f64>() > 10_000.0);
    let load = read("collectd/demo/load/load-2026-11-21");
    assert_eq!(table(&load).series[2].name, "load.longterm");
}

/// The files of this part, for cutting and damaging.
const FILES: &[&str] = &[
    "sysstat/sadf.csv",
    "sysstat/sadf_horizontal.csv",
    "sysstat/sadf.json",
    "sysstat/sar.txt",
    "sysstat/sar_iso.txt",
    "collectd/demo/cpu/percent-user-2026-11-21",
    "collectd/demo/interface-lo/if_octets-2026-11-21",
];

/// Where a damaged copy of a file stands, in folders of the same names.
fn copy_of(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

#[test]
fn files_that_are_cut_off_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 7_u64;
    for name in FILES {
        let bytes = std::fs::read(own(name)).unwrap();
        let whole = read(name).source.info.rows;
        for _ in 0..50 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % bytes.len();
            let path = copy_of(folder.path(), name);
            std::fs::write(&path, &bytes[..at]).unwrap();
            // A table cut between two rows looks like a shorter table.
            let between_rows = matches!(bytes[..at].last(), None | Some(b'\n'));
            if let Ok(imported) = import(&path) {
                let said = imported
                    .source
                    .info
                    .warnings
                    .count_of(WarningKind::TruncatedLastRow)
                    > 0;
                let complete = imported.source.info.rows == whole;
                assert!(said || complete || between_rows, "{name} cut at {at}");
            }
        }
    }
}

#[test]
fn damaged_files_never_end_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 11_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize
    };
    for name in FILES {
        let bytes = std::fs::read(own(name)).unwrap();
        for _ in 0..50 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + next() % 4 {
                let at = next() % damaged.len();
                damaged[at] = next() as u8;
            }
            let path = copy_of(folder.path(), name);
            std::fs::write(&path, &damaged).unwrap();
            if let Err(error) = import(&path) {
                assert!(error.to_string().len() > 20, "{error}");
            }
        }
    }
}
