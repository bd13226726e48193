//! `headroom forecast --keep` and `--scorecard`, and what closing keeps.

use headroom::project::Project;

use crate::cli_place::{Place, keys};

const KEEP: &str = "forecast --project p.headroom --as-of 2026-06-10T23:59:59Z --keep --by Ada --at 2026-06-11T08:00:00Z";
const CARD: &str = "forecast --project p.headroom --scorecard";

#[test]
fn a_forecast_is_kept_once_and_scored_by_what_came() {
    let place = Place::new().project();
    let empty = place.run(CARD);
    assert_eq!(empty.code, 0, "{}", empty.err);
    assert!(
        empty.out.starts_with("No forecast has been kept yet."),
        "{}",
        empty.out
    );
    let kept = place.run(KEEP);
    assert!(kept.code < 2, "{}", kept.err);
    assert!(kept.err.contains("kept: disk_percent"), "{}", kept.err);
    let project = std::fs::read(place.path("p.headroom")).unwrap();
    let again = place.run(KEEP);
    assert!(
        again.err.contains(
            "The forecast of disk_percent from these data was kept on 11 Jun 2026 (by command) already; nothing is kept twice"
        ),
        "{}",
        again.err
    );
    assert!(std::fs::read(place.path("p.headroom")).unwrap() == project);
    // The data go on to 30 June: twenty days came.
    let json = place.run(&format!("{CARD} --json")).json();
    keys(
        &json,
        "sentence coverage80 coverage95 measured within80 within95 errors forecasts sentences",
    );
    let one = &json["forecasts"][0];
    keys(
        one,
        "series unit aggregate made_at known_until by who model step_secs measured within80 within95 errors bias crossing points",
    );
    assert_eq!(one["made_at"], "2026-06-11T08:00:00Z");
    assert_eq!(one["known_until"], "2026-06-11T00:00:00Z");
    assert_eq!(one["by"], "command");
    assert_eq!(one["who"], "Ada");
    assert_eq!(one["measured"], 20);
    assert_eq!(one["errors"][0]["measured"], 7);
    assert_eq!(one["errors"][1]["measured"], 13);
    assert_eq!(json["measured"], 20);
    // Half a percent a day without a surprise.
    let within = json["within95"].as_f64().unwrap();
    assert!(within >= 15.0, "{within}");
    assert_eq!(json["coverage95"], within / 20.0);
    let text = place.run(CARD).out;
    assert!(
        text.contains("(20 steps of 1 forecast; so few say little)"),
        "{text}"
    );
    assert!(
        text.contains("\ndisk_percent: 20 days ahead we said "),
        "{text}"
    );
    let earlier = place
        .run(&format!("{CARD} --json --as-of 2026-06-15T00:00:00Z"))
        .json();
    assert_eq!(earlier["measured"], 4);
}

#[test]
fn closing_a_period_keeps_the_forecasts_of_its_report() {
    let place = Place::new().project();
    let closed = place.run("report --project p.headroom --period 2026-05 -o may.xlsx --close --by Ada --at 2026-06-02T09:00:00Z");
    assert_eq!(closed.code, 0, "{}", closed.err);
    let doc = Project::open(&place.path("p.headroom")).unwrap().doc;
    let [kept] = doc.decisions.forecasts.as_slice() else {
        panic!("{:?}", doc.decisions.forecasts);
    };
    assert_eq!(kept.series, "disk_percent");
    assert_eq!(kept.by.words(), "closing 2026-05");
    assert_eq!(kept.known_until.to_string(), "2026-06-01T00:00:00Z");
    // The closed month is made again as it was signed: what was kept with it is no part of it.
    let again = place
        .run("report --project p.headroom --period 2026-05 -o may.xlsx --json")
        .json();
    assert_eq!(again["unchanged"], true);
    // June looks back on what was kept.
    let june = place.run("report --project p.headroom --period 2026-06 -o june.json");
    assert_eq!(june.code, 0, "{}", june.err);
    let text = std::fs::read_to_string(place.path("june.json")).unwrap();
    let june: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        june["look_back"][0]["kept"],
        "2 Jun 2026, closing 2026-05 by Ada"
    );
    assert_eq!(
        june["plan_scorecard"]["forecasts"][0]["series"],
        "disk_percent"
    );
}

#[test]
fn what_cannot_be_kept_or_scored_is_said() {
    let place = Place::new().project();
    let of_file = place.run("forecast metrics.csv --scorecard --json");
    let error = of_file.error("usage");
    assert_eq!(
        error["message"],
        "kept forecasts stand in a project; name it with --project"
    );
    let of_file = place.run("forecast metrics.csv --series disk --keep --json");
    let error = of_file.error("usage");
    assert_eq!(
        error["message"],
        "--keep works on a project alone: import the files with headroom import first"
    );
    assert!(place.run(KEEP).code < 2);
    let other = place.run(&format!("{CARD} --series memory --json"));
    let error = other.error("usage");
    assert_eq!(error["hint"], "kept series: disk_percent");
}
