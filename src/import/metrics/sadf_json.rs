//! sysstat's `sadf -j`: one document, walked with serde's visitors so that only one reading at a time is in memory.
//!
//! sadf(1), version 12. Its keys differ from the columns of `sadf -d` and vary a little by version; they are given the
//! names that `sar` prints.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{BufReader, Read};

use jiff::civil::DateTime;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::reading::Reading;
use super::sysstat::{meaning, number};
use crate::calendar::{Instant, Zone};
use crate::import::format::{Family, Format, Seen};
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Output of `sadf -j`.
pub static FORMAT: Format = Format {
    id: "sadf-json",
    title: "sysstat (sadf -j)",
    family: Family::Metrics,
    recognised_by: "a JSON object with sysstat, hosts and nodename",
    traps: &[
        "Its keys vary by version; the series are named as sar prints them.",
        "Times are UTC where they say so (\"utc\": 1), else local and in --source-tz.",
        "Its kB are 1,024 bytes.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| json.has("\"sysstat\":{\"hosts\":[") && json.has("\"nodename\":"))
        .into()
}

/// The name that `sar` prints for a key of a section; `None` for what only repeats another one.
fn name_of(section: &str, key: &str) -> Option<String> {
    if let Some(base) = key.strip_suffix("-percent") {
        return Some(format!("%{base}"));
    }
    if key.starts_with('%') {
        return Some(key.to_owned());
    }
    let plain = || Some(key.to_owned());
    match section {
        "cpu-load" | "cpu-load-all" => Some(format!("%{key}")),
        "memory" if key == "inactive" => Some("kbinact".to_owned()),
        "memory" | "hugepages" => Some(format!("kb{key}")),
        "queue" | "kernel" | "net-sock" | "net-sock6" | "filesystems" | "fan-speed"
        | "temperature" | "voltage-input" | "usb-devices" | "batteries" => plain(),
        "cpu-frequency" | "cpu-weighted-frequency" => Some(
            match key {
                "frequency" => "MHz",
                "weighted-frequency" => "wghMHz",
                other => other,
            }
            .to_owned(),
        ),
        _ if section.starts_with("psi-") => {
            let part = section.strip_prefix("psi-")?;
            let (kind, average) = key.split_once("_avg")?;
            let letter = kind.chars().next()?;
            let dash = if average.is_empty() { "" } else { "-" };
            Some(format!("%{letter}{part}{dash}{average}"))
        }
        "disk" => match key {
            "rd_sec" | "wr_sec" | "dc_sec" | "avgrq-sz" | "avgqu-sz" => None,
            "rkB" | "wkB" | "dkB" => Some(format!("{key}/s")),
            _ => plain(),
        },
        "softnet" if key == "blg_len" => plain(),
        _ if matches!(key, "tps" | "rtps" | "wtps" | "dtps") => plain(),
        _ => Some(format!("{key}/s")),
    }
}

/// The label under which an item is named, where a key names one.
fn label_of(section: &str, key: &str) -> Option<&'static str> {
    Some(match key {
        "cpu" => "cpu",
        "iface" => "iface",
        "intr" => "intr",
        "disk-device" => "device",
        "line" => "tty",
        "filesystem" => "filesystem",
        "mountpoint" => "mountpoint",
        "fchost" => "fchost",
        "number" => match section {
            "fan-speed" => "fan",
            "temperature" => "temp",
            "voltage-input" => "in",
            "batteries" => "bat",
            _ => "cpu",
        },
        "bus_number" => "bus",
        "device" => "sensor",
        "idvendor" => "vendor_id",
        "idprod" => "product_id",
        "product" => "product",
        _ => return None,
    })
}

/// Reads one document from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut sink = Sink {
        reading: Reading::new(intake),
        host: String::new(),
        known: HashMap::new(),
        restarts: 0,
        cancelled: None,
        statistics: 0,
    };
    let buffered = BufReader::with_capacity(1 << 16, reader);
    let mut json = serde_json::Deserializer::from_reader(buffered);
    let read = Level(&mut sink, Place::Root).deserialize(&mut json);
    intake.progress.check()?;
    if let Some(error) = sink.cancelled.take() {
        return Err(error);
    }
    match read {
        Ok(()) if json.end().is_err() => sink.reading.warnings.add(
            WarningKind::Note,
            "something follows after the end of the document and was not read",
        ),
        Ok(()) => {}
        Err(error) if error.classify() == Category::Io => {
            return Err(intake.read_failed(error.into()));
        }
        Err(error) if error.classify() == Category::Eof && sink.reading.rows > 0 => {
            sink.reading.warnings.add(
                WarningKind::TruncatedLastRow,
                "the file ends in the middle of the document; the reading that was cut off is left out",
            );
        }
        Err(error) => {
            return Err(intake.unusable(
                format!("this is not valid JSON from sadf ({error}); export it again"),
                Some(error.line() as u64),
            ));
        }
    }
    if sink.restarts > 0 {
        sink.reading.warnings.add_counted(
            WarningKind::Note,
            "the machine was restarted while it was recorded",
            sink.restarts,
            None,
        );
    }
    sink.reading.finish()
}

