//! Scoring on a seeded series. Its noise is a linear congruential generator that fits in one line of any language; the
//! numbers were computed from the definitions by a script in another one.

use std::sync::Arc;

use headroom::analysis::decisions::Decisions;
use headroom::analysis::forecast::kept::{KeptBy, KeptForecast, KeptLimit};
use headroom::analysis::forecast::scorecard::{CrossingOutcome, PlanScorecard, score};
use headroom::analysis::forecast::{Aggregate, ForecastPoint, Percentiles};
use headroom::calendar::{Instant, Zone};
use headroom::dataset::{Dataset, MetricTable, SeriesInfo, Source, SourceInfo};
use polars::prelude::*;

/// Day 0: 1 January 2026.
const FIRST: i64 = 1_767_225_600;
const KNOWN: i64 = 100;
const DAYS: usize = 190;

pub fn day(n: i64) -> Instant {
    Instant::from_secs(FIRST + n * 86_400)
}

fn values() -> Vec<f64> {
    let mut x: i64 = 7;
    (0..DAYS)
        .map(|i| {
            x = (1_103_515_245 * x + 12_345) % (1 << 31);
            50.0 + 0.2 * i as f64 + 12.0 * (x as f64 / (1_i64 << 31) as f64 - 0.5)
        })
        .collect()
}

/// The first `days` of a daily series.
pub fn dataset(days: usize, unit: &str) -> Dataset {
    let times: Vec<i64> = (0..days as i64).map(|n| day(n).0).collect();
    let source = Source {
        info: SourceInfo {
            source_id: "cpu".to_owned(),
            first: Some(day(0)),
            last: Some(day(days as i64 - 1)),
            ..SourceInfo::default()
        },
        metrics: Some(MetricTable {
            series: vec![SeriesInfo {
                name: "cpu".to_owned(),
                unit: unit.to_owned(),
                first: Some(day(0)),
                last: Some(day(days as i64 - 1)),
                ..SeriesInfo::default()
            }],
            points: df!["series" => vec![0_u32; days], "t" => &times, "value" => &values()[..days]]
                .unwrap(),
        }),
        ..Source::default()
    };
    Dataset {
        sources: vec![Arc::new(source)],
    }
}

/// Ninety days from day 100 on: a line with ranges that widen.
pub fn kept(unit: &str) -> KeptForecast {
    let point = |k: i64| {
        let (mean, wide) = (70.5 + 0.19 * k as f64, 0.01 * k as f64);
        // As they are kept: to a few digits, which a document gives back exactly.
        let kept = |v: f64| (v * 100.0).round() / 100.0;
        ForecastPoint {
            t: day(KNOWN + k),
            mean: kept(mean),
            lo80: kept(mean - 4.0 - wide),
            hi80: kept(mean + 4.0 + wide),
            lo95: kept(mean - 5.5 - wide),
            hi95: kept(mean + 5.5 + wide),
        }
    };
    KeptForecast {
        series: "cpu".to_owned(),
        unit: unit.to_owned(),
        made_at: day(KNOWN + 2),
        known_until: day(KNOWN),
        by: KeptBy::Closing("2026-03".to_owned()),
        who: "Ada".to_owned(),
        model: "drift".to_owned(),
        label: "daily values".to_owned(),
        zone: "UTC".to_owned(),
        step_secs: 86_400.0,
        limit: Some(KeptLimit {
            threshold: 84.0,
            text: "84 %".to_owned(),
            sustain: (3, 7),
            crossing: Percentiles {
                p10: Some(day(KNOWN + 50)),
                p50: Some(day(KNOWN + 61)),
                p90: Some(day(KNOWN + 75)),
            },
            probability: 0.97,
            already_over: false,
        }),
        points: (0..90).map(point).collect(),
        ..KeptForecast::default()
    }
}

pub fn card(days: usize, unit: &str) -> PlanScorecard {
    score(&dataset(days, unit), [&kept(unit)], None).unwrap()
}

fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn shares_errors_and_bias_are_those_of_the_definitions() {
    let card = card(DAYS, "%");
    let one = &card.forecasts[0];
    assert_eq!((one.measured, one.within80, one.within95), (90, 71, 90));
    close(one.bias, 0.338_751_050_817_469);
    let expected = [
        (7, 7, 2.831_365_756_850_159, 0.040_591_780_767_987_83),
        (30, 23, 2.877_409_649_199_765_6, 0.039_544_853_713_143_26),
        (90, 60, 2.790_477_106_086_909_6, 0.034_571_568_791_956_37),
    ];
    for (found, (days, n, mae, mape)) in one.errors.iter().zip(expected) {
        assert_eq!((found.days, found.measured), (days, n));
        close(found.mae, mae);
        close(found.mape, mape);
    }
    let (said, came) = one.last_measured().unwrap();
    assert_eq!(said.t, day(189));
    assert!((came - 88.724_527_233_466_52).abs() < 1e-9);
    assert_eq!((card.measured, card.within80, card.within95), (90, 71, 90));
    // 71 of 90 are 78.9 %: they do not read as 80 %, nor as more than they are.
    assert_eq!(
        card.sentence(),
        "Our 80 % ranges held 78 % of the time, our 95 % ranges 100 % (90 steps of 1 forecast)."
    );
    assert_eq!(
        one.sentence(&Zone::utc()),
        "cpu: 90 days ahead we said 82.5 % to 92.3 % for 9 Jul 2026, it was 88.7 % (as said). 71 of 90 steps came within \
         the 80 % range, 90 within the 95 % range; on average 0.339 % too much was expected. The crossing of 84 % was said \
         between 31 May 2026 and 25 Jun 2026: 8 Jun 2026, as said, 3 days earlier than the most likely day."
    );
}

/// What was measured until day 130 only is all that counts then, by the end of the data and by "now".
#[test]
fn only_what_was_measured_counts() {
    let until = score(&dataset(DAYS, "%"), [&kept("%")], Some(day(130))).unwrap();
    for card in [card(130, "%"), until] {
        let one = &card.forecasts[0];
        assert_eq!((one.measured, one.within80, one.within95), (30, 20, 30));
        close(one.bias, 0.422_381_907_440_721_7);
        assert_eq!(one.errors[2].measured, 0);
        assert_eq!(one.errors[2].mae, None);
        let crossing = one.crossing.as_ref().unwrap();
        assert_eq!(crossing.outcome, CrossingOutcome::Open);
        assert_eq!(crossing.happened, None);
    }
    let before = card(100, "%");
    assert_eq!(before.measured, 0);
    assert_eq!(
        before.sentence(),
        "1 forecast is kept; nothing has been measured since."
    );
    assert_eq!(
        before.forecasts[0].sentence(&Zone::utc()),
        "cpu: said on 13 Apr 2026; nothing has been measured since."
    );
    let gone = score(&Dataset::default(), [&kept("%")], None).unwrap();
    assert!(gone.forecasts[0].missing.is_some());
    assert_eq!(
        score(&dataset(5, "%"), [], None).unwrap().sentence(),
        "No forecast has been kept yet."
    );
}

