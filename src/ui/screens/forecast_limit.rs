//! The limit of the selected series: its value and its lead time, set, changed and removed.

use eframe::egui::{self, DragValue, Ui};

use super::Cx;
use super::forecast::Row;
use crate::project::{CapacityLimit, LimitValue};
use crate::ui::widgets::chart_parts::reading;

/// A limit as it was set.
pub(super) fn limit_text(limit: &LimitValue, unit: &str) -> String {
    match limit {
        LimitValue::Value(v) => reading(*v, unit),
        LimitValue::Percent(p) => reading(*p, "%"),
    }
}

pub(super) fn limit_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    row: &Row,
    limit: &CapacityLimit,
    read_only: bool,
) {
    let (mut value, percent) = match limit.limit {
        LimitValue::Value(v) => (v, false),
        LimitValue::Percent(v) => (v, true),
    };
    let suffix = if percent {
        " %".to_owned()
    } else if row.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", row.unit)
    };
    let speed = (value.abs() / 200.0).max(0.01);
    let word = ui.label("Limit");
    let field = ui
        .add_enabled(
            !read_only,
            DragValue::new(&mut value)
                .update_while_editing(false)
                .speed(speed)
                .suffix(suffix)
                .max_decimals(2),
        )
        .labelled_by(word.id);
    if field.changed() {
        set_limit(
            cx,
            row,
            if percent {
                LimitValue::Percent(value)
            } else {
                LimitValue::Value(value)
            },
        );
    }
    let mut lead = limit.lead_time_days;
    let word = ui.label("Lead time");
    let field = ui
        .add_enabled(
            !read_only,
            DragValue::new(&mut lead)
                .update_while_editing(false)
                .range(0..=730)
                .suffix(" days"),
        )
        .labelled_by(word.id);
    if field.changed() {
        let series = row.name.clone();
        cx.edit(
            format!("change lead time of {series} to {lead} days"),
            move |doc| {
                if let Some(limit) = doc.limits.iter_mut().find(|l| l.series == series) {
                    limit.lead_time_days = lead;
                }
            },
        );
    }
    let remove = ui.add_enabled(!read_only, egui::Button::new("Remove limit"));
    if remove.clicked() {
        let series = row.name.clone();
        cx.edit(format!("remove the limit of {series}"), move |doc| {
            doc.limits.retain(|l| l.series != series);
        });
    }
}

pub(super) fn set_limit(cx: &mut Cx<'_>, row: &Row, limit: LimitValue) {
    let series = row.name.clone();
    let name = format!(
        "change limit of {series} to {}",
        limit_text(&limit, &row.unit)
    );
    cx.edit(name, move |doc| {
        if let Some(existing) = doc.limits.iter_mut().find(|l| l.series == series) {
            existing.limit = limit.clone();
        }
    });
}

/// A series in percent is limited at 80 %; any other a fifth above the highest value it had.
pub(super) fn set_new_limit(cx: &mut Cx<'_>, row: &Row) {
    let highest = cx
        .state
        .results
        .forecast("forecast")
        .value
        .as_ref()
        .and_then(|f| f.history.iter().map(|p| p.1).reduce(f64::max));
    let limit = if row.unit == "%" {
        LimitValue::Percent(80.0)
    } else {
        let power = |v: f64| 10_f64.powf(v.abs().max(1e-9).log10().floor() - 1.0);
        let raw = highest.unwrap_or(1.0) * 1.2;
        LimitValue::Value((raw / power(raw)).round() * power(raw))
    };
    let entry = CapacityLimit {
        series: row.name.clone(),
        limit,
        lead_time_days: 14,
        ..CapacityLimit::default()
    };
    cx.edit(format!("set a limit on {}", row.name), move |doc| {
        doc.limits.push(entry.clone());
    });
}
