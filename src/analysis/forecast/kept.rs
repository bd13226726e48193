//! Forecasts that are kept in the project, so that later data can say what they were worth: the ranges as they were
//! said, when, from which data and why. Once kept they are never changed, and the same data are never kept twice.
//! `scorecard` holds them against what came.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Aggregate, Forecast, ForecastPoint, Percentiles};
use crate::calendar::{Instant, Zone};
use crate::dataset::ScopeFilter;
use crate::units::Micros;

/// Most points of one kept forecast; of longer ones every second, third … step is kept, and of steps shorter than a day
/// one a day first.
pub const MOST_POINTS: usize = 100;

/// Most forecasts in a project: the oldest make room.
pub const MOST_KEPT: usize = 200;

/// How a forecast came to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBy {
    /// Closing this period kept those of its report.
    Closing(String),
    /// `headroom forecast --keep`.
    Command,
    /// Somebody kept it on the Forecast screen.
    #[default]
    Hand,
}

impl KeptBy {
    /// Two or three words, as they stand in tables.
    pub fn words(&self) -> String {
        match self {
            Self::Closing(period) => format!("closing {period}"),
            Self::Command => "by command".to_owned(),
            Self::Hand => "by hand".to_owned(),
        }
    }
}

/// The limit as it stood then, and when it was said to be crossed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptLimit {
    /// In the unit of the series.
    pub threshold: f64,
    /// What it is, in words: `80 %`.
    pub text: String,
    /// Over it on `.0` of `.1` consecutive steps is a crossing.
    pub sustain: (u32, u32),
    /// When a tenth, half and nine tenths of the paths had crossed it.
    pub crossing: Percentiles<Instant>,
    /// Share of the paths that crossed it within the horizon, 0..=1.
    pub probability: f64,
    /// It was over the limit already.
    pub already_over: bool,
}

/// A forecast as it was said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptForecast {
    /// Display name of the series, as limits name it; with service and environment where several have that name.
    pub series: String,
    /// The scope it was made in.
    pub scope: ScopeFilter,
    /// Unit of the series.
    pub unit: String,
    /// When it was kept.
    pub made_at: Instant,
    /// Start of its first step: everything before was known, nothing after.
    pub known_until: Instant,
    /// Why it was kept.
    pub by: KeptBy,
    /// Who kept it; may be empty.
    pub who: String,
    /// Name of the model.
    pub model: String,
    /// What of each step is forecast.
    pub aggregate: Aggregate,
    /// The same in words: `daily P95`.
    pub label: String,
    /// IANA name of the zone of the steps.
    pub zone: String,
    /// Length of a step in seconds.
    pub step_secs: f64,
    /// SHA-256 over the steps it was fitted on, in hex.
    pub data_sha256: String,
    /// The limit, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<KeptLimit>,
    /// What was said, thinned to [`MOST_POINTS`], to six significant digits.
    #[serde(with = "compact")]
    pub points: Vec<ForecastPoint>,
}

/// What the forecast itself does not say.
#[derive(Clone, Debug)]
pub struct Keeping<'a> {
    /// Name of the series.
    pub series: &'a str,
    /// The scope it was made in.
    pub scope: &'a ScopeFilter,
    /// Zone of its steps.
    pub zone: &'a Zone,
    /// What was forecast.
    pub aggregate: Aggregate,
    /// When it is kept.
    pub at: Instant,
    /// Why.
    pub by: KeptBy,
    /// By whom; may be empty.
    pub who: &'a str,
}

