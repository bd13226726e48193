//! JMeter's `statistics.json`, the table of its HTML report as JSON: one object a label, and one for the total.
//!
//! Names and units are those of apache/jmeter, `SummaryConsumer` and `ReportGenerator`.

use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::summarised::summarised;
use super::tally::TOOL_WINDOW;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_text;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// JMeter's statistics.json.
pub static FORMAT: Format = Format {
    id: "jmeter-statistics",
    title: "JMeter statistics.json (HTML report)",
    family: Family::LoadTest,
    recognised_by: "JSON whose objects, one a label, have sampleCount, meanResTime and pct1ResTime",
    traps: &[
        "pct1, pct2 and pct3 do not say which percentiles they are: 90, 95 and 99 unless JMeter was told otherwise.",
        "Percentiles are of the last 20,000 samples of a label only, unless JMeter was told otherwise.",
        "Transaction controllers stand among the labels, but are not in the total.",
        "The file does not say when the run took place.",
        "KBytesPerSec are of 1,024 bytes, and errorPct is in percent.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let known = head.json.as_ref().is_some_and(|json| {
        !json.array
            && ["\"sampleCount\":", "\"meanResTime\":", "\"pct1ResTime\":"]
                .iter()
                .all(|key| json.has(key))
    });
    known.into()
}

/// The percentiles behind `pct1ResTime`, `pct2ResTime` and `pct3ResTime`, where nobody changed them.
const DEFAULTS: [i64; 3] = [900_000, 950_000, 990_000];

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut warnings = Warnings::default();
    let text = read_text(reader, intake, &mut warnings)?;
    let entries: Entries = serde_json::from_str(&text).map_err(|error| {
        let what = if error.is_eof() {
            "the JSON ends too early; export it again".to_owned()
        } else {
            format!("it is not the JSON that JMeter writes ({error}); export it again")
        };
        intake.unusable(what, Some(error.line() as u64))
    })?;
    let mut summary = ToolSummary {
        tool: Tool::JMeter,
        percentile_rule:
            "Hyndman-Fan type 6 over the last 20,000 samples of each label (JMeter's default)"
                .to_owned(),
        closed_loop: true,
        ..ToolSummary::default()
    };
    let mut facts = Facts::default();
    let mut total_given = false;
    for (key, figures) in entries.0 {
        let label = figures.transaction.clone().unwrap_or(key);
        if label == "Total" && !total_given {
            total_given = true;
            summary.total = facts.line(label, figures);
        } else {
            if summary.labels.iter().any(|l| l.label == label) || label == "Total" {
                facts.twice += 1;
            }
            summary.labels.push(facts.line(label, figures));
        }
    }
    let total = &summary.total;
    if let (Some(count), Some(rate)) = (total.count, total.throughput_per_sec)
        && rate > 0.0
    {
        // JMeter's throughput is samples over the time from the first start to the last end.
        summary.duration_secs = Some((count as f64 / rate * 1e3).round() / 1e3);
    }
    facts.say(&summary, &mut warnings);
    if !total_given {
        warnings.add(
            WarningKind::NotRead,
            "there is no object \"Total\"; only the labels have figures",
        );
    }
    summarised(intake, summary, None, warnings)
}

/// What was noticed.
#[derive(Default)]
struct Facts {
    not_numbers: u64,
    falling: u64,
    with_percentiles: u64,
    twice: u64,
}

