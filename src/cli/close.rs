//! `headroom close`: freezes the results of a period in its project, restates them, or opens the period again. Without a
//! period it lists what is closed. It ends with 0 or 2: what became of the promises is for `sla` to say.

use clap::Args;
use serde::Serialize;

use super::closing::{SignatureArgs, open_to_write};
use super::common::{print, print_json, say};
use super::report::{failed, params_of};
use super::{CliError, CommonArgs, Outcome};
use crate::analysis::closing::{self, ClosedView, Difference, scope_words};
use crate::analysis::decisions::ClosedPeriod;
use crate::calendar::{Instant, Period, Zone};
use crate::progress::Progress;
use crate::report::closing::{Signed, close, not_closed, reasoned, restate};

/// Arguments as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct CloseArgs {
    /// The period (as for `report`); without it, what is closed is listed
    #[arg(long, value_name = "PERIOD", long_help = super::period::HELP)]
    pub period: Option<String>,
    /// Who and when
    #[command(flatten)]
    pub signature: SignatureArgs,
    /// The data or the promises have changed: keep old and new figures, with the reason
    #[arg(long, requires = "reason", conflicts_with = "reopen")]
    pub restate: bool,
    /// It no longer binds; its record stays, with the reason
    #[arg(long, requires = "reason")]
    pub reopen: bool,
    /// Why, for --restate and --reopen
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Only this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    state: &'static str,
    #[serde(flatten)]
    closed: &'a ClosedPeriod,
    restated: Vec<String>,
}

/// Runs the command.
pub fn run(args: &CloseArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    if args.period.is_none() {
        return list(args, common);
    }
    let (mut project, loaded) = open_to_write(common)?;
    let scope = super::report::ScopeArgs {
        period: args.period.as_deref(),
        fiscal_start: None,
        service: args.service.as_deref(),
        environment: args.environment.as_deref(),
    };
    let params = params_of(&scope, &[], common, &loaded)?;
    let who = args.signature.decide(&params.zone)?;
    let reason = args.reason.as_deref().map(str::trim).unwrap_or_default();
    let mut doc = loaded.doc;
    let (state, record, restated) = if args.reopen {
        let (period, scope) = (params.period.to_string(), scope_words(&params.scope));
        reasoned(reason).map_err(|e| failed(&e))?;
        let Some(closed) = doc.decisions.closed_mut(&period, &scope) else {
            return Err(failed(&not_closed(params.period, &scope)));
        };
        closing::reopen(closed, who, reason);
        ("reopened", closed.clone(), Vec::new())
    } else {
        let none = Progress::default();
        let (state, signed) = if args.restate {
            let restated = restate(&loaded.dataset, &params, &who, reason, &none);
            ("restated", restated)
        } else {
            ("closed", close(&loaded.dataset, &params, who, &none))
        };
        let Signed {
            record,
            differences,
            forecasts,
            ..
        } = signed.map_err(|e| failed(&e))?;
        doc.decisions.keep(record.clone());
        doc.decisions.keep_forecasts(forecasts);
        let restated = differences.iter().map(Difference::sentence).collect();
        (state, record, restated)
    };
    project.save_doc(&doc)?;
    if args.json {
        print_json(&Answer {
            state,
            closed: &record,
            restated,
        })?;
    } else if !common.quiet {
        say(&sentence(state, &record, params.period));
        for line in restated {
            say(&format!("  {line}"));
        }
        if state != "reopened" {
            say(&format!("workbook {}", record.workbook_in_force()));
        }
    }
    Ok(Outcome::Done)
}

fn sentence(state: &str, record: &ClosedPeriod, period: Period) -> String {
    let n = record.results.len();
    let results = if n == 1 { "result" } else { "results" };
    match state {
        "reopened" => format!("{} ({}) is open again.", period.title(), record.scope),
        _ => format!(
            "{} ({}) is {state}: {n} {results} frozen.",
            period.title(),
            record.scope
        ),
    }
}

fn list(args: &CloseArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    if args.restate || args.reopen || args.signature.by.is_some() {
        return Err(CliError::usage(
            "name the period with --period, such as --period 2026-06 or --period last-month",
        ));
    }
    if common.project.is_none() {
        return Err(CliError::usage("name a project with --project"));
    }
    let doc = common.load(&[])?.doc;
    let closed = &doc.decisions.closed;
    if args.json {
        print_json(&serde_json::json!({ "closed": closed }))?;
        return Ok(Outcome::Done);
    }
    let zone = match common.zone()? {
        Some(zone) => zone,
        None => Zone::named(&doc.time_zone)?,
    };
    if closed.is_empty() {
        print("No period is closed.");
    }
    for one in closed {
        print(&line(one, &zone));
    }
    Ok(Outcome::Done)
}

fn line(one: &ClosedPeriod, zone: &Zone) -> String {
    let view = ClosedView {
        closed: one.clone(),
        differences: Vec::new(),
    };
    let day = |at: Instant| at.format(zone, "%-d %B %Y");
    let mut text = format!("{}  {}  {}", one.period, one.scope, view.sentence(zone));
    if let Some(again) = &one.reopened {
        text.push_str(&format!(
            "; opened again on {} by {}: {}",
            day(again.at),
            again.by,
            again.reason
        ));
    }
    text
}