impl KeptForecast {
    /// A forecast to be kept; `None` where it says nothing.
    pub fn of(forecast: &Forecast, keeping: &Keeping<'_>) -> Option<Self> {
        let points = thinned(&forecast.points, forecast.step_secs);
        let known_until = points.first()?.t;
        Some(Self {
            series: keeping.series.to_owned(),
            scope: keeping.scope.clone(),
            unit: forecast.unit.clone(),
            made_at: keeping.at,
            known_until,
            by: keeping.by.clone(),
            who: keeping.who.trim().to_owned(),
            model: forecast.model.clone(),
            aggregate: keeping.aggregate,
            label: forecast.aggregate.clone(),
            zone: keeping.zone.name().to_owned(),
            step_secs: forecast.step_secs,
            data_sha256: fingerprint(forecast),
            limit: forecast.capacity.as_ref().map(|c| KeptLimit {
                threshold: c.threshold,
                text: c.threshold_text.clone(),
                sustain: c.sustain,
                crossing: c.crossing,
                probability: c.probability_within_horizon,
                already_over: c.already_over,
            }),
            points,
        })
    }

    /// End of its last step: it says nothing about what comes later.
    pub fn end(&self) -> Instant {
        let last = self.points.last().map_or(self.known_until, |p| p.t);
        last.plus(Micros((self.step_secs * 1e6) as i64))
    }

    /// Days from what was known to the end of the step that begins at `t`.
    pub fn lead_days(&self, t: Instant) -> f64 {
        t.since(self.known_until).as_days() + self.step_secs / 86_400.0
    }

    /// Made from the same data about the same series: a second one says nothing new.
    fn repeats(&self, other: &Self) -> bool {
        (&self.series, &self.scope, &self.label) == (&other.series, &other.scope, &other.label)
            && self.data_sha256 == other.data_sha256
    }

    /// The one in a list that was made from the same data about the same series.
    pub fn known_in<'a>(&self, list: &'a [Self]) -> Option<&'a Self> {
        list.iter().find(|kept| kept.repeats(self))
    }

    /// Puts it into a list, oldest first, unless the same data were kept already; says whether it did.
    pub fn keep_in(self, list: &mut Vec<Self>) -> bool {
        if self.known_in(list).is_some() {
            return false;
        }
        let place = list.partition_point(|kept| kept.made_at <= self.made_at);
        list.insert(place, self);
        let excess = list.len().saturating_sub(MOST_KEPT);
        list.drain(..excess);
        true
    }
}

