//! The plan scorecard: kept forecasts held against the data that came later. Shares of the steps inside both ranges,
//! errors by how far ahead they were said, and crossings that were said against those that happened.
//!
//! What came is put on the same steps as the forecast was (`steps::prepare`). MAE and MAPE are the plain means of
//! |measured − expected| and of |measured − expected| ÷ measured (Hyndman and Koehler 2006, IJF 22, section 2).

use serde::{Deserialize, Serialize};

use super::crossing::first_passage;
use super::gather::{find, gather};
use super::kept::{KeptBy, KeptForecast};
use super::metrics::mean;
use super::steps::{self, Steps};
use super::{Aggregate, ForecastParams, ForecastPoint, Horizon, Percentiles};
use crate::calendar::{Instant, Zone};
use crate::dataset::{Dataset, DatasetError};
use crate::units::Micros;
use crate::warning::Warnings;

/// Errors are given by how many days ahead a step was said: 1 to 7, 8 to 30, 31 to 90.
pub const LEADS: [u32; 3] = [7, 30, 90];

/// One kept step with what came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredPoint {
    /// What was said.
    #[serde(flatten)]
    pub said: ForecastPoint,
    /// What was measured; `None` where nothing was yet.
    pub came: Option<f64>,
}

/// How far off the steps of one lead time were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeadError {
    /// Up to so many days ahead, and more than the lead time before: see [`LEADS`].
    pub days: u32,
    /// Steps measured.
    pub measured: usize,
    /// Mean absolute error in the unit of the series; `None` where nothing was measured, or units differ.
    pub mae: Option<f64>,
    /// Mean absolute error as a share of what came, 0..; `None` where something measured is not above zero.
    pub mape: Option<f64>,
}

/// What became of a crossing that was said, or of one that was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossingOutcome {
    /// It has not come to pass, and may still.
    #[default]
    Open,
    /// It came between P10 and P90, or did not come and was not expected to.
    AsSaid,
    /// It came before P10.
    Earlier,
    /// It came after P90, or has not come although it should have.
    Later,
    /// It came, and fewer than one path in ten had said so.
    NotExpected,
    /// It was over the limit already when the forecast was made.
    OverAlready,
}

impl CrossingOutcome {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "not yet",
            Self::AsSaid => "as said",
            Self::Earlier => "earlier than said",
            Self::Later => "later than said",
            Self::NotExpected => "not foreseen",
            Self::OverAlready => "over already",
        }
    }
}

/// A limit: when it was said to be crossed, and when it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredCrossing {
    /// The limit in the unit of the series.
    pub threshold: f64,
    /// In words.
    pub threshold_text: String,
    /// What was said.
    pub said: Percentiles<Instant>,
    /// The probability that was said, within the horizon.
    pub probability: f64,
    /// First step of the crossing, within the horizon.
    pub happened: Option<Instant>,
    /// Days from P50 to what happened; positive where it came later.
    pub days_off: Option<f64>,
    /// What became of it.
    pub outcome: CrossingOutcome,
}

/// A kept forecast with what came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecastScore {
    /// Name of the series.
    pub series: String,
    /// Its unit.
    pub unit: String,
    /// What of each step was forecast: `daily P95`.
    pub aggregate: String,
    /// When it was kept.
    pub made_at: Instant,
    /// Nothing from here on was known.
    pub known_until: Instant,
    /// Why it was kept.
    pub by: KeptBy,
    /// Who kept it; may be empty.
    pub who: String,
    /// Name of the model.
    pub model: String,
    /// Length of a step in seconds.
    pub step_secs: f64,
    /// Steps that were measured since.
    pub measured: usize,
    /// Of these, inside the 80 % range.
    pub within80: usize,
    /// Of these, inside the 95 % range.
    pub within95: usize,
    /// By lead time, those of [`LEADS`].
    pub errors: Vec<LeadError>,
    /// Mean of expected − measured in the unit of the series: positive where too much was expected.
    pub bias: Option<f64>,
    /// The limit, if there was one.
    pub crossing: Option<ScoredCrossing>,
    /// Why nothing could be measured: the series is no longer there.
    pub missing: Option<String>,
    /// Step by step.
    pub points: Vec<ScoredPoint>,
}

impl ForecastScore {
    /// The last step that was measured.
    pub fn last_measured(&self) -> Option<(&ForecastPoint, f64)> {
        self.points
            .iter()
            .rev()
            .find_map(|p| Some((&p.said, p.came?)))
    }
}

/// All kept forecasts against what came, and both shares over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanScorecard {
    /// Steps of all forecasts that were measured since.
    pub measured: usize,
    /// Of these, inside the 80 % range.
    pub within80: usize,
    /// Of these, inside the 95 % range.
    pub within95: usize,
    /// By lead time, over all forecasts; only as shares of what came, for units differ.
    pub errors: Vec<LeadError>,
    /// Each forecast, the latest first.
    pub forecasts: Vec<ForecastScore>,
}

