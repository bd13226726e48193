//! Traces below a run: which service the time goes to, and what callers waited for in the slowest requests.

use eframe::egui::{Align2, Color32, FontId, Rect, Sense, Ui, pos2, vec2};

use super::parts::{note_ui, section_ui};
use crate::dataset::TraceSummary;
use crate::dataset::trace::{ServiceTime, SlowTrace};
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::{DataTable, TableColumn};
use crate::units::{self, Micros};

/// Slow traces that are drawn.
const DRAWN: usize = 5;
/// Height of the bar of a critical path.
const BAR: f32 = 26.0;

fn time(ns: i64) -> String {
    units::duration(Micros(ns / 1_000))
}

/// Shows the traces of a source.
pub(super) fn traces_ui(ui: &mut Ui, traces: &TraceSummary, state: &AppState) {
    section_ui(ui, "What callers waited for, by service");
    if let Some(first) = traces.services.first() {
        note_ui(
            ui,
            &format!(
                "{} of the waiting is for {}: {} requests, {} spans. Work beside the critical path delays nobody",
                units::percent_of(first.share),
                first.service,
                units::count(traces.traces),
                units::count(traces.spans)
            ),
        );
    }
    DataTable::new("trace-services", &traces.services)
        .version(state.data_revision)
        .max_height(220.0)
        .column(
            TableColumn::text("Service", |s: &ServiceTime| s.service.clone())
                .strong()
                .rest()
                .width(120.0),
        )
        .column(
            TableColumn::number(
                "Share of waiting",
                |s: &ServiceTime| Some(s.share),
                units::percent_of,
            )
            .width(120.0),
        )
        .column(
            TableColumn::number(
                "Waited for s",
                |s: &ServiceTime| Some(s.critical_secs),
                units::number,
            )
            .width(100.0),
        )
        .column(
            TableColumn::number(
                "Own work s",
                |s: &ServiceTime| Some(s.self_secs),
                units::number,
            )
            .width(90.0),
        )
        .column(
            TableColumn::number(
                "Spans",
                |s: &ServiceTime| Some(s.spans as f64),
                |n| units::count(n as u64),
            )
            .width(80.0),
        )
        .column(
            TableColumn::number(
                "Failed",
                |s: &ServiceTime| Some(s.errors as f64),
                |n| units::count(n as u64),
            )
            .width(70.0),
        )
        .show(ui);
    ui.add_space(space::M);
    section_ui(ui, "Critical paths of the slowest requests");
    let order: Vec<&str> = traces.services.iter().map(|s| s.service.as_str()).collect();
    for slow in traces.slowest.iter().take(DRAWN) {
        slow_ui(ui, slow, &order, state);
    }
    ui.add_space(space::M);
}

fn slow_ui(ui: &mut Ui, slow: &SlowTrace, order: &[&str], state: &AppState) {
    let errors = match slow.errors {
        0 => String::new(),
        n => format!(", {} failed", units::count(n)),
    };
    ui.label(format!(
        "{} took {} at {} ({} spans{errors})",
        slow.root,
        time(slow.duration_ns),
        slow.start.format(&state.zone, "%-d %b %H:%M:%S"),
        units::count(slow.spans)
    ))
    .on_hover_text(format!("Trace {}", slow.trace_id));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    let tokens = Tokens::of(ui);
    let scale = rect.width() / slow.duration_ns.max(1) as f32;
    let pointer = response.hover_pos();
    for step in &slow.critical_path {
        let left = rect.left() + step.offset_ns as f32 * scale;
        let bar = Rect::from_min_size(
            pos2(left, rect.top()),
            vec2((step.length_ns as f32 * scale).max(1.0), BAR - 6.0),
        );
        let index = order.iter().position(|s| *s == step.service).unwrap_or(0);
        let color = tokens.series_color(index);
        ui.painter()
            .rect_filled(bar.shrink2(vec2(0.5, 0.0)), 2, color);
        let text = format!("{} {}", step.service, time(step.length_ns));
        let font = FontId::proportional(theme::TEXT_SMALL);
        let ink = ink_on(color);
        let galley = ui.painter().layout_no_wrap(text, font.clone(), ink);
        if galley.size().x + 8.0 < bar.width() {
            let at =
                Align2::LEFT_CENTER.anchor_size(bar.left_center() + vec2(4.0, 0.0), galley.size());
            ui.painter().galley(at.min, galley, ink);
        }
        if pointer.is_some_and(|p| bar.contains(p)) {
            let text = format!(
                "{}: {}\n{}",
                step.service,
                step.operation,
                time(step.length_ns)
            );
            response.clone().on_hover_text(text);
        }
    }
    let spoken: Vec<String> = slow
        .critical_path
        .iter()
        .map(|s| format!("{} {}", s.service, time(s.length_ns)))
        .collect();
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(
            eframe::egui::Role::Image,
            true,
            format!("Critical path: {}", spoken.join(", ")),
        )
    });
    ui.add_space(space::S);
}

/// Black or white, whichever reads better on a colour.
fn ink_on(color: Color32) -> Color32 {
    let luma =
        0.299 * f32::from(color.r()) + 0.587 * f32::from(color.g()) + 0.114 * f32::from(color.b());
    if luma > 140.0 {
        Color32::BLACK
    } else {
        Color32::WHITE
    }
}
