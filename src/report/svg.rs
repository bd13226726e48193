//! Charts as SVG pictures, drawn from the same description as the native ones.

use super::chart::{ChartKind, ChartSeries, ChartSpec, ColumnRef, Role, colour};
use super::html::escape;
use super::model::{Cell, Report, verdict_colour};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 58.0;

struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let share =
            (value.clamp(self.low, self.high) - self.low) / (self.high - self.low).max(1e-12);
        self.from + share * (self.to - self.from)
    }
}

/// The values of a column, `None` where a cell holds no number.
fn column(report: &Report, reference: &ColumnRef) -> Vec<Option<f64>> {
    cells(report, reference)
        .into_iter()
        .map(|cell| match cell {
            Cell::Time(at) => Some(at.as_secs()),
            Cell::Day(date) => Some(report.zone.start_of_day(*date).as_secs()),
            other => other.as_number(),
        })
        .collect()
}

fn cells<'a>(report: &'a Report, reference: &ColumnRef) -> Vec<&'a Cell> {
    let Some(table) = report.table(&reference.table) else {
        return Vec::new();
    };
    let (skip, take) = reference.rows.unwrap_or((0, table.rows.len()));
    table
        .rows
        .iter()
        .skip(skip)
        .take(take)
        .filter_map(|row| row.get(reference.column))
        .collect()
}

/// The picture of a chart.
pub fn render(report: &Report, spec: &ChartSpec) -> String {
    let accent = report.look.accent;
    let columns: Vec<(&ChartSeries, Vec<Option<f64>>)> = spec
        .series
        .iter()
        .map(|s| (s, column(report, &s.values)))
        .collect();
    let n = columns.iter().map(|(_, v)| v.len()).max().unwrap_or(0);
    let labelled = cells(report, &spec.x);
    let numeric = column(report, &spec.x);
    let by_number =
        spec.kind != ChartKind::Column && numeric.iter().filter(|v| v.is_some()).count() > 1;
    let known: Vec<f64> = numeric.iter().flatten().copied().collect();
    let x_scale = if by_number {
        Scale {
            low: if spec.kind == ChartKind::Curve {
                0.0
            } else {
                min(&known)
            },
            high: max(&known),
            from: LEFT,
            to: WIDTH - RIGHT,
        }
    } else {
        Scale {
            low: -0.5,
            high: n as f64 - 0.5,
            from: LEFT,
            to: WIDTH - RIGHT,
        }
    };
    let x_at = |index: usize| {
        if by_number {
            numeric.get(index).copied().flatten().map(|v| x_scale.at(v))
        } else {
            Some(x_scale.at(index as f64))
        }
    };
    let heights = stacked(&columns);
    let all: Vec<f64> = columns
        .iter()
        .zip(&heights)
        .flat_map(|((_, own), top)| top.as_ref().unwrap_or(own).iter().flatten().copied())
        .collect();
    let y_scale = Scale {
        low: spec.y_min.unwrap_or_else(|| min(&all).min(0.0)),
        high: spec.y_max.unwrap_or_else(|| nice(max(&all))),
        from: HEIGHT - BOTTOM,
        to: TOP,
    };
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"Arial,sans-serif\" font-size=\"10.5\" fill=\"#444c56\" role=\"img\" aria-label=\"{}\"><title>{}</title>",
        escape(&spec.alt),
        escape(&spec.title)
    );
    grid(&mut out, spec, &y_scale);
    let mut below: Vec<Option<f64>> = Vec::new();
    for ((series, values), top) in columns.iter().zip(&heights) {
        if let Some(top) = top {
            if series.role != Role::BandBase {
                band(&mut out, accent, series, &below, top, &x_at, &y_scale);
            }
            below.clone_from(top);
        } else if spec.kind == ChartKind::Column && series.role != Role::Limit {
            bars(&mut out, accent, spec, series, values, &x_scale, &y_scale);
        } else {
            line(&mut out, accent, series, values, &x_at, &y_scale);
        }
    }
    x_labels(&mut out, report, &labelled, by_number, &x_at);
    legend(&mut out, accent, spec);
    out.push_str("</svg>");
    out
}

