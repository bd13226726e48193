//! `headroom forecast --keep` and `--scorecard`: forecasts are kept in the project, and what became of them is told.

use clap::Args;
use serde::Serialize;

use super::closing::open_to_change;
use super::common::{CliError, CommonArgs, Loaded, Outcome, print, print_json, say};
use super::forecast::ForecastArgs;
use crate::analysis::forecast::gather::NamedSeries;
use crate::analysis::forecast::kept::{Keeping, KeptBy, KeptForecast};
use crate::analysis::forecast::scorecard::{LEADS, PlanScorecard, score};
use crate::analysis::forecast::scorecard_words::share_text;
use crate::analysis::forecast::{Aggregate, Forecast};
use crate::calendar::{Instant, Zone, parse_time};
use crate::dataset::ScopeFilter;
use crate::project::{Project, ProjectDoc};

/// What is to be kept or scored, as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct KeptArgs {
    /// Keep the forecasts in the project, so that later data can score them
    #[arg(long, conflicts_with_all = ["batch", "scorecard"])]
    pub keep: bool,
    /// Who keeps them, as it is kept and printed
    #[arg(long, value_name = "NAME", requires = "keep")]
    pub by: Option<String>,
    /// When they are kept (default: the clock)
    #[arg(long, value_name = "TIME", requires = "keep")]
    pub at: Option<String>,
    /// What became of the kept forecasts (of --series, --service or --environment where given)
    #[arg(long, conflicts_with_all = ["batch", "capacity", "horizon", "season", "lead_time", "force"])]
    pub scorecard: bool,
}

/// The scorecard as `--json` prints it: with the shares and sentences that people read.
#[derive(Serialize)]
struct Answer<'a> {
    sentence: String,
    coverage80: Option<f64>,
    coverage95: Option<f64>,
    #[serde(flatten)]
    card: &'a PlanScorecard,
    sentences: Vec<String>,
}

/// What the forecasts are made of; with the project where they are to be kept in it.
pub fn load(
    args: &ForecastArgs,
    common: &CommonArgs,
) -> Result<(Option<Project>, Loaded), CliError> {
    if !args.kept.keep {
        return Ok((None, common.load(&args.files)?));
    }
    if !args.files.is_empty() {
        return Err(CliError::usage(
            "--keep works on a project alone: import the files with headroom import first",
        ));
    }
    let hint = "close it there, or keep the forecast on its Forecast screen";
    let needs = "forecasts are kept in a project";
    let (project, loaded) = open_to_change(common, needs, "kept", hint)?;
    Ok((Some(project), loaded))
}

/// Forecasts as they are kept, with their project.
pub struct Keeper {
    project: Project,
    doc: ProjectDoc,
    at: Instant,
    kept: usize,
}

impl Keeper {
    /// Ready to keep, with the time that was typed or that of the clock.
    pub fn new(
        project: Project,
        doc: ProjectDoc,
        args: &ForecastArgs,
        zone: &Zone,
    ) -> Result<Self, CliError> {
        let at = match &args.kept.at {
            Some(text) => parse_time(text, zone)?.at,
            None => Instant::now(),
        };
        Ok(Self {
            project,
            doc,
            at,
            kept: 0,
        })
    }

    /// Keeps a forecast, unless the same data were kept before.
    pub fn keep(
        &mut self,
        forecast: &Forecast,
        named: &NamedSeries,
        all: &[NamedSeries],
        asked: (&ScopeFilter, &Zone, Aggregate),
        args: &ForecastArgs,
        quiet: bool,
    ) {
        let (scope, zone, aggregate) = asked;
        let alone = all
            .iter()
            .filter(|s| s.display_name == named.display_name)
            .count()
            == 1;
        let title = named.title();
        let series = if alone { &named.display_name } else { &title };
        let keeping = Keeping {
            series,
            scope,
            zone,
            aggregate,
            at: self.at,
            by: KeptBy::Command,
            who: args.kept.by.as_deref().unwrap_or_default(),
        };
        let Some(kept) = KeptForecast::of(forecast, &keeping) else {
            return;
        };
        let list = &mut self.doc.decisions.forecasts;
        if let Some(known) = kept.known_in(list) {
            if !quiet {
                say(&format!(
                    "{}; nothing is kept twice",
                    known.by.already(series, known.made_at, zone)
                ));
            }
            return;
        }
        kept.keep_in(list);
        self.kept += 1;
        if !quiet {
            say(&format!("kept: {series}"));
        }
    }

