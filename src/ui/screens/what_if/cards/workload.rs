//! What arrives: how much more, which shape over time, who sends.

use eframe::egui::{self, Role, Sense, Ui, WidgetInfo, vec2};

use super::super::Known;
use super::super::field::{Form, Knob, Unit, choose_ui, plain, remark_ui};
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Dist, Pattern, RatePoint};
use crate::ui::theme::{Tokens, space};

/// Growth that is one click away.
const USUAL_GROWTH: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// Shapes to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Constant,
    Ramp,
    Spike,
    Steps,
    Daily,
    Weekly,
    Points,
    Forecast,
    Series,
    Log,
}

impl Shape {
    const fn of(pattern: &Pattern) -> Self {
        match pattern {
            Pattern::Constant { .. } => Self::Constant,
            Pattern::Ramp { .. } => Self::Ramp,
            Pattern::Spike { .. } => Self::Spike,
            Pattern::Steps { .. } => Self::Steps,
            Pattern::Daily { .. } => Self::Daily,
            Pattern::Weekly { .. } => Self::Weekly,
            Pattern::Points { .. } => Self::Points,
            Pattern::Forecast { .. } => Self::Forecast,
            Pattern::Series { .. } => Self::Series,
            Pattern::Log { .. } => Self::Log,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Constant => "always the same",
            Self::Ramp => "a ramp",
            Self::Spike => "a spike",
            Self::Steps => "steps",
            Self::Daily => "the shape of a day",
            Self::Weekly => "the shape of a week",
            Self::Points => "as it was read",
            Self::Forecast => "a forecast",
            Self::Series => "a series as it was",
            Self::Log => "a load test or log as it was",
        }
    }
}

/// Share of a day's peak by hour: quiet at night, two humps.
const DAY: [f64; 24] = [
    0.3, 0.24, 0.2, 0.18, 0.18, 0.22, 0.34, 0.5, 0.7, 0.86, 0.95, 0.98, 0.92, 0.9, 0.92, 0.94,
    0.96, 0.98, 1.0, 0.98, 0.88, 0.72, 0.55, 0.4,
];

/// Largest level of a pattern before growth; `None` where it is not known yet.
pub(in super::super) fn peak_level(pattern: &Pattern) -> Option<f64> {
    let most = |levels: &mut dyn Iterator<Item = f64>| levels.reduce(f64::max);
    match pattern {
        Pattern::Constant { level } => Some(*level),
        Pattern::Ramp { from, to, .. } | Pattern::Steps { from, to, .. } => Some(from.max(*to)),
        Pattern::Spike { base, peak, .. } => Some(base.max(*peak)),
        Pattern::Daily { hours } | Pattern::Weekly { hours } => most(&mut hours.iter().copied()),
        Pattern::Points { points, .. } => most(&mut points.iter().map(|p| p.level)),
        Pattern::Forecast { .. } | Pattern::Series { .. } | Pattern::Log { .. } => None,
    }
}

/// What the levels of a workload count.
pub(in super::super) const fn unit_of(scenario: &Scenario) -> &'static str {
    match scenario.workload.arrivals {
        Arrivals::Closed { .. } => "users",
        _ if scenario.federation.is_some() => "messages/s",
        _ if scenario.chain.is_some() => "transactions/s",
        _ => "requests/s",
    }
}

fn level(scenario: &Scenario, value: f64) -> String {
    format!("{} {}", plain(value), unit_of(scenario))
}

pub(super) fn summary(scenario: &Scenario) -> String {
    let workload = &scenario.workload;
    let word = Shape::of(&workload.pattern).word();
    match peak_level(&workload.pattern) {
        Some(peak) => format!("{}, {word}", level(scenario, peak)),
        None => word.to_owned(),
    }
}

