//! Damage by dice: files under `tests/data` changed a few places at a time, and read by their own format. What
//! coverage-guided fuzzing (`tests/fuzz`) does better, this does without a nightly compiler and a second build. Also
//! the seeds of the fuzz targets.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use headroom::import::{Family, Format, formats};

use crate::odd_files::{Dice, data, read, read_as};

/// What sits at the edge of a number, a time or a cell.
const WORDS: &[&[u8]] = &[
    b"-9223372036854775808",
    b"9223372036854775807",
    b"18446744073709551615",
    b"9007199254740993",
    b"4294967296",
    b"253402300800",
    b"1795247388275000000",
    b"1e308",
    b"-1e308",
    b"1e-320",
    b"1.7976931348623157e308",
    b"NaN",
    b"inf",
    b"-1",
    b"0",
    b"1",
    b"-",
    b".",
    b"9999-12-31T23:59:59.999999999Z",
    b"-009999-01-01T00:00:00Z",
    b"0001-01-01T00:00:00+25:59",
    b"2026-02-30T24:61:61",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"{",
    b"]",
    b"\"",
    b"\\",
    b"\\u0000",
    b",",
    b";",
    b":",
    b"\t",
    b"\n",
    b"\r\n\r\n",
    b"</",
    b"<!--",
    b"&#x110000;",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xc3\xa9",
    b"\x00",
    b"%",
    b"e",
];

/// Where the last panic was.
static PANICKED_AT: Mutex<String> = Mutex::new(String::new());

/// A file, and the format it has.
fn seeds(most: usize) -> Vec<(&'static Format, PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in data() {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(imported) = read(&path, &bytes) else {
            continue;
        };
        let Some(format) = formats::by_id(&imported.source.info.format) else {
            continue;
        };
        let binary = bytes.iter().take(2_000).any(|b| *b == 0);
        let mut bytes = bytes;
        if !binary {
            bytes.truncate(most);
        }
        if bytes.len() <= 10 * most {
            found.push((format, path, bytes));
        }
    }
    found
}

/// Changes a few places.
fn mutated(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let reach = 1 << dice.below(9);
        let to = (at + dice.below(reach)).min(bytes.len());
        match dice.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            2 => drop(bytes.drain(at..to)),
            3 => {
                let part = bytes[at..to].to_vec();
                let here = dice.below(bytes.len() + 1);
                bytes.splice(here..here, part.repeat(1 + dice.below(20)));
            }
            4 if !other.is_empty() => {
                let from = dice.below(other.len());
                let until = (from + dice.below(200)).min(other.len());
                bytes.splice(at..to, other[from..until].iter().copied());
            }
            5 => bytes.truncate(at.max(1)),
            // A number gives way to a worse one.
            6 | 7 => {
                let digit = |b: &u8| b.is_ascii_digit() || *b == b'.' || *b == b'-';
                let Some(start) = bytes[at..].iter().position(digit).map(|n| n + at) else {
                    continue;
                };
                let length = bytes[start..].iter().take_while(|b| digit(b)).count();
                let word = WORDS[dice.below(WORDS.len())];
                bytes.splice(start..start + length, word.iter().copied());
            }
            _ => {
                let word = WORDS[dice.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }
    bytes
}

/// The most memory this process has held since the last call, in MB.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    std::fs::write("/proc/self/clear_refs", "5").ok();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next())
        .and_then(|kb| kb.parse::<u64>().ok())
        .map_or(0, |kb| kb / 1_024)
}

fn family(name: &str) -> Option<Family> {
    Some(match name {
        "load_tests" => Family::LoadTest,
        "metrics" => Family::Metrics,
        "access_logs" => Family::AccessLog,
        "uptime" => Family::Uptime,
        "traces" => Family::Traces,
        "tables" => Family::Table,
        _ => return None,
    })
}

