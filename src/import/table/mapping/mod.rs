//! Any other table: a mapping says what its columns are. It comes from a person (a file given with `--mapping`, or an
//! answer that was remembered for tables with the same header), or is guessed.
//!
//! `model` is the mapping and `yaml` its file, `shape` the outline and fingerprint of a table, `guess` (with
//! `sample`, `hints` and `guess_rows`) a first idea, `resolve` finds the columns, and `requests`, `metrics` and `outages` read the rows (`reading`, `values`).

pub mod book;
pub mod guess;
mod guess_rows;
mod hints;
mod metrics;
pub mod model;
mod outages;
pub mod preview;
mod reading;
mod requests;
pub mod resolve;
mod sample;
pub mod shape;
pub mod values;
pub mod yaml;

use std::io::Read;
use std::sync::Arc;

pub use book::MappingBook;
pub use guess::Guess;
pub use model::{ColumnMapping, ColumnRef, Kind, Mapping, MappingError, Role};
pub use preview::{Gives, Preview, PreviewLimits, examine, preview};
pub use yaml::to_yaml;

use super::records::Record;
use super::sheet::Sheet;
use crate::calendar::Zone;
use crate::dataset::source::MappingUse;
use crate::import::format::{Family, Format, Seen};
use crate::import::intake::peek;
use crate::import::{Head, ImportError, ImportOptions, Imported, Intake};
use crate::warning::WarningKind;
use reading::Limit;
use shape::Shape;

/// Tables by their mapping.
pub static FORMAT: Format = Format {
    id: "mapped-table",
    title: "Mapped table (any other table, by what its columns are)",
    family: Family::Table,
    recognised_by: "a mapping given with --mapping, one remembered for tables with the same header, or a table that is clearly \
                    a log of requests: times, durations, and names or outcomes, one request a row",
    traps: &[
        "headroom stats FILE --guess-mapping prints a mapping to start from; --mapping M.yaml reads the file by it, whatever its format looks like.",
        "A mapping has kind (requests, metrics, outages) and columns, each {column: header or number, role: …}; also delimiter, decimal (point, comma), header, skip, zone, service, environment, role (production, test).",
        "Roles of requests: time, end, duration, label, success, status, error, users, received, sent, count; of metrics: time, value, series, dimension, unit; of outages: start, end, duration, state, service, note.",
        "A duration has a unit: ns, us, ms (if nothing is said), s or m; a guess by its size says so.",
        "A time is that of the start of a request; at: end makes it that of the end. Several columns of times, or of labels, are joined with a space.",
        "Times are found out, or have a format: epoch_s, epoch_ms, epoch_us, epoch_ns, year_first, day_first, month_first, or a pattern such as %d.%m.%Y %H:%M:%S.",
        "A column of success decides alone (success_values says which words mean it); otherwise a status from 400 on (failed_from), one that is no number, or the text of an error means failure.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    if head.json.is_some() || head.text.starts_with('<') {
        return Seen::No;
    }
    let Ok(sheet) = Sheet::of_head(head.text.as_bytes()) else {
        return Seen::No;
    };
    let records: Vec<&Record> = sheet.sample().collect();
    (records.len() > 1 && guess::guess(&records, sheet.delimiter).sure).into()
}

/// What looking at the first rows of a table brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// By which tables of the same make are known again.
    pub fingerprint: String,
    /// Its outline, as the mapping has it where there is one.
    pub shape: Shape,
    /// What its columns probably are.
    pub guess: Guess,
    /// What a person said that they are, for this file or for others like it.
    pub known: Option<Arc<Mapping>>,
}

impl Examined {
    fn of(records: &[&Record], delimiter: u8, known: Option<Arc<Mapping>>) -> Self {
        let shape = Shape::of(records);
        Self {
            fingerprint: shape.fingerprint(delimiter, records.get(shape.skip()).copied()),
            guess: guess::guess(records, delimiter),
            shape: known
                .as_ref()
                .map_or(shape, |known| Shape::with(records, known)),
            known,
        }
    }

