//! What sysstat's three outputs (`sadf -d`, `sadf -j`, `sar`) share: the columns of an activity as series, under the
//! names that `sar` prints, with the same labels, so that the same data give the same series.
//!
//! Names and units: sar(1), version 12. Its kB are 1,024 bytes.

use std::collections::{BTreeMap, HashMap};

use super::names::Meaning;
use super::reading::{MAX_SERIES, Reading};
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::warning::WarningKind;

/// Headers of columns whose cells name things.
const ITEMS: [(&str, &str); 17] = [
    ("CPU", "cpu"),
    ("INTR", "intr"),
    ("DEV", "device"),
    ("IFACE", "iface"),
    ("TTY", "tty"),
    ("FILESYSTEM", "filesystem"),
    ("MOUNTPOINT", "mountpoint"),
    ("FCHOST", "fchost"),
    ("FAN", "fan"),
    ("TEMP", "temp"),
    ("IN", "in"),
    ("BAT", "bat"),
    ("BUS", "bus"),
    ("DEVICE", "sensor"),
    ("idvendor", "vendor_id"),
    ("idprod", "product_id"),
    ("product", "product"),
];

/// What a column of an activity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Its cells name things, under this label.
    Item(&'static str),
    /// Values of the series with this name.
    Value(String),
    /// Interrupts of one processor: every further cell is one.
    Processors,
    /// Text that is not kept.
    Ignored,
}

impl Column {
    /// By its header.
    pub fn of(header: &str) -> Self {
        if header == "CPU*" {
            Self::Processors
        } else if header == "manufact" {
            Self::Ignored
        } else if let Some((_, label)) = ITEMS.iter().find(|(name, _)| *name == header) {
            Self::Item(label)
        } else {
            Self::Value(header.to_owned())
        }
    }
}

/// Unit and kind of a column of values.
pub fn meaning(name: &str) -> Meaning {
    let unit = match name {
        "tps" | "rtps" | "wtps" | "dtps" => "/s",
        "pgpgin/s" | "pgpgout/s" => "kB/s",
        "await" | "svctm" => "ms",
        "areq-sz" => "kB",
        "MHz" | "wghMHz" => "MHz",
        "rpm" | "drpm" => "rpm",
        "degC" => "°C",
        "inV" => "V",
        "maxpower" => "mA",
        _ if name.starts_with('%') => "%",
        _ if name.ends_with("kB/s") => "kB/s",
        _ if name.ends_with("/s") => "/s",
        _ if name.starts_with("kb") => "kB",
        _ if name.starts_with("MB") => "MB",
        _ => "",
    };
    Meaning {
        unit: unit.to_owned(),
        kind: if unit.ends_with("/s") {
            SeriesKind::Rate
        } else {
            SeriesKind::Gauge
        },
        counter: false,
    }
}

/// A number as sysstat prints it, in any locale.
pub fn number(text: &str) -> Option<f64> {
    let plain = text.trim().trim_end_matches('%');
    if plain.contains(',') {
        return plain.replace(',', ".").parse().ok();
    }
    plain.parse().ok()
}

/// One table of values with its header.
#[derive(Debug)]
pub struct Activity {
    /// What its columns are.
    pub columns: Vec<Column>,
    /// Series by the text of host and item cells, one a column.
    known: HashMap<String, Vec<Option<usize>>>,
    protocol: Option<&'static str>,
}