/// Upper edges of the series that stack; `None` for the others.
fn stacked(columns: &[(&ChartSeries, Vec<Option<f64>>)]) -> Vec<Option<Vec<Option<f64>>>> {
    let mut below: Vec<Option<f64>> = Vec::new();
    columns
        .iter()
        .map(|(series, values)| {
            matches!(
                series.role,
                Role::BandBase | Role::BandOuter | Role::BandInner
            )
            .then(|| {
                let top: Vec<Option<f64>> = values
                    .iter()
                    .enumerate()
                    .map(|(i, v)| v.map(|v| v + below.get(i).copied().flatten().unwrap_or(0.0)))
                    .collect();
                below.clone_from(&top);
                top
            })
        })
        .collect()
}

fn min(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn max(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// A round number a little above.
fn nice(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let step = 10_f64.powf(value.log10().floor()) / 2.0;
    (value * 1.05 / step).ceil() * step
}

fn hex(rgb: u32) -> String {
    format!("#{rgb:06x}")
}

/// Distance of about four round numbers between two ends: 1, 2, 2.5 or 5 of a power of ten.
fn tick_step(length: f64) -> f64 {
    let rough = (length / 4.0).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0].into_iter();
    let step = round.map(|r| r * power).find(|step| *step >= rough * 0.999);
    step.unwrap_or(10.0 * power)
}

fn grid(out: &mut String, spec: &ChartSpec, y: &Scale) {
    let step = tick_step(y.high - y.low);
    let first = (y.low / step - 1e-9).ceil();
    for tick in 0..=8 {
        let value = (first + f64::from(tick)) * step;
        if value > y.high + step * 1e-9 {
            break;
        }
        let at = y.at(value);
        out.push_str(&format!(
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#e3e7eb\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 3.5,
            escape(&spec.y_format.print(value))
        ));
    }
    let middle = f64::midpoint(y.from, y.to);
    out.push_str(&format!(
        "<text x=\"12\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 12 {middle:.1})\">{}</text>",
        escape(&spec.y_title)
    ));
}

fn bars(
    out: &mut String,
    accent: u32,
    spec: &ChartSpec,
    series: &ChartSeries,
    values: &[Option<f64>],
    x: &Scale,
    y: &Scale,
) {
    let width = (x.at(1.0) - x.at(0.0)).abs().min(120.0) * 0.6;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let (middle, top) = (x.at(index as f64), y.at(*value));
        let fill = series
            .verdicts
            .get(index)
            .map_or_else(|| colour(series.role, accent), |v| verdict_colour(*v));
        out.push_str(&format!(
            "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            middle - width / 2.0,
            (y.from - top).max(0.0),
            hex(fill)
        ));
        if spec.labels {
            out.push_str(&format!(
                "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>",
                (top - 4.0).max(TOP + 8.0),
                escape(
                    &series
                        .labels
                        .get(index)
                        .cloned()
                        .unwrap_or_else(|| spec.y_format.print(*value))
                )
            ));
        }
    }
}

fn line(
    out: &mut String,
    accent: u32,
    series: &ChartSeries,
    values: &[Option<f64>],
    x_at: &impl Fn(usize) -> Option<f64>,
    y: &Scale,
) {
    let mut path = String::new();
    let mut pen_down = false;
    for (index, value) in values.iter().enumerate() {
        match (value, x_at(index)) {
            (Some(value), Some(x)) => {
                let command = if pen_down { 'L' } else { 'M' };
                path.push_str(&format!("{command}{x:.1} {:.1}", y.at(*value)));
                pen_down = true;
            }
            _ => pen_down = false,
        }
    }
    let dash = if matches!(series.role, Role::Limit | Role::Forecast) {
        " stroke-dasharray=\"6 4\""
    } else {
        ""
    };
    out.push_str(&format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"{dash}/>",
        hex(colour(series.role, accent))
    ));
}

fn band(
    out: &mut String,
    accent: u32,
    series: &ChartSeries,
    below: &[Option<f64>],
    top: &[Option<f64>],
    x_at: &impl Fn(usize) -> Option<f64>,
    y: &Scale,
) {
    let mut upper = Vec::new();
    let mut lower = Vec::new();
    for (index, value) in top.iter().enumerate() {
        if let (Some(high), Some(x)) = (value, x_at(index)) {
            let low = below.get(index).copied().flatten().unwrap_or(0.0);
            upper.push(format!("{x:.1} {:.1}", y.at(*high)));
            lower.push(format!("{x:.1} {:.1}", y.at(low)));
        }
    }
    lower.reverse();
    upper.extend(lower);
    if !upper.is_empty() {
        out.push_str(&format!(
            "<path d=\"M{}Z\" fill=\"{}\"/>",
            upper.join("L"),
            hex(colour(series.role, accent))
        ));
    }
}

