//! How much is needed? The value at which every promise is just kept, for everything that can be turned: each question a
//! card with its answer in a sentence, what was tried, and a button that takes it over.

use std::sync::Arc;

use eframe::egui::{CollapsingHeader, Label, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{icon_button_ui, note_ui};
use super::asking::{Ask, AskedOnes};
use super::figures::{money, share, time};
use super::where_to_look::WhereToLook;
use crate::scenario::Scenario;
use crate::scenario::solve::{Knob, SizeAnswer, Sized, Solution, Tried, What, fleet, with_cores};
use crate::ui::icons;
use crate::ui::questions::{Answer, Question};
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{DataTable, Status, StatusBadge, TableColumn};
use crate::units;

/// Below this width tables leave out what matters least.
const NARROW: f32 = 480.0;

/// The questions that make sense for a scenario, as sentences.
pub(super) fn questions(scenario: &Scenario) -> Vec<(Question, String)> {
    let turns = |what| Knob::new(what, scenario, None).is_ok();
    let unit = fleet::unit(scenario);
    let mut all = vec![(
        Question::Solve(What::Instances),
        format!("How few {unit} keep every promise?"),
    )];
    if unit == "instances" {
        let text = "Which size of instance, and how many, is the cheapest?".to_owned();
        all.push((Question::Size, text));
    }
    all.push((
        Question::Solve(What::Growth),
        "How much growth does it survive?".to_owned(),
    ));
    if turns(What::Target) {
        let text = "Which utilisation target is the cheapest that keeps every promise?".to_owned();
        all.push((Question::Solve(What::Target), text));
    }
    if turns(What::HitRatio) {
        let text = "How few cache hits are enough?".to_owned();
        all.push((Question::Solve(What::HitRatio), text));
    }
    all
}

/// Shows all questions.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    ones: &mut AskedOnes,
    view: &mut WhereToLook,
    scenario: &Scenario,
) {
    let all = questions(scenario);
    ui.horizontal_wrapped(|ui| {
        if icon_button_ui(ui, true, icons::FIND, "Answer all").clicked() {
            for (question, text) in &all {
                ones.ask(Ask::new(scenario, question.clone(), text).slot());
            }
            ui.request_repaint();
        }
        note_ui(
            ui,
            "Each question runs the scenario many times; its promises judge every run",
        );
    });
    for (question, text) in &all {
        ui.add_space(space::S);
        theme::card(ui)
            .inner_margin(eframe::egui::Margin::same(space::M as i8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = space::XS;
                ui.add(Label::new(theme::strong(text)).wrap());
                let ask = Ask {
                    look: view.look(question),
                    ..Ask::new(scenario, question.clone(), text)
                };
                ask.show(ui, cx, ones, |ui, cx, answer, current| {
                    answer_ui(ui, cx, scenario, answer, current);
                });
                view.where_ui(ui, question);
            });
    }
}

/// What taking an answer over makes of the scenario, and what is taken over, in words.
fn taken_over(scenario: &Scenario, answer: &Answer) -> Option<(String, Scenario)> {
    let turned = |what, scenario: &Scenario, value: f64| {
        let knob = Knob::new(what, scenario, None).ok()?;
        let position = (value / knob.grain).round() as i64;
        Some((knob.named(position), knob.turn(scenario, position)))
    };
    match answer {
        Answer::Solved(found) => turned(found.what, scenario, found.value?),
        Answer::Size(found) => {
            let cores = found.cores?;
            let sized = with_cores(scenario, cores);
            let (words, with) = turned(What::Instances, &sized, found.instances?)?;
            let cores = if cores.to_bits() == 1.0_f64.to_bits() {
                "1 core".to_owned()
            } else {
                format!("{cores} cores")
            };
            Some((format!("{words} of {cores}"), with))
        }
        _ => None,
    }
}

