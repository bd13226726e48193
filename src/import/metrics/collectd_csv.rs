//! Files of collectd's `csv` plugin: a few numbers a line, and everything else in the path, which ends in
//! `host/plugin[-instance]/type[-instance]-2026-11-21`.
//!
//! collectd 5.12, `csv.c`: counters and derivatives are written as whole numbers, unless `StoreRates` made rates of
//! them; gauges and rates always have decimals.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::names::Meaning;
use super::reading::Reading;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Files of the `csv` plugin.
pub static FORMAT: Format = Format {
    id: "collectd-csv",
    title: "collectd (csv plugin)",
    family: Family::Metrics,
    recognised_by: "a header that starts with epoch, such as epoch,value or epoch,rx,tx",
    traps: &[
        "The name of the metric is in the path (host/plugin-instance/type-instance-date), so keep the folders.",
        "Whole numbers are counters (StoreRates false) and become rates.",
        "The first reading of a rate is nan, and a file ends at midnight of the machine's own zone.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    columns_of(head.first_line()).is_some().into()
}

/// The data sources that a header names.
fn columns_of(line: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = line.trim().strip_prefix("epoch,")?.split(',').collect();
    let word = |name: &&str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    names.iter().all(word).then_some(names)
}

/// What a path says about the series in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `if_octets`; the file's name where it is not of collectd's form.
    pub kind: String,
    /// `host`, `plugin`, `instance` (of the plugin) and `type` (its instance), as far as they are known.
    pub labels: BTreeMap<String, String>,
}