impl Activity {
    /// By its headers, without those of host, interval and time.
    pub fn new<'h>(headers: impl Iterator<Item = &'h str>) -> Self {
        let mut columns: Vec<Column> = headers.map(Column::of).collect();
        // `INTR all CPU0 CPU1`: one value a processor.
        if columns.first() == Some(&Column::Item("intr"))
            && columns.get(1) == Some(&Column::Value("all".to_owned()))
        {
            columns.truncate(1);
            columns.push(Column::Processors);
        }
        // `retrans/s` is a column of NFS and another one of TCP.
        let has = |name: &str| columns.contains(&Column::Value(name.to_owned()));
        let protocol = match (has("atmptf/s"), has("call/s")) {
            (true, _) => Some("tcp"),
            (_, true) => Some("nfs"),
            _ => None,
        };
        Self {
            columns,
            known: HashMap::new(),
            protocol,
        }
    }

    /// Takes the cells of one item at one time. An error names the column to blame.
    pub fn take(
        &mut self,
        reading: &mut Reading<'_>,
        host: &str,
        cells: &[&str],
        at: Instant,
        line: u64,
    ) -> Result<(), (String, &'static str)> {
        let processors = self.columns.last() == Some(&Column::Processors);
        let fixed = self.columns.len() - usize::from(processors);
        if cells.len() < fixed || (cells.len() > fixed && !processors) {
            return Err((String::new(), "not as many cells as its header has columns"));
        }
        let mut key = host.to_owned();
        for (column, cell) in self.columns.iter().zip(cells) {
            if matches!(column, Column::Item(_)) {
                key.push('\u{1f}');
                key.push_str(cell);
            }
        }
        if self.known.get(&key).is_none_or(|s| s.len() < cells.len()) {
            let series = self.series_of(reading, host, cells);
            if self.known.len() >= MAX_SERIES {
                self.known.clear();
            }
            self.known.insert(key.clone(), series);
        }
        let Some(series) = self.known.get(&key) else {
            return Ok(());
        };
        let mut bad = None;
        let mut good = false;
        for (index, (cell, series)) in cells.iter().zip(series).enumerate() {
            let Some(series) = series else {
                good |= matches!(self.columns.get(index), Some(Column::Item(_)));
                continue;
            };
            match number(cell) {
                Some(value) => {
                    good = true;
                    reading.gathered.add(*series, at, value);
                }
                None => bad = Some(index),
            }
        }
        if let Some(index) = bad {
            let name = match self.columns.get(index) {
                Some(Column::Value(name)) => name.clone(),
                _ => String::new(),
            };
            let values = series.iter().filter(|s| s.is_some()).count();
            if values <= 1 || !good {
                return Err((name, "not a number"));
            }
            let cell = cells.get(index).copied().unwrap_or_default();
            reading.warnings.add_at(
                WarningKind::NotANumber,
                "cells that are not numbers were left out",
                reading.intake.example(line, &name, cell),
            );
        }
        Ok(())
    }

    fn series_of(
        &self,
        reading: &mut Reading<'_>,
        host: &str,
        cells: &[&str],
    ) -> Vec<Option<usize>> {
        let mut labels = BTreeMap::new();
        if !host.is_empty() {
            labels.insert("host".to_owned(), host.to_owned());
        }
        for (column, cell) in self.columns.iter().zip(cells) {
            if let Column::Item(label) = column {
                let all = *cell == "-1" && *label == "cpu";
                let item = if all { "all" } else { cell };
                labels.insert((*label).to_owned(), item.to_owned());
            }
        }
        let fixed = self.columns.len().saturating_sub(1);
        (0..cells.len())
            .map(|index| {
                let column = self.columns.get(index).or(self.columns.last())?;
                let mut labels = labels.clone();
                let name = match column {
                    Column::Value(name) => name.as_str(),
                    Column::Processors => {
                        let cpu = match index.checked_sub(fixed)? {
                            0 => "all".to_owned(),
                            n => (n - 1).to_string(),
                        };
                        labels.insert("cpu".to_owned(), cpu);
                        "intr/s"
                    }
                    Column::Item(_) | Column::Ignored => return None,
                };
                if let (Some(protocol), "retrans/s") = (self.protocol, name) {
                    labels.insert("protocol".to_owned(), protocol.to_owned());
                }
                if !reading.has_room() {
                    return None;
                }
                let series = reading.gathered.series(name, &labels);
                reading.gathered.describe(series, |m| *m = meaning(name));
                Some(series)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_manual() {
        for (name, unit) in [
            ("%user", "%"),
            ("kbmemfree", "kB"),
            ("rxkB/s", "kB/s"),
            ("rxpck/s", "/s"),
            ("await", "ms"),
            ("rtps", "/s"),
            ("ldavg-1", ""),
            ("MBfsfree", "MB"),
        ] {
            assert_eq!(meaning(name).unit, unit, "{name}");
        }
    }

    #[test]
    fn decimals_may_be_written_with_a_comma() {
        assert_eq!(number("88,44"), Some(88.44));
        assert_eq!(number(" 3.5%"), Some(3.5));
        assert_eq!(number("all"), None);
    }

    #[test]
    fn interrupts_have_a_column_a_processor() {
        for headers in ["INTR;CPU*", "INTR;all;CPU0;CPU1"] {
            let activity = Activity::new(headers.split(';'));
            assert_eq!(
                activity.columns,
                [Column::Item("intr"), Column::Processors],
                "{headers}"
            );
        }
    }
}
