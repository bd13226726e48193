//! Power of two with many instances: each sees arrivals at a rate that falls with its own queue, since it has to be
//! the better of two. The share of instances with at least k requests solves a fixed point (Mitzenmacher, "The power
//! of two choices in randomized load balancing", 2001; with several workers an instance is a birth-death chain).

/// Requests at an instance beyond its workers that are looked at.
const DEEP: usize = 60;
/// Rounds of the fixed point at most.
const ROUNDS: usize = 200;

/// Share of the requests that wait, and the mean wait in mean service times, service exponential.
pub(super) fn two_choices(workers: f64, load: f64) -> (f64, f64) {
    if load <= 0.0 {
        return (0.0, 0.0);
    }
    let levels = workers as usize + DEEP;
    let rate = workers * load;
    // Share of instances with at least k requests, from 0 on.
    let mut at_least: Vec<f64> = (0..=levels + 1)
        .map(|k| load.powf((k as f64 - workers + 1.0).max(0.0)))
        .collect();
    if let Some(beyond) = at_least.last_mut() {
        *beyond = 0.0;
    }
    let mut found = at_least.clone();
    for _ in 0..ROUNDS {
        // Weights of the chain, relative to the largest so far.
        let mut weights = Vec::with_capacity(levels + 1);
        let (mut weight, mut total) = (1.0_f64, 1.0_f64);
        weights.push(weight);
        for (k, pair) in at_least.windows(2).take(levels).enumerate() {
            let up = rate * pair.iter().sum::<f64>();
            weight *= up / (k as f64 + 1.0).min(workers);
            total += weight;
            weights.push(weight);
            if total > 1e200 {
                for w in &mut weights {
                    *w *= 1e-200;
                }
                (weight, total) = (weight * 1e-200, total * 1e-200);
            }
        }
        let mut above = 0.0;
        for (slot, weight) in found.iter_mut().rev().skip(1).zip(weights.iter().rev()) {
            above += weight / total;
            *slot = above;
        }
        let moved = found
            .iter()
            .zip(&at_least)
            .map(|(new, old)| (new - old).abs())
            .fold(0.0, f64::max);
        for (old, new) in at_least.iter_mut().zip(&found) {
            *old = f64::midpoint(*old, *new);
        }
        if moved < 1e-7 {
            break;
        }
    }
    let full = at_least.get(workers as usize).copied().unwrap_or(0.0);
    let waiting: f64 = at_least.iter().skip(workers as usize + 1).sum();
    (full * full, waiting / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one worker the share of instances with at least k requests is ρ^(2^k − 1).
    #[test]
    fn one_worker_has_the_doubly_exponential_tail() {
        for load in [0.5, 0.7, 0.9_f64] {
            let (waits, wait) = two_choices(1.0, load);
            assert!((waits - load * load).abs() < 1e-5, "{waits}");
            let queue: f64 = (2..12).map(|k| load.powf(2.0_f64.powi(k) - 1.0)).sum();
            assert!((wait - queue / load).abs() < 1e-4, "{wait}");
        }
        assert_eq!(two_choices(4.0, 0.0), (0.0, 0.0));
    }
}
