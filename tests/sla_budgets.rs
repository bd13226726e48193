//! Error budgets over time, burn alerts and tiers replayed, projections and escalation: the vectors B5 to B8, and the
//! thresholds of the requirement documents.

use headroom::analysis::sla::{
    AlertReplay, AlertTier, BurnReplay, BurnTable, JudgeParams, ObjectiveResult, SlaFile,
    SlaReport, Verdict, judge, replay_alerts,
};
use headroom::calendar::{Instant, TimeRange, Zone};
use headroom::dataset::{Dataset, Role, ScopeFilter, SeriesKind, State};
use headroom::progress::Progress;
use headroom::report::ReportParams;
use headroom::report::model::{Cell, Content};
use headroom::units::Micros;

use crate::report_fixture;
use crate::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, incidents, near, params, row, run, series, uptime,
};

fn replayed(
    dataset: &Dataset,
    yaml: &str,
    params: &JudgeParams,
    tables: &[BurnTable],
) -> SlaReport {
    let file = SlaFile::parse(yaml).unwrap();
    let mut report = judge(dataset, &file, params).unwrap();
    replay_alerts(dataset, &file, params, tables, &mut report).unwrap();
    report
}

fn one_objective(
    dataset: &Dataset,
    body: &str,
    params: &JudgeParams,
    tables: &[BurnTable],
) -> ObjectiveResult {
    let yaml = format!("objectives:\n  - name: x\n{body}");
    replayed(dataset, &yaml, params, tables)
        .objectives
        .remove(0)
}

/// A thousand requests a minute from the end of May on; from 10 June 12:00 on, `errors` of each thousand fail.
fn stream_of(errors: u64, hours_of_errors: i64) -> Dataset {
    let first = at("2026-05-31");
    let trouble = at("2026-06-10 12:00");
    let over = trouble.plus(Micros(hours_of_errors * Micros::HOUR.0));
    let minutes = 16 * 1_440;
    let batches: Vec<Batch> = (0..minutes)
        .map(|minute| {
            let at = first.plus(Micros::from_secs(minute * 60));
            Batch {
                at,
                label: 0,
                ms: 10,
                count: 1_000,
                errors: if at >= trouble && at < over {
                    errors
                } else {
                    0
                },
            }
        })
        .collect();
    dataset_of(Role::Production, run(&["a"], &batches))
}

/// Minutes from the beginning of the trouble until the first alert of each kind; `None` where it never came.
fn detection(replay: &BurnReplay) -> Vec<Option<f64>> {
    let trouble = at("2026-06-10 12:00");
    replay
        .alerts
        .iter()
        .map(|a| Some(a.firings.first()?.start.since(trouble).as_secs() / 60.0))
        .collect()
}

const ERRORS: &str = "    kind: error_rate\n    target: 0.1%\n";

/// B6: a constant share of errors, and how long each alert takes to notice it. 30 days in June.
#[test]
fn a_constant_error_stream_is_detected_after_the_published_times() {
    let june = at_the_end_of("2026-06");
    let sloth = [BurnTable::named("sloth").unwrap()];
    for (errors, expected) in [
        (1_000, [Some(0.864), Some(2.16), Some(4.32), Some(4.32)]),
        (100, [Some(8.64), Some(21.6), Some(43.2), Some(43.2)]),
        // 1 % is a burn of 10: never a page by the fast window.
        (10, [None, Some(216.0), Some(432.0), Some(432.0)]),
    ] {
        let result = one_objective(&stream_of(errors, 9), ERRORS, &june, &sloth);
        let replay = &result.burn_alerts[0];
        for (found, expected) in detection(replay).into_iter().zip(expected) {
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!(
                        (found - expected).abs() < 1e-3,
                        "{errors}: {found} {expected}"
                    );
                }
                (found, expected) => assert_eq!(found, expected, "{errors}"),
            }
        }
    }
}

