//! Every file under `tests/data`, cut short and with bytes flipped: each ends in numbers, with a word about what was
//! lost, or in one clear sentence; never in a panic. Files that broke a reader once are kept in `tests/data/odd`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headroom::dataset::Source;
use headroom::import::{Format, ImportError, ImportOptions, Imported, formats, import_bytes};
use headroom::progress::Progress;
use headroom::warning::WarningKind;
use rayon::prelude::*;

/// How often each file is cut, and how often a byte of it is flipped.
const TIMES: usize = 50;
/// Longer files are cut down to this first: what they break on, they break on early.
const MAX_BYTES: usize = 30_000;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.file_name().is_some_and(|n| n != "README.md") {
            found.push(path);
        }
    }
    found.sort();
}

pub fn data() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    files(&folder, &mut found);
    found
}

pub fn read(name: &Path, bytes: &[u8]) -> Result<Imported, ImportError> {
    read_as(name, bytes, None)
}

pub fn read_as(
    name: &Path,
    bytes: &[u8],
    format: Option<&'static Format>,
) -> Result<Imported, ImportError> {
    import_bytes(
        name,
        bytes.to_vec(),
        format,
        &ImportOptions::default(),
        &Progress::default(),
    )
}

/// What a source amounts to: if it is the same, nothing that counts was lost.
fn amount(source: &Source) -> (u64, u64, usize, usize, usize) {
    let lines = |s: &headroom::dataset::ToolSummary| {
        let percentiles: usize = s.labels.iter().map(|l| l.percentiles_ms.len()).sum();
        1 + s.labels.len() + percentiles + s.total.percentiles_ms.len() + s.codes.len()
    };
    (
        source.info.rows,
        source.info.rejected,
        source.metrics.as_ref().map_or(0, |m| m.points.height()),
        source.uptime.as_ref().map_or(0, |u| u.rows.len()),
        source.summary.as_ref().map_or(0, lines),
    )
}

/// How often each kind of warning came.
fn said(imported: &Imported) -> BTreeMap<WarningKind, u64> {
    let mut counts = BTreeMap::new();
    for warning in imported.source.info.warnings.iter() {
        *counts.entry(warning.kind).or_insert(0) += warning.count;
    }
    counts
}

pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

#[test]
fn a_cut_file_never_gives_numbers_without_a_word() {
    let silent: Vec<String> = data()
        .par_iter()
        .flat_map_iter(|path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(MAX_BYTES);
            let mut complaints = Vec::new();
            let Ok(whole) = read(path, &bytes) else {
                return complaints.into_iter();
            };
            let mut dice = Dice(bytes.len() as u64);
            for _ in 0..TIMES {
                let at = 1 + dice.below(bytes.len() - 1);
                let part = &bytes[..at];
                let Ok(read) = read(path, part) else { continue };
                // Where a record ends, nothing shows that others should follow.
                let between_records = part.ends_with(b"\n")
                    || bytes.get(at).is_none_or(|b| matches!(b, b'\n' | b'\r'));
                let says = said(&read);
                let more_said = says.contains_key(&WarningKind::TruncatedLastRow)
                    || says.contains_key(&WarningKind::TailMissing)
                    || read
                        .source
                        .info
                        .warnings
                        .iter()
                        .any(|w| w.message.contains("last line has no line end"))
                    || says.iter().any(|(kind, count)| {
                        said(&whole).get(kind).is_none_or(|before| count > before)
                    });
                if amount(&read.source) != amount(&whole.source) && !between_records && !more_said {
                    complaints.push(format!(
                        "{} cut at {at}: {:?} instead of {:?}, read as {}",
                        path.display(),
                        amount(&read.source),
                        amount(&whole.source),
                        read.source.info.format
                    ));
                }
            }
            complaints.into_iter()
        })
        .collect();
    assert!(
        silent.is_empty(),
        "{} silent\n{}",
        silent.len(),
        silent.join("\n")
    );
}

#[test]
fn flipped_bytes_break_nothing() {
    data().par_iter().for_each(|path| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.truncate(MAX_BYTES);
        let mut dice = Dice(bytes.len() as u64 + 1);
        for _ in 0..TIMES {
            let at = dice.below(bytes.len());
            let mut flipped = bytes.clone();
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
            match read(path, &flipped) {
                Ok(imported) => {
                    let info = &imported.source.info;
                    assert!(info.first <= info.last, "{}", path.display());
                    headroom::dataset::blob::encode(&imported.source).unwrap();
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    });
}

/// What nobody writes, but anybody can send.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    const MB: usize = 1_000_000;
    let mut dice = Dice(7);
    vec![
        ("nothing", Vec::new()),
        ("one byte", b"x".to_vec()),
        ("one bracket", b"{".to_vec()),
        ("arrays", b"[".repeat(MB)),
        ("100,000 closed arrays", {
            [b"[".repeat(100_000), b"]".repeat(100_000)].concat()
        }),
        ("objects", br#"{"a":"#.repeat(MB / 5)),
        ("a deep value of an unknown key", {
            [br#"{"a":"#.to_vec(), b"[".repeat(MB)].concat()
        }),
        ("a deep tag", {
            let mut text = br#"{"metric":"checks","type":"Point","data":{"time":"2026-11-21T08:00:00Z","value":1,"tags":{"a":"#.to_vec();
            text.extend(b"[".repeat(100_000));
            text.extend(b"]".repeat(100_000));
            text.extend(b"}}}\n");
            text
        }),
        ("elements", b"<a>".repeat(MB / 3)),
        ("quotes", b"\"".repeat(MB)),
        ("commas", b",".repeat(MB)),
        ("digits", b"7".repeat(MB)),
        ("newlines", b"\n".repeat(MB)),
        ("carriage returns", b"\r".repeat(MB)),
        ("zeros", vec![0; MB]),
        (
            "noise",
            (0..100_000).map(|_| dice.below(256) as u8).collect(),
        ),
    ]
}

#[test]
fn every_format_survives_what_nobody_writes() {
    let cases: Vec<_> = formats::ALL
        .iter()
        .copied()
        .map(Some)
        .chain([None])
        .flat_map(|format| {
            hostile()
                .into_iter()
                .map(move |(what, bytes)| (format, what, bytes))
        })
        .collect();
    // Small stacks, as threads have them: nothing may follow the input down.
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(2 << 20)
        .build()
        .unwrap();
    pool.install(|| {
        cases.par_iter().for_each(|(format, what, bytes)| {
            match read_as(Path::new("odd"), bytes, *format) {
                Ok(imported) => {
                    headroom::dataset::blob::encode(&imported.source).unwrap();
                }
                Err(error) => assert!(!error.to_string().is_empty(), "{format:?} on {what}"),
            }
        });
    });
}

#[test]
fn what_broke_a_reader_once_breaks_none_now() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd");
    let mut odd = Vec::new();
    files(&folder, &mut odd);
    for path in odd {
        let bytes = std::fs::read(&path).unwrap();
        for format in formats::ALL {
            if let Ok(imported) = read_as(&path, &bytes, Some(format)) {
                headroom::dataset::blob::encode(&imported.source).unwrap();
            }
        }
    }
}
