//! Where the level or the trend of a series changed: optimal partitioning into straight pieces with pruning (PELT,
//! Killick, Fearnhead and Eckley 2012), on values without their season.
//!
//! The penalty of a change is `PENALTY` · 3 ln n times the *long-run* variance of the noise: with autocorrelated noise
//! the plain variance finds changes everywhere. Both come from differences at lags k and 2k, which a few changes of level
//! do not disturb (variance of the lag-k difference of an AR(1) process: 2σ²(1 − ρᵏ)). k is 1, or a quarter of the
//! season where that says more: the noise of hourly values has slow parts that neighbours do not show.

use super::linear::robust_scale;

/// Multiple of 3 ln n · long-run variance (two coefficients and a place) that a change must save.
const PENALTY: f64 = 1.5;
/// Largest autocorrelation that is believed here.
const MAX_RHO: f64 = 0.95;
/// Number of places at which a change is looked for at first; each is then moved to its exact step.
const PLACES: usize = 240;

/// Sums that give the residual squares of a straight line through any stretch in constant time.
struct Sums {
    // n, Σt, Σt², Σy, Σty, Σy², cumulative; t and y centred for precision.
    cumulative: Vec<[f64; 6]>,
}

impl Sums {
    fn new(values: &[Option<f64>]) -> Self {
        let observed: Vec<f64> = values.iter().flatten().copied().collect();
        let mean = super::metrics::mean(&observed).unwrap_or(0.0);
        let middle = values.len() as f64 / 2.0;
        let mut sum = [0.0; 6];
        let mut cumulative = Vec::with_capacity(values.len() + 1);
        cumulative.push(sum);
        for (i, value) in values.iter().enumerate() {
            if let Some(value) = value {
                let (t, y) = (i as f64 - middle, value - mean);
                for (s, add) in sum.iter_mut().zip([1.0, t, t * t, y, t * y, y * y]) {
                    *s += add;
                }
            }
            cumulative.push(sum);
        }
        Self { cumulative }
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
fn difference_variance(values: &[Option<f64>], lag: usize) -> Option<f64> {
    let differences: Vec<f64> = values
        .iter()
        .zip(values.iter().skip(lag))
        .filter_map(|(a, b)| Some((*b)? - (*a)?))
        .collect();
    (differences.len() >= 8).then(|| robust_scale(&differences).powi(2))
}

/// Long-run variance of the noise by differences at `lag` and twice that, robust against changes of level; `None`
/// where it cannot be told or nothing varies.
fn long_run_variance(values: &[Option<f64>], lag: usize) -> Option<f64> {
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

/// The steps at which a new piece begins, rising. Pieces hold at least `shortest` steps; `season` is the main one, 1
/// where there is none.
pub fn find(values: &[Option<f64>], shortest: usize, season: usize) -> Vec<usize> {
    let n = values.len();
    let shortest = shortest.max(4);
    let slow = Some(season / 4)
        .filter(|lag| *lag > 1)
        .and_then(|lag| long_run_variance(values, lag));
    let Some(noise) = long_run_variance(values, 1).map(|fast| fast.max(slow.unwrap_or(0.0))) else {
        return Vec::new();
    };
    if n < 2 * shortest {
        return Vec::new();
    }
    let sums = Sums::new(values);
    let penalty = PENALTY * 3.0 * (n as f64).ln() * noise;
    if sums.cost(0, n) <= penalty {
        return Vec::new();
    }
    let stride = n.div_ceil(PLACES).max(1);
    let mut changes = partition(&sums, n, shortest, stride, penalty);
    if stride == 1 {
        return changes;
    }
    refine(&sums, n, shortest, stride, &mut changes);
    // A change between coarse places may have needed two around it: one in their midst is tried instead.
    while let Some((pair, place)) = needless_pair(&sums, n, shortest, penalty, &changes) {
        changes.remove(pair);
        if let Some(change) = changes.get_mut(pair) {
            *change = place;
        }
        refine(&sums, n, shortest, stride, &mut changes);
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
    use super::super::noise::Noise;
    use super::*;

    fn series(n: usize, rho: f64, seed: u64, f: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
        let mut noise = Noise::seeded(seed);
        let mut error = 0.0;
        (0..n)
            .map(|i| {
                error = rho * error + noise.normal() * (1.0_f64 - rho * rho).sqrt();
                Some(f(i) + error)
            })
            .collect()
    }

    #[test]
    fn a_shift_is_found_at_its_step() {
        for (n, at) in [(120, 70), (450, 301), (1_500, 1_200)] {
            let values = series(n, 0.0, 11, |i| {
                if i < at {
                    20.0 + 0.01 * i as f64
                } else {
                    30.0 + 0.01 * i as f64
                }
            });
            let found = find(&values, 14, 1);
            assert_eq!(found.len(), 1, "{n}: {found:?}");
            assert!(found[0].abs_diff(at) <= 1, "{n}: {found:?}");
        }
    }

    #[test]
    fn a_change_of_slope_is_found_near_its_step() {
        let values = series(400, 0.0, 3, |i| 0.1 * i.saturating_sub(250) as f64);
        let found = find(&values, 14, 1);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].abs_diff(250) < 25, "{found:?}");
    }

    #[test]
    fn noise_and_a_plain_trend_have_no_change() {
        for rho in [0.0, 0.4, 0.7] {
            let alarms = (0..60)
                .filter(|seed| {
                    let values = series(300, rho, 1_000 + seed, |i| 0.05 * i as f64);
                    !find(&values, 14, 1).is_empty()
                })
                .count();
            assert!(alarms <= 6, "rho {rho}: {alarms} of 60");
        }
        assert!(find(&[Some(3.0); 100], 14, 1).is_empty());
    }
}
