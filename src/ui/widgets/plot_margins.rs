//! How much room a chart takes: charts of a group get the same margins, so that one time stands above the other, and the
//! value axis holds what is drawn, the limits and the room that was asked for.

use eframe::egui::{Id, Ui};

use super::time_plot::TimePlot;
use super::value_axis::ValueAxis;

/// A limit this many times above the data is named at the edge instead of flattening the lines.
const FAR_LIMIT: f64 = 5.0;

/// Left and right margins of a group: those of the last frame, and those of this one so far.
#[derive(Clone, Copy, Debug, Default)]
struct Margins {
    pass: u64,
    last: (f32, f32),
    growing: (f32, f32),
}

impl TimePlot<'_> {
    /// Keeps the place from nothing to here free for words, also where nothing is drawn.
    #[must_use]
    pub const fn room(mut self, right: f64, top: f64) -> Self {
        self.room = Some((right, top));
        self
    }

    /// The value axis over what is drawn between two x.
    pub(super) fn value_axis(&self, from: f64, to: f64, height: f32) -> ValueAxis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut hold = |a: f64, b: f64| {
            if a.is_finite() && b.is_finite() {
                low = low.min(a);
                high = high.max(b);
            }
        };
        for line in &self.lines {
            if let Some((a, b)) = line.data.bounds(from, to) {
                hold(a, b);
            }
        }
        for (_, a, b) in self
            .bands
            .iter()
            .flat_map(|b| &b.points)
            .filter(|p| p.0 >= from && p.0 <= to)
        {
            hold(*a, *b);
        }
        if let Some((_, top)) = self.room {
            hold(0.0, top);
        }
        let reach = high.max(0.0) * FAR_LIMIT;
        for limit in &self.limits {
            if limit.draggable || limit.value <= reach || !high.is_finite() {
                low = low.min(limit.value);
                high = high.max(limit.value);
            }
        }
        ValueAxis::new(low, high, self.unit, self.from_zero, height)
    }
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
