//! What a mapping would give: the first rows as they stand, and the sentence "12,345 rows, 3 rejected, 10:02–11:47",
//! from the first rows of the file, read by the very code that imports it.

use std::collections::BTreeMap;
use std::path::Path;

use super::model::{Kind, Mapping};
use super::resolve::problems;
use super::shape::{MAX_COLUMNS, Shape};
use super::{Examined, read_limited, sheet_of};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::{Source, State};
use crate::import::rejects::Reject;
use crate::import::table::records::Record;
use crate::import::{ImportError, ImportOptions, open};
use crate::progress::Progress;
use crate::units;

/// How much a preview looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewLimits {
    /// Rows that are read.
    pub rows: u64,
    /// Rows that are shown.
    pub shown: usize,
    /// Rejected rows that are kept.
    pub rejects: usize,
}

impl Default for PreviewLimits {
    fn default() -> Self {
        Self {
            rows: 50_000,
            shown: 20,
            rejects: 5,
        }
    }
}

/// What the rows that were read amount to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Gives {
    /// Nothing, and why: a clause.
    #[default]
    Nothing,
    /// Requests, of which so many failed, under so many labels.
    Requests {
        /// Failed ones.
        errors: u64,
        /// All of them.
        requests: u64,
        /// Different labels.
        labels: usize,
    },
    /// Series.
    Series {
        /// Their names with their units.
        names: Vec<String>,
    },
    /// States.
    Outages {
        /// Rows in state down.
        down: usize,
        /// All rows.
        rows: usize,
    },
}

/// What a mapping would give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// Names of the columns, by header or by number.
    pub columns: Vec<String>,
    /// The first rows below the header, cell by cell.
    pub rows: Vec<Vec<String>>,
    /// Rows that could be used.
    pub read: u64,
    /// Rows that could not.
    pub rejected: u64,
    /// The first of those.
    pub rejects: Vec<Reject>,
    /// How often each column was to blame, by its name.
    pub blamed: BTreeMap<String, u64>,
    /// First instant.
    pub first: Option<Instant>,
    /// Last instant.
    pub last: Option<Instant>,
    /// What it amounts to.
    pub gives: Gives,
    /// Why it gives nothing, as clauses.
    pub problems: Vec<String>,
    /// What reading would warn of.
    pub warnings: Vec<String>,
    /// Only so many rows were read; there are more.
    pub of_first: Option<u64>,
}

/// Reads the first rows of a file by a mapping. Trouble with the mapping is in the preview; an error is about the file.
pub fn preview(
    path: &Path,
    mapping: &Mapping,
    options: &ImportOptions,
    limits: PreviewLimits,
    progress: &Progress,
) -> Result<Preview, ImportError> {
    let opened = open::open(path)?;
    let mut preview = Preview::default();
    let options = ImportOptions {
        hash: false,
        ..options.clone()
    };
    let intake = &opened.intake(&options, progress);
    let sheet = match sheet_of(opened.reader(progress)?, Some(mapping), intake) {
        Ok(sheet) => sheet,
        Err(ImportError::Unusable { what, .. }) => {
            preview.problems.push(what);
            return Ok(preview);
        }
        Err(error) => return Err(error),
    };
    let records: Vec<&Record> = sheet.sample().collect();
    let shape = Shape::with(&records, mapping);
    let width = shape.width.min(MAX_COLUMNS);
    preview.columns = (0..width).map(|c| shape.column_name(c)).collect();
    preview.rows = records
        .iter()
        .skip(shape.skip())
        .take(limits.shown)
        .map(|r| (0..width).map(|c| r.cell(c).into_owned()).collect())
        .collect();
    preview.problems = problems(mapping);
    if !preview.problems.is_empty() {
        return Ok(preview);
    }
    drop(records);
    match read_limited(sheet, mapping, intake, Some(limits.rows)) {
        Ok(imported) => {
            let info = &imported.source.info;
            preview.read = info.rows;
            preview.rejected = info.rejected;
            for reject in &imported.rejects.kept {
                *preview.blamed.entry(reject.column.clone()).or_default() += 1;
            }
            let rejects = imported.rejects.kept.iter();
            preview.rejects = rejects.take(limits.rejects).cloned().collect();
            (preview.first, preview.last) = (info.first, info.last);
            preview.gives = gives(&imported.source, mapping.kind);
            preview.warnings = info.warnings.iter().map(|w| w.message.clone()).collect();
            if info.rows + info.rejected >= limits.rows {
                preview.of_first = Some(limits.rows);
            }
        }
        Err(ImportError::Unusable { what, .. }) => preview.problems.push(what),
        Err(error) => return Err(error),
    }
    Ok(preview)
}

