//! Where the level or the trend of a series changed, and by how much: optimal partitioning into straight pieces with
//! pruning (PELT, Killick, Fearnhead and Eckley 2012), on values without season and with wild values pulled in.
//!
//! The penalty of a change is `PENALTY` · 3 ln n times the *long-run* variance of the noise: with autocorrelated noise
//! the plain variance finds changes everywhere. The first pass has it from differences at lags k and 2k, which a few
//! changes of level do not disturb (variance of the lag-k difference of an AR(1) process: 2σ²(1 − ρᵏ)); k is 1, or a
//! quarter of the season where that says more. The second has it from what the pieces of the first leave. Each change
//! is then a step, a bend or both, whichever explains its surroundings best (Schwarz 1978), or none of them.

use super::autoregression::Autoregression;
use super::clean::clean;
use super::mstl::Mstl;
use super::numbers::{at, mean, median, robust_spread};

/// Multiple of 3 ln n · long-run variance (two coefficients and a place) that a change must save.
const PENALTY: f64 = 1.5;
/// Largest autocorrelation that is believed here.
const MAX_RHO: f64 = 0.95;
/// Number of places at which a change is looked for at first; each is then moved to its exact step.
const PLACES: usize = 240;

/// Corners tried on each side of a place.
const CORNERS: usize = 12;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The level; the trend went on.
    Level,
    /// The trend; the level went on from where it was.
    Trend,
    /// Both.
    Both,
}

/// A change of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first step of the new piece.
    pub at: usize,
    /// What changed.
    pub kind: Kind,
    /// By how much the level stepped, in the unit of the series; 0 for a change of trend alone.
    pub step: f64,
    /// By how much the trend changed, per step; 0 for a change of level alone.
    pub bend: f64,
}

/// Sums that give the residual squares of a straight line through any stretch in constant time.
struct Sums {
    mean: f64,
    // n, Σt, Σt², Σy, Σty, Σy², cumulative; t and y centred for precision.
    cumulative: Vec<[f64; 6]>,
}

impl Sums {
    fn new(values: &[f64]) -> Self {
        let mean = mean(values).unwrap_or(0.0);
        let middle = values.len() as f64 / 2.0;
        let mut sum = [0.0; 6];
        let mut cumulative = Vec::with_capacity(values.len() + 1);
        cumulative.push(sum);
        for (i, value) in values.iter().enumerate() {
            if value.is_finite() {
                let (t, y) = (i as f64 - middle, value - mean);
                for (s, add) in sum.iter_mut().zip([1.0, t, t * t, y, t * y, y * y]) {
                    *s += add;
                }
            }
            cumulative.push(sum);
        }
        Self { mean, cumulative }
    }

    /// Value at step 0 and slope of the line through `from..to`.
    fn line(&self, from: usize, to: usize) -> (f64, f64) {
        let (Some(a), Some(b)) = (self.cumulative.get(from), self.cumulative.get(to)) else {
            return (self.mean, 0.0);
        };
        let [n, t, tt, y, ty, _]: [f64; 6] = std::array::from_fn(|i| b[i] - a[i]);
        let (stt, sty) = (tt - t * t / n, ty - t * y / n);
        let slope = if stt > 0.0 { sty / stt } else { 0.0 };
        let middle = (self.cumulative.len() - 1) as f64 / 2.0;
        let level = self.mean + (y - slope * t) / n.max(1.0) - slope * middle;
        (level, slope)
    }

    /// Residual squares of a line through `from..to`.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let (Some(a), Some(b)) = (self.cumulative.get(from), self.cumulative.get(to)) else {
            return 0.0;
        };
        let [n, t, tt, y, ty, yy] = std::array::from_fn(|i| b[i] - a[i]);
        if n < 3.0 {
            return 0.0;
        }
        let (stt, sty, syy) = (tt - t * t / n, ty - t * y / n, yy - y * y / n);
        let explained = if stt > 0.0 { sty * sty / stt } else { 0.0 };
        (syy - explained).max(0.0)
    }
}

/// Variance of the difference at a lag, robust; `None` where too few pairs are there.
fn difference_variance(values: &[f64], lag: usize) -> Option<f64> {
    let differences: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(lag))
        .map(|(a, b)| b - a)
        .filter(|d| d.is_finite())
        .collect();
    (differences.len() >= 8)
        .then(|| robust_spread(&differences, median(&differences).unwrap_or(0.0)).powi(2))
}

/// Long-run variance of the noise by differences at `lag` and twice that, robust against changes of level; `None`
/// where it cannot be told or nothing varies.
fn long_run_variance(values: &[f64], lag: usize) -> Option<f64> {
    let one = difference_variance(values, lag)?;
    let two = difference_variance(values, 2 * lag)?;
    if one <= 0.0 {
        return None;
    }
    // var₂ / var₁ = 1 + ρ, with ρ at this lag.
    let rho = (two / one - 1.0).clamp(0.0, MAX_RHO);
    let variance = one / (2.0 * (1.0 - rho));
    Some(variance * (1.0 + rho) / (1.0 - rho) * lag as f64)
}

