//! The answer to a scenario: one sentence that a manager understands in ten seconds, the promises, the figures behind
//! them, and which engine says so.

use eframe::egui::{Label, Role, Ui, WidgetInfo};

use super::super::parts::{caution_ui, problem_ui};
use super::cards::{peak_level, unit_of};
use super::field::{Unit, plain, secs};
use super::figures::{many, money, of_all, share, time, time_text};
use super::overlay_answer;
use super::promises::promises_ui;
use crate::analysis::sla::Verdict;
use crate::scenario::model::{Arrivals, Engine};
use crate::scenario::outcome::Figure;
use crate::ui::simulated::{Promise, Simulated};
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{Stat, Status, stats_ui};
use crate::units;

/// Hours of a month, as prices count them.
const MONTH_HOURS: f64 = 730.0;
/// Errors below this share are no part of the sentence.
const FEW_ERRORS: f64 = 0.000_5;

/// The load that was asked about: `At 10× (4,000 requests/s)`.
fn load(found: &Simulated) -> String {
    let scenario = &found.of;
    let workload = &scenario.workload;
    let growth = workload.growth;
    let grown = (growth - 1.0).abs() > 1e-9;
    let unit = unit_of(scenario);
    let closed = matches!(workload.arrivals, Arrivals::Closed { .. });
    let offered = || {
        let steps = found.outcome.steps.iter().map(|s| s.offered);
        steps.fold(0.0, f64::max)
    };
    let (most, unit) = match peak_level(&workload.pattern) {
        Some(level) => (level * growth, unit),
        None if closed => (offered(), "requests/s"),
        None => (offered(), unit),
    };
    let constant = matches!(
        workload.pattern,
        crate::scenario::model::Pattern::Constant { .. }
    );
    let up_to = if constant { "" } else { "up to " };
    let load = format!("{up_to}{} {unit}", plain(most));
    let preposition = if closed { "With" } else { "At" };
    if grown {
        format!("{preposition} {} ({load})", Unit::Times.print(growth))
    } else {
        format!("{preposition} {load}")
    }
}

/// What the promises say, as the second half of a sentence.
fn verdict_words(found: &Simulated) -> String {
    let count = found.promises.len();
    let broken: Vec<&Promise> = found.broken().collect();
    match (found.verdict(), broken.as_slice()) {
        (Verdict::NoData, _) => "no promise judges it".to_owned(),
        (_, [one]) if count == 1 => format!("{} is broken", one.name),
        (_, [one]) => format!("1 of {count} promises is broken ({})", one.name),
        (_, [_, ..]) => format!("{} of {count} promises are broken", broken.len()),
        (Verdict::Met, []) if !found.not_judged.is_empty() && count == 1 => {
            "the one promise that can be judged holds".to_owned()
        }
        (Verdict::Met, []) if !found.not_judged.is_empty() => {
            "every promise that can be judged holds".to_owned()
        }
        (Verdict::Met, []) if count == 1 => "the promise holds".to_owned(),
        (Verdict::Met, []) => "every promise holds".to_owned(),
        (_, []) if !found.answered() => "that keeps no promise".to_owned(),
        (_, []) => "no promise is broken, not all are proven".to_owned(),
    }
}

/// The answer to what was run, which a hand on a slider may have left behind.
pub(super) fn sentence(found: &Simulated) -> String {
    let (scenario, summary) = (&found.of, &found.outcome.summary);
    let mut text = load(found);
    let errors = summary.error_rate.value;
    let fails = if errors >= FEW_ERRORS {
        format!(
            " and {} of the {} fail",
            units::percent_of(errors),
            scenario.load_unit()
        )
    } else {
        String::new()
    };
    if found.answered() {
        let p95 = time_text(summary.p95.value, found.budget_secs());
        text.push_str(&format!(" P95 is {p95}{fails}"));
    } else {
        text.push_str(" nothing is answered");
    }
    text.push_str(&format!(
        ": {}. {}",
        verdict_words(found),
        many(scenario.unit(), summary)
    ));
    text.push_str(&overlay_answer::tail(found));
    if summary.cost_per_month > 0.0 {
        let month = money(summary.cost_per_month, &scenario.cost.currency);
        text.push_str(&format!(", {month} a month"));
    }
    text + "."
}

/// Which engine, over which time.
pub(super) fn engine_words(found: &Simulated) -> String {
    let outcome = &found.outcome;
    let repeated = match outcome.replications {
        0 | 1 => String::new(),
        n => format!(", {n} repetitions"),
    };
    let how = match outcome.engine {
        Engine::Fluid => format!("as a flow in {} steps{repeated}", secs(outcome.step)),
        Engine::Request | Engine::Auto => {
            format!("request by request, seed {}{repeated}", outcome.seed)
        }
    };
    format!("Simulated {how}, over {}", secs(outcome.duration))
}