/// `HEADROOM_MUTATE=metrics HEADROOM_SECS=300 HEADROOM_FOUND=<folder> cargo test … -- --ignored odd_mutations::damage`
#[test]
#[ignore = "runs as long as HEADROOM_SECS says; see tests/fuzz/README.md"]
fn damage_by_dice() {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let name = var("HEADROOM_MUTATE");
    let wanted = family(&name);
    let secs: u64 = var("HEADROOM_SECS").parse().unwrap_or(10);
    let found = PathBuf::from(var("HEADROOM_FOUND"));
    let seeds: Vec<_> = seeds(8_000)
        .into_iter()
        .filter(|(format, ..)| wanted.is_none_or(|family| format.family == family))
        .collect();
    assert!(!seeds.is_empty());
    std::panic::set_hook(Box::new(|info| {
        *PANICKED_AT.lock().unwrap() = info.location().map(ToString::to_string).unwrap_or_default();
    }));
    let mut dice = Dice(var("HEADROOM_SEED").parse().unwrap_or(1));
    let mut complaints: BTreeMap<String, u64> = BTreeMap::new();
    let until = Instant::now() + Duration::from_secs(secs);
    let (mut runs, mut read_well) = (0_u64, 0_u64);
    let mut highest = 0;
    while Instant::now() < until {
        let (format, path, seed) = &seeds[dice.below(seeds.len())];
        let (_, _, other) = &seeds[dice.below(seeds.len())];
        let bytes = mutated(seed, other, &mut dice);
        // One that ends the process is the last one here.
        std::fs::write(found.join(format!("last-{name}")), &bytes).unwrap();
        let format = (dice.below(4) > 0 && wanted.is_some()).then_some(*format);
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let imported = read_as(path, &bytes, format).ok()?;
            let info = &imported.source.info;
            assert!(info.first.is_none() || info.first <= info.last);
            headroom::dataset::blob::encode(&imported.source).unwrap();
            Some(())
        }));
        let took = start.elapsed();
        let peak = peak_mb();
        highest = highest.max(peak);
        runs += 1;
        let complaint = match result {
            Err(_) => PANICKED_AT.lock().unwrap().clone(),
            Ok(_) if took > Duration::from_secs(3) => {
                format!("slow {format:?} {}", path.display())
            }
            Ok(_) if peak > 500 => format!("large {format:?} {}", path.display()),
            Ok(done) => {
                read_well += u64::from(done.is_some());
                continue;
            }
        };
        let times = complaints.entry(complaint.clone()).or_insert(0);
        *times += 1;
        if *times == 1 {
            let file = found.join(format!("{name}-{}", complaints.len()));
            std::fs::write(&file, &bytes).unwrap();
            println!(
                "{}: {complaint}, format {format:?}, from {}, {took:?}, {peak} MB",
                file.display(),
                path.display()
            );
        }
    }
    drop(std::panic::take_hook());
    println!(
        "{name}: {runs} runs on {} seeds, {read_well} read, at most {highest} MB, {complaints:?}",
        seeds.len()
    );
    assert!(complaints.is_empty());
}

/// Called by `tests/fuzz/seed.sh`.
#[test]
#[ignore = "writes the seeds of the fuzz targets into the folder HEADROOM_CORPUS"]
fn write_fuzz_seeds() {
    let corpus = PathBuf::from(std::env::var("HEADROOM_CORPUS").unwrap());
    let put = |target: &str, path: &Path, bytes: &[u8]| {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        let parent = path.parent().and_then(Path::file_name).unwrap();
        let name = path.file_name().unwrap();
        let name = format!("{}-{}", parent.display(), name.display());
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    for (format, path, bytes) in seeds(30_000) {
        put("detection", &path, &bytes);
        let target = [
            "load_tests",
            "metrics",
            "access_logs",
            "uptime",
            "traces",
            "tables",
        ]
        .into_iter()
        .find(|name| family(name) == Some(format.family))
        .unwrap();
        let pick = formats::ALL
            .iter()
            .filter(|f| f.family == format.family)
            .position(|f| f.id == format.id)
            .unwrap();
        let pick = u8::try_from(pick).unwrap();
        put(target, &path, &[&[pick][..], &bytes].concat());
    }
}