/// Holds kept forecasts against what came before `as_of`, or against all data where it is `None`.
pub fn score<'a>(
    dataset: &Dataset,
    kept: impl IntoIterator<Item = &'a KeptForecast>,
    as_of: Option<Instant>,
) -> Result<PlanScorecard, DatasetError> {
    let mut measured: Vec<(&KeptForecast, Result<Steps, String>)> = Vec::new();
    let mut card = PlanScorecard::default();
    for one in kept {
        let known = measured.iter().position(|(other, _)| alike(one, other));
        let place = if let Some(place) = known {
            place
        } else {
            measured.push((one, steps_of(dataset, one, as_of)?));
            measured.len() - 1
        };
        if let Some((_, steps)) = measured.get(place) {
            card.forecasts.push(score_one(one, steps.as_ref()));
        }
    }
    card.forecasts.sort_by(|a, b| {
        let key = |s: &ForecastScore| (s.made_at, s.known_until);
        key(b).cmp(&key(a)).then_with(|| a.series.cmp(&b.series))
    });
    for one in &card.forecasts {
        card.measured += one.measured;
        card.within80 += one.within80;
        card.within95 += one.within95;
    }
    let all = || card.forecasts.iter().flat_map(measured_points);
    card.errors = LEADS
        .into_iter()
        .map(|days| LeadError {
            mae: None,
            ..lead_error(days, all())
        })
        .collect();
    Ok(card)
}

/// The same steps of the same series.
fn alike(a: &KeptForecast, b: &KeptForecast) -> bool {
    (&a.series, &a.scope, &a.zone, a.aggregate) == (&b.series, &b.scope, &b.zone, b.aggregate)
        && by_hour(a) == by_hour(b)
}

/// A fine series was forecast by the hour.
fn by_hour(kept: &KeptForecast) -> bool {
    kept.step_secs < 86_000.0 && kept.aggregate != Aggregate::None
}

/// The series on the steps of a forecast, or why it is not there.
fn steps_of(
    dataset: &Dataset,
    kept: &KeptForecast,
    as_of: Option<Instant>,
) -> Result<Result<Steps, String>, DatasetError> {
    let all = gather(dataset, &kept.scope);
    let Ok(named) = find(&all, &kept.series) else {
        return Ok(Err(
            "the series is not in the data of this scope any more".to_owned()
        ));
    };
    let params = ForecastParams {
        zone: Zone::named(&kept.zone).unwrap_or_default(),
        aggregate: kept.aggregate,
        // Only whether it is short enough for hours matters here.
        horizon: if by_hour(kept) {
            Horizon::Steps(1)
        } else {
            Horizon::Time(Micros(30 * Micros::DAY.0))
        },
        // What begins at this instant is not known yet.
        as_of: as_of.map(|at| Instant(at.0.saturating_sub(1))),
        ..ForecastParams::default()
    };
    let series = named.series()?;
    Ok(steps::prepare(&series, &params, &mut Warnings::default()).map_err(|e| e.to_string()))
}

fn score_one(kept: &KeptForecast, steps: Result<&Steps, &String>) -> ForecastScore {
    let came: Vec<(Instant, Option<f64>)> = steps.map_or_else(
        |_| Vec::new(),
        |steps| {
            let values = steps.values.iter().enumerate();
            values.map(|(i, value)| (steps.time(i), *value)).collect()
        },
    );
    // Steps of a grid that began elsewhere may stand a little beside those that were kept.
    let slack = Micros((kept.step_secs * 1e6 / 2.0) as i64);
    let at = |t: Instant| {
        let from = Instant(t.0.saturating_sub(slack.0));
        let first = came.partition_point(|(start, _)| *start <= from);
        let (start, value) = came.get(first)?;
        (start.0 <= t.0.saturating_add(slack.0))
            .then_some(*value)
            .flatten()
    };
    let points: Vec<ScoredPoint> = kept
        .points
        .iter()
        .map(|said| ScoredPoint {
            said: *said,
            came: at(said.t),
        })
        .collect();
    let mut one = ForecastScore {
        series: kept.series.clone(),
        unit: kept.unit.clone(),
        aggregate: kept.label.clone(),
        made_at: kept.made_at,
        known_until: kept.known_until,
        by: kept.by.clone(),
        who: kept.who.clone(),
        model: kept.model.clone(),
        step_secs: kept.step_secs,
        measured: 0,
        within80: 0,
        within95: 0,
        errors: Vec::new(),
        bias: None,
        crossing: crossing(kept, &came, slack),
        missing: steps.err().cloned(),
        points,
    };
    let measured: Vec<Measured> = measured_points(&one).collect();
    let within = |low: fn(&ForecastPoint) -> f64, high: fn(&ForecastPoint) -> f64| {
        let inside = |m: &&Measured| (low(&m.said)..=high(&m.said)).contains(&m.came);
        measured.iter().filter(inside).count()
    };
    one.within80 = within(|p| p.lo80, |p| p.hi80);
    one.within95 = within(|p| p.lo95, |p| p.hi95);
    one.measured = measured.len();
    one.bias = mean(&measured.iter().map(Measured::error).collect::<Vec<f64>>());
    one.errors = LEADS
        .into_iter()
        .map(|days| lead_error(days, measured.iter().copied()))
        .collect();
    one
}

