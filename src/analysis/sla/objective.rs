//! One promise as decided: every unit exact, every choice made. Written by the reader of SLA files, read by the judge.

use serde::{Deserialize, Serialize};

use super::exclusion::{Exclusion, WrittenExclusion};
use super::service_hours::ServiceHours;
use super::{BaselineRef, DatedTarget, Measure, ObjectiveKind, Rollup};
use crate::dataset::OutcomeFilter;
use crate::units::{self, Direction, MicroRate, Micros, Ppm};

/// A threshold in the unit of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A share.
    Share(Ppm),
    /// A duration.
    Duration(Micros),
    /// Events per second.
    Rate(MicroRate),
    /// A plain number in millionths, in the unit of its metric.
    Value(i64),
    /// An amount of information in bytes.
    Bytes(i64),
    /// Bytes per second.
    ByteRate(i64),
}

impl Quantity {
    /// In the unit in which results are printed: percent, milliseconds, events per second, megabytes (millions), or the
    /// metric's own.
    pub fn as_printed(self) -> f64 {
        match self {
            Self::Share(ppm) => ppm.as_percent(),
            Self::Duration(micros) => micros.as_millis(),
            Self::Rate(rate) => rate.as_per_sec(),
            Self::Value(number) | Self::Bytes(number) | Self::ByteRate(number) => {
                number as f64 / 1e6
            }
        }
    }

    /// The unit of [`Self::as_printed`]; `metric_unit` for a plain number.
    pub fn unit(self, metric_unit: &str) -> String {
        match self {
            Self::Share(_) => "%".to_owned(),
            Self::Duration(_) => "ms".to_owned(),
            Self::Rate(_) => "/s".to_owned(),
            Self::Value(_) => metric_unit.to_owned(),
            Self::Bytes(_) => "MB".to_owned(),
            Self::ByteRate(_) => "MB/s".to_owned(),
        }
    }

    /// As a person reads it: `99.9 %`, `200 ms`, `10,000/s`.
    pub fn text(self) -> String {
        match self {
            Self::Share(ppm) => units::percent(ppm),
            Self::Duration(micros) => units::millis(micros.as_millis()),
            Self::Rate(rate) => format!("{}/s", plain(rate.0)),
            Self::Value(millionths) => plain(millionths),
            Self::Bytes(bytes) => format!("{} MB", plain(bytes)),
            Self::ByteRate(bytes) => format!("{} MB/s", plain(bytes)),
        }
    }
}

/// Millionths as a person writes a target: a whole number without decimals.
fn plain(millionths: i64) -> String {
    match u64::try_from(millionths) {
        Ok(amount) if amount % 1_000_000 == 0 => units::count(amount / 1_000_000),
        _ => units::number(millionths as f64 / 1e6),
    }
}

/// A threshold with its side: at most, less than, at least, more than.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The threshold.
    pub value: Quantity,
    /// Which side is good.
    pub direction: Direction,
    /// The threshold itself is already bad: `<200ms`.
    pub strict: bool,
}

impl Limit {
    /// As a person reads it: `at most 200 ms`, `less than 0.1 %`.
    pub fn text(&self) -> String {
        let side = match (self.direction, self.strict) {
            (Direction::AtMost, false) => "at most",
            (Direction::AtMost, true) => "less than",
            (Direction::AtLeast, false) => "at least",
            (Direction::AtLeast, true) => "more than",
        };
        format!("{side} {}", self.value.text())
    }
}

/// What an objective covers. `None` covers everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectiveScope {
    /// Service.
    pub service: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Pattern over labels with `*`.
    pub label: Option<String>,
    /// Class of labels, such as `api_endpoints`; patterns stand in [`super::SlaFile::classes`].
    pub class: Option<String>,
    /// Pattern over the names of metric series with `*`.
    pub metric: Option<String>,
    /// Services, or patterns over them with `*`, that are rolled up to one; empty where one service is judged.
    pub services: Vec<String>,
}

/// The grain of time of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A fixed length that divides a day, counted from local midnight; the last one of a day may be shorter.
    Length(Micros),
    /// Civil days, 23 to 25 hours long.
    Day,
    /// ISO weeks.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
    /// A window of this length that ends with the period asked for.
    Rolling(Micros),
}

impl Grain {
    /// Singular and plural, for sentences.
    pub fn words(self) -> (String, String) {
        let (one, many) = match self {
            Self::Length(Micros::HOUR) => ("hour", "hours"),
            Self::Length(Micros::MINUTE) => ("minute", "minutes"),
            Self::Length(length) | Self::Rolling(length) => {
                let text = units::duration(length);
                return (format!("{text} slice"), format!("{text} slices"));
            }
            Self::Day => ("day", "days"),
            Self::Week => ("week", "weeks"),
            Self::Month => ("month", "months"),
            Self::Quarter => ("quarter", "quarters"),
            Self::Year => ("year", "years"),
        };
        (one.to_owned(), many.to_owned())
    }
}

/// How downtime is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityRule {
    /// Percent of the actual period.
    #[default]
    Percent,
    /// A fixed length of downtime per period.
    Fixed,
    /// Both have to hold.
    Stricter,
}

