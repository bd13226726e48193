//! `headroom sla`: did we keep our promises. Exit code 1 where one was broken, 3 where nothing is proven.

use std::path::{Path, PathBuf};

use clap::Args;

use super::closing::{WithClosing, beside};
use super::common::{CliError, CommonArgs, Outcome, print, print_json, say, with_fiscal_start};
use super::sla_forms::{self, FormArgs};
use crate::analysis::closing::{ClosedView, scope_words};
use crate::analysis::decisions::Decisions;
use crate::analysis::sla::{
    AppliedExclusion, BurnTable, Exclusion, JudgeParams, ObjectiveResult, Scorecard, SlaFile,
    SlaReport, Verdict, judge, parse_exclusions, replay_alerts, settled,
};
use crate::calendar::Zone;
use crate::import::ImportError;
use crate::project::{PromisesError, SlaEntry};
use crate::units;

/// Most breaches that the table for people shows.
const SHOWN_BREACHES: usize = 10;

/// Most exclusions of an objective that the table for people shows.
const SHOWN_EXCLUSIONS: usize = 10;

/// The command line as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct SlaArgs {
    /// Load tests, metrics and outage tables (or --project)
    pub files: Vec<PathBuf>,
    /// The promises (default: those of the project)
    #[arg(long, value_name = "SLA.yaml")]
    pub sla: Option<PathBuf>,
    /// The period: 2026-06-14, 2026-W25, 2026-06, 2026-Q2, 2026, FY2026-Q2, 30d (up to now), or last-month and the like
    #[arg(
        long,
        value_name = "PERIOD",
        long_help = super::period::HELP,
        required_unless_present = "instead_of_judging"
    )]
    pub period: Option<String>,
    /// The month with which fiscal years begin, such as 4 or april (default: the promises', else the project's)
    #[arg(long, value_name = "MONTH")]
    pub fiscal_start: Option<String>,
    /// Windows that do not count: start,end,reason and, where known, duration,rrule,category,entered_by,entered_at
    #[arg(long, value_name = "WINDOWS.csv")]
    pub exclude: Option<PathBuf>,
    /// Only this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Burn alerts to replay: sre-workbook, sloth, pyrra or datadog (default: those of the promises, else sre-workbook)
    #[arg(long, value_name = "TABLE")]
    pub burn_alerts: Option<String>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
    /// Promises that ship with the program, instead of --sla; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "sla")]
    pub preset: Vec<String>,
    /// Presets, hints and OpenSLO
    #[command(flatten)]
    pub forms: FormArgs,
}

/// The table of burn alerts that was asked for.
fn burn_tables(args: &SlaArgs) -> Result<Vec<BurnTable>, CliError> {
    args.burn_alerts
        .iter()
        .map(|name| {
            BurnTable::named(name).ok_or_else(|| {
                let mut error =
                    CliError::usage(format!("there is no table of burn alerts \"{name}\""));
                error.hint = Some(format!("write {}", BurnTable::NAMES.join(", ")));
                error
            })
        })
        .collect()
}

pub(super) fn read_text(path: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(path).map_err(|e| ImportError::from_io(path, e))?;
    String::from_utf8(bytes)
        .map_err(|_| CliError::new("unusable-file", "the file is not text in UTF-8").about(path))
}