/// A step that was measured.
#[derive(Clone, Copy, Debug)]
struct Measured {
    said: ForecastPoint,
    came: f64,
    /// Days ahead, rounded up from half a day.
    lead: u32,
}

impl Measured {
    /// Positive where too much was expected.
    fn error(&self) -> f64 {
        self.said.mean - self.came
    }
}

fn measured_points(score: &ForecastScore) -> impl Iterator<Item = Measured> {
    let step_days = score.step_secs / 86_400.0;
    score.points.iter().filter_map(move |p| {
        let days = p.said.t.since(score.known_until).as_days() + step_days;
        Some(Measured {
            said: p.said,
            came: p.came?,
            lead: days.round().clamp(1.0, f64::from(u32::MAX)) as u32,
        })
    })
}

fn lead_error(days: u32, points: impl Iterator<Item = Measured>) -> LeadError {
    let before = LEADS.into_iter().rev().find(|lead| *lead < days);
    let of_lead: Vec<Measured> = points
        .filter(|m| m.lead <= days && before.is_none_or(|before| m.lead > before))
        .collect();
    let absolute: Vec<f64> = of_lead.iter().map(|m| m.error().abs()).collect();
    let positive = of_lead.iter().all(|m| m.came > 0.0);
    let shares: Vec<f64> = of_lead.iter().map(|m| m.error().abs() / m.came).collect();
    LeadError {
        days,
        measured: of_lead.len(),
        mae: mean(&absolute),
        mape: mean(&shares).filter(|_| positive),
    }
}

fn crossing(
    kept: &KeptForecast,
    came: &[(Instant, Option<f64>)],
    slack: Micros,
) -> Option<ScoredCrossing> {
    let limit = kept.limit.as_ref()?;
    let window = (limit.sustain.1 as usize).max(1);
    let need = (limit.sustain.0 as usize).clamp(1, window);
    let begin = Instant(kept.known_until.0.saturating_sub(slack.0));
    let now = came.partition_point(|(t, _)| *t < begin);
    let (past, ahead) = came.split_at_checked(now).unwrap_or((came, &[]));
    let before: Vec<bool> = past
        .iter()
        .skip(past.len().saturating_sub(window - 1))
        .map(|(_, v)| v.is_some_and(|v| v > limit.threshold))
        .collect();
    let path: Vec<f64> = ahead
        .iter()
        .map(|(_, value)| value.unwrap_or(f64::NAN))
        .collect();
    let end = kept.end();
    let happened = first_passage(&before, &path, limit.threshold, (need, window))
        .0
        .and_then(|step| Some(ahead.get(step)?.0))
        .filter(|t| *t < end);
    // A crossing proves itself only after as many steps as it needs.
    let known_to = ahead
        .iter()
        .rev()
        .filter(|(_, v)| v.is_some())
        .nth(need - 1)
        .map(|(t, _)| *t);
    let said = limit.crossing;
    let outcome = match happened {
        _ if limit.already_over => CrossingOutcome::OverAlready,
        Some(at) if said.p10.is_some_and(|p10| at < p10) => CrossingOutcome::Earlier,
        Some(at) if said.p90.is_some_and(|p90| at > p90) => CrossingOutcome::Later,
        Some(_) if said.p10.is_some() => CrossingOutcome::AsSaid,
        Some(_) => CrossingOutcome::NotExpected,
        None => {
            let reached = |t: Instant| known_to.is_some_and(|to| to > t);
            let over = kept.points.last().is_some_and(|last| reached(last.t))
                || ahead.last().is_some_and(|(t, _)| *t >= end);
            if said.p90.is_some_and(reached) || (over && said.p50.is_some()) {
                CrossingOutcome::Later
            } else if over {
                CrossingOutcome::AsSaid
            } else {
                CrossingOutcome::Open
            }
        }
    };
    Some(ScoredCrossing {
        threshold: limit.threshold,
        threshold_text: limit.text.clone(),
        said,
        probability: limit.probability,
        happened: happened.filter(|_| !limit.already_over),
        days_off: happened
            .zip(said.p50)
            .filter(|_| !limit.already_over)
            .map(|(at, p50)| at.since(p50).as_days()),
        outcome,
    })
}
