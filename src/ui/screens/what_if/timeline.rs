//! The faults of a scenario as bars below its charts: dragged, stretched, or moved from the keyboard. Each move is an edit.

use eframe::egui::{Id, Ui};

use super::super::Cx;
use super::super::parts::section_ui;
use super::cards::fault_name;
use super::field::secs;
use super::scale::Scale;
use crate::calendar::TimeRange;
use crate::scenario::Scenario;
use crate::scenario::model::FaultKind;
use crate::ui::theme::{Tokens, space};
use crate::ui::widgets::{SpanTrack, TrackSpan};

/// A fault that is over at once.
pub(super) const fn is_moment(kind: &FaultKind) -> bool {
    matches!(kind, FaultKind::CacheFlush { .. })
}

/// The faults as bars below the charts.
pub(super) fn timeline_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    scenario: &Scenario,
    (group, scale): (&str, &Scale),
    shown: TimeRange,
    duration: f64,
) {
    if scenario.faults.is_empty() {
        return;
    }
    ui.add_space(space::S);
    section_ui(ui, "Faults");
    let spans: Vec<TrackSpan> = scenario
        .faults
        .iter()
        .map(|fault| {
            let name = fault_name(&fault.kind, scenario.unit());
            let begins = scale.moment(fault.at);
            let moment = is_moment(&fault.kind);
            let says = match fault.lasts {
                _ if moment => format!("{name} at {begins}"),
                Some(lasts) => format!("{name} at {begins} for {}", secs(lasts)),
                None => format!("{name} from {begins} to the end"),
            };
            TrackSpan {
                name,
                says,
                from: fault.at,
                to: fault.lasts.map(|l| fault.at + l),
                moment,
            }
        })
        .collect();
    let back = |x: f64| (x - scale.start) * scale.unit_secs;
    let track = SpanTrack {
        id: Id::unique("what-if-faults"),
        group,
        shown: (back(shown.start.as_secs()), back(shown.end.as_secs())),
        whole: (0.0, duration),
        step: scenario.run.step.clamp(1.0, 60.0),
        color: Tokens::of(ui).caution,
        enabled: !cx.state.read_only(),
    };
    let Some(moved) = track.show(ui, &spans) else {
        return;
    };
    let Some(fault) = scenario.faults.get(moved.index) else {
        return;
    };
    let name = scenario.name.clone();
    let what = fault_name(&fault.kind, scenario.unit());
    let index = moved.index;
    let deed = if (moved.from - fault.at).abs() > 1e-9 {
        format!("move the fault \"{what}\" to {}", scale.moment(moved.from))
    } else {
        format!("stretch the fault \"{what}\"")
    };
    cx.edit(format!("{deed} in {name}"), move |doc| {
        let scenario = doc.scenarios.iter_mut().find(|s| s.name == name);
        if let Some(fault) = scenario.and_then(|s| s.faults.get_mut(index)) {
            fault.at = moved.from;
            fault.lasts = moved.to.map(|to| to - moved.from);
        }
    });
}
