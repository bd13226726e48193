//! Which series a command looks at: the services and environments that take part, and a series by its name.

use clap::Args;

use super::common::{CliError, Loaded};
use crate::analysis::forecast::gather::{NamedSeries, find};
use crate::dataset::ScopeFilter;

/// The options about what takes part, as typed.
#[derive(Clone, Debug, Default, Args)]
pub struct ScopeArgs {
    /// Only this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
}

impl ScopeArgs {
    /// What was typed, else what the project shows.
    pub(super) fn filter(&self, loaded: Option<&Loaded>) -> ScopeFilter {
        let project = loaded.map(|l| l.doc.scope.clone()).unwrap_or_default();
        ScopeFilter {
            service: self.service.clone().or(project.service),
            environment: self.environment.clone().or(project.environment),
        }
    }
}

/// The series of this name, or of which it is a part that only one has.
pub(super) fn named<'a>(all: &'a [NamedSeries], wanted: &str) -> Result<&'a NamedSeries, CliError> {
    find(all, wanted).map_err(|several| {
        if several.is_empty() {
            let mut error = CliError::usage(format!("there is no series \"{wanted}\""));
            error.hint = Some(listing(all));
            return error;
        }
        CliError::usage(format!(
            "\"{wanted}\" fits {} series: {}; name one of them",
            several.len(),
            several.join(", ")
        ))
    })
}

/// The names there are, the first thirty of them.
pub(super) fn listing(all: &[NamedSeries]) -> String {
    let shown: Vec<String> = all.iter().take(30).map(NamedSeries::title).collect();
    let more = all.len().saturating_sub(shown.len());
    let rest = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    format!("series: {}{rest}", shown.join(", "))
}