fn answer_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    scenario: &Scenario,
    answer: &Arc<Answer>,
    current: bool,
) {
    let (sentence, notes, holds) = match answer.as_ref() {
        Answer::Solved(found) => (&found.sentence, &found.notes, found.value.is_some()),
        Answer::Size(found) => (&found.sentence, &found.notes, found.cores.is_some()),
        _ => return,
    };
    let status = if holds { Status::Good } else { Status::Bad };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let icon = theme::icon(status.icon()).color(status.color(Tokens::of(ui)));
        ui.add(Label::new(icon).selectable(false));
        ui.add(Label::new(sentence).wrap());
    });
    for note in notes {
        note_ui(ui, note);
    }
    if let Some((words, with)) = taken_over(scenario, answer) {
        take_ui(ui, cx, scenario, &words, with, current);
    }
    let currency = &scenario.cost.currency;
    let version = Arc::as_ptr(answer).addr() as u64;
    let (title, of) = match answer.as_ref() {
        Answer::Solved(found) => (
            format!("What was tried ({} runs)", found.runs),
            Question::Solve(found.what),
        ),
        Answer::Size(found) => (format!("Every size ({} runs)", found.runs), Question::Size),
        _ => return,
    };
    CollapsingHeader::new(theme::muted(ui, &title))
        .id_salt(("what-if-tried", of.slug()))
        .show(ui, |ui| match answer.as_ref() {
            Answer::Solved(found) => tried_ui(ui, scenario, found, currency, version),
            Answer::Size(found) => sizes_ui(ui, found, currency, version),
            _ => {}
        });
}

fn take_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    scenario: &Scenario,
    words: &str,
    with: Scenario,
    current: bool,
) {
    let as_it_is = with == *scenario;
    let why_not = if as_it_is {
        "The scenario says so already"
    } else if cx.state.read_only() {
        "The project is open for reading only"
    } else {
        "The answer is that of an earlier state of the scenario"
    };
    let ready = current && !as_it_is && !cx.state.read_only();
    let button = ui
        .add_enabled(
            ready,
            eframe::egui::Button::new(format!("{}  Take it over", icons::CHECK)),
        )
        .on_hover_text(format!("Put {words} into the scenario"))
        .on_disabled_hover_text(why_not);
    let says = format!("Take over {words}");
    button.widget_info(|| WidgetInfo::labeled(Role::Button, ready, &says));
    if button.clicked() {
        let name = scenario.name.clone();
        cx.edit(format!("take {words} over in {name}"), move |doc| {
            doc.put_scenario(&name, with.clone());
        });
    }
}

fn tried_ui(ui: &mut Ui, scenario: &Scenario, found: &Solution, currency: &str, version: u64) {
    let knob = Knob::new(found.what, scenario, None).ok();
    let value = move |value: f64| match &knob {
        Some(knob) => knob.words((value / knob.grain).round() as i64),
        None => units::number(value),
    };
    let narrow = ui.available_width() < NARROW;
    let what = Question::Solve(found.what).slug();
    let mut table = DataTable::new(("what-if-tried", what, narrow), &found.tried)
        .version(version)
        .row_height(24.0)
        .max_height(260.0)
        .column(
            TableColumn::text("Tried", move |t: &Tried| value(t.value))
                .sorted_by(|t| Some(t.value))
                .strong()
                .right()
                .width(104.0),
        )
        .column(
            TableColumn::text("Promises", |t: &Tried| kept_word(t.holds).to_owned())
                .painted(|ui, t| {
                    let status = if t.holds { Status::Good } else { Status::Bad };
                    StatusBadge::new(status, kept_word(t.holds)).show(ui);
                })
                .width(84.0),
        )
        .column(TableColumn::number("P95", |t: &Tried| Some(t.p95), time).width(72.0));
    if !narrow {
        let failed = |t: &Tried| Some(t.error_rate);
        table = table.column(TableColumn::number("Failed", failed, share).width(80.0));
    }
    table
        .column(
            TableColumn::number(
                "Cost a month",
                |t: &Tried| (t.cost_per_month > 0.0).then_some(t.cost_per_month),
                |cost| money(cost, currency),
            )
            .width(96.0),
        )
        .show(ui);
}

