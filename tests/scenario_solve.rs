//! Solvers, tornado and break-even against models whose answers are known in closed form: M/M/1 and M/M/c, straight
//! lines, and brute force.

use headroom::analysis::queueing::Markov;
use headroom::analysis::sla::Verdict;
use headroom::progress::Progress;
use headroom::scenario::judge::Promise;
use headroom::scenario::model::{CacheLayer, Database, Pattern, ScaleMetric};
use headroom::scenario::solve::{
    Figures, Solution, What, Within, break_even, cheapest_size, fleet, hit_ratio, solve, tornado,
};
use headroom::scenario::{Scenario, SimulateError};
use headroom::units::Direction;

type Answer = Result<Figures, SimulateError>;

fn promise(name: &str, achieved: Option<f64>, target: f64, direction: Direction) -> Promise {
    let kept = achieved.is_some_and(|a| match direction {
        Direction::AtMost => a <= target,
        Direction::AtLeast => a >= target,
    });
    Promise {
        name: name.to_owned(),
        verdict: if kept {
            Verdict::Met
        } else {
            Verdict::Breached
        },
        achieved,
        target: Some(target),
        achieved_text: String::new(),
        target_text: String::new(),
        unit: if direction == Direction::AtLeast {
            "%"
        } else {
            "ms"
        }
        .to_owned(),
        minutes_below: None,
        budget_left: None,
        reason: None,
        not_asked: false,
        repetitions: 1,
        kept_in: 1,
    }
}

fn arrivals(s: &Scenario) -> f64 {
    match s.workload.pattern {
        Pattern::Constant { level } => level * s.workload.growth,
        _ => panic!("a constant load"),
    }
}

/// M/M/c over all workers of all instances; `None` where the queue has no end.
fn station(s: &Scenario) -> Option<Markov> {
    let servers = u64::from(fleet::count(s)) * u64::from(s.service.workers);
    Markov::new(arrivals(s), s.service.mean_time(), servers).ok()
}

/// Judges by a P95 of at most so many milliseconds; an instance costs its cores to the power of 1.2.
fn mmc(limit_ms: f64) -> impl Fn(&Scenario) -> Answer + Sync {
    move |s| {
        let p95 = station(s).and_then(|m| m.response_percentile(0.95));
        let instances = fleet::count(s);
        Ok(Figures {
            scenario: s.name.clone(),
            served_per_sec: arrivals(s),
            p95: p95.unwrap_or(60.0),
            cost_per_month: f64::from(instances) * s.service.cores.powf(1.2) * 100.0,
            instances_min: instances,
            instances_max: instances,
            promises: vec![promise(
                "P95",
                p95.map(|secs| secs * 1e3),
                limit_ms,
                Direction::AtMost,
            )],
            ..Figures::default()
        })
    }
}

fn scenario(level: f64, secs: f64, workers: u32) -> Scenario {
    let mut s = Scenario::default();
    s.workload.pattern = Pattern::Constant { level };
    s.service.workers = workers;
    let class = &mut s.service.classes[0];
    class.time = class.time.scaled(secs / class.time.mean());
    s
}

fn ask(s: &Scenario, what: What, judge: impl Fn(&Scenario) -> Answer + Sync) -> Solution {
    solve(s, what, None, &judge, &Progress::default()).unwrap()
}

/// Staffing tables of Erlang C: 100 calls in half an hour of 180 s, answered within 20 s; 11 to 14 agents reach 38.96,
/// 64.02, 79.56 and 88.84 %. 360 calls of 4 minutes within 15 s: 55 agents reach 84.59 %.
#[test]
fn fewest_agents_of_a_staffing_table() {
    let staffed = |share: f64, within: f64| {
        move |s: &Scenario| -> Answer {
            let level = station(s).map(|m| (1.0 - m.waits_longer_than(within)) * 100.0);
            Ok(Figures {
                served_per_sec: 1.0,
                promises: vec![promise("service level", level, share, Direction::AtLeast)],
                ..Figures::default()
            })
        }
    };
    let desk = scenario(100.0 / 1_800.0, 180.0, 1);
    for (share, agents) in [
        (38.0, 11.0),
        (39.0, 12.0),
        (64.0, 12.0),
        (65.0, 13.0),
        (79.5, 13.0),
        (80.0, 14.0),
        (88.8, 14.0),
    ] {
        let found = ask(&desk, What::Instances, staffed(share, 20.0));
        assert_eq!(found.value, Some(agents), "{share} %");
        assert_eq!(found.next_failing, Some(agents - 1.0));
        assert_eq!(found.binding.unwrap().name, "service level");
        assert!(found.runs <= 20, "{} runs", found.runs);
    }
    let large = scenario(360.0 / 1_800.0, 240.0, 1);
    let found = ask(&large, What::Instances, staffed(84.588, 15.0));
    assert_eq!(found.value, Some(55.0));
    let found = ask(&large, What::Instances, staffed(84.589, 15.0));
    assert_eq!(found.value, Some(56.0));
}