/// Reads a table of windows that do not count.
fn read_exclusions(path: &Path, zone: &Zone) -> Result<Vec<Exclusion>, CliError> {
    let mut windows = parse_exclusions(&read_text(path)?, zone).map_err(|error| {
        CliError::from(PromisesError::Exclusions {
            path: path.to_path_buf(),
            error,
        })
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for window in &mut windows {
        window.source.clone_from(&name.clone().into_owned());
    }
    Ok(windows)
}

/// The promises named on the command line, else those of the project, as one file.
pub(super) fn promises_of(
    entries: &[SlaEntry],
    given: Option<&Zone>,
    project: &Zone,
    decisions: &Decisions,
) -> Result<SlaFile, CliError> {
    let mut files = Vec::new();
    for entry in entries {
        let mut file = entry.promises(given, project)?;
        file.add_exclusions(&decisions.exclusions);
        files.push((entry.name.clone(), file));
    }
    Ok(SlaFile::merged(files))
}

/// Runs the command.
pub fn run(args: &SlaArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    if let Some(done) = sla_forms::run(args, common)? {
        return Ok(done);
    }
    let tables = burn_tables(args)?;
    let given_zone = common.zone()?;
    let named = sla_forms::named(args)?;
    let loaded = common.load(&args.files)?;
    let entries = if named.is_empty() {
        loaded.doc.slas.clone()
    } else {
        named
    };
    if entries.is_empty() {
        let mut error = CliError::usage("there are no promises to judge");
        error.hint = Some(
            "name a file with --sla, or promises that ship with the program with --preset"
                .to_owned(),
        );
        return Err(error);
    }
    let project_zone = Zone::named(&loaded.doc.time_zone)?;
    let decisions = &loaded.doc.decisions;
    let mut file = promises_of(&entries, given_zone.as_ref(), &project_zone, decisions)?;
    file.add_baselines(&decisions.baselines);
    let zone = match (given_zone, &file.timezone) {
        (Some(zone), _) => zone,
        (None, Some(name)) => Zone::named(name)?,
        (None, None) => project_zone,
    };
    let exclusions = match &args.exclude {
        Some(path) => read_exclusions(path, &zone)?,
        None => Vec::new(),
    };
    let mut scope = loaded.doc.scope.clone();
    scope.service = args.service.clone().or(scope.service);
    scope.environment = args.environment.clone().or(scope.environment);
    let given_now = common.as_of(&zone)?;
    let period = with_fiscal_start(
        super::period::period(args.period.as_deref().unwrap_or_default(), common, &zone)?,
        args.fiscal_start.as_deref(),
        file.fiscal_start.or(loaded.doc.fiscal_start),
    )?;
    let period = settled(period, &loaded.dataset, &scope, &zone, given_now);
    let end = period.range(&zone).end;
    // What was closed is compared with the project's own promises, over the whole period.
    let own = args.sla.is_none() && args.exclude.is_none();
    let closed = loaded
        .doc
        .decisions
        .closed(&period.to_string(), &scope_words(&scope))
        .filter(|_| own && given_now.is_none_or(|now| now >= end));
    let params = JudgeParams {
        period,
        as_of: given_now.or(closed.map(|_| end)),
        zone,
        scope,
        exclusions,
        history: false,
    };
    let mut report = judge(&loaded.dataset, &file, &params)
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    replay_alerts(&loaded.dataset, &file, &params, &tables, &mut report)
        .map_err(|e| CliError::new("internal", e.to_string()))?;
    let nothing = report.verdict == Verdict::NoData;
    let view = closed.map(|closed| ClosedView::of(closed, &report.objectives));
    if !common.quiet {
        for warning in report.warnings.iter() {
            say(&format!("note: {}", warning.message));
        }
        if let Some(warning) = view.as_ref().and_then(ClosedView::warning) {
            say(&format!("warning: {warning}"));
        }
    }
    if args.json {
        if nothing {
            // The contract knows three verdicts on the whole.
            report.verdict = Verdict::NotProven;
        }
        print_json(&WithClosing {
            result: &report,
            closed: view.as_ref().map(Into::into),
        })?;
    } else {
        print(&table(&report, &params));
        if let Some(view) = &view {
            print(&format!("\n{}", beside(view, &params.zone)));
        }
    }
    Ok(match report.verdict {
        Verdict::Breached => Outcome::Finding,
        Verdict::Met => Outcome::Done,
        Verdict::NotProven | Verdict::NoData => Outcome::NotProven,
    })
}

/// The mark before a verdict on a page for people.
pub(super) const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✔",
        Verdict::Breached => "✘",
        Verdict::NotProven => "?",
        Verdict::NoData => "–",
    }
}

fn budget_left(objective: &ObjectiveResult) -> String {
    match &objective.budget {
        Some(budget) if budget.total > 0.0 => {
            format!("{} %", units::number(budget.remaining_percent))
        }
        _ => "–".to_owned(),
    }
}

/// The windows that took time out, and how many took none.
fn exclusion_lines(windows: &[AppliedExclusion], zone: &Zone) -> String {
    let took: Vec<&AppliedExclusion> = windows.iter().filter(|w| w.secs > 0.0).collect();
    let mut text: String = took
        .iter()
        .take(SHOWN_EXCLUSIONS)
        .map(|window| exclusion_line(window, zone))
        .collect();
    let more = took.len().saturating_sub(SHOWN_EXCLUSIONS);
    if more > 0 {
        text.push_str(&format!("  and {more} more exclusions\n"));
    }
    let idle = windows.len() - took.len();
    if idle > 0 {
        let were = if idle == 1 {
            "exclusion lies"
        } else {
            "exclusions lie"
        };
        text.push_str(&format!(
            "  {idle} {were} outside service hours or within others, and took nothing out\n"
        ));
    }
    text
}

