//! A committed plan with a day in forecasts and reports, and new versions on instances of their own.

mod breaches;
mod rollout;
mod screen;
mod shards;

use std::sync::Arc;

use headroom::analysis::forecast::Threshold;
use headroom::analysis::forecast::plan::Known;
use headroom::calendar::{Instant, Period};
use headroom::dataset::Dataset;
use headroom::import::{ImportOptions, import_paths};
use headroom::progress::Progress;
use headroom::project::{Project, ProjectDoc};
use headroom::report::findings::Findings;
use headroom::report::{Committed, ReportLimit, analyse};
use headroom::scenario::Scenario;
use headroom::scenario::model::Pattern;
use headroom::units::Micros;
use jiff::civil::date;

use crate::cli_place::Place;
use crate::report_fixture::params;

/// Today's system: four instances under what is forecast of the series.
pub fn today(series: &str) -> Scenario {
    let mut s = Scenario {
        name: "Today".to_owned(),
        ..Scenario::default()
    };
    s.workload.pattern = Pattern::Forecast {
        series: series.to_owned(),
        quantile: 0.9,
    };
    s.service.workers = 4;
    s.topology.groups[0].instances = 4;
    s.run.duration = 600.0;
    s
}

/// Three times the load on ten instances.
pub fn sale(series: &str) -> Scenario {
    let mut s = today(series);
    s.name = "Sale".to_owned();
    s.workload.growth = 3.0;
    s.topology.groups[0].instances = 10;
    s.from = Some(date(2026, 7, 20));
    s
}

/// Puts both into a document; the sale is the plan.
pub fn committed(doc: &mut ProjectDoc, sale: Scenario, today: Scenario) {
    doc.committed = Some(sale.name.clone());
    doc.scenarios = vec![sale, today];
}

/// A project with sixty days of a growing load and a processor series, both with limits.
fn shop(change: impl FnOnce(&mut ProjectDoc)) -> Place {
    let place = Place::new();
    let mut rows = String::from("time,requests,cpu_percent\n");
    for day in 0..61_i64 {
        let at = Instant::from_secs(1_777_593_600).plus(Micros(day * Micros::DAY.0));
        let wobble = (day * 7 % 5) as f64;
        let load = 100.0 + day as f64 / 2.0 + wobble;
        rows.push_str(&format!("{at},{load},{}\n", 30.0 + wobble));
    }
    place.write("load.csv", &rows);
    let made = place.run(
        "import load.csv --project shop.headroom --limit requests=200 --limit cpu_percent=80%",
    );
    assert_eq!(made.code, 0, "{}", made.err);
    let mut opened = Project::open(&place.path("shop.headroom")).unwrap();
    change(&mut opened.doc);
    opened.project.save_doc(&opened.doc).unwrap();
    place
}

#[test]
fn the_plan_is_a_known_change_of_its_series_and_a_step_of_its_limit() {
    let place = shop(|doc| committed(doc, sale("requests"), today("requests")));
    let call = "forecast --project shop.headroom --series requests --horizon 30d";
    let found = place.run(&format!("{call} --json -q")).json();
    let effect = &found["plan"]["effects"][0];
    assert_eq!(
        (&effect["name"], &effect["effect"], &effect["from"]),
        (
            &"plan “Sale”".into(),
            &"×3".into(),
            &"2026-07-20T00:00:00Z".into()
        )
    );
    let mean = |of: &serde_json::Value, day: usize| of["points"][day]["mean"].as_f64().unwrap();
    // The data end on 30 June: 19 July is the 19th step.
    assert!((mean(&found, 18) - mean(&found["plan"]["without"], 18)).abs() < 1e-9);
    assert!((mean(&found, 19) / mean(&found["plan"]["without"], 19) - 3.0).abs() < 1e-9);
    // Ten instances instead of four: 200 · 10/4.
    assert_eq!(found["capacity"]["limits"][1][1], 500.0);
    let addition = &found["capacity"]["additions"][0];
    assert_eq!(
        (&addition["owner"], &addition["amount"]),
        (&"plan “Sale”".into(), &"150 %".into())
    );
    let said = found["warnings"].to_string();
    assert!(
        said.contains("Capacity +150 %")
            || said.contains("Capacity ×2.5: 10 instances instead of 4"),
        "{said}"
    );
    let told = place.run(call);
    assert!(
        told.out
            .contains("2026-07-20: 150 % more, order by 2026-07-06, plan “Sale”"),
        "{}",
        told.out
    );
    // The other series is as it was, and nothing is said about it.
    let cpu = place.run("forecast --project shop.headroom --series cpu_percent --json -q");
    assert!(!cpu.out.contains("Sale"), "{}", cpu.out);
    // All limits: the note on the plan is said once.
    let all = place.run("forecast --project shop.headroom");
    assert_eq!(
        all.err.matches("holds from 2026-07-20").count(),
        1,
        "{}",
        all.err
    );
}

