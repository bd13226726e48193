//! The time that does not count for an objective: windows that are excluded, each second once, and everything outside
//! service hours; and the list of what was applied, as a report prints it.

use super::exclusion::Exclusion;
use super::judge::Context;
use super::objective::Objective;
use super::{AppliedExclusion, ExclusionCategory};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::units::{self, Micros};

/// The time that does not count for an objective.
#[derive(Clone, Debug, Default)]
pub(super) struct Uncounted {
    /// Every time of every window, by their start.
    pub windows: Vec<Exclusion>,
    /// The same time, rising and without overlap.
    pub excluded: Vec<TimeRange>,
    /// Outside service hours: rising, without overlap.
    pub outside: Vec<TimeRange>,
}

impl Uncounted {
    /// What does not count within a range. What cannot be applied, and what overlaps, is said.
    pub fn of(
        context: &Context<'_>,
        objective: &Objective,
        range: TimeRange,
        assumed: &mut Vec<String>,
    ) -> Self {
        if !objective.exclusions.is_empty() && objective.exclusion_windows.is_none() {
            assumed.push(format!(
                "Nothing was excluded by {}: the file was not read.",
                objective.exclusions.join(", ")
            ));
        }
        let written = objective.written_exclusions.iter().filter_map(|written| {
            let zone = written.zone.as_deref().map(Zone::named);
            let zone = zone.and_then(Result::ok);
            match written.read(zone.as_ref().unwrap_or(context.zone)) {
                Ok(window) => Some(window),
                Err(error) => {
                    assumed.push(format!("A window was left out. {error}"));
                    None
                }
            }
        });
        let written: Vec<Exclusion> = written.collect();
        let mut windows: Vec<Exclusion> = context
            .exclusions
            .iter()
            .chain(objective.exclusion_windows.iter().flatten())
            .chain(&written)
            .flat_map(|window| window.within(range))
            .collect();
        windows.sort_by_key(|w| w.range.start);
        let ranges: Vec<TimeRange> = windows.iter().map(|w| w.range).collect();
        let excluded = union(&ranges);
        let passed = context.passed();
        let twice: i64 =
            length_within(&ranges, passed).saturating_sub(length_within(&excluded, passed));
        if twice > 0 {
            assumed.push(format!(
                "Exclusions overlap by {}; that time was taken once.",
                units::duration(Micros(twice))
            ));
        }
        let outside = objective
            .service_hours
            .as_ref()
            .map(|hours| hours.outside(range, context.zone))
            .unwrap_or_default();
        Self {
            windows,
            excluded,
            outside,
        }
    }
}

fn length_within(ranges: &[TimeRange], inside: TimeRange) -> i64 {
    ranges
        .iter()
        .filter_map(|r| r.intersect(inside))
        .fold(0_i64, |sum, r| sum.saturating_add(r.length().0))
}

/// Ranges as one set of time: rising, without overlap.
pub(super) fn union(ranges: &[TimeRange]) -> Vec<TimeRange> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|r| (r.start, r.end));
    let mut union: Vec<TimeRange> = Vec::new();
    for range in sorted {
        match union.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => union.push(range),
        }
    }
    union
}

/// Whether one of these rising ranges without overlap holds an instant.
pub(super) fn holds(ranges: &[TimeRange], at: Instant) -> bool {
    let after = ranges.partition_point(|r| r.start <= at);
    after
        .checked_sub(1)
        .and_then(|i| ranges.get(i))
        .is_some_and(|r| r.contains(at))
}

/// What rising ranges without overlap leave of a range.
pub(super) fn without(range: TimeRange, taken: &[TimeRange]) -> Vec<TimeRange> {
    let mut left = Vec::new();
    let mut reached = range.start;
    let first = taken.partition_point(|r| r.end <= range.start);
    for taken in taken.iter().skip(first) {
        if taken.start >= range.end {
            break;
        }
        if reached < taken.start {
            left.push(TimeRange {
                start: reached,
                end: taken.start,
            });
        }
        reached = reached.max(taken.end);
    }
    if reached < range.end {
        left.push(TimeRange {
            start: reached,
            end: range.end,
        });
    }
    left
}