/// The same from outages, where it is exact to the microsecond: 100 % down.
#[test]
fn an_outage_is_detected_as_fast() {
    let june = at_the_end_of("2026-06");
    let dataset = Dataset {
        sources: vec![uptime(
            vec![
                row(at("2026-05-01"), 61 * 86_400, State::Up),
                row(at("2026-06-10 12:00"), 3_600, State::Down),
            ],
            false,
        )],
    };
    let body = "    kind: availability\n    target: 99.9%\n";
    let tables = BurnTable::all();
    let result = one_objective(&dataset, body, &june, &tables);
    let names: Vec<&str> = result
        .burn_alerts
        .iter()
        .map(|r| r.table.as_str())
        .collect();
    assert_eq!(names, BurnTable::NAMES);
    let sre = &result.burn_alerts[0];
    for (found, expected) in detection(sre).into_iter().zip([0.864, 2.16, 4.32]) {
        near(found, expected);
    }
    // The page ends when the short window has forgotten: five minutes after, but for 14.4 of a thousand of them.
    let page = &sre.alerts[0];
    assert_eq!(page.fired, 1);
    let quiet = page.firings[0].end.since(at("2026-06-10 13:00")).as_secs();
    assert!((quiet - 300.0 * (1.0 - 0.0144)).abs() < 1e-3, "{quiet}");
    // When it fired, 0.864 of 43.2 minutes were gone: 2 % of the budget, as the table says.
    near(page.firings[0].budget_spent, 0.02);
    near(sre.alerts[1].firings[0].budget_spent, 0.05);
    near(sre.alerts[2].firings[0].budget_spent, 0.1);
    near(Some(page.per_day), 1.0 / 30.0);
    // Pyrra waits: 14 of a thousand of an hour and then two minutes (scaled from 28 days to 30, to the minute).
    let pyrra = detection(&result.burn_alerts[2]);
    near(pyrra[0], 64.0 * 0.014 + 2.0);
    // Datadog looks at two hours: yellow from burn 1 on, red from 6.
    let datadog = &result.burn_alerts[3];
    near(detection(datadog)[1], 0.12);
    near(detection(datadog)[0], 0.72);
    assert_eq!(datadog.alerts[1].fired, 2, "before red, and after it");
}

/// B8 on data: the same stream has other thresholds in a month of 31 days than in one of 30.
#[test]
fn thresholds_follow_the_length_of_the_month() {
    let outage = |day: &str| Dataset {
        sources: vec![uptime(
            vec![
                row(at("2026-01-01"), 365 * 86_400, State::Up),
                row(at(day), 3_600, State::Down),
            ],
            false,
        )],
    };
    let body = "    kind: availability\n    target: 99.9%\n";
    for (month, factor) in [("2026-02", 13.44), ("2026-06", 14.4), ("2026-07", 14.88)] {
        let day = format!("{month}-10 12:00");
        let result = one_objective(&outage(&day), body, &at_the_end_of(month), &[]);
        let page = &result.burn_alerts[0].alerts[0];
        near(Some(page.factor), factor);
        let after = page.firings[0].start.since(at(&day)).as_secs() / 60.0;
        near(Some(after), 60.0 * factor / 1_000.0);
    }
    let quarter = format!("{body}    period: quarter\n");
    let result = one_objective(
        &outage("2026-02-10 12:00"),
        &quarter,
        &at_the_end_of("2026-Q1"),
        &[],
    );
    near(Some(result.burn_alerts[0].alerts[0].factor), 43.2);
    // A promise by the day has no room for such windows, and says so.
    let daily = format!("{body}    period: day\n");
    let result = one_objective(
        &outage("2026-06-10 12:00"),
        &daily,
        &at_the_end_of("2026-06"),
        &[],
    );
    assert!(result.burn_alerts[0].alerts.is_empty());
    assert!(result.burn_alerts[0].sentence().contains("too short"));
}

