//! Real metric exports as text from elsewhere, read beside the project: outputs of one recording must agree.

use headroom::dataset::MetricTable;
use headroom::import::Imported;
use headroom::warning::WarningKind;

use crate::import_mtext::points;
use crate::shared_data::{import, shared};

fn read(name: &str) -> Imported {
    import(&shared(name)).unwrap_or_else(|e| panic!("{e}"))
}

fn table(imported: &Imported) -> &MetricTable {
    imported.source.metrics.as_ref().unwrap()
}

#[test]
#[ignore = "reads ../shared/data"]
fn sysstat_outputs_of_one_recording() {
    let json = read("metrics/sysstat/sadf.json");
    assert_eq!(json.source.info.rows, 40);
    let all = points(table(&json));
    for (file, series) in [
        ("sadf_d_cpu.csv", 6),
        ("sadf_d_mem.csv", 11),
        ("sadf_d_net.csv", 32),
        ("sadf_d_T_localtime.csv", 6),
        ("sar_text.txt", 6),
    ] {
        let other = read(&format!("metrics/sysstat/{file}"));
        assert_eq!(other.source.info.rejected, 0, "{file}");
        assert_eq!(table(&other).series.len(), series, "{file}");
        let points = points(table(&other));
        assert_eq!(points.len(), series * 40, "{file}");
        for (key, value) in points {
            assert_eq!(all.get(&key), Some(&value), "{file}: {key:?}");
        }
    }
    let wide = read("metrics/sysstat/sadf_dh_horizontal.csv");
    assert_eq!(table(&wide).series.len(), 6 + 11 + 6);
    let common = points(table(&wide));
    assert!(
        common
            .iter()
            .all(|(key, value)| all.get(key).is_none_or(|v| v == value))
    );
    let first = &json.source.info.first.unwrap().to_string();
    assert_eq!(first, "2026-11-21T01:43:01Z");
}

#[test]
#[ignore = "reads ../shared/data"]
fn collectd_files() {
    let octets = read("metrics/collectd/demo-host/interface-eth0/if_octets-2026-11-21");
    let series = table(&octets).series(0).unwrap();
    assert_eq!(
        series.info.display_name(),
        "if_octets.rx{host=demo-host, instance=eth0, plugin=interface}"
    );
    assert_eq!(series.values[0], 4_932_657.214_152);
    assert!(!series.info.from_counter);
    let used = read("metrics/collectd/demo-host/memory/memory-used-2026-11-21");
    assert_eq!(table(&used).series[0].unit, "bytes");
    assert_eq!(table(&used).series(0).unwrap().values[0], 820_609_024.0);
    let idle = read("metrics/collectd/demo-host/cpu-0/cpu-idle-2026-11-21");
    assert_eq!(
        idle.source.info.warnings.count_of(WarningKind::NotANumber),
        1
    );
}
