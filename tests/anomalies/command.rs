//! `headroom anomalies`: the document, the table and the exit codes.

use headroom::analysis::decisions::KnownSpan;
use headroom::calendar::{Zone, parse_time};
use headroom::project::Project;

use crate::cli_place::{Place, keys};

/// Twenty days of hours with a rhythm; on the sixteenth a spike, where asked for.
fn hours(spike: bool) -> String {
    let mut text = String::from("time,cpu_percent,queue\n");
    for hour in 0..480_i64 {
        let rhythm = (hour % 24) as f64;
        let wobble = (hour * 7_919 % 101) as f64 / 50.0;
        let extra = if spike && hour == 375 { 45.0 } else { 0.0 };
        text.push_str(&format!(
            "2026-06-{:02}T{:02}:00:00Z,{},{}\n",
            1 + hour / 24,
            hour % 24,
            20.0 + rhythm + wobble + extra,
            5.0 + wobble
        ));
    }
    text
}

fn place(spike: bool) -> Place {
    let place = Place::new();
    place.write("hours.csv", &hours(spike));
    place
}

#[test]
fn the_document_has_its_keys_and_the_exit_code_tells_a_finding() {
    let ended = place(true).run("anomalies hours.csv --series cpu_percent --json");
    assert_eq!(ended.code, 1, "{}", ended.err);
    let document = ended.json();
    keys(&document, "false_alarms series refused");
    let series = &document["series"][0];
    keys(
        series,
        "series unit n step_secs seasons false_alarms why anomalies warnings",
    );
    assert_eq!(series["n"], 480);
    assert_eq!(series["step_secs"], 3_600.0);
    let spans = series["anomalies"].as_array().unwrap();
    assert_eq!(spans.len(), 1, "{spans:?}");
    keys(
        &spans[0],
        "start end kind direction size deviations worst worst_at expected lo hi open known",
    );
    assert_eq!(spans[0]["kind"], "point");
    assert_eq!(spans[0]["start"], "2026-06-16T15:00:00Z");
    assert_eq!(spans[0]["worst_at"], "2026-06-16T15:00:00Z");
    assert_eq!(spans[0]["direction"], "high");
    assert!(spans[0]["known"].is_null());
}

#[test]
fn nothing_unusual_ends_with_zero() {
    let ended = place(false).run("anomalies hours.csv --tz Europe/Berlin");
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(
        ended.out.starts_with("Nothing unusual in 0 of 2 series"),
        "{}",
        ended.out
    );
    let one = place(true).run("anomalies hours.csv");
    assert_eq!(one.code, 1);
    let line = one.out.lines().last().unwrap();
    assert!(
        line.starts_with("cpu_percent") && line.contains("16 Jun 2026"),
        "{}",
        one.out
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let place = place(true);
    for (line, kind, words) in [
        (
            "anomalies hours.csv --false-alarms 3 --json",
            "usage",
            "1/30d",
        ),
        (
            "anomalies hours.csv --series memory --json",
            "usage",
            "memory",
        ),
        (
            "anomalies run.jtl --json",
            "nothing-usable",
            "no metric series",
        ),
        ("anomalies none.csv --json", "missing-file", "none.csv"),
    ] {
        let error = place.run(line).error(kind);
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
    }
    place.write(
        "short.csv",
        "time,cpu\n2026-06-01T00:00:00Z,1\n2026-06-01T01:00:00Z,2\n",
    );
    let error = place
        .run("anomalies short.csv --json")
        .error("nothing-usable");
    assert!(
        error["message"].as_str().unwrap().contains("at least 20"),
        "{error}"
    );
}

#[test]
fn known_spans_of_the_project_are_no_finding_and_no_part_of_forecasts() {
    let place = place(true);
    let made = place.run("import hours.csv --project p.headroom");
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(place.run("anomalies --project p.headroom").code, 1);
    let at = |text: &str| parse_time(text, &Zone::utc()).unwrap().at;
    let mut opened = Project::open(&place.path("p.headroom")).unwrap();
    opened.doc.decisions.known_spans.push(KnownSpan {
        series: "cpu_percent".to_owned(),
        start: at("2026-06-16T14:00:00Z"),
        end: at("2026-06-16T17:00:00Z"),
        reason: "a restore".to_owned(),
        by: "Ada".to_owned(),
        ..KnownSpan::default()
    });
    opened.project.save_doc(&opened.doc).unwrap();
    drop(opened);
    let ended = place.run("anomalies --project p.headroom");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(ended.out.contains("a restore (Ada)"), "{}", ended.out);
    let ended = place.run("forecast --project p.headroom --series cpu_percent --json");
    let document = ended.json();
    assert_eq!(document["left_out"][0]["reason"], "a restore");
}