/// Nothing is allowed: no division, one bad unit is all of it, and every alert fires on it.
#[test]
fn a_target_of_all_has_no_budget() {
    let june = at_the_end_of("2026-06");
    let body = "    kind: error_rate\n    target: 0%\n";
    let batches = [
        batch("2026-06-01 00:10", 0, 10, 1_000, 0),
        batch("2026-06-10 12:00", 0, 10, 1_000, 1),
    ];
    let dataset = dataset_of(Role::Production, run(&["a"], &batches));
    let result = one_objective(&dataset, body, &june, &[]);
    let budget = result.budget.as_ref().unwrap();
    assert_eq!(
        (budget.total, budget.used, budget.remaining),
        (0.0, 1.0, -1.0)
    );
    assert_eq!((budget.remaining_percent, budget.burn_rate), (0.0, None));
    assert_eq!(budget.runs_out_at, Some(at("2026-06-10 12:00")));
    let sre = &result.burn_alerts[0];
    assert!(sre.alerts.iter().all(|a| a.fired == 1), "{sre:?}");
    assert_eq!(sre.alerts[0].firings[0].budget_spent, None);
    let clean = dataset_of(Role::Production, run(&["a"], &batches[..1]));
    let budget = one_objective(&clean, body, &june, &[]).budget.unwrap();
    assert_eq!((budget.remaining, budget.remaining_percent), (0.0, 100.0));

    let down = incidents(vec![row(at("2026-06-10"), 1, State::Down)]);
    let body = "    kind: availability\n    target: 100%\n";
    let result = one_objective(&down, body, &june, &[]);
    assert_eq!(result.verdict, Verdict::Breached);
    let budget = result.budget.as_ref().unwrap();
    assert_eq!((budget.remaining_percent, budget.burn_rate), (0.0, None));
    assert_eq!(result.burn_alerts[0].alerts[0].fired, 1);
}

/// B7: at day 10 of 30, 21.6 of 43.2 minutes are used: burn 1.5, gone on day 20, 64.8 minutes at the end.
#[test]
fn an_open_period_is_projected() {
    let mut so_far = params("2026-06", "UTC");
    so_far.as_of = Some(at("2026-06-11"));
    let dataset = incidents(vec![row(at("2026-06-04 09:00"), 1_296, State::Down)]);
    let body = "    kind: availability\n    target: 99.9%\n";
    let result = one_objective(&dataset, body, &so_far, &[]);
    let budget = result.budget.unwrap();
    near(budget.burn_rate, 1.5);
    near(Some(budget.remaining), 1_296.0);
    assert_eq!(budget.runs_out_at, Some(at("2026-06-21")));
    assert_eq!(budget.as_of, Some(at("2026-06-11")));
    let ahead = budget.projected.unwrap();
    near(Some(ahead.mid), 3_888.0);
    assert_eq!((ahead.low, ahead.high), (1_296.0, 6_480.0));
    // The burn-down runs flat, down by the outage, flat again.
    let used: Vec<(Instant, f64)> = budget.burn_down.iter().map(|p| (p.at, p.used)).collect();
    assert_eq!(
        used,
        [
            (at("2026-06-01"), 0.0),
            (at("2026-06-04 09:00"), 0.0),
            (at("2026-06-04 09:21:36"), 1_296.0),
            (at("2026-06-11"), 1_296.0),
        ]
    );
    // Once it is over, nothing is projected.
    let over = one_objective(&dataset, body, &at_the_end_of("2026-06"), &[]);
    let budget = over.budget.unwrap();
    assert_eq!((budget.projected, budget.runs_out_at), (None, None));
}