#[test]
fn why_a_plan_stands_in_no_forecast_is_said() {
    for (change, parts) in [
        (
            (|doc: &mut ProjectDoc| {
                let mut figures = sale("requests");
                figures.workload.pattern = Pattern::Constant { level: 400.0 };
                committed(doc, figures, today("requests"));
            }) as fn(&mut ProjectDoc),
            "“Sale” holds from 2026-07-20|names no series",
        ),
        (
            |doc| committed(doc, sale("orders"), today("orders")),
            "its load is “orders”|no such series",
        ),
    ] {
        let place = shop(change);
        let told = place.run("forecast --project shop.headroom --series requests");
        for part in parts.split('|') {
            assert!(told.err.contains(part), "{part}: {}", told.err);
        }
        assert!(!told.out.contains("Sale"), "{}", told.out);
    }
    // A series that is there and was not forecast.
    let place = shop(|doc| {
        committed(doc, sale("requests"), today("requests"));
        doc.limits.retain(|limit| limit.series == "cpu_percent");
    });
    let told = place.run("forecast --project shop.headroom");
    assert!(told.err.contains("see it with --series"), "{}", told.err);
    // Without a day nothing is said.
    let place = shop(|doc| {
        let mut dateless = sale("requests");
        dateless.from = None;
        committed(doc, dateless, today("requests"));
    });
    let told = place.run("forecast --project shop.headroom");
    assert!(!told.err.contains("Sale") && !told.out.contains("Sale"));
}

#[test]
fn a_scenario_says_its_day() {
    let place = Place::new();
    let yaml = "name: Sale\nfrom: 2027-01-01\nworkload: {pattern: constant, rate: 20_rps, duration: 1min}\nservice: {time: 20ms}\n";
    place.write("sale.yaml", yaml);
    let document = place.run("simulate sale.yaml --json -q").json();
    assert_eq!(document["from"], "2027-01-01");
    let page = place.run("simulate sale.yaml");
    assert!(
        page.out.contains("a plan that holds from 2027-01-01 on"),
        "{}",
        page.out
    );
    for (day, part) in [
        (
            "soon",
            "\"soon\" is not a day of the calendar; write for example 2027-01-01",
        ),
        (
            "1901-01-01",
            "from: 1901-01-01 is not between 1970 and 2200",
        ),
    ] {
        place.write("sale.yaml", &yaml.replace("2027-01-01", day));
        let error = place.run("simulate sale.yaml --json");
        assert_eq!(error.code, 2);
        assert!(
            error.out.contains(&part.replace('"', "\\\"")),
            "{}",
            error.out
        );
        assert!(
            error.out.contains("\"line\": 2") || error.out.contains("\"line\":2"),
            "{}",
            error.out
        );
    }
}

/// The findings of a quarter's report with the load of [`shop`], measured to 30 June.
fn findings(plan: Option<Committed>) -> Findings {
    let place = Place::new();
    let mut rows = String::from("time,requests\n");
    for day in 0..91_i64 {
        let at = Instant::from_secs(1_774_994_400).plus(Micros(day * Micros::DAY.0));
        let load = 100.0 + day as f64 / 4.0 + (day * 7 % 5) as f64;
        rows.push_str(&format!("{at},{load}\n"));
    }
    place.write("load.csv", &rows);
    let files = [place.path("load.csv")];
    let imported = import_paths(&files, &ImportOptions::default(), &Progress::default()).unwrap();
    let source = imported.imported.into_iter().next().unwrap().source;
    let mut params = params("2026-Q2");
    params.period = Period::parse("2026-Q2").unwrap();
    params.slas.clear();
    params.limits = vec![ReportLimit {
        series: "requests".to_owned(),
        threshold: Threshold::Value(200.0),
        lead_time_days: 14,
        known: Known::default(),
    }];
    params.committed = plan;
    let dataset = Dataset {
        sources: vec![Arc::new(source)],
    };
    analyse(&dataset, &params, &Progress::default()).unwrap()
}

/// The forecast of the report follows the plan, and the plan is weighed under its load once, not under three times it.
#[test]
fn a_report_shows_the_plan_and_does_not_count_its_growth_twice() {
    let plain = findings(None);
    let with = findings(Some(Committed {
        plan: sale("requests"),
        today: Some(today("requests")),
    }));
    let end = |findings: &Findings| {
        let forecast = findings.forecasts[0].forecast.as_ref().unwrap();
        forecast.points.last().unwrap().mean
    };
    assert!((end(&with) / end(&plain) - 3.0).abs() < 1e-9);
    let weighed = with.committed.unwrap();
    assert_eq!(weighed.refused, None);
    let offered: Vec<f64> = weighed
        .options
        .iter()
        .map(|o| o.run.offered_per_sec)
        .collect();
    // Today, doing nothing, the plan: 120/s and three times as much.
    assert!((offered[1] / offered[0] - 3.0).abs() < 0.1, "{offered:?}");
    assert!((100.0..150.0).contains(&offered[0]), "{offered:?}");
}
