//! Alert tiers (INFO, WARNING, CRITICAL, EMERGENCY): their thresholds, and what they would have done.
//!
//! Explicit thresholds win; otherwise WARNING stands at 75 % of the limit, CRITICAL at the limit, EMERGENCY at the next
//! explicit one or nowhere (SEMANTICS "Promises"). A value beyond several thresholds is in all of their tiers.

use serde::{Deserialize, Serialize};

use super::super::objective::{AvailabilitySource, Limit, Objective, Quantity};
use super::super::series::kept;
use super::super::{ObjectiveKind, Slice};
use crate::calendar::{Instant, TimeRange};
use crate::units::{self, Direction, MicroRate, Micros, Ppm};

/// Most firings of one tier that are listed; all are counted.
const LISTED: usize = 200;

/// How serious an alert is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AlertTier {
    /// For the record.
    #[default]
    Info,
    /// Close to the limit.
    Warning,
    /// At the limit.
    Critical,
    /// Far beyond it.
    Emergency,
}

impl AlertTier {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Critical, Self::Emergency];

    /// The key in files, the word in results.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Emergency => "emergency",
        }
    }
}

/// Thresholds for a metric or an objective, as a file of promises lists them under `alerts:`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRule {
    /// Name shown everywhere.
    pub name: String,
    /// The objective whose values are watched.
    pub objective: Option<String>,
    /// Pattern over the names of metric series with `*`; used where no objective is named.
    pub metric: Option<String>,
    /// What still is good, by tier; an alert fires beyond it. In the order of [`AlertTier::ALL`].
    pub limits: [Option<Limit>; 4],
    /// It has to last so long before it fires.
    pub hold: Micros,
    /// Line of the file at which it stands.
    pub line: Option<u64>,
}

impl AlertRule {
    /// The limit of a tier.
    pub fn limit(&self, tier: AlertTier) -> Option<Limit> {
        self.limits.get(tier as usize).copied().flatten()
    }
}

/// One time a tier would have been reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFiring {
    /// From here on.
    pub start: Instant,
    /// Until here.
    pub end: Instant,
    /// How long, in seconds.
    pub secs: i64,
    /// The worst value, in the unit of the alert.
    pub worst: Option<f64>,
}

/// One tier and what it would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TierReplay {
    /// Which one.
    pub tier: AlertTier,
    /// The threshold in the unit of the alert.
    pub threshold: f64,
    /// What it fires at, in words.
    pub rule: String,
    /// The threshold was written down; otherwise it follows from the limit.
    pub explicit: bool,
    /// How often it would have fired.
    pub fired: u64,
    /// For how long all together, in seconds.
    pub secs: i64,
    /// How often a day: the noise of the alert.
    pub per_day: f64,
    /// Share of the watched time, 0..=1.
    pub share: f64,
    /// When, the first ones of many.
    pub firings: Vec<AlertFiring>,
}

/// The tiers of one alert, replayed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertReplay {
    /// Name of the objective or of the rule.
    pub name: String,
    /// What is watched, in words.
    pub source: String,
    /// Unit of thresholds and values.
    pub unit: String,
    /// The step by which it was judged, in seconds.
    pub step_secs: i64,
    /// How long it has to last before it fires, in seconds.
    pub for_secs: i64,
    /// Days with data that were watched.
    pub days: f64,
    /// Its tiers, the mildest first.
    pub tiers: Vec<TierReplay>,
    /// Why nothing was replayed.
    pub note: Option<String>,
}

/// A threshold with what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Threshold {
    pub tier: AlertTier,
    pub limit: Limit,
    pub explicit: bool,
}

/// 75 % of the way to a limit; `None` for kinds that have no such way.
fn three_quarters(objective: &Objective) -> Option<Limit> {
    let limit = objective.target;
    let good_share = matches!(
        objective.kind,
        ObjectiveKind::Availability | ObjectiveKind::ShareUnder
    );
    let value = match (limit.value, limit.direction) {
        // What is limited is the bad share.
        (Quantity::Share(ppm), Direction::AtLeast) if good_share => {
            Quantity::Share(Ppm(1_000_000 - (1_000_000 - ppm.0) * 3 / 4))
        }
        (_, Direction::AtLeast) => return None,
        (Quantity::Share(ppm), _) => Quantity::Share(Ppm(ppm.0 * 3 / 4)),
        (Quantity::Duration(d), _) => Quantity::Duration(Micros(quarters(d.0))),
        (Quantity::Rate(r), _) => Quantity::Rate(MicroRate(quarters(r.0))),
        (Quantity::Value(v), _) => Quantity::Value(quarters(v)),
        (Quantity::Bytes(v), _) => Quantity::Bytes(quarters(v)),
        (Quantity::ByteRate(v), _) => Quantity::ByteRate(quarters(v)),
    };
    Some(Limit { value, ..limit })
}

fn quarters(number: i64) -> i64 {
    number / 4 * 3 + number % 4 * 3 / 4
}

fn beyond(limit: Limit, other: Limit) -> bool {
    let (a, b) = (limit.value.as_printed(), other.value.as_printed());
    match other.direction {
        Direction::AtMost => a > b,
        Direction::AtLeast => a < b,
    }
}

