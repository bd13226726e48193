//! Thirteen months at a glance: one bar a month, as high as the value reached, in the colour of its verdict.

use eframe::egui;
use eframe::egui::{Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::analysis::sla::{SubPeriod, Verdict};
use crate::ui::theme::Tokens;
use crate::units::{self, Direction};

/// A row of small bars.
#[derive(Debug)]
pub struct Sparkline<'a> {
    periods: &'a [SubPeriod],
    unit: &'a str,
    direction: Direction,
    size: Vec2,
}

impl<'a> Sparkline<'a> {
    /// From periods in order of time.
    pub const fn new(periods: &'a [SubPeriod], unit: &'a str, direction: Direction) -> Self {
        Self {
            periods,
            unit,
            direction,
            size: vec2(104.0, 20.0),
        }
    }

    /// What it shows, in words.
    pub fn sentence(&self) -> String {
        if self.periods.is_empty() {
            return "No earlier months".to_owned();
        }
        let count = |verdict: Verdict| self.periods.iter().filter(|p| p.verdict == verdict).count();
        let mut parts = Vec::new();
        for (verdict, n) in [
            (Verdict::Met, count(Verdict::Met)),
            (Verdict::Breached, count(Verdict::Breached)),
            (Verdict::NotProven, count(Verdict::NotProven)),
            (Verdict::NoData, count(Verdict::NoData)),
        ] {
            if n > 0 {
                parts.push(format!("{n} {}", verdict.word()));
            }
        }
        let months = if self.periods.len() == 1 {
            "1 month".to_owned()
        } else {
            format!("{} months", self.periods.len())
        };
        format!("{months}: {}", parts.join(", "))
    }

    /// How much of its height a bar takes: the worst value reached is short, the best is full.
    fn share(&self, value: f64, low: f64, high: f64) -> f32 {
        if high <= low {
            return 0.7;
        }
        let up = ((value - low) / (high - low)) as f32;
        0.25 + 0.75
            * match self.direction {
                Direction::AtLeast => up,
                Direction::AtMost => 1.0 - up,
            }
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        let sentence = self.sentence();
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
        if !ui.is_rect_visible(rect) || self.periods.is_empty() {
            return response;
        }
        let tokens = Tokens::of(ui);
        let step = self.size.x / self.periods.len().max(13) as f32;
        let (low, high) = self
            .periods
            .iter()
            .filter_map(|p| p.achieved.filter(|v| v.is_finite()))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            });
        let offset = self.size.x - step * self.periods.len() as f32;
        for (i, period) in self.periods.iter().enumerate() {
            let left = rect.left() + offset + step * i as f32;
            let share = period
                .achieved
                .map_or(0.12, |value| self.share(value, low, high));
            let latest = i + 1 == self.periods.len();
            let color = match period.verdict {
                Verdict::Met if !latest => tokens.context,
                verdict => tokens.verdict(verdict),
            };
            let bar = Rect::from_min_max(
                pos2(left, rect.bottom() - share * rect.height()),
                pos2(left + (step - 2.0).max(1.0), rect.bottom()),
            );
            ui.painter().rect_filled(bar, 1.0, color);
        }
        response.on_hover_ui(|ui| self.details_ui(ui, &sentence))
    }

    fn details_ui(&self, ui: &mut Ui, sentence: &str) {
        ui.label(sentence);
        egui::Grid::new("sparkline-months")
            .num_columns(3)
            .show(ui, |ui| {
                for period in self.periods {
                    ui.label(&period.name);
                    ui.label(
                        period
                            .achieved
                            .map_or_else(|| "–".to_owned(), |v| achieved(v, self.unit)),
                    );
                    ui.label(period.verdict.word());
                    ui.end_row();
                }
            });
    }
}

/// A value reached, as tables print it.
fn achieved(value: f64, unit: &str) -> String {
    if unit == "%" {
        format!("{} %", units::grouped(value, 2))
    } else {
        units::with_unit(value, unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_it_shows() {
        let month = |verdict| SubPeriod {
            name: "2026-05".to_owned(),
            verdict,
            achieved: Some(99.9),
        };
        let months = [
            month(Verdict::Met),
            month(Verdict::Met),
            month(Verdict::Breached),
        ];
        let spark = Sparkline::new(&months, "%", Direction::AtLeast);
        assert_eq!(spark.sentence(), "3 months: 2 met, 1 breached");
        let none = Sparkline::new(&[], "%", Direction::AtLeast);
        assert_eq!(none.sentence(), "No earlier months");
    }
}