/// Requests: the budget grows with the traffic, and ran out at the minute in which the last allowed request failed.
#[test]
fn a_budget_of_requests_runs_out_at_a_minute() {
    // 15 days of June with 1,440,000 requests a day: 21,600 may fail; 100 a minute do from 12:00 on.
    let june = at_the_end_of("2026-06");
    let result = one_objective(&stream_of(100, 9), ERRORS, &june, &[]);
    let budget = result.budget.unwrap();
    assert_eq!((budget.total, budget.used), (21_600.0, 54_000.0));
    let gone = at("2026-06-10 12:00").plus(Micros::from_secs(216 * 60));
    assert_eq!(budget.runs_out_at, Some(gone));
    assert_eq!(budget.burn_down.last().unwrap().used, 54_000.0);

    let mut open = params("2026-06", "UTC");
    open.as_of = Some(at("2026-06-16"));
    let budget = one_objective(&stream_of(100, 9), ERRORS, &open, &[])
        .budget
        .unwrap();
    let ahead = budget.projected.unwrap();
    near(Some(ahead.total), 43_200.0);
    near(Some(ahead.mid), 108_000.0);
    assert!(ahead.low <= ahead.mid && ahead.mid <= ahead.high);
}

fn tier(replay: &AlertReplay, tier: AlertTier) -> &headroom::analysis::sla::TierReplay {
    replay.tiers.iter().find(|t| t.tier == tier).unwrap()
}

/// The thresholds of the performance report (150/200 ms, 80/100 MB, 70/85 %) and of the team (2 s and 5 s, 5 %), written
/// as rules, on a day whose values are known.
#[test]
fn tiers_of_the_documents_fire_where_the_values_say() {
    let day = at_the_end_of("2026-06-01");
    let points: Vec<(Instant, f64)> = (0..1_440)
        .map(|minute| {
            let value = match minute {
                600..630 => 75.0,
                630..660 => 90.0,
                _ => 40.0,
            };
            (at("2026-06-01").plus(Micros::from_secs(minute * 60)), value)
        })
        .collect();
    let cpu = series("cpu_percent", "%", SeriesKind::Gauge, &points);
    let yaml = "objectives:\n  - {name: CPU, kind: utilisation, target: 80%, series: cpu*}\n\
        alerts:\n  - {metric: cpu*, warning: 70%, critical: 85%}\n  - {metric: \"cpu*\", name: long, warning: \">70%\", for: 45m}\n";
    let report = replayed(&cpu, yaml, &day, &[]);
    let written = &report.alerts[0];
    assert_eq!((written.step_secs, written.days), (300, 1.0));
    let warning = tier(written, AlertTier::Warning);
    assert_eq!((warning.fired, warning.secs), (1, 3_600));
    assert_eq!(warning.firings[0].start, at("2026-06-01 10:00"));
    assert_eq!(warning.firings[0].worst, Some(90.0));
    assert_eq!((warning.per_day, warning.share), (1.0, 1.0 / 24.0));
    let critical = tier(written, AlertTier::Critical);
    assert_eq!((critical.fired, critical.secs), (1, 1_800));
    assert_eq!(critical.rule, "over 85 %");
    // It has to last for three quarters of an hour: the rest of it counts.
    let held = tier(&report.alerts[1], AlertTier::Warning);
    assert_eq!((held.fired, held.secs), (1, 900));
    // Without a word on tiers: 75 % of the limit (60 %) and the limit itself.
    let own = report.objectives[0].alerts.as_ref().unwrap();
    let warning = tier(own, AlertTier::Warning);
    assert_eq!((warning.threshold, warning.explicit), (60.0, false));
    assert_eq!(tier(own, AlertTier::Critical).secs, 1_800);
    assert!(own.tiers.iter().all(|t| t.tier != AlertTier::Emergency));

    let memory: Vec<(Instant, f64)> = points.iter().map(|(t, v)| (*t, v + 15.0)).collect();
    let memory = series("memory_used", "MB", SeriesKind::Gauge, &memory);
    let yaml = "objectives:\n  - {name: M, kind: metric, target: 100, series: memory*}\nalerts:\n  - {metric: memory*, warning: 80, critical: 100}\n";
    let report = replayed(&memory, yaml, &day, &[]);
    let fired = |t| tier(&report.alerts[0], t).secs;
    assert_eq!(
        (fired(AlertTier::Warning), fired(AlertTier::Critical)),
        (3_600, 1_800)
    );
}

