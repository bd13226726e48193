//! What `headroom sla` does beside judging: the promises that ship with the program, thresholds of alert rules as hints,
//! and promises as OpenSLO.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json, say};
use super::sla::{SlaArgs, read_text};
use crate::analysis::sla::presets::{self, PRESETS, Preset};
use crate::analysis::sla::prometheus_rules;
use crate::analysis::sla::{SlaFile, to_openslo};
use crate::project::SlaEntry;

/// Options with which nothing is judged.
#[derive(Clone, Debug, Default, Args)]
#[group(id = "instead_of_judging", multiple = false)]
pub struct FormArgs {
    /// Lists the promises that ship with the program
    #[arg(long)]
    pub presets: bool,
    /// Prints one of them as YAML
    #[arg(long, value_name = "NAME")]
    pub print_preset: Option<String>,
    /// Lists the thresholds of Prometheus alert rules with the promises they suggest
    #[arg(long, value_name = "RULES.yaml")]
    pub hints: Option<PathBuf>,
    /// Writes the promises as OpenSLO v1
    #[arg(long, value_name = "OUT.yaml")]
    pub write_openslo: Option<PathBuf>,
}

fn preset(name: &str) -> Result<&'static Preset, CliError> {
    presets::find(name).ok_or_else(|| {
        let mut error = CliError::usage(match presets::nearest(name) {
            Some(near) => format!("there is no preset \"{name}\"; did you mean \"{near}\"?"),
            None => format!("there is no preset \"{name}\""),
        });
        let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
        error.hint = Some(format!("presets: {}", names.join(", ")));
        error
    })
}

/// The promises that were named: a file, or presets. Empty where none were.
pub(super) fn named(args: &SlaArgs) -> Result<Vec<SlaEntry>, CliError> {
    let mut entries = Vec::new();
    for name in &args.preset {
        entries.push(SlaEntry {
            name: name.clone(),
            yaml: preset(name)?.yaml.to_owned(),
            ..SlaEntry::default()
        });
    }
    if let Some(path) = &args.sla {
        entries.push(SlaEntry::read(path)?);
    }
    Ok(entries)
}

/// Does what was asked for instead of judging; nothing where it was not.
pub(super) fn run(args: &SlaArgs, common: &CommonArgs) -> Result<Option<Outcome>, CliError> {
    let forms = &args.forms;
    if forms.presets {
        list(args.json)?;
    } else if let Some(name) = &forms.print_preset {
        print(preset(name)?.yaml.trim_end());
    } else if let Some(path) = &forms.hints {
        hints(path, args.json)?;
    } else if let Some(path) = &forms.write_openslo {
        write_openslo(args, common, path)?;
    } else {
        return Ok(None);
    }
    Ok(Some(Outcome::Done))
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    document: &'static str,
    objectives: usize,
}

fn list(json: bool) -> Result<(), CliError> {
    let mut listed = Vec::new();
    for preset in &PRESETS {
        let file = SlaFile::parse(preset.yaml)
            .map_err(|e| CliError::new("internal", format!("{}: {e}", preset.name)))?;
        listed.push(Listed {
            name: preset.name,
            title: preset.title,
            about: preset.about,
            document: preset.document,
            objectives: file.objectives.len(),
        });
    }
    if json {
        return print_json(&serde_json::json!({ "presets": listed }));
    }
    let width = PRESETS
        .iter()
        .map(|p| p.name.len())
        .max()
        .unwrap_or_default();
    let lines: Vec<String> = listed
        .iter()
        .map(|p| {
            format!(
                "{:<width$}  {:>2} promises  {}\n{:<width$}               from {}",
                p.name, p.objectives, p.about, "", p.document
            )
        })
        .collect();
    print(&lines.join("\n"));
    Ok(())
}

fn hints(path: &std::path::Path, json: bool) -> Result<(), CliError> {
    let found = prometheus_rules::read(&read_text(path)?).map_err(|error| CliError {
        line: error.line,
        ..CliError::new("alert-rules", error.message).about(path)
    })?;
    if json {
        return print_json(&serde_json::json!({ "hints": found.hints, "suggested": found.yaml }));
    }
    let mut text = String::new();
    for hint in &found.hints {
        text.push_str(&format!(
            "# line {}: {}\n",
            hint.line,
            prometheus_rules::hint_words(hint)
        ));
    }
    if found.hints.is_empty() {
        text.push_str("# There are no alert rules in this file.\n");
    } else if found.yaml.is_empty() {
        text.push_str("# No rule holds a simple threshold.\n");
    } else {
        text.push('\n');
        text.push_str(&found.yaml);
    }
    print(text.trim_end());
    Ok(())
}

fn write_openslo(
    args: &SlaArgs,
    common: &CommonArgs,
    path: &std::path::Path,
) -> Result<(), CliError> {
    let mut entries = named(args)?;
    if entries.is_empty() && common.project.is_some() {
        entries = common.load(&[])?.doc.slas;
    }
    let [entry] = entries.as_slice() else {
        let mut error = CliError::usage(if entries.is_empty() {
            "there are no promises to write"
        } else {
            "OpenSLO is written from one set of promises"
        });
        error.hint = Some("name one with --sla or --preset".to_owned());
        return Err(error);
    };
    let export = to_openslo(&entry.yaml).map_err(|error| CliError {
        line: error.line,
        ..CliError::new("sla-file", error.message)
    })?;
    std::fs::write(path, &export.text).map_err(|e| {
        CliError::new(
            "write-failed",
            format!("the file could not be written ({e})"),
        )
        .about(path)
    })?;
    if args.json {
        return print_json(
            &serde_json::json!({ "output": path.display().to_string(), "unsaid": export.unsaid }),
        );
    }
    if !common.quiet {
        for sentence in &export.unsaid {
            say(&format!("note: {sentence}"));
        }
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}
