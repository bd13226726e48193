//! Where a report goes: the file that is named, or a file with a stable name in a folder.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::report::Report;

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A workbook
    #[default]
    Xlsx,
    /// One page for a browser
    Html,
    /// All results
    Json,
    /// All tables as text
    Csv,
}

impl Form {
    const fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// Whether a path names a folder: one that is there, or any that ends in a separator.
pub fn is_folder(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.is_dir() || text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR)
}

/// The file to write; in a folder it has the report's own name, the same whenever the report is made again. `taken` are
/// names of this run.
pub fn target(output: &Path, form: Form, report: &Report, taken: &mut Vec<String>) -> PathBuf {
    if !is_folder(output) {
        return output.to_path_buf();
    }
    let same = taken
        .iter()
        .filter(|stem| **stem == report.file_stem)
        .count();
    taken.push(report.file_stem.clone());
    let more = if same == 0 {
        String::new()
    } else {
        format!("-{}", same + 1)
    };
    output.join(format!("{}{more}.{}", report.file_stem, form.extension()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gets_stable_names() {
        let report = Report {
            file_stem: "headroom_2026-06_shop".to_owned(),
            ..Report::default()
        };
        let mut taken = Vec::new();
        let mut of = |output: &str, form| {
            let path = target(Path::new(output), form, &report, &mut taken);
            path.to_string_lossy().replace('\\', "/")
        };
        assert_eq!(of("june.xlsx", Form::Csv), "june.xlsx");
        assert_eq!(of("out/", Form::Xlsx), "out/headroom_2026-06_shop.xlsx");
        // Two services whose names differ only in what file systems dislike.
        assert_eq!(of("out/", Form::Html), "out/headroom_2026-06_shop-2.html");
    }
}
