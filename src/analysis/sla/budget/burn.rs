//! Burn alerts replayed over history: which would have fired, when first, for how long, how often, and how much of the
//! budget was gone by then.

use serde::{Deserialize, Serialize};

use super::stream::{both, without};
use super::{BurnTable, Odds, Stream};
use crate::calendar::{Instant, TimeRange};
use crate::units::{self, Micros};

/// Most firings of one alert that are listed; all are counted.
const LISTED: usize = 200;

/// A promise that lasts less has no room for windows of hours and days.
const SHORTEST: Micros = Micros(7 * Micros::DAY.0);

/// One time an alert would have fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BurnFiring {
    /// From here on.
    pub start: Instant,
    /// Until here.
    pub end: Instant,
    /// How long, in seconds.
    pub secs: i64,
    /// Share of the budget that was used when it fired, 0..; `None` where there is no budget to use.
    pub budget_spent: Option<f64>,
}

/// One alert of a table and what it would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BurnAlert {
    /// What the table calls it: `page`, `ticket`.
    pub name: String,
    /// It wakes somebody up.
    pub urgent: bool,
    /// What it looks for, in words.
    pub rule: String,
    /// The threshold: times the pace that uses the budget up exactly.
    pub factor: f64,
    /// The long window in seconds.
    pub long_secs: i64,
    /// The short window in seconds.
    pub short_secs: Option<i64>,
    /// How long it has to last before it fires, in seconds.
    pub for_secs: i64,
    /// How often it would have fired.
    pub fired: u64,
    /// For how long all together, in seconds.
    pub secs: i64,
    /// How often a day.
    pub per_day: f64,
    /// When, the first ones of many.
    pub firings: Vec<BurnFiring>,
}

/// A table of burn alerts, replayed for one objective.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BurnReplay {
    /// Name of the table.
    pub table: String,
    /// Length of the promise in days, by which thresholds or windows were scaled.
    pub promise_days: f64,
    /// Days that were replayed.
    pub days: f64,
    /// The step in which the data were counted, in seconds; 0 where they are exact.
    pub step_secs: i64,
    /// Its alerts, the fastest first.
    pub alerts: Vec<BurnAlert>,
    /// Why nothing was replayed, or what to be careful about.
    pub note: Option<String>,
}

/// One stretch for which a promise holds or does not, as far as it has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// All of it.
    pub whole: TimeRange,
    /// What has passed.
    pub passed: TimeRange,
    /// Bad units allowed in it.
    pub budget: f64,
    /// Bad units allowed of all.
    pub allowed: Odds,
}

/// Replays a table over the parts of a period. Windows look back beyond the beginning of a part, as they would have.
pub(super) fn replay(stream: &Stream, table: &BurnTable, parts: &[Stretch]) -> BurnReplay {
    let mut replay = BurnReplay {
        table: table.name.clone(),
        step_secs: stream.step.0 / 1_000_000,
        ..BurnReplay::default()
    };
    let Some(last) = parts.last() else {
        return replay;
    };
    let promise = last.whole.length();
    replay.promise_days = promise.as_days();
    if promise < SHORTEST {
        replay.note = Some(format!(
            "A promise for {} is too short for burn alerts, whose windows are hours and days; they need a week or more",
            units::duration(promise)
        ));
        return replay;
    }
    let known = stream.span();
    let watched: f64 = parts
        .iter()
        .filter_map(|p| p.passed.intersect(known?))
        .map(|r| r.length().as_days())
        .sum();
    replay.days = watched;
    for (index, row) in table.scaled(promise).into_iter().enumerate() {
        let mut firings = Vec::new();
        for part in parts {
            // A month of 31 days has other thresholds than one of 28.
            let length = part.whole.length();
            let scaled = table.scaled(length);
            let Some(own) = scaled.get(index) else {
                continue;
            };
            let share = own.factor(length).times(part.allowed);
            let over = |window: Micros, share: Odds| stream.exceeding(window, share, part.passed);
            let mut times = over(own.long, share);
            if let Some(short) = own.short.filter(|_| !times.is_empty()) {
                times = both(&times, &over(short, share));
            }
            if let Some(ceiling) = own.ceiling() {
                times = without(&times, &over(own.long, ceiling.times(part.allowed)));
            }
            firings.extend(times.into_iter().filter_map(|range| {
                let start = range.start.plus(own.hold);
                let so_far = TimeRange {
                    start: part.whole.start,
                    end: start,
                };
                (start < range.end).then(|| BurnFiring {
                    start,
                    end: range.end,
                    secs: range.end.since(start).0 / 1_000_000,
                    budget_spent: (part.budget > 0.0)
                        .then(|| stream.inside(so_far).0 / part.budget),
                })
            }));
        }
        replay.alerts.push(BurnAlert {
            rule: row.words(promise),
            factor: row.factor_value(promise),
            long_secs: row.long.0 / 1_000_000,
            short_secs: row.short.map(|s| s.0 / 1_000_000),
            for_secs: row.hold.0 / 1_000_000,
            fired: firings.len() as u64,
            secs: firings.iter().map(|f| f.secs).sum(),
            per_day: if watched > 0.0 {
                firings.len() as f64 / watched
            } else {
                0.0
            },
            name: row.name,
            urgent: row.urgent,
            firings: {
                firings.truncate(LISTED);
                firings
            },
        });
    }
    let shortest = replay.alerts.iter().filter_map(|a| a.short_secs).min();
    if shortest.is_some_and(|s| s < replay.step_secs) {
        replay.note = Some(format!(
            "The data are counted in steps of {}: what is shorter is taken as spread evenly over a step",
            units::duration(stream.step)
        ));
    } else if replay.alerts.iter().any(|a| a.factor < 1.0) {
        replay.note =
            Some("A threshold below 1× fires on a pace at which the budget would last".to_owned());
    }
    replay
}