fn fingerprint(forecast: &Forecast) -> String {
    let mut hash = Sha256::new();
    hash.update(forecast.aggregate.as_bytes());
    for (at, value) in &forecast.history {
        hash.update(at.0.to_le_bytes());
        hash.update(value.to_bits().to_le_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

/// At most [`MOST_POINTS`] of the points: of steps shorter than a day one a day, then every second, third … of them.
fn thinned(points: &[ForecastPoint], step_secs: f64) -> Vec<ForecastPoint> {
    let per_day = (86_400.0 / step_secs.max(1.0)).round().max(1.0) as usize;
    let daily = if points.len() > MOST_POINTS {
        per_day
    } else {
        1
    };
    let days = points.len().div_ceil(daily);
    let every = daily * days.div_ceil(MOST_POINTS).max(1);
    points
        .iter()
        .step_by(every)
        .map(|p| ForecastPoint {
            t: p.t,
            mean: rounded(p.mean),
            lo80: rounded(p.lo80),
            hi80: rounded(p.hi80),
            lo95: rounded(p.lo95),
            hi95: rounded(p.hi95),
        })
        .filter(|p| {
            let numbers = [p.mean, p.lo80, p.hi80, p.lo95, p.hi95];
            numbers.iter().all(|v| v.is_finite())
        })
        .collect()
}

/// Six significant digits: more were never known, and the document stays small.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// Points as lists of six: names in each would triple the document.
mod compact {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::ForecastPoint;
    use crate::calendar::Instant;

    type Row = (Instant, f64, f64, f64, f64, f64);

    pub fn serialize<S: Serializer>(
        points: &[ForecastPoint],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let rows: Vec<Row> = points
            .iter()
            .map(|p| (p.t, p.mean, p.lo80, p.hi80, p.lo95, p.hi95))
            .collect();
        rows.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<ForecastPoint>, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        let point = |(t, mean, lo80, hi80, lo95, hi95): Row| ForecastPoint {
            t,
            mean,
            lo80,
            hi80,
            lo95,
            hi95,
        };
        Ok(rows.into_iter().map(point).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(steps: usize, step_secs: i64, level: f64) -> Forecast {
        Forecast {
            aggregate: "daily P95".to_owned(),
            step_secs: step_secs as f64,
            history: vec![(Instant::from_secs(0), level)],
            points: (1..=steps as i64)
                .map(|i| ForecastPoint {
                    t: Instant::from_secs(i * step_secs),
                    mean: level + 1.0 / 3.0,
                    lo80: level - 1.0,
                    hi80: level + 1.0,
                    lo95: level - 2.0,
                    hi95: level + 2.0,
                })
                .collect(),
            ..Forecast::default()
        }
    }

    fn kept(forecast: &Forecast, day: i64) -> KeptForecast {
        let keeping = Keeping {
            series: "cpu",
            scope: &ScopeFilter::default(),
            zone: &Zone::utc(),
            aggregate: Aggregate::P95,
            at: Instant::from_secs(day * 86_400),
            by: KeptBy::Hand,
            who: " Ada ",
        };
        KeptForecast::of(forecast, &keeping).unwrap()
    }

    #[test]
    fn the_same_data_are_kept_once_and_the_oldest_make_room() {
        let mut list = Vec::new();
        assert!(kept(&forecast(90, 86_400, 5.0), 2).keep_in(&mut list));
        assert!(!kept(&forecast(90, 86_400, 5.0), 9).keep_in(&mut list));
        assert!(kept(&forecast(90, 86_400, 6.0), 1).keep_in(&mut list));
        let days: Vec<i64> = list.iter().map(|k| k.made_at.secs() / 86_400).collect();
        assert_eq!(days, [1, 2], "oldest first");
        assert_eq!(list[0].who, "Ada");
        for day in 0..MOST_KEPT as i64 {
            kept(&forecast(1, 86_400, day as f64 + 10.0), day + 3).keep_in(&mut list);
        }
        assert_eq!(list.len(), MOST_KEPT);
        assert_eq!(list[0].made_at, Instant::from_secs(3 * 86_400));
        assert_eq!(
            KeptForecast::of(
                &forecast(0, 86_400, 1.0),
                &Keeping {
                    series: "",
                    scope: &ScopeFilter::default(),
                    zone: &Zone::utc(),
                    aggregate: Aggregate::Mean,
                    at: Instant(0),
                    by: KeptBy::Command,
                    who: "",
                }
            ),
            None
        );
    }

    #[test]
    fn long_forecasts_are_thinned_to_days_and_read_back_as_they_were() {
        // Ninety days stay; a year of days becomes every fourth; a fortnight of hours becomes days; three days of hours
        // stay hours.
        for (steps, step, n, every) in [
            (90, 86_400, 90, 86_400),
            (365, 86_400, 92, 4 * 86_400),
            (336, 3_600, 14, 86_400),
            (72, 3_600, 72, 3_600),
        ] {
            let one = kept(&forecast(steps, step, 1.0), 1);
            assert_eq!(one.points.len(), n, "{steps} steps of {step} s");
            assert_eq!(one.points[1].t.since(one.points[0].t).0, every * 1_000_000);
        }
        let one = kept(&forecast(72, 3_600, 1.0), 1);
        assert_eq!(one.points[0].mean, 1.333_33);
        assert!((one.lead_days(one.points[23].t) - 1.0).abs() < 1e-9);
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<KeptForecast>(&text).unwrap(), one);
        let days = serde_json::to_string(&kept(&forecast(90, 86_400, 1.0), 1)).unwrap();
        assert!(days.len() < 7_000, "{} bytes", days.len());
    }
}
