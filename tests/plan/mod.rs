//! Forecasts with what people know: from the engine, from the command line, and on the screen.

mod screen;

use headroom::analysis::forecast::plan::{
    Addition, Amount, Change, Effect, EffectKind, Event, ForecastPlan, Holiday, Ignored, Known,
};
use headroom::analysis::forecast::{
    Forecast, ForecastError, ForecastParams, Horizon, Threshold, forecast,
};
use headroom::calendar::{Instant, Zone};
use headroom::dataset::{Series, SeriesInfo};
use headroom::project::{CapacityLimit, ProjectDoc};
use headroom::units::Micros;
use jiff::civil::{Date, date};

use crate::cli_place::Place;
use crate::forecast_coverage::noise;

const FIRST: Date = date(2026, 1, 1);

fn day(index: i64) -> Date {
    FIRST.checked_add(jiff::Span::new().days(index)).unwrap()
}

fn at(date: Date) -> Instant {
    Zone::utc().start_of_day(date)
}

fn series(unit: &str, first: Date, values: Vec<f64>) -> Series {
    Series {
        info: SeriesInfo {
            name: "load".to_owned(),
            unit: unit.to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..values.len() as i64)
            .map(|i| at(first).plus(Micros(i * Micros::DAY.0)))
            .collect(),
        values,
    }
}

/// 100 and one more each day, with noise of one.
fn growing(days: usize) -> Vec<f64> {
    let noise = noise(11, days);
    (0..days).map(|i| 100.0 + i as f64 + noise[i]).collect()
}

fn with(plan: ForecastPlan) -> ForecastParams {
    ForecastParams {
        horizon: Horizon::Time(Micros(60 * Micros::DAY.0)),
        known: Known {
            plan,
            ..Known::default()
        },
        ..ForecastParams::default()
    }
}

fn mean_on(forecast: &Forecast, date: Date) -> f64 {
    let point = forecast.points.iter().find(|p| p.t == at(date)).unwrap();
    point.mean
}

#[test]
fn a_known_change_and_a_campaign_stand_on_the_forecast_by_name() {
    let series = series("", FIRST, growing(120));
    let plan = ForecastPlan {
        changes: vec![Change {
            from: day(140),
            effect: Effect::Multiply(1.2),
            name: "new customers".to_owned(),
        }],
        events: vec![Event {
            from: day(150),
            to: day(152),
            effect: Effect::Add(500.0),
            name: "campaign".to_owned(),
        }],
        ..ForecastPlan::default()
    };
    let mut params = with(plan);
    params.capacity = Some(Threshold::Value(285.0));
    params.sustain = (1, 1);
    let planned = forecast(&series, &params).unwrap();
    let outcome = planned.plan.as_ref().unwrap();
    let plain = forecast(
        &series,
        &ForecastParams {
            known: Known::default(),
            ..params
        },
    )
    .unwrap();
    assert!(plain.plan.is_none());
    assert_eq!(outcome.without.points, plain.points);
    for (index, planned) in planned.points.iter().enumerate() {
        let bare = plain.points[index];
        let expected = match 120 + index {
            150..=152 => bare.mean * 1.2 + 500.0,
            140.. => bare.mean * 1.2,
            _ => bare.mean,
        };
        assert!((planned.mean - expected).abs() < 1e-9, "{index}");
        assert!(planned.lo95 < planned.lo80 && planned.hi80 < planned.hi95);
    }
    // 285 is not within reach of the line, which ends at 280; with a fifth more it is on day 140, as 1.2 · 240 = 288.
    let crossed = planned.capacity.unwrap();
    assert_eq!(crossed.crossing.p50, Some(at(day(140))));
    assert_eq!(crossed.expected, Some(at(day(140))));
    assert_eq!(outcome.without.capacity.as_ref().unwrap().expected, None);
    let told: Vec<(EffectKind, &str, usize)> = outcome
        .effects
        .iter()
        .map(|e| (e.kind, e.name.as_str(), e.future_steps))
        .collect();
    assert_eq!(
        told,
        [
            (EffectKind::Change, "new customers", 40),
            (EffectKind::Event, "campaign", 3)
        ]
    );
    let said: Vec<&str> = planned
        .warnings
        .iter()
        .map(|w| w.message.as_str())
        .collect();
    assert!(
        said.iter()
            .any(|m| m.starts_with("new customers (+20 %): ")),
        "{said:?}"
    );
}

#[test]
fn a_change_that_the_data_show_is_not_added_again() {
    let series = series("", FIRST, growing(120));
    let plan = ForecastPlan {
        changes: vec![Change {
            from: day(100),
            effect: Effect::Multiply(2.0),
            name: "migration".to_owned(),
        }],
        ..ForecastPlan::default()
    };
    let planned = forecast(&series, &with(plan)).unwrap();
    let outcome = planned.plan.unwrap();
    assert_eq!(planned.points, outcome.without.points);
    assert!(outcome.effects[0].note.contains("nothing is added"));
}