/// What availability is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilitySource {
    /// Uptime tables: probes and incidents.
    #[default]
    Uptime,
    /// The share of successful requests; it has no minutes.
    Requests,
}

/// What time about which nothing is known counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// Unknown: bounds are given, and a verdict that they straddle is not proven.
    #[default]
    Unknown,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// What degraded time counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DegradedPolicy {
    /// Up, and shown by itself.
    #[default]
    Up,
    /// Down.
    Down,
    /// This share of it is down.
    PartlyDown(Ppm),
}

/// What an exclusion does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcludeAs {
    /// The window leaves the period: the denominator shrinks.
    #[default]
    Removed,
    /// The window counts as uptime.
    AsUptime,
}

/// What a throughput target promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThroughputMode {
    /// It is served when it is asked for; hours that ask for less do not count.
    #[default]
    Capability,
    /// Every slice has to reach it.
    Floor,
}

/// How the points of a series become the value of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Mean.
    #[default]
    Mean,
    /// Largest.
    Max,
    /// Smallest.
    Min,
    /// 95th percentile (Hyndman-Fan type 7).
    P95,
}

impl Statistic {
    /// The word used in rules.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Max => "peak",
            Self::Min => "minimum",
            Self::P95 => "P95",
        }
    }
}

/// One promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Name shown everywhere.
    pub name: String,
    /// What it is about.
    pub kind: ObjectiveKind,
    /// What it covers.
    pub scope: ObjectiveScope,
    /// The target.
    pub target: Limit,
    /// The target as it was written.
    pub target_text: String,
    /// Quantile of a latency objective.
    pub percentile: Ppm,
    /// Requests at most this long are good (`share_under`).
    pub threshold: Option<Limit>,
    /// Which requests latency is taken over.
    pub outcome: OutcomeFilter,
    /// What a throughput target promises.
    pub mode: ThroughputMode,
    /// Short peaks that have to be served as well.
    pub burst: Option<MicroRate>,
    /// Share of the measured slices that has to hold.
    pub slices_required: Ppm,
    /// How long one promise lasts.
    pub period: Grain,
    /// The grain at which requests and series are judged.
    pub slice: Grain,
    /// How downtime is compared.
    pub rule: AvailabilityRule,
    /// Downtime allowed per period.
    pub allowance: Option<Micros>,
    /// What availability is measured by.
    pub source: AvailabilitySource,
    /// What missing time counts as.
    pub missing: MissingPolicy,
    /// What degraded time counts as.
    pub degraded: DegradedPolicy,
    /// Beyond this a breach is critical.
    pub critical: Option<Limit>,
    /// Slices with fewer samples are not judged.
    pub min_samples: u64,
    /// Names of files with windows that do not count, as written.
    pub exclusions: Vec<String>,
    /// The windows of these files, filled in by whoever may read files.
    pub exclusion_windows: Option<Vec<Exclusion>>,
    /// What an exclusion does.
    pub exclude_as: ExcludeAs,
    /// Names of the levels of escalation, lowest first.
    pub escalation: Vec<String>,
    /// How points become the value of a slice (`utilisation`, `metric`).
    pub statistic: Statistic,
    /// Line of the file at which it stands.
    pub line: Option<u64>,
    /// Windows that do not count, written out in the promise.
    pub written_exclusions: Vec<WrittenExclusion>,
    /// The hours in which it is promised; `None` for always.
    pub service_hours: Option<ServiceHours>,
    /// Targets by date, in order of time; empty where one target holds throughout.
    #[serde(default)]
    pub dated: Vec<DatedTarget>,
    /// What its figures are compared with.
    #[serde(default)]
    pub baseline: Option<BaselineRef>,
    /// What an improvement or a regression compares.
    #[serde(default)]
    pub measure: Measure,
    /// How the services of its scope become one.
    #[serde(default)]
    pub rollup: Rollup,
}

impl Objective {
    /// An objective with all choices at their defaults.
    pub fn new(name: &str, kind: ObjectiveKind, target: Limit, target_text: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            scope: ObjectiveScope::default(),
            target,
            target_text: target_text.to_owned(),
            percentile: Ppm(950_000),
            threshold: None,
            outcome: OutcomeFilter::Success,
            mode: ThroughputMode::Capability,
            burst: None,
            slices_required: Ppm::ONE,
            period: Grain::Month,
            slice: match kind {
                ObjectiveKind::Latency | ObjectiveKind::ShareUnder => Grain::Day,
                _ => Grain::Length(Micros::HOUR),
            },
            rule: AvailabilityRule::Percent,
            allowance: None,
            source: AvailabilitySource::Uptime,
            missing: MissingPolicy::Unknown,
            degraded: DegradedPolicy::Up,
            critical: None,
            min_samples: 0,
            exclusions: Vec::new(),
            exclusion_windows: None,
            exclude_as: ExcludeAs::Removed,
            escalation: Vec::new(),
            statistic: Statistic::Mean,
            line: None,
            written_exclusions: Vec::new(),
            service_hours: None,
            dated: Vec::new(),
            baseline: None,
            measure: Measure::default(),
            rollup: Rollup::default(),
        }
    }
}
