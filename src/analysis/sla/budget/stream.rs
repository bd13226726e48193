//! Bad units and all units as amounts that grow over time, straight between the instants at which their pace changes.
//!
//! A burn rate over a sliding window is a ratio of two such amounts. It exceeds a threshold where a function that is
//! straight between known instants is above zero, so the instants at which an alert begins and ends are found exactly,
//! without trying every second; comparisons are between integers.

use crate::calendar::{Instant, TimeRange};
use crate::units::Micros;

/// A ratio of two whole numbers in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis::sla) struct Odds {
    num: i128,
    den: i128,
}

impl Odds {
    /// `num / den`; `den` above zero.
    pub fn new(num: i128, den: i128) -> Self {
        let (mut a, mut b) = (num.unsigned_abs(), den.unsigned_abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let by = i128::try_from(a.max(1)).unwrap_or(1);
        Self {
            num: num / by,
            den: (den / by).max(1),
        }
    }

    /// The product of two ratios.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let (a, b) = (
            Self::new(self.num, other.den),
            Self::new(other.num, self.den),
        );
        Self::new(a.num.saturating_mul(b.num), a.den.saturating_mul(b.den))
    }

    /// As a number.
    pub fn value(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

/// How bad units and all units added up.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis::sla) struct Stream {
    /// Microseconds, rising.
    at: Vec<i64>,
    bad: Vec<i128>,
    all: Vec<i128>,
    /// Amount of one unit of the budget: a million for seconds, a thousand for requests.
    pub scale: f64,
    /// The step in which it was counted; zero where it is exact.
    pub step: Micros,
}

/// Reads amounts at rising instants.
struct Cursor<'a> {
    stream: &'a Stream,
    index: usize,
}

impl Cursor<'_> {
    fn at(&mut self, time: i64) -> (i128, i128) {
        while self
            .stream
            .at
            .get(self.index + 1)
            .is_some_and(|at| *at <= time)
        {
            self.index += 1;
        }
        self.stream.between(self.index, time)
    }
}

impl Stream {
    /// Nothing yet.
    pub fn new(scale: f64, step: Micros) -> Self {
        Self {
            scale,
            step,
            ..Self::default()
        }
    }

    /// Adds a stretch that begins where the last one ended, or later; in between nothing was counted.
    pub fn push(&mut self, range: TimeRange, bad: i128, all: i128) {
        if range.start >= range.end {
            return;
        }
        let last = self.at.last().copied();
        if last.is_none_or(|at| at < range.start.0) {
            self.mark(range.start.0, 0, 0);
        }
        if last.is_none_or(|at| at < range.end.0) {
            self.mark(range.end.0, bad, all);
        }
    }

    fn mark(&mut self, at: i64, bad: i128, all: i128) {
        let so_far = |list: &[i128]| list.last().copied().unwrap_or_default();
        let (bad, all) = (so_far(&self.bad) + bad, so_far(&self.all) + all);
        self.at.push(at);
        self.bad.push(bad);
        self.all.push(all);
    }

    /// Whether anything was counted.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// From the first to the last instant of which something is known.
    pub fn span(&self) -> Option<TimeRange> {
        Some(TimeRange {
            start: Instant(*self.at.first()?),
            end: Instant(*self.at.last()?),
        })
    }

    /// The amounts at a time in the stretch that begins with this index.
    fn between(&self, index: usize, time: i64) -> (i128, i128) {
        let get = |list: &[i128], i: usize| list.get(i).copied();
        let (Some(from), Some(bad), Some(all)) = (
            self.at.get(index),
            get(&self.bad, index),
            get(&self.all, index),
        ) else {
            return (0, 0);
        };
        let (Some(to), Some(bad_to), Some(all_to)) = (
            self.at.get(index + 1),
            get(&self.bad, index + 1),
            get(&self.all, index + 1),
        ) else {
            return (bad, all);
        };
        if time <= *from {
            return (bad, all);
        }
        let (part, whole) = (i128::from(time - from), i128::from(to - from));
        (
            bad + (bad_to - bad) * part / whole,
            all + (all_to - all) * part / whole,
        )
    }

    fn at(&self, time: Instant) -> (i128, i128) {
        let after = self.at.partition_point(|at| *at <= time.0);
        self.between(after.saturating_sub(1), time.0)
    }

    /// Bad and all units in a range.
    pub fn inside(&self, range: TimeRange) -> (f64, f64) {
        let ((bad, all), (bad_to, all_to)) = (self.at(range.start), self.at(range.end));
        (
            (bad_to - bad) as f64 / self.scale,
            (all_to - all) as f64 / self.scale,
        )
    }

