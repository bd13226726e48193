//! The menu of periods in the bar on top: months, quarters and years, those of the fiscal year where the project has
//! one, rolling windows, and a field for any other.

use eframe::egui;
use eframe::egui::RichText;

use super::chrome::named;
use super::command::Command;
use super::icons;
use super::state::AppState;
use super::theme::{self, Tokens, space};
use crate::calendar::{Instant, Period, Zone};

/// Rolling windows offered without typing, in days.
const ROLLING_DAYS: [u16; 3] = [28, 30, 90];

/// Shows the button with its menu.
pub fn show_ui(ui: &mut egui::Ui, state: &AppState, typed: &mut String, out: &mut Vec<Command>) {
    let text = format!(
        "{}  {}  {}",
        icons::CALENDAR,
        short_title(state.period, &state.zone),
        icons::DOWN
    );
    let response = ui.menu_button(text, |ui| {
        ui.set_min_width(360.0);
        let mut chosen = None;
        ui.columns(3, |columns| {
            if let [months, quarters, years] = columns {
                lists_ui(months, quarters, years, state, &mut chosen);
            }
        });
        ui.separator();
        let entered = field_ui(ui, state, typed);
        if let Some(period) = entered.or(chosen) {
            out.push(Command::SetPeriod(period));
            ui.close();
        }
    });
    named(&response.response, "Period", true);
    let range = state.period.range(&state.zone);
    response.response.on_hover_text(format!(
        "{} to {}, {}",
        range.start.format(&state.zone, "%Y-%m-%d"),
        range.end.format(&state.zone, "%Y-%m-%d %H:%M"),
        state.zone.name()
    ));
}

/// As short as the bar needs it; the sentence is on the screens.
fn short_title(period: Period, zone: &Zone) -> String {
    match period {
        Period::FiscalQuarter { .. } | Period::FiscalYear { .. } => period.to_string(),
        Period::Rolling {
            days,
            end: Some(end),
        } => {
            let last = Instant(end.0 - 1).format(zone, "%-d %b %Y");
            format!("{days} d to {last}")
        }
        _ => period.title(),
    }
}

fn lists_ui(
    months: &mut egui::Ui,
    quarters: &mut egui::Ui,
    years: &mut egui::Ui,
    state: &AppState,
    picked: &mut Option<Period>,
) {
    let mut choose = |ui: &mut egui::Ui, period: Period, label: String| {
        let shown = state.asked(period);
        let response = ui.selectable_label(state.period == shown, label);
        if response.on_hover_text(shown.title()).clicked() {
            *picked = Some(period);
        }
    };
    let zone = &state.zone;
    let at = state.period.range(zone).start;
    let end = state.dataset.span().map_or(state.now, |span| span.end);
    months.label(theme::strong("Month"));
    for back in 0..13 {
        let month = Period::month_of(end, zone).step(-back);
        choose(months, month, month.title());
    }
    quarters.label(theme::strong("Quarter"));
    for back in 0..5 {
        let quarter = Period::quarter_of(end, zone).step(-back);
        choose(quarters, quarter, quarter.title());
    }
    years.label(theme::strong("Year"));
    let last = end.date(zone).year();
    for year in (last - 2..=last).rev() {
        choose(years, Period::Year(year), year.to_string());
    }
    if let Some(start) = state.doc.fiscal_start {
        quarters.add_space(space::S);
        quarters.label(theme::muted(quarters, "Fiscal").small());
        for back in 0..5 {
            let quarter = Period::fiscal_quarter_of(end, zone, start).step(-back);
            choose(quarters, quarter, quarter.to_string());
        }
        for back in 0..2 {
            let year = Period::fiscal_year_of(end, zone, start).step(-back);
            choose(years, year, year.to_string());
        }
    }
    years.add_space(space::S);
    years.label(theme::muted(years, "Up to now").small());
    for days in ROLLING_DAYS {
        choose(
            years,
            Period::Rolling { days, end: None },
            format!("{days} days"),
        );
    }
    years.add_space(space::S);
    years.label(theme::muted(years, "Here").small());
    let date = at.date(zone);
    for period in [
        Period::month_of(at, zone),
        Period::Week(monday_of(date)),
        Period::Day(date),
    ] {
        choose(years, period, period.title());
    }
}

/// A field for any period; what was entered, once it can be read.
fn field_ui(ui: &mut egui::Ui, state: &AppState, typed: &mut String) -> Option<Period> {
    let field = ui.add(
        egui::TextEdit::singleline(typed)
            .hint_text("Another, such as 2026-W25 or FY2026-Q2")
            .desired_width(f32::INFINITY),
    );
    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Another period"));
    if typed.trim().is_empty() {
        return None;
    }
    let Ok(period) = Period::parse(typed) else {
        let tokens = Tokens::of(ui);
        ui.label(RichText::new("Not a period yet").color(tokens.caution));
        return None;
    };
    ui.label(theme::muted(ui, state.asked(period).title()).small());
    let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    if entered {
        typed.clear();
    }
    entered.then_some(period)
}

fn monday_of(date: jiff::civil::Date) -> jiff::civil::Date {
    let back = i32::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::Span::new().days(back))
        .unwrap_or(date)
}
