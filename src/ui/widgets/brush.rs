//! The one time range that all plots of a screen share: brushed by dragging, zoomed by the wheel with Ctrl, given
//! back step by step with the zoom-out button.

use eframe::egui::{self, Ui};
use serde::{Deserialize, Serialize};

use super::time_axis;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::ui::icons;
use crate::ui::theme::{self, TEXT_SMALL, Tokens};
use crate::units::Micros;

/// The shortest range that can be shown.
const SHORTEST: i64 = 1_000;
/// How many ranges the zoom-out button remembers.
const REMEMBERED: usize = 50;

/// What part of the data is shown. The default shows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeWindow {
    /// The brushed range; `None` shows everything there is.
    pub shown: Option<TimeRange>,
    #[serde(skip)]
    back: Vec<Option<TimeRange>>,
}

/// Seconds since the epoch, as plots use them, to an instant.
pub fn instant(secs: f64) -> Instant {
    Instant((secs * 1e6).round() as i64)
}

impl TimeWindow {
    /// The range to show, given what there is.
    pub fn range(&self, full: TimeRange) -> TimeRange {
        self.shown.unwrap_or(full)
    }

    /// Whether less than everything is shown.
    pub fn zoomed(&self) -> bool {
        self.shown.is_some()
    }

    /// Shows a range, remembering the one before.
    pub fn show_range(&mut self, range: TimeRange) {
        if range.length().0 < SHORTEST || Some(range) == self.shown {
            return;
        }
        self.remember();
        self.shown = Some(range);
    }

    /// Shows everything.
    pub fn reset(&mut self) {
        if self.shown.is_some() {
            self.remember();
            self.shown = None;
        }
    }

    /// Back to the range before; twice the range where there is none.
    pub fn zoom_out(&mut self, full: TimeRange) {
        if let Some(before) = self.back.pop() {
            self.shown = before;
        } else if let Some(range) = self.shown {
            let half = range.length().0 / 2;
            self.clamp_to(
                TimeRange {
                    start: range.start.plus(Micros(-half)),
                    end: range.end.plus(Micros(half)),
                },
                full,
            );
        }
    }

    /// Zooms by a factor (below 1 is closer) around an instant, within what there is. Not a step of the way back.
    pub fn zoom(&mut self, factor: f64, around: Instant, full: TimeRange) {
        let range = self.range(full);
        let scaled = |at: Instant| {
            let distance = at.since(around).0 as f64 * factor;
            around.plus(Micros(distance.round() as i64))
        };
        self.clamp_to(
            TimeRange {
                start: scaled(range.start),
                end: scaled(range.end),
            },
            full,
        );
    }

    /// Moves the range, stopping at the ends of what there is.
    pub fn pan(&mut self, by: Micros, full: TimeRange) {
        let range = self.range(full);
        let least = full.start.since(range.start).0.min(0);
        let most = full.end.since(range.end).0.max(0);
        let by = Micros(by.0.clamp(least, most));
        self.clamp_to(
            TimeRange {
                start: range.start.plus(by),
                end: range.end.plus(by),
            },
            full,
        );
    }

    fn clamp_to(&mut self, range: TimeRange, full: TimeRange) {
        let inside = TimeRange {
            start: range.start.max(full.start),
            end: range.end.min(full.end),
        };
        if inside == full {
            self.shown = None;
        } else if inside.length().0 >= SHORTEST {
            self.shown = Some(inside);
        }
    }

    fn remember(&mut self) {
        self.back.push(self.shown);
        if self.back.len() > REMEMBERED {
            self.back.remove(0);
        }
    }
}

/// The range that is shown, in words, with the button that gives back what was shown before.
pub fn window_ui(ui: &mut Ui, window: &mut TimeWindow, full: TimeRange, zone: &Zone) {
    ui.horizontal(|ui| {
        let text = time_axis::describe(window.range(full), zone);
        ui.label(theme::icon(icons::CLOCK).color(Tokens::of(ui).muted));
        ui.label(egui::RichText::new(text).size(TEXT_SMALL + 1.0));
        let button = |text: &str| egui::Button::new(text.to_owned()).small();
        if ui
            .add_enabled(window.zoomed(), button("Zoom out"))
            .on_hover_text("Back to the range before (double-click a chart for everything)")
            .clicked()
        {
            window.zoom_out(full);
        }
        if ui
            .add_enabled(window.zoomed(), button("Show all"))
            .clicked()
        {
            window.reset();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(end),
        }
    }

    #[test]
    fn brushing_and_back() {
        let full = range(0, 1_000);
        let mut window = TimeWindow::default();
        assert_eq!(window.range(full), full);
        window.show_range(range(100, 500));
        window.show_range(range(200, 300));
        assert_eq!(window.range(full), range(200, 300));
        window.zoom_out(full);
        assert_eq!(window.range(full), range(100, 500));
        window.zoom_out(full);
        assert_eq!(window.shown, None);
        window.show_range(range(5, 5));
        assert_eq!(window.shown, None, "an empty brush is no brush");
    }

    #[test]
    fn zoom_and_pan_stay_inside() {
        let full = range(0, 1_000);
        let mut window = TimeWindow::default();
        window.zoom(0.5, Instant::from_secs(0), full);
        assert_eq!(window.range(full), range(0, 500));
        window.pan(Micros::from_secs(100), full);
        assert_eq!(window.range(full), range(100, 600));
        window.pan(Micros::from_secs(10_000), full);
        assert_eq!(window.range(full), range(500, 1_000));
        window.zoom(4.0, Instant::from_secs(750), full);
        assert_eq!(window.shown, None);
    }
}
