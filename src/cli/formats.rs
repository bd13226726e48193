//! `headroom formats`: what is read, how it is recognised, and what is easily got wrong about it.

use clap::Args;
use serde::Serialize;

use super::common::{CliError, CommonArgs, Outcome, print, print_json};
use crate::import::{Family, formats};

/// Arguments of `headroom formats`.
#[derive(Clone, Debug, Default, Args)]
pub struct FormatsArgs {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct FormatLine {
    id: &'static str,
    family: &'static str,
    title: &'static str,
    recognised_by: &'static str,
    traps: &'static [&'static str],
}

#[derive(Serialize)]
struct FormatList {
    formats: Vec<FormatLine>,
}

/// Prints the formats.
pub fn run(args: &FormatsArgs, _common: &CommonArgs) -> Result<Outcome, CliError> {
    let list = list();
    if args.json {
        print_json(&list)?;
    } else {
        print(&text(&list));
    }
    Ok(Outcome::Done)
}

fn list() -> FormatList {
    FormatList {
        formats: Family::ALL
            .into_iter()
            .flat_map(|family| formats::ALL.iter().filter(move |f| f.family == family))
            .map(|format| FormatLine {
                id: format.id,
                family: format.family.title(),
                title: format.title,
                recognised_by: format.recognised_by,
                traps: format.traps,
            })
            .collect(),
    }
}

fn text(list: &FormatList) -> String {
    let mut out = String::from(
        "Formats are recognised by content, never by the name of the file. gzip and Zstandard are unpacked on the way.\n",
    );
    let mut family = "";
    for format in &list.formats {
        if format.family != family {
            family = format.family;
            out.push_str(&format!("\n== {family}\n"));
        }
        out.push_str(&format!(
            "\n{} ({})\n  recognised by: {}\n",
            format.title, format.id, format.recognised_by
        ));
        for trap in format.traps {
            out.push_str(&format!("  - {trap}\n"));
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_line() {
        let text = text(&list());
        for format in formats::ALL {
            assert!(text.contains(format.title) && text.contains(format.recognised_by));
            assert!(format.traps.iter().all(|trap| text.contains(trap)));
        }
    }
}
