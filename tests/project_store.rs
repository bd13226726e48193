//! The project file from outside: what is saved comes back, what is wrong is said, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use headroom::project::{Project, ProjectDoc};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::project_fixture::{doc, source};

/// A folder with a project of two sources.
fn project() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.headroom");
    let (a, b) = (source(1), source(2));
    let mut project = Project::create(&path, &doc("empty", &[])).unwrap();
    project
        .add_sources(&[&a, &b], &doc("shop", &[&a, &b]))
        .unwrap();
    (folder, path)
}

fn refusal(path: &Path) -> String {
    let error = Project::open(path).unwrap_err().to_string();
    assert!(error.ends_with(&path.display().to_string()), "{error}");
    error
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_saved_comes_back() {
    let (folder, path) = project();
    let opened = Project::open(&path).unwrap();
    assert_eq!(opened.losses, Vec::<String>::new());
    assert_eq!(opened.read_only_because, None);
    assert_eq!(opened.doc, doc("shop", &[&source(1), &source(2)]));
    let there = &opened.dataset.sources[0];
    let was = source(1);
    assert_eq!(there.info, was.info);
    assert_eq!(
        there.run.as_ref().unwrap().histogram,
        was.run.unwrap().histogram
    );
    drop(opened);
    assert_eq!(names(folder.path()), ["shop.headroom"]);
}

#[test]
fn the_document_decides_scopes() {
    let (_folder, path) = project();
    let mut opened = Project::open(&path).unwrap();
    opened.doc.sources[1].scope.service = "checkout".to_owned();
    opened.project.save_doc(&opened.doc).unwrap();
    drop(opened.project);
    let opened = Project::open(&path).unwrap();
    assert_eq!(opened.dataset.sources[1].info.scope.service, "checkout");
}

#[test]
fn the_same_content_is_stored_once() {
    let (_folder, path) = project();
    let count = || -> (i64, i64) {
        Connection::open(&path)
            .unwrap()
            .query_row(
                "SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM blob)",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .unwrap()
    };
    let before = count();
    let mut opened = Project::open(&path).unwrap();
    opened.project.add_source(&source(1), &opened.doc).unwrap();
    drop(opened);
    assert_eq!(count(), before);
}

#[test]
fn a_second_opener_reads_and_is_told_by_whom() {
    let (_folder, path) = project();
    let first = Project::open(&path).unwrap();
    let mut second = Project::open(&path).unwrap();
    let why = second.read_only_because.clone().unwrap();
    assert!(why.starts_with("open on "), "{why}");
    assert_eq!(second.dataset.sources.len(), 2);
    let error = second
        .project
        .save_doc(&second.doc)
        .unwrap_err()
        .to_string();
    assert!(error.contains("can only be read (open on "), "{error}");
    drop(first);
    drop(second);
    assert_eq!(Project::open(&path).unwrap().read_only_because, None);
}

#[cfg(unix)]
#[test]
fn another_name_of_the_same_file_is_no_way_around_the_lock() {
    let (folder, path) = project();
    let _first = Project::open(&path).unwrap();
    let alias = folder.path().join("alias.headroom");
    std::os::unix::fs::symlink(&path, &alias).unwrap();
    assert!(Project::open(&alias).unwrap().read_only_because.is_some());
}

#[test]
fn creating_never_overwrites() {
    let (_folder, path) = project();
    let before = fs::read(&path).unwrap();
    let error = Project::create(&path, &ProjectDoc::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is a file of this name already")
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn saving_as_goes_on_in_the_copy() {
    let (folder, path) = project();
    let copy = folder.path().join("copy.headroom");
    fs::write(&copy, "something that was there").unwrap();
    let mut opened = Project::open(&path).unwrap();
    opened.project.save_as(&copy).unwrap();
    assert_eq!(opened.project.path(), copy);
    opened
        .project
        .save_doc(&doc("in the copy", &[&source(2)]))
        .unwrap();
    assert_eq!(Project::open(&path).unwrap().read_only_because, None);
    drop(opened);
    let old = Project::open(&path).unwrap();
    assert_eq!(
        (old.doc.name.as_str(), old.dataset.sources.len()),
        ("shop", 2)
    );
    let new = Project::open(&copy).unwrap();
    assert_eq!(
        (new.doc.name.as_str(), new.dataset.sources.len()),
        ("in the copy", 1)
    );
    assert!(new.losses.is_empty());
    drop((old, new));
    assert_eq!(names(folder.path()), ["copy.headroom", "shop.headroom"]);
}

#[test]
fn saving_as_does_not_replace_a_project_that_is_open() {
    let (folder, path) = project();
    let other = folder.path().join("other.headroom");
    let _open = Project::create(&other, &doc("other", &[])).unwrap();
    let mut opened = Project::open(&path).unwrap();
    let error = opened.project.save_as(&other).unwrap_err().to_string();
    assert!(
        error.contains("close it, or choose another name"),
        "{error}"
    );
    assert_eq!(opened.project.path(), path);
}

#[test]
fn collecting_keeps_what_undo_needs() {
    let (_folder, path) = project();
    let mut opened = Project::open(&path).unwrap();
    let (a, b) = (source(1), source(2));
    let size = || fs::metadata(&path).unwrap().len();
    let full = size();
    opened.project.save_doc(&doc("less", &[&a])).unwrap();
    opened
        .project
        .collect(std::slice::from_ref(&b.info.source_id))
        .unwrap();
    opened.project.save_doc(&doc("undone", &[&a, &b])).unwrap();
    drop(opened);
    let mut opened = Project::open(&path).unwrap();
    assert_eq!((opened.dataset.sources.len(), opened.losses.len()), (2, 0));
    opened.project.save_doc(&doc("less", &[&a])).unwrap();
    opened.project.collect(&[]).unwrap();
    drop(opened);
    assert!(size() < full, "{} < {full}", size());
    let opened = Project::open(&path).unwrap();
    assert_eq!((opened.dataset.sources.len(), opened.losses.len()), (1, 0));
}

#[test]
fn what_is_no_project_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(refusal(&at("missing")).starts_with("there is no such project"));
    assert!(refusal(folder.path()).starts_with("this is a folder"));
    fs::write(at("empty"), "").unwrap();
    assert!(refusal(&at("empty")).starts_with("the file is empty"));
    fs::write(at("text"), "timeStamp,elapsed\n1,2\n").unwrap();
    assert!(refusal(&at("text")).starts_with("this is not a Headroom project"));
    fs::write(at("short"), "SQLite format 3\0").unwrap();
    assert!(refusal(&at("short")).starts_with("this is not a Headroom project"));
    Connection::open(at("foreign"))
        .unwrap()
        .execute_batch("CREATE TABLE document(id, json)")
        .unwrap();
    assert!(refusal(&at("foreign")).starts_with("this is not a Headroom project"));
    assert!(!names(folder.path()).iter().any(|n| n.contains(".lock")));
    let error = Project::create(&at("no/such/folder.headroom"), &ProjectDoc::default());
    assert!(
        error
            .unwrap_err()
            .to_string()
            .starts_with("there is no such folder")
    );
    let error = Project::create(&at("text").join("a.headroom"), &ProjectDoc::default());
    assert!(error.unwrap_err().to_string().contains("not a folder"));
}

#[test]
fn newer_and_altered_files_are_refused() {
    let alter = |sql: &str| {
        let (folder, path) = project();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let said = refusal(&path);
        drop(folder);
        said
    };
    assert!(alter("PRAGMA user_version = 99").contains("newer version"));
    assert!(alter("UPDATE document SET json = '{\"version\": 99}'").contains("newer version"));
    for trick in [
        "CREATE TRIGGER t AFTER INSERT ON history BEGIN DELETE FROM source; END",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE source RENAME TO s; CREATE VIEW source AS SELECT * FROM s",
        "CREATE INDEX i ON source(length(meta))",
        "DROP TABLE history",
    ] {
        assert!(
            alter(trick).contains("tables that Headroom never writes"),
            "{trick}"
        );
    }
}

#[test]
fn an_unreadable_document_falls_back_to_an_earlier_one() {
    let (_folder, path) = project();
    let mut opened = Project::open(&path).unwrap();
    opened.doc.name = "newest".to_owned();
    opened.project.save_doc(&opened.doc).unwrap();
    drop(opened);
    let sql = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    sql("UPDATE document SET json = '{'");
    let opened = Project::open(&path).unwrap();
    assert_eq!(
        (opened.doc.name.as_str(), opened.dataset.sources.len()),
        ("shop", 2)
    );
    assert_eq!(opened.losses.len(), 1);
    drop(opened);
    sql("DELETE FROM history; DELETE FROM document");
    let opened = Project::open(&path).unwrap();
    assert_eq!(opened.dataset.sources.len(), 2);
    assert!(opened.losses[0].contains("the data are there"));
}

#[test]
fn a_document_of_version_0_is_read_and_fields_of_others_are_kept() {
    let (_folder, path) = project();
    let sql = Connection::open(&path).unwrap();
    let old =
        r#"UPDATE document SET json = '{"name": "old", "period": "2026-06", "comments": [1]}'"#;
    sql.execute_batch(old).unwrap();
    let mut opened = Project::open(&path).unwrap();
    assert_eq!(
        (opened.doc.version, opened.doc.period.as_str()),
        (1, "2026-06")
    );
    opened.project.save_doc(&opened.doc).unwrap();
    drop(opened);
    let json: String = sql
        .query_row("SELECT json FROM document", [], |r| r.get(0))
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["comments"][0], 1);
    assert_eq!(json["version"], 1);
}

#[test]
fn lost_summaries_are_named_and_the_rest_opens() {
    let (_folder, path) = project();
    let sql = Connection::open(&path).unwrap();
    sql.execute_batch("DELETE FROM blob WHERE rowid = 1")
        .unwrap();
    let opened = Project::open(&path).unwrap();
    assert_eq!(opened.dataset.sources.len(), 2);
    assert_eq!(opened.losses.len(), 1);
    assert!(
        opened.losses[0].contains("run-1.jtl"),
        "{:?}",
        opened.losses
    );
    drop(opened);
    sql.execute_batch("DELETE FROM source WHERE rowid = 2")
        .unwrap();
    let opened = Project::open(&path).unwrap();
    assert_eq!((opened.dataset.sources.len(), opened.losses.len()), (1, 2));
}

/// Every byte of the first pages, and a sample of the others, is changed in turn. Whatever comes of it, it is either a
/// sentence or a project whose data are as they were stored, with the losses named.
#[test]
fn changed_bytes_never_panic_and_never_change_numbers() {
    let (folder, path) = project();
    let intact = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.headroom");
    let was = [source(1), source(2)].map(|s| s.run.unwrap().counters);
    let good = doc("shop", &[&source(1), &source(2)]);
    let (mut opened_count, mut lossy) = (0, 0);
    for at in (0..intact.len()).filter(|at| *at < 200 || at % 61 == 0) {
        let mut bytes = intact.clone();
        bytes[at] ^= 0x5a;
        fs::write(&damaged, bytes).unwrap();
        let Ok(opened) = Project::open(&damaged) else {
            continue;
        };
        opened_count += 1;
        lossy += i32::from(!opened.losses.is_empty());
        for there in &opened.dataset.sources {
            if let Some(run) = &there.run {
                assert!(was.contains(&run.counters), "byte {at}");
            } else {
                assert!(!opened.losses.is_empty(), "byte {at}");
            }
        }
        let complete = opened.dataset.sources.len() == 2 && opened.doc == good;
        assert!(complete || !opened.losses.is_empty(), "byte {at}");
    }
    assert!(opened_count > 100 && lossy > 50, "{opened_count} {lossy}");
}

#[test]
fn truncated_files_never_panic() {
    let (folder, path) = project();
    let intact = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.headroom");
    for length in (0..intact.len()).step_by(509) {
        fs::write(&damaged, &intact[..length]).unwrap();
        if let Ok(opened) = Project::open(&damaged) {
            // The end of the last page may be unused: then nothing is lost, and nothing may be missing.
            let whole = opened
                .dataset
                .sources
                .iter()
                .all(|s| s.run.is_some() && s.metrics.is_some());
            let complete = whole && opened.dataset.sources.len() == 2;
            assert!(complete || !opened.losses.is_empty(), "{length}");
        }
    }
}

#[test]
fn a_damaged_project_can_be_saved_as_far_as_it_can_be_read() {
    let (folder, path) = project();
    let intact = fs::read(&path).unwrap();
    let mut saved = 0;
    for length in (0..intact.len()).step_by(4_096) {
        let (damaged, rescued) = (folder.path().join("damaged"), folder.path().join("rescued"));
        fs::write(&damaged, &intact[..length]).unwrap();
        fs::remove_file(&rescued).ok();
        let Ok(mut opened) = Project::open(&damaged) else {
            continue;
        };
        assert!(opened.project.save_doc(&opened.doc).is_err());
        opened.project.save_as(&rescued).unwrap();
        opened.project.save_doc(&opened.doc).unwrap();
        drop(opened);
        let again = Project::open(&rescued).unwrap();
        assert_eq!(again.read_only_because, None);
        saved += 1;
    }
    assert!(
        saved * 2 > intact.len() / 4_096,
        "{saved} of {}",
        intact.len() / 4_096
    );
}

/// What a kill leaves when it meets a save between its first and its last page: the journal has to be rolled back.
#[test]
fn a_journal_left_by_a_kill_is_undone() {
    let (folder, path) = project();
    let killed = folder.path().join("killed.headroom");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE document SET json = 'half'; DELETE FROM blob;
             UPDATE source SET meta = '';",
        )
        .unwrap();
    let big = vec![0_u8; 400_000];
    connection
        .execute("INSERT INTO blob(hash, bytes) VALUES ('x', ?1)", [big])
        .unwrap();
    fs::copy(&path, &killed).unwrap();
    let journal = folder.path().join("shop.headroom-journal");
    fs::copy(journal, folder.path().join("killed.headroom-journal")).unwrap();
    drop(connection);
    assert_ne!(fs::read(&killed).unwrap(), fs::read(&path).unwrap());
    let opened = Project::open(&killed).unwrap();
    assert_eq!(opened.losses, Vec::<String>::new());
    assert_eq!(opened.doc, doc("shop", &[&source(1), &source(2)]));
    assert_eq!(opened.dataset.sources.len(), 2);
}

/// A project that is handed on with its files must not tell where they lay on the machine of whoever made it.
#[test]
fn files_beside_the_project_move_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    fs::create_dir(&here).unwrap();
    let path = here.join("shop.headroom");
    let mut beside = source(1);
    beside.info.path = Some(here.join("data/run.jtl"));
    let mut project = Project::create(&path, &doc("empty", &[])).unwrap();
    project
        .add_sources(&[&beside], &doc("shop", &[&beside]))
        .unwrap();
    drop(project);
    let there = folder.path().join("there");
    fs::rename(&here, &there).unwrap();
    let opened = Project::open(&there.join("shop.headroom")).unwrap();
    let file = opened.dataset.sources[0].info.path.clone();
    let there = fs::canonicalize(there).unwrap();
    assert_eq!(file, Some(there.join("data/run.jtl")));

    // A copy elsewhere still finds the file where it is.
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut project = opened.project;
    project.save_as(&elsewhere.join("copy.headroom")).unwrap();
    drop(project);
    let copy = Project::open(&elsewhere.join("copy.headroom")).unwrap();
    assert_eq!(
        copy.dataset.sources[0].info.path,
        Some(there.join("data/run.jtl"))
    );
}