struct Sink<'a> {
    reading: Reading<'a>,
    host: String,
    /// Series by host, section, item and key.
    known: HashMap<String, Option<usize>>,
    restarts: u64,
    cancelled: Option<ImportError>,
    statistics: u64,
}

impl Sink<'_> {
    /// All values at one time.
    fn take(&mut self, statistics: &Map<String, Value>) {
        self.statistics += 1;
        let Some((at, zoned)) = statistics
            .get("timestamp")
            .and_then(|t| time_of(t, &self.reading.intake.options.source_zone))
        else {
            // An interval in which the machine restarted has no time of its own.
            if !statistics.is_empty() {
                self.reading
                    .reject(self.statistics, "timestamp", "not a time", "");
            }
            return;
        };
        for (section, value) in statistics {
            if section != "timestamp" {
                self.section(section, value, at);
            }
        }
        if let Err(error) = self.reading.row(zoned) {
            self.cancelled = Some(error);
        }
    }

    fn section(&mut self, section: &str, value: &Value, at: Instant) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.section(section, item, at);
                }
            }
            Value::Object(item) => self.item(section, item, at),
            _ => {}
        }
    }

    fn item(&mut self, section: &str, item: &Map<String, Value>, at: Instant) {
        let mut labels = BTreeMap::new();
        if !self.host.is_empty() {
            labels.insert("host".to_owned(), self.host.clone());
        }
        for (key, value) in item {
            if let Some(label) = label_of(section, key) {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                labels.insert(label.to_owned(), text);
            }
        }
        for (key, value) in item {
            if value.is_object() || value.is_array() {
                self.section(key, value, at);
            } else if label_of(section, key).is_none() {
                let number = match value {
                    Value::Number(number) => number.as_f64(),
                    Value::String(text) => number(text),
                    _ => None,
                };
                match (number, self.series(section, key, &labels)) {
                    (Some(number), Some(series)) => self.reading.gathered.add(series, at, number),
                    (None, Some(series)) => self.reading.gathered.add(series, at, f64::NAN),
                    (_, None) => {}
                }
            }
        }
    }

    fn series(
        &mut self,
        section: &str,
        key: &str,
        labels: &BTreeMap<String, String>,
    ) -> Option<usize> {
        let mut known = format!("{section}\u{1f}{key}");
        for value in labels.values() {
            known.push('\u{1f}');
            known.push_str(value);
        }
        if let Some(series) = self.known.get(&known) {
            return *series;
        }
        let series = self.new_series(section, key, labels.clone());
        if self.known.len() > 100_000 {
            self.known.clear();
        }
        self.known.insert(known, series);
        series
    }

    fn new_series(
        &mut self,
        section: &str,
        key: &str,
        mut labels: BTreeMap<String, String>,
    ) -> Option<usize> {
        let name = if section == "interrupts" {
            let cpu = key.strip_prefix("CPU").unwrap_or(key);
            if cpu != "value" {
                labels.insert("cpu".to_owned(), cpu.to_owned());
            }
            "intr/s".to_owned()
        } else {
            name_of(section, key)?
        };
        if name == "retrans/s" {
            let protocol = if section == "net-etcp" { "tcp" } else { "nfs" };
            labels.insert("protocol".to_owned(), protocol.to_owned());
        }
        if !self.reading.has_room() {
            return None;
        }
        let series = self.reading.gathered.series(&name, &labels);
        self.reading
            .gathered
            .describe(series, |m| *m = meaning(&name));
        Some(series)
    }
}

/// `{"date": "2026-11-21", "time": "01:43:01", "utc": 1}`; with `-U`, `time` is an epoch.
fn time_of(stamp: &Value, zone: &Zone) -> Option<(Instant, bool)> {
    let text = |key: &str| stamp.get(key).and_then(Value::as_str).unwrap_or_default();
    let (date, time) = (text("date"), text("time"));
    if date.is_empty() {
        return TimeForm::EpochSecs.read(time, zone);
    }
    let utc = stamp.get("utc").and_then(Value::as_u64) == Some(1);
    let civil: DateTime = format!("{date}T{time}").parse().ok()?;
    let at = if utc {
        Zone::utc().instant(civil)
    } else {
        zone.instant(civil)
    };
    crate::import::table::times::is_plausible(at).then_some((at, utc))
}

/// Where in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Sysstat,
    Hosts,
    Host,
    Statistics,
    Restarts,
}