/// `  excluded 2026-06-14 02:00 to 04:00  2 h, 30 min of downtime inside: patches (maintenance, by J. Doe)`.
fn exclusion_line(window: &AppliedExclusion, zone: &Zone) -> String {
    let length = |secs: f64| units::duration(units::Micros((secs * 1e6) as i64));
    let pattern = if window.start.date(zone) == window.end.date(zone) {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    let down = window
        .down_secs
        .filter(|secs| *secs > 0.0)
        .map(|secs| format!(", {} of downtime inside", length(secs)))
        .unwrap_or_default();
    let reason = if window.reason.is_empty() {
        "no reason given"
    } else {
        &window.reason
    };
    let by = if window.entered_by.is_empty() {
        String::new()
    } else {
        format!(", by {}", window.entered_by)
    };
    format!(
        "  excluded {} to {}  {}{down}: {reason} ({}{by})\n",
        window.start.format(zone, "%Y-%m-%d %H:%M"),
        window.end.format(zone, pattern),
        length(window.secs),
        window.category.word(),
    )
}

/// A line each on the budget and on the alerts that would have fired.
fn alert_lines(objective: &ObjectiveResult, zone: &Zone) -> String {
    let mut lines = Vec::new();
    if let Some(budget) = &objective.budget {
        lines.push(format!("Budget: {}", budget.sentence(zone)));
        lines.extend(budget.outlook());
    }
    for replay in &objective.burn_alerts {
        let first = replay.alerts.iter().filter_map(|a| a.firings.first());
        let first = first.map(|f| f.start).min().map_or_else(String::new, |at| {
            format!("; first on {}", at.format(zone, "%Y-%m-%d %H:%M"))
        });
        lines.push(format!("{} ({}){first}", replay.sentence(), replay.table));
    }
    if let Some(alerts) = &objective.alerts {
        lines.push(format!("Alert tiers: {}", alerts.sentence()));
    }
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(&format!("  {line}\n"));
        text
    })
}

