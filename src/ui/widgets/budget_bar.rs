//! How much of an error budget is left: a bar and the share in words. An overdrawn budget is never shown as zero.

use eframe::egui;
use eframe::egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::analysis::sla::ErrorBudget;
use crate::ui::theme::{Tokens, space};
use crate::units::{self, Micros};

/// A budget as a bar.
#[derive(Debug)]
pub struct BudgetBar<'a> {
    budget: &'a ErrorBudget,
}

/// An amount of a budget in its unit.
pub fn amount(value: f64, unit: &str) -> String {
    match unit {
        "secs" => units::duration(Micros((value * 1e6).round() as i64)),
        "slices" => units::number(value),
        _ => format!("{} {unit}", units::number(value)),
    }
}

/// The share of a budget that is left, rounded to the worse side: `31 %`, `−12 %`.
pub fn left_text(budget: &ErrorBudget) -> String {
    let percent = budget.remaining_percent;
    if percent > 0.0 && percent < 1.0 {
        return "<1 %".to_owned();
    }
    if percent < -999.0 {
        return "overdrawn".to_owned();
    }
    format!("{} %", units::grouped(percent.floor(), 0))
}

impl<'a> BudgetBar<'a> {
    /// A bar for a budget.
    pub const fn new(budget: &'a ErrorBudget) -> Self {
        Self { budget }
    }

    /// What it shows, in words.
    pub fn sentence(&self) -> String {
        let budget = self.budget;
        if budget.remaining < 0.0 {
            format!(
                "Error budget overdrawn by {} of {}",
                amount(-budget.remaining, &budget.unit),
                amount(budget.total, &budget.unit)
            )
        } else {
            format!(
                "{} of {} left in the error budget",
                amount(budget.remaining, &budget.unit),
                amount(budget.total, &budget.unit)
            )
        }
    }

    /// Draws it: 72 points of bar, then the share that is left.
    pub fn show(self, ui: &mut Ui) -> Response {
        let sentence = self.sentence();
        let tokens = Tokens::of(ui);
        let left = self.budget.remaining_percent / 100.0;
        let color = if left < 0.0 {
            tokens.bad
        } else if left < 0.25 {
            tokens.caution
        } else {
            tokens.good
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.spacing_mut().interact_size.y = 0.0;
            let (rect, response) = ui.allocate_exact_size(vec2(64.0, 8.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, tokens.border);
            let share = if left < 0.0 { 1.0 } else { left.min(1.0) } as f32;
            let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
            ui.painter().rect_filled(filled, 2.0, color);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
            let word = ui.add(
                egui::Label::new(
                    egui::RichText::new(left_text(self.budget)).color(if left < 0.0 {
                        tokens.bad
                    } else {
                        tokens.text
                    }),
                )
                .selectable(false),
            );
            response.union(word)
        })
        .inner
        .on_hover_text(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overdrawn_is_said() {
        let mut budget = ErrorBudget {
            unit: "secs".to_owned(),
            total: 2_592.0,
            used: 1_788.0,
            remaining: 804.0,
            remaining_percent: 31.0,
            ..ErrorBudget::default()
        };
        assert_eq!(
            BudgetBar::new(&budget).sentence(),
            "13 min 24 s of 43 min 12 s left in the error budget"
        );
        assert_eq!(left_text(&budget), "31 %".to_owned());
        budget.remaining = -300.0;
        budget.remaining_percent = -11.6;
        assert_eq!(left_text(&budget), "−12 %");
        assert!(
            BudgetBar::new(&budget)
                .sentence()
                .contains("overdrawn by 5 min")
        );
    }
}
