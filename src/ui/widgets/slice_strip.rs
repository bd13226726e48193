//! The slices of a period as a calendar: days side by side, hours below each other, each in the colour of its verdict.

use std::collections::BTreeMap;

use eframe::egui::{Color32, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use jiff::civil::Date;

use crate::analysis::sla::{Slice, Verdict};
use crate::calendar::{TimeRange, Zone};
use crate::ui::theme::{TEXT_SMALL, Tokens};
use crate::units::{self, Micros};

/// A calendar of slices.
pub struct SliceStrip<'a> {
    slices: &'a [Slice],
    unit: &'a str,
    zone: &'a Zone,
    name: &'a str,
}

/// Where a slice stands: column of its day, row within it.
struct Cell<'a> {
    slice: &'a Slice,
    column: usize,
    row: usize,
}

impl<'a> SliceStrip<'a> {
    /// Slices in order of time; the name says of what.
    pub const fn new(slices: &'a [Slice], unit: &'a str, zone: &'a Zone, name: &'a str) -> Self {
        Self {
            slices,
            unit,
            zone,
            name,
        }
    }

    /// What it shows, in words.
    pub fn sentence(&self) -> String {
        let count = |verdict: Verdict| self.slices.iter().filter(|s| s.verdict == verdict).count();
        let measured = self.slices.len() - count(Verdict::NoData);
        let word = self.word(measured);
        let mut text = format!(
            "{}: {} of {measured} {word} held",
            self.name,
            count(Verdict::Met)
        );
        for (verdict, what) in [
            (Verdict::Breached, "did not"),
            (Verdict::NotProven, "not proven"),
            (Verdict::NoData, "without data"),
        ] {
            if count(verdict) > 0 {
                text.push_str(&format!(", {} {what}", count(verdict)));
            }
        }
        text
    }

    /// What a slice is called.
    fn word(&self, n: usize) -> &'static str {
        let hours = self
            .slices
            .first()
            .is_some_and(|s| s.range.length() <= Micros::HOUR);
        let days = self
            .slices
            .first()
            .is_some_and(|s| s.range.length().0 <= 25 * Micros::HOUR.0);
        match (hours, days, n == 1) {
            (true, _, true) => "hour",
            (true, _, false) => "hours",
            (_, true, true) => "day",
            (_, true, false) => "days",
            (_, _, true) => "slice",
            _ => "slices",
        }
    }

    /// Draws it as wide as there is room; the slice that was clicked.
    pub fn show(self, ui: &mut Ui) -> Option<TimeRange> {
        let mut days: BTreeMap<Date, usize> = BTreeMap::new();
        let mut cells: Vec<Cell<'_>> = Vec::new();
        let mut rows: BTreeMap<Date, usize> = BTreeMap::new();
        for slice in self.slices {
            let date = slice.range.start.date(self.zone);
            let next = days.len();
            let column = *days.entry(date).or_insert(next);
            let row = rows.entry(date).or_default();
            cells.push(Cell {
                slice,
                column,
                row: *row,
            });
            *row += 1;
        }
        let tall = rows.values().copied().max().unwrap_or(1);
        let columns = days.len().max(1);
        let width = (ui.available_width() / columns as f32).clamp(2.0, 28.0);
        let height = if tall == 1 {
            24.0
        } else {
            (140.0 / tall as f32).clamp(3.0, 12.0)
        };
        let size = vec2(width * columns as f32, height * tall as f32 + 16.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let sentence = self.sentence();
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
        if !ui.is_rect_visible(rect) {
            return None;
        }
        let tokens = Tokens::of(ui);
        let place = |cell: &Cell<'_>| {
            Rect::from_min_size(
                pos2(
                    rect.left() + width * cell.column as f32,
                    rect.top() + height * cell.row as f32,
                ),
                vec2((width - 1.0).max(1.0), (height - 1.0).max(1.0)),
            )
        };
        for cell in &cells {
            let color = match cell.slice.verdict {
                Verdict::Met => tokens.good.gamma_multiply(0.45),
                Verdict::Breached => tokens.bad,
                Verdict::NotProven => tokens.caution.gamma_multiply(0.75),
                Verdict::NoData => tokens.hover,
            };
            ui.painter().rect_filled(place(cell), 1.0, color);
        }
        dates_ui(ui, rect, &days, width, tokens.muted);
        let over = response
            .hover_pos()
            .and_then(|p| cells.iter().find(|c| place(c).expand(0.5).contains(p)));
        if let Some(cell) = over {
            ui.painter().rect_stroke(
                place(cell),
                1.0,
                Stroke::new(1.5, tokens.text),
                eframe::egui::StrokeKind::Outside,
            );
            let text = self.slice_text(cell.slice);
            let response = response.on_hover_ui_at_pointer(|ui| {
                ui.push_id(Id::unique("slice"), |ui| ui.label(text));
            });
            return response.clicked().then_some(cell.slice.range);
        }
        None
    }

    fn slice_text(&self, slice: &Slice) -> String {
        let mut text = when(slice.range, self.zone);
        text.push_str(&format!("\n{}", slice.verdict.word()));
        if let Some(value) = slice.achieved {
            text.push_str(&format!(": {}", units::with_unit(value, self.unit)));
        }
        text.push_str(&format!("\n{} samples", units::count(slice.n)));
        if slice.bad > 0 {
            text.push_str(&format!(", {} bad", units::count(slice.bad)));
        }
        if let (Some(low), Some(high)) = (slice.low, slice.high) {
            text.push_str(&format!(
                "\n95 % interval {} to {}",
                units::with_unit(low, self.unit),
                units::with_unit(high, self.unit)
            ));
        }
        if slice.low_sample {
            text.push_str("\nlow sample: one request more or less decides it");
        }
        text
    }
}