fn gives(source: &Source, kind: Kind) -> Gives {
    if let (Some(run), Kind::Requests) = (&source.run, kind) {
        let counts = run.counts(&run.counted_labels(), &[TimeRange::ALL]);
        let sums = counts.ok().and_then(|sums| sums.first().copied());
        let sums = sums.unwrap_or_default();
        return Gives::Requests {
            errors: sums.errors,
            requests: sums.count,
            labels: run.labels.len(),
        };
    }
    if let Some(table) = &source.metrics {
        return Gives::Series {
            names: table
                .series
                .iter()
                .map(|s| match s.unit.as_str() {
                    "" => s.display_name(),
                    unit => format!("{} ({unit})", s.display_name()),
                })
                .collect(),
        };
    }
    source
        .uptime
        .as_ref()
        .map_or(Gives::Nothing, |uptime| Gives::Outages {
            down: uptime
                .rows
                .iter()
                .filter(|r| r.state == State::Down)
                .count(),
            rows: uptime.rows.len(),
        })
}

impl Preview {
    /// Whether importing would give anything.
    pub fn is_usable(&self) -> bool {
        self.problems.is_empty() && self.gives != Gives::Nothing
    }

    /// `12,345 rows, 3 rejected, 10:02–11:47; 12 of 12,345 requests failed, 4 labels`; what is wrong where it gives nothing.
    pub fn sentence(&self, zone: &Zone) -> String {
        if let Some(problem) = self.problems.first() {
            let mut chars = problem.chars();
            return chars
                .next()
                .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect());
        }
        let count = |n: u64, what: &str| {
            let s = if n == 1 { "" } else { "s" };
            format!("{} {what}{s}", units::count(n))
        };
        let mut parts = vec![count(self.read, "row")];
        parts.push(match self.rejected {
            0 => "none rejected".to_owned(),
            n => format!("{} rejected", units::count(n)),
        });
        if let (Some(first), Some(last)) = (self.first, self.last) {
            parts.push(span(first, last, zone));
        }
        let mut text = parts.join(", ");
        match &self.gives {
            Gives::Nothing => {}
            Gives::Requests {
                errors,
                requests,
                labels,
            } => {
                text.push_str(&format!(
                    "; {} of {} failed, {}",
                    units::count(*errors),
                    count(*requests, "request"),
                    count(*labels as u64, "label"),
                ));
            }
            Gives::Series { names } => {
                let all = names.join(", ");
                match names.first() {
                    Some(first) if names.len() > 3 || all.len() > 100 => text.push_str(&format!(
                        "; {} series, such as {first}",
                        units::count(names.len() as u64)
                    )),
                    _ => text.push_str(&format!("; {all}")),
                }
            }
            Gives::Outages { down, rows } => {
                text.push_str(&format!(
                    "; {}, {} of them down",
                    count(*rows as u64, "state"),
                    units::count(*down as u64)
                ));
            }
        }
        if let Some(limit) = self.of_first {
            text.push_str(&format!(" (of the first {} rows)", units::count(limit)));
        }
        text
    }
}

/// `2026-06-14 10:02–11:47`, with both dates where they differ.
fn span(first: Instant, last: Instant, zone: &Zone) -> String {
    let day = |at: Instant| at.format(zone, "%Y-%m-%d");
    let secs = last.since(first).0 < 120_000_000;
    let clock = if secs { "%H:%M:%S" } else { "%H:%M" };
    if day(first) == day(last) {
        format!(
            "{} {}–{}",
            day(first),
            first.format(zone, clock),
            last.format(zone, clock)
        )
    } else {
        format!(
            "{} – {}",
            first.format(zone, "%Y-%m-%d %H:%M"),
            last.format(zone, "%Y-%m-%d %H:%M")
        )
    }
}

/// Looks at a file: its first rows, its fingerprint, and what its columns probably are.
pub fn examine(
    path: &Path,
    options: &ImportOptions,
    progress: &Progress,
) -> Result<Examined, ImportError> {
    let opened = open::open(path)?;
    let intake = &opened.intake(options, progress);
    let known = options.mappings.of_head(&opened.head);
    let sheet = sheet_of(opened.head.as_slice(), known.as_deref(), intake)?;
    let records: Vec<&Record> = sheet.sample().collect();
    let examined = Examined::of(&records, sheet.delimiter, known);
    if examined.shape.width > MAX_COLUMNS {
        return Err(intake.unusable(
            format!(
                "the table has {} columns, too many to look at; name those that matter in a mapping",
                units::count(examined.shape.width as u64)
            ),
            None,
        ));
    }
    Ok(examined)
}