/// The report as a person reads it on a terminal.
fn table(report: &SlaReport, params: &JudgeParams) -> String {
    let mut text = report.sentence(&params.period.title());
    if report.period.open {
        let now = report.period.as_of.format(&params.zone, "%Y-%m-%d %H:%M");
        text.push_str(&format!(
            "\nThe period is open: as of {now} ({}).",
            params.zone.name()
        ));
    }
    text.push_str("\n\n");
    let header = [
        "",
        "objective",
        "target",
        "achieved",
        "budget left",
        "verdict",
    ];
    let rows: Vec<[String; 6]> = report
        .objectives
        .iter()
        .map(|o| {
            [
                mark(o.verdict).to_owned(),
                o.name.clone(),
                o.target_text.clone(),
                o.achieved_text.clone(),
                budget_left(o),
                o.verdict.word().to_owned(),
            ]
        })
        .collect();
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(column, title)| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .chain([title.chars().count()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    let mut line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    };
    line(&header.map(str::to_owned));
    for row in &rows {
        line(row);
    }
    for objective in &report.objectives {
        text.push_str(&format!("\n{}: {}\n", objective.name, objective.rule));
        if !objective.source.is_empty() {
            text.push_str(&format!("  from {}\n", objective.source));
        }
        for sentence in objective.reason.iter().chain(&objective.assumed) {
            text.push_str(&format!("  {sentence}\n"));
        }
        text.push_str(&alert_lines(objective, &params.zone));
        if objective
            .verdict_without_exclusions
            .is_some_and(|v| v != objective.verdict)
            && let Some(plain) = objective.verdict_without_exclusions
        {
            text.push_str(&format!("  Without exclusions: {}.\n", plain.word()));
        }
        text.push_str(&exclusion_lines(&objective.exclusions, &params.zone));
    }
    text.push_str(&compared(report));
    if !report.breaches.is_empty() {
        text.push_str("\nBreaches\n");
        for breach in report.breaches.iter().take(SHOWN_BREACHES) {
            let note = if breach.note.is_empty() {
                String::new()
            } else {
                format!(": {}", breach.note)
            };
            let told = breach.escalation.as_ref().map_or_else(String::new, |e| {
                format!(", level {}: {}", e.level, e.name.replace('_', " "))
            });
            text.push_str(&format!(
                "  {}  {}  {}, {} ({}{told}){note}\n",
                breach.start.format(&params.zone, "%Y-%m-%d %H:%M"),
                units::duration(crate::units::Micros::from_secs(breach.secs)),
                breach.objective,
                breach.worst_text,
                breach.severity,
            ));
        }
        let more = report.breaches.len().saturating_sub(SHOWN_BREACHES);
        if more > 0 {
            text.push_str(&format!("  and {more} more\n"));
        }
    }
    for alert in &report.alerts {
        text.push_str(&format!("\nAlert {}: {}\n", alert.name, alert.sentence()));
    }
    for conflict in &report.conflicts {
        text.push_str(&format!(
            "\nConflict between {}: {}\n",
            conflict.between.join(" and "),
            conflict.what
        ));
    }
    text.trim_end().to_owned()
}

/// The services of promises that cover several, and the promises that have a baseline.
fn compared(report: &SlaReport) -> String {
    let mut text = String::new();
    for objective in report.objectives.iter().filter(|o| !o.parts.is_empty()) {
        text.push_str(&format!("\n{}, service by service\n", objective.name));
        for part in &objective.parts {
            text.push_str(&format!(
                "  {} {}  {}, {}\n",
                mark(part.verdict),
                part.service,
                part.achieved_text,
                part.verdict.word()
            ));
        }
    }
    if let Some(scorecard) = Scorecard::of(report) {
        text.push_str(&format!("\nAgainst the baseline: {}\n", scorecard.sentence));
        for row in &scorecard.rows {
            text.push_str(&format!(
                "  {}{}: {} → {} ({}), target {}: {} ({})\n",
                row.metric,
                if row.policy { " (policy)" } else { "" },
                row.baseline_text,
                row.current_text,
                row.change_text,
                row.target_text,
                row.status.word(),
                row.baseline_name
            ));
        }
        text.push_str(&format!("  {}\n", Scorecard::FORMULA));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::calendar::{Period, parse_time};
    use crate::dataset::{Dataset, OutageRow, Source, State, UptimeTable};
    use crate::units::Micros;

    fn report() -> (SlaReport, JudgeParams) {
        let utc = Zone::utc();
        let start = parse_time("2026-06-10 08:00", &utc).unwrap().at;
        let source = Source {
            uptime: Some(UptimeTable {
                rows: vec![OutageRow {
                    start,
                    end: Some(start.plus(Micros::HOUR)),
                    state: State::Down,
                    service: String::new(),
                    note: "disk full".to_owned(),
                }],
                incident_list: true,
                ..UptimeTable::default()
            }),
            ..Source::default()
        };
        let dataset = Dataset {
            sources: vec![Arc::new(source)],
        };
        let file =
            SlaFile::parse("objectives:\n  - {name: Uptime, kind: availability, target: 99.9%}\n")
                .unwrap();
        let params = JudgeParams {
            period: Period::parse("2026-06").unwrap(),
            zone: utc,
            as_of: None,
            scope: crate::dataset::ScopeFilter::default(),
            exclusions: Vec::new(),
            history: false,
        };
        (judge(&dataset, &file, &params).unwrap(), params)
    }

    #[test]
    fn the_table_says_what_broke_and_why() {
        let (report, params) = report();
        let text = table(&report, &params);
        for part in [
            "The one promise was broken in June 2026.",
            "99.86 %",
            "breached",
            "1 h of downtime, 43 min 12 s allowed.",
            "disk full",
            "2026-06-10 08:00",
        ] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
    }

    /// The keys of the contract, and nothing that is not a plain JSON number.
    #[test]
    fn the_json_has_the_keys_of_the_contract() {
        let (report, _) = report();
        let json = serde_json::to_value(&report).unwrap();
        for key in ["period", "objectives", "breaches", "conflicts", "verdict"] {
            assert!(json.get(key).is_some(), "{key}");
        }
        let objective = &json["objectives"][0];
        for key in [
            "name",
            "kind",
            "scope",
            "rule",
            "target",
            "achieved",
            "unit",
            "source",
            "assumed",
            "verdict",
            "verdict_without_exclusions",
            "good",
            "bad",
            "excluded",
            "unknown",
            "not_demanded",
            "coverage",
            "best",
            "worst",
            "budget",
            "slices",
            "escalation",
            "periods",
            "alerts",
            "burn_alerts",
        ] {
            assert!(objective.get(key).is_some(), "{key}");
        }
        assert_eq!(json["verdict"], "breached");
        assert_eq!(json["period"]["start"], "2026-06-01T00:00:00Z");
        assert_eq!(objective["budget"]["unit"], "secs");
        assert_eq!(json["breaches"][0]["secs"], 3_600);
    }
}
