//! The judged promises of the invented service of `report_fixture`.

use headroom::analysis::sla::{
    Breach, Conflict, ErrorBudget, Escalation, JudgedPeriod, ObjectiveKind, ObjectiveResult,
    SlaReport, Slice, SliceTally, SubPeriod, Verdict,
};
use headroom::calendar::{Period, TimeRange, Zone};
use headroom::units::{Direction, Micros};

use crate::report_fixture::{DAY, wave, zone};

fn objective(name: &str, kind: ObjectiveKind, unit: &str, direction: Direction) -> ObjectiveResult {
    ObjectiveResult {
        name: name.to_owned(),
        kind,
        scope: "service checkout, all labels".to_owned(),
        rule: "share of the time of each calendar month".to_owned(),
        target: None,
        target_text: String::new(),
        achieved: None,
        achieved_text: String::new(),
        unit: unit.to_owned(),
        direction,
        source: "incidents".to_owned(),
        source_ids: vec![],
        assumed: vec![],
        verdict: Verdict::Met,
        verdict_without_exclusions: Some(Verdict::Met),
        reason: None,
        good: None,
        bad: None,
        excluded: None,
        unknown: None,
        not_demanded: None,
        coverage: Some(1.0),
        best: None,
        worst: None,
        budget: None,
        slices: None,
        slice_list: vec![],
        escalation: None,
        periods: vec![],
        history: vec![],
        n: 0,
        exclusions: vec![],
        parts: vec![],
        low: None,
        high: None,
        baseline: None,
        alerts: None,
        burn_alerts: vec![],
    }
}

fn availability(range: TimeRange, down: f64, excluded: f64, unknown: f64) -> ObjectiveResult {
    let window = range.length().as_secs() - excluded;
    let mut o = objective(
        "Availability of the checkout API",
        ObjectiveKind::Availability,
        "%",
        Direction::AtLeast,
    );
    o.rule = "the stricter of 99.9 % of the month and 43.2 minutes; maintenance removed".to_owned();
    o.target = Some(99.9);
    o.target_text = "99.9 %, at most 43.2 min".to_owned();
    o.bad = Some(down);
    o.good = Some(window - down - unknown);
    o.unknown = Some(unknown);
    o.excluded = Some(excluded);
    o.coverage = Some((window - unknown) / window);
    let measured = window - unknown;
    o.achieved = Some((measured - down) / measured * 100.0);
    o.best = Some((window - down) / window * 100.0);
    o.worst = Some((window - down - unknown) / window * 100.0);
    let total = window * 0.001;
    o.verdict = if down <= total {
        Verdict::Met
    } else {
        Verdict::Breached
    };
    o.verdict_without_exclusions = Some(o.verdict);
    o.assumed = vec!["time that no row covers is up (incident list)".to_owned()];
    o.budget = Some(ErrorBudget {
        unit: "secs".to_owned(),
        total,
        used: down,
        remaining: total - down,
        remaining_percent: (total - down) / total * 100.0,
        burn_rate: Some(down / total),
        exhausted_at: None,
        ..ErrorBudget::default()
    });
    o
}

struct Sliced<'a> {
    name: &'a str,
    kind: ObjectiveKind,
    unit: &'a str,
    direction: Direction,
    target: f64,
    target_text: &'a str,
    base: f64,
    swing: f64,
    salt: f64,
    n: u64,
}

fn sliced(spec: &Sliced, slices: &[TimeRange]) -> ObjectiveResult {
    let mut o = objective(spec.name, spec.kind, spec.unit, spec.direction);
    o.target = Some(spec.target);
    spec.target_text.clone_into(&mut o.target_text);
    o.rule = format!("every slice on its own; {} slices", slices.len());
    o.source = "requests of 3 access logs".to_owned();
    let mut tally = SliceTally::default();
    let mut sum = 0.0;
    for (index, range) in slices.iter().enumerate() {
        let value = spec.base + spec.swing * wave(index as i64, spec.salt);
        let holds = match spec.direction {
            Direction::AtMost => value <= spec.target,
            Direction::AtLeast => value >= spec.target,
        };
        sum += value;
        let missing = index % 311 == 310;
        let verdict = match (missing, holds) {
            (true, _) => Verdict::NoData,
            (_, true) => Verdict::Met,
            _ => Verdict::Breached,
        };
        match verdict {
            Verdict::Met => tally.met += 1,
            Verdict::Breached => tally.breached += 1,
            _ => tally.unknown += 1,
        }
        o.slice_list.push(Slice {
            range: *range,
            achieved: (!missing).then_some(value),
            n: if missing {
                0
            } else {
                spec.n + index as u64 * 17 % 900
            },
            bad: 0,
            verdict,
            low: None,
            high: None,
            low_sample: false,
        });
    }
    tally.required = tally.met + tally.breached;
    o.slices = Some(tally);
    o.achieved = Some(sum / slices.len() as f64);
    o.verdict = if tally.breached > 0 {
        Verdict::Breached
    } else {
        Verdict::Met
    };
    o.verdict_without_exclusions = None;
    o.good = Some(tally.met as f64);
    o.bad = Some(tally.breached as f64);
    o.unknown = Some(tally.unknown as f64);
    o.n = slices.len() as u64 * spec.n;
    o.coverage = Some((tally.met + tally.breached) as f64 / slices.len() as f64);
    if tally.breached > 0 {
        o.escalation = Some(Escalation {
            level: 1,
            name: "team_lead".to_owned(),
        });
    }
    o
}

