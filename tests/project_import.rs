//! `headroom import` from outside, on the sample and on small files written here.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use headroom::cli::import::{Action, ImportArgs, ImportReport, import};
use headroom::cli::{CliError, CommonArgs};
use headroom::dataset::Role;
use headroom::project::{LimitValue, OpenedProject, Project};
use tempfile::TempDir;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    import: ImportArgs,
}

/// A folder with files and a project, and the command as it is typed there.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn project(&self) -> PathBuf {
        self.at("p.headroom")
    }

    /// A load test with one request a second, from `first` on.
    fn run(&self, name: &str, first: u64, seconds: u64) -> PathBuf {
        let mut text = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,grpThreads,allThreads,Latency\n".to_owned();
        for second in first..first + seconds {
            let millis = (1_795_225_200 + second) * 1_000;
            text += &format!("{millis},67,GET /,200,OK,t 1-1,true,402,2,2,67\n");
        }
        let path = self.at(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn import(&self, typed: &[&str]) -> Result<ImportReport, CliError> {
        let project = self.project();
        let always = ["headroom", "-q", "--project", text(&project)];
        let typed = Typed::try_parse_from(always.iter().chain(typed)).unwrap();
        import(&typed.import, &typed.common)
    }

    fn actions(&self, typed: &[&str]) -> Vec<Action> {
        let report = self.import(typed).unwrap();
        report.sources.iter().map(|s| s.action).collect()
    }

    fn open(&self) -> OpenedProject {
        let opened = Project::open(&self.project()).unwrap();
        assert_eq!(opened.losses, Vec::<String>::new());
        opened
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn sample(name: &str) -> String {
    format!("{}/sample-data/checkout/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_project_is_made_from_the_command_line_alone() {
    let place = Place::new();
    let files = [sample("metrics.csv"), sample("outages.csv")];
    let sla = sample("sla.yaml");
    let report = place
        .import(&[
            &files[0],
            &files[1],
            "--name",
            "Checkout",
            "--service",
            "checkout",
            "--environment",
            "production",
            "--region",
            "eu",
            "--role",
            "production",
            "--tz",
            "Europe/Berlin",
            "--sla",
            &sla,
            "--limit",
            "disk_used_percent=80%",
            "--limit",
            "no_such_series=5",
        ])
        .unwrap();
    assert_eq!(report.sources.len(), 2);
    assert!(
        report
            .sources
            .iter()
            .all(|s| s.action == Action::Added && s.rows > 0)
    );
    let said: Vec<&str> = report.warnings.iter().map(|w| w.message.as_str()).collect();
    assert!(
        said.iter().any(|w| w.contains("no_such_series")),
        "{said:?}"
    );
    assert!(
        !said.iter().any(|w| w.contains("disk_used_percent")),
        "{said:?}"
    );
    let opened = place.open();
    assert_eq!(
        (opened.doc.name.as_str(), opened.doc.time_zone.as_str()),
        ("Checkout", "Europe/Berlin")
    );
    assert_eq!(opened.doc.slas[0].yaml, fs::read_to_string(sla).unwrap());
    assert_eq!(opened.doc.limits[0].limit, LimitValue::Percent(80.0));
    assert_eq!(opened.doc.limits[1].limit, LimitValue::Value(5.0));
    for source in &opened.dataset.sources {
        let scope = &source.info.scope;
        assert_eq!(
            (scope.service.as_str(), scope.region.as_str()),
            ("checkout", "eu")
        );
        assert_eq!(
            (scope.environment.as_str(), scope.role),
            ("production", Role::Production)
        );
        assert!(source.info.path.as_ref().unwrap().is_absolute());
    }
    drop(opened);
    place.import(&["--limit", "disk_used_percent=70%"]).unwrap();
    let opened = place.open();
    assert_eq!(opened.doc.limits[0].limit, LimitValue::Percent(70.0));
    assert_eq!(
        (opened.doc.limits.len(), opened.dataset.sources.len()),
        (2, 2)
    );
}

/// All files of the sample in one call, as the end-to-end check does it: none of them overlaps with another.
#[test]
fn the_whole_sample_goes_into_one_project() {
    let place = Place::new();
    let names = [
        "metrics.csv",
        "outages.csv",
        "latency-buckets.json",
        "load-test-1.8-prometheus.json",
        "load-test-1.9-prometheus.json",
        "load-test-1.8.jtl",
        "load-test-1.9.jtl",
    ]
    .map(sample);
    let typed: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(place.actions(&typed), [Action::Added; 7]);
    assert_eq!(place.open().dataset.sources.len(), 7);
    assert_eq!(place.actions(&typed), [Action::Same; 7]);
}

/// What the sample's own project is made with.
#[test]
fn the_sample_project_is_made_in_two_calls() {
    let place = Place::new();
    let [metrics, outages, buckets] =
        ["metrics.csv", "outages.csv", "latency-buckets.json"].map(sample);
    place
        .import(&[
            &metrics,
            &outages,
            &buckets,
            "--service",
            "checkout",
            "--environment",
            "production",
            "--role",
            "production",
        ])
        .unwrap();
    let [a, b, c, d] = [
        "load-test-1.8.jtl",
        "load-test-1.9.jtl",
        "load-test-1.8-prometheus.json",
        "load-test-1.9-prometheus.json",
    ]
    .map(sample);
    place
        .import(&[
            &a,
            &b,
            &c,
            &d,
            "--service",
            "checkout",
            "--environment",
            "staging",
            "--role",
            "test",
        ])
        .unwrap();
    assert_eq!(place.open().dataset.sources.len(), 7);
}

#[test]
fn a_failing_file_leaves_the_project_as_it_was() {
    let place = Place::new();
    let good = place.run("good.jtl", 0, 20);
    let broken = place.at("broken.jtl");
    fs::write(&broken, "").unwrap();
    let error = place.import(&[text(&good), text(&broken)]).unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.file.as_deref()),
        ("empty-file", Some(text(&broken)))
    );
    assert!(!place.project().exists());

    place.import(&[text(&good)]).unwrap();
    let before = fs::read(place.project()).unwrap();
    let later = place.run("later.jtl", 100, 20);
    for bad in [text(&broken), text(&place.at("missing.jtl"))] {
        place.import(&[text(&later), bad]).unwrap_err();
        assert_eq!(fs::read(place.project()).unwrap(), before, "{bad}");
    }
    let unwritable = place.at("no/such/folder/rejects.csv");
    place
        .import(&[text(&later), "--rejects", text(&unwritable)])
        .unwrap_err();
    assert_eq!(fs::read(place.project()).unwrap(), before);
}

#[test]
fn the_zone_of_times_without_one_is_remembered() {
    let place = Place::new();
    let bare = |name: &str, column: &str| {
        let path = place.at(name);
        let text = format!("time,{column}\n2026-01-15 12:00:00,1\n2026-01-15 12:01:00,2\n");
        fs::write(&path, text).unwrap();
        path
    };
    let (a, b) = (bare("a.csv", "load"), bare("b.csv", "depth"));
    place
        .import(&[text(&a), "--source-tz", "Europe/Berlin"])
        .unwrap();
    let report = place.import(&[text(&b)]).unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    assert_eq!(
        report.sources[0].first.unwrap().to_string(),
        "2026-01-15T11:00:00Z"
    );
}

#[test]
fn importing_again_follows_the_rules() {
    let place = Place::new();
    let run = place.run("a.jtl", 0, 20);
    assert_eq!(place.actions(&[text(&run)]), [Action::Added]);
    assert_eq!(place.actions(&[text(&run)]), [Action::Same]);
    let copy = place.at("copy.jtl");
    fs::copy(&run, &copy).unwrap();
    assert_eq!(place.actions(&[text(&copy)]), [Action::Same]);

    place.run("a.jtl", 0, 30);
    assert_eq!(place.actions(&[text(&run)]), [Action::Replaced]);
    let opened = place.open();
    assert_eq!(
        (
            opened.dataset.sources.len(),
            opened.dataset.sources[0].info.rows
        ),
        (1, 30)
    );
    drop(opened);

    let other = place.run("b.jtl", 10, 40);
    let before = fs::read(place.project()).unwrap();
    let error = place.import(&[text(&other)]).unwrap_err();
    assert_eq!(error.kind, "overlap");
    assert!(
        error.message.contains("\"a.jtl\"") && error.message.contains("b.jtl"),
        "{error}"
    );
    assert!(error.hint.unwrap().contains("--on-overlap"));
    assert_eq!(fs::read(place.project()).unwrap(), before);

    assert_eq!(
        place.actions(&[text(&other), "--on-overlap", "keep"]),
        [Action::Kept]
    );
    assert_eq!(place.open().dataset.sources.len(), 1);
    assert_eq!(
        place.actions(&[text(&other), "--on-overlap", "both"]),
        [Action::Added]
    );
    assert_eq!(place.open().dataset.sources.len(), 2);
    let third = place.run("c.jtl", 5, 50);
    assert_eq!(
        place.actions(&[text(&third), "--on-overlap", "replace"]),
        [Action::Replaced]
    );
    assert_eq!(place.open().dataset.sources.len(), 1);
}

#[test]
fn files_of_one_call_are_held_against_each_other() {
    let place = Place::new();
    let (a, b) = (place.run("a.jtl", 0, 20), place.run("b.jtl", 10, 20));
    assert_eq!(
        place.import(&[text(&a), text(&b)]).unwrap_err().kind,
        "overlap"
    );
    assert!(!place.project().exists());
    assert_eq!(
        place.actions(&[text(&a), text(&a)]),
        [Action::Added, Action::Same]
    );
}

#[test]
fn an_edited_scope_outlives_a_grown_file() {
    let place = Place::new();
    let run = place.run("a.jtl", 0, 20);
    place
        .import(&[text(&run), "--service", "checkout"])
        .unwrap();
    place.run("a.jtl", 0, 30);
    assert_eq!(place.actions(&[text(&run)]), [Action::Replaced]);
    assert_eq!(
        place.open().dataset.sources[0].info.scope.service,
        "checkout"
    );
}

#[test]
fn rows_that_cannot_be_read_are_saved_for_all_files() {
    let place = Place::new();
    let files = [place.run("a.jtl", 0, 20), place.run("b.jtl", 100, 20)];
    for file in &files {
        let broken =
            fs::read_to_string(file).unwrap() + "then,soon,GET /,200,OK,t 1-1,true,1,1,1,1\n";
        fs::write(file, broken).unwrap();
    }
    let out = place.at("rejects.csv");
    let report = place
        .import(&[text(&files[0]), text(&files[1]), "--rejects", text(&out)])
        .unwrap();
    assert!(
        report
            .sources
            .iter()
            .all(|s| (s.rows, s.rejected) == (20, 1))
    );
    let lines: Vec<String> = fs::read_to_string(out)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("file,line,column"));
    assert!(
        lines[1].starts_with("\"a.jtl\",22") && lines[2].starts_with("\"b.jtl\",22"),
        "{lines:?}"
    );
}

#[test]
fn a_project_that_is_open_elsewhere_is_not_written_to() {
    let place = Place::new();
    let run = place.run("a.jtl", 0, 20);
    place.import(&[text(&run)]).unwrap();
    let _open = place.open();
    let later = place.run("b.jtl", 100, 20);
    let error = place.import(&[text(&later)]).unwrap_err();
    assert!(error.message.contains("open on "), "{error}");
}

#[test]
fn bad_promises_and_limits_are_refused_before_anything_is_read() {
    let place = Place::new();
    let sla = place.at("sla.yaml");
    fs::write(&sla, "objectives:\n  - name: x\n    kind: nonsense\n").unwrap();
    let error = place
        .import(&["missing.jtl", "--sla", text(&sla)])
        .unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.file.as_deref()),
        ("sla-file", Some(text(&sla)))
    );
    assert!(error.line.is_some());
    let error = place
        .import(&["missing.jtl", "--limit", "cpu"])
        .unwrap_err();
    assert_eq!(error.kind, "usage");
    assert!(!place.project().exists());
}

#[test]
fn the_json_has_the_keys_of_the_contract() {
    let place = Place::new();
    let run = place.run("a.jtl", 0, 20);
    let json = serde_json::to_value(place.import(&[text(&run)]).unwrap()).unwrap();
    let source = &json["sources"][0];
    for key in [
        "path", "format", "rows", "rejected", "first", "last", "action",
    ] {
        assert!(!source[key].is_null(), "{key}");
    }
    assert_eq!(
        (&source["action"], &source["rows"]),
        (&"added".into(), &20.into())
    );
    assert!(json["project"].is_string() && json["warnings"].is_array());
}