/// The changes of a series, rising. `periods` may be empty; pieces hold at least `shortest` steps.
pub fn find(y: &[f64], periods: &[usize], shortest: usize) -> Vec<Change> {
    let season = periods.iter().copied().min().unwrap_or(1);
    without_season(y, periods).map_or_else(Vec::new, |values| search(&values, season, shortest))
}

/// The same for values whose season was taken out before; `season` is the main one, 1 where there was none.
pub fn find_adjusted(values: &[f64], season: usize, shortest: usize) -> Vec<Change> {
    without_season(values, &[]).map_or_else(Vec::new, |values| search(&values, season, shortest))
}

fn search(values: &[f64], season: usize, shortest: usize) -> Vec<Change> {
    let n = values.len();
    let shortest = shortest.max(4);
    if n < 2 * shortest {
        return Vec::new();
    }
    let slow = Some(season / 4)
        .filter(|lag| *lag > 1)
        .and_then(|lag| long_run_variance(values, lag));
    let Some(noise) = long_run_variance(values, 1).map(|fast| fast.max(slow.unwrap_or(0.0))) else {
        return Vec::new();
    };
    let size = robust_spread(values, 0.0);
    if noise.sqrt() <= 1e-9 * size {
        return Vec::new();
    }
    let sums = Sums::new(values);
    let first = places(&sums, n, shortest, noise);
    let noise = (noise * left_over(values, &sums, &first).max(slow.unwrap_or(0.0))).sqrt();
    let mut changes = places(&sums, n, shortest, noise);
    // The weakest goes first: without it the others are judged anew.
    loop {
        let judged: Vec<Option<Change>> = (0..changes.len())
            .map(|i| judge(values, &sums, &changes, i, noise))
            .collect();
        match judged.iter().position(Option::is_none) {
            Some(needless) => {
                changes.remove(needless);
            }
            None => return judged.into_iter().flatten().collect(),
        }
    }
}

/// The series without its seasons, wild values pulled in; gaps stay.
fn without_season(y: &[f64], periods: &[usize]) -> Option<Vec<f64>> {
    let mut values = clean(y, periods)?.values;
    let settings = Mstl::new(periods, y.len(), false);
    if !settings.seasons.is_empty() {
        let parts = settings.decompose(&values)?;
        values
            .iter_mut()
            .enumerate()
            .for_each(|(i, v)| *v -= parts.season(i));
    }
    for (v, original) in values.iter_mut().zip(y) {
        if !original.is_finite() {
            *v = f64::NAN;
        }
    }
    Some(values)
}

/// Long-run variance of what straight pieces leave: σ²/(1 − Σφ)² of an autoregression.
fn left_over(values: &[f64], sums: &Sums, changes: &[usize]) -> f64 {
    let n = values.len();
    let mut rest = Vec::with_capacity(n);
    let mut from = 0;
    for to in changes.iter().copied().chain([n]) {
        let (level, slope) = sums.line(from, to);
        let piece = values.iter().enumerate().take(to).skip(from);
        rest.extend(piece.map(|(i, v)| v - level - slope * i as f64));
        from = to;
    }
    let fit = Autoregression::burg(&rest, 1);
    let rho = fit.phi.first().copied().unwrap_or(0.0).clamp(0.0, MAX_RHO);
    // Each piece took two coefficients.
    let freedom = n as f64 / (n as f64 - 2.0 * (changes.len() as f64 + 1.0)).max(1.0);
    fit.sigma * fit.sigma * freedom / (1.0 - rho).powi(2)
}

/// What changed at a place, by the criterion of Schwarz on its two pieces; `None` where nothing did.
fn judge(values: &[f64], sums: &Sums, changes: &[usize], i: usize, noise: f64) -> Option<Change> {
    let n = values.len();
    let place = *changes.get(i)?;
    let (before, after) = neighbours(changes, i, n);
    let cost = PENALTY * ((after - before) as f64).ln() * noise;
    let none = sums.cost(before, after);
    let both = sums.cost(before, place) + sums.cost(place, after) + 2.0 * cost;
    let (level_left, step) = with_one(values, before, after, |t| f64::from(u8::from(t >= place)))?;
    let (corner, (trend_left, bend)) = corner(values, before, place, after)?;
    let (level, trend) = (level_left + cost, trend_left + cost);
    let best = none.min(both).min(level).min(trend);
    if best >= none {
        return None;
    }
    let change = |at, kind, step, bend| {
        Some(Change {
            at,
            kind,
            step,
            bend,
        })
    };
    if best >= level {
        change(place, Kind::Level, step, 0.0)
    } else if best >= trend {
        change(corner, Kind::Trend, 0.0, bend)
    } else {
        let (a, b) = (sums.line(before, place), sums.line(place, after));
        let (slope, here) = (b.1 - a.1, place as f64);
        change(place, Kind::Both, b.0 - a.0 + slope * here, slope)
    }
}

