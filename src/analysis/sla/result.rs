//! The outcome of an SLA judgement, in the shape of `headroom sla --json`. Plain data; keys are added, never renamed.

use serde::{Deserialize, Serialize};

use super::exclusion::ExclusionCategory;
use super::{AlertReplay, BudgetPoint, BudgetProjection, BurnReplay};
use crate::calendar::{Instant, Period, TimeRange};
use crate::units::Direction;
use crate::warning::Warnings;

/// What became of a promise.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Kept.
    Met,
    /// There is nothing to judge.
    #[default]
    NoData,
    /// The data do not decide it.
    NotProven,
    /// Broken.
    Breached,
}

impl Verdict {
    /// The word shown beside icon and colour.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Breached => "breached",
            Self::NotProven => "not proven",
            Self::NoData => "no data",
        }
    }

    /// The verdict on the whole, from its parts: broken if any was, not proven if any is not or some have no data, kept
    /// if all were.
    #[must_use]
    pub fn together(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return Self::NoData;
        };
        parts.fold(first, |whole, part| match (whole, part) {
            (Self::Met, Self::NoData) | (Self::NoData, Self::Met) => Self::NotProven,
            _ => whole.max(part),
        })
    }
}

/// The period that was judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgedPeriod {
    /// Such as `2026-06`.
    pub name: String,
    /// First instant.
    pub start: Instant,
    /// First instant after it.
    pub end: Instant,
    /// IANA name of the zone.
    pub tz: String,
    /// Its real number of seconds.
    pub secs: i64,
    /// It is still running at `as_of`: verdicts hold so far.
    pub open: bool,
    /// "Now" of the judgement; after the end of a period that is over.
    #[serde(default)]
    pub as_of: Instant,
}

/// What an objective is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Share of time (or requests) in which the service worked.
    Availability,
    /// A percentile of durations.
    Latency,
    /// Share of requests under a threshold.
    ShareUnder,
    /// Requests per second.
    Throughput,
    /// Share of failed requests.
    ErrorRate,
    /// Share of a resource in use.
    Utilisation,
    /// Any series against a threshold.
    Metric,
    /// Improvement against a baseline.
    Improvement,
    /// Regression against a baseline.
    Regression,
}

/// How much of what was allowed has been used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorBudget {
    /// `secs`, `requests` or `slices`.
    pub unit: String,
    /// Allowed in the whole period.
    pub total: f64,
    /// Used so far.
    pub used: f64,
    /// Left; negative once it is overdrawn, and never clamped.
    pub remaining: f64,
    /// Left in percent of the total.
    pub remaining_percent: f64,
    /// Used share of the budget over elapsed share of the period.
    pub burn_rate: Option<f64>,
    /// When it ran out.
    pub exhausted_at: Option<Instant>,
    /// Where it ends if things go on as so far; only while the period is open.
    pub projected: Option<BudgetProjection>,
    /// When it ran out, or will at the pace so far.
    pub runs_out_at: Option<Instant>,
    /// What has passed of the period ends here.
    pub as_of: Option<Instant>,
    /// How it was used over time; empty where that is not known.
    pub burn_down: Vec<BudgetPoint>,
}

/// Verdicts on the slices of a period (hours, days).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceTally {
    /// Slices that held.
    pub met: u64,
    /// Slices that did not.
    pub breached: u64,
    /// Slices that could not be judged.
    pub unknown: u64,
    /// How many have to hold.
    pub required: u64,
}

/// One slice of an objective, as charts and detail sheets show it. Not part of the CLI contract's short form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// When.
    pub range: TimeRange,
    /// The value reached, in the unit of the objective.
    pub achieved: Option<f64>,
    /// Samples behind it.
    pub n: u64,
    /// Of these, bad ones, where that makes sense.
    pub bad: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// Lower end of the 95 % interval of a rate, in the unit of the objective.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of it.
    #[serde(default)]
    pub high: Option<f64>,
    /// A rate of so few requests that one failure more or less decides it.
    #[serde(default)]
    pub low_sample: bool,
}

/// The verdict on one part of a period, such as a month of a quarter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubPeriod {
    /// Such as `2026-04`.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The value reached.
    pub achieved: Option<f64>,
}

/// Who has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// 1-based level.
    pub level: u32,
    /// Its name, such as `team_lead`.
    pub name: String,
}