/// Time that was excluded, and whether the service was down in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExcludedTime {
    pub range: TimeRange,
    pub down: bool,
}

/// The windows that touch a range with what each took out of it. Time that several cover belongs to the first of them.
/// `time` rises without overlap; `down_known`: whether `time` knows about downtime.
pub(super) fn applied(
    claims: &[Exclusion],
    time: &[ExcludedTime],
    range: TimeRange,
    down_known: bool,
) -> Vec<AppliedExclusion> {
    let mut left: Vec<ExcludedTime> = time.to_vec();
    let mut list = Vec::new();
    for claim in claims {
        let Some(inside) = claim.range.intersect(range) else {
            continue;
        };
        let (mut taken, mut down) = (0_i64, 0_i64);
        // `left` rises without overlap: only what the window touches changes.
        let first = left.partition_point(|one| one.range.end <= inside.start);
        let last = left.partition_point(|one| one.range.start < inside.end);
        let mut rest = Vec::new();
        for one in left.get(first..last).unwrap_or_default() {
            let Some(hit) = one.range.intersect(inside) else {
                continue;
            };
            taken += hit.length().0;
            if one.down {
                down += hit.length().0;
            }
            rest.extend(
                without(one.range, &[hit])
                    .into_iter()
                    .map(|range| ExcludedTime { range, ..*one }),
            );
        }
        left.splice(first..last.max(first), rest);
        list.push(AppliedExclusion {
            start: inside.start,
            end: inside.end,
            secs: taken as f64 / 1e6,
            down_secs: down_known.then_some(down as f64 / 1e6),
            reason: claim.reason.clone(),
            category: claim.category,
            entered_by: claim.entered_by.clone(),
            entered_at: claim.entered_at,
            recurrence: claim
                .recurring
                .as_ref()
                .map(|r| r.rule.to_string())
                .unwrap_or_default(),
            source: claim.source.clone(),
        });
    }
    list
}

/// A stretch of planned maintenance that an outage table tells.
pub(super) fn maintenance(range: TimeRange, reason: &str, source: &str) -> Exclusion {
    Exclusion {
        category: ExclusionCategory::Maintenance,
        source: source.to_owned(),
        ..Exclusion::new(range, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(end),
        }
    }

    #[test]
    fn sets_of_time() {
        let set = union(&[range(5, 7), range(0, 2), range(1, 3), range(3, 4)]);
        assert_eq!(set, [range(0, 4), range(5, 7)]);
        assert!(holds(&set, Instant::from_secs(3)) && !holds(&set, Instant::from_secs(4)));
        assert_eq!(without(range(2, 6), &set), [range(4, 5)]);
        assert_eq!(without(range(8, 9), &set), [range(8, 9)]);
        assert_eq!(without(range(1, 2), &set), []);
        assert_eq!(
            without(range(-1, 8), &set),
            [range(-1, 0), range(4, 5), range(7, 8)]
        );
    }

    /// A second that two windows cover is taken once, by the first of them.
    #[test]
    fn windows_share_what_they_took() {
        let claims = [
            Exclusion::new(range(0, 100), "first"),
            Exclusion::new(range(50, 150), "second"),
            Exclusion::new(range(60, 70), "third"),
            Exclusion::new(range(500, 600), "elsewhere"),
        ];
        let time = [
            ExcludedTime {
                range: range(0, 80),
                down: false,
            },
            ExcludedTime {
                range: range(80, 150),
                down: true,
            },
        ];
        let list = applied(&claims, &time, range(0, 200), true);
        let told: Vec<(&str, f64, Option<f64>)> = list
            .iter()
            .map(|a| (a.reason.as_str(), a.secs, a.down_secs))
            .collect();
        assert_eq!(
            told,
            [
                ("first", 100.0, Some(20.0)),
                ("second", 50.0, Some(50.0)),
                ("third", 0.0, Some(0.0))
            ]
        );
        assert_eq!(
            applied(&claims, &time, range(0, 60), false)[0].down_secs,
            None
        );
    }
}
