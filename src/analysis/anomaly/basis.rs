//! What an anomaly is held against: the seasons that help, the lasting levels of the series, and what is usual at each
//! step with both.

use crate::analysis::forecast::kernel::anomaly::{self as kernel, Usual};
use crate::analysis::forecast::kernel::levels::{self, Levels, Wanted};

/// A season counts where it leaves less than this share of the spread.
const SEASON_HELPS: f64 = 0.95;
/// Without a season, levels are told by medians over so many parts of the series, of at least so many steps.
const PARTS: usize = 50;
const FEWEST: usize = 8;
/// What lasts longer than this share of the running median's window bends it, and is looked at as a level.
const BENDS: usize = 6;
/// A level is so many robust deviations of a single value away, and at least this share of how far a single value may be.
const LEAST: f64 = 3.0;
const SHARE: f64 = 0.5;

/// Seasons, levels and what is usual with them.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    /// In steps, shortest first.
    pub seasons: Vec<usize>,
    pub levels: Levels,
    pub usual: Usual,
}

impl Basis {
    /// With the seasons among the candidates that leave less unexplained; `rate` is that of single steps.
    pub fn of(values: &[f64], candidates: &[usize], rate: f64) -> Self {
        let mut best = Self::with(values, Vec::new(), rate);
        let mut score = best.usual.spread;
        for period in candidates {
            let cycles = values.len() as f64 / *period as f64;
            if cycles < 3.0 {
                continue;
            }
            let mut seasons = best.seasons.clone();
            seasons.push(*period);
            let tried = Self::with(values, seasons, rate);
            // A profile of few seasons follows their noise: what it leaves reads too small.
            let fair = tried.usual.spread * (cycles / (cycles - 1.0)).sqrt();
            if fair < SEASON_HELPS * score {
                (best, score) = (tried, fair);
            }
        }
        best
    }

    /// Levels bend the seasons that they are found without: both are found twice.
    fn with(values: &[f64], seasons: Vec<usize>, rate: f64) -> Self {
        let mut usual = kernel::usual(values, &seasons, &[], rate);
        let mut levels = Levels::default();
        for _ in 0..2 {
            let found = find(values, &seasons, &levels.edges, &usual, rate);
            if found.edges == levels.edges {
                levels = found;
                break;
            }
            levels = found;
            usual = kernel::usual(values, &seasons, &levels.edges, rate);
        }
        Self {
            seasons,
            levels,
            usual,
        }
    }
}

fn find(values: &[f64], seasons: &[usize], edges: &[usize], usual: &Usual, rate: f64) -> Levels {
    let n = values.len();
    let season = kernel::season(values, seasons, edges);
    let without: Vec<f64> = values.iter().zip(&season).map(|(v, s)| v - s).collect();
    let window = seasons.first().copied();
    let width = kernel::level_width(n, seasons);
    levels::find(
        &without,
        &Wanted {
            window: window.unwrap_or(n / PARTS).max(FEWEST),
            shortest: width / BENDS,
            least: LEAST.max(SHARE * usual.limit) * usual.spread,
            newest: width,
            rate,
        },
    )
}