#[test]
fn the_number_found_is_the_first_that_keeps_p95() {
    for (level, limit) in [(400.0, 40.0), (900.0, 60.0), (90.0, 61.0), (2_000.0, 59.95)] {
        let s = scenario(level, 0.02, 4);
        let judge = mmc(limit);
        let truth = (1..=100_u32).find(|n| judge(&fleet::with(&s, *n)).unwrap().holds());
        let found = ask(&s, What::Instances, mmc(limit));
        assert_eq!(found.value, truth.map(f64::from), "{level}/s, {limit} ms");
        if let Some(solved) = &found.scenario {
            assert!(judge(solved).unwrap().holds());
            assert_eq!(Some(&judge(solved).unwrap()), found.at_value.as_ref());
        }
    }
}

/// One server: P95 = ln 20 / (μ − λ), so that 200 ms allow λ = 100 − ln 20 / 0.2 = 85.02 a second.
#[test]
fn the_highest_growth_of_one_server() {
    let s = scenario(10.0, 0.01, 1);
    let found = ask(&s, What::Growth, mmc(200.0));
    assert_eq!((found.value, found.next_failing), (Some(8.5), Some(8.51)));
    assert!(
        found
            .sentence
            .starts_with("It survives 8.5× with every promise kept: P95 200 ms")
            || found
                .sentence
                .starts_with("It survives 8.5× with every promise kept: P95 199 ms"),
        "{}",
        found.sentence
    );
    assert!(found.sentence.contains("At 8.51× “P95” ("));
    assert!(found.notes.is_empty(), "{:?}", found.notes);
    // More than 50× is not looked at, and 29.9 ms are not kept by an idle server.
    let idle = ask(&scenario(0.001, 0.01, 1), What::Growth, mmc(200.0));
    assert_eq!((idle.value, idle.next_failing), (Some(50.0), None));
    assert!(
        idle.sentence
            .starts_with("It survives 50×, the most that was tried")
    );
    let hopeless = ask(&s, What::Growth, mmc(29.9));
    assert_eq!(hopeless.value, None);
    assert!(hopeless.sentence.contains("the time of a request itself"));
}

/// An autoscaler may break a promise at night's load that it keeps at the day's: growth is counted from what is asked.
#[test]
fn growth_is_looked_for_from_where_the_scenario_stands() {
    let between = |low: f64, high: f64| {
        move |s: &Scenario| -> Answer {
            let growth = s.workload.growth;
            let kept = (low..=high).contains(&growth);
            Ok(Figures {
                served_per_sec: 1.0,
                promises: vec![promise(
                    "P95",
                    Some(f64::from(!kept)),
                    0.5,
                    Direction::AtMost,
                )],
                ..Figures::default()
            })
        }
    };
    let mut s = scenario(100.0, 0.01, 2);
    s.workload.growth = 10.0;
    let found = ask(&s, What::Growth, between(5.0, 17.0));
    assert_eq!((found.value, found.next_failing), (Some(17.0), Some(17.01)));
    // What is asked is too much: the most below it.
    let found = ask(&s, What::Growth, between(0.5, 7.25));
    assert_eq!((found.value, found.next_failing), (Some(7.25), Some(7.26)));
}

#[test]
fn within_moves_the_range_that_is_tried() {
    let s = scenario(100_000.0, 0.02, 4);
    let far = ask(&s, What::Instances, mmc(80.0));
    assert_eq!(far.value, None);
    assert!(
        far.sentence
            .starts_with("Not even 100 instances keep “P95”")
    );
    let within = Some(Within {
        low: 1.0,
        high: 2_000.0,
    });
    let found = solve(
        &s,
        What::Instances,
        within,
        &mmc(80.0),
        &Progress::default(),
    )
    .unwrap();
    // 100,000/s of 20 ms are 2,000 busy workers, 500 instances of four at the least.
    assert!(found.value.unwrap() > 500.0 && found.value.unwrap() < 520.0);
}

