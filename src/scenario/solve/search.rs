//! The edge between values that hold and values that fail, on whole numbers: a coarse scan of the range, then a search
//! inside the one gap that matters, several values at a time. Nothing is taken for monotone that was not seen to be.

use std::collections::BTreeMap;

use crate::scenario::SimulateError;

/// For each of some values whether it holds.
pub type Holds<'a> = dyn Fn(&[i64]) -> Result<Vec<bool>, SimulateError> + 'a;

/// Which edge is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// The smallest value that holds.
    Smallest,
    /// The largest value that holds.
    Largest,
    /// The largest value below which everything that was tried holds too.
    Unbroken,
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The edge; `None` where nothing that was tried holds.
    pub value: Option<i64>,
    /// Its neighbour on the failing side; `None` where the range ended first.
    pub next_failing: Option<i64>,
    /// Values on the holding side that fail: the question is not monotone there.
    pub holes: Vec<i64>,
    /// Values beyond the failing neighbour that hold again.
    pub islands: Vec<i64>,
}

/// Values of a question with their answers; asks only for what is not known.
struct Asked<'a> {
    holds: &'a Holds<'a>,
    mirror: bool,
    known: BTreeMap<i64, bool>,
}

impl Asked<'_> {
    fn ask(&mut self, values: &[i64]) -> Result<(), SimulateError> {
        let new: Vec<i64> = values
            .iter()
            .copied()
            .filter(|v| !self.known.contains_key(v))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let real: Vec<i64> = new.iter().map(|v| self.real(*v)).collect();
        let answers = (self.holds)(&real)?;
        self.known.extend(new.into_iter().zip(answers));
        Ok(())
    }

    fn one(&mut self, value: i64) -> Result<bool, SimulateError> {
        self.ask(&[value])?;
        Ok(self.known.get(&value).copied().unwrap_or(false))
    }

    fn real(&self, value: i64) -> i64 {
        if self.mirror { -value } else { value }
    }

    /// From a value that holds to the last one before a failing one, at most up to `fails`.
    fn narrow(
        &mut self,
        mut holds: i64,
        mut fails: i64,
        unbroken: bool,
    ) -> Result<(i64, i64), SimulateError> {
        while fails - holds > 1 {
            let gap = fails - holds;
            let mut inner: Vec<i64> = (1..=3).map(|i| holds + gap * i / 4).collect();
            inner.dedup();
            inner.retain(|v| *v > holds && *v < fails);
            if inner.is_empty() {
                inner.push(holds + gap / 2);
            }
            self.ask(&inner)?;
            let mut ladder = vec![(holds, true)];
            ladder.extend(inner.iter().filter_map(|v| Some((*v, *self.known.get(v)?))));
            ladder.push((fails, false));
            let Some((low, high)) = step(&ladder, unbroken) else {
                break;
            };
            (holds, fails) = (low, high);
        }
        Ok((holds, fails))
    }
}

/// The pair of neighbours of a ladder between which holding ends.
fn step(ladder: &[(i64, bool)], unbroken: bool) -> Option<(i64, i64)> {
    let mut pairs = ladder
        .iter()
        .zip(ladder.iter().skip(1))
        .filter(|(low, high)| low.1 && !high.1)
        .map(|(low, high)| (low.0, high.0));
    if unbroken {
        pairs.next()
    } else {
        pairs.next_back()
    }
}

/// Searches between the first and the last of `scan`, which rises and is tried first.
pub fn search(scan: &[i64], prefer: Prefer, holds: &Holds<'_>) -> Result<Found, SimulateError> {
    let mirror = prefer == Prefer::Smallest;
    let unbroken = prefer == Prefer::Unbroken;
    let mut asked = Asked {
        holds,
        mirror,
        known: BTreeMap::new(),
    };
    let mut points: Vec<i64> = scan.iter().map(|v| if mirror { -v } else { *v }).collect();
    points.sort_unstable();
    points.dedup();
    asked.ask(&points)?;
    // Nothing holds at the points of the scan: it may hold between them, under a budget for instance.
    if !asked.known.values().any(|h| *h) {
        let between: Vec<i64> = points
            .iter()
            .zip(points.iter().skip(1))
            .map(|(a, b)| a.midpoint(*b))
            .collect();
        asked.ask(&between)?;
    }
    let ladder: Vec<(i64, bool)> = asked.known.iter().map(|(v, h)| (*v, *h)).collect();
    let starts_well = ladder.first().is_some_and(|(_, h)| *h);
    let edge = if unbroken && !starts_well {
        None
    } else {
        step(&ladder, unbroken)
    };
    let ends_well = ladder.last().filter(|(_, h)| *h).map(|(v, _)| *v);
    let (value, next) = match (edge, ends_well) {
        // The largest of all is the end of the range, whatever fails before it.
        (_, Some(end)) if !unbroken || edge.is_none() && starts_well => (Some(end), None),
        (Some((low, high)), _) => {
            let (low, high) = asked.narrow(low, high, unbroken)?;
            (Some(low), Some(high))
        }
        (None, _) => (None, None),
    };
    if let Some(value) = value
        && points.first().is_some_and(|first| value > *first)
    {
        asked.one(value - 1)?;
    }
    if let (Some(next), Some(last)) = (next, points.last())
        && next < *last
    {
        asked.one(next + 1)?;
    }
    Ok(found(&asked, value, next))
}

fn found(asked: &Asked<'_>, value: Option<i64>, next: Option<i64>) -> Found {
    let real = |v: &i64| asked.real(*v);
    let list = |keep: &dyn Fn(i64, bool) -> bool| -> Vec<i64> {
        let mut list: Vec<i64> = asked
            .known
            .iter()
            .filter(|(v, h)| keep(**v, **h))
            .map(|(v, _)| real(v))
            .collect();
        list.sort_unstable();
        list
    };
    Found {
        value: value.as_ref().map(real),
        next_failing: next.as_ref().map(real),
        holes: list(&|v, h| !h && value.is_some_and(|value| v < value)),
        islands: list(&|v, h| h && next.map_or(value.is_none(), |next| v > next)),
    }
}