#[test]
fn what_is_ignored_is_a_gap_and_stays_in_the_history() {
    let clean = growing(120);
    let mut spoilt = clean.clone();
    for value in &mut spoilt[100..118] {
        *value = 900.0;
    }
    let plan = ForecastPlan {
        ignored: vec![Ignored {
            start: at(day(100)),
            end: at(day(118)),
            name: "incident".to_owned(),
        }],
        ..ForecastPlan::default()
    };
    let spoilt = series("", FIRST, spoilt);
    let planned = forecast(&spoilt, &with(plan)).unwrap();
    let expected = mean_on(&planned, day(170));
    assert!((expected - 270.0).abs() < 12.0, "{expected}");
    assert_eq!(planned.history.len(), 120);
    assert_eq!(planned.n, 102);
    assert_eq!(planned.plan.unwrap().effects[0].past_steps, 18);
    let plain = forecast(&spoilt, &with(ForecastPlan::default())).unwrap();
    assert!((mean_on(&plain, day(170)) - 270.0).abs() > 30.0);
}

#[test]
fn a_holiday_does_what_it_did_before_and_nothing_where_that_is_unknown() {
    // Three years of 200 with noise; half of that on 25 December.
    let first = date(2023, 12, 1);
    let days = 1_090;
    let noise = noise(5, days);
    let values = (0..days)
        .map(|i| {
            let date = first.checked_add(jiff::Span::new().days(i as i64)).unwrap();
            let factor = if (date.month(), date.day()) == (12, 25) {
                0.5
            } else {
                1.0
            };
            (200.0 + noise[i]) * factor
        })
        .collect();
    let series = series("", first, values);
    let holiday = |month, day, name: &str| Holiday {
        date: date(2020, month, day),
        name: name.to_owned(),
        yearly: true,
    };
    let once = Holiday {
        date: date(2026, 3, 2),
        name: "opening".to_owned(),
        yearly: false,
    };
    let plan = ForecastPlan {
        holidays: vec![
            holiday(12, 25, "Christmas"),
            once,
            holiday(7, 1, "ordinary day"),
        ],
        ..ForecastPlan::default()
    };
    let planned = forecast(&series, &with(plan)).unwrap();
    assert!((mean_on(&planned, date(2026, 12, 25)) - 100.0).abs() < 3.0);
    assert!((mean_on(&planned, date(2026, 12, 26)) - 200.0).abs() < 5.0);
    let effects = planned.plan.unwrap().effects;
    let of = |name: &str| effects.iter().find(|e| e.name == name).unwrap();
    let christmas = of("Christmas");
    assert_eq!((christmas.past_steps, christmas.future_steps), (3, 1));
    assert!(
        christmas
            .note
            .starts_with("from 3 past days against their weekday"),
        "{}",
        christmas.note
    );
    assert!(
        of("opening").note.contains("only 1 past day") && of("opening").effect.is_empty(),
        "{}",
        of("opening").note
    );
    assert_eq!(of("ordinary day").past_steps, 0);
}

#[test]
fn the_fit_begins_where_a_person_says_and_struck_changes_do_not_count() {
    // A level shift after 100 days.
    let noise = noise(3, 200);
    let values = (0..200)
        .map(|i| if i < 100 { 50.0 } else { 80.0 } + noise[i])
        .collect();
    let series = series("", FIRST, values);
    let plain = forecast(&series, &with(ForecastPlan::default())).unwrap();
    let found = plain.changepoints[0];
    assert!((found.since(at(day(100))).as_days()).abs() <= 3.0);
    let struck = ForecastPlan {
        struck: vec![found],
        ..ForecastPlan::default()
    };
    let across = forecast(&series, &with(struck)).unwrap();
    assert_eq!((across.changepoints.len(), across.n), (0, 200));
    let begun = ForecastPlan {
        start_after: Some(at(day(150))),
        ..ForecastPlan::default()
    };
    let begun = forecast(&series, &with(begun)).unwrap();
    assert_eq!((begun.n, begun.history.len()), (50, 200));
    assert_eq!(begun.points[0].t, at(day(200)));
    let too_late = ForecastPlan {
        start_after: Some(at(day(198))),
        ..ForecastPlan::default()
    };
    let too_late = forecast(&series, &with(too_late)).unwrap();
    // As without it: from the shift on.
    assert_eq!(too_late.n, plain.n);
    assert!((plain.n as i64 - 100).abs() <= 3, "{}", plain.n);
    let note = &too_late.plan.unwrap().effects[0].note;
    assert!(note.contains("only 2 steps would be left"), "{note}");
}

