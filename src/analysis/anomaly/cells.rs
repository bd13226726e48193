//! A series on an even grid by the civil clock, so that the same hour of every day is the same place of the season: the
//! hour that a clock change leaves out is a gap, the one that comes twice is one cell.

use crate::calendar::{Instant, Zone};
use crate::dataset::Series;
use crate::dataset::metric::usual_step_secs;
use crate::units::Micros;

/// Most cells that are looked at; with more, cells are longer.
const MOST: i64 = 60_000;
/// Offsets from UTC change on quarters of an hour only.
const QUARTER: i64 = 900_000_000;
/// Lengths of cells where the series' own step gives too many, in seconds.
const LENGTHS: [i64; 10] = [
    10, 60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000,
];

/// A series on its grid.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// Start of the first cell, in microseconds of the civil clock.
    first: i64,
    zone: Zone,
    /// Length of a cell.
    pub step: Micros,
    /// Mean of each cell; NaN where nothing was measured.
    pub values: Vec<f64>,
    /// Cells are longer than the step of the series.
    pub coarser: bool,
}

/// Microseconds of the civil clock, with the offset of the last quarter of an hour kept.
struct Clock<'a> {
    zone: &'a Zone,
    quarter: i64,
    offset: i64,
}

impl Clock<'_> {
    fn local(&mut self, at: Instant) -> i64 {
        let quarter = at.0.div_euclid(QUARTER);
        if quarter != self.quarter {
            self.quarter = quarter;
            let start = Instant(quarter * QUARTER);
            self.offset = Zone::utc().instant(start.civil(self.zone)).0 - start.0;
        }
        at.0.saturating_add(self.offset)
    }
}

impl Cells {
    /// `None` where the points do not span any time.
    pub fn of(series: &Series, zone: &Zone) -> Option<Self> {
        let mut clock = Clock {
            zone,
            quarter: i64::MIN,
            offset: 0,
        };
        let first = clock.local(*series.times.first()?);
        let last = clock.local(*series.times.last()?);
        let own = own_step(&series.times)?;
        let fits = |step: i64| (last.saturating_sub(first)) / step.max(1) < MOST;
        let coarser = !fits(own);
        let mut step = own;
        if coarser {
            let lengths = LENGTHS.iter().map(|secs| secs * Micros::SECOND.0);
            step = lengths.filter(|s| *s > own).find(|s| fits(*s))?;
        }
        // Points of its own step may wander about their place; longer cells begin on the clock.
        let first = if coarser {
            first.div_euclid(step) * step
        } else {
            first - step / 2
        };
        let mut sums: Vec<(f64, u32)> = Vec::new();
        for (at, value) in series.times.iter().zip(&series.values) {
            if !value.is_finite() {
                continue;
            }
            let index = (clock.local(*at) - first).div_euclid(step);
            let Ok(index) = usize::try_from(index) else {
                continue;
            };
            if sums.len() <= index {
                sums.resize(index + 1, (0.0, 0));
            }
            if let Some((sum, count)) = sums.get_mut(index) {
                *sum += value;
                *count += 1;
            }
        }
        let mean = |(sum, count): (f64, u32)| {
            if count == 0 {
                f64::NAN
            } else {
                sum / f64::from(count)
            }
        };
        Some(Self {
            first: if coarser { first } else { first + step / 2 },
            zone: zone.clone(),
            step: Micros(step),
            values: sums.into_iter().map(mean).collect(),
            coarser,
        })
    }

    /// Number of cells that hold a value.
    pub fn observed(&self) -> usize {
        self.values.iter().filter(|v| v.is_finite()).count()
    }

    /// Start of a cell; the one after the last is the end.
    pub fn time(&self, index: usize) -> Instant {
        let local = self
            .first
            .saturating_add(self.step.0.saturating_mul(index as i64));
        self.zone.instant(Instant(local).civil(&Zone::utc()))
    }

    /// A day and a week in cells, where they are whole numbers of them.
    pub fn candidates(&self) -> Vec<usize> {
        [Micros::DAY.0, 7 * Micros::DAY.0]
            .into_iter()
            .filter(|season| season % self.step.0.max(1) == 0)
            .filter_map(|season| usize::try_from(season / self.step.0.max(1)).ok())
            .filter(|cells| *cells >= 4)
            .collect()
    }
}

/// The usual distance of the points, rounded to a whole part of a day where it is within a twentieth of one.
fn own_step(times: &[Instant]) -> Option<i64> {
    let span = times.last()?.since(*times.first()?).0;
    if span <= 0 {
        return None;
    }
    let usual = usual_step_secs(times).map(|secs| (secs * 1e6) as i64);
    let step = usual
        .unwrap_or(span / (times.len() as i64 - 1).max(1))
        .max(1);
    let in_a_day = (Micros::DAY.0 as f64 / step as f64).round() as i64;
    let whole = Micros::DAY.0.checked_div(in_a_day).unwrap_or(step);
    let near = (whole - step).abs() * 20 <= step && Micros::DAY.0 % in_a_day.max(1) == 0;
    Some(if near { whole } else { step })
}