    /// Saves the project where something was kept.
    pub fn finish(mut self) -> Result<(), CliError> {
        if self.kept > 0 {
            self.project.save_doc(&self.doc)?;
        }
        Ok(())
    }
}

/// Prints what became of the kept forecasts.
pub fn scorecard(args: &ForecastArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    if common.project.is_none() {
        return Err(CliError::usage(
            "kept forecasts stand in a project; name it with --project",
        ));
    }
    let loaded = common.load(&args.files)?;
    let zone = match common.zone()? {
        Some(zone) => zone,
        None => Zone::named(&loaded.doc.time_zone)?,
    };
    let all = &loaded.doc.decisions.forecasts;
    let wanted = args.series.as_deref().map(str::trim).unwrap_or_default();
    let within = |asked: &Option<String>, of: &Option<String>| asked.is_none() || asked == of;
    let chosen: Vec<&KeptForecast> = all
        .iter()
        .filter(|kept| {
            kept.series.to_lowercase().contains(&wanted.to_lowercase())
                && within(&args.scope.service, &kept.scope.service)
                && within(&args.scope.environment, &kept.scope.environment)
        })
        .collect();
    if chosen.is_empty() && !all.is_empty() {
        let mut names: Vec<&str> = all.iter().map(|kept| kept.series.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut error = CliError::usage(
            "no kept forecast fits --series, --service and --environment as they were given",
        );
        error.hint = Some(format!("kept series: {}", names.join(", ")));
        return Err(error);
    }
    let card = score(&loaded.dataset, chosen, common.as_of(&zone)?)
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    if args.json {
        let share = |n: usize| (card.measured > 0).then(|| n as f64 / card.measured as f64);
        print_json(&Answer {
            sentence: card.sentence(),
            coverage80: share(card.within80),
            coverage95: share(card.within95),
            sentences: card.forecasts.iter().map(|f| f.sentence(&zone)).collect(),
            card: &card,
        })?;
    } else {
        print(&text(&card, &zone));
    }
    Ok(Outcome::Done)
}

/// The answer for a person: how often the ranges held, a table, and a sentence for each forecast.
fn text(card: &PlanScorecard, zone: &Zone) -> String {
    let mut out = card.sentence();
    if card.forecasts.is_empty() {
        out.push_str(
            "\nKeep one with headroom forecast --project P --keep; closing a period keeps those of its report.",
        );
        return out;
    }
    if let Some(errors) = card.errors_sentence() {
        out.push('\n');
        out.push_str(&errors);
    }
    let mut rows: Vec<Vec<String>> = vec![
        [
            "series",
            "kept",
            "steps",
            "in 80 %",
            "in 95 %",
            "error 1–7 d",
            "8–30 d",
            "31–90 d",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for one in &card.forecasts {
        let mut row = vec![
            one.series.clone(),
            one.made_at.format(zone, "%Y-%m-%d"),
            one.measured.to_string(),
            share_text(one.within80, one.measured, 80),
            share_text(one.within95, one.measured, 95),
        ];
        row.extend(one.errors.iter().map(|e| e.text(&one.unit)));
        rows.push(row);
    }
    out.push_str("\n\n");
    let columns = 5 + LEADS.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    for one in &card.forecasts {
        out.push('\n');
        out.push_str(&one.sentence(zone));
    }
    out
}
