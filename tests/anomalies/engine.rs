//! Planted spans are found with their kind and size; usual noise keeps to the stated rate of false alarms; what people
//! marked as known is left out of forecasts.

use headroom::analysis::anomaly::{
    Anomalies, AnomalyError, AnomalyKind, AnomalyParams, FalseAlarms, Side, anomalies,
};
use headroom::analysis::decisions::{Decisions, KnownSpan};
use headroom::analysis::forecast::{ForecastError, ForecastParams, forecast};
use headroom::calendar::{Instant, Zone, parse_time};
use headroom::dataset::{Scope, Series, SeriesInfo};
use headroom::report::layout;

use crate::report_fixture::{findings, params};
use crate::shared_data::Places;

const QUARTER: i64 = 900;
const A_DAY: usize = 96;

/// Normal enough: twelve uniforms.
pub(super) fn normal(places: &mut Places) -> f64 {
    let sum: f64 = (0..12).map(|_| places.below(1 << 20) as f64).sum();
    sum / f64::from(1 << 20) - 6.0
}

/// Quarters of hours with the day's rhythm of 40 ± 20 % and noise of 2 %.
fn usual_days(days: usize, seed: u64) -> Vec<f64> {
    let mut places = Places(seed);
    (0..days * A_DAY)
        .map(|i| {
            let phase = (i % A_DAY) as f64 / A_DAY as f64 * std::f64::consts::TAU;
            40.0 - 20.0 * phase.cos() + 2.0 * normal(&mut places)
        })
        .collect()
}

pub(super) fn at(text: &str) -> Instant {
    parse_time(text, &Zone::utc()).unwrap().at
}

pub(super) fn series(values: Vec<f64>, start: Instant, step_secs: i64) -> Series {
    let time = |i: usize| Instant(start.0 + i as i64 * step_secs * 1_000_000);
    Series {
        info: SeriesInfo {
            name: "cpu".to_owned(),
            unit: "%".to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..values.len()).map(time).collect(),
        values,
    }
}

fn found(values: Vec<f64>, params: &AnomalyParams) -> Anomalies {
    anomalies(&series(values, at("2026-06-01T00:00:00Z"), QUARTER), params).unwrap()
}

#[test]
fn a_point_a_run_and_a_level_are_found_with_their_sizes() {
    let mut values = usual_days(30, 1);
    values[500] += 35.0;
    for v in &mut values[1_200..1_230] {
        *v -= 18.0;
    }
    for v in &mut values[2_000..2_110] {
        *v += 15.0;
    }
    let found = found(values, &AnomalyParams::default());
    assert_eq!(found.seasons, [A_DAY], "{}", found.why);
    assert!(
        found
            .why
            .starts_with("Steps of 15 min, with the pattern of the day;"),
        "{}",
        found.why
    );
    let kinds: Vec<(AnomalyKind, Side)> = found
        .anomalies
        .iter()
        .map(|a| (a.kind, a.direction))
        .collect();
    assert_eq!(
        kinds,
        [
            (AnomalyKind::Point, Side::High),
            (AnomalyKind::Run, Side::Low),
            (AnomalyKind::Level, Side::High)
        ],
        "{:?}",
        found.anomalies
    );
    let [point, run, level] = found.anomalies.as_slice() else {
        unreachable!()
    };
    assert_eq!(point.worst_at, at("2026-06-06T05:00:00Z"));
    assert!((point.size - 35.0).abs() < 8.0, "{point:?}");
    assert!(point.lo < point.expected && point.expected < point.hi && point.hi < point.worst);
    assert!(point.deviations > 10.0);
    assert!(run.size < -15.0 && run.size > -28.0, "{run:?}");
    assert!((level.size - 15.0).abs() < 3.0, "{level:?}");
    let day = 86_400_000_000;
    assert!(
        (level.start.0 - at("2026-06-21T20:00:00Z").0).abs() < day / 4,
        "{level:?}"
    );
    assert!(!level.open);
}

#[test]
fn a_level_that_stays_goes_on_to_the_end_of_the_data() {
    let mut values = usual_days(30, 2);
    for v in &mut values[20 * A_DAY..] {
        *v += 25.0;
    }
    let found = found(values, &AnomalyParams::default());
    let level = found.anomalies.iter().find(|a| a.open);
    let level = level.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(
        (level.kind, level.direction),
        (AnomalyKind::Level, Side::High)
    );
    assert_eq!(level.start, at("2026-06-21T00:00:00Z"));
    assert!((level.size - 25.0).abs() < 3.0, "{level:?}");
    assert!(
        level
            .when_words(&Zone::utc())
            .ends_with("to the end of the data")
    );
}

