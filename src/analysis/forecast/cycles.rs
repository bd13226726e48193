//! The seasons of steps without a calendar: which of the usual lengths recur, and which of them are one and the same.
//! The evidence is that of `kernel::recurrence`.

use super::kernel::recurrence::recurrence;

/// Probability below which a length is believed, shared among the lengths that are tested.
const SIGNIFICANCE: f64 = 0.03;
/// The same for a longer season around a known one, as the week is around the day: there is one so often that little
/// evidence is enough.
const AROUND: f64 = 0.2;
/// The same for one that would take the place of a shorter one, as the day takes that of its half.
const INSTEAD: f64 = 0.05;
/// A longer season of fewer cycles of a shorter one takes its place; one of more stands beside it.
const BESIDE: usize = 7;
/// To take its place it has to explain at least this share of what the shorter one explains.
const TELLS_MORE: f64 = 0.25;
/// A season around a shorter one has to be seen so many times.
const SEEN: usize = 3;

/// A season that recurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    /// Its length in steps.
    pub period: usize,
    /// Probability of such evidence where nothing recurs, 0..=1.
    pub p: f64,
    variance: f64,
}

/// The season of the values (NaN where nothing was measured) out of rising candidates, and a longer one around it where
/// there is one: the shortest first, two at most.
pub fn find(values: &[f64], candidates: &[usize]) -> Vec<Cycle> {
    let fitting: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|period| *period > 1 && values.len() > 2 * period)
        .collect();
    let mut recurring: Vec<Cycle> = Vec::new();
    for period in &fitting {
        let shorter = recurring.iter().map(|c| c.period);
        let within: Vec<usize> = shorter.filter(|p| period.is_multiple_of(*p)).collect();
        if !within.is_empty() && values.len() <= SEEN * period {
            continue;
        }
        let needed = match within.last() {
            None => SIGNIFICANCE / fitting.len() as f64,
            Some(shorter) if period / shorter < BESIDE => INSTEAD,
            Some(_) => AROUND,
        };
        if let Some(found) = recurrence(values, *period, &within).filter(|f| f.p < needed) {
            recurring.push(Cycle {
                period: *period,
                p: found.p,
                variance: found.variance,
            });
        }
    }
    told_apart(&recurring)
}

/// A half day and its day are one season, a day and its week are two.
fn told_apart(recurring: &[Cycle]) -> Vec<Cycle> {
    let mut apart: Vec<Cycle> = Vec::new();
    for cycle in recurring {
        let same = |c: &&mut Cycle| {
            cycle.period.is_multiple_of(c.period) && cycle.period / c.period < BESIDE
        };
        match apart.iter_mut().rev().find(same) {
            Some(shorter) if cycle.variance >= TELLS_MORE * shorter.variance => {
                *shorter = Cycle {
                    period: cycle.period,
                    p: shorter.p.min(cycle.p),
                    variance: shorter.variance + cycle.variance,
                };
            }
            Some(_) => {}
            None => apart.push(*cycle),
        }
    }
    let Some(main) = apart.first().copied() else {
        return Vec::new();
    };
    let around = |c: &Cycle| c.period > main.period && c.period.is_multiple_of(main.period);
    let longer = apart.iter().copied().rfind(around);
    std::iter::once(main).chain(longer).collect()
}

#[cfg(test)]
mod tests {
    use super::super::noise::Noise;
    use super::*;

    const USUAL: [usize; 8] = [4, 7, 12, 24, 48, 52, 168, 336];

    fn periods(y: &[f64]) -> Vec<usize> {
        find(y, &USUAL).iter().map(|c| c.period).collect()
    }

    fn wave(i: usize, period: usize) -> f64 {
        (std::f64::consts::TAU * i as f64 / period as f64).sin()
    }

    #[test]
    fn a_day_with_two_humps_and_its_week_are_found() {
        let mut noise = Noise::seeded(3);
        let y: Vec<f64> = (0..748)
            .map(|i| {
                let weekend = if (i / 24) % 7 > 4 { -1.5 } else { 0.0 };
                2.0 * wave(i, 12) + 1.5 * wave(i, 24) + weekend + 0.5 * noise.normal()
            })
            .collect();
        assert_eq!(periods(&y), [24, 168]);
    }

    #[test]
    fn the_week_of_a_year_is_found_on_a_growing_level_and_nothing_on_a_walk() {
        let mut noise = Noise::seeded(4);
        let mut level = 100.0;
        let walk: Vec<f64> = (0..400)
            .map(|_| {
                level += 0.1 + noise.normal();
                level
            })
            .collect();
        assert!(periods(&walk).is_empty(), "{:?}", find(&walk, &USUAL));
        let yearly: Vec<f64> = walk
            .iter()
            .enumerate()
            .map(|(i, v)| v + 5.0 * wave(i, 52))
            .collect();
        assert_eq!(periods(&yearly), [52]);
    }

    #[test]
    fn too_little_has_no_season() {
        assert!(periods(&[1.0, 2.0, 1.0, 2.0]).is_empty());
        assert!(periods(&[f64::NAN; 100]).is_empty());
    }
}