const fn kept_word(holds: bool) -> &'static str {
    if holds { "kept" } else { "broken" }
}

fn sizes_ui(ui: &mut Ui, found: &SizeAnswer, currency: &str, version: u64) {
    let of =
        |s: &Sized, figure: fn(&crate::scenario::solve::Figures) -> f64| s.run.as_ref().map(figure);
    let narrow = ui.available_width() < NARROW;
    let mut table = DataTable::new(("what-if-sizes", narrow), &found.sizes)
        .version(version)
        .row_height(24.0)
        .column(
            TableColumn::number("Cores", |s: &Sized| Some(s.cores), super::field::plain)
                .strong()
                .width(58.0),
        )
        .column(
            TableColumn::text("Instances", |s: &Sized| {
                s.instances
                    .map_or_else(|| "none helps".to_owned(), |n| units::grouped(n, 0))
            })
            .sorted_by(|s| s.instances)
            .right()
            .width(84.0),
        );
    if !narrow {
        let p95 = move |s: &Sized| of(s, |r| r.p95);
        table = table.column(TableColumn::number("P95", p95, time).width(80.0));
    }
    table
        .column(
            TableColumn::number(
                "Cost a month",
                move |s: &Sized| of(s, |r| r.cost_per_month).filter(|c| *c > 0.0),
                |cost| money(cost, currency),
            )
            .width(96.0),
        )
        .column(
            TableColumn::text("Stopped by", |s: &Sized| {
                s.binding
                    .as_ref()
                    .map(|p| p.name.clone())
                    .unwrap_or_default()
            })
            .rest()
            .width(90.0)
            .on_hover(|s| s.sentence.clone()),
        )
        .show(ui);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{CacheLayer, ScaleMetric};

    #[test]
    fn only_what_can_be_turned_is_asked() {
        let mut scenario = Scenario::default();
        let slugs = |s: &Scenario| -> Vec<&'static str> {
            questions(s).iter().map(|(q, _)| q.slug()).collect()
        };
        assert_eq!(slugs(&scenario), ["instances", "size", "growth"]);
        scenario.autoscaling.hpa = vec![(ScaleMetric::CpuUtilization, 0.7)];
        scenario.backend.caches.push(CacheLayer::default());
        assert_eq!(
            slugs(&scenario),
            ["instances", "size", "growth", "target", "hit-ratio"]
        );
        let chain = Scenario {
            chain: Some(crate::scenario::model::ShardedChain::default()),
            ..Scenario::default()
        };
        assert_eq!(slugs(&chain), ["instances", "growth"]);
        assert!(questions(&chain)[0].1.contains("shards"));
    }

    /// A solver works on the scenario with everything filled in; taking over changes the one that refers to a load test.
    #[test]
    fn taking_over_turns_the_knob_and_nothing_else() {
        let mut scenario = Scenario::default();
        scenario.service.from_run = Some("run.jtl".to_owned());
        scenario.cost.instance_hour = 0.2;
        let answer = Answer::Size(Box::new(SizeAnswer {
            sizes: Vec::new(),
            cores: Some(4.0),
            instances: Some(3.0),
            scenario: None,
            runs: 1,
            sentence: String::new(),
            notes: Vec::new(),
        }));
        let (words, with) = taken_over(&scenario, &answer).unwrap();
        assert_eq!(words, "3 instances of 4 cores");
        assert_eq!(with.service.from_run.as_deref(), Some("run.jtl"));
        assert_eq!((with.topology.instances(), with.service.cores), (3, 4.0));
        let expected = fleet::with(&with_cores(&scenario, 4.0), 3);
        assert_eq!(with, expected);
    }
}