/// Response times: 150 and 200 ms of the report as WARNING and CRITICAL, 5 s of the team as EMERGENCY.
#[test]
fn response_times_reach_their_tiers() {
    let day = at_the_end_of("2026-06-01");
    let batches: Vec<Batch> = (0..288)
        .map(|step| {
            let ms = match step {
                120 => 180,
                121 => 250,
                122 => 6_000,
                _ => 100,
            };
            Batch {
                at: at("2026-06-01").plus(Micros::from_secs(step * 300)),
                label: 0,
                ms,
                count: 100,
                errors: 0,
            }
        })
        .collect();
    let dataset = dataset_of(Role::Production, run(&["a"], &batches));
    let yaml = "objectives:\n  - {name: P95, kind: latency, target: 200ms, slice: 1h, period: day, escalation: [lead, manager, cto]}\n\
        alerts:\n  - {objective: P95, warning: 150ms, critical: 200ms, emergency: 5s}\n";
    let report = replayed(&dataset, yaml, &day, &[]);
    let replay = report.objectives[0].alerts.as_ref().unwrap();
    let secs: Vec<i64> = replay.tiers.iter().map(|t| t.secs).collect();
    assert_eq!(secs, [900, 600, 300]);
    // By the hour, the P95 of 10:00 is 6 s: an emergency, and the third level is told.
    let breach = &report.breaches[0];
    assert_eq!(
        (report.breaches.len(), breach.severity.as_str()),
        (1, "emergency")
    );
    let told = breach.escalation.as_ref().unwrap();
    assert_eq!((told.level, told.name.as_str()), (3, "cto"));
}

/// Tier and length decide the level: a warning, one that lasts, a critical one; nothing is told where nobody is named.
#[test]
fn breaches_are_escalated_by_tier_and_length() {
    let day = at_the_end_of("2026-06-01");
    let hours = |from: i64, to: i64, errors: u64| {
        (from..to).map(move |hour| Batch {
            at: at("2026-06-01").plus(Micros(hour * Micros::HOUR.0)),
            label: 0,
            ms: 10,
            count: 1_000,
            errors,
        })
    };
    let batches: Vec<Batch> = hours(0, 1, 5)
        .chain(hours(1, 4, 0))
        .chain(hours(4, 8, 5))
        .chain(hours(8, 12, 0))
        .chain(hours(12, 13, 50))
        .chain(hours(13, 24, 0))
        .collect();
    let dataset = dataset_of(Role::Production, run(&["a"], &batches));
    let levels = |extra: &str| -> Vec<(String, u32)> {
        let yaml = format!(
            "objectives:\n  - {{name: x, kind: error_rate, target: 0.1%, period: day{extra}}}\n"
        );
        let report = replayed(&dataset, &yaml, &day, &[]);
        let told =
            |b: &headroom::analysis::sla::Breach| b.escalation.as_ref().map_or(0, |e| e.level);
        report
            .breaches
            .iter()
            .map(|b| (b.severity.clone(), told(b)))
            .collect()
    };
    let of = |list: &[(&str, u32)]| -> Vec<(String, u32)> {
        list.iter().map(|(s, n)| ((*s).to_owned(), *n)).collect()
    };
    assert_eq!(
        levels(", critical: 1%, escalation: [a, b, c]"),
        of(&[("warning", 1), ("warning", 2), ("critical", 2)])
    );
    // Without a critical threshold the limit is it.
    assert_eq!(
        levels(", escalation: [a, b, c]"),
        of(&[("critical", 2), ("critical", 3), ("critical", 2)])
    );
    assert_eq!(levels(", escalation: [a]")[1], ("critical".to_owned(), 1));
    assert_eq!(levels("")[1].1, 0);
}

