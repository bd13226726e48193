//! A series at a glance: its history as a small line, what is forecast of it in lighter ink, and its limit.

use eframe::egui;
use eframe::egui::{Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::ui::theme::Tokens;

/// Points of the line at most.
pub const MOST_POINTS: usize = 96;

/// A small line.
#[derive(Debug)]
pub struct TrendLine<'a> {
    history: &'a [f64],
    ahead: &'a [f64],
    limit: Option<f64>,
    size: Vec2,
}

impl<'a> TrendLine<'a> {
    /// From even steps of the past.
    pub const fn new(history: &'a [f64]) -> Self {
        Self {
            history,
            ahead: &[],
            limit: None,
            size: vec2(130.0, 18.0),
        }
    }

    /// With the steps that follow, as they are forecast.
    #[must_use]
    pub const fn ahead(mut self, ahead: &'a [f64]) -> Self {
        self.ahead = ahead;
        self
    }

    /// With a limit across.
    #[must_use]
    pub const fn limit(mut self, limit: Option<f64>) -> Self {
        self.limit = limit;
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        let what = match (self.ahead.is_empty(), self.limit) {
            (true, None) => "History",
            (true, Some(_)) => "History and limit",
            (false, None) => "History and forecast",
            (false, Some(_)) => "History, forecast and limit",
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, what));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let tokens = Tokens::of(ui);
        let (mut past, future, limit) = self.points(rect);
        if let Some(y) = limit {
            let ends = [pos2(rect.left(), y), pos2(rect.right(), y)];
            ui.painter()
                .line_segment(ends, Stroke::new(1.0, tokens.bad));
        }
        let stroke = Stroke::new(1.4, tokens.accent);
        let dashed: Vec<Pos2> = past.last().copied().into_iter().chain(future).collect();
        ui.painter()
            .extend(egui::Shape::dashed_line(&dashed, stroke, 2.5, 2.0));
        // A single point would not be seen.
        if let [only] = past[..] {
            past.push(only + vec2(1.0, 0.0));
        }
        ui.painter().add(egui::Shape::line(past, stroke));
        response
    }

    /// Where the past and the future run and where the limit lies; peaks of each stretch, so that none is lost.
    fn points(&self, rect: Rect) -> (Vec<Pos2>, Vec<Pos2>, Option<f32>) {
        let all = self.history.iter().chain(self.ahead).copied();
        let (low, high) = all
            .filter(|v| v.is_finite())
            .chain(self.limit)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            });
        let span = (high - low).max(f64::MIN_POSITIVE);
        let y = |v: f64| rect.bottom() - 1.0 - ((v - low) / span) as f32 * (rect.height() - 2.0);
        let total = self.history.len() + self.ahead.len();
        let stretch = total.div_ceil(MOST_POINTS).max(1);
        let known = self.history.len().div_ceil(stretch);
        let count = known + self.ahead.len().div_ceil(stretch);
        let step = rect.width() / count.saturating_sub(1).max(1) as f32;
        let at = |i: usize, part: &[f64]| {
            let peak = part.iter().copied().reduce(f64::max)?;
            Some(pos2(rect.left() + step * i as f32, y(peak)))
        };
        // A stretch of fewer values has a lower peak: on both sides of now they are whole, the rest is at the far ends.
        let past = self.history.rchunks(stretch).enumerate();
        let mut past: Vec<Pos2> = past
            .filter_map(|(i, part)| at(known.saturating_sub(i + 1), part))
            .collect();
        past.reverse();
        let ahead = self.ahead.chunks(stretch).enumerate();
        let ahead = ahead.filter_map(|(i, part)| at(known + i, part)).collect();
        (past, ahead, self.limit.map(y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_line_keeps_its_peaks_inside_its_place() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(100.0, 18.0));
        let mut values = vec![1.0; 500];
        values[333] = 9.0;
        let line = TrendLine::new(&values).limit(Some(10.0));
        let (past, future, limit) = line.points(rect);
        assert!(past.len() <= MOST_POINTS && future.is_empty());
        assert!(past.iter().all(|p| rect.contains(*p)));
        let highest = past.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
        assert!(highest < 25.0, "the peak is there");
        assert!((limit.unwrap() - 21.0).abs() < 0.1);
        assert!(TrendLine::new(&[]).points(rect).0.is_empty());
    }

    #[test]
    fn a_season_does_not_drop_at_now() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 18.0));
        // Every seventh day is high, and 692 days are no multiple of the eight that a point stands for.
        let day = |n: usize| if n.is_multiple_of(7) { 9.0 } else { 1.0 };
        let history: Vec<f64> = (0..692).map(day).collect();
        let ahead: Vec<f64> = (692..722).map(day).collect();
        let (past, future, _) = TrendLine::new(&history).ahead(&ahead).points(rect);
        assert!(past.windows(2).all(|p| p[0].x < p[1].x));
        assert_eq!(past.len(), 87);
        let high = past[past.len() - 2].y;
        assert_eq!(past[past.len() - 1].y, high, "no drop before now");
        assert_eq!(future[0].y, high, "no drop after now");
    }

    #[test]
    fn the_forecast_goes_on_where_the_history_ends() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(90.0, 18.0));
        let (past, future, _) = TrendLine::new(&[1.0, 2.0, 3.0])
            .ahead(&[4.0, 5.0])
            .points(rect);
        assert_eq!((past.len(), future.len()), (3, 2));
        assert!(past[2].x < future[0].x && (future[1].x - 90.0).abs() < 0.01);
        assert!(future[1].y < past[0].y);
    }
}
