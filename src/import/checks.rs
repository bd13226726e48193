//! Checks at points in time, joined to stretches: each check stands for its interval. A gap of more than one and a half
//! times the usual distance is unknown, never up.

use crate::calendar::Instant;
use crate::dataset::State;
use crate::dataset::metric::usual_step_secs;
use crate::units::Micros;

/// Checks that are kept before they are joined.
const PENDING: usize = 200_000;
/// What a single check is taken to stand for.
const ALONE: Micros = Micros(60_000_000);

/// Checks in a row that said the same, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: Instant,
    last: Instant,
    state: State,
}

/// The checks of one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    pending: Vec<(Instant, State)>,
    runs: Vec<Run>,
    spacing: Option<Micros>,
    /// Checks at the same instant as another one; the last one stands.
    pub repeated: u64,
    /// How many there are.
    pub count: u64,
}

/// Checks, joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    /// When each state began and ended.
    pub stretches: Vec<(Instant, Instant, State)>,
    /// The usual distance between checks.
    pub spacing: Micros,
    /// Stretches between checks about which nothing is known.
    pub gaps: u64,
}

impl Checks {
    /// Of a source that says how often it checks.
    pub(super) fn every(spacing: Micros) -> Self {
        Self {
            spacing: Some(spacing),
            ..Self::default()
        }
    }

    /// Takes one check, in any order.
    pub(super) fn add(&mut self, at: Instant, state: State) {
        self.count += 1;
        self.pending.push((at, state));
        if self.pending.len() >= PENDING {
            self.join();
        }
    }

    /// Joins what is pending to runs.
    fn join(&mut self) {
        // Stable: of several at one instant, the last one of the file stands.
        self.pending.sort_by_key(|(at, _)| *at);
        let before = self.pending.len();
        self.pending.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                *kept = *next;
            }
            same
        });
        self.repeated += (before - self.pending.len()) as u64;
        if self.spacing.is_none() {
            let times: Vec<Instant> = self.pending.iter().map(|(at, _)| *at).collect();
            self.spacing = usual(&times);
        }
        let limit = self.spacing.map_or(0, |s| s.0 + s.0 / 2);
        for (at, state) in self.pending.drain(..) {
            push(
                &mut self.runs,
                limit,
                Run {
                    first: at,
                    last: at,
                    state,
                },
            );
        }
    }

    /// The stretches; `spacing` where the source says how often it checks. `hold` is how long a check stands for its time
    /// where none follows, if that is not its spacing.
    pub(super) fn joined(mut self, spacing: Option<Micros>, hold: Option<Micros>) -> Joined {
        self.spacing = spacing.filter(|s| s.0 > 0).or(self.spacing);
        self.join();
        let spacing = self.spacing.unwrap_or(ALONE);
        let limit = spacing.0.saturating_add(spacing.0 / 2);
        self.runs.sort_by_key(|run| run.first);
        let mut runs: Vec<Run> = Vec::new();
        for run in self.runs {
            push(&mut runs, limit, run);
        }
        let mut joined = Joined {
            spacing,
            ..Joined::default()
        };
        for (index, run) in runs.iter().enumerate() {
            let next = runs.get(index + 1).map(|next| next.first);
            let end = match next {
                Some(next) if next.since(run.last).0 <= limit => next.max(run.last),
                _ => run.last.plus(hold.unwrap_or(spacing)),
            };
            joined.gaps += u64::from(next.is_some_and(|next| next > end));
            joined.stretches.push((run.first, end, run.state));
        }
        joined
    }
}

/// Adds a run, to the one before where it says the same and there is no gap.
fn push(runs: &mut Vec<Run>, limit: i64, run: Run) {
    match runs.last_mut() {
        Some(last)
            if last.state == run.state
                && run.first >= last.first
                && run.first.since(last.last).0 <= limit =>
        {
            last.last = last.last.max(run.last);
        }
        _ => runs.push(run),
    }
}

/// The usual distance; where there is none, the median one.
fn usual(times: &[Instant]) -> Option<Micros> {
    if let Some(secs) = usual_step_secs(times) {
        return Some(Micros((secs * 1e6) as i64));
    }
    let mut distances: Vec<Micros> = times
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.since(*pair.first()?)))
        .collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(checks: &[(i64, State)], spacing: Option<i64>) -> (Vec<(i64, i64, State)>, u64) {
        let mut all = Checks::default();
        for (secs, state) in checks {
            all.add(Instant::from_secs(*secs), *state);
        }
        let joined = all.joined(spacing.map(Micros::from_secs), None);
        let stretches = joined
            .stretches
            .iter()
            .map(|(a, b, s)| (a.secs(), b.secs(), *s))
            .collect();
        (stretches, joined.gaps)
    }

    #[test]
    fn a_check_stands_for_its_interval_and_a_gap_is_unknown() {
        use State::{Down, Up};
        let checks = [
            (0, Up),
            (300, Up),
            (605, Down),
            (900, Up),
            (2_400, Up),
            (2_700, Up),
        ];
        assert_eq!(
            joined(&checks, None),
            (
                vec![
                    (0, 605, Up),
                    (605, 900, Down),
                    (900, 1_200, Up),
                    (2_400, 3_000, Up)
                ],
                1
            )
        );
        let mut backwards = checks;
        backwards.reverse();
        assert_eq!(joined(&backwards, None), joined(&checks, None));
        // Half as long again is late, not lost.
        assert_eq!(
            joined(&[(0, Up), (60, Up), (120, Up), (210, Up)], None).1,
            0
        );
        assert_eq!(
            joined(&[(0, Up), (60, Up), (120, Up), (211, Up)], None).1,
            1
        );
        assert_eq!(joined(&[(0, Down)], None).0, [(0, 60, Down)]);
        assert_eq!(joined(&[(0, Down)], Some(300)).0, [(0, 300, Down)]);
        assert_eq!(joined(&[], None).0, []);
    }

    #[test]
    fn of_checks_at_one_instant_the_last_stands() {
        let mut checks = Checks::default();
        for (secs, state) in [
            (0, State::Up),
            (60, State::Up),
            (60, State::Down),
            (120, State::Up),
        ] {
            checks.add(Instant::from_secs(secs), state);
        }
        let joined = checks.joined(None, None);
        assert_eq!(joined.stretches.len(), 3);
    }

    #[test]
    fn many_checks_take_little_memory() {
        let mut checks = Checks::default();
        let n = 3 * PENDING as i64 + 10;
        for i in 0..n {
            let state = if i == 250_000 { State::Down } else { State::Up };
            checks.add(Instant::from_secs(i * 60), state);
        }
        assert!(checks.runs.len() <= 3 && checks.pending.len() < PENDING);
        let joined = checks.joined(None, None);
        assert_eq!(
            (joined.stretches.len(), joined.spacing),
            (3, Micros::from_secs(60))
        );
        assert_eq!(joined.stretches[2].1, Instant::from_secs(n * 60));
    }
}
