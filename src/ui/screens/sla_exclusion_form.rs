//! The form for a window that does not count: when it begins and ends, how it comes again, why, who approved it and
//! which promises it is for. Read as one types; a mistake stands below its field, and what the window takes out in words.

use eframe::egui::{ComboBox, Id, Modal, Role, Ui, WidgetInfo};

use super::Cx;
use super::parts::{decide_ui, field_ui, labelled_ui, note_ui, problem_ui};
use crate::analysis::decisions::EnteredExclusion;
use crate::analysis::sla::{Exclusion, ExclusionCategory, WrittenExclusion};
use crate::calendar::{Instant, Zone};
use crate::ui::state::AppState;
use crate::ui::theme::{self, space};
use crate::units::{self, Micros};

/// How windows usually come again; the last is a rule of one's own.
const REPEATS: [(&str, &str); 6] = [
    ("once", ""),
    ("every day", "FREQ=DAILY"),
    ("every working day", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("every week", "FREQ=WEEKLY"),
    ("every month", "FREQ=MONTHLY"),
    ("by a rule…", "FREQ=MONTHLY;BYDAY=1SU"),
];
/// The place of the rule of one's own.
const OWN_RULE: usize = REPEATS.len() - 1;

/// Kinds of windows, the usual first.
const KINDS: [ExclusionCategory; 4] = [
    ExclusionCategory::Maintenance,
    ExclusionCategory::Deployment,
    ExclusionCategory::OutsideHours,
    ExclusionCategory::Other,
];

/// What is being typed.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// The one that is changed; `None` for a new one.
    place: Option<usize>,
    before: EnteredExclusion,
    entered: EnteredExclusion,
    repeat: usize,
}

impl Form {
    /// A new window: the first two hours of the night that the period begins with.
    pub(super) fn blank(state: &AppState) -> Self {
        let day = state.period.range(&state.zone).start.date(&state.zone);
        let last = state.doc.decisions.exclusions.last();
        let entered = EnteredExclusion {
            window: WrittenExclusion {
                start: format!("{day} 02:00"),
                end: format!("{day} 04:00"),
                category: ExclusionCategory::Maintenance.word().to_owned(),
                by: last.map(|e| e.window.by.clone()).unwrap_or_default(),
                zone: Some(state.zone.name().to_owned()),
                ..WrittenExclusion::default()
            },
            objectives: Vec::new(),
        };
        Self {
            place: None,
            before: entered.clone(),
            entered,
            repeat: 0,
        }
    }

    /// One that is changed.
    pub(super) fn of(place: usize, entered: &EnteredExclusion) -> Self {
        let rule = entered.window.rrule.as_str();
        let known = REPEATS.iter().position(|(_, text)| *text == rule);
        Self {
            place: Some(place),
            before: entered.clone(),
            entered: entered.clone(),
            repeat: known.unwrap_or(OWN_RULE),
        }
    }

    fn zone(&self, state: &AppState) -> Zone {
        let own = self.entered.window.zone.as_deref();
        own.and_then(|name| Zone::named(name).ok())
            .unwrap_or_else(|| state.zone.clone())
    }
}

/// `14 June 2026 02:00 to 04:00 (2 h), then every week`.
pub(super) fn when_words(window: &Exclusion, zone: &Zone) -> String {
    let range = window.range;
    let start = range.start.format(zone, "%a %-d %b %Y %H:%M");
    if range.end == Instant(i64::MAX) {
        return format!("{start} and still going on");
    }
    let same_day = range.start.date(zone) == range.end.date(zone);
    let end = range
        .end
        .format(zone, if same_day { "%H:%M" } else { "%-d %b %Y %H:%M" });
    let length = units::duration(range.length());
    let again = match &window.recurring {
        None => String::new(),
        Some(recurring) => {
            let rule = recurring.rule.to_string();
            let known = REPEATS
                .iter()
                .take(OWN_RULE)
                .find(|(_, text)| *text == rule);
            known.map_or_else(
                || format!(", again by the rule {rule}"),
                |(word, _)| format!(", {word}"),
            )
        }
    };
    format!("{start} to {end} ({length}){again}")
}

