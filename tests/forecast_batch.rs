//! `headroom forecast --batch`: a long table in, a long table out.

use std::path::{Path, PathBuf};

use clap::Parser;
use headroom::cli::forecast::{ForecastArgs, run};
use headroom::cli::{CliError, CommonArgs, Outcome};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    args: ForecastArgs,
}

fn call(words: &[&str]) -> Result<Outcome, CliError> {
    let line = Line::parse_from(std::iter::once("forecast").chain(words.iter().copied()));
    run(&line.args, &line.common)
}

fn long() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forecast/long.csv")
}

#[test]
fn every_series_is_forecast_and_the_short_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    let outcome = call(&[
        long().to_str().unwrap(),
        "--batch",
        output.to_str().unwrap(),
        "--horizon",
        "48",
        "-q",
    ])
    .unwrap();
    assert_eq!(outcome, Outcome::Done);
    let text = std::fs::read_to_string(&output).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "unique_id,ds,model,mean,lo-80,hi-80,lo-95,hi-95");
    assert_eq!(lines.len(), 1 + 2 * 48);
    let first: Vec<&str> = lines[1].split(',').collect();
    assert_eq!((first[0], first[1]), ("web", "121"));
    // Steps 121 to 127 are the quiet part of the day, 128 to 139 the busy one.
    let mean = |line: usize| {
        lines[line]
            .split(',')
            .nth(3)
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    assert!((mean(3) - 206.0).abs() < 12.0, "{}", mean(3));
    assert!((mean(12) - 266.0).abs() < 15.0, "{}", mean(12));
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| {
        let path = folder.path().join("in.csv");
        std::fs::write(&path, text).unwrap();
        path
    };
    let output = folder.path().join("out.csv");
    let error = |path: &Path| {
        call(&[path.to_str().unwrap(), "--batch", output.to_str().unwrap()]).unwrap_err()
    };
    let missing = error(&folder.path().join("none.csv"));
    assert_eq!(missing.kind, "missing-file");
    let columns = error(&write("id,ds,y\na,1,2\n"));
    assert!(columns.message.contains("\"unique_id\""), "{columns}");
    let text = error(&write("unique_id,ds,y\na,1,2\na,2,two\n"));
    assert_eq!(text.line, Some(3));
    assert!(text.message.contains("\"two\""), "{text}");
    let short = error(&write("unique_id,ds,y\na,1,2\na,2,3\n"));
    assert!(short.message.contains("too few"), "{short}");
    assert!(!output.exists());
    for (flag, value, expected) in [
        ("--level", "90", "always 80 % and 95 %"),
        ("--sustain", "7/3", "such as 3/7"),
        ("--horizon", "soon", "such as 90d"),
        ("--capacity", "much", "such as 80%"),
        ("--season", "1", "2 or more"),
    ] {
        let path = long();
        let words = [path.to_str().unwrap(), "--batch", "x.csv", flag, value];
        let error = call(&words).unwrap_err();
        assert!(error.message.contains(expected), "{error}");
    }
}