    /// The mapping to start from.
    pub fn start(&self) -> Mapping {
        match &self.known {
            Some(known) => known.as_ref().clone(),
            None => self.guess.mapping.clone(),
        }
    }
}

fn unfit(intake: &Intake<'_>, error: &MappingError) -> ImportError {
    intake.unusable(error.message.clone(), None)
}

/// The table in a stream, split as the mapping says.
fn sheet_of<R: Read>(
    stream: R,
    mapping: Option<&Mapping>,
    intake: &Intake<'_>,
) -> Result<Sheet<R>, ImportError> {
    let delimiter = match mapping {
        Some(mapping) => mapping.delimiter_byte().map_err(|e| unfit(intake, &e))?,
        None => None,
    };
    Sheet::of_file_with(stream, delimiter, intake)
}

/// Reads one table: by the mapping given or remembered for it, else by a guess.
pub fn read(stream: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let (head, stream) = peek(stream).map_err(|e| intake.read_failed(e))?;
    let book = &intake.options.mappings;
    let said = book.of_head(&head);
    let sheet = sheet_of(stream, said.as_deref(), intake)?;
    let records: Vec<&Record> = sheet.sample().collect();
    let shape = Shape::of(&records);
    let fingerprint = shape.fingerprint(sheet.delimiter, records.get(shape.skip()).copied());
    let guess = said
        .is_none()
        .then(|| guess::guess(&records, sheet.delimiter));
    drop(records);
    let mapping = match (&said, &guess) {
        (Some(said), _) => said.as_ref(),
        (None, Some(guess)) => &guess.mapping,
        (None, None) => &Mapping::default(),
    };
    let mut imported = read_limited(sheet, mapping, intake, None)?;
    let info = &mut imported.source.info;
    if let Some(guess) = &guess {
        let unit = if guess.unit_guessed {
            "; the unit of the duration is a guess by its size"
        } else {
            ""
        };
        info.warnings.add(
            WarningKind::Assumed,
            format!(
                "the tool is not known; the columns were taken by their names and content ({}){unit}; map the columns or give --mapping to change that",
                guess.in_words()
            ),
        );
    } else if !book.is_given() {
        info.warnings.add(
            WarningKind::Note,
            "the columns were read as remembered for tables with this header",
        );
    }
    let reasons = guess.as_ref().map_or(&[][..], |guess| &guess.reasons);
    info.mapping = Some(MappingUse {
        fingerprint,
        yaml: to_yaml(mapping, reasons),
        guessed: guess.is_some(),
    });
    info.scope.service.clone_from(&mapping.service);
    info.scope.environment.clone_from(&mapping.environment);
    info.scope.role = mapping.role.unwrap_or_default();
    Ok(imported)
}

/// Reads rows by a mapping: all, or so many.
fn read_limited<R: Read>(
    sheet: Sheet<R>,
    mapping: &Mapping,
    intake: &Intake<'_>,
    limit: Limit,
) -> Result<Imported, ImportError> {
    let options: ImportOptions;
    let mut intake = *intake;
    // What a person typed for this very import stands over what the mapping says for all such files.
    if !mapping.zone.is_empty() && !intake.options.source_zone_given {
        let zone = Zone::named(&mapping.zone).map_err(|e| intake.unusable(e.to_string(), None))?;
        options = ImportOptions {
            source_zone: zone,
            source_zone_given: true,
            ..intake.options.clone()
        };
        intake = Intake {
            options: &options,
            ..intake
        };
    }
    let records: Vec<&Record> = sheet.sample().collect();
    let plan =
        resolve::resolve(mapping, &records, sheet.delimiter).map_err(|e| unfit(&intake, &e))?;
    drop(records);
    match mapping.kind {
        Kind::Requests => requests::read(sheet, &plan, &intake, limit),
        Kind::Metrics => metrics::read(sheet, &plan, &intake, limit),
        Kind::Outages => outages::read(sheet, &plan, &intake, limit),
    }
}
