//! What commands share about closed periods: opening a project to write to it, signing, and what is said of a closing.

use clap::Args;
use serde::Serialize;

use super::common::{Loaded, say};
use super::{CliError, CommonArgs};
use crate::analysis::closing::{ClosedView, Signature, result_words};
use crate::analysis::decisions::{ClosedPeriod, FrozenResult};
use crate::calendar::{Instant, Zone, parse_time};
use crate::project::Project;

/// Who decides, and when.
#[derive(Clone, Debug, Default, Args)]
pub struct SignatureArgs {
    /// Who closes the period, as it is kept and printed
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// When that was (default: the clock)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

impl SignatureArgs {
    /// Who and when: the clock is looked at where nobody says the time.
    pub fn decide(&self, zone: &Zone) -> Result<Signature, CliError> {
        let by = self.by.as_deref().map(str::trim).unwrap_or_default();
        if by.is_empty() {
            return Err(CliError::usage(
                "say who decides this with --by, such as --by \"Ada Lovelace\"",
            ));
        }
        let at = match &self.at {
            Some(text) => parse_time(text, zone)?.at,
            None => Instant::now(),
        };
        Ok(Signature {
            at,
            by: by.to_owned(),
        })
    }
}

/// Opens the project given with `--project` to close a period in it.
pub fn open_to_write(common: &CommonArgs) -> Result<(Project, Loaded), CliError> {
    let hint = "close it there, or close the period on the Reports screen";
    open_to_change(common, "closing is kept in a project", "closed", hint)
}

/// Opens the project given with `--project` so that it can be changed. Without one `needs` is said; where it can only
/// be read, that nothing can be `done`, and the `hint`.
pub fn open_to_change(
    common: &CommonArgs,
    needs: &str,
    done: &str,
    hint: &str,
) -> Result<(Project, Loaded), CliError> {
    let Some(path) = &common.project else {
        return Err(CliError::usage(format!("{needs}; name it with --project")));
    };
    let opened = Project::open(path)?;
    if let Some(why) = opened.read_only_because {
        return Err(CliError {
            hint: Some(hint.to_owned()),
            ..CliError::new(
                "read-only",
                format!(
                    "the project can only be read ({why}), so nothing can be {done}: {}",
                    path.display()
                ),
            )
            .about(path)
        });
    }
    if !common.quiet {
        opened.losses.iter().for_each(|loss| say(loss));
    }
    let loaded = Loaded {
        dataset: opened.dataset,
        doc: opened.doc,
    };
    Ok((opened.project, loaded))
}

/// A closing beside the figures of now, as `--json` prints it.
#[derive(Serialize)]
pub struct ClosedJson<'a> {
    #[serde(flatten)]
    closed: &'a ClosedPeriod,
    differences: Vec<DifferenceJson<'a>>,
}

#[derive(Serialize)]
struct DifferenceJson<'a> {
    objective: &'a str,
    frozen: Option<&'a FrozenResult>,
    current: Option<&'a FrozenResult>,
    what: String,
}

impl<'a> From<&'a ClosedView> for ClosedJson<'a> {
    fn from(view: &'a ClosedView) -> Self {
        Self {
            closed: &view.closed,
            differences: view
                .differences
                .iter()
                .map(|d| DifferenceJson {
                    objective: &d.objective,
                    frozen: d.frozen.as_ref(),
                    current: d.current.as_ref(),
                    what: d.words(),
                })
                .collect(),
        }
    }
}

/// What a person is told of a closed period: who closed it, and what reads differently now.
pub fn lines(view: &ClosedView, zone: &Zone) -> Vec<String> {
    let mut lines = vec![format!("{}.", view.sentence(zone))];
    if let Some(warning) = view.warning() {
        lines.push(format!("{warning}:"));
        lines.extend(
            view.differences
                .iter()
                .map(|difference| format!("  {}", difference.sentence())),
        );
    }
    lines
}

/// A result with the closing of its period: `closed` is `null` where it is not closed.
#[derive(Serialize)]
pub struct WithClosing<'a, T> {
    /// The result.
    #[serde(flatten)]
    pub result: &'a T,
    /// The closing.
    pub closed: Option<ClosedJson<'a>>,
}

/// Every frozen result beside the one of now, after the line that says who closed the period.
pub fn beside(view: &ClosedView, zone: &Zone) -> String {
    let mut text = format!("{}.\n", view.sentence(zone));
    for old in &view.closed.results {
        let changed = view.differences.iter().find(|d| {
            d.frozen
                .as_ref()
                .is_some_and(|f| (&f.sla, &f.objective) == (&old.sla, &old.objective))
        });
        let line = match changed {
            Some(difference) => difference.sentence(),
            None => format!("{}: {}, as when closed", old.objective, result_words(old)),
        };
        text.push_str(&format!("  {line}\n"));
    }
    for added in view.differences.iter().filter(|d| d.frozen.is_none()) {
        text.push_str(&format!("  {}\n", added.sentence()));
    }
    text.trim_end().to_owned()
}