fn capital(text: &str) -> String {
    super::super::parts::capitalised(text)
}

/// How the whole stands, as icon and word.
pub(super) fn standing(found: &Simulated) -> (Status, &'static str) {
    match found.verdict() {
        Verdict::Met => (Status::Good, "holds"),
        Verdict::Breached => (Status::Bad, "broken"),
        Verdict::NotProven => (Status::Caution, "not proven"),
        Verdict::NoData => (Status::Unknown, "not judged"),
    }
}

/// Shows the answer.
pub(super) fn answer_ui(ui: &mut Ui, found: &Simulated) {
    let tokens = Tokens::of(ui);
    let (status, word) = standing(found);
    let color = status.color(tokens);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let icon = theme::icon(status.icon()).size(22.0).color(color);
        let icon = ui.add(Label::new(icon).selectable(false));
        icon.widget_info(|| WidgetInfo::labeled(Role::Image, true, word));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(theme::title(sentence(found))).wrap());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.label(theme::strong(word).color(color));
                let how = ui.add(Label::new(theme::muted(ui, engine_words(found))).wrap());
                if !found.outcome.engine_why.is_empty() {
                    how.on_hover_text(&found.outcome.engine_why);
                }
            });
        });
    });
    ui.add_space(space::XS);
    promises_ui(ui, found);
    ui.add_space(space::XS);
    stats_ui(ui, &stats(found));
    for problem in &found.problems {
        problem_ui(ui, problem);
    }
    for warning in &found.outcome.warnings {
        caution_ui(ui, &capital(warning));
    }
}

/// An interval in words, where there is one.
fn interval(figure: &Figure, print: impl Fn(f64) -> String) -> String {
    let found = figure
        .interval
        .map(|(low, high)| (print(low.max(0.0)), print(high)));
    // One that is too narrow to be written says nothing.
    found
        .filter(|(low, high)| low != high)
        .map_or_else(String::new, |(low, high)| {
            format!("{low} to {high} with 95 %")
        })
}