/// The edge near a value that was found with another engine: in steps that double, then in between. Between `low` and
/// `high`, both included.
pub fn gallop(
    start: i64,
    (low, high): (i64, i64),
    prefer: Prefer,
    holds: &Holds<'_>,
) -> Result<Found, SimulateError> {
    let mirror = prefer == Prefer::Smallest;
    let mut asked = Asked {
        holds,
        mirror,
        known: BTreeMap::new(),
    };
    let (start, low, high) = if mirror {
        (-start, -high, -low)
    } else {
        (start, low, high)
    };
    let neighbour = start.saturating_add(1).min(high);
    asked.ask(&[start, neighbour])?;
    let mut stride = 1_i64;
    let edge = if asked.one(start)? {
        let mut best = start;
        loop {
            let ahead = best.saturating_add(stride).min(high);
            if ahead == best {
                break (Some(best), None);
            }
            if !asked.one(ahead)? {
                let (value, next) = asked.narrow(best, ahead, false)?;
                break (Some(value), Some(next));
            }
            best = ahead;
            stride = stride.saturating_mul(2);
        }
    } else {
        let mut worst = start;
        loop {
            let back = worst.saturating_sub(stride).max(low);
            if back == worst {
                break (None, None);
            }
            if asked.one(back)? {
                let (value, next) = asked.narrow(back, worst, false)?;
                break (Some(value), Some(next));
            }
            worst = back;
            stride = stride.saturating_mul(2);
        }
    };
    Ok(found(&asked, edge.0, edge.1))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const SCAN: [i64; 8] = [1, 2, 4, 8, 16, 32, 64, 100];

    fn run(prefer: Prefer, truth: impl Fn(i64) -> bool) -> (Found, usize) {
        let asked = RefCell::new(0);
        let holds = |values: &[i64]| {
            *asked.borrow_mut() += values.len();
            Ok(values.iter().map(|v| truth(*v)).collect())
        };
        let found = search(&SCAN, prefer, &holds).unwrap();
        (found, asked.into_inner())
    }

    fn edge(value: i64, next: i64) -> Found {
        Found {
            value: Some(value),
            next_failing: Some(next),
            ..Found::default()
        }
    }

    #[test]
    fn every_edge_of_a_monotone_question_is_found_in_few_runs() {
        for at in 2..=100 {
            let (found, runs) = run(Prefer::Smallest, |v| v >= at);
            assert_eq!(found, edge(at, at - 1));
            assert!(runs <= 20, "{runs} runs for {at}");
            for prefer in [Prefer::Largest, Prefer::Unbroken] {
                let (found, runs) = run(prefer, |v| v < at);
                assert_eq!(found, edge(at - 1, at));
                assert!(runs <= 20, "{runs} runs for {at}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_told_apart() {
        let all = run(Prefer::Smallest, |_| true).0;
        assert_eq!((all.value, all.next_failing), (Some(1), None));
        for prefer in [Prefer::Largest, Prefer::Unbroken] {
            let all = run(prefer, |_| true).0;
            assert_eq!((all.value, all.next_failing), (Some(100), None));
        }
        for prefer in [Prefer::Smallest, Prefer::Largest, Prefer::Unbroken] {
            assert_eq!(run(prefer, |_| false).0, Found::default());
        }
    }

    #[test]
    fn what_is_not_monotone_is_said() {
        // Holds from 5 to 20 and again from 60 on.
        let truth = |v| (5..=20).contains(&v) || v >= 60;
        let small = run(Prefer::Smallest, truth).0;
        assert_eq!((small.value, small.next_failing), (Some(5), Some(4)));
        assert_eq!(small.holes, [32]);
        let unbroken = run(Prefer::Unbroken, |v| v <= 20 || v >= 60).0;
        assert_eq!(
            (unbroken.value, unbroken.next_failing),
            (Some(20), Some(21))
        );
        assert_eq!(unbroken.islands, [64, 100]);
        let large = run(Prefer::Largest, truth).0;
        assert_eq!((large.value, large.next_failing), (Some(100), None));
        assert!(!large.holes.is_empty());
        // An island that the scan steps over is found between its points.
        let hidden = run(Prefer::Smallest, |v| (20..=30).contains(&v)).0;
        assert_eq!((hidden.value, hidden.next_failing), (Some(20), Some(19)));
    }

    #[test]
    fn another_engine_s_edge_is_found_from_nearby() {
        for start in [1, 7, 12, 13, 40, 100] {
            let holds = |values: &[i64]| Ok(values.iter().map(|v| *v >= 13).collect());
            let found = gallop(start, (1, 100), Prefer::Smallest, &holds).unwrap();
            assert_eq!((found.value, found.next_failing), (Some(13), Some(12)));
            let holds = |values: &[i64]| Ok(values.iter().map(|v| *v <= 13).collect());
            let found = gallop(start, (1, 100), Prefer::Largest, &holds).unwrap();
            assert_eq!((found.value, found.next_failing), (Some(13), Some(14)));
        }
        let never = |values: &[i64]| Ok(vec![false; values.len()]);
        let found = gallop(50, (1, 100), Prefer::Smallest, &never).unwrap();
        assert_eq!(found, Found::default());
        let always = |values: &[i64]| Ok(vec![true; values.len()]);
        let found = gallop(50, (1, 100), Prefer::Smallest, &always).unwrap();
        assert_eq!((found.value, found.next_failing), (Some(1), None));
    }
}