#[test]
fn what_binds_is_named_where_nothing_helps() {
    let mut s = scenario(400.0, 0.02, 4);
    s.backend.database = Some(Database::default());
    let slow = |s: &Scenario| -> Answer {
        let p95 = if s.backend.database.is_some() {
            231.0
        } else {
            80.0
        };
        Ok(Figures {
            served_per_sec: 1.0,
            promises: vec![promise("API P95", Some(p95), 200.0, Direction::AtMost)],
            ..Figures::default()
        })
    };
    let found = ask(&s, What::Instances, slow);
    assert_eq!(found.value, None);
    assert_eq!(found.bound_by.as_deref(), Some("the database"));
    assert_eq!(
        found.sentence,
        "Not even 100 instances keep “API P95” (231 ms, promised 200 ms): it is bound by the database."
    );
}

#[test]
fn the_smallest_hit_ratio_and_the_highest_target() {
    // P95 = 10 ms + misses · 200 ms, at most 50.1 ms: 79.95 % hits.
    let mut s = Scenario::default();
    s.backend.caches = vec![CacheLayer::default(), CacheLayer::default()];
    let cached = |s: &Scenario| -> Answer {
        let p95 = 10.0 + (1.0 - hit_ratio(s)) * 200.0;
        Ok(Figures {
            served_per_sec: 1.0,
            promises: vec![promise("P95", Some(p95), 50.1, Direction::AtMost)],
            ..Figures::default()
        })
    };
    let found = ask(&s, What::HitRatio, cached);
    assert_eq!((found.value, found.next_failing), (Some(0.8), Some(0.799)));
    assert!(
        found
            .sentence
            .starts_with("A hit ratio of 80 % is the smallest")
    );
    assert!(found.notes[0].contains("all cache layers together"));

    // P95 = 20 ms / (1 − target), at most 60 ms: two thirds. It costs 100 / target.
    let mut s = Scenario::default();
    s.autoscaling.hpa = vec![(ScaleMetric::CpuUtilization, 0.7)];
    let scaled = |s: &Scenario| -> Answer {
        let target = s.autoscaling.hpa[0].1;
        Ok(Figures {
            served_per_sec: 1.0,
            cost_per_month: 100.0 / target,
            promises: vec![promise(
                "P95",
                Some(20.0 / (1.0 - target)),
                60.0,
                Direction::AtMost,
            )],
            ..Figures::default()
        })
    };
    let found = ask(&s, What::Target, scaled);
    assert_eq!((found.value, found.next_failing), (Some(0.66), Some(0.67)));
    let lowest = found.notes.iter().find(|n| n.contains("lowest target"));
    assert!(lowest.unwrap().contains("is 5 %"), "{:?}", found.notes);
    assert!(lowest.unwrap().contains("costs 2,000 a month"));
}

#[test]
fn the_cheapest_size_is_that_of_brute_force_and_its_cost_that_of_its_run() {
    let mut s = scenario(700.0, 0.05, 2);
    s.service.serial_share = 0.2;
    let judge = mmc(150.0);
    let found = cheapest_size(&s, &[2.0, 4.0, 8.0], None, &judge, &Progress::default()).unwrap();
    let mut best = (f64::INFINITY, 0.0, 0);
    for cores in [1.0, 2.0, 4.0, 8.0] {
        for count in 1..=100 {
            let mut tried = fleet::with(&s, count);
            tried.service.cores = cores;
            let run = judge(&tried).unwrap();
            if run.holds() && run.cost_per_month < best.0 {
                best = (run.cost_per_month, cores, count);
            }
        }
    }
    assert_eq!(found.cores, Some(best.1));
    assert_eq!(found.instances, Some(f64::from(best.2)));
    let cost = judge(&found.scenario.unwrap()).unwrap().cost_per_month;
    assert_eq!(cost.to_bits(), best.0.to_bits());
    assert_eq!(found.sizes.len(), 4, "the size it has is tried too");
    assert!(
        found
            .sentence
            .contains("the cheapest that keeps every promise")
    );
}

#[test]
fn an_answer_does_not_depend_on_the_number_of_threads() {
    let s = scenario(900.0, 0.02, 4);
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| {
                (
                    ask(&s, What::Instances, mmc(60.0)),
                    tornado(&s, 0.2, &mmc(60.0), &Progress::default()).unwrap(),
                )
            })
    };
    assert_eq!(pool(1), pool(4));
}

#[test]
fn questions_without_a_promise_or_stopped_are_errors() {
    let silent = |_: &Scenario| -> Answer { Ok(Figures::default()) };
    let s = Scenario::default();
    let found = solve(&s, What::Growth, None, &silent, &Progress::default());
    let Err(SimulateError::Impossible { key, reason }) = found else {
        panic!("{found:?}");
    };
    assert_eq!(key, "sla");
    assert!(reason.starts_with("there is no promise to keep"));
    let stopped = Progress::default();
    stopped.cancel();
    let found = solve(&s, What::Growth, None, &mmc(60.0), &stopped);
    assert_eq!(found, Err(SimulateError::Cancelled));
    let found = tornado(&s, 0.2, &mmc(60.0), &stopped);
    assert_eq!(found, Err(SimulateError::Cancelled));
}