fn history(
    period: Period,
    base: f64,
    swing: f64,
    salt: f64,
    o: &ObjectiveResult,
) -> Vec<SubPeriod> {
    let last = match period {
        Period::Quarter { year, quarter } => Period::Month {
            year,
            month: quarter * 3,
        },
        other => other,
    };
    (-12..=0)
        .map(|by| {
            let value = if by == 0 {
                o.achieved.unwrap()
            } else {
                base + swing * wave(by.into(), salt)
            };
            let holds = match o.direction {
                Direction::AtMost => value <= o.target.unwrap(),
                Direction::AtLeast => value >= o.target.unwrap(),
            };
            SubPeriod {
                name: last.step(by).to_string(),
                verdict: if holds {
                    Verdict::Met
                } else {
                    Verdict::Breached
                },
                achieved: Some(value),
            }
        })
        .collect()
}

/// A period judged against all promises of the service; `downs` are the lengths of its outages in seconds.
pub fn judged(period: Period, downs: &[f64], with_history: bool) -> SlaReport {
    let zone = zone();
    let range = period.range(&zone);
    let down: f64 = downs.iter().sum();
    let days: Vec<TimeRange> = zone.days(range).into_iter().map(|(_, r)| r).collect();
    let hours = Zone::hours(range);
    let mut objectives = vec![
        availability(range, down, 7_200.0, 0.0),
        sliced(
            &Sliced {
                name: "Response time, api_endpoints",
                kind: ObjectiveKind::Latency,
                unit: "ms",
                direction: Direction::AtMost,
                target: 200.0,
                target_text: "P95 at most 200 ms",
                base: 171.0,
                swing: 41.0,
                salt: 0.3,
                n: 412_000,
            },
            &days,
        ),
        sliced(
            &Sliced {
                name: "Response time, web_pages",
                kind: ObjectiveKind::Latency,
                unit: "ms",
                direction: Direction::AtMost,
                target: 3_000.0,
                target_text: "P90 at most 3 s",
                base: 1_900.0,
                swing: 400.0,
                salt: 1.3,
                n: 88_000,
            },
            &days,
        ),
        sliced(
            &Sliced {
                name: "Throughput",
                kind: ObjectiveKind::Throughput,
                unit: "/s",
                direction: Direction::AtLeast,
                target: 10_000.0,
                target_text: "10,000 requests/s (capability)",
                base: 12_400.0,
                swing: 1_900.0,
                salt: 2.0,
                n: 3_600,
            },
            &hours,
        ),
        sliced(
            &Sliced {
                name: "Error rate",
                kind: ObjectiveKind::ErrorRate,
                unit: "%",
                direction: Direction::AtMost,
                target: 0.1,
                target_text: "at most 0.1 %",
                base: 0.061,
                swing: 0.043,
                salt: 4.0,
                n: 41_000,
            },
            &hours,
        ),
    ];
    if with_history {
        let shape = [
            (99.945, 0.06, 1.0),
            (168.0, 20.0, 0.2),
            (1_880.0, 120.0, 0.7),
            (12_000.0, 900.0, 0.1),
            (0.06, 0.02, 1.7),
        ];
        for (o, (base, swing, salt)) in objectives.iter_mut().zip(shape) {
            o.history = history(period, base, swing, salt, o);
        }
    }
    let mut report = SlaReport {
        period: JudgedPeriod {
            name: period.to_string(),
            start: range.start,
            end: range.end,
            tz: zone.name().to_owned(),
            secs: range.length().0 / 1_000_000,
            open: false,
            as_of: range.end,
        },
        breaches: breaches(range, downs, &objectives),
        objectives,
        conflicts: vec![Conflict {
            between: vec![
                "availability target".to_owned(),
                "downtime allowance".to_owned(),
            ],
            what:
                "99.9 % of a month of 31 days is 44.64 minutes, not 43.2; the stricter one was used"
                    .to_owned(),
        }],
        ..SlaReport::default()
    };
    report.verdict = report
        .objectives
        .iter()
        .map(|o| o.verdict)
        .max()
        .unwrap_or_default();
    report
}

fn breaches(range: TimeRange, downs: &[f64], objectives: &[ObjectiveResult]) -> Vec<Breach> {
    let mut list = Vec::new();
    let notes = [
        "primary database failed over; replica lagged 40 s behind",
        "",
        "certificate of the payment provider expired",
    ];
    for (index, down) in downs.iter().enumerate() {
        let start = range
            .start
            .plus(Micros(DAY * (4 + 9 * index as i64) + 37_800_000_000));
        list.push(Breach {
            objective: "Availability of the checkout API".to_owned(),
            start,
            end: start.plus(Micros::from_secs(*down as i64)),
            secs: *down as i64,
            worst: None,
            worst_text: "down".to_owned(),
            severity: "critical".to_owned(),
            budget_share: Some(down / (range.length().as_secs() * 0.001)),
            note: notes[index % 3].to_owned(),
            escalation: None,
        });
    }
    for o in objectives.iter().filter(|o| o.slices.is_some()) {
        for slice in o
            .slice_list
            .iter()
            .filter(|s| s.verdict == Verdict::Breached)
        {
            list.push(Breach {
                objective: o.name.clone(),
                start: slice.range.start,
                end: slice.range.end,
                secs: slice.range.length().0 / 1_000_000,
                worst: slice.achieved,
                worst_text: headroom::units::with_unit(slice.achieved.unwrap(), &o.unit),
                severity: "warning".to_owned(),
                budget_share: None,
                note: String::new(),
                escalation: None,
            });
        }
    }
    list.sort_by_key(|b| b.start);
    list
}