fn addition(index: i64, amount: Amount, lead: Option<u32>) -> Addition {
    Addition {
        date: day(index),
        amount,
        lead_time_days: lead,
        unit_cost: Some(12.5),
        owner: "Ann".to_owned(),
    }
}

#[test]
fn a_dated_limit_is_crossed_against_what_is_in_force() {
    let series = series("GiB", FIRST, growing(120));
    let params = |additions: Vec<Addition>| ForecastParams {
        capacity: Some(Threshold::Value(230.0)),
        horizon: Horizon::Time(Micros(110 * Micros::DAY.0)),
        sustain: (1, 1),
        known: Known {
            additions,
            ..Known::default()
        },
        ..ForecastParams::default()
    };
    let flat = forecast(&series, &params(Vec::new())).unwrap();
    // The line is at 230 on day 130 and over it on day 131.
    let flat = flat.capacity.unwrap();
    let expected = flat.expected.unwrap();
    assert!((at(day(130))..=at(day(131))).contains(&expected));
    assert!(flat.conservative < flat.expected && flat.limits.is_empty());
    // In time: the limit is 280 from day 125 on, and the line is over it on day 181.
    let raised = forecast(
        &series,
        &params(vec![addition(125, Amount::Value(50.0), Some(10))]),
    )
    .unwrap();
    assert!(raised.plan.is_none());
    let raised = raised.capacity.unwrap();
    let p50 = raised.crossing.p50.unwrap().since(at(FIRST)).as_days();
    assert!((176.0..=183.0).contains(&p50), "{p50}");
    assert_eq!(raised.limits, [(at(FIRST), 230.0), (at(day(125)), 280.0)]);
    assert_eq!(
        (raised.limit_at(at(day(124))), raised.limit_at(at(day(125)))),
        (230.0, 280.0)
    );
    assert_eq!(raised.threshold_text, "230 GiB (280 GiB from 2026-05-06)");
    let done = &raised.additions[0];
    assert_eq!(done.order_by, at(day(115)));
    // The data end on day 119: it should have been ordered.
    assert!(done.late);
    assert_eq!((done.cost, raised.cost()), (Some(625.0), Some(625.0)));
    // Too late: over 230 before the addition of day 140 is there.
    let late = forecast(
        &series,
        &params(vec![addition(140, Amount::Percent(100.0), None)]),
    )
    .unwrap()
    .capacity
    .unwrap();
    assert_eq!(late.crossing.p50, flat.crossing.p50);
    assert_eq!(late.additions[0].limit, 460.0);
    assert_eq!(late.additions[0].order_by, at(day(126)));
}

#[test]
fn more_capacity_lowers_a_share() {
    let noise = noise(8, 100);
    let values = (0..100)
        .map(|i| 40.0 + 0.3 * i as f64 + 0.3 * noise[i])
        .collect();
    let series = series("%", FIRST, values);
    let params = |amount| ForecastParams {
        capacity: Some(Threshold::Percent(80.0)),
        horizon: Horizon::Time(Micros(60 * Micros::DAY.0)),
        known: Known {
            additions: vec![addition(110, amount, None)],
            ..Known::default()
        },
        ..ForecastParams::default()
    };
    let doubled = forecast(&series, &params(Amount::Percent(100.0))).unwrap();
    let before = mean_on(&doubled, day(109));
    let after = mean_on(&doubled, day(110));
    assert!((after / before - 0.5).abs() < 0.01, "{before} {after}");
    // Without it the line is over 80 % on day 134.
    assert_eq!(doubled.capacity.unwrap().crossing.p50, None);
    let Err(ForecastError::Refused(why)) = forecast(&series, &params(Amount::Value(20.0))) else {
        panic!("an amount without a meaning");
    };
    assert!(why.contains("such as 25%"), "{why}");
}

