//! All series of the scope, each with its forecast in a few figures: what the table of the Forecast screen stands on.
//! Hundreds of series are forecast at once, on all cores, with progress.

use rayon::prelude::*;

use super::results::{ForecastRequest, SeriesKey};
use crate::analysis::forecast::plan::Known;
use crate::analysis::forecast::{Aggregate, Forecast, Percentiles};
use crate::calendar::{Instant, Zone};
use crate::dataset::{Dataset, ScopeFilter};
use crate::progress::Progress;
use crate::project::CapacityLimit;

/// Steps of the past that a row keeps.
const HISTORY: usize = 1_000;

/// How to forecast all series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlookRequest {
    /// How far, in days.
    pub horizon_days: u32,
    /// Which value of a day.
    pub aggregate: Aggregate,
}

/// All series of the scope.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// In the order of the data.
    pub rows: Vec<OutlookRow>,
}

/// One series.
#[derive(Clone, Debug)]
pub struct OutlookRow {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What is forecast of it, or why nothing is.
    pub found: Result<SeriesOutlook, String>,
}

/// The forecast of a series in a few figures, in its unit.
#[derive(Clone, Debug, Default)]
pub struct SeriesOutlook {
    /// The newest steps of its history.
    pub history: Vec<f64>,
    /// What is expected of the steps ahead.
    pub ahead: Vec<f64>,
    /// The last value.
    pub last: Option<f64>,
    /// Expected at the end of the horizon.
    pub expected: Option<f64>,
    /// 80 % range there.
    pub range80: Option<(f64, f64)>,
    /// When that is.
    pub horizon_end: Option<Instant>,
    /// The limit it is held against.
    pub limit: Option<LimitOutlook>,
    /// The model.
    pub model: String,
    /// Its MASE on the past.
    pub mase: Option<f64>,
    /// That of repeating the last season.
    pub naive_mase: Option<f64>,
    /// The answer.
    pub sentence: String,
}

/// When a limit is reached.
#[derive(Clone, Debug, Default)]
pub struct LimitOutlook {
    /// In words.
    pub text: String,
    /// In the unit of the series.
    pub threshold: f64,
    /// When it is crossed.
    pub crossing: Percentiles<Instant>,
    /// It is over already.
    pub already_over: bool,
    /// Share of the paths that cross within the horizon, 0..=1.
    pub probability: f64,
}

impl LimitOutlook {
    /// Soonest first: over already, by the date of half of the paths, of one in ten, by the probability.
    pub fn rank(&self) -> f64 {
        let later = 1e12;
        match (self.crossing.p50, self.crossing.p10) {
            _ if self.already_over => f64::NEG_INFINITY,
            (Some(at), _) => at.as_secs(),
            (None, Some(at)) => later + at.as_secs(),
            (None, None) => 3.0 * later * (1.0 - self.probability) + 3.0 * later,
        }
    }
}

impl SeriesOutlook {
    /// The figures of a forecast.
    pub fn of(forecast: &Forecast, zone: &Zone) -> Self {
        let past = &forecast.history;
        let end = forecast.points.last();
        Self {
            history: past
                .iter()
                .skip(past.len().saturating_sub(HISTORY))
                .map(|(_, v)| *v)
                .collect(),
            ahead: forecast.points.iter().map(|p| p.mean).collect(),
            last: past.last().map(|(_, v)| *v),
            expected: end.map(|p| p.mean),
            range80: end.map(|p| (p.lo80, p.hi80)),
            horizon_end: end.map(|p| p.t),
            limit: forecast.capacity.as_ref().map(|c| LimitOutlook {
                text: c.threshold_text.clone(),
                threshold: c.threshold,
                crossing: c.crossing,
                already_over: c.already_over,
                probability: c.probability_within_horizon,
            }),
            model: forecast.model.clone(),
            mase: forecast.backtest.as_ref().and_then(|b| b.mase),
            naive_mase: forecast
                .backtest
                .as_ref()
                .and_then(|b| b.seasonal_naive_mase),
            sentence: forecast.sentence(zone),
        }
    }
}

/// What there is to forecast, and what is known.
pub(super) struct Asked<'a> {
    pub dataset: &'a Dataset,
    pub scope: &'a ScopeFilter,
    pub limits: &'a [CapacityLimit],
    pub zone: &'a Zone,
}

/// Forecasts every series of the scope; one that cannot be forecast says why.
pub(super) fn compute(
    asked: &Asked<'_>,
    request: OutlookRequest,
    known: impl Fn(&str) -> Known + Sync,
    forecast: impl Fn(&ForecastRequest) -> Result<Forecast, String> + Sync,
    progress: &Progress,
) -> Result<Outlook, String> {
    let series: Vec<(SeriesKey, String, String)> = asked
        .dataset
        .within(asked.scope)
        .filter_map(|source| Some((source, source.metrics.as_ref()?)))
        .flat_map(|(source, table)| {
            table.series.iter().enumerate().map(|(index, info)| {
                let key = SeriesKey {
                    source_id: source.info.source_id.clone(),
                    index,
                };
                (key, info.display_name(), info.unit.clone())
            })
        })
        .collect();
    progress.set_total(series.len() as u64);
    let rows = series
        .into_par_iter()
        .map(|(key, name, unit)| {
            progress.check().map_err(|e| e.to_string())?;
            let limit = asked.limits.iter().find(|l| l.series == name);
            let made = forecast(&ForecastRequest {
                series: key,
                horizon_days: request.horizon_days,
                aggregate: request.aggregate,
                limit: limit.map(|l| l.limit.clone()),
                lead_time_days: limit.map_or(14, |l| l.lead_time_days),
                model: None,
                known: known(&name),
            });
            progress.advance(1);
            Ok(OutlookRow {
                found: made.map(|f| SeriesOutlook::of(&f, asked.zone)),
                name,
                unit,
            })
        })
        .collect::<Result<Vec<OutlookRow>, String>>()?;
    Ok(Outlook { rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_out_first_has_the_lowest_rank() {
        let at = |secs: i64| Some(Instant(secs * 1_000_000));
        let limit = |p10, p50, probability| LimitOutlook {
            crossing: Percentiles {
                p10,
                p50,
                p90: None,
            },
            probability,
            ..LimitOutlook::default()
        };
        let over = LimitOutlook {
            already_over: true,
            ..LimitOutlook::default()
        };
        let order = [
            over,
            limit(at(100), at(1_800_000_000), 0.9),
            limit(at(90), at(1_900_000_000), 0.6),
            limit(at(1_700_000_000), None, 0.3),
            limit(None, None, 0.05),
            limit(None, None, 0.0),
        ];
        let ranks: Vec<f64> = order.iter().map(LimitOutlook::rank).collect();
        assert!(ranks.windows(2).all(|w| w[0] < w[1]), "{ranks:?}");
    }
}