/// A scenario that cannot be run with some value counts that value as failing and says so.
#[test]
fn impossible_values_fail_and_are_told() {
    let s = scenario(90.0, 0.02, 4);
    let picky = |s: &Scenario| -> Answer {
        if fleet::count(s) < 7 {
            return Err(SimulateError::impossible("faults", "seven are killed"));
        }
        mmc(200.0)(s)
    };
    let found = ask(&s, What::Instances, picky);
    assert_eq!((found.value, found.next_failing), (Some(7.0), Some(6.0)));
    assert!(
        found
            .sentence
            .ends_with("With 6 instances it cannot be run.")
    );
    assert!(found.notes.iter().any(|n| n.contains("seven are killed")));
}

#[test]
fn the_tornado_of_one_server_has_the_ends_of_the_formula() {
    let mut s = scenario(50.0, 0.01, 1);
    s.cost.instance_hour = 1.0;
    let found = tornado(&s, 0.2, &mmc(80.0), &Progress::default()).unwrap();
    let p95 = |rate: f64, secs: f64| 20.0_f64.ln() / (1.0 / secs - rate);
    let bar = |name: &str| found.bars.iter().find(|b| b.input == name).unwrap();
    let near = |found: f64, truth: f64| assert!((found - truth).abs() < 1e-9, "{found} {truth}");
    let load = bar("load");
    near(load.low.as_ref().unwrap().p95, p95(40.0, 0.01));
    near(load.high.as_ref().unwrap().p95, p95(60.0, 0.01));
    near(load.swing_p95, p95(60.0, 0.01) - p95(40.0, 0.01));
    let time = bar("service time");
    near(time.low.as_ref().unwrap().p95, p95(50.0, 0.008));
    near(time.high.as_ref().unwrap().p95, p95(50.0, 0.012));
    assert!(time.decides && time.high.as_ref().unwrap().broken == ["P95"]);
    // A price moves no request.
    assert_eq!(bar("price of an instance").swing_p95, 0.0);
    let swings: Vec<f64> = found.bars.iter().map(|b| b.swing_p95).collect();
    assert!(swings.is_sorted_by(|a, b| a >= b), "{swings:?}");
    assert_eq!(
        found.bars.iter().filter(|b| b.input == "instances").count(),
        1
    );
    assert!(found.method.contains("moved alone by 20"));
    assert!(tornado(&s, 1.5, &mmc(80.0), &Progress::default()).is_err());
}

/// 100 a month and 1× against 500 and 20 a month and 1×: equal at 6.25×.
#[test]
fn two_straight_lines_cross_where_they_do() {
    let priced = |s: &Scenario| -> Answer {
        let (base, slope) = match s.name.as_str() {
            "rent" => (0.0, 100.0),
            "buy" => (500.0, 20.0),
            _ => (20_000.0, 99.0),
        };
        Ok(Figures {
            cost_per_month: base + slope * s.workload.growth,
            ..Figures::default()
        })
    };
    let named = |name: &str| Scenario {
        name: name.to_owned(),
        ..Scenario::default()
    };
    let progress = Progress::default();
    let even = |a, b, rate| break_even(&named(a), &named(b), rate, &priced, &progress).unwrap();
    let found = even("rent", "buy", Some(0.05));
    assert_eq!(found.cheaper_now.as_deref(), Some("rent"));
    assert_eq!(found.growth, Some(6.26), "at 6.25 both cost the same");
    assert!((found.months.unwrap() - 6.26_f64.ln() / 1.05_f64.ln()).abs() < 1e-12);
    assert!(
        found.sentence.contains("“buy” is cheaper from 6.26× on"),
        "{}",
        found.sentence
    );
    assert!(found.sentence.contains("in 37.6 months"));
    // The other way round it is the same place.
    let back = even("buy", "rent", None);
    assert_eq!(
        (back.growth, back.cheaper_now),
        (Some(6.26), Some("rent".to_owned()))
    );
    let never = even("rent", "lease", None);
    assert_eq!(never.growth, None);
    assert!(never.sentence.ends_with("never cheaper within 50×."));
    let same = even("rent", "rent", None);
    assert_eq!((same.cheaper_now, same.growth), (None, None));
    let mut euro = named("buy");
    euro.cost.currency = "EUR".to_owned();
    assert!(break_even(&named("rent"), &euro, None, &priced, &progress).is_err());
}
