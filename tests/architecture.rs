//! The arrows between the layers, as the crate's documentation draws them: which layer may use which, and which crate
//! may be named where.
//!
//! The source is read token by token, so that grouped `use` lines, `super::super::…` and fully qualified paths count,
//! and comments and strings do not. Code that only tests see (`#[cfg(test)]`) may look further.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source_tokens::{Token, tokens};

/// May be used by everyone, and among each other.
const BASE: [&str; 5] = ["units", "calendar", "warning", "yaml", "progress"];

/// Each layer with those it may use besides the base.
const LAYERS: [(&str, &[&str]); 10] = [
    ("dataset", &[]),
    ("import", &["dataset"]),
    ("analysis", &["dataset"]),
    ("scenario", &["analysis", "dataset"]),
    ("report", &["scenario", "analysis", "dataset"]),
    // The data it keeps, and the plain results of the others.
    ("project", &["dataset", "analysis", "scenario"]),
    ("jobs", &[]),
    (
        "cli",
        &[
            "dataset", "import", "analysis", "scenario", "report", "project", "jobs",
        ],
    ),
    (
        "ui",
        &[
            "dataset", "import", "analysis", "scenario", "report", "project", "jobs",
        ],
    ),
    ("lib", &[]),
];

/// Crates that only some layers may name.
const CRATES: [(&str, &[&str]); 16] = [
    ("polars", &["dataset", "import", "analysis"]),
    ("rusqlite", &["project"]),
    ("egui", &["ui"]),
    ("eframe", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_extras", &["ui"]),
    ("egui_wgpu", &["ui"]),
    ("egui_kittest", &["ui"]),
    ("rfd", &["ui"]),
    ("image", &["ui"]),
    ("pollster", &["ui"]),
    ("tokio", &["jobs"]),
    ("rust_xlsxwriter", &["report"]),
    ("clap", &["cli"]),
    ("statrs", &["analysis", "scenario"]),
    ("nalgebra", &["analysis", "scenario"]),
];

fn word(token: Option<&Token>) -> &str {
    match token {
        Some(Token::Word(word)) => word,
        _ => "",
    }
}

fn is(token: Option<&Token>, mark: char) -> bool {
    token == Some(&Token::Other(mark))
}

/// Where the block that opens at `open` ends.
fn block_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Other('{') => depth += 1,
            Token::Other('}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len()
}

/// The code that is not only for tests, and the files (by `#[path]` or by name) that are.
fn without_tests(all: &[Token]) -> (Vec<Token>, Vec<String>) {
    let condition = tokens("#[cfg(test)]");
    let mut kept = Vec::new();
    let mut files = Vec::new();
    let mut i = 0;
    while i < all.len() {
        if !all[i..].starts_with(&condition) {
            kept.push(all[i].clone());
            i += 1;
            continue;
        }
        i += condition.len();
        let mut path = None;
        while is(all.get(i), '#') {
            if word(all.get(i + 2)) == "path"
                && let Some(Token::Text(text)) = all.get(i + 4)
            {
                path = Some(text.clone());
            }
            while i < all.len() && !is(all.get(i), ']') {
                i += 1;
            }
            i += 1;
        }
        let start = i;
        while i < all.len() && !is(all.get(i), ';') && !is(all.get(i), '{') {
            i += 1;
        }
        if is(all.get(i), '{') {
            i = block_end(all, i);
        } else if word(all.get(start)) == "mod" {
            let named = format!("{}.rs", word(all.get(start + 1)));
            files.push(path.unwrap_or(named));
        }
        i += 1;
    }
    (kept, files)
}

/// The first names after a path's root: one, or those of a group (`{a::b, c}`).
fn first_names(tokens: &[Token], from: usize) -> Vec<String> {
    if !is(tokens.get(from), '{') {
        return vec![word(tokens.get(from)).to_owned()];
    }
    let end = block_end(tokens, from);
    let mut names = Vec::new();
    let mut depth = 0;
    for i in from..end {
        match &tokens[i] {
            Token::Other('{') => depth += 1,
            Token::Other('}') => depth -= 1,
            Token::Word(name)
                if depth == 1 && (is(tokens.get(i - 1), '{') || is(tokens.get(i - 1), ',')) =>
            {
                names.push(name.clone());
            }
            _ => {}
        }
    }
    names
}

/// What the code of one file names: modules of this crate at the top level, and other crates.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    modules: BTreeSet<String>,
    crates: BTreeSet<String>,
}