/// The slider of the ten-times question, and what it makes of the load.
pub(super) fn growth_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let growth = &mut scenario.workload.growth;
    Knob::new("Growth", Unit::Times, 1.0, 50.0)
        .hint("Times the load of the workload")
        .show(ui, said, growth);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.spacing_mut().button_padding.x = space::S;
        for usual in USUAL_GROWTH {
            let text = Unit::Times.print(usual);
            let chosen = (*growth - usual).abs() < 1e-9;
            let button = ui.selectable_label(chosen, &text);
            let name = format!("Grow {text}");
            button.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
            if button.clicked() && !chosen {
                *growth = usual;
                *said = Some(format!("change growth to {text}"));
            }
        }
    });
    let growth = *growth;
    if let Some(peak) = peak_level(&scenario.workload.pattern) {
        let (now, then) = (level(scenario, peak), level(scenario, peak * growth));
        let text = if (growth - 1.0).abs() < 1e-9 {
            format!("{now} at the most, as it is")
        } else {
            format!("{now} at the most become {then}")
        };
        remark_ui(ui, &text);
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form, known: &Known) {
    shape_ui(ui, form, known);
    let duration = form.scenario.run.duration;
    let Form { scenario, said } = form;
    let closed = matches!(scenario.workload.arrivals, Arrivals::Closed { .. });
    let unit = if closed { Unit::Count } else { Unit::PerSec };
    let knob = |name| Knob::new(name, unit, if closed { 1.0 } else { 0.1 }, 10_000.0);
    let time = |name| Knob::new(name, Unit::Secs, 0.0, duration.max(60.0));
    match &mut scenario.workload.pattern {
        Pattern::Constant { level } => {
            knob("Level").show(ui, said, level);
        }
        Pattern::Ramp { from, to, over } => {
            knob("From").show(ui, said, from);
            knob("To").show(ui, said, to);
            time("Over").show(ui, said, over);
        }
        Pattern::Spike {
            base,
            peak,
            at,
            lasts,
        } => {
            knob("Usual").show(ui, said, base);
            knob("Peak").show(ui, said, peak);
            time("Begins at").even().show(ui, said, at);
            time("Lasts").show(ui, said, lasts);
        }
        Pattern::Steps {
            from,
            by,
            every,
            to,
        } => {
            knob("From").show(ui, said, from);
            knob("More by").show(ui, said, by);
            time("Every").show(ui, said, every);
            knob("Up to").show(ui, said, to);
        }
        Pattern::Daily { hours } | Pattern::Weekly { hours } => {
            let before = hours.iter().copied().fold(0.0, f64::max);
            let mut peak = before;
            if knob("Busiest hour").show(ui, said, &mut peak) && before > 0.0 {
                for hour in hours.iter_mut() {
                    *hour *= peak / before;
                }
            }
            bars_ui(ui, hours, said);
        }
        Pattern::Points { points, .. } => remark_ui(ui, &points_text(points)),
        Pattern::Forecast { series, quantile } => {
            names_ui(ui, said, "Series", series, &known.series);
            let cautious = [(0.5, "expected"), (0.9, "cautious: nine in ten are below")];
            choose_ui(ui, said, "Which path", quantile, &cautious);
        }
        Pattern::Series { series } => names_ui(ui, said, "Series", series, &known.series),
        Pattern::Log { file } => names_ui(ui, said, "File", file, &known.runs),
    }
    arrivals_ui(ui, form);
}

fn points_text(points: &[RatePoint]) -> String {
    let levels = || points.iter().map(|p| p.level);
    format!(
        "{} points between {} and {}, as they were read",
        points.len(),
        plain(levels().fold(f64::INFINITY, f64::min)),
        plain(levels().fold(0.0, f64::max))
    )
}

/// A choice among names of the project.
fn names_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    name: &str,
    value: &mut String,
    names: &[String],
) {
    if names.is_empty() {
        remark_ui(
            ui,
            "The project has none; import one, or choose another shape",
        );
        return;
    }
    let mut choices: Vec<(String, &str)> = names.iter().map(|n| (n.clone(), n.as_str())).collect();
    let now = value.clone();
    if !names.contains(&now) {
        choices.push((now.clone(), &now));
    }
    choose_ui(ui, said, name, value, &choices);
}

/// Another shape begins at the level of the one before.
fn shape_ui(ui: &mut Ui, form: &mut Form, known: &Known) {
    let before = Shape::of(&form.scenario.workload.pattern);
    let mut shape = before;
    let mut shapes = vec![
        Shape::Constant,
        Shape::Ramp,
        Shape::Spike,
        Shape::Steps,
        Shape::Daily,
        Shape::Weekly,
    ];
    if !known.series.is_empty() {
        shapes.extend([Shape::Forecast, Shape::Series]);
    }
    if !known.runs.is_empty() {
        shapes.push(Shape::Log);
    }
    if !shapes.contains(&before) {
        shapes.push(before);
    }
    let choices: Vec<(Shape, &str)> = shapes.into_iter().map(|s| (s, s.word())).collect();
    choose_ui(ui, &mut form.said, "Shape", &mut shape, &choices);
    if shape == before {
        return;
    }
    let run = &mut form.scenario.run;
    let pattern = &mut form.scenario.workload.pattern;
    let most = peak_level(pattern).unwrap_or(100.0);
    let first = |names: &[String]| names.first().cloned().unwrap_or_default();
    *pattern = match shape {
        Shape::Constant | Shape::Points => Pattern::Constant { level: most },
        Shape::Ramp => Pattern::Ramp {
            from: most / 10.0,
            to: most,
            over: run.duration / 2.0,
        },
        Shape::Spike => Pattern::Spike {
            base: most / 3.0,
            peak: most,
            at: run.duration / 3.0,
            lasts: run.duration / 6.0,
        },
        Shape::Steps => Pattern::Steps {
            from: most / 10.0,
            by: most / 10.0,
            every: run.duration / 10.0,
            to: most,
        },
        Shape::Daily => Pattern::Daily {
            hours: DAY.iter().map(|share| share * most).collect(),
        },
        Shape::Weekly => Pattern::Weekly {
            hours: (0..168)
                .zip(DAY.iter().cycle())
                .map(|(hour, share)| share * most * if hour < 120 { 1.0 } else { 0.6 })
                .collect(),
        },
        Shape::Forecast => Pattern::Forecast {
            series: first(&known.series),
            quantile: 0.5,
        },
        Shape::Series => Pattern::Series {
            series: first(&known.series),
        },
        Shape::Log => Pattern::Log {
            file: first(&known.runs),
        },
    };
    // A shape of a day is not seen in an hour.
    let whole = match shape {
        Shape::Daily => 86_400.0,
        Shape::Weekly => 7.0 * 86_400.0,
        _ => 0.0,
    };
    run.duration = run.duration.max(whole);
}

