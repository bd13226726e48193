//! What `headroom forecast` is told beside the data: `--plan`, `--holidays` and the project, and how the answer says
//! what came of it.

use std::path::Path;

use super::common::CliError;
use super::forecast::ForecastArgs;
use crate::analysis::forecast::gather::{NamedSeries, find};
use crate::analysis::forecast::plan::{
    Addition, ForecastPlan, Known, SeriesPlan, read_holidays, read_plan,
};
use crate::analysis::forecast::{CapacityCrossing, Forecast};
use crate::calendar::{Instant, Zone};
use crate::project::ProjectDoc;
use crate::scenario::ahead::Ahead;
use crate::units;

/// Everything that is known, by series.
#[derive(Debug, Default)]
pub(super) struct Plans {
    by_series: Vec<ForecastPlan>,
    additions: Vec<(String, Vec<Addition>)>,
    /// The committed plan of the project, where it has a day; `Err` says why it stands in no forecast.
    committed: Option<Result<Ahead, String>>,
}

fn read_text(path: &Path, flag: &str) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|e| {
        CliError::new("unreadable", format!("{flag} cannot be read ({e})")).about(path)
    })
}

fn placed(kind: &str, message: String, line: Option<u64>, path: &Path) -> CliError {
    CliError {
        line,
        ..CliError::new(kind, message).about(path)
    }
}

impl Plans {
    /// Reads the files, on top of what the project knows. A name in the plan must be that of one series.
    pub(super) fn read(
        args: &ForecastArgs,
        doc: &ProjectDoc,
        zone: &Zone,
        all: &[NamedSeries],
    ) -> Result<Self, CliError> {
        let mut plans = Self {
            by_series: doc.forecast_plans.clone(),
            additions: Vec::new(),
            committed: doc.ahead(),
        };
        if let Some(path) = &args.plan {
            let text = read_text(path, "the plan")?;
            let file =
                read_plan(&text, zone).map_err(|e| placed("plan", e.message, e.line, path))?;
            for SeriesPlan {
                mut plan,
                additions,
            } in file.plans
            {
                if !plan.series.is_empty() {
                    plan.series = series_named(&plan.series, all)
                        .map_err(|e| CliError::new("plan", e).about(path))?;
                }
                plans.additions.push((plan.series.clone(), additions));
                plans.by_series.push(plan);
            }
        }
        if let Some(path) = &args.holidays {
            let text = read_text(path, "the table of holidays")?;
            let holidays = read_holidays(&text)
                .map_err(|e| placed("holidays", e.message, Some(e.line), path))?;
            plans.by_series.push(ForecastPlan {
                holidays,
                ..ForecastPlan::default()
            });
        }
        Ok(plans)
    }

    /// What is known about a series, on top of what the project plans for its limit; the committed plan comes last.
    pub(super) fn add_to(&self, named: &NamedSeries, known: &mut Known) {
        let name = &named.display_name;
        known.plan = ForecastPlan::of(&self.by_series, name);
        let mine = |series: &String| series.is_empty() || series == name;
        for (_, additions) in self.additions.iter().filter(|(series, _)| mine(series)) {
            known.additions.extend_from_slice(additions);
        }
        if let Some(committed) = self.committed_for(name) {
            committed.add_to(known);
        }
    }

    fn committed_for(&self, series: &str) -> Option<&Ahead> {
        let committed = self.committed.as_ref()?.as_ref().ok()?;
        committed.concerns(series).then_some(committed)
    }

    /// What the committed plan does to the forecast of a series, or why it stands in none of these; `None` for them where
    /// a person named the series.
    pub(super) fn committed_note(
        &self,
        series: &str,
        (these, all): (Option<&[&str]>, &[NamedSeries]),
    ) -> Option<String> {
        let ahead = match self.committed.as_ref()? {
            Err(why) => return Some(why.clone()),
            Ok(ahead) if ahead.concerns(series) => return Some(ahead.sentence()),
            Ok(ahead) => ahead,
        };
        let missing = ahead.missing(all.iter().map(|s| s.display_name.as_str()));
        missing.or_else(|| {
            let chosen = these?;
            (!chosen.iter().any(|name| ahead.concerns(name))).then(|| {
                format!(
                    "The {} holds from {} and changes the forecast of “{}”, which is not shown here; see it with --series.",
                    ahead.label(),
                    ahead.from,
                    ahead.series
                )
            })
        })
    }
}

/// The display name of the series that a plan means.
fn series_named(wanted: &str, all: &[NamedSeries]) -> Result<String, String> {
    find(all, wanted)
        .map(|named| named.display_name.clone())
        .map_err(|several| {
            let known: Vec<String> = if several.is_empty() {
                all.iter().take(30).map(NamedSeries::title).collect()
            } else {
                several
            };
            format!(
                "series: \"{wanted}\" is not the name of one series; there are {}",
                known.join(", ")
            )
        })
}

/// What is planned and known, and what it changes, for a person; `None` where nothing is.
pub(super) fn text(forecast: &Forecast, zone: &Zone) -> Option<String> {
    let date = |at: Instant| at.format(zone, "%Y-%m-%d");
    let mut lines = Vec::new();
    let capacity = forecast.capacity.as_ref();
    for addition in capacity.iter().flat_map(|c| &c.additions) {
        let mut line = format!(
            "{}: {} more, order by {}{}",
            date(addition.at),
            addition.amount,
            date(addition.order_by),
            if addition.late {
                " (that day is over)"
            } else {
                ""
            }
        );
        if let Some(cost) = addition.cost {
            line.push_str(&format!(", cost {}", units::grouped(cost, 2)));
        }
        if !addition.owner.is_empty() {
            line.push_str(&format!(", {}", addition.owner));
        }
        lines.push(line);
    }
    if let Some(cost) = capacity.and_then(CapacityCrossing::cost) {
        lines.push(format!(
            "cost of the additions: {}",
            units::grouped(cost, 2)
        ));
    }
    if let Some(capacity) = capacity.filter(|c| !c.already_over) {
        let reading = |at: Option<Instant>| at.map_or("not in sight".to_owned(), date);
        lines.push(format!(
            "conservative reading (upper end of the 80 % range): {}; expected reading: {}",
            reading(capacity.conservative),
            reading(capacity.expected)
        ));
    }
    if let Some(plan) = &forecast.plan {
        let crossing = |of: Option<Instant>, over: bool| match of {
            _ if over => "over already".to_owned(),
            Some(at) => date(at),
            None => "not within the horizon".to_owned(),
        };
        if let (Some(with), Some(without)) = (capacity, &plan.without.capacity) {
            lines.push(format!(
                "half of the paths cross with what is known: {}; without it: {}",
                crossing(with.crossing.p50, with.already_over),
                crossing(without.crossing.p50, without.already_over)
            ));
        }
        if let (Some(with), Some(without)) = (forecast.points.last(), plan.without.points.last()) {
            lines.push(format!(
                "expected on {} with what is known: {}; without it: {}",
                date(with.t),
                units::with_unit(with.mean, &forecast.unit),
                units::with_unit(without.mean, &forecast.unit)
            ));
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
