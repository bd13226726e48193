//! What a screen shows before it has data: what it would show, and the step that gets it there.

use eframe::egui;

use crate::ui::command::Command;
use crate::ui::screens::Cx;
use crate::ui::theme::{self, TEXT_TITLE, space};

/// An empty screen as a beginning.
#[derive(Clone, Debug)]
pub struct EmptyState<'a> {
    icon: &'a str,
    title: &'a str,
    text: &'a str,
    primary: Option<Command>,
    secondary: Vec<Command>,
}

impl<'a> EmptyState<'a> {
    /// With an icon, a specific headline and one sentence about what would be here.
    pub fn new(icon: &'a str, title: &'a str, text: &'a str) -> Self {
        Self {
            icon,
            title,
            text,
            primary: None,
            secondary: Vec::new(),
        }
    }

    /// The step that gets it there.
    #[must_use]
    pub fn primary(mut self, command: Command) -> Self {
        self.primary = Some(command);
        self
    }

    /// Another way.
    #[must_use]
    pub fn secondary(mut self, command: Command) -> Self {
        self.secondary.push(command);
        self
    }

    /// Shows it in the middle of what is left.
    pub fn show(self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let room = ui.available_height();
        ui.vertical_centered(|ui| {
            ui.add_space((room * 0.3 - 60.0).max(space::XL));
            let tokens = theme::Tokens::of(ui);
            ui.label(
                theme::icon(self.icon)
                    .size(TEXT_TITLE * 2.0)
                    .color(tokens.muted),
            );
            ui.add_space(space::S);
            ui.label(theme::title(self.title));
            ui.scope(|ui| {
                ui.set_max_width(520.0);
                ui.label(theme::muted(ui, self.text));
            });
            ui.add_space(space::M);
            if let Some(command) = self.primary {
                cx.primary_button(ui, command);
            }
            for command in self.secondary {
                cx.button(ui, command);
            }
        });
    }
}
