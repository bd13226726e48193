//! Which regressions and naive models are tried, and which of all models a name means.

use super::ForecastError;
use super::backtest::Past;
use super::combine::COMBINATION;
use super::kernel::auto::FAMILIES;
use super::members;
use super::model::{Kind, Reach};
use super::regression::Trend;

/// A regression on the recent past looks at so many of its longest seasons, but at least so many steps.
const RECENT_SEASONS: usize = 4;
const RECENT_STEPS: usize = 28;

/// A name as it is compared: `Seasonal-Naive` is `seasonal naive`.
pub fn clean(wanted: &str) -> String {
    wanted.trim().replace(['-', '_'], " ").to_ascii_lowercase()
}

/// The models to try, simplest first.
pub fn kinds(
    past: &Past<'_>,
    changed: bool,
    wanted: Option<&str>,
) -> Result<Vec<Kind>, ForecastError> {
    let positive = past.values.iter().flatten().all(|v| *v > 0.0);
    let mut kinds = vec![
        Kind::Naive,
        Kind::Regression(Trend::Level, Vec::new(), Reach::All),
        Kind::Drift,
    ];
    let (main, longest) = (past.seasonality.main, past.seasonality.longest());
    kinds.extend(
        [main, longest]
            .into_iter()
            .filter(|p| *p > 1)
            .map(Kind::SeasonalNaive),
    );
    kinds.dedup();
    let trends = [Trend::Level, Trend::Linear, Trend::Exponential];
    for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
        for trend in trends {
            let plain_level = trend == Trend::Level && set.is_empty();
            if !plain_level && (positive || trend != Trend::Exponential) {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::All));
            }
        }
    }
    if changed {
        for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
            for trend in [Trend::Level, Trend::Linear] {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::Whole));
            }
        }
    }
    for set in std::iter::once(&Vec::new()).chain(&past.seasonality.sets) {
        let longest = set
            .iter()
            .filter_map(|i| past.seasonality.factors.get(*i))
            .map(|f| f.period)
            .max()
            .unwrap_or(1);
        let recent = (RECENT_SEASONS * longest).max(RECENT_STEPS);
        if past.values.len() >= 3 * recent {
            for trend in [Trend::Level, Trend::Linear] {
                kinds.push(Kind::Regression(trend, set.clone(), Reach::Recent(recent)));
            }
        }
    }
    let Some(wanted) = wanted else {
        return Ok(kinds);
    };
    let clean = clean(wanted);
    if clean == "exponential" && !positive {
        return Err(ForecastError::Refused(
            "an exponential trend needs values above zero; use --model linear".to_owned(),
        ));
    }
    if clean == "seasonal naive" && past.seasonality.main <= 1 {
        return Err(ForecastError::Refused(
            "there is no season for the seasonal naive model; give one with --season".to_owned(),
        ));
    }
    let name = |k: &Kind| k.name(past.seasonality);
    let exact: Vec<Kind> = kinds.iter().filter(|k| name(k) == clean).cloned().collect();
    let family: Vec<Kind> = kinds
        .iter()
        .filter(|k| k.base() == clean)
        .cloned()
        .collect();
    if !family.is_empty() {
        Ok(family)
    } else if !exact.is_empty() {
        Ok(exact)
    } else {
        let mut known = vec!["auto".to_owned(), COMBINATION.to_owned()];
        known.extend(FAMILIES.map(str::to_owned));
        known.extend(members::FAMILIES.map(str::to_owned));
        known.extend(kinds.iter().map(name));
        Err(ForecastError::UnknownModel(
            wanted.to_owned(),
            known.join("; "),
        ))
    }
}