    /// When the bad units of a range first came to this many; `None` where they never did.
    pub fn reaches(&self, range: TimeRange, units: f64) -> Option<Instant> {
        let wanted = self.at(range.start).0 as f64 + units * self.scale;
        let end = self.at(range.end).0;
        if end == self.at(range.start).0 || (end as f64) < wanted {
            return None;
        }
        let after = self
            .bad
            .partition_point(|bad| (*bad as f64) < wanted)
            .max(self.at.partition_point(|at| *at <= range.start.0));
        let before = after.checked_sub(1)?;
        let (from, bad) = (*self.at.get(before)?, *self.bad.get(before)?);
        let (to, bad_to) = (*self.at.get(after)?, *self.bad.get(after)?);
        let share = if bad_to > bad {
            ((wanted - bad as f64) / (bad_to - bad) as f64).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let at = Instant(from + ((to - from) as f64 * share).round() as i64);
        Some(at.max(range.start))
    }

    /// The instants inside a range at which the pace changes.
    pub fn changes(&self, range: TimeRange) -> &[i64] {
        let from = self.at.partition_point(|at| *at <= range.start.0);
        let to = self.at.partition_point(|at| *at < range.end.0);
        self.at.get(from..to).unwrap_or_default()
    }

    /// The stretches of a range in which bad units are more than this share of all units, over the window before.
    pub fn exceeding(&self, window: Micros, share: Odds, range: TimeRange) -> Vec<TimeRange> {
        let mut found = Vec::new();
        if range.start >= range.end {
            return found;
        }
        let mut head = Cursor {
            stream: self,
            index: 0,
        };
        let mut tail = Cursor {
            stream: self,
            index: 0,
        };
        let mut excess = |time: i64| {
            let (bad_to, all_to) = head.at(time);
            let (bad, all) = tail.at(time.saturating_sub(window.0));
            (bad_to - bad)
                .saturating_mul(share.den)
                .saturating_sub((all_to - all).saturating_mul(share.num))
        };
        let mut from = range.start.0;
        let mut before = excess(from);
        let mut began = (before > 0).then_some(from);
        let mut next = self.at.partition_point(|at| *at <= from);
        let mut next_left = self
            .at
            .partition_point(|at| at.saturating_add(window.0) <= from);
        while from < range.end.0 {
            let mut to = range.end.0;
            for edge in [
                self.at.get(next).copied(),
                self.at.get(next_left).map(|at| at.saturating_add(window.0)),
            ]
            .into_iter()
            .flatten()
            {
                to = to.min(edge);
            }
            if self.at.get(next).is_some_and(|at| *at <= to) {
                next += 1;
            }
            if self
                .at
                .get(next_left)
                .is_some_and(|at| at.saturating_add(window.0) <= to)
            {
                next_left += 1;
            }
            let after = excess(to);
            let crossing = || {
                let share = before as f64 / (before as f64 - after as f64);
                Instant(from + ((to - from) as f64 * share).round() as i64)
            };
            match (began, after > 0) {
                (None, true) => began = Some(crossing().0),
                (Some(start), false) => {
                    let range = TimeRange {
                        start: Instant(start),
                        end: crossing(),
                    };
                    if range.start < range.end {
                        found.push(range);
                    }
                    began = None;
                }
                _ => {}
            }
            (from, before) = (to, after);
        }
        if let Some(start) = began.filter(|start| *start < range.end.0) {
            found.push(TimeRange {
                start: Instant(start),
                end: range.end,
            });
        }
        found
    }
}

/// What two rising lists of stretches have in common.
pub(super) fn both(a: &[TimeRange], b: &[TimeRange]) -> Vec<TimeRange> {
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while let (Some(one), Some(other)) = (a.get(i), b.get(j)) {
        common.extend(one.intersect(*other));
        if one.end < other.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

/// What a second rising list leaves of the first.
pub(super) fn without(a: &[TimeRange], b: &[TimeRange]) -> Vec<TimeRange> {
    let mut left = Vec::new();
    let mut j = 0;
    for range in a {
        let mut start = range.start;
        while b.get(j).is_some_and(|hole| hole.end <= start) {
            j += 1;
        }
        let mut k = j;
        while let Some(hole) = b.get(k).filter(|hole| hole.start < range.end) {
            if hole.start > start {
                left.push(TimeRange {
                    start,
                    end: hole.start,
                });
            }
            start = start.max(hole.end);
            k += 1;
        }
        if start < range.end {
            left.push(TimeRange {
                start,
                end: range.end,
            });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(end),
        }
    }

    #[test]
    fn amounts_are_straight_between_changes() {
        let mut stream = Stream::new(1.0, Micros::MINUTE);
        stream.push(secs(0, 60), 0, 100);
        stream.push(secs(60, 120), 10, 100);
        stream.push(secs(180, 240), 0, 100);
        assert_eq!(stream.inside(secs(60, 90)), (5.0, 50.0));
        assert_eq!(stream.inside(secs(120, 180)), (0.0, 0.0));
        assert_eq!(stream.inside(secs(-600, 600)), (10.0, 300.0));
        assert_eq!(
            stream.reaches(secs(0, 240), 5.0),
            Some(Instant::from_secs(90))
        );
        assert_eq!(stream.reaches(secs(0, 240), 11.0), None);
        assert_eq!(stream.reaches(secs(120, 240), 0.0), None);
    }

    /// A window of a minute over ten bad of a hundred: above a share of one in twenty from half of that minute on, until
    /// half of it has left the window.
    #[test]
    fn finds_where_a_window_exceeds_a_share() {
        let mut stream = Stream::new(1.0, Micros::MINUTE);
        stream.push(secs(0, 60), 0, 100);
        stream.push(secs(60, 120), 10, 100);
        stream.push(secs(120, 180), 0, 100);
        let found = stream.exceeding(Micros::MINUTE, Odds::new(1, 20), secs(0, 600));
        assert_eq!(found, [secs(90, 150)]);
        let none = stream.exceeding(Micros::MINUTE, Odds::new(1, 10), secs(0, 600));
        assert_eq!(none, []);
        // Nothing is allowed: any bad unit in the window is too many.
        let any = stream.exceeding(Micros::MINUTE, Odds::new(0, 1), secs(0, 600));
        assert_eq!(any, [secs(60, 180)]);
    }

    #[test]
    fn stretches_meet_and_leave_gaps() {
        let a = [secs(0, 10), secs(20, 30)];
        let b = [secs(5, 22), secs(28, 40)];
        assert_eq!(both(&a, &b), [secs(5, 10), secs(20, 22), secs(28, 30)]);
        assert_eq!(without(&a, &b), [secs(0, 5), secs(22, 28)]);
    }
}