/// The tiers of availability are three quarters of its budget, and all of it.
#[test]
fn availability_warns_by_its_budget() {
    let dataset = incidents(vec![
        row(at("2026-06-05 10:00"), 2_000, State::Down),
        row(at("2026-06-20 10:00"), 1_000, State::Down),
    ]);
    let body = "    kind: availability\n    target: 99.9%\n";
    let result = one_objective(&dataset, body, &at_the_end_of("2026-06"), &[]);
    let replay = result.alerts.unwrap();
    let start = |t| tier(&replay, t).firings[0].start;
    assert_eq!(
        start(AlertTier::Warning),
        at("2026-06-05 10:00").plus(Micros::from_secs(1_944))
    );
    assert_eq!(
        start(AlertTier::Critical),
        at("2026-06-20 10:00").plus(Micros::from_secs(592))
    );
    near(
        tier(&replay, AlertTier::Critical).firings[0].worst,
        100.0 * 3_000.0 / 2_592.0,
    );
}

/// Tables of one's own, and mistakes with their line and what to write instead.
#[test]
fn tables_and_tiers_are_read_and_checked() {
    let objectives = "objectives:\n  - {name: x, kind: latency, target: 200ms}\n";
    let own = format!(
        "{objectives}burn_alerts:\n  - {{name: loud, burn: 10x, long: 2h, short: 10m, for: 1m}}\n  - {{budget: 10%, long: 3d, urgent: false}}\n"
    );
    let table = SlaFile::parse(&own).unwrap().burn_alerts.remove(0);
    let words: Vec<String> = table
        .rows
        .iter()
        .map(|r| format!("{}: {}", r.name, r.words(Micros(30 * Micros::DAY.0))))
        .collect();
    assert_eq!(
        words,
        [
            "loud: over 10× in 2 h and 10 min, for 1 min",
            "ticket: over 1× in 3 d"
        ]
    );
    let named = SlaFile::parse(&format!("burn_alerts: [sloth, datadog]\n{objectives}")).unwrap();
    assert_eq!(named.burn_alerts[1], BurnTable::named("datadog").unwrap());
    for (lines, line, says) in [
        (
            "burn_alerts: google\n",
            3,
            "sre-workbook, sloth, pyrra, datadog",
        ),
        ("burn_alerts:\n  - {burn: 14.4}\n", 4, "long: 1h"),
        ("burn_alerts:\n  - {long: 1h}\n", 4, "burn: 14.4"),
        ("burn_alerts:\n  - {long: 1h, burn: fast}\n", 4, "14.4"),
        (
            "burn_alerts:\n  - {long: 1h, burn: 2, short: 2h}\n",
            4,
            "swap",
        ),
        (
            "burn_alerts:\n  - {long: 1h, burn: 2, window: 2h}\n",
            4,
            "name, urgent",
        ),
        ("alerts:\n  - {warning: 70%}\n", 4, "metric: cpu*"),
        (
            "alerts:\n  - {objective: y, warning: 70ms}\n",
            4,
            "there are x",
        ),
        ("alerts:\n  - {objective: x, warning: 70%}\n", 4, "200ms"),
        (
            "alerts:\n  - {metric: cpu, warning: 70%, critical: 60%}\n",
            4,
            "swap",
        ),
        (
            "alerts:\n  - {metric: cpu, warning: 70%, critical: 60ms}\n",
            4,
            "differ",
        ),
        ("alerts:\n  - {metric: cpu, alarm: 70%}\n", 4, "emergency"),
        ("alerts:\n  - {metric: cpu, for: 5m}\n", 4, "at least one"),
        ("alerts: cpu\n", 3, "list"),
    ] {
        let error = SlaFile::parse(&format!("{objectives}{lines}")).unwrap_err();
        assert_eq!(error.line, Some(line), "{lines}{error}");
        assert!(error.message.contains(says), "{lines}{error}");
    }
}