impl Facts {
    fn line(&mut self, label: String, figures: Figures) -> SummaryLine {
        let mut number = |cell: Option<Cell>| {
            let value = match cell? {
                Cell::Number(value) => Some(value),
                Cell::Text(text) => text.parse::<f64>().ok(),
                Cell::Other(_) => None,
            }
            .filter(|v| v.is_finite() && *v >= 0.0);
            self.not_numbers += u64::from(value.is_none());
            value
        };
        let count = number(figures.sample_count).map(|v| v as u64);
        let errors = number(figures.error_count).map(|v| v as u64);
        let mean_ms = number(figures.mean);
        let (min_ms, max_ms) = (number(figures.min), number(figures.max));
        let median = number(figures.median);
        let pct = [figures.pct1, figures.pct2, figures.pct3].map(&mut number);
        let throughput_per_sec = number(figures.throughput);
        let received = number(figures.received).map(|kb| kb * 1024.0);
        let given: Vec<f64> = median
            .into_iter()
            .chain(pct.into_iter().flatten())
            .collect();
        // Values that fall are of other percentiles than 90, 95 and 99, and nobody knows of which.
        let rising = given.is_sorted();
        self.falling += u64::from(!rising);
        let mut percentiles_ms: Vec<(i64, f64)> =
            median.map(|v| (500_000, v)).into_iter().collect();
        if rising {
            let known = DEFAULTS.into_iter().zip(pct);
            percentiles_ms.extend(known.filter_map(|(p, v)| Some((p, v?))));
            self.with_percentiles += 1;
        }
        SummaryLine {
            label,
            count,
            errors,
            mean_ms,
            min_ms,
            max_ms,
            percentiles_ms,
            throughput_per_sec,
            received_bytes_per_sec: received,
            ..SummaryLine::default()
        }
    }

    fn say(&self, summary: &ToolSummary, warnings: &mut Warnings) {
        if self.with_percentiles > 0 {
            warnings.add(
                WarningKind::Assumed,
                "pct1, pct2 and pct3 are taken as the 90th, 95th and 99th percentile, JMeter's default (aggregate_rpt_pct1 \
                 to 3); the file does not say",
            );
        }
        if self.falling > 0 {
            warnings.add_counted(
                WarningKind::NotRead,
                "pct1, pct2 and pct3 fall, so they are not the 90th, 95th and 99th percentile; they are left out",
                self.falling,
                None,
            );
        }
        if self.not_numbers > 0 {
            warnings.add_counted(
                WarningKind::NotANumber,
                "figures that are not numbers are left out",
                self.not_numbers,
                None,
            );
        }
        if self.twice > 0 {
            warnings.add_counted(
                WarningKind::Note,
                "a label stands more than once; all are kept",
                self.twice,
                None,
            );
        }
        let windowed = std::iter::once(&summary.total)
            .chain(&summary.labels)
            .filter(|l| l.count.is_some_and(|n| n > TOOL_WINDOW as u64))
            .count() as u64;
        if windowed > 0 {
            warnings.add_counted(
                WarningKind::ToolWindow,
                "JMeter's percentiles are of the last 20,000 samples of a label only",
                windowed,
                None,
            );
        }
        let labels = summary
            .labels
            .iter()
            .filter_map(|l| l.count)
            .fold(0, u64::saturating_add);
        match summary.total.count {
            Some(total) if labels > total => warnings.add(
                WarningKind::TransactionControllers,
                "the labels have more samples than the total: transaction controllers stand among them and are not in it",
            ),
            Some(total) if labels < total => warnings.add(
                WarningKind::NotRead,
                format!(
                    "the total has {} samples more than all labels together; labels are missing from the file",
                    units::count(total - labels)
                ),
            ),
            _ => {}
        }
        warnings.add(
            WarningKind::Assumed,
            "the file does not say when the run took place; it stands beside the others without a time",
        );
    }
}

/// Labels with their figures, in order of the file.
struct Entries(Vec<(String, Figures)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labels;

        impl<'de> Visitor<'de> for Labels {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one object a label")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Labels)
    }
}

/// A figure; JMeter writes what is not a number as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(f64),
    Text(String),
    Other(IgnoredAny),
}