/// One service of a promise that covers several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServicePart {
    /// The service.
    pub service: String,
    /// What became of the promise there.
    pub verdict: Verdict,
    /// Its own figure, in the unit of the objective.
    pub achieved: Option<f64>,
    /// The same, rounded to the worse side, with its unit.
    pub achieved_text: String,
    /// Good units (seconds or requests).
    pub good: Option<f64>,
    /// Bad units.
    pub bad: Option<f64>,
    /// Requests by which it counts, where services are weighted by traffic.
    pub requests: Option<u64>,
}

/// The figure that a result is compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BaselineFigure {
    /// What it is, in words: `May 2026`, `before (January 2026)`, `load test checkout-1.4.jtl`.
    pub name: String,
    /// The figure, in the unit of the objective; `None` where there are no data.
    pub value: Option<f64>,
    /// The same with its unit.
    pub text: String,
    /// Samples behind it.
    pub n: u64,
    /// The change from it to the figure achieved, as a fraction: -0.3 is 30 % less.
    pub change: Option<f64>,
}

/// The judgement of one objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// Name of the objective.
    pub name: String,
    /// Its kind.
    pub kind: ObjectiveKind,
    /// What it covers, in words: service, labels.
    pub scope: String,
    /// The rule it was judged by, in words.
    pub rule: String,
    /// The target in `unit`.
    pub target: Option<f64>,
    /// The target as it was written.
    pub target_text: String,
    /// The figure for the whole period in `unit`.
    pub achieved: Option<f64>,
    /// The same, rounded to the worse side, with its unit.
    pub achieved_text: String,
    /// `%`, `ms`, `/s` or the unit of the metric.
    pub unit: String,
    /// Which side of the target is good.
    pub direction: Direction,
    /// Where the figure came from, in words: `incidents`, `requests of 3 runs (from a load test)`.
    pub source: String,
    /// Ids of the sources it was taken from.
    pub source_ids: Vec<String>,
    /// What was assumed because the data do not say it.
    pub assumed: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// The same if nothing had been excluded.
    pub verdict_without_exclusions: Option<Verdict>,
    /// Why it is not proven, or has no data, in a sentence.
    pub reason: Option<String>,
    /// Good units (seconds, requests or slices).
    pub good: Option<f64>,
    /// Bad units.
    pub bad: Option<f64>,
    /// Units taken out by exclusions.
    pub excluded: Option<f64>,
    /// Units about which nothing is known.
    pub unknown: Option<f64>,
    /// Hours in which the load did not ask for the target (throughput as capability).
    pub not_demanded: Option<f64>,
    /// Measured share of what was expected, 0..=1.
    pub coverage: Option<f64>,
    /// The figure if everything unknown had been good.
    pub best: Option<f64>,
    /// The figure if everything unknown had been bad.
    pub worst: Option<f64>,
    /// Error budget.
    pub budget: Option<ErrorBudget>,
    /// Slices, where the objective is judged by slices.
    pub slices: Option<SliceTally>,
    /// The slices themselves.
    pub slice_list: Vec<Slice>,
    /// The level of escalation reached.
    pub escalation: Option<Escalation>,
    /// Months of a quarter or year.
    pub periods: Vec<SubPeriod>,
    /// Up to 13 months ending with the period, for sparklines.
    pub history: Vec<SubPeriod>,
    /// Samples behind the figure.
    pub n: u64,
    /// The windows and the planned maintenance that were taken out, in order of time, with who and why.
    pub exclusions: Vec<AppliedExclusion>,
    /// The services of a promise that covers several, each with its own figure.
    #[serde(default)]
    pub parts: Vec<ServicePart>,
    /// Lower end of the 95 % interval of a rate (Wilson), in `unit`.
    #[serde(default)]
    pub low: Option<f64>,
    /// Upper end of it.
    #[serde(default)]
    pub high: Option<f64>,
    /// What it is compared with.
    #[serde(default)]
    pub baseline: Option<BaselineFigure>,
    /// The tiers of alerts on it, replayed; `None` where they were not.
    pub alerts: Option<AlertReplay>,
    /// Burn alerts on its budget, replayed: one entry a table, the chosen one first.
    pub burn_alerts: Vec<BurnReplay>,
}