/// A year by the minute: all tables are replayed in a moment, and every firing lies in the period.
#[test]
fn a_year_by_the_minute() {
    let first = at("2026-01-01");
    let points = |seed: i64, high: f64| -> Vec<(Instant, f64)> {
        (0..365 * 1_440)
            .map(|m| {
                let noisy = (m * 7_919 + seed) % 997 == 0;
                let value = if noisy { high } else { high / 4_000.0 };
                (first.plus(Micros::from_secs(m * 60)), value)
            })
            .collect()
    };
    let ratio = series("http_error_ratio", "%", SeriesKind::Gauge, &points(3, 40.0));
    let year = at_the_end_of("2026");
    let result = one_objective(&ratio, ERRORS, &year, &BurnTable::all());
    assert_eq!(result.burn_alerts.len(), 4);
    let range = TimeRange {
        start: first,
        end: at("2027-01-01"),
    };
    let fired: Vec<u64> = result.burn_alerts.iter().map(BurnReplay::fired).collect();
    assert!(fired.iter().any(|n| *n > 0), "{fired:?}");
    for firing in result
        .burn_alerts
        .iter()
        .flat_map(|r| &r.alerts)
        .flat_map(|a| &a.firings)
    {
        assert!(range.contains(firing.start) && firing.end <= range.end);
    }
    near(Some(result.burn_alerts[0].days), 365.0);
}

/// Data that come by the hour are watched by the hour: a value is not taken for five minutes of an hour.
#[test]
fn coarse_data_are_watched_by_their_own_step() {
    let points: Vec<(Instant, f64)> = (0..24)
        .map(|hour| {
            let value = if (8..12).contains(&hour) { 90.0 } else { 40.0 };
            (at("2026-06-01").plus(Micros(hour * Micros::HOUR.0)), value)
        })
        .collect();
    let cpu = series("cpu_percent", "%", SeriesKind::Gauge, &points);
    let yaml = "objectives:\n  - {name: CPU, kind: utilisation, target: 80%, series: cpu*}\n";
    let report = replayed(&cpu, yaml, &at_the_end_of("2026-06-01"), &[]);
    let replay = report.objectives[0].alerts.as_ref().unwrap();
    assert_eq!((replay.step_secs, replay.days), (3_600, 1.0));
    let critical = tier(replay, AlertTier::Critical);
    assert_eq!((critical.fired, critical.secs), (1, 4 * 3_600));
    assert_eq!(replay.gravest(), Some(AlertTier::Critical));
}

