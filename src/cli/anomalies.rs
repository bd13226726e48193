//! `headroom anomalies`: what was unusual. Exit code 0 where nothing was (or all of it is marked as known), 1 where
//! something was, 2 where no series could be looked at.

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::anomaly_breaches;
use super::common::{CliError, CommonArgs, Loaded, Outcome, print, print_json, say};
use super::stats_table::aligned;
use super::which_series::{ScopeArgs, named};
use crate::analysis::anomaly::{Anomalies, AnomalyParams, FalseAlarms, anomalies, names_of};
use crate::analysis::forecast::gather::{NamedSeries, gather};
use crate::calendar::Zone;
use crate::units;

/// The command line as typed.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing unusual, or all of it marked as known · 1 something unusual · 2 could not be done\n\n\
                  JSON: {\"false_alarms\",\"series\":[{\"series\",\"unit\",\"n\",\"step_secs\",\"seasons\",\"false_alarms\",\"why\",\n\
                  \u{20}\"anomalies\":[{\"start\",\"end\",\"kind\":\"point|run|level\",\"direction\":\"high|low\",\"size\",\"deviations\",\"worst\",\"worst_at\",\n\
                  \u{20}\"expected\",\"lo\",\"hi\",\"open\",\"known\":{\"reason\",\"by\"},\n\
                  \u{20}\"breaches\":[{\"objective\",\"start\",\"end\",\"worst\"}]}],\"warnings\"}],\"refused\":[{\"series\",\"reason\"}]}"
)]
pub struct AnomaliesArgs {
    /// Files with metric series (or --project)
    pub files: Vec<PathBuf>,
    /// Only this series: its name, or a part that only one has
    #[arg(long, value_name = "NAME")]
    pub series: Option<String>,
    /// How many false alarms are accepted, in how long a time
    #[arg(long, value_name = "COUNT/SPAN", default_value = "1/30d")]
    pub false_alarms: String,
    /// What takes part
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The JSON document.
#[derive(Debug, Serialize)]
struct Document {
    false_alarms: FalseAlarms,
    series: Vec<Anomalies>,
    refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Refused {
    series: String,
    reason: String,
}

/// Runs the command.
pub fn run(args: &AnomaliesArgs, common: &CommonArgs) -> Result<Outcome, CliError> {
    let false_alarms = FalseAlarms::parse(&args.false_alarms)
        .map_err(|why| CliError::usage(format!("--false-alarms: {why}")))?;
    let given = common.zone()?;
    let loaded = common.load(&args.files)?;
    let zone = match given {
        Some(zone) => zone,
        None => Zone::named(&loaded.doc.time_zone)?,
    };
    let filter = args.scope.filter(Some(&loaded));
    let all = gather(&loaded.dataset, &filter);
    let params = AnomalyParams {
        false_alarms,
        as_of: common.as_of(&zone)?,
        zone,
        known: Vec::new(),
    };
    let looked: Vec<Result<Anomalies, Refused>> = chosen(args, &all)?
        .into_par_iter()
        .map(|named| look(named, &params, &loaded))
        .collect();
    let mut document = Document {
        false_alarms,
        series: Vec::new(),
        refused: Vec::new(),
    };
    for one in looked {
        match one {
            Ok(found) => document.series.push(found),
            Err(refused) => document.refused.push(refused),
        }
    }
    if let ([], Some(first)) = (document.series.as_slice(), document.refused.first()) {
        let message = format!("{}: {}", first.series, first.reason);
        return Err(CliError::new("nothing-usable", message));
    }
    let mut notes = anomaly_breaches::name(
        &mut document.series,
        &loaded,
        &filter,
        (&params.zone, params.as_of),
    );
    if common.quiet {
        notes.clear();
    }
    for note in notes {
        say(&format!("note: {note}"));
    }
    let finding = document.series.iter().any(|s| s.unknown().next().is_some());
    show(args, common, &params.zone, &document)?;
    Ok(if finding {
        Outcome::Finding
    } else {
        Outcome::Done
    })
}

/// The series that is named, or all of them.
fn chosen<'a>(
    args: &AnomaliesArgs,
    all: &'a [NamedSeries],
) -> Result<Vec<&'a NamedSeries>, CliError> {
    if all.is_empty() {
        return Err(CliError::new(
            "nothing-usable",
            "there is no metric series in the data; what is unusual is told from values over time, such as a monitoring export",
        ));
    }
    let Some(wanted) = &args.series else {
        return Ok(all.iter().collect());
    };
    Ok(vec![named(all, wanted)?])
}

fn look(
    named: &NamedSeries,
    params: &AnomalyParams,
    loaded: &Loaded,
) -> Result<Anomalies, Refused> {
    let refused = |reason: String| Refused {
        series: named.title(),
        reason,
    };
    let series = named.series().map_err(|e| refused(e.to_string()))?;
    let own = AnomalyParams {
        known: loaded
            .doc
            .decisions
            .known_of(&named.display_name, &named.scope),
        ..params.clone()
    };
    let mut found = anomalies(&series, &own).map_err(|e| refused(e.to_string()))?;
    found.series = named.title();
    Ok(found)
}

fn show(
    args: &AnomaliesArgs,
    common: &CommonArgs,
    zone: &Zone,
    document: &Document,
) -> Result<(), CliError> {
    if !common.quiet {
        for series in &document.series {
            for warning in series.warnings.iter() {
                say(&format!("note: {}: {}", series.series, warning.message));
            }
        }
    }
    if args.json {
        return print_json(document);
    }
    print(&text(document, zone));
    if !common.quiet {
        for one in &document.refused {
            say(&format!("{}: {}", one.series, one.reason));
        }
    }
    Ok(())
}

/// The answer for a person: a sentence, and a table by time.
fn text(document: &Document, zone: &Zone) -> String {
    let found: usize = document.series.iter().map(|s| s.anomalies.len()).sum();
    let out = match document.series.as_slice() {
        [one] => format!("{}\n{}", one.sentence(), one.why),
        several => {
            let with = several.iter().filter(|s| !s.anomalies.is_empty()).count();
            let spans = match found {
                0 => "Nothing unusual".to_owned(),
                1 => "1 unusual span".to_owned(),
                n => format!("{} unusual spans", units::count(n as u64)),
            };
            format!(
                "{spans} in {with} of {} series, for at most about {} a series",
                units::count(several.len() as u64),
                document.false_alarms.words()
            )
        }
    };
    if found == 0 {
        return out;
    }
    let mut rows = vec![
        [
            "series",
            "when",
            "what",
            "off by",
            "deviations",
            "worst",
            "usual then",
            "known",
            "breaches",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for series in &document.series {
        let value = |v: f64| units::with_unit(v, &series.unit);
        for one in &series.anomalies {
            rows.push(vec![
                series.series.clone(),
                one.when_words(zone),
                one.kind_words(),
                one.size_words(&series.unit),
                units::number(one.deviations),
                value(one.worst),
                format!("{} to {}", value(one.lo), value(one.hi)),
                one.known.as_ref().map_or_else(String::new, |known| {
                    format!("{} ({})", known.reason, known.by)
                }),
                names_of(one.breaches.iter().map(|b| b.objective.as_str())),
            ]);
        }
    }
    let named = document.series.iter().flat_map(|s| &s.anomalies);
    if named.into_iter().all(|a| a.breaches.is_empty()) {
        for row in &mut rows {
            row.pop();
        }
    }
    format!("{out}\n\n{}", aligned(&rows, 3).trim_end())
}
