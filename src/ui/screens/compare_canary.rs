//! Criteria of a canary: limits that a release has to keep to over all requests, on its own or against the base. Edited
//! beside how they fared; kept with the project.

use eframe::egui::{self, Role, TextEdit, Ui, WidgetInfo};

use super::Cx;
use super::parts::{Draft, capitalised, icon_button_ui, note_ui, problem_ui, section_ui};
use crate::analysis::compare::{CanaryResult, CanaryVerdict, Comparison, Criterion};
use crate::ui::icons;
use crate::ui::theme::space;
use crate::ui::widgets::{Status, StatusBadge};
use crate::units;

/// What can be asked for: in words, as it is written, and the limit to begin with.
const CRITERIA: [(&str, &str, &str); 9] = [
    ("Error rate at most", "max_error_rate", "1%"),
    ("P95 response time at most", "max_p95", "200ms"),
    ("P99 response time at most", "max_p99", "500ms"),
    ("Mean response time at most", "max_mean", "100ms"),
    ("Throughput at least", "min_throughput", "100_rps"),
    ("Error rate rises by at most", "max_error_increase", "0.5%"),
    ("P95 rises by at most", "max_p95_increase", "10%"),
    ("P99 rises by at most", "max_p99_increase", "10%"),
    ("Throughput falls by at most", "max_throughput_drop", "5%"),
];

/// Those of a canary release in the requirements: errors under 1 %, responses under 200 ms.
const USUAL: [&str; 2] = ["max_error_rate=<1%", "max_p95=<200ms"];

/// Room for the words of a criterion, in points.
const WORDS: f32 = 190.0;

/// The name and the limit of a criterion as it is kept.
fn parts(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or((text, ""))
}

fn words(key: &str) -> &str {
    let known = CRITERIA.iter().find(|(_, k, _)| *k == key);
    known.map_or(key, |(words, ..)| words)
}

const fn status(verdict: CanaryVerdict) -> Status {
    match verdict {
        CanaryVerdict::Met => Status::Good,
        CanaryVerdict::Breached => Status::Bad,
        CanaryVerdict::NotProven => Status::Caution,
    }
}

/// How the criteria fared together: one that is broken decides, then one that is not proven.
fn sentence(results: &[CanaryResult]) -> String {
    let of = |verdict| results.iter().filter(|r| r.verdict == verdict).count();
    let (broken, open) = (of(CanaryVerdict::Breached), of(CanaryVerdict::NotProven));
    let all = units::count(results.len() as u64);
    match (broken, open, results.len()) {
        (_, _, 0) => "Canary: limits that the candidate has to keep to".to_owned(),
        (0, 0, 1) => "The canary passes: its criterion is met".to_owned(),
        (0, 0, _) => format!("The canary passes: all {all} criteria are met"),
        (0, n, _) => format!("The canary is not proven: {n} of {all} criteria cannot be decided"),
        (n, ..) => format!("The canary fails: {n} of {all} criteria broken"),
    }
}

/// Shows the criteria with how they fared, to be changed.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    comparison: &Comparison,
    drafts: &mut Vec<Draft>,
) {
    section_ui(ui, &sentence(&comparison.canary));
    let kept = &cx.state.doc.decisions.canary;
    drafts.resize_with(kept.len(), Draft::default);
    if kept.is_empty() {
        note_ui(
            ui,
            "None yet. Each is judged over all requests with its interval: met where all of it keeps to the limit, broken where none of it does",
        );
    }
    for (place, (text, draft)) in kept.iter().zip(drafts.iter_mut()).enumerate() {
        // While a change is being computed the last results may be those of other criteria.
        let result = comparison
            .canary
            .get(place)
            .filter(|_| comparison.canary.len() == kept.len());
        criterion_ui(ui, cx, (place, text), draft, result);
    }
    add_ui(ui, cx);
    ui.add_space(space::M);
}

fn criterion_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    (place, text): (usize, &str),
    draft: &mut Draft,
    result: Option<&CanaryResult>,
) {
    let (key, limit) = parts(text);
    draft.follow(&format!("{place} {key}"), limit);
    let can_write = !cx.state.read_only();
    let wrong = Criterion::parse_list(&format!("{key}={}", draft.text.trim())).err();
    ui.horizontal(|ui| {
        let label = ui.label(words(key));
        ui.add_space((WORDS - label.rect.width()).max(0.0));
        let field = ui
            .add_enabled(
                can_write,
                TextEdit::singleline(&mut draft.text).desired_width(84.0),
            )
            .labelled_by(label.id);
        if wrong.is_none()
            && let Some(limit) = draft.due(ui, &field)
        {
            let changed = format!("{key}={}", limit.trim());
            let name = format!("change the criterion {} to {}", words(key), limit.trim());
            cx.edit(name, move |doc| {
                if let Some(there) = doc.decisions.canary.get_mut(place) {
                    there.clone_from(&changed);
                }
            });
        }
        if let Some(result) = result {
            let badge = StatusBadge::new(status(result.verdict), result.verdict.word());
            badge.show(ui).on_hover_text(&result.message);
        }
        let remove = ui
            .add_enabled(can_write, egui::Button::new(icons::REMOVE).small())
            .on_hover_text("Remove this criterion");
        let name = format!("Remove the criterion {}", words(key));
        remove.widget_info(|| WidgetInfo::labeled(Role::Button, can_write, &name));
        if remove.clicked() {
            let gone = text.to_owned();
            cx.edit(format!("remove the criterion {}", words(key)), move |doc| {
                let list = &mut doc.decisions.canary;
                if list.get(place) == Some(&gone) {
                    list.remove(place);
                }
            });
        }
    });
    match (wrong, result) {
        (Some(why), _) => problem_ui(ui, &capitalised(&why.to_string())),
        (None, Some(result)) => note_ui(ui, &result.message),
        (None, None) => {}
    }
}

fn add_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let kept = &cx.state.doc.decisions.canary;
    let can_write = !cx.state.read_only();
    let mut added: Vec<String> = Vec::new();
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(can_write, |ui| {
            let menu = ui.menu_button(format!("{}  Add a criterion", icons::ADD), |ui| {
                for (words, key, limit) in CRITERIA {
                    let there = kept.iter().any(|text| parts(text).0 == key);
                    let choice = ui.add_enabled(!there, egui::Button::new(words));
                    if choice
                        .on_disabled_hover_text("It is there already")
                        .clicked()
                    {
                        added.push(format!("{key}={limit}"));
                    }
                }
            });
            menu.response
                .widget_info(|| WidgetInfo::labeled(Role::Button, can_write, "Add a criterion"));
        });
        if kept.is_empty() {
            let text = "Errors under 1 %, P95 under 200 ms";
            if icon_button_ui(ui, can_write, icons::CHECK, text)
                .on_hover_text("What a canary release has to keep to in the requirements")
                .clicked()
            {
                added.extend(USUAL.map(str::to_owned));
            }
        }
    });
    if !added.is_empty() {
        cx.edit("add canary criteria", move |doc| {
            doc.decisions.canary.extend(added.iter().cloned());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_criterion_on_offer_is_understood() {
        let offered = CRITERIA
            .iter()
            .map(|(_, key, limit)| format!("{key}={limit}"));
        for text in offered.chain(USUAL.map(str::to_owned)) {
            let read = Criterion::parse_list(&text).unwrap();
            assert_eq!(read.len(), 1, "{text}");
            assert_ne!(words(parts(&text).0), parts(&text).0, "{text}");
        }
        assert_eq!(words("response_time"), "response_time");
    }
}