/// One object of the file: milliseconds, percent, KB of 1,024 bytes.
#[derive(Deserialize)]
struct Figures {
    transaction: Option<String>,
    #[serde(rename = "sampleCount")]
    sample_count: Option<Cell>,
    #[serde(rename = "errorCount")]
    error_count: Option<Cell>,
    #[serde(rename = "meanResTime")]
    mean: Option<Cell>,
    #[serde(rename = "medianResTime")]
    median: Option<Cell>,
    #[serde(rename = "minResTime")]
    min: Option<Cell>,
    #[serde(rename = "maxResTime")]
    max: Option<Cell>,
    #[serde(rename = "pct1ResTime")]
    pct1: Option<Cell>,
    #[serde(rename = "pct2ResTime")]
    pct2: Option<Cell>,
    #[serde(rename = "pct3ResTime")]
    pct3: Option<Cell>,
    throughput: Option<Cell>,
    #[serde(rename = "receivedKBytesPerSec")]
    received: Option<Cell>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn import(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "x", text)
    }

    fn object(label: &str, count: u64, percentiles: [f64; 3]) -> String {
        let [a, b, c] = percentiles;
        format!(
            "\"{label}\": {{\"transaction\": \"{label}\", \"sampleCount\": {count}, \"errorCount\": 1, \"errorPct\": 0.1, \
             \"meanResTime\": 20.5, \"medianResTime\": 20.0, \"minResTime\": 1.0, \"maxResTime\": 90.0, \
             \"pct1ResTime\": {a}, \"pct2ResTime\": {b}, \"pct3ResTime\": {c}, \"throughput\": 4.0, \
             \"receivedKBytesPerSec\": 2.0, \"sentKBytesPerSec\": 1.0}}"
        )
    }

    #[test]
    fn figures_and_what_they_do_not_say() {
        let text = format!(
            "{{{}, {}, {}}}",
            object("b", 30_000, [40.0, 50.0, 60.0]),
            object("Total", 30_002, [40.0, 50.0, 60.0]),
            object("a", 3, [40.0, 39.0, 60.0])
        );
        let imported = import(&text).unwrap();
        let summary = imported.source.summary.as_ref().unwrap();
        let names: Vec<&str> = summary.labels.iter().map(|l| l.label.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        let total = &summary.total;
        assert_eq!(
            total.percentiles_ms,
            [
                (500_000, 20.0),
                (900_000, 40.0),
                (950_000, 50.0),
                (990_000, 60.0)
            ]
        );
        assert_eq!(summary.labels[1].percentiles_ms, [(500_000, 20.0)]);
        assert_eq!(total.received_bytes_per_sec, Some(2_048.0));
        assert_eq!(summary.duration_secs, Some(7_500.5));
        assert_eq!(imported.source.info.rows, 30_002);
        let warned = |kind| imported.source.info.warnings.count_of(kind);
        assert_eq!(warned(WarningKind::Assumed), 2);
        assert_eq!(warned(WarningKind::NotRead), 1);
        assert_eq!(warned(WarningKind::ToolWindow), 2);
        assert_eq!(warned(WarningKind::TransactionControllers), 1);
        assert_eq!(warned(WarningKind::SummaryOnly), 1);
    }

    #[test]
    fn odd_figures_are_left_out_and_labels_missed() {
        let text = format!("{{{}}}", object("Total", 5, [40.0, 50.0, 60.0]))
            .replace("20.5", "\"NaN\"")
            .replace(": 4.0", ": \"Infinity\"");
        let imported = import(&text).unwrap();
        let total = &imported.source.summary.as_ref().unwrap().total;
        assert_eq!((total.mean_ms, total.throughput_per_sec), (None, None));
        let warned = |kind| imported.source.info.warnings.count_of(kind);
        assert_eq!(warned(WarningKind::NotANumber), 2);
        assert_eq!(warned(WarningKind::NotRead), 1);
    }

    #[test]
    fn what_is_no_table_of_figures_is_an_error() {
        let text = format!("{{{}}}", object("Total", 5, [1.0, 2.0, 3.0]));
        for (text, word) in [
            (&text[..text.len() - 2], "too early"),
            ("{\"Total\": [1]}", "not the JSON"),
            (
                "{\"Total\": {\"sampleCount\": 1, \"sampleCount\": 2}}",
                "duplicate",
            ),
            ("{\"Total\": {\"sampleCount\": 0}}", "without any request"),
        ] {
            let error = import(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