/// Shows the form; true when it is to go.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut Form) -> bool {
    let modal = Modal::new(Id::unique("exclusion-form")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(500.0);
        fields_ui(ui, cx, form)
    });
    response.inner || response.should_close()
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut Form) -> bool {
    let state = cx.state;
    let zone = form.zone(state);
    ui.label(theme::title(if form.place.is_some() {
        "Change an exclusion"
    } else {
        "Add an exclusion"
    }));
    ui.label(
        "Time in it does not count for or against a promise. The verdict without it stands beside, on the screen and in the report.",
    );
    ui.add_space(space::S);
    let read = form.entered.window.read(&zone);
    let wrong = read.as_ref().err().map(|e| e.message.clone());
    let wrong = wrong.as_deref().and_then(|m| m.split_once(": "));
    let problem = |ui: &mut Ui, key: &str| {
        if let Some((_, why)) = wrong.filter(|(at, _)| *at == key) {
            problem_ui(ui, why);
        }
    };
    let window = &mut form.entered.window;
    field_ui(ui, "From", "2026-06-14 02:00", &mut window.start);
    problem(ui, "start");
    if window.duration.is_empty() {
        field_ui(
            ui,
            "Until",
            "2026-06-14 04:00; empty while it goes on",
            &mut window.end,
        );
        problem(ui, "end");
    } else {
        field_ui(ui, "For", "2h", &mut window.duration);
        problem(ui, "duration");
    }
    repeat_ui(ui, form);
    problem(ui, "rrule");
    let window = &mut form.entered.window;
    field_ui(ui, "Reason", "Database upgrade", &mut window.reason);
    kind_ui(ui, window);
    field_ui(ui, "Approved by", "Name", &mut window.by);
    promises_ui(ui, state, &mut form.entered);
    ui.add_space(space::S);
    if let Ok(window) = &read {
        let times = window.within(state.period.range(&zone)).len() as u64;
        let falls = match times {
            0 => format!("does not fall in {}", state.period.title()),
            1 => format!("once in {}", state.period.title()),
            n => format!("{} times in {}", units::count(n), state.period.title()),
        };
        let when = when_words(window, &zone);
        note_ui(ui, &format!("{when}; {falls}. Times of {}", zone.name()));
    }
    let window = &form.entered.window;
    let told = !window.reason.trim().is_empty() && !window.by.trim().is_empty();
    let (ready, why_not) = match (&read, told) {
        (Err(_), _) => (false, "Its times cannot be read yet"),
        (Ok(_), false) => (false, "It needs a reason and who approved it"),
        (Ok(_), true) => (true, ""),
    };
    let deed = if form.place.is_some() {
        "Change the exclusion"
    } else {
        "Add the exclusion"
    };
    let Some(decided) = decide_ui(ui, deed, ready, why_not) else {
        return false;
    };
    if decided {
        keep(cx, form);
    }
    true
}

fn repeat_ui(ui: &mut Ui, form: &mut Form) {
    labelled_ui(ui, "Comes again", |ui| {
        let before = form.repeat;
        let word = REPEATS.get(form.repeat).map_or("once", |r| r.0);
        let combo = ComboBox::from_id_salt("exclusion-repeat")
            .selected_text(word)
            .width(180.0)
            .show_ui(ui, |ui| {
                for (place, (word, _)) in REPEATS.iter().enumerate() {
                    ui.selectable_value(&mut form.repeat, place, *word);
                }
            });
        if form.repeat != before
            && let Some((_, rule)) = REPEATS.get(form.repeat)
        {
            (*rule).clone_into(&mut form.entered.window.rrule);
        }
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Comes again"));
        combo.response
    });
    if form.repeat == OWN_RULE {
        let rule = &mut form.entered.window.rrule;
        field_ui(ui, "Rule", "FREQ=MONTHLY;BYDAY=1SU", rule);
        note_ui(
            ui,
            "An iCalendar rule (RFC 5545): FREQ=MONTHLY;BYDAY=1SU is the first Sunday of each month",
        );
    }
}

fn kind_ui(ui: &mut Ui, window: &mut WrittenExclusion) {
    labelled_ui(ui, "Kind", |ui| {
        let shown = window.category.replace('_', " ");
        let combo = ComboBox::from_id_salt("exclusion-kind")
            .selected_text(if shown.is_empty() { "other" } else { &shown })
            .width(180.0)
            .show_ui(ui, |ui| {
                for kind in KINDS {
                    if ui
                        .selectable_label(shown == kind.word(), kind.word())
                        .clicked()
                    {
                        kind.word().clone_into(&mut window.category);
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Kind"));
        combo.response
    });
}

/// Which promises it is for: all of them, or one.
fn promises_ui(ui: &mut Ui, state: &AppState, entered: &mut EnteredExclusion) {
    let outcome = state.results.sla.value.as_ref();
    let names = outcome
        .map(|o| o.report.objectives.as_slice())
        .unwrap_or_default();
    labelled_ui(ui, "Promises", |ui| {
        let shown = match entered.objectives.as_slice() {
            [] => "all promises".to_owned(),
            some => some.join(", "),
        };
        let combo = ComboBox::from_id_salt("exclusion-promises")
            .selected_text(shown)
            .width(300.0)
            .truncate()
            .show_ui(ui, |ui| {
                let all = entered.objectives.is_empty();
                if ui.selectable_label(all, "all promises").clicked() {
                    entered.objectives.clear();
                }
                for objective in names {
                    let on = entered.objectives.contains(&objective.name);
                    if ui.selectable_label(on, &objective.name).clicked() {
                        entered.objectives = vec![objective.name.clone()];
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Promises"));
        combo.response
    });
}

fn keep(cx: &mut Cx<'_>, form: &Form) {
    let mut entered = form.entered.clone();
    let window = &mut entered.window;
    for text in [&mut window.reason, &mut window.by] {
        *text = text.trim().to_owned();
    }
    if window.at.is_empty() {
        // To the second: it is read by people.
        window.at =
            Instant(cx.state.now.0 - cx.state.now.0.rem_euclid(Micros::SECOND.0)).to_string();
    }
    let (place, before) = (form.place, form.before.clone());
    let verb = if place.is_some() { "change" } else { "add" };
    let name = format!("{verb} the exclusion {}", entered.window.reason);
    cx.edit(name, move |doc| {
        let list = &mut doc.decisions.exclusions;
        match place.and_then(|p| list.get_mut(p)) {
            Some(there) if *there == before => *there = entered.clone(),
            _ => list.push(entered.clone()),
        }
    });
}
