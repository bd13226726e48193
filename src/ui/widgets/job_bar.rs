//! A running job: its title, how far it is, and a way to stop it. Nothing moves by itself.

use eframe::egui;

use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::state::JobLine;
use crate::ui::theme::{self, CORNER, space};

/// One running job in a line.
#[derive(Clone, Copy, Debug)]
pub struct JobBar<'a> {
    /// The job.
    pub job: &'a JobLine,
    /// Width of the bar itself.
    pub width: f32,
}

impl JobBar<'_> {
    /// Shows it; sends `CancelJob` when it is stopped.
    pub fn show(self, ui: &mut egui::Ui, out: &mut Vec<Command>) {
        let Self { job, width } = self;
        let tokens = theme::Tokens::of(ui);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let percent = job.fraction.map(|f| format!("{:.0} %", f * 100.0));
            ui.label(format!("{}…", job.title));
            let (rect, response) =
                ui.allocate_exact_size(egui::vec2(width, 6.0), egui::Sense::hover());
            let painter = ui.painter();
            painter.rect_filled(rect, CORNER / 2, tokens.hover);
            let mut done = rect;
            done.set_width(rect.width() * job.fraction.unwrap_or(0.0));
            painter.rect_filled(done, CORNER / 2, tokens.accent);
            let said = percent.clone().unwrap_or_else(|| "running".to_owned());
            response.widget_info(|| {
                egui::WidgetInfo::labeled(
                    egui::Role::ProgressIndicator,
                    true,
                    format!("{}: {said}", job.title),
                )
            });
            ui.label(theme::muted(
                ui,
                percent.unwrap_or_else(|| format!("{:.0} s", job.elapsed.as_secs_f32())),
            ));
            let label = format!("Cancel {}", job.title);
            if theme::icon_button(ui, icons::CLOSE, &label).clicked() {
                out.push(Command::CancelJob(job.key.clone()));
            }
        });
    }
}