/// The sheet of promises lists every alert with how often it would have fired, and names the table.
#[test]
fn the_workbook_lists_the_alerts() {
    let yaml =
        "burn_alerts: sloth\nobjectives:\n  - {name: Uptime, kind: availability, target: 99.9%}\n";
    let dataset = incidents(vec![row(at("2026-06-10 12:00"), 3_600, State::Down)]);
    let params = ReportParams {
        zone: Zone::utc(),
        scope: ScopeFilter::default(),
        slas: vec![("sla.yaml".to_owned(), SlaFile::parse(yaml).unwrap())],
        limits: Vec::new(),
        as_of: Some(at("2026-07-01")),
        ..report_fixture::params("2026-06")
    };
    let report = headroom::report::build(&dataset, &params, &Progress::default()).unwrap();
    let sheet = report.sheets.iter().find(|s| s.name == "Promises").unwrap();
    let mut tables = sheet
        .rows
        .iter()
        .flatten()
        .filter_map(|b| match &b.content {
            Content::Table(table) => Some(table),
            _ => None,
        });
    let alerts = tables.find(|t| t.id == "alerts").unwrap();
    let fired: Vec<(String, f64)> = alerts
        .rows
        .iter()
        .map(|r| match (&r[1], &r[3]) {
            (Cell::Text(name), times) => (name.clone(), times.as_number().unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    let names = [
        "burn, page (sloth)",
        "burn, page, slower (sloth)",
        "burn, ticket (sloth)",
        "burn, ticket, slower (sloth)",
        "warning",
        "critical",
    ];
    assert_eq!(fired, names.map(|n| (n.to_owned(), 1.0)));
    assert!((alerts.rows[0][7].as_number().unwrap() - 0.02).abs() < 1e-9);
    let remark = sheet.rows.iter().flatten().any(|b| match &b.content {
        Content::Remark(text) => text.contains("table sloth for a promise of 30"),
        _ => false,
    });
    assert!(remark);
}

/// Sentences of screens and terminals.
#[test]
fn budgets_and_alerts_speak_plainly() {
    let mut so_far = params("2026-06", "UTC");
    so_far.as_of = Some(at("2026-06-11"));
    let dataset = incidents(vec![row(at("2026-06-04 09:00"), 1_296, State::Down)]);
    let body = "    kind: availability\n    target: 99.9%\n";
    let result = one_objective(&dataset, body, &so_far, &[]);
    let budget = result.budget.as_ref().unwrap();
    assert_eq!(
        budget.sentence(&Zone::utc()),
        "21 min 36 s of 43 min 12 s left, burning at 1.50×; runs out on 21 Jun 2026 00:00"
    );
    assert_eq!(
        budget.outlook().unwrap(),
        "If it goes on so, 1 h 4 min of 43 min 12 s are used at the end (between 21 min 36 s and 1 h 48 min: \
         8 of 10 endings, if bad days come as often as so far (1 seen; Poisson))"
    );
    assert_eq!(
        result.burn_alerts[0].sentence(),
        "Burn alerts would have called somebody twice, and filed a ticket once"
    );
}

/// Availability by requests and slow requests have budgets of requests: the same alerts, by other shares.
#[test]
fn budgets_of_requests_burn_for_every_kind() {
    let june = at_the_end_of("2026-06");
    let body = "    kind: availability\n    source: requests\n    target: 99.9%\n";
    let result = one_objective(&stream_of(100, 9), body, &june, &[]);
    let found = detection(&result.burn_alerts[0])[0].unwrap();
    assert!((found - 8.64).abs() < 1e-3, "{found}");
    // Every step of the nine hours is below 99.9 %, and below three quarters of the way to it.
    let replay = result.alerts.unwrap();
    let critical = tier(&replay, AlertTier::Critical);
    assert_eq!((critical.fired, critical.secs), (1, 9 * 3_600));
    assert_eq!(critical.firings[0].worst, Some(90.0));
    let warning = tier(&replay, AlertTier::Warning);
    assert!((warning.threshold - 99.925).abs() < 1e-9);
    assert_eq!(warning.secs, 9 * 3_600);

    // All requests of two hours are slow, where one in twenty may be: a burn of 20, so 72 % of an hour until the page.
    let trouble = at("2026-06-10 12:00");
    let batches: Vec<Batch> = (0..1_440)
        .map(|minute| {
            let at = at("2026-06-10").plus(Micros::from_secs(minute * 60));
            let slow = at >= trouble && at < trouble.plus(Micros(2 * Micros::HOUR.0));
            Batch {
                at,
                label: 0,
                ms: if slow { 300 } else { 100 },
                count: 10,
                errors: 0,
            }
        })
        .collect();
    let dataset = dataset_of(Role::Production, run(&["a"], &batches));
    for body in [
        "    kind: latency\n    target: 200ms\n",
        "    kind: share_under\n    threshold: 200ms\n    target: 95%\n",
    ] {
        let result = one_objective(&dataset, body, &june, &[]);
        let page = &result.burn_alerts[0].alerts[0];
        let after = page.firings[0].start.since(trouble).as_secs() / 60.0;
        assert!((after - 43.2).abs() < 1e-3, "{body}{after}");
        assert_eq!(result.budget.unwrap().used, 1_200.0);
    }
}
