//! Charts of a group get the same margins, so that one time stands above the other.

use eframe::egui::{Id, Ui};

/// Left and right margins of a group: those of the last frame, and those of this one so far.
#[derive(Clone, Copy, Debug, Default)]
struct Margins {
    pass: u64,
    last: (f32, f32),
    growing: (f32, f32),
}

/// Left and right margin: the widest of the group, so that its charts line up.
pub(super) fn aligned(ui: &Ui, group: Option<Id>, left: f32, right: f32) -> (f32, f32) {
    let Some(group) = group else {
        return (left, right);
    };
    let id = group.with("margins");
    let pass = ui.cumulative_pass_nr();
    let mut kept: Margins = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    if kept.pass != pass {
        kept = Margins {
            pass,
            last: kept.growing,
            growing: (0.0, 0.0),
        };
    }
    kept.growing = (kept.growing.0.max(left), kept.growing.1.max(right));
    if kept.growing.0 > kept.last.0 || kept.growing.1 > kept.last.1 {
        kept.last = (
            kept.last.0.max(kept.growing.0),
            kept.last.1.max(kept.growing.1),
        );
        ui.request_repaint();
    }
    ui.data_mut(|d| d.insert_temp(id, kept));
    kept.last
}