/// Day numbers below, as many as fit; the month where it begins.
fn dates_ui(ui: &Ui, rect: Rect, days: &BTreeMap<Date, usize>, width: f32, color: Color32) {
    let every = (22.0 / width).ceil().max(1.0) as usize;
    let font = eframe::egui::FontId::proportional(TEXT_SMALL - 1.0);
    for (date, column) in days {
        if !column.is_multiple_of(every) {
            continue;
        }
        let text = if *column == 0 && width * every as f32 > 40.0 {
            date.strftime("%-d %b").to_string()
        } else {
            date.day().to_string()
        };
        ui.painter().text(
            pos2(rect.left() + width * (*column as f32 + 0.5), rect.bottom()),
            eframe::egui::Align2::CENTER_BOTTOM,
            text,
            font.clone(),
            color,
        );
    }
}

/// A slice in words: its day, or its day and hours.
pub fn when(range: TimeRange, zone: &Zone) -> String {
    if range.length().0 >= 23 * Micros::HOUR.0 {
        range.start.format(zone, "%a %-d %B %Y")
    } else {
        format!(
            "{} to {}",
            range.start.format(zone, "%a %-d %B %Y %H:%M"),
            range.end.format(zone, "%H:%M")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;

    #[test]
    fn says_how_many_days_held() {
        let utc = Zone::utc();
        let june = Period::parse("2026-06").unwrap().range(&utc);
        let slices: Vec<Slice> = utc
            .days(june)
            .into_iter()
            .enumerate()
            .map(|(i, (_, range))| Slice {
                range,
                achieved: Some(180.0),
                n: 1_000,
                bad: 0,
                verdict: if i < 3 {
                    Verdict::Breached
                } else {
                    Verdict::Met
                },
                low: None,
                high: None,
                low_sample: false,
            })
            .collect();
        let strip = SliceStrip::new(&slices, "ms", &utc, "P95 latency");
        assert_eq!(
            strip.sentence(),
            "P95 latency: 27 of 30 days held, 3 did not"
        );
        assert_eq!(when(slices[0].range, &utc), "Mon 1 June 2026");
    }
}
