//! A program that is killed while it saves: the project opens with everything that was reported as saved.
//!
//! The killed program is this test binary itself, told by an environment variable to save in a loop.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use headroom::project::Project;

use crate::project_fixture::{doc, source};

const TOLD: &str = "HEADROOM_TEST_SAVE_IN_A_LOOP";
/// How many different sources the child adds in turn.
const SOURCES: u64 = 4;

/// Saves generation after generation: odd ones add a source, even ones save the document only and collect.
#[test]
#[ignore = "the program that the kill test kills"]
fn child_that_saves_until_it_is_killed() {
    let Some(path) = std::env::var_os(TOLD) else {
        return;
    };
    let mut opened = Project::open(Path::new(&path)).unwrap();
    let mut generation: u64 = opened.doc.name.parse().unwrap();
    loop {
        generation += 1;
        let added = source((generation / 2 % SOURCES) as i64);
        let document = doc(&generation.to_string(), &[&added]);
        if generation % 2 == 1 {
            opened.project.add_source(&added, &document).unwrap();
        } else {
            opened.project.add_source(&added, &document).unwrap();
            opened.project.collect(&[]).unwrap();
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {generation}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.headroom");
    drop(Project::create(&path, &doc("0", &[])).unwrap());
    let journal = folder.path().join("killed.headroom-journal");
    let mut journals_left = 0;
    for round in 0..25_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "project_kill::child_that_saves_until_it_is_killed",
            ])
            .args(["--ignored", "--nocapture"])
            .env(TOLD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut reported = 0;
        for _ in 0..=round % 7 {
            reported = next_generation(&mut lines).expect("the child saves");
        }
        // Every other kill waits for a save to have begun; the others spin for a different while each round.
        if round % 2 == 0 {
            while !journal.exists() {
                std::hint::spin_loop();
            }
        }
        for i in 0..round * 20_000 {
            std::hint::black_box(i);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(later) = next_generation(&mut lines) {
            reported = later;
        }
        journals_left += u32::from(journal.exists());
        let opened = Project::open(&path).unwrap();
        assert_eq!(
            opened.read_only_because, None,
            "the lock died with its holder"
        );
        assert_eq!(opened.losses, Vec::<String>::new());
        let found: u64 = opened.doc.name.parse().unwrap();
        assert!(
            found == reported || found == reported + 1,
            "reported {reported}, found {found}"
        );
        assert_eq!(opened.dataset.sources.len(), 1);
        let there = &opened.dataset.sources[0];
        let was = source((found / 2 % SOURCES) as i64);
        assert_eq!(there.info, was.info);
        assert_eq!(
            there.run.as_ref().unwrap().counters,
            was.run.unwrap().counters
        );
    }
    writeln!(
        std::io::stdout(),
        "{journals_left} of 25 kills left a journal"
    )
    .unwrap();
}

fn next_generation(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Option<u64> {
    lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("saved ")?.1.trim().parse().ok())
}
