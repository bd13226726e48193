//! What leaves a chart: its values as a table on the screen or as CSV on the clipboard, and its picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use eframe::egui::{ColorImage, Context, Id, Pos2, Rect, Ui, vec2};

use super::chart_parts::{PlotLine, XAxis, with_unit_header};
use super::{DataTable, TableColumn};
use crate::units;

/// A table on the screen holds at most this many rows.
const MAX_ROWS: usize = 10_000;

/// One row: an x and the value of each line there.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartRow {
    /// Seconds, or whatever runs from left to right.
    pub x: f64,
    /// One entry a line.
    pub values: Vec<Option<f64>>,
}

/// The values shown in a window, lines beside each other; at most `limit` rows.
pub fn rows(lines: &[PlotLine<'_>], from: f64, to: f64, limit: usize) -> Vec<ChartRow> {
    // Rising floats order as their bits do once the sign is turned.
    let order = |x: f64| {
        let bits = x.to_bits() as i64;
        bits ^ (((bits >> 63) as u64) >> 1) as i64
    };
    let mut found: BTreeMap<i64, ChartRow> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        for (x, y) in line.data.points(from, to).take(limit) {
            let row = found.entry(order(x)).or_insert_with(|| ChartRow {
                x,
                values: vec![None; lines.len()],
            });
            if let Some(slot) = row.values.get_mut(index) {
                *slot = Some(y);
            }
        }
    }
    found.into_values().take(limit).collect()
}

/// The values shown in a window as CSV: all of them, in full precision, times in RFC 3339.
pub fn csv(lines: &[PlotLine<'_>], x: XAxis<'_>, unit: &str, from: f64, to: f64) -> String {
    let quoted = |text: String| {
        if text.contains([',', '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let mut text = quoted(x.header());
    for line in lines {
        text.push(',');
        text.push_str(&quoted(with_unit_header(&line.name, unit)));
    }
    text.push('\n');
    for row in rows(lines, from, to, usize::MAX) {
        text.push_str(&x.export(row.x));
        for value in row.values {
            text.push(',');
            if let Some(value) = value {
                write!(text, "{value}").ok();
            }
        }
        text.push('\n');
    }
    text
}

/// The rows of a chart, kept while the same lines show the same window.
#[derive(Clone, Debug, Default)]
pub struct KeptRows {
    key: Vec<u64>,
    rows: Arc<Vec<ChartRow>>,
}

impl KeptRows {
    /// Computes the rows anew if anything changed.
    pub fn update(&mut self, lines: &[PlotLine<'_>], from: f64, to: f64) -> Arc<Vec<ChartRow>> {
        let mut key = vec![from.to_bits(), to.to_bits()];
        for line in lines {
            key.push(std::ptr::from_ref(line.data).addr() as u64);
            key.push(line.data.len() as u64);
        }
        if key != self.key {
            self.rows = Arc::new(rows(lines, from, to, MAX_ROWS));
            self.key = key;
        }
        Arc::clone(&self.rows)
    }
}

/// Shows the values of a chart as a table.
pub fn table_ui(
    ui: &mut Ui,
    id: Id,
    rows: &[ChartRow],
    (names, unit): (&[String], &str),
    x: XAxis<'_>,
    height: f32,
) {
    let (from, to) = rows
        .first()
        .zip(rows.last())
        .map_or((0.0, 1.0), |(a, b)| (a.x, b.x));
    let mut table = DataTable::new((id, "values"), rows)
        .max_height(height)
        .row_height(22.0)
        .column(
            TableColumn::text(x.header(), move |row: &ChartRow| x.readout(row.x, from, to))
                .sorted_by(|row| Some(row.x))
                .width(170.0),
        );
    for (index, name) in names.iter().enumerate() {
        table = table.column(
            TableColumn::number(
                with_unit_header(name, unit),
                move |row: &ChartRow| row.values.get(index).copied().flatten(),
                units::number,
            )
            .width(110.0),
        );
    }
    table.show(ui);
    if rows.len() >= MAX_ROWS {
        ui.weak(format!(
            "The first {} rows; copy as CSV for all of them",
            units::count(MAX_ROWS as u64)
        ));
    }
}

/// Copies what is on the screen inside a rectangle, one frame later, when the menu that asked for it has gone.
pub fn copy_image(ctx: &Context, rect: Rect) {
    ctx.data_mut(|d| d.insert_temp(Id::unique("chart-image"), Some(rect)));
    ctx.request_repaint();
}

/// Takes the picture that was asked for in the frame before. Called once a frame by every chart; the first one does it.
pub fn take_image(ctx: &Context) {
    let asked = Id::unique("chart-image");
    let Some(rect) = ctx.data(|d| d.get_temp::<Option<Rect>>(asked)).flatten() else {
        return;
    };
    ctx.data_mut(|d| d.insert_temp(asked, None::<Rect>));
    let scale = ctx.pixels_per_point();
    let back = ctx.clone();
    ctx.request_screenshot(move |image: Arc<ColorImage>| {
        let [width, height] = image.size;
        let all = Rect::from_min_size(
            Pos2::ZERO,
            vec2(width as f32 / scale, height as f32 / scale),
        );
        let inside = rect.intersect(all);
        if inside.is_positive() {
            back.copy_image(image.region(&inside, Some(scale)));
        }
        back.request_repaint();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Zone;
    use crate::ui::widgets::LineData;
    use crate::ui::widgets::chart_parts::LineKind;
    use eframe::egui::Color32;

    #[test]
    fn lines_stand_beside_each_other() {
        let a = LineData::new(vec![-1.0, 0.0, 60.0], vec![9.0, 1.0, 2.5], f64::INFINITY);
        let b = LineData::new(vec![60.0, 120.0], vec![7.0, 8.0], f64::INFINITY);
        let line = |name: &str, data| PlotLine {
            name: name.to_owned(),
            data,
            color: Color32::RED,
            kind: LineKind::Subject,
        };
        let lines = [line("P50", &a), line("P95, all", &b)];
        let utc = Zone::utc();
        assert_eq!(
            csv(&lines, XAxis::Time(&utc), "ms", -1.0, 120.0),
            "Time,P50 (ms),\"P95, all (ms)\"\n\
             1969-12-31T23:59:59Z,9,\n\
             1970-01-01T00:00:00Z,1,\n\
             1970-01-01T00:01:00Z,2.5,7\n\
             1970-01-01T00:02:00Z,,8\n"
        );
        assert_eq!(rows(&lines, -1.0, 120.0, 2).len(), 2);
    }
}
