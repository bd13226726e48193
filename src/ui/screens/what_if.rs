//! What if: what would happen if?

use eframe::egui;

use super::Cx;
use crate::ui::theme;

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct WhatIfView {}

/// Shows the screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.label(theme::title(cx.state.screen.name()));
}
