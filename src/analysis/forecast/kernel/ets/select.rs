//! Fitting a member, and choosing among the members by the corrected Akaike criterion.

use super::super::Fit;
use super::super::average::by_akaike;
use super::super::decompose::filled;
use super::super::optimize::{Stop, bfgs};
use super::filter::{Smoothing, State};
use super::likelihood::Likelihood;
use super::model::{EtsFit, Start};
use super::start::{Guess, guess};
use super::{Member, Season, Trend};

const STOP: Stop = Stop {
    iterations: 60,
    gain: 1e-3,
};

/// The series ready for fitting: scaled to a mean size of 1.
struct Prepared {
    original: Vec<f64>,
    scaled: Vec<f64>,
    whole: Vec<f64>,
    scale: f64,
    /// The parameters are searched on what follows.
    recent: usize,
    /// Known values of the recent part.
    known: usize,
    positive: bool,
}

/// Of a longer series the parameters are searched on about so many of the newest values (at least ten seasons), which
/// say all that smoothing remembers; the fit then runs through all of it.
const RECENT: usize = 2000;

/// Start values for the search on the recent part, and at the start of the whole series.
struct Guesses {
    recent: Guess,
    whole: State,
}

impl Prepared {
    fn new(y: &[f64], period: usize) -> Option<Self> {
        let all = y.iter().filter(|v| v.is_finite()).count();
        let period = period.max(1);
        let recent = y.len().saturating_sub(RECENT.max(10 * period)) / period * period;
        let known = y.iter().skip(recent).filter(|v| v.is_finite()).count();
        if known < 3 {
            return None;
        }
        let original: Vec<f64> = y
            .iter()
            .map(|v| if v.is_finite() { *v } else { f64::NAN })
            .collect();
        let size = original
            .iter()
            .filter(|v| !v.is_nan())
            .map(|v| v.abs())
            .sum::<f64>()
            / all as f64;
        let scale = if size > 0.0 { size } else { 1.0 };
        let scaled: Vec<f64> = original.iter().map(|v| v / scale).collect();
        let whole = filled(&scaled)?;
        let smallest = whole.iter().copied().fold(f64::INFINITY, f64::min);
        Some(Self {
            original,
            scaled,
            whole,
            scale,
            recent,
            known,
            positive: smallest > 1e-4,
        })
    }

    fn guesses(&self, season: Season, period: usize) -> Option<Guesses> {
        let recent = guess(self.whole.get(self.recent..)?, season, period)?;
        let whole = match self.recent {
            0 => recent.state.clone(),
            _ => guess(&self.whole, season, period)?.state,
        };
        Some(Guesses { recent, whole })
    }

    /// Fits one member from a guess, starting at `from`.
    fn fit(
        &self,
        member: Member,
        guesses: &Guesses,
        period: usize,
        from: Smoothing,
    ) -> Option<EtsFit> {
        let count = member.parameters(period);
        if self.known <= count + 1 {
            return None;
        }
        let Guess { state, unit } = &guesses.recent;
        let mut likelihood = Likelihood::new(
            member,
            self.scaled.get(self.recent..)?,
            state.clone(),
            *unit,
        );
        let mut x = likelihood.point(from);
        let value = bfgs(&mut x, STOP, |x, gradient| likelihood.value(x, gradient));
        if !value.is_finite() {
            return None;
        }
        let mut start = state.clone();
        let smoothing = likelihood.unpack(&x, &mut start);
        let k = count as f64;
        let aicc = value + 2.0 * k + 2.0 * k * (k + 1.0) / (self.known as f64 - k - 1.0);
        let mut early = if self.recent == 0 {
            start.clone()
        } else {
            guesses.whole.clone()
        };
        if member.trend == Trend::None {
            early.slope = 0.0;
        }
        for state in [&mut start, &mut early] {
            state.level *= self.scale;
            state.slope *= self.scale;
            if member.season != Season::Multiplicative {
                state.season.iter_mut().for_each(|s| *s *= self.scale);
            }
        }
        let start = Start {
            early,
            at: self.recent,
            state: start,
        };
        EtsFit::new(member, &self.original, smoothing, start, count - 1, aicc)
    }
}

/// Where the search for the smoothing parameters starts.
fn first(period: usize) -> Smoothing {
    Smoothing {
        alpha: if period > 1 { 0.2 } else { 0.4 },
        beta: 0.02,
        gamma: 0.1,
        phi: 0.93,
    }
}

/// Whether the member can be fitted to this kind of series at all.
fn applies(member: Member, period: usize, n: usize, positive: bool) -> bool {
    let seasonal = member.season != Season::None;
    let multiplies = member.multiplicative_error || member.season == Season::Multiplicative;
    (!seasonal || (period > 1 && n >= 2 * period)) && (!multiplies || positive)
}

/// Fits one member. `None` where it does not apply (too few values, values that are not positive) or is not finite.
/// `period` is the season in steps (1 for none).
pub fn fit_member(y: &[f64], period: usize, member: Member) -> Option<EtsFit> {
    let prepared = Prepared::new(y, period)?;
    if !applies(member, period, y.len(), prepared.positive) {
        return None;
    }
    let guesses = prepared.guesses(member.season, period)?;
    prepared.fit(member, &guesses, period, first(period))
}

/// Every member that applies, each started from what the simpler ones found.
fn fit_all(y: &[f64], period: usize) -> Option<Vec<EtsFit>> {
    let prepared = Prepared::new(y, period)?;
    let mut fits = Vec::new();
    for season in [Season::None, Season::Additive, Season::Multiplicative] {
        let any = Member {
            multiplicative_error: season == Season::Multiplicative,
            trend: Trend::None,
            season,
        };
        if !applies(any, period, y.len(), prepared.positive) {
            continue;
        }
        let Some(guesses) = prepared.guesses(season, period) else {
            continue;
        };
        let mut from = first(period);
        for trend in [Trend::None, Trend::Additive, Trend::Damped] {
            for multiplicative_error in [false, true] {
                let member = Member {
                    multiplicative_error,
                    trend,
                    season,
                };
                let unstable = season == Season::Multiplicative && !multiplicative_error;
                if unstable || !applies(member, period, y.len(), prepared.positive) {
                    continue;
                }
                let Some(fit) = prepared.fit(member, &guesses, period, from) else {
                    continue;
                };
                if trend == Trend::None {
                    let alpha = fit.smoothing.alpha.clamp(0.05, 0.9);
                    let gamma = from.gamma.min(0.5 * (1.0 - alpha));
                    from = Smoothing {
                        alpha,
                        beta: 0.1 * alpha,
                        gamma,
                        ..from
                    };
                }
                fits.push(fit);
            }
        }
    }
    Some(fits)
}

/// The member with the lowest corrected Akaike criterion. `period` is the season in steps (1 for none).
pub fn fit_ets(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    let best = fit_all(y, period)?
        .into_iter()
        .min_by(|a, b| a.aicc.total_cmp(&b.aicc))?;
    Some(Box::new(best))
}

/// All members averaged by their Akaike weights. `period` is the season in steps (1 for none).
pub fn fit_ets_average(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    let fits = fit_all(y, period)?;
    by_akaike(
        "ETS average",
        fits.into_iter()
            .map(|fit| (fit.aicc, Box::new(fit) as Box<dyn Fit>))
            .collect(),
    )
}
