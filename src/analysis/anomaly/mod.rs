//! What was unusual in a series: single points, runs of them, and stretches at another level, at a stated rate of false
//! alarms. The series is put on an even grid that follows the civil clock; what is usual, and how far from it is too
//! far, comes from the kernel `forecast::kernel::anomaly`, lasting changes of level from `forecast::kernel::changes`.

mod cells;
mod levels;
mod rate;
mod sentence;

pub use rate::FalseAlarms;
pub use sentence::names_of;

use serde::{Deserialize, Serialize};

use self::cells::Cells;
use super::decisions::KnownSpan;
use super::forecast::kernel::anomaly::{self as kernel, Span, Usual};
use super::sla::Breach;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::Series;
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// Fewest steps with a value that say what is usual.
const FEWEST: usize = 20;
/// Up to so many steps are points.
const POINT: usize = 3;
/// This share of a long run lies on one side of what is usual where its level is another.
const ONE_SIDED: f64 = 0.8;
/// A span begins and ends where values lie at least this share of the farthest away.
const EDGE: f64 = 0.25;
/// Without a season, a run of so many steps may be a level.
const LONG: usize = 48;
/// The rates that are looked at, as shares of the one that was asked for.
const STRICTER: [f64; 4] = [1.0, 0.25, 0.0625, 0.015_625];
/// A season counts where it leaves less than this share of the spread.
const SEASON_HELPS: f64 = 0.95;

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
    let (seasons, usual) = what_is_usual(&cells, rate);
    let mut found = Anomalies {
        series: series.info.display_name(),
        unit: series.info.unit.clone(),
        n,
        step_secs: cells.step.as_secs(),
        false_alarms: params.false_alarms,
        ..Anomalies::default()
    };
    if usual.spread > 0.0 {
        let bounds = Bounds::of(&found.unit, &cells.values);
        let spans = spans(&cells.values, &seasons, rate);
        let season = seasons.first().copied();
        let short = spans
            .iter()
            .filter_map(|span| described(&cells, &usual, span, season, bounds));
        let lasting = levels::find(&cells, &usual, season, bounds);
        let all = levels::without_repeats(short.collect(), lasting);
        found.anomalies = all.into_iter().map(|a| with_known(a, params)).collect();
    }
    found.why = sentence::why(&found, &cells, &seasons, &usual);
    found.seasons = seasons;
    found.warnings = warnings;
    Ok(found)
}

fn too_few(n: usize) -> AnomalyError {
    AnomalyError::Refused(format!(
        "{n} points are too few to say what is usual: at least {FEWEST} steps with a value are needed; import more history"
    ))
}

/// The seasons that leave less unexplained, shortest first, and what is usual with them.
fn what_is_usual(cells: &Cells, rate: f64) -> (Vec<usize>, Usual) {
    let n = cells.values.len();
    let mut chosen: Vec<usize> = Vec::new();
    let mut best = kernel::usual(&cells.values, &[], rate);
    let mut score = best.spread;
    for period in cells.candidates() {
        let cycles = n as f64 / period as f64;
        if cycles < 3.0 {
            continue;
        }
        let mut seasons = chosen.clone();
        seasons.push(period);
        let usual = kernel::usual(&cells.values, &seasons, rate);
        // A profile of few seasons follows their noise: what it leaves reads too small.
        let fair = usual.spread * (cycles / (cycles - 1.0)).sqrt();
        if fair < SEASON_HELPS * score {
            (chosen, best, score) = (seasons, usual, fair);
        }
    }
    (chosen, best)
}

/// The spans at a rate and at stricter ones: of many spans the kernel keeps those that stand out among them, so that
/// at a looser rate alone fewer might be left.
fn spans(values: &[f64], seasons: &[usize], rate: f64) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for stricter in STRICTER {
        let found = kernel::find(values, seasons, rate * stricter);
        let new = |s: &Span| {
            !spans
                .iter()
                .any(|known| s.from < known.to && known.from < s.to)
        };
        let new: Vec<Span> = found.into_iter().filter(new).collect();
        spans.extend(new);
    }
    spans
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

/// A span of steps in the words of the series.
fn described(
    cells: &Cells,
    usual: &Usual,
    span: &Span,
    season: Option<usize>,
    bounds: Bounds,
) -> Option<Anomaly> {
    let sign = match span.direction {
        kernel::Direction::High => 1.0,
        kernel::Direction::Low => -1.0,
    };
    let away: Vec<(usize, f64)> = (span.from..span.to)
        .filter_map(|i| Some((i, cells.values.get(i)? - usual.values.get(i)?)))
        .filter(|(_, a)| a.is_finite())
        .collect();
    let (worst, farthest) = away
        .iter()
        .copied()
        .max_by(|a, b| (a.1 * sign).total_cmp(&(b.1 * sign)))?;
    // Means over a window reach beyond what they found.
    let edge = (farthest.abs() * EDGE).max(usual.spread);
    let beyond = |(_, a): &(usize, f64)| a * sign >= edge;
    let first = away.iter().position(beyond)?;
    let last = away.iter().rposition(beyond)?;
    let away = away.get(first..=last)?;
    let (from, to) = (away.first()?.0, away.last()?.0 + 1);
    let on_side = away.iter().filter(|(_, a)| a * sign > 0.0).count();
    let length = to - from;
    let one_sided = on_side as f64 >= ONE_SIDED * away.len() as f64;
    let kind = if length <= POINT {
        AnomalyKind::Point
    } else if one_sided && length >= season.unwrap_or(LONG) {
        AnomalyKind::Level
    } else {
        AnomalyKind::Run
    };
    let size = if kind == AnomalyKind::Level {
        away.iter().map(|(_, a)| a).sum::<f64>() / away.len() as f64
    } else {
        farthest
    };
    let expected = usual.values.get(worst).copied()?;
    let reach = usual.limit * usual.spread;
    Some(Anomaly {
        start: cells.time(from),
        end: cells.time(to),
        kind,
        direction: if sign > 0.0 { Side::High } else { Side::Low },
        size,
        deviations: size.abs() / usual.spread,
        worst: cells.values.get(worst).copied()?,
        worst_at: cells.time(worst),
        expected,
        lo: bounds.keep(expected - reach),
        hi: bounds.keep(expected + reach),
        open: to >= cells.values.len(),
        known: None,
        breaches: Vec::new(),
    })
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