/// Reads the code of the file whose module path is `module`, such as `["ui", "screens", "sla"]`.
fn named(tokens: &[Token], module: &[String]) -> Named {
    let mut named = Named::default();
    let mut inline: Vec<usize> = Vec::new();
    let mut use_until = 0;
    for i in 0..tokens.len() {
        inline.retain(|end| *end > i);
        let starts_path = i == 0
            || tokens[i - 1] != Token::Mark("::")
            || (i >= 2 && !matches!(tokens[i - 2], Token::Word(_) | Token::Other('>')))
            || i == 1;
        let continues = tokens.get(i + 1) == Some(&Token::Mark("::"));
        match word(tokens.get(i)) {
            "mod" if is(tokens.get(i + 2), '{') => inline.push(block_end(tokens, i + 2)),
            "use" | "extern" => {
                use_until = tokens[i..]
                    .iter()
                    .position(|t| *t == Token::Other(';'))
                    .map_or(tokens.len(), |n| i + n);
            }
            "crate" if starts_path && continues => {
                named.modules.extend(first_names(tokens, i + 2));
            }
            // Another name for the root would hide everything behind it.
            "crate" if word(tokens.get(i + 1)) == "as" => {
                named.modules.insert("crate as".to_owned());
            }
            "super" if starts_path && continues => {
                let mut steps = 1;
                while word(tokens.get(i + 2 * steps)) == "super" {
                    steps += 1;
                }
                if steps == module.len() + inline.len() {
                    named.modules.extend(first_names(tokens, i + 2 * steps));
                }
            }
            name => {
                let guarded = CRATES.iter().any(|(guarded, _)| *guarded == name);
                if guarded && starts_path && (continues || (i < use_until && !is_alias(tokens, i)))
                {
                    named.crates.insert(name.to_owned());
                }
            }
        }
    }
    named
}

fn is_alias(tokens: &[Token], i: usize) -> bool {
    i > 0 && word(tokens.get(i - 1)) == "as"
}

/// What a file of `layer` names and must not.
fn violations(layer: &str, named: &Named) -> Vec<String> {
    let Some((_, may_use)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        if BASE.contains(&layer) {
            return violations_of(layer, &[], named);
        }
        return vec![format!("{layer} is no known layer")];
    };
    violations_of(layer, may_use, named)
}

