//! Mappings on the command line: one given with `--mapping`, those a project remembers, and `--guess-mapping`, which
//! prints one to start from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::common::{CliError, print};
use crate::import::table::mapping::{MappingBook, book, examine, to_yaml};
use crate::import::{ImportError, ImportOptions};
use crate::progress::Progress;
use crate::project::MappingEntry;
use crate::warning::{WarningKind, Warnings};

/// Lets files be read by a mapping given on the command line, else by what the project remembers.
pub(super) fn apply(
    options: &mut ImportOptions,
    given: Option<&Path>,
    remembered: &[MappingEntry],
    warnings: &mut Warnings,
) -> Result<(), CliError> {
    let mut known = MappingBook::default();
    if let Some(path) = given {
        known.give(book::read_mapping(path)?);
    }
    for entry in remembered {
        if let Err(error) = known.remember(&entry.fingerprint, &entry.yaml) {
            warnings.add(
                WarningKind::Damaged,
                format!(
                    "the project's mapping for tables like {} is not used: {error}",
                    entry.name
                ),
            );
        }
    }
    options.mappings = Arc::new(known);
    Ok(())
}

/// Prints the mapping that the columns of each file probably have.
pub(super) fn print_guess(files: &[PathBuf], options: &ImportOptions) -> Result<(), CliError> {
    for file in files {
        let examined =
            examine(file, options, &Progress::default()).map_err(|error| match error {
                ImportError::Unusable { path, what, line } => ImportError::Unusable {
                    path,
                    what: format!("there are no columns to guess: {what}"),
                    line,
                },
                other => other,
            })?;
        let yaml = to_yaml(&examined.guess.mapping, &examined.guess.reasons);
        let sure = if examined.guess.sure {
            ""
        } else {
            "# This is a guess: check it.\n"
        };
        print(format!("# {}\n{sure}{yaml}", file.display()).trim_end());
    }
    Ok(())
}