/// Twenty months of usual days: one false alarm in thirty days would be twenty.
#[test]
fn usual_days_keep_to_the_stated_rate() {
    let alarms: usize = (100..120)
        .map(|seed| {
            found(usual_days(30, seed), &AnomalyParams::default())
                .anomalies
                .len()
        })
        .sum();
    println!("{alarms} false alarms in 600 days");
    assert!(alarms <= 20, "{alarms} false alarms in 600 days");
}

/// The kernel keeps of many spans those that stand out, so that a looser rate found less.
#[test]
fn a_looser_rate_never_loses_what_a_stricter_one_finds() {
    let mut values = usual_days(60, 3);
    for (place, by) in [
        (700, 14.0),
        (1_500, 13.0),
        (2_300, 15.0),
        (3_100, 12.0),
        (4_000, 40.0),
    ] {
        values[place] += by;
    }
    let starts = |text: &str| {
        let params = AnomalyParams {
            false_alarms: FalseAlarms::parse(text).unwrap(),
            ..AnomalyParams::default()
        };
        let spans = found(values.clone(), &params).anomalies;
        spans.iter().map(|a| a.worst_at).collect::<Vec<_>>()
    };
    let strict = starts("1/30d");
    assert!(strict.contains(&at("2026-07-12T16:00:00Z")), "{strict:?}");
    let loose = starts("1/8d");
    assert!(
        strict.iter().all(|t| loose.contains(t)),
        "{strict:?} {loose:?}"
    );
}

/// The rhythm follows the clock on the wall: without that, the day after the change would be off by an hour.
#[test]
fn a_change_of_the_clock_is_nothing_unusual() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let start = at("2026-03-15T23:00:00Z");
    let mut places = Places(5);
    let values: Vec<f64> = (0..28 * A_DAY)
        .map(|i| {
            let local = Instant(start.0 + i as i64 * QUARTER * 1_000_000).civil(&berlin);
            let at_work = (8..18).contains(&local.hour());
            f64::from(u8::from(at_work)) * 50.0 + 10.0 + normal(&mut places)
        })
        .collect();
    let series = series(values, start, QUARTER);
    let with = |zone: Zone| {
        let params = AnomalyParams {
            zone,
            ..AnomalyParams::default()
        };
        anomalies(&series, &params).unwrap()
    };
    assert_eq!(with(berlin).anomalies, []);
    assert!(with(Zone::utc()).why.contains("the pattern of the day"));
}

#[test]
fn bad_input_gets_an_answer_or_a_sentence() {
    let params = AnomalyParams::default();
    let of = |values: Vec<f64>, step: i64| {
        anomalies(&series(values, at("2026-06-01T00:00:00Z"), step), &params)
    };
    for values in [vec![], vec![1.0], vec![1.0; 19]] {
        let AnomalyError::Refused(why) = of(values, 60).unwrap_err();
        assert!(
            why.contains("too few") && why.contains("at least 20"),
            "{why}"
        );
    }
    assert!(matches!(
        of(vec![f64::NAN; 500], 60),
        Err(AnomalyError::Refused(_))
    ));
    for constant in [0.0, 3.0] {
        let found = of(vec![constant; 500], 60).unwrap();
        assert!(
            found.anomalies.is_empty() && found.why.contains("alike"),
            "{}",
            found.why
        );
    }
    // All at one instant.
    let mut same = series(vec![1.0; 50], at("2026-06-01T00:00:00Z"), 60);
    same.times.fill(Instant(7));
    assert!(anomalies(&same, &params).is_err());
    // A point a century away makes long steps, not a century of minutes.
    let mut far = series(usual_days(5, 9), at("1926-06-01T00:00:00Z"), QUARTER);
    *far.times.last_mut().unwrap() = at("2026-06-01T00:00:00Z");
    match anomalies(&far, &params) {
        Ok(found) => assert!(found.step_secs >= 3_600.0),
        Err(AnomalyError::Refused(why)) => assert!(why.contains("too few"), "{why}"),
    }
    // Many points are looked at as means.
    let many = of((0..200_000).map(|i| f64::from(i % 7)).collect(), 1).unwrap();
    assert_eq!(many.step_secs, 10.0);
    assert!(
        many.warnings
            .iter()
            .any(|w| w.message.contains("means of 10 s"))
    );
}

