//! What was unusual in a series: single points, runs of them, and stretches at another level, at a stated rate of false
//! alarms. The series is put on an even grid that follows the civil clock; what is usual, and how far from it is too
//! far, comes from the kernel `forecast::kernel::anomaly`, lasting levels from `forecast::kernel::levels`.

mod basis;
mod cells;
mod levels;
mod rate;
mod sentence;
mod spans;

pub use rate::FalseAlarms;
pub use sentence::names_of;

use serde::{Deserialize, Serialize};

use self::basis::Basis;
use self::cells::Cells;
use super::decisions::KnownSpan;
use super::sla::Breach;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::Series;
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// Fewest steps with a value that say what is usual.
const FEWEST: usize = 20;
/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct AnomalyParams {
    /// Zone of the clock that days and weeks follow.
    pub zone: Zone,
    /// How many false alarms are accepted.
    pub false_alarms: FalseAlarms,
    /// "Now": later points are not looked at; the end of the data where `None`.
    pub as_of: Option<Instant>,
    /// Spans of this series that people marked as known.
    pub known: Vec<KnownSpan>,
}

/// What kind of anomaly it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyKind {
    /// Up to three steps.
    #[default]
    Point,
    /// More steps, less than a season or not all on one side.
    Run,
    /// Another level for a season or longer.
    Level,
}

impl AnomalyKind {
    /// The word on screen and sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Run => "run",
            Self::Level => "level",
        }
    }
}

/// Which way it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Above what is usual.
    #[default]
    High,
    /// Below what is usual.
    Low,
}

/// One anomaly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// Start of its first step.
    pub start: Instant,
    /// End of its last step.
    pub end: Instant,
    /// What kind it is.
    pub kind: AnomalyKind,
    /// Which way it lies.
    pub direction: Side,
    /// In the unit of the series, from what is usual: the mean of a level, the farthest value of anything shorter.
    pub size: f64,
    /// The same in robust standard deviations, never negative.
    pub deviations: f64,
    /// The farthest value.
    pub worst: f64,
    /// When it was.
    pub worst_at: Instant,
    /// What was usual then; of a lasting level, the level before.
    pub expected: f64,
    /// Lower end of what was usual then, at the stated rate.
    pub lo: f64,
    /// Upper end of it.
    pub hi: f64,
    /// It goes on at the end of the data.
    pub open: bool,
    /// What people said of it, where they marked at least half of it as known.
    pub known: Option<KnownSpan>,
    /// Promises that were broken meanwhile, where they were looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<BreachWithin>,
}

/// A broken promise while something was unusual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BreachWithin {
    /// Name of the objective.
    pub objective: String,
    /// When the breach began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
    /// The worst value with its unit.
    pub worst: String,
}

impl BreachWithin {
    /// In short.
    pub fn of(breach: &Breach) -> Self {
        Self {
            objective: breach.objective.clone(),
            start: breach.start,
            end: breach.end,
            worst: breach.worst_text.clone(),
        }
    }
}

impl Anomaly {
    /// The breaches that it has time in common with.
    pub fn breaches_within<'a>(&self, breaches: &'a [Breach]) -> impl Iterator<Item = &'a Breach> {
        let range = self.range();
        breaches.iter().filter(move |breach| {
            let of_breach = TimeRange {
                start: breach.start,
                end: breach.end,
            };
            of_breach.intersect(range).is_some()
        })
    }

    /// From its first to its last step.
    pub const fn range(&self) -> TimeRange {
        TimeRange {
            start: self.start,
            end: self.end,
        }
    }
}

/// What was found in one series, in the shape of `headroom anomalies --json`. Keys are added, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Anomalies {
    /// Name of the series.
    pub series: String,
    /// Its unit.
    pub unit: String,
    /// Number of steps with a value.
    pub n: usize,
    /// Length of a step in seconds.
    pub step_secs: f64,
    /// Seasons in steps.
    pub seasons: Vec<usize>,
    /// Accepted false alarms.
    pub false_alarms: FalseAlarms,
    /// Step, season and limit in a sentence.
    pub why: String,
    /// What was found, by time.
    pub anomalies: Vec<Anomaly>,
    /// What was noticed.
    pub warnings: Warnings,
}

impl Anomalies {
    /// Those that nobody marked as known.
    pub fn unknown(&self) -> impl Iterator<Item = &Anomaly> {
        self.anomalies.iter().filter(|a| a.known.is_none())
    }
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnomalyError {
    /// Explained in a sentence, with what would help.
    #[error("{0}")]
    Refused(String),
}

/// Finds what was unusual in a series. Its points rise in time.
pub fn anomalies(series: &Series, params: &AnomalyParams) -> Result<Anomalies, AnomalyError> {
    let cut;
    let series = match params.as_of {
        Some(now) => {
            cut = series.within(TimeRange {
                start: Instant(i64::MIN),
                end: now.plus(Micros(1)),
            });
            &cut
        }
        None => series,
    };
    let mut warnings = Warnings::default();
    let cells = Cells::of(series, &params.zone).ok_or_else(|| too_few(series.times.len()))?;
    let n = cells.observed();
    if n < FEWEST {
        return Err(too_few(n));
    }
    if cells.coarser {
        warnings.add(
            WarningKind::Folded,
            format!(
                "the points are looked at as means of {}, because there are very many",
                crate::units::duration(cells.step)
            ),
        );
    }
    let rate = params.false_alarms.per_step(cells.step);
    let basis = Basis::of(&cells.values, &cells.candidates(), rate);
    let mut found = Anomalies {
        series: series.info.display_name(),
        unit: series.info.unit.clone(),
        n,
        step_secs: cells.step.as_secs(),
        false_alarms: params.false_alarms,
        ..Anomalies::default()
    };
    if basis.usual.spread > 0.0 {
        let bounds = Bounds::of(&found.unit, &cells.values);
        let short = spans::find(&cells, &basis, rate, bounds);
        let lasting = levels::find(&cells, &basis, bounds);
        let all = levels::without_repeats(short, lasting, &cells);
        found.anomalies = all.into_iter().map(|a| with_known(a, params)).collect();
    }
    found.why = sentence::why(&found, &cells, &basis.seasons, &basis.usual);
    found.seasons = basis.seasons;
    found.warnings = warnings;
    Ok(found)
}

fn too_few(n: usize) -> AnomalyError {
    AnomalyError::Refused(format!(
        "{n} points are too few to say what is usual: at least {FEWEST} steps with a value are needed; import more history"
    ))
}

/// What values can be at all.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: f64,
    high: f64,
}

impl Bounds {
    /// Never below zero where no value is; a percentage that never passed 100 does not pass it.
    fn of(unit: &str, values: &[f64]) -> Self {
        let seen = |passed: fn(&f64) -> bool| values.iter().any(passed);
        Self {
            low: if seen(|v| *v < 0.0) {
                f64::NEG_INFINITY
            } else {
                0.0
            },
            high: if unit == "%" && !seen(|v| *v > 100.0) {
                100.0
            } else {
                f64::INFINITY
            },
        }
    }

    fn keep(self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }
}

/// The anomaly with what people said of it.
fn with_known(mut anomaly: Anomaly, params: &AnomalyParams) -> Anomaly {
    let range = anomaly.range();
    let marked = |span: &&KnownSpan| {
        let common = span.range().intersect(range);
        common.is_some_and(|c| 2 * c.length().0 >= range.length().0)
    };
    anomaly.known = params.known.iter().find(marked).cloned();
    anomaly
}
