//! The answer to a scenario: one sentence that a manager understands in ten seconds, the promises, the figures behind
//! them, and which engine says so.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, FontId, Label, Layout, Role, Ui, WidgetInfo, vec2};

use super::super::parts::{caution_ui, note_ui, problem_ui};
use super::cards::{peak_level, unit_of};
use super::field::{Unit, plain, secs};
use super::figures::{many, money, of_all, share, time, time_text};
use super::overlay_answer;
use crate::analysis::sla::Verdict;
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Engine};
use crate::scenario::outcome::Figure;
use crate::ui::simulated::{Promise, Simulated};
use crate::ui::theme::{self, TEXT_BODY, Tokens, space};
use crate::ui::widgets::{Stat, Status, stats_ui};
use crate::units;

/// Hours of a month, as prices count them.
const MONTH_HOURS: f64 = 730.0;
/// Errors below this share are no part of the sentence.
const FEW_ERRORS: f64 = 0.000_5;
/// From this width on promises stand side by side.
const WIDE: f32 = 600.0;
/// Promises shown before the rest is folded into a line.
const SHOWN: usize = 10;

/// The load that was asked about: `At 10× (4,000 requests/s)`.
fn load(scenario: &Scenario, found: &Simulated) -> String {
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
        (Verdict::Met, []) if count == 1 => "the promise holds".to_owned(),
        (Verdict::Met, []) => "every promise holds".to_owned(),
        (_, []) => "no promise is broken, not all are proven".to_owned(),
    }
}

/// The answer.
pub(super) fn sentence(scenario: &Scenario, found: &Simulated) -> String {
    let summary = &found.outcome.summary;
    let mut text = load(scenario, found);
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
    if summary.served_per_sec.value > 0.0 {
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
pub(super) fn answer_ui(ui: &mut Ui, scenario: &Scenario, found: &Simulated) {
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
            ui.add(Label::new(theme::title(sentence(scenario, found))).wrap());
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
    stats_ui(ui, &stats(scenario, found));
    for problem in &found.problems {
        problem_ui(ui, problem);
    }
    for warning in &found.outcome.warnings {
        caution_ui(ui, &capital(warning));
    }
}

/// Each promise with its word; broken ones first.
fn promises_ui(ui: &mut Ui, found: &Simulated) {
    if found.promises.is_empty() && found.not_judged.is_empty() {
        return;
    }
    let mut promises: Vec<&Promise> = found.promises.iter().collect();
    promises.sort_by_key(|p| std::cmp::Reverse(p.verdict));
    let wide = ui.available_width() >= WIDE;
    let layout = if wide {
        Layout::left_to_right(Align::Center).with_main_wrap(true)
    } else {
        Layout::top_down(Align::Min)
    };
    let room = vec2(ui.available_width(), 0.0);
    ui.allocate_ui_with_layout(room, layout, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, space::XS);
        ui.spacing_mut().interact_size.y = 0.0;
        for promise in promises.iter().take(SHOWN) {
            promise_ui(ui, promise, wide);
        }
    });
    let more = promises.iter().skip(SHOWN);
    let words: Vec<String> = more
        .map(|p| format!("{} {}", p.name, p.verdict.word()))
        .collect();
    if !words.is_empty() {
        note_ui(ui, &format!("Also: {}", words.join(", ")));
    }
    if !found.not_judged.is_empty() {
        note_ui(
            ui,
            &format!(
                "A simulation says nothing about {}",
                found.not_judged.join(", ")
            ),
        );
    }
}

/// What a promise reached, and for how long it was missed.
fn reached(promise: &Promise) -> String {
    let mut text = if promise.achieved.is_empty() {
        promise.verdict.word().to_owned()
    } else {
        format!(
            "{} (target {})",
            promise.achieved,
            units::target(&promise.target)
        )
    };
    if let Some(minutes) = promise.minutes_below.filter(|m| *m > 0.0) {
        text.push_str(&format!(", missed for {}", secs(minutes * 60.0)));
    }
    if let Some(how_often) = &promise.how_often {
        text.push_str(&format!(", {how_often}"));
    }
    text
}

fn promise_ui(ui: &mut Ui, promise: &Promise, whole: bool) {
    let tokens = Tokens::of(ui);
    let status = Status::from(promise.verdict);
    let color = status.color(tokens);
    let reached = reached(promise);
    let says = format!("{}: {}, {reached}", promise.name, promise.verdict.word());
    let mut line = LayoutJob::default();
    let body = FontId::proportional(TEXT_BODY);
    for (text, font, color) in [
        (
            status.icon(),
            FontId::new(TEXT_BODY, theme::icon_family()),
            color,
        ),
        (" ", body.clone(), color),
        (
            promise.name.as_str(),
            FontId::new(TEXT_BODY, theme::strong_family()),
            tokens.text,
        ),
        ("  ", body.clone(), color),
        (reached.as_str(), body, color),
    ] {
        line.append(text, 0.0, TextFormat::simple(font, color));
    }
    let label = Label::new(line).selectable(false);
    let label = if whole {
        label.extend()
    } else {
        label.truncate()
    };
    let response = ui.add(label);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    let mut why = says;
    if let Some(left) = promise.budget_left {
        why.push_str(&format!(". Error budget left: {} %", units::number(left)));
    }
    if let Some(reason) = &promise.reason {
        why.push_str(&format!(". {reason}"));
    }
    response.on_hover_text(why);
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
fn stats(scenario: &Scenario, found: &Simulated) -> Vec<Stat> {
    let summary = &found.outcome.summary;
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
    use crate::scenario::Outcome;
    use crate::scenario::model::{Dist, Pattern};
    use crate::scenario::outcome::Summary;

    fn scenario(growth: f64) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.workload.pattern = Pattern::Constant { level: 400.0 };
        scenario.workload.growth = growth;
        scenario
    }

    fn found(p95: f64, errors: f64, verdicts: &[Verdict]) -> Simulated {
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
                sentence(&scenario(growth), &found(p95, errors, verdicts)),
                text
            );
        }
    }

    #[test]
    fn users_and_shapes_are_named() {
        let mut users = scenario(1.0);
        users.workload.arrivals = Arrivals::Closed {
            think: Dist::default(),
        };
        let ok = found(0.1, 0.0, &[]);
        assert!(sentence(&users, &ok).starts_with("With 400 users P95"));
        let mut spike = scenario(3.0);
        spike.workload.pattern = Pattern::Spike {
            base: 100.0,
            peak: 400.0,
            at: 0.0,
            lasts: 1.0,
        };
        assert!(sentence(&spike, &ok).starts_with("At 3× (up to 1,200 requests/s) P95"));
    }

    #[test]
    fn the_engine_says_what_it_is() {
        let mut ran = found(0.1, 0.0, &[]);
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