fn span(start: &str, end: &str) -> KnownSpan {
    KnownSpan {
        series: "cpu".to_owned(),
        start: at(start),
        end: at(end),
        reason: "Load test on production".to_owned(),
        by: "Ada".to_owned(),
        ..KnownSpan::default()
    }
}

#[test]
fn what_is_marked_as_known_is_no_news() {
    let mut values = usual_days(30, 1);
    values[500] += 35.0;
    let known = |end: &str| AnomalyParams {
        known: vec![span("2026-06-06T04:00:00Z", end)],
        ..AnomalyParams::default()
    };
    let marked = found(values.clone(), &known("2026-06-06T06:00:00Z"));
    assert_eq!(marked.anomalies.len(), 1);
    assert_eq!(marked.unknown().count(), 0);
    assert_eq!(marked.sentence(), "1 unusual span in cpu, known");
    // A span that ends before it says nothing of it.
    let before = found(values, &known("2026-06-06T04:30:00Z"));
    assert_eq!(before.unknown().count(), 1);
}

#[test]
fn a_span_belongs_to_its_series_and_its_scope() {
    let scope = |service: &str| Scope {
        service: service.to_owned(),
        ..Scope::default()
    };
    let mut own = span("2026-06-06T00:00:00Z", "2026-06-07T00:00:00Z");
    own.service = "checkout".to_owned();
    let decisions = Decisions {
        known_spans: vec![own.clone()],
        ..Decisions::default()
    };
    assert_eq!(decisions.known_of("cpu", &scope("checkout")), [own]);
    assert!(decisions.known_of("cpu", &scope("search")).is_empty());
    assert!(decisions.known_of("memory", &scope("checkout")).is_empty());
}

/// Two hundred days that grow by a tenth a day, with three weeks at another level.
fn growing() -> Series {
    let mut places = Places(8);
    let values = (0..200)
        .map(|day| {
            let off = if (90..111).contains(&day) { 30.0 } else { 0.0 };
            20.0 + f64::from(day) / 10.0 + off + 0.3 * normal(&mut places)
        })
        .collect();
    series(values, at("2026-01-01T00:00:00Z"), 86_400)
}

#[test]
fn known_spans_are_gaps_for_the_forecast() {
    let whole = growing();
    let known = vec![span("2026-04-01T00:00:00Z", "2026-04-22T00:00:00Z")];
    let params = ForecastParams {
        left_out: known.clone(),
        ..ForecastParams::default()
    };
    let with = forecast(&whole, &params).unwrap();
    assert_eq!(with.left_out, known);
    assert_eq!(with.n, 179);
    assert!(
        with.warnings
            .iter()
            .any(|w| w.message == "1 span marked as known was left out of the fit"),
        "{:?}",
        with.warnings
    );
    let mut gappy = whole.clone();
    let kept = |i: usize| !(90..111).contains(&i);
    gappy.times = (0..200)
        .filter(|i| kept(*i))
        .map(|i| whole.times[i])
        .collect();
    gappy.values = (0..200)
        .filter(|i| kept(*i))
        .map(|i| whole.values[i])
        .collect();
    let without = forecast(&gappy, &ForecastParams::default()).unwrap();
    assert_eq!(with.points, without.points);
    assert!(without.left_out.is_empty());
    // A span without points is not mentioned.
    let elsewhere = ForecastParams {
        left_out: vec![span("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z")],
        ..ForecastParams::default()
    };
    assert!(forecast(&whole, &elsewhere).unwrap().left_out.is_empty());
    let all = ForecastParams {
        left_out: vec![span("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z")],
        ..ForecastParams::default()
    };
    let ForecastError::Refused(why) = forecast(&whole, &all).unwrap_err() else {
        panic!("a model was not found")
    };
    assert!(why.contains("spans marked as known"), "{why}");
}

#[test]
fn the_method_sheet_says_what_forecasts_left_out() {
    let mut found = findings("2026-06");
    let forecast = found.forecasts.iter_mut().find_map(|f| f.forecast.as_mut());
    let forecast = forecast.unwrap();
    forecast.left_out = vec![span("2026-04-01T00:00:00Z", "2026-04-22T00:00:00Z")];
    let name = forecast.series.clone();
    let text = format!("{:?}", layout(&found, &params("2026-06")));
    assert!(text.contains(&format!("Left out of {name}")));
    assert!(text.contains("marked as known by Ada: Load test on production"));
}