/// The corner of the best bent line near a place, with its squares and its bend: pieces that need not meet are cut where
/// they differ most, not where the line bends.
fn corner(
    values: &[f64],
    before: usize,
    place: usize,
    after: usize,
) -> Option<(usize, (f64, f64))> {
    let reach = (place - before).min(after - place) / 2;
    let stride = (reach / CORNERS).max(1);
    ((place - reach)..=(place + reach))
        .step_by(stride)
        .filter_map(|c| {
            let bent = with_one(values, before, after, |t| t.saturating_sub(c) as f64)?;
            Some((c, bent))
        })
        .min_by(|a, b| a.1.0.total_cmp(&b.1.0))
}

/// Residual squares of a line and one more regressor, with the coefficient of that one: both are freed of the line first
/// (Frisch and Waugh 1933).
fn with_one(
    values: &[f64],
    from: usize,
    to: usize,
    regressor: impl Fn(usize) -> f64,
) -> Option<(f64, f64)> {
    let inside = || (from..to).filter(|t| at(values, *t).is_finite());
    let extra: Vec<f64> = (0..to)
        .map(|t| {
            if t >= from && at(values, t).is_finite() {
                regressor(t)
            } else {
                f64::NAN
            }
        })
        .collect();
    let (of_values, of_extra) = (
        Sums::new(values).line(from, to),
        Sums::new(&extra).line(from, to),
    );
    let (mut product, mut square, mut left) = (0.0, 0.0, 0.0);
    for t in inside() {
        let v = at(values, t) - of_values.0 - of_values.1 * t as f64;
        let x = at(&extra, t) - of_extra.0 - of_extra.1 * t as f64;
        product += v * x;
        square += x * x;
        left += v * v;
    }
    (square > 0.0).then(|| (left - product * product / square, product / square))
}

fn places(sums: &Sums, n: usize, shortest: usize, noise: f64) -> Vec<usize> {
    let penalty = PENALTY * 3.0 * (n as f64).ln() * noise;
    if sums.cost(0, n) <= penalty {
        return Vec::new();
    }
    let stride = n.div_ceil(PLACES).max(1);
    let mut changes = partition(sums, n, shortest, stride, penalty);
    if stride == 1 {
        return changes;
    }
    refine(sums, n, shortest, stride, &mut changes);
    // A change between coarse places may have needed two around it: one in their midst is tried instead.
    while let Some((pair, place)) = needless_pair(sums, n, shortest, penalty, &changes) {
        changes.remove(pair);
        if let Some(change) = changes.get_mut(pair) {
            *change = place;
        }
        refine(sums, n, shortest, stride, &mut changes);
    }
    changes
}

/// The ends of the pieces beside a change.
fn neighbours(changes: &[usize], i: usize, n: usize) -> (usize, usize) {
    let before = i.checked_sub(1).and_then(|p| changes.get(p)).copied();
    (
        before.unwrap_or(0),
        changes.get(i + 1).copied().unwrap_or(n),
    )
}

/// The first of two changes that do not save a penalty over one between them, and where that one would be.
fn needless_pair(
    sums: &Sums,
    n: usize,
    shortest: usize,
    penalty: f64,
    changes: &[usize],
) -> Option<(usize, usize)> {
    changes.windows(2).enumerate().find_map(|(i, pair)| {
        let [a, b] = pair else {
            return None;
        };
        let (before, _) = neighbours(changes, i, n);
        let (_, after) = neighbours(changes, i + 1, n);
        let apart = sums.cost(before, *a) + sums.cost(*a, *b) + sums.cost(*b, after);
        let together = |c: usize| sums.cost(before, c) + sums.cost(c, after);
        (*a.max(&(before + shortest))..=*b.min(&after.saturating_sub(shortest)))
            .min_by(|x, y| together(*x).total_cmp(&together(*y)))
            .filter(|c| together(*c) <= apart + penalty)
            .map(|c| (i, c))
    })
}

