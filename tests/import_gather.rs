//! Folders and archives: their members in one go, what is no data left out by name, and the files of one run as one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use headroom::import::{Gathered, ImportError, ImportOptions, import_path, import_paths};
use headroom::progress::Progress;
use headroom::warning::WarningKind;

fn jtl(start_secs: i64, rows: i64, label: &str) -> String {
    let mut text = "timeStamp,elapsed,label,responseCode,success\n".to_owned();
    for row in 0..rows {
        let at = 1_764_547_200_000 + start_secs * 1_000 + row * 1_000;
        text.push_str(&format!("{at},{},{label},200,true\n", 100 + row));
    }
    text
}

/// Two generators of one run, a later run, a note and an empty file.
fn members() -> Vec<(&'static str, String)> {
    vec![
        ("gen1/results.jtl", jtl(0, 60, "home")),
        ("gen2/results.jtl", jtl(5, 60, "home")),
        ("later/results.jtl", jtl(9_000, 60, "home")),
        ("README.txt", "Ran on Tuesday.\n".to_owned()),
        ("errors.log", String::new()),
        (".hidden/results.jtl", jtl(0, 5, "hidden")),
    ]
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in members() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn zipped(path: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in members() {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn tarred(path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, text) in members() {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("./{name}"), text.as_bytes())
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

fn gathered(path: &Path) -> Result<Gathered, ImportError> {
    let options = ImportOptions {
        hash: true,
        ..ImportOptions::default()
    };
    import_path(path, &options, &Progress::default())
}

#[test]
fn folders_and_archives_bring_their_members() {
    let folder = folder();
    let out = tempfile::tempdir().unwrap();
    let (zip, tar) = (out.path().join("run.zip"), out.path().join("run.tar.gz"));
    zipped(&zip);
    tarred(&tar);
    for path in [folder.path().to_path_buf(), zip, tar] {
        let all = gathered(&path).unwrap();
        let names: Vec<&str> = all
            .imported
            .iter()
            .map(|one| one.source.info.file_name.as_str())
            .collect();
        let expected = ["gen1/results.jtl", "gen2/results.jtl", "later/results.jtl"];
        assert_eq!(names, expected, "{}", path.display());
        let info = |i: usize| &all.imported[i].source.info;
        assert_eq!(info(0).rows, 60);
        assert_eq!(
            info(1).path.as_deref(),
            Some(path.join(expected[1]).as_path())
        );
        assert_eq!(
            info(0).run_id(),
            info(1).run_id(),
            "one run of two generators"
        );
        assert_ne!(info(0).run_id(), info(2).run_id(), "another run");
        assert_eq!(info(1).warnings.count_of(WarningKind::Assumed), 1);
        let left: Vec<(&str, bool)> = all
            .left_out
            .iter()
            .map(|l| (l.name.as_str(), l.reason.contains("empty")))
            .collect();
        assert_eq!(left, [("README.txt", false), ("errors.log", true)]);
    }
}

#[test]
fn what_holds_no_data_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = gathered(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no file to read"), "{error}");
    std::fs::write(folder.path().join("a.txt"), "Dear diary").unwrap();
    let error = gathered(folder.path()).unwrap_err().to_string();
    assert!(error.contains("a.txt"), "{error}");
}

#[test]
fn damaged_archives_say_so() {
    let out = tempfile::tempdir().unwrap();
    let whole = out.path().join("run.zip");
    zipped(&whole);
    let bytes = std::fs::read(&whole).unwrap();
    let cut = out.path().join("cut.zip");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let error = gathered(&cut).unwrap_err().to_string();
    assert!(error.contains("damaged or cut off"), "{error}");
    // A flipped byte in the middle of a member costs that member, by name.
    let mut flipped = bytes;
    let middle = flipped.len() / 6;
    flipped[middle] ^= 0xff;
    let path = out.path().join("flipped.zip");
    std::fs::write(&path, flipped).unwrap();
    if let Ok(all) = gathered(&path) {
        assert!(all.left_out.len() > 2, "{:?}", all.left_out);
    }
}

#[test]
fn members_cannot_leave_the_archive() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("evil.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for name in ["../../outside.jtl", "fine.jtl"] {
        zip.start_file(name, options).unwrap();
        zip.write_all(jtl(0, 3, "x").as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    let all = gathered(&path).unwrap();
    assert_eq!(all.imported.len(), 1);
    assert!(!out.path().join("../../outside.jtl").exists());
}

#[test]
fn files_named_together_are_one_run_where_they_were_written_together() {
    let folder = folder();
    let paths: Vec<PathBuf> = ["gen1", "gen2", "later"]
        .map(|name| folder.path().join(name).join("results.jtl"))
        .to_vec();
    let all = import_paths(&paths, &ImportOptions::default(), &Progress::default()).unwrap();
    let groups: Vec<bool> = all
        .imported
        .iter()
        .map(|one| one.source.info.run_group.is_empty())
        .collect();
    assert_eq!(groups, [true, false, true]);
}

#[test]
fn a_project_keeps_the_files_of_a_run_together() {
    use headroom::project::{ImportPlan, overlap};
    let folder = folder();
    let mut all = gathered(folder.path()).unwrap().imported.into_iter();
    let (first, second) = (all.next().unwrap().source, all.next().unwrap().source);
    let mut dataset = headroom::dataset::Dataset::default();
    dataset.sources.push(std::sync::Arc::new(first));
    assert_eq!(overlap::plan(&dataset, &second), ImportPlan::New);
    let mut alone = second;
    alone.info.run_group.clear();
    assert!(matches!(
        overlap::plan(&dataset, &alone),
        ImportPlan::Overlaps { .. }
    ));
}