/// A window as it was applied to a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AppliedExclusion {
    /// When it began, within the period.
    pub start: Instant,
    /// When it ended, within the period.
    pub end: Instant,
    /// Seconds that it took out; what several windows cover counts for the first of them, and time outside service
    /// hours for none.
    pub secs: f64,
    /// Seconds of downtime in these; `None` where nothing is known about downtime.
    pub down_secs: Option<f64>,
    /// Why.
    pub reason: String,
    /// What kind it is.
    pub category: ExclusionCategory,
    /// Who entered it; empty where nobody said.
    pub entered_by: String,
    /// When it was entered.
    pub entered_at: Option<Instant>,
    /// The RRULE by which it comes again; empty for one that comes once.
    pub recurrence: String,
    /// Where it stands: the name of a table, or empty for the promise itself.
    pub source: String,
}

/// A stretch of time in which an objective did not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// Name of the objective.
    pub objective: String,
    /// When it began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
    /// How long, in seconds.
    pub secs: i64,
    /// The worst value, in the unit of the objective.
    pub worst: Option<f64>,
    /// The same with its unit.
    pub worst_text: String,
    /// `warning`, `critical` or `emergency`.
    pub severity: String,
    /// Share of the error budget it used, 0..; `None` without a budget.
    pub budget_share: Option<f64>,
    /// Note of the outage table, where there is one.
    pub note: String,
    /// The level of escalation that it would have reached.
    pub escalation: Option<Escalation>,
}

/// Two rules that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The names of both.
    pub between: Vec<String>,
    /// What does not fit, in a sentence.
    pub what: String,
}

/// The judgement of all objectives over one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlaReport {
    /// The period.
    pub period: JudgedPeriod,
    /// One entry an objective, in the order of the SLA file.
    pub objectives: Vec<ObjectiveResult>,
    /// All breaches, in order of time.
    pub breaches: Vec<Breach>,
    /// Contradictions between targets, limits and policies.
    pub conflicts: Vec<Conflict>,
    /// Breached if any objective was, else not proven if any is or has no data, else met; no data when there is nothing
    /// at all.
    pub verdict: Verdict,
    /// What was noticed on the way.
    pub warnings: Warnings,
    /// Policies that tell people short of a breach, such as `performance_degradation`; they are no promises and do not
    /// enter the verdict.
    #[serde(default)]
    pub policies: Vec<ObjectiveResult>,
    /// Alerts on metrics that belong to no objective, replayed.
    pub alerts: Vec<AlertReplay>,
}

impl SlaReport {
    /// The answer in one sentence: "Two of five promises were broken in June 2026."
    pub fn sentence(&self, period_title: &str) -> String {
        let judged = self
            .objectives
            .iter()
            .filter(|o| o.verdict != Verdict::NoData)
            .count();
        let of = |verdict: Verdict| {
            self.objectives
                .iter()
                .filter(|o| o.verdict == verdict)
                .count()
        };
        let (broken, unproven) = (of(Verdict::Breached), of(Verdict::NotProven));
        let so_far = if self.period.open { " so far" } else { "" };
        let when = match Period::parse(&self.period.name) {
            Ok(Period::Day(_)) => format!("on {period_title}"),
            _ => format!("in {period_title}"),
        };
        if judged == 0 {
            return format!("There is nothing to judge {when}.");
        }
        let mut sentence = if broken > 0 {
            let (were, promises) = if broken == 1 {
                ("was", "promise")
            } else {
                ("were", "promises")
            };
            if broken == judged && judged > 1 {
                format!(
                    "All {} {promises} {were} broken {when}{so_far}",
                    word(judged)
                )
            } else if judged == 1 {
                format!("The one promise {were} broken {when}{so_far}")
            } else {
                format!(
                    "{} of {} promises {were} broken {when}{so_far}",
                    capitalised(&word(broken)),
                    word(judged)
                )
            }
        } else if unproven == judged {
            format!("No promise could be proven {when}{so_far}")
        } else if unproven > 0 {
            format!("No promise was broken {when}{so_far}")
        } else if judged == 1 {
            format!("The one promise was kept {when}{so_far}")
        } else {
            format!("All {} promises were kept {when}{so_far}", word(judged))
        };
        if unproven > 0 && unproven != judged {
            let verb = if unproven == 1 { "is" } else { "are" };
            sentence.push_str(&format!(", {} {verb} not proven", word(unproven)));
        }
        let silent = self.objectives.len() - judged;
        if silent > 0 {
            let has = if silent == 1 { "has" } else { "have" };
            sentence.push_str(&format!(", {} {has} no data", word(silent)));
        }
        sentence + "."
    }
}

fn word(n: usize) -> String {
    [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ]
    .get(n)
    .map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