fn partition(sums: &Sums, n: usize, shortest: usize, stride: usize, penalty: f64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..n).step_by(stride).collect();
    places.push(n);
    // best[k]: least cost of everything before places[k]; from[k]: where its last piece begins.
    let mut best = vec![f64::INFINITY; places.len()];
    let mut from = vec![0_usize; places.len()];
    if let Some(b) = best.first_mut() {
        *b = -penalty;
    }
    let mut alive: Vec<usize> = vec![0];
    for (k, end) in places.iter().enumerate().skip(1) {
        let mut options: Vec<(usize, f64)> = Vec::with_capacity(alive.len());
        for &j in &alive {
            let (Some(begin), Some(before)) = (places.get(j), best.get(j)) else {
                continue;
            };
            if end - begin < shortest || !before.is_finite() {
                options.push((j, f64::NEG_INFINITY));
                continue;
            }
            options.push((j, before + sums.cost(*begin, *end)));
        }
        let least = options
            .iter()
            .filter(|(_, c)| c.is_finite())
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .copied();
        if let Some((j, cost)) = least {
            if let (Some(b), Some(f)) = (best.get_mut(k), from.get_mut(k)) {
                *b = cost + penalty;
                *f = j;
            }
            // PELT: a beginning that is worse by now than beginning here can never win again.
            alive = options
                .into_iter()
                .filter(|(_, c)| *c <= cost + penalty)
                .map(|(j, _)| j)
                .collect();
        }
        if best.get(k).is_some_and(|b| b.is_finite()) {
            alive.push(k);
        }
    }
    let mut changes = Vec::new();
    let mut k = places.len() - 1;
    while let Some(&j) = from.get(k).filter(|_| k > 0) {
        if j == 0 {
            break;
        }
        changes.extend(places.get(j));
        k = j;
    }
    changes.reverse();
    changes
}

/// Moves each change to the exact step within one stride.
fn refine(sums: &Sums, n: usize, shortest: usize, stride: usize, changes: &mut [usize]) {
    for i in 0..changes.len() {
        let (before, after) = neighbours(changes, i, n);
        let Some(place) = changes.get_mut(i) else {
            break;
        };
        let low = place.saturating_sub(stride).max(before + shortest);
        let high = (*place + stride).min(after.saturating_sub(shortest));
        let cost = |c: usize| sums.cost(before, c) + sums.cost(c, after);
        if let Some(exact) = (low..=high).min_by(|a, b| cost(*a).total_cmp(&cost(*b))) {
            *place = exact;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An autoregression of order 1 with unit variance: sums of twelve uniforms of a small generator (Knuth, MMIX).
    fn noise(n: usize, rho: f64, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut error = 0.0;
        (0..n)
            .map(|_| {
                let shock: f64 = (0..12)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
                    })
                    .sum();
                error = rho * error + shock * (1.0_f64 - rho * rho).sqrt();
                error
            })
            .collect()
    }

    fn with(noise: &[f64], f: impl Fn(usize) -> f64) -> Vec<f64> {
        noise.iter().enumerate().map(|(i, e)| f(i) + e).collect()
    }

    #[test]
    fn a_step_is_told_from_a_bend() {
        let step = with(&noise(300, 0.3, 5), |i| {
            0.02 * i as f64 + if i < 180 { 0.0 } else { 8.0 }
        });
        let found = find(&step, &[], 14);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(180) <= 1);
        assert_eq!(found[0].kind, Kind::Level, "{found:?}");
        assert!((found[0].step - 8.0).abs() < 1.5 && found[0].bend == 0.0);
        let bend = with(&noise(300, 0.3, 6), |i| 0.1 * i.saturating_sub(150) as f64);
        let found = find(&bend, &[], 14);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(150) < 25);
        assert_eq!(found[0].kind, Kind::Trend, "{found:?}");
        assert!((found[0].bend - 0.1).abs() < 0.03 && found[0].step == 0.0);
    }

    #[test]
    fn a_step_under_a_week_with_spikes_and_gaps_is_found_alone() {
        let mut y = with(&noise(280, 0.0, 7), |i| {
            [0.0, 4.0, 5.0, 3.0, 1.0, -4.0, -6.0][i % 7] + if i < 120 { 0.0 } else { 5.0 }
        });
        for i in [30, 77, 200, 241] {
            y[i] += 15.0;
        }
        for hole in &mut y[150..160] {
            *hole = f64::NAN;
        }
        let found = find(&y, &[7], 14);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(120) <= 2);
    }

    /// On the measured panel one in twenty series without a change had one; here the bound is one in ten.
    #[test]
    fn noise_has_no_change() {
        let alarms = (0..40)
            .filter(|seed| {
                let y = with(&noise(200, 0.5, 900 + seed), |i| 0.05 * i as f64);
                !find(&y, &[], 14).is_empty()
            })
            .count();
        assert!(alarms <= 4, "{alarms} of 40");
        assert!(find(&[3.0; 100], &[7], 14).is_empty());
        assert!(find(&[1.0, 2.0], &[], 14).is_empty());
        assert!(find(&[f64::NAN; 60], &[], 14).is_empty());
    }
}