impl Identity {
    /// Takes a path apart.
    pub fn of(path: &Path) -> Self {
        let part = |path: Option<&Path>| {
            path.and_then(Path::file_name)
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let file = part(Some(path));
        let name = file
            .strip_suffix(".gz")
            .or_else(|| file.strip_suffix(".zst"))
            .unwrap_or(&file);
        let Some(kind) = without_date(name) else {
            return Self {
                kind: name.split('.').next().unwrap_or(name).to_owned(),
                labels: BTreeMap::new(),
            };
        };
        let mut labels = BTreeMap::new();
        let (kind, instance) = kind.split_once('-').unwrap_or((kind, ""));
        let folder = part(path.parent());
        let (plugin, plugin_instance) = folder.split_once('-').unwrap_or((folder.as_str(), ""));
        let is_plugin = !plugin.is_empty()
            && plugin
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let host = part(path.parent().and_then(Path::parent));
        for (label, value) in [
            ("host", if is_plugin { host.as_str() } else { "" }),
            ("plugin", if is_plugin { plugin } else { "" }),
            ("instance", if is_plugin { plugin_instance } else { "" }),
            ("type", instance),
        ] {
            if !value.is_empty() {
                labels.insert(label.to_owned(), value.to_owned());
            }
        }
        Self {
            kind: kind.to_owned(),
            labels,
        }
    }
}

/// `if_octets-2026-11-21` without its date.
fn without_date(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(11)?;
    let (kind, date) = (name.get(..at)?, name.get(at..)?);
    let is_date = date.bytes().enumerate().all(|(i, b)| {
        if matches!(i, 0 | 5 | 8) {
            b == b'-'
        } else {
            b.is_ascii_digit()
        }
    });
    (is_date && !kind.is_empty()).then_some(kind)
}

/// Unit and kind of collectd's types (types.db): of the rates, where it is a counter.
fn meaning(kind: &str, counter: bool) -> Meaning {
    let unit = match kind {
        "cpu" => "jiffies/s",
        "percent" | "charge" | "humidity" => "%",
        "memory" | "swap" | "df_complex" | "bytes" | "vmpage_number" | "ps_rss" | "ps_vm"
        | "ps_data" | "ps_code" | "ps_stacksize" | "file_size" | "cache_size" => "bytes",
        "uptime" | "response_time" | "duration" | "delay" => "s",
        "ping" | "latency" => "ms",
        "temperature" => "°C",
        "voltage" | "voltage_threshold" => "V",
        "power" => "W",
        "current" => "A",
        "cpufreq" | "frequency" => "Hz",
        "disk_octets" | "if_octets" | "io_octets" | "ps_disk_octets" | "total_bytes"
        | "swap_io" | "mysql_octets" => "bytes/s",
        "disk_time" | "disk_io_time" => "ms/s",
        _ if kind.starts_with("if_")
            || kind.starts_with("disk_ops")
            || kind.starts_with("disk_merged") =>
        {
            "/s"
        }
        "contextswitch" | "fork_rate" | "irq" | "derive" | "counter" | "total_requests"
        | "http_requests" | "operations" | "nginx_requests" | "apache_requests" | "vmpage_io"
        | "vmpage_faults" => "/s",
        _ if counter => "/s",
        _ => "",
    };
    let kind = if unit.ends_with("/s") {
        SeriesKind::Rate
    } else {
        SeriesKind::Gauge
    };
    Meaning {
        unit: unit.to_owned(),
        kind,
        counter,
    }
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let identity = Identity::of(intake.path);
    let mut reading = Reading::new(intake);
    // That it is a counter is known by its form, not guessed from a name.
    reading.gathered.still_is_level = false;
    let mut lines = Lines::new(reader);
    let mut columns: Vec<String> = Vec::new();
    // Series are made at their first number, which tells a counter from a rate.
    let mut series: Vec<Option<usize>> = Vec::new();
    let mut header = String::new();
    if !identity.labels.contains_key("plugin") {
        reading.warnings.add(
            WarningKind::Note,
            "collectd names its metrics in folders; import the file where collectd wrote it to see host and plugin",
        );
    }
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if reading.passes_over(&line) {
            continue;
        }
        if columns.is_empty() {
            let names = columns_of(&line.text).ok_or_else(|| {
                intake.unusable(
                    "its first line is not a header of collectd, such as epoch,value; export it again",
                    Some(line.number),
                )
            })?;
            columns = names.into_iter().map(str::to_owned).collect();
            series = vec![None; columns.len()];
            header = line.text.trim().to_owned();
            continue;
        }
        if line.text.trim() == header {
            reading.warnings.add(
                WarningKind::RepeatedHeader,
                "the header stands again in the middle of the file",
            );
            continue;
        }
        let cells: Vec<&str> = line.text.trim().split(',').collect();
        let Some((time, cells)) = cells
            .split_first()
            .filter(|(_, c)| c.len() == columns.len())
        else {
            reading.reject(
                line.number,
                "",
                "not as many cells as its header has columns",
                &line.text,
            );
            continue;
        };
        let Some((at, _)) = TimeForm::EpochSecs.read(time, &intake.options.source_zone) else {
            reading.reject(line.number, "epoch", "not a time", &line.text);
            continue;
        };
        let values: Option<Vec<f64>> = cells.iter().map(|c| c.parse().ok()).collect();
        let Some(values) = values else {
            reading.reject(line.number, "", "not a number", &line.text);
            continue;
        };
        for (((value, cell), name), slot) in values.iter().zip(cells).zip(&columns).zip(&mut series)
        {
            if slot.is_none() && value.is_finite() {
                let counter = !cell.contains(['.', 'e', 'E']);
                let full = if columns.len() == 1 && name == "value" {
                    identity.kind.clone()
                } else {
                    format!("{}.{name}", identity.kind)
                };
                let new = reading.gathered.series(&full, &identity.labels);
                let known = meaning(&identity.kind, counter);
                reading.gathered.describe(new, |m| *m = known);
                *slot = Some(new);
            }
            match slot {
                Some(series) => reading.gathered.add(*series, at, *value),
                None => reading.warnings.add(
                    WarningKind::NotANumber,
                    "values that are not numbers (NaN, infinite) were left out",
                ),
            }
        }
        reading.row(true)?;
    }
    reading.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(path: &str, text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, path, text)
    }

    fn identity(path: &str) -> String {
        let identity = Identity::of(Path::new(path));
        let labels: Vec<String> = identity
            .labels
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        format!("{} {}", identity.kind, labels.join(" "))
    }

    #[test]
    fn the_path_names_the_metric() {
        for (path, expected) in [
            (
                "csv/web.example.org/cpu-0/cpu-idle-2026-11-21",
                "cpu host=web.example.org instance=0 plugin=cpu type=idle",
            ),
            (
                "/var/lib/collectd/csv/h/interface-eth0/if_octets-2026-11-21",
                "if_octets host=h instance=eth0 plugin=interface",
            ),
            (
                "h/df-root/df_complex-a-b-2026-11-21.gz",
                "df_complex host=h instance=root plugin=df type=a-b",
            ),
            ("load-2026-11-21", "load "),
            ("My Files/load-2026-11-21", "load "),
            ("export.csv", "export "),
        ] {
            assert_eq!(identity(path), expected, "{path}");
        }
    }

    #[test]
    fn rates_have_decimals_and_counters_have_none() {
        let path = "h/interface-eth0/if_octets-2026-11-21";
        let rates = try_read(
            path,
            "epoch,rx,tx\n1795225380.476,nan,nan\n1795225382.470,4932657.214152,4446.834411\n1795225384.472,1.5,2.0\n",
        )
        .unwrap();
        assert_eq!(
            rates.source.info.warnings.count_of(WarningKind::NotANumber),
            2
        );
        let table = rates.source.metrics.unwrap();
        assert_eq!(
            table.series[0].display_name(),
            "if_octets.rx{host=h, instance=eth0, plugin=interface}"
        );
        assert_eq!(table.series[0].unit, "bytes/s");
        assert_eq!(table.series(1).unwrap().values, [4_446.834_411, 2.0]);
        assert!(!table.series[0].from_counter);
        let raw = try_read(path, "epoch,rx,tx\n1795225380,100,5\n1795225390,600,5\n").unwrap();
        let table = raw.source.metrics.unwrap();
        assert_eq!(table.series(0).unwrap().values, [50.0]);
        assert!(table.series[0].from_counter);
        assert_eq!(table.series[0].unit, "bytes/s");
    }

    #[test]
    fn what_is_lost_is_said() {
        let imported = try_read(
            "h/load/load-2026-11-21",
            "epoch,shortterm,midterm,longterm\n1795225380.476,3.014160,2.558105,1.620117\nsoon,1,2,3\n1795225381,1,2\n\
             1795225382,1,x,2\n1795225384.470,3.2534",
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (1, 4));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        let error = try_read("h/load/load-2026-11-21", "epoch,value\n1795225380,nan\n");
        assert!(error.is_err());
    }
}