/// The thresholds of an objective, the mildest tier first.
pub(super) fn thresholds(objective: &Objective, rule: Option<&AlertRule>) -> Vec<Threshold> {
    let written = |tier: AlertTier| rule.and_then(|r| r.limit(tier));
    let explicit = |tier: AlertTier, limit: Limit| Threshold {
        tier,
        limit,
        explicit: true,
    };
    let derived = |tier: AlertTier, limit: Limit| Threshold {
        tier,
        limit,
        explicit: false,
    };
    let critical = written(AlertTier::Critical)
        .or(objective.critical)
        .map_or_else(
            || derived(AlertTier::Critical, objective.target),
            |limit| explicit(AlertTier::Critical, limit),
        );
    let warning = written(AlertTier::Warning).map_or_else(
        || three_quarters(objective).map(|limit| derived(AlertTier::Warning, limit)),
        |limit| Some(explicit(AlertTier::Warning, limit)),
    );
    let emergency = written(AlertTier::Emergency).or_else(|| {
        objective
            .critical
            .filter(|next| beyond(*next, critical.limit))
    });
    [
        written(AlertTier::Info).map(|limit| explicit(AlertTier::Info, limit)),
        warning,
        Some(critical),
        emergency.map(|limit| explicit(AlertTier::Emergency, limit)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The thresholds of a rule that belongs to no objective.
pub(super) fn written_thresholds(rule: &AlertRule) -> Vec<Threshold> {
    AlertTier::ALL
        .into_iter()
        .filter_map(|tier| {
            Some(Threshold {
                tier,
                limit: rule.limit(tier)?,
                explicit: true,
            })
        })
        .collect()
}

/// Whether the values of an objective can be held against thresholds step by step.
pub(super) fn is_watched(objective: &Objective) -> bool {
    match objective.kind {
        ObjectiveKind::Availability => objective.source == AvailabilitySource::Requests,
        ObjectiveKind::Latency
        | ObjectiveKind::ShareUnder
        | ObjectiveKind::ErrorRate
        | ObjectiveKind::Utilisation
        | ObjectiveKind::Metric => true,
        // Little load is no alarm; changes against a baseline have no minutes.
        ObjectiveKind::Throughput | ObjectiveKind::Improvement | ObjectiveKind::Regression => false,
    }
}

/// What a threshold fires at, in words.
fn rule_words(limit: &Limit, unit: &str) -> String {
    let side = match (limit.direction, limit.strict) {
        (Direction::AtMost, false) => "over",
        (Direction::AtMost, true) => "from",
        (Direction::AtLeast, false) => "under",
        (Direction::AtLeast, true) => "up to",
    };
    match limit.value {
        Quantity::Value(_) if !unit.is_empty() => {
            format!(
                "{side} {}",
                units::with_unit(limit.value.as_printed(), unit)
            )
        }
        value => format!("{side} {}", value.text()),
    }
}

/// Replays one threshold over the values of steps.
pub(super) fn replay(
    threshold: &Threshold,
    steps: &[Slice],
    unit: &str,
    hold: Micros,
    watched: Micros,
) -> TierReplay {
    let mut runs: Vec<(TimeRange, f64)> = Vec::new();
    let worse = |a: f64, b: f64| match threshold.limit.direction {
        Direction::AtMost => a.max(b),
        Direction::AtLeast => a.min(b),
    };
    for step in steps {
        let Some(value) = step.achieved.filter(|v| !kept(*v, &threshold.limit)) else {
            continue;
        };
        match runs.last_mut() {
            Some((last, worst)) if last.end == step.range.start => {
                last.end = step.range.end;
                *worst = worse(*worst, value);
            }
            _ => runs.push((step.range, value)),
        }
    }
    let firings = runs
        .into_iter()
        .map(|(range, worst)| (range.start.plus(hold), range.end, worst))
        .filter(|(start, end, _)| start < end)
        .map(|(start, end, worst)| AlertFiring {
            start,
            end,
            secs: end.since(start).0 / 1_000_000,
            worst: Some(worst),
        })
        .collect();
    tally(
        threshold.tier,
        threshold.limit.value.as_printed(),
        rule_words(&threshold.limit, unit),
        threshold.explicit,
        firings,
        watched,
    )
}

/// Adds up what a tier would have done.
pub(super) fn tally(
    tier: AlertTier,
    threshold: f64,
    rule: String,
    explicit: bool,
    mut firings: Vec<AlertFiring>,
    watched: Micros,
) -> TierReplay {
    let secs = firings.iter().map(|f| f.secs).sum();
    let fired = firings.len() as u64;
    let days = watched.as_days();
    firings.truncate(LISTED);
    TierReplay {
        tier,
        threshold,
        rule,
        explicit,
        fired,
        secs,
        per_day: if days > 0.0 { fired as f64 / days } else { 0.0 },
        share: if days > 0.0 {
            secs as f64 / watched.as_secs()
        } else {
            0.0
        },
        firings,
    }
}