struct Level<'a, 'b>(&'a mut Sink<'b>, Place);

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.1 {
            Place::Root | Place::Sysstat => "the document of sadf -j",
            Place::Hosts | Place::Host => "a list of hosts",
            Place::Statistics | Place::Restarts => "a list of readings",
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(sink, place) = self;
        while let Some(key) = map.next_key::<String>()? {
            let inner = match (place, key.as_str()) {
                (Place::Root, "sysstat") => Place::Sysstat,
                (Place::Sysstat, "hosts") => Place::Hosts,
                (Place::Hosts, _) => return Err(A::Error::custom("hosts is not a list")),
                (Place::Host, "statistics") => Place::Statistics,
                (Place::Host, "restarts") => Place::Restarts,
                (Place::Host, "nodename") => {
                    sink.host = map.next_value()?;
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            map.next_value_seed(Level(sink, inner))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(sink, place) = self;
        loop {
            match place {
                Place::Hosts => {
                    sink.host.clear();
                    if list.next_element_seed(Level(sink, Place::Host))?.is_none() {
                        return Ok(());
                    }
                }
                Place::Restarts => {
                    if list.next_element::<IgnoredAny>()?.is_none() {
                        return Ok(());
                    }
                    sink.restarts += 1;
                }
                Place::Statistics => match list.next_element::<Map<String, Value>>()? {
                    Some(statistics) => sink.take(&statistics),
                    None => return Ok(()),
                },
                _ => return Err(A::Error::custom("a list stands where none belongs")),
            }
            if sink.cancelled.is_some() {
                return Err(A::Error::custom("stopped"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "sa.json", text)
    }

    fn document(statistics: &str) -> String {
        format!(
            "{{\"sysstat\": {{\"hosts\": [{{\"nodename\": \"vm\", \"statistics\": [{statistics}], \"restarts\": [{{\"boot\": {{}}}}]}}]}}}}"
        )
    }

    #[test]
    fn keys_become_the_names_of_sar() {
        let imported = try_read(&document(
            r#"{"timestamp": {"date": "2026-11-21", "time": "01:43:01", "utc": 1, "interval": 1},
                "cpu-load": [{"cpu": "all", "user": 88.44}],
                "io": {"tps": 1.0, "io-reads": {"rtps": 2.0, "bread": 3.0}},
                "memory": {"memfree": 18442200, "memused-percent": 3.33},
                "interrupts": [{"intr": "sum", "all": 122.0, "CPU0": 46.0}],
                "disk": [{"disk-device": "vda", "tps": 1.0, "rd_sec": 9.0, "rkB": 4.5, "util-percent": 0.5}],
                "network": {"net-dev": [{"iface": "lo", "rxpck": 1.5}], "net-etcp": {"retrans": 7.0}},
                "serial": [{"line": 0, "rcvin": 1.0}],
                "power-management": {"cpu-frequency": [{"number": "0", "frequency": 2599.99}]},
                "psi": {"psi-cpu": {"some_avg10": 3.65, "some_avg": 0.23}}}"#,
        ))
        .unwrap();
        let table = imported.source.metrics.as_ref().unwrap();
        let mut names: Vec<String> = table
            .series
            .iter()
            .map(crate::dataset::SeriesInfo::display_name)
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "%memused{host=vm}",
                "%scpu-10{host=vm}",
                "%scpu{host=vm}",
                "%user{cpu=all, host=vm}",
                "%util{device=vda, host=vm}",
                "MHz{cpu=0, host=vm}",
                "bread/s{host=vm}",
                "intr/s{cpu=0, host=vm, intr=sum}",
                "intr/s{cpu=all, host=vm, intr=sum}",
                "kbmemfree{host=vm}",
                "rcvin/s{host=vm, tty=0}",
                "retrans/s{host=vm, protocol=tcp}",
                "rkB/s{device=vda, host=vm}",
                "rtps{host=vm}",
                "rxpck/s{host=vm, iface=lo}",
                "tps{device=vda, host=vm}",
                "tps{host=vm}",
            ]
        );
        assert_eq!(imported.source.info.zone, None);
    }

    #[test]
    fn local_times_and_epochs() {
        let stamp =
            |time: &str| format!("{{\"timestamp\": {{{time}}}, \"queue\": {{\"ldavg-1\": 0.5}}}}");
        let local = stamp("\"date\": \"2026-11-21\", \"time\": \"01:43:01\", \"utc\": 0");
        let imported = try_read(&document(&local)).unwrap();
        assert!(imported.source.info.zone.is_some());
        let epoch = try_read(&document(&stamp(
            "\"date\": \"\", \"time\": \"1795225381\"",
        )))
        .unwrap();
        assert_eq!(epoch.source.info.first, imported.source.info.first);
        let bad = try_read(&document(&format!("{local},{}", stamp("\"time\": 5")))).unwrap();
        assert_eq!(bad.source.info.rejected, 1);
    }

    #[test]
    fn a_document_that_ends_early_says_so() {
        let stamp = r#"{"timestamp": {"date": "2026-11-21", "time": "01:43:01", "utc": 1}, "queue": {"blocked": 0}}"#;
        let whole = document(&format!("{stamp},{stamp}"));
        let cut = whole.find("},{").unwrap() + 10;
        let imported = try_read(&whole[..cut]).unwrap();
        assert_eq!(imported.source.info.rows, 1);
        assert_eq!(
            imported
                .source
                .info
                .warnings
                .count_of(WarningKind::TruncatedLastRow),
            1
        );
        assert!(try_read(&whole[..60]).is_err());
        assert!(try_read("{\"sysstat\": {\"hosts\": [[[1]]]}}").is_err());
    }
}
