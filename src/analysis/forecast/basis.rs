//! What of the history a forecast is made from: without stretches that came and went, and from the last clear shift of
//! level on. What is set aside is shown and said, never deleted.

use std::ops::Range;

use super::backtest::Past;
use super::incidents;
use super::makeshift::MIN_BACKTEST;
use super::remarks::date;
use super::season::{self, Seasonality};
use super::shifts::{self, Shift};
use super::steps::Steps;
use super::{ForecastParams, StepKind};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// After a shift a horizon of up to so many times the steps since is forecast from those alone.
const AHEAD: usize = 2;
/// Ends of the names of models that are about what was before a change.
const ACROSS: [&str; 2] = [super::members::SINCE, "across changes"];

/// The steps that models see, with what was found on the way.
pub struct Basis {
    /// The steps.
    pub steps: Steps,
    /// What repeats in them.
    pub seasonality: Seasonality,
    /// Where level or trend changed, counted from the first of the steps.
    pub changes: Vec<usize>,
    /// The same before them, counted from the first of the whole history.
    pub earlier: Vec<usize>,
    /// Stretches that came and went, counted likewise.
    pub incidents: Vec<Range<usize>>,
    /// The shift from which the steps begin.
    pub shift: Option<Shift>,
}

/// What one look at the steps finds.
struct Look {
    seasonality: Seasonality,
    changes: Vec<usize>,
    adjusted: Vec<Option<f64>>,
    shortest: usize,
}

impl Look {
    /// `seasons` empty finds them. `total` steps have a phase, those of the future included.
    fn at(steps: &Steps, params: &ForecastParams, unit: &str, seasons: &[usize]) -> Self {
        // A path is looked at for one window of the limit beyond the horizon.
        let window = params.sustain.1.min(366) as usize;
        let total = steps.values.len() + steps.horizon + window;
        let seasonality = season::find(steps, 0, seasons, total);
        let struck = steps.indices(&params.known.plan.struck);
        let past = Past {
            values: &steps.values,
            seasonality: &seasonality,
            bounds: steps.bounds(unit),
            struck: &struck,
        };
        let end = steps.values.len();
        Self {
            changes: past.changes(end),
            adjusted: past.deseasonalised(),
            shortest: past.shortest_piece(end),
            seasonality,
        }
    }

    /// The lengths of its seasons.
    fn periods(&self) -> Vec<usize> {
        let whole = |f: &&season::Factor| f.levels == f.period;
        let factors = self.seasonality.factors.iter().filter(whole);
        factors.map(|f| f.period).collect()
    }
}

impl Basis {
    /// Of a series on its grid.
    pub fn of(steps: &Steps, params: &ForecastParams, unit: &str) -> Self {
        let mut seen = steps.clone();
        let mut look = Look::at(&seen, params, unit, &params.seasons);
        let struck = steps.indices(&params.known.plan.struck);
        let mut incidents = incidents::find(&look.adjusted, look.shortest);
        incidents.retain(|run| {
            let near = run.start.saturating_sub(1)..run.end + 2;
            !struck.iter().any(|s| near.contains(s))
        });
        if !incidents.is_empty() {
            for index in incidents.iter().cloned().flatten() {
                if let Some(value) = seen.values.get_mut(index) {
                    *value = None;
                }
            }
            look = Look::at(&seen, params, unit, &params.seasons);
        }
        let shift = look.shift(&seen, params);
        let mut earlier = Vec::new();
        if let Some(shift) = shift {
            seen = seen.after(shift.at);
            earlier = look.changes.clone();
            // Fewer steps show a season less clearly; what the whole history showed goes on.
            let seasons = if params.seasons.is_empty() {
                look.periods()
            } else {
                params.seasons.clone()
            };
            look = Look::at(&seen, params, unit, &seasons);
            earlier.retain(|at| *at <= shift.at);
        }
        Self {
            steps: seen,
            seasonality: look.seasonality,
            changes: look.changes,
            earlier,
            incidents,
            shift,
        }
    }
}

impl Look {
    /// The last clear shift, where enough came after it and nothing else was asked for.
    fn shift(&self, steps: &Steps, params: &ForecastParams) -> Option<Shift> {
        let asked = params.model.as_deref().map(super::kinds::clean);
        if asked.is_some_and(|name| ACROSS.iter().any(|end| name.ends_with(end))) {
            return None;
        }
        let season = self.periods().into_iter().max().unwrap_or(1);
        let shift = shifts::last_clear(&self.adjusted, &self.changes, season)?;
        let newest = steps.values.get(shift.at..)?;
        let known: Vec<f64> = newest.iter().flatten().copied().collect();
        let first = known.first()?;
        let varies = known.iter().any(|v| v.total_cmp(first).is_ne());
        let enough =
            known.len() >= MIN_BACKTEST.max(2 * season) && AHEAD * newest.len() >= steps.horizon;
        (varies && enough).then_some(shift)
    }
}

/// Notes what of the history was set aside, and what the ranges do not foresee therefore.
pub fn describe(basis: &Basis, whole: &Steps, unit: &str, warnings: &mut Warnings) {
    if let Some(shift) = basis.shift {
        let by = units::with_unit(shift.by.abs(), unit);
        let strike = if whole.kind == StepKind::Index {
            ""
        } else {
            "; for a forecast from all of the history put that day under ignore_changes in a plan"
        };
        warnings.add(
            WarningKind::Assumed,
            format!(
                "the level {} by about {by} at {}; the forecast is made from the {} since, and its ranges do not foresee another such jump{strike}",
                if shift.by > 0.0 { "rose" } else { "fell" },
                date(whole, shift.at),
                whole.stretch(basis.steps.values.len()),
            ),
        );
        if basis.steps.horizon > basis.steps.values.len() {
            warnings.add(
                WarningKind::LongHorizon,
                format!(
                    "{} ahead is longer than the time since the level changed; the far end is uncertain beyond its range",
                    whole.stretch(basis.steps.horizon)
                ),
            );
        }
    }
    for run in &basis.incidents {
        warnings.add(
            WarningKind::Outliers,
            format!(
                "{} from {} stand far from the level before and after; they are shown and left out of the fit, and the ranges do not foresee another such stretch",
                whole.stretch(run.len()),
                date(whole, run.start)
            ),
        );
    }
}

/// From what the forecast is made, where that is not the whole history.
pub fn sentence(basis: &Basis, whole: &Steps) -> String {
    basis.shift.map_or_else(String::new, |shift| {
        format!(
            " It is made from the {} since the level shift of {}.",
            whole.stretch(basis.steps.values.len()),
            date(whole, shift.at)
        )
    })
}
