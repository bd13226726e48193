//! Capacity: how much can it take?

use eframe::egui;

use super::Cx;
use crate::ui::theme;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct CapacityView {}

/// Shows the screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.label(theme::title(cx.state.screen.name()));
}