fn arrivals_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let workload = &mut scenario.workload;
    let think = match &workload.arrivals {
        Arrivals::Closed { think } => think.clone(),
        Arrivals::Open | Arrivals::Even => Dist::Exponential { mean: 5.0 },
    };
    let closed = Arrivals::Closed { think };
    let choices = [
        (Arrivals::Open, "come by themselves, by chance"),
        (Arrivals::Even, "come by themselves, evenly"),
        (closed, "users who wait for the answer"),
    ];
    choose_ui(ui, said, "Requests", &mut workload.arrivals, &choices);
    if let Arrivals::Closed { think } = &mut workload.arrivals {
        let mut mean = think.mean();
        let knob = Knob::new("Think time", Unit::Secs, 0.01, 120.0);
        let knob = knob.hint("Between an answer and the next request of a user, on average");
        if knob.show(ui, said, &mut mean) {
            *think = Dist::Exponential { mean };
        }
    } else {
        Knob::new("Users", Unit::Count, 0.0, 1_000_000.0)
            .hint("How many people send it, for limits per user and sticky sessions; 0 where that does not matter")
            .show(ui, said, &mut workload.users);
    }
}

/// The hours of a day or a week as bars; a drag raises or lowers one.
fn bars_ui(ui: &mut Ui, hours: &mut [f64], said: &mut Option<String>) {
    let tokens = Tokens::of(ui);
    let size = vec2(ui.available_width(), 44.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let most = hours.iter().copied().fold(0.0, f64::max).max(1e-9);
    let count = hours.len().max(1);
    let text = format!("Load by hour, {count} hours; drag a bar to change it");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
    let wide = rect.width() / count as f32;
    let under = |x: f32| (((x - rect.left()) / wide).floor().max(0.0) as usize).min(count - 1);
    let pointed = response.hover_pos().map(|p| under(p.x));
    for (hour, level) in hours.iter().enumerate() {
        let left = rect.left() + wide * hour as f32;
        let top = rect.bottom() - rect.height() * 0.9 * (level / most) as f32;
        let gap = if count > 48 { 0.0 } else { 1.0 };
        let bar = egui::Rect::from_min_max(
            egui::pos2(left, top),
            egui::pos2(left + wide - gap, rect.bottom()),
        );
        let color = if pointed == Some(hour) {
            tokens.accent
        } else {
            tokens.accent.gamma_multiply(0.6)
        };
        ui.painter().rect_filled(bar, 0.0, color);
    }
    if let (true, Some(at)) = (response.dragged(), response.interact_pointer_pos()) {
        let hour = under(at.x);
        let share = f64::from((rect.bottom() - at.y) / (rect.height() * 0.9)).clamp(0.02, 1.0);
        if let Some(level) = hours.get_mut(hour) {
            *level = share * most;
            *said = Some(format!("change hour {}", hour % 24));
        }
    }
    let tip = pointed.and_then(|hour| {
        let level = plain(*hours.get(hour)?);
        Some(format!("{}:00, {level} (drag to change)", hour % 24))
    });
    if let Some(tip) = tip {
        response.on_hover_text(tip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_the_shape_before_growth() {
        let of = |pattern: Pattern| peak_level(&pattern);
        assert_eq!(of(Pattern::Constant { level: 400.0 }), Some(400.0));
        let spike = Pattern::Spike {
            base: 10.0,
            peak: 90.0,
            at: 0.0,
            lasts: 1.0,
        };
        assert_eq!(of(spike), Some(90.0));
        let week = Pattern::Weekly {
            hours: vec![1.0, 7.0, 3.0],
        };
        assert_eq!(of(week), Some(7.0));
        let log = Pattern::Log {
            file: "a.jtl".to_owned(),
        };
        assert_eq!(of(log), None);
    }

    #[test]
    fn a_card_sums_itself_up() {
        let mut scenario = Scenario::default();
        assert_eq!(summary(&scenario), "100 requests/s, always the same");
        scenario.workload.arrivals = Arrivals::Closed {
            think: Dist::default(),
        };
        assert_eq!(summary(&scenario), "100 users, always the same");
    }
}