fn x_labels(
    out: &mut String,
    report: &Report,
    labelled: &[&Cell],
    by_number: bool,
    x_at: &impl Fn(usize) -> Option<f64>,
) {
    let most = if by_number { 7 } else { 14 };
    let every = labelled.len().div_ceil(most).max(1);
    let room = if by_number {
        14
    } else {
        (96 / labelled.len().clamp(1, 14)).max(6)
    };
    for (index, cell) in labelled.iter().enumerate().step_by(every) {
        let Some(x) = x_at(index) else { continue };
        let text = match cell {
            Cell::Day(date) => date.strftime("%-d %b %y").to_string(),
            Cell::Time(at) => at.format(&report.zone, "%-d %b"),
            Cell::Text(text) => text.clone(),
            other => other
                .as_number()
                .map(crate::units::number)
                .unwrap_or_default(),
        };
        for (line, shown) in (0_u8..).zip(two_lines(&text, room)) {
            out.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - BOTTOM + 14.0 + 11.0 * f64::from(line),
                escape(&shown)
            ));
        }
    }
}

/// A label in at most two lines of so many characters; what is longer ends in `…`.
fn two_lines(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let joined = match lines.last() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= room => {
                format!("{last} {word}")
            }
            Some(last) if lines.len() == 2 => format!("{last} {word}"),
            _ => {
                lines.push(word.to_owned());
                continue;
            }
        };
        if let Some(last) = lines.last_mut() {
            *last = joined;
        }
    }
    for line in &mut lines {
        if line.chars().count() > room {
            *line = line.chars().take(room.saturating_sub(1)).collect();
            line.push('…');
        }
    }
    lines
}

fn legend(out: &mut String, accent: u32, spec: &ChartSpec) {
    let (mut x, mut y) = (LEFT, HEIGHT - 18.0);
    let mut outer_seen = false;
    for series in &spec.series {
        let repeated = series.role == Role::BandOuter && outer_seen;
        outer_seen |= series.role == Role::BandOuter;
        if series.role == Role::BandBase || repeated || !series.verdicts.is_empty() {
            continue;
        }
        let length = 34.0 + series.name.chars().count() as f64 * 5.6;
        if x > LEFT && x + length > WIDTH {
            (x, y) = (LEFT, y + 13.0);
        }
        out.push_str(&format!(
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"4\" fill=\"{}\"/><text x=\"{:.1}\" y=\"{y}\">{}</text>",
            y - 5.0,
            hex(colour(series.role, accent)),
            x + 16.0,
            escape(&series.name)
        ));
        x += length;
    }
}

/// A small line without axes.
pub fn sparkline(values: &[Option<f64>], accent: u32) -> String {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let (low, high) = (min(&known), max(&known));
    if known.len() < 2 {
        return String::new();
    }
    let x = Scale {
        low: 0.0,
        high: (values.len() - 1).max(1) as f64,
        from: 2.0,
        to: 118.0,
    };
    let y = Scale {
        low,
        high: if high > low { high } else { low + 1.0 },
        from: 20.0,
        to: 3.0,
    };
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(i, v)| v.map(|v| format!("{:.1},{:.1}", x.at(i as f64), y.at(v))))
        .collect();
    format!(
        "<svg viewBox=\"0 0 120 24\" class=\"spark\" role=\"img\" aria-label=\"trend\"><polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/></svg>",
        points.join(" "),
        hex(accent)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        for (length, step) in [
            (350.0, 100.0),
            (1.2, 0.5),
            (0.14, 0.05),
            (12_000.0, 5_000.0),
            (4.0, 1.0),
        ] {
            assert!(
                (tick_step(length) / step - 1.0).abs() < 1e-9,
                "{length}: {}",
                tick_step(length)
            );
        }
    }

    #[test]
    fn labels_below_take_two_lines_and_say_where_they_were_cut() {
        assert_eq!(
            two_lines("Response time (web_pages)", 16),
            ["Response time", "(web_pages)"]
        );
        assert_eq!(two_lines("Availability", 8), ["Availab…"]);
        assert_eq!(two_lines("one two three four", 7), ["one two", "three …"]);
    }
}