/// The third day over 84 within seven comes on day 161; the first of the three is day 158.
#[test]
fn a_crossing_is_early_late_or_as_said() {
    let outcome = |days: usize, change: &dyn Fn(&mut KeptLimit)| {
        let mut one = kept("%");
        change(one.limit.as_mut().unwrap());
        let card = score(&dataset(days, "%"), [&one], None).unwrap();
        let crossing = card.forecasts[0].crossing.clone().unwrap();
        (crossing.outcome, crossing.happened, crossing.days_off)
    };
    let none = Percentiles::default();
    let at = |a: i64, b: i64, c: i64| Percentiles {
        p10: Some(day(a)),
        p50: Some(day(b)),
        p90: Some(day(c)),
    };
    let there = Some(day(158));
    assert_eq!(
        outcome(DAYS, &|_| {}),
        (CrossingOutcome::AsSaid, there, Some(-3.0))
    );
    assert_eq!(outcome(161, &|_| {}), (CrossingOutcome::Open, None, None));
    assert_eq!(outcome(162, &|_| {}).0, CrossingOutcome::AsSaid);
    assert_eq!(
        outcome(DAYS, &|l| l.crossing = at(160, 170, 180)),
        (CrossingOutcome::Earlier, there, Some(-12.0))
    );
    assert_eq!(
        outcome(DAYS, &|l| l.crossing = at(120, 130, 140)),
        (CrossingOutcome::Later, there, Some(28.0))
    );
    // Not there yet, and three days past the time by which nine of ten paths were.
    assert_eq!(
        outcome(144, &|l| l.crossing = at(120, 130, 140)).0,
        CrossingOutcome::Later
    );
    assert_eq!(
        outcome(142, &|l| l.crossing = at(120, 130, 140)).0,
        CrossingOutcome::Open
    );
    assert_eq!(
        outcome(DAYS, &|l| l.crossing = none).0,
        CrossingOutcome::NotExpected
    );
    assert_eq!(
        outcome(150, &|l| l.crossing = none).0,
        CrossingOutcome::Open
    );
    assert_eq!(
        outcome(DAYS, &|l| {
            l.crossing = none;
            l.threshold = 95.0;
        })
        .0,
        CrossingOutcome::Open,
        "the last days may still be the first of a crossing"
    );
    assert_eq!(
        outcome(DAYS, &|l| l.already_over = true),
        (CrossingOutcome::OverAlready, None, None)
    );
}

/// Errors of a series that is not in percent are shares of what came; over series of several units only these are added.
#[test]
fn errors_are_in_percent_or_in_the_unit() {
    let percent = &card(DAYS, "%").forecasts[0].errors[0];
    assert_eq!(percent.text("%"), "2.83 %");
    let gib = card(DAYS, "GiB");
    assert_eq!(gib.forecasts[0].errors[0].text("GiB"), "4.06 %");
    assert_eq!(gib.errors[0].mae, None);
    assert_eq!(
        gib.errors_sentence().unwrap(),
        "Mean error as a share of what came: 4.06 % 1 to 7 days ahead, 3.95 % 8 to 30 days ahead, 3.46 % 31 to 90 days ahead."
    );
    assert_eq!(gib.crossings(), (1, 1));
}

/// A value outside the range never reads as an end of it.
#[test]
fn a_miss_by_a_hair_is_printed_as_one() {
    let mut one = kept("%");
    // 88.7245 came on the last day.
    one.points[89].lo80 = 88.74;
    let card = score(&dataset(DAYS, "%"), [&one], None).unwrap();
    let score = &card.forecasts[0];
    assert_eq!(score.said_text(), "88.74 % to 92.30 %");
    assert_eq!(score.came_text(), "88.72 %");
    assert!(
        score
            .sentence(&Zone::utc())
            .contains("it was 88.72 % (a little below)")
    );
}

/// Projects that were written before there were kept forecasts open, and decisions are read back as they were.
#[test]
fn decisions_of_older_projects_open() {
    let old: Decisions = serde_json::from_str(r#"{"canary": ["max_error_rate=1%"]}"#).unwrap();
    assert!(old.forecasts.is_empty());
    let mut new = old.clone();
    new.keep_forecasts(vec![kept("%"), kept("%")]);
    assert_eq!(new.forecasts.len(), 1);
    assert_eq!(new.forecasts[0].aggregate, Aggregate::P95);
    let text = serde_json::to_string(&new).unwrap();
    assert_eq!(serde_json::from_str::<Decisions>(&text).unwrap(), new);
    // Undo brings back decisions from before, but not from before a closing.
    let mut undone = old;
    undone.keep_signed(&new);
    assert_eq!(undone.forecasts, new.forecasts);
}