#[test]
fn an_older_project_has_no_plans_and_a_limit_keeps_its_additions() {
    let old =
        r#"{"limits":[{"series":"cpu","limit":{"percent":80.0},"lead_time_days":14,"note":""}]}"#;
    let mut doc: ProjectDoc = serde_json::from_str(old).unwrap();
    assert!(doc.limits[0].additions.is_empty() && doc.known("cpu").is_empty());
    let untouched = serde_json::to_string(&doc).unwrap();
    assert!(untouched.contains("\"forecast_plans\":[]") && !untouched.contains("additions"));
    doc.limits[0].additions = vec![addition(10, Amount::Percent(25.0), Some(30))];
    doc.forecast_plans = vec![
        ForecastPlan {
            holidays: vec![Holiday::default()],
            ..ForecastPlan::default()
        },
        ForecastPlan {
            series: "cpu".to_owned(),
            struck: vec![at(FIRST)],
            ..ForecastPlan::default()
        },
    ];
    let back: ProjectDoc = serde_json::from_str(&serde_json::to_string(&doc).unwrap()).unwrap();
    assert_eq!(back, doc);
    let known = back.known("cpu");
    assert_eq!(
        (
            known.plan.holidays.len(),
            known.plan.struck.len(),
            known.additions.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(back.known("disk").plan.struck, []);
    assert_eq!(CapacityLimit::default().additions, []);
}

const PLAN: &str = "holidays:
  - {date: 12-25, name: Christmas}
series:
  disk_percent:
    changes:
      - {from: 2026-07-10, effect: +5%, name: new tenant}
    additions:
      - {date: 2026-07-20, amount: 100%, lead_time: 30d, unit_cost: 4000, owner: Ann}
";

#[test]
fn a_plan_is_a_file_of_the_command() {
    let place = Place::new();
    place.write("plan.yaml", PLAN);
    place.write("days.csv", "date,name\n2026-05-01,Labour day\n");
    let call = "forecast metrics.csv --series disk_percent --horizon 30d --capacity 88% --plan plan.yaml --holidays days.csv";
    let found = place.run(&format!("{call} --json")).json();
    let effects = found["plan"]["effects"].as_array().unwrap();
    let of = |name: &str| effects.iter().find(|e| e["name"] == name).unwrap();
    assert_eq!(of("new tenant")["effect"], "+5 %");
    assert!(
        of("Labour day")["note"]
            .as_str()
            .unwrap()
            .contains("unknown")
    );
    assert!(
        of("Christmas")["note"]
            .as_str()
            .unwrap()
            .contains("unknown")
    );
    let addition = &found["capacity"]["additions"][0];
    assert_eq!(addition["order_by"], "2026-06-20T00:00:00Z");
    assert_eq!(
        (&addition["late"], &addition["cost"]),
        (&true.into(), &4_000.0.into())
    );
    // The line is at 85 % on 10 July; a twentieth more is over 88 %. Twice the disk ends it ten days later.
    let expected = found["capacity"]["expected"].as_str().unwrap();
    let without = found["plan"]["without"]["capacity"]["expected"].as_str();
    assert!(expected < "2026-07-12", "{expected}");
    assert!(without.is_some_and(|w| w > expected), "{without:?}");
    let text = place.run(call).out;
    for part in [
        "2026-07-20: 100 % more, order by 2026-06-20 (that day is over), cost 4,000.00, Ann",
        "half of the paths cross with what is known: 2026-07-1",
        "conservative reading",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn mistakes_in_a_plan_name_line_key_and_what_is_accepted() {
    let place = Place::new();
    for (yaml, line, parts) in [
        (
            "changes:\n  - {from: 2027-03-01, effect: more}\n",
            2,
            "effect +20%",
        ),
        (
            "changes:\n  - {from: soon, effect: +5}\n",
            2,
            "from 2027-03-01",
        ),
        ("changes:\n  - {effect: +5}\n", 2, "changes from"),
        (
            "events:\n  - {from: 2027-03-05, to: 2027-03-01, effect: x2}\n",
            2,
            "to before",
        ),
        ("\nsurprises: []\n", 2, "surprises holidays additions"),
        (
            "holidays:\n  - {date: 2026-12-25, when: now}\n",
            2,
            "when yearly",
        ),
        (
            "additions:\n  - date: 2027-01-01\n    amount: much\n",
            3,
            "amount 25%",
        ),
        (
            "additions:\n  - date: 2027-01-01\n    amount: 5\n    lead_time: later\n",
            4,
            "lead_time 45d",
        ),
        ("additions: 5\n", 1, "additions list"),
        ("start_after: once\n", 1, "start_after 2027-03-01"),
        ("a: [\n", 0, "YAML"),
    ] {
        place.write("plan.yaml", yaml);
        let ended = place.run("forecast metrics.csv --series load --plan plan.yaml --json");
        let error = ended.error("plan");
        let message = error["message"].as_str().unwrap();
        for part in parts.split(' ') {
            assert!(message.contains(part), "{part}: {message}");
        }
        if line > 0 {
            assert_eq!(error["line"], line, "{error}");
        }
        assert!(error["file"].as_str().unwrap().ends_with("plan.yaml"));
    }
    place.write(
        "plan.yaml",
        "series:\n  memory:\n    start_after: 2026-05-05\n",
    );
    let ended = place.run("forecast metrics.csv --series load --plan plan.yaml --json");
    let message = ended.error("plan")["message"].to_string();
    assert!(
        message.contains("memory") && message.contains("disk_percent"),
        "{message}"
    );
    place.write("days.csv", "2026-05-01,a\nx,b\n");
    let ended = place.run("forecast metrics.csv --series load --holidays days.csv --json");
    assert_eq!(ended.error("holidays")["line"], 2);
    let ended = place.run("forecast metrics.csv --batch o.csv --holidays days.csv --json");
    assert!(
        ended.error("usage")["message"]
            .to_string()
            .contains("--batch")
    );
}