/// The figures that the sentence stands on.
fn stats(found: &Simulated) -> Vec<Stat> {
    let (scenario, summary) = (&found.of, &found.outcome.summary);
    let spread = match interval(&summary.p95, time) {
        text if text.is_empty() => format!(
            "half {}, P99 {}",
            time(summary.p50.value),
            time(summary.p99.value)
        ),
        text => text,
    };
    let mut stats = vec![
        Stat::new(
            "P95",
            time_text(summary.p95.value, found.budget_secs()),
            spread,
        ),
        Stat::new(
            "Failed",
            share(summary.error_rate.value),
            format!(
                "of {} {}",
                units::number(summary.offered.round()),
                scenario.load_unit()
            ),
        ),
        Stat::new(
            "Instances",
            if summary.instances_min == summary.instances_max {
                units::count(u64::from(summary.instances_max))
            } else {
                format!("{} to {}", summary.instances_min, summary.instances_max)
            },
            format!("{} hours", units::number(summary.instance_hours)),
        ),
        Stat::new(
            "Busiest",
            units::percent_of(summary.utilisation_peak),
            format!(
                "mean {}, CPU {}",
                units::percent_of(summary.utilisation_mean.value),
                units::percent_of(summary.cpu_peak)
            ),
        ),
        Stat::new(
            "Most waiting",
            units::count(summary.queue_max.round() as u64),
            format!("mean wait {}", time(summary.wait_mean.value)),
        ),
    ];
    if summary.cost_per_month > 0.0 {
        let currency = &scenario.cost.currency;
        stats.push(Stat::new(
            "Cost a month",
            money(summary.cost_per_month, currency),
            summary.cost_per_thousand.map_or_else(
                || format!("of {MONTH_HOURS} hours"),
                |one| format!("{} {currency} per 1,000", units::number(one)),
            ),
        ));
    }
    if summary.availability < 1.0 {
        stats.push(Stat::new(
            "In service",
            of_all(summary.availability),
            summary.availability_interval.map_or_else(
                || "of the time".to_owned(),
                |(low, high)| format!("of the time, {} to {} with 95 %", of_all(low), of_all(high)),
            ),
        ));
    }
    overlay_answer::fit(found, &mut stats);
    stats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Dist, Pattern};
    use crate::scenario::outcome::Summary;
    use crate::scenario::{Outcome, Scenario};

    fn scenario(growth: f64) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.workload.pattern = Pattern::Constant { level: 400.0 };
        scenario.workload.growth = growth;
        scenario
    }

    fn found(of: Scenario, p95: f64, errors: f64, verdicts: &[Verdict]) -> Simulated {
        let promise = |verdict: &Verdict| Promise {
            name: "API latency".to_owned(),
            verdict: *verdict,
            achieved: units::millis(p95 * 1_000.0),
            target: "200ms".to_owned(),
            limit_secs: Some(0.2),
            minutes_below: None,
            budget_left: None,
            reason: None,
            how_often: None,
        };
        Simulated {
            outcome: Outcome {
                summary: Summary {
                    p95: p95.into(),
                    served_per_sec: 3_990.0.into(),
                    error_rate: errors.into(),
                    instances_min: 12,
                    instances_max: 38,
                    cost_per_month: 1_240.4,
                    ..Summary::default()
                },
                duration: 3_600.0,
                step: 5.0,
                seed: 1,
                engine: Engine::Fluid,
                ..Outcome::default()
            },
            promises: verdicts.iter().map(promise).collect(),
            of,
            ..Simulated::default()
        }
    }

    #[test]
    fn the_answer_is_one_sentence() {
        use Verdict::{Breached, Met, NotProven};
        for (growth, p95, errors, verdicts, text) in [
            (
                10.0,
                0.148,
                0.0,
                &[Met, Met][..],
                "At 10× (4,000 requests/s) P95 is 148 ms: every promise holds. 12 to 38 instances, 1,240 USD a month.",
            ),
            (
                1.0,
                1.84,
                0.032,
                &[Met, Breached],
                "At 400 requests/s P95 is 1.84 s and 3.20 % of the requests fail: 1 of 2 promises is broken (API latency). 12 to 38 instances, 1,240 USD a month.",
            ),
            (
                2.0,
                0.1,
                0.0,
                &[Met, NotProven],
                "At 2× (800 requests/s) P95 is 100 ms: no promise is broken, not all are proven. 12 to 38 instances, 1,240 USD a month.",
            ),
            (
                1.0,
                0.1,
                0.0,
                &[],
                "At 400 requests/s P95 is 100 ms: no promise judges it. 12 to 38 instances, 1,240 USD a month.",
            ),
        ] {
            assert_eq!(
                sentence(&found(scenario(growth), p95, errors, verdicts)),
                text
            );
        }
    }

    #[test]
    fn what_could_not_be_judged_is_not_said_to_hold() {
        let mut some = found(scenario(1.0), 0.1, 0.0, &[Verdict::Met, Verdict::Met]);
        some.not_judged = vec!["Memory".to_owned()];
        let said = sentence(&some);
        assert!(
            said.contains(": every promise that can be judged holds."),
            "{said}"
        );
        some.promises.pop();
        assert!(sentence(&some).contains(": the one promise that can be judged holds."));
    }

    #[test]
    fn nothing_answered_is_never_green() {
        let mut nothing = found(scenario(1.0), 0.0, 0.0, &[Verdict::Met, Verdict::Met]);
        assert_eq!(standing(&nothing), (Status::Good, "holds"));
        nothing.outcome.summary.served_per_sec = 0.0.into();
        assert_eq!(standing(&nothing), (Status::Caution, "not proven"));
        let said = sentence(&nothing);
        assert!(
            said.starts_with("At 400 requests/s nothing is answered: that keeps no promise."),
            "{said}"
        );
    }

    #[test]
    fn users_and_shapes_are_named() {
        let mut users = scenario(1.0);
        users.workload.arrivals = Arrivals::Closed {
            think: Dist::default(),
        };
        let ok = |of: Scenario| found(of, 0.1, 0.0, &[]);
        assert!(sentence(&ok(users)).starts_with("With 400 users P95"));
        let mut spike = scenario(3.0);
        spike.workload.pattern = Pattern::Spike {
            base: 100.0,
            peak: 400.0,
            at: 0.0,
            lasts: 1.0,
        };
        assert!(sentence(&ok(spike)).starts_with("At 3× (up to 1,200 requests/s) P95"));
    }

    #[test]
    fn the_engine_says_what_it_is() {
        let mut ran = found(Scenario::default(), 0.1, 0.0, &[]);
        assert_eq!(
            engine_words(&ran),
            "Simulated as a flow in 5 s steps, over 1 h"
        );
        ran.outcome.engine = Engine::Request;
        ran.outcome.replications = 5;
        assert_eq!(
            engine_words(&ran),
            "Simulated request by request, seed 1, 5 repetitions, over 1 h"
        );
    }
}