fn violations_of(layer: &str, may_use: &[&str], named: &Named) -> Vec<String> {
    // `jobs` knows no domain: of the base it needs only progress.
    let base: &[&str] = if layer == "jobs" {
        &["progress"]
    } else {
        &BASE
    };
    let fits =
        |module: &str| module == layer || base.contains(&module) || may_use.contains(&module);
    let modules = named
        .modules
        .iter()
        .filter(|m| !fits(m))
        .map(|m| format!("{layer} → {m}"));
    let crates = CRATES
        .iter()
        .filter(|(name, layers)| named.crates.contains(*name) && !layers.contains(&layer))
        .map(|(name, _)| format!("{layer} names {name}"));
    modules.chain(crates).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// `src/ui/screens/mod.rs` is `["ui", "screens"]`.
fn module_of(relative: &Path) -> Vec<String> {
    let mut module: Vec<String> = relative
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    module.pop_if(|last| last == "mod");
    module
}

#[test]
fn every_file_keeps_to_the_arrows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    assert!(files.len() > 50, "the source is elsewhere");
    let mut tests_only = BTreeSet::new();
    let mut read = Vec::new();
    for file in &files {
        let (code, tests) = without_tests(&tokens(&fs::read_to_string(file).unwrap()));
        let stem = file.file_stem().unwrap().to_string_lossy();
        for test in tests {
            tests_only.insert(file.with_file_name(&test));
            if !matches!(stem.as_ref(), "mod" | "lib" | "main") {
                tests_only.insert(file.with_extension("").join(&test));
            }
        }
        read.push((file, code));
    }
    let mut wrong = Vec::new();
    let mut checked = BTreeSet::new();
    for (file, code) in read {
        let relative = file.strip_prefix(&root).unwrap();
        // The program itself only picks between the desktop and a command.
        if tests_only.contains(file) || relative == Path::new("main.rs") {
            continue;
        }
        let module = module_of(relative);
        let layer = module.first().unwrap().as_str();
        checked.insert(layer.to_owned());
        let inside: Vec<String> = if layer == "lib" {
            Vec::new()
        } else {
            module.clone()
        };
        for violation in violations(layer, &named(&code, &inside)) {
            wrong.push(format!("{}: {violation}", relative.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let known: BTreeSet<String> = LAYERS
        .iter()
        .map(|(name, _)| *name)
        .chain(BASE)
        .map(str::to_owned)
        .collect();
    assert_eq!(checked, known, "every layer is there and was looked at");
}

fn found(layer_path: &[&str], source: &str) -> Vec<String> {
    let module: Vec<String> = layer_path.iter().map(|part| (*part).to_owned()).collect();
    let (code, _) = without_tests(&tokens(source));
    violations(layer_path[0], &named(&code, &module))
}

#[test]
fn wrong_arrows_are_found_however_they_are_written() {
    for (layer, source, said) in [
        (
            &["dataset", "run"][..],
            "use crate::ui::App;",
            "dataset → ui",
        ),
        (
            &["dataset", "run"],
            "use crate::{units::Ppm, import::{self, Format}};",
            "dataset → import",
        ),
        (
            &["dataset", "run"],
            "fn f() { crate::cli::common::say(\"x\") }",
            "dataset → cli",
        ),
        (
            &["dataset", "run"],
            "use super::super::analysis::latency;",
            "dataset → analysis",
        ),
        (
            &["dataset", "run"],
            "use super::super::{units, report::build};",
            "dataset → report",
        ),
        (
            &["dataset", "run"],
            "mod a { use super::super::super::ui::App; }",
            "dataset → ui",
        ),
        (
            &["dataset"],
            "fn f(x: super::project::Project) {}",
            "dataset → project",
        ),
        (
            &["import", "open"],
            "pub(crate) use crate::analysis::sla;",
            "import → analysis",
        ),
        (
            &["analysis", "latency"],
            "use crate::scenario as s;",
            "analysis → scenario",
        ),
        (
            &["project", "store"],
            "use crate::report::build;",
            "project → report",
        ),
        (
            &["project", "store"],
            "use crate::import::import_file;",
            "project → import",
        ),
        (
            &["jobs", "runner"],
            "use crate::units::Micros;",
            "jobs → units",
        ),
        (&["cli", "stats"], "use crate::ui::run;", "cli → ui"),
        (&["ui", "app"], "use crate::cli::CliError;", "ui → cli"),
        (&["units"], "use crate::dataset::Role;", "units → dataset"),
        (&["scenario"], "use crate as c;", "scenario → crate as"),
        (
            &["scenario"],
            "use polars::prelude::*;",
            "scenario names polars",
        ),
        (
            &["ui", "app"],
            "fn f(x: polars::prelude::DataFrame) {}",
            "ui names polars",
        ),
        (
            &["report"],
            "fn f(x: ::polars::prelude::DataFrame) {}",
            "report names polars",
        ),
        (
            &["project"],
            "fn f() -> Option<polars::frame::DataFrame> { None }",
            "project names polars",
        ),
        (&["report"], "use polars as p;", "report names polars"),
        (&["report"], "use {serde, polars};", "report names polars"),
        (&["report"], "extern crate polars;", "report names polars"),
        (&["report"], "use egui::Color32;", "report names egui"),
        (
            &["cli", "common"],
            "async fn f() { rfd::AsyncFileDialog::new(); }",
            "cli names rfd",
        ),
        (
            &["ui", "app"],
            "use rusqlite::Connection;",
            "ui names rusqlite",
        ),
        (
            &["dataset"],
            "fn f<'a>(c: &'a char) { let x = '\"'; use crate::ui::A; let y = '\"'; }",
            "dataset → ui",
        ),
        (
            &["dataset"],
            "const A: &str = r#\"\"\"#; use crate::ui::A;",
            "dataset → ui",
        ),
        (
            &["dataset"],
            "#[cfg(test)] mod t { fn f() {} } use crate::ui::A;",
            "dataset → ui",
        ),
        (
            &["dataset"],
            "#[cfg(test)]\nuse crate::cli::A;\nuse crate::ui::A;",
            "dataset → ui",
        ),
        (&["gadgets"], "", "gadgets is no known layer"),
    ] {
        assert_eq!(found(layer, source), [said], "{source}");
    }
}

#[test]
fn right_arrows_are_let_through() {
    for (layer, source) in [
        (
            &["dataset", "run"][..],
            "use crate::{calendar::Instant, units}; use super::Estimator; use polars::prelude::*;",
        ),
        (
            &["dataset", "run"],
            "// use crate::ui::App;\n/* crate::cli /* nested */ polars:: */ fn f() {}",
        ),
        (
            &["report"],
            "const A: &str = \"use crate::ui::App; polars::x\"; const B: &str = r##\"crate::ui::\"# x\"##;",
        ),
        (
            &["report"],
            "let polars = 1; let x = chart.polars; use crate::dataset::polars; let egui = a::egui::B;",
        ),
        (
            &["scenario"],
            "#[cfg(test)] mod tests { use polars::prelude::*; use crate::ui::App; }",
        ),
        (
            &["ui", "screens", "sla"],
            "use super::super::widgets::time_plot; use egui::Ui; use crate::report::build;",
        ),
        (
            &["dataset", "run"],
            "mod a { use super::super::Estimator; }",
        ),
        (
            &["project", "store"],
            "use rusqlite::Connection; use crate::dataset::Source;",
        ),
        (
            &["jobs", "runner"],
            "use crate::progress::Progress; use super::waiting::Waiting; use tokio::time;",
        ),
    ] {
        assert_eq!(found(layer, source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn files_for_tests_are_recognised() {
    let source =
        "#[cfg(test)]\n#[path = \"blob_tests.rs\"]\nmod tests;\n#[cfg(test)] mod more;\nmod real;";
    let (code, files) = without_tests(&tokens(source));
    assert_eq!(files, ["blob_tests.rs", "more.rs"]);
    assert_eq!(code, tokens("mod real;"));
}
