//! The charts of Capacity: throughput against concurrency with the scalability curve, its interval and the measured
//! range shaded, and latency against throughput with the budget.

use std::sync::Arc;

use eframe::egui::{Color32, Ui};

use super::Cx;
use super::capacity_inputs::{inputs, keep};
use super::parts::derived;
use crate::analysis::capacity::{CapacityPoint, CapacityStudy, ConcurrencyUnit, UslFit};
use crate::project::CapacityInputs;
use crate::ui::theme::Tokens;
use crate::ui::widgets::{
    LineData, LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, TimePlot, XAxis,
};
use crate::units;

/// Points of the drawn curve.
const SAMPLES: usize = 160;
/// Half the width of an error bar, as a share of the axis.
const BAR: f64 = 0.0022;
/// Side by side from this width on.
const TWO_COLUMNS: f32 = 760.0;

/// (x, low, high).
type Bar = (f64, f64, f64);

/// Everything that is drawn, prepared once.
struct Drawn {
    kept: LineData,
    over: LineData,
    rates: Vec<Bar>,
    curve: LineData,
    beyond: LineData,
    band: Vec<Bar>,
    end: f64,
    latency: LineData,
    latency_over: LineData,
    latency_bars: Vec<Bar>,
    largest: f64,
    slowest: f64,
}

fn prepare(study: &CapacityStudy) -> Drawn {
    let over_budget = |p: &&CapacityPoint| p.passes == Some(false);
    let pick = |over: bool, of: &dyn Fn(&CapacityPoint) -> Option<(f64, f64)>| {
        let points = study.points.iter().filter(|p| over_budget(p) == over);
        LineData::curve(points.filter_map(of).collect())
    };
    let at = |p: &CapacityPoint| Some((p.concurrency, p.throughput));
    let latency = |p: &CapacityPoint| Some((p.throughput, p.p95_ms?));
    let highest = study
        .points
        .iter()
        .map(|p| p.concurrency)
        .fold(0.0, f64::max);
    let largest = study
        .points
        .iter()
        .map(|p| p.throughput)
        .fold(0.0, f64::max);
    let mut drawn = Drawn {
        kept: pick(false, &at),
        over: pick(true, &at),
        rates: study
            .points
            .iter()
            .filter_map(|p| {
                p.throughput_ci95
                    .map(|(low, high)| (p.concurrency, low, high))
            })
            .collect(),
        curve: LineData::default(),
        beyond: LineData::default(),
        band: Vec::new(),
        end: highest,
        latency: pick(false, &latency),
        latency_over: pick(true, &latency),
        latency_bars: study
            .points
            .iter()
            .filter_map(|p| p.p95_ci95_ms.map(|(low, high)| (p.throughput, low, high)))
            .collect(),
        largest,
        slowest: study
            .points
            .iter()
            .filter_map(|p| p.p95_ms)
            .fold(0.0, f64::max),
    };
    if let Some(fit) = &study.usl {
        drawn.fill_curve(fit);
    }
    drawn
}

impl Drawn {
    fn fill_curve(&mut self, fit: &UslFit) {
        let (lowest, highest) = fit.measured_range;
        let peak = fit.peak_within_reach().unwrap_or(0.0);
        self.end = (highest * 1.25).max(peak * 1.15).min(highest * 2.0);
        let places = |from: f64, to: f64| {
            (0..=SAMPLES).map(move |i| from + (to - from) * i as f64 / SAMPLES as f64)
        };
        let line = |from: f64, to: f64| {
            LineData::curve(
                places(from, to)
                    .map(|n| (n, fit.usl.throughput(n)))
                    .collect(),
            )
        };
        let from = lowest.min(1.0).max(highest / 1e3);
        self.curve = line(from, highest);
        self.beyond = line(highest, self.end);
        self.band = places(from, self.end)
            .filter_map(|n| {
                fit.band(n)
                    .map(|(low, high)| (n, low, high.min(self.largest * 1.6)))
            })
            .collect();
    }
}

/// Both charts, side by side where there is room.
pub(super) fn charts_ui(ui: &mut Ui, cx: &mut Cx<'_>, study: &Arc<CapacityStudy>) {
    let drawn = derived(ui, "capacity-curve", study, &(), prepare);
    let height = (ui.available_height() * 0.5).clamp(230.0, 340.0);
    let before = inputs(cx);
    let budget_ms = before.budget_ms;
    let is_p95 = before.percentile_ppm == 950_000;
    let moved = if ui.available_width() >= TWO_COLUMNS {
        ui.columns_const(|[left, right]| {
            throughput_ui(left, study, &drawn, height);
            latency_ui(right, study, &drawn, height, is_p95.then_some(budget_ms))
        })
    } else {
        throughput_ui(ui, study, &drawn, height);
        latency_ui(ui, study, &drawn, height, is_p95.then_some(budget_ms))
    };
    if let Some(value) = moved {
        let set = CapacityInputs {
            budget_ms: value,
            ..before.clone()
        };
        keep(cx, &before, set.within_ranges());
    }
}

/// Vertical bars at points, as thin bands.
fn with_bars<'a>(mut plot: TimePlot<'a>, bars: &[Bar], axis: f64, color: Color32) -> TimePlot<'a> {
    let half = axis * BAR;
    for (x, low, high) in bars {
        plot = plot.band(PlotBand {
            name: "95 % interval of a level".to_owned(),
            points: vec![(x - half, *low, *high), (x + half, *low, *high)],
            color,
        });
    }
    plot
}

const fn axis_title(unit: ConcurrencyUnit) -> &'static str {
    match unit {
        ConcurrencyUnit::Users => "users",
        ConcurrencyUnit::InFlight => "requests in flight",
        ConcurrencyUnit::Column => "concurrency",
    }
}

fn throughput_ui(ui: &mut Ui, study: &CapacityStudy, drawn: &Drawn, height: f32) {
    let tokens = Tokens::of(ui);
    let title = format!(
        "Throughput reached {} requests/s",
        units::number(drawn.largest)
    );
    let axis = XAxis::Value {
        unit: "",
        title: axis_title(study.concurrency),
    };
    let line = |name: &str, data, color, kind| PlotLine {
        name: name.to_owned(),
        data,
        color,
        kind,
    };
    let mut plot = TimePlot::with_axis(("capacity", "throughput"), title, axis)
        .unit("/s")
        .height(height)
        .line(line(
            "Throughput",
            &drawn.kept,
            tokens.accent,
            LineKind::Dots,
        ))
        .line(line("over budget", &drawn.over, tokens.bad, LineKind::Dots))
        .line(line(
            "curve",
            &drawn.curve,
            tokens.accent,
            LineKind::Subject,
        ))
        .line(line(
            "beyond the test",
            &drawn.beyond,
            tokens.accent,
            LineKind::Forecast,
        ));
    if let Some(fit) = &study.usl {
        plot = plot.shade(PlotSpan {
            name: "measured".to_owned(),
            from: fit.measured_range.0,
            to: fit.measured_range.1,
            color: tokens.context.gamma_multiply(0.10),
        });
        if let Some(peak) = fit.peak_within_reach() {
            if let Some((low, Some(high))) = fit.peak_concurrency_ci95 {
                plot = plot.shade(PlotSpan {
                    name: "95 % interval of the peak".to_owned(),
                    from: low,
                    to: high.min(drawn.end),
                    color: tokens.caution.gamma_multiply(0.12),
                });
            }
            plot = plot.mark(PlotMark {
                name: "peak".to_owned(),
                x: peak,
                color: tokens.caution,
            });
        }
    }
    if !drawn.band.is_empty() {
        plot = plot.band(PlotBand {
            name: "95 % interval of the curve".to_owned(),
            points: drawn.band.clone(),
            color: tokens.accent.gamma_multiply(0.16),
        });
    }
    if let Some(most) = &study.max_passing {
        plot = plot.mark(PlotMark {
            name: if most.at_least {
                "highest in budget"
            } else {
                "budget reached"
            }
            .to_owned(),
            x: most.concurrency,
            color: tokens.good,
        });
    }
    if let Some(knee) = &study.knee {
        plot = plot.mark(PlotMark {
            name: "knee".to_owned(),
            x: knee.concurrency,
            color: tokens.muted,
        });
    }
    // For the words of marks above the points, and for names to their right.
    let plot = plot.room(drawn.end, drawn.largest * 1.5);
    with_bars(
        plot,
        &drawn.rates,
        drawn.end,
        tokens.accent.gamma_multiply(0.7),
    )
    .show(ui);
}

/// Latency against throughput; where the budget was dragged to.
fn latency_ui(
    ui: &mut Ui,
    study: &CapacityStudy,
    drawn: &Drawn,
    height: f32,
    budget_ms: Option<f64>,
) -> Option<f64> {
    let tokens = Tokens::of(ui);
    let title = match &study.max_passing {
        Some(most) if !most.at_least => format!(
            "P95 latency leaves the budget at {} requests/s",
            units::number(most.throughput)
        ),
        _ => "P95 latency as throughput rose".to_owned(),
    };
    let axis = XAxis::Value {
        unit: "/s",
        title: "throughput",
    };
    let mut plot = TimePlot::with_axis(("capacity", "latency"), title, axis)
        .unit("ms")
        .height(height)
        .line(PlotLine {
            name: "P95".to_owned(),
            data: &drawn.latency,
            color: tokens.accent,
            kind: LineKind::Points,
        })
        .line(PlotLine {
            name: "over budget".to_owned(),
            data: &drawn.latency_over,
            color: tokens.bad,
            kind: LineKind::Dots,
        });
    if let Some(most) = &study.max_passing {
        if let Some((low, high)) = most.ci95 {
            plot = plot.shade(PlotSpan {
                name: "95 % interval of the largest load in budget".to_owned(),
                from: low,
                to: high,
                color: tokens.good.gamma_multiply(0.14),
            });
        }
        plot = plot.mark(PlotMark {
            name: "largest load in budget".to_owned(),
            x: most.throughput,
            color: tokens.good,
        });
    }
    if let Some(value) = budget_ms {
        plot = plot.limit(PlotLimit {
            name: format!("budget {}", units::millis(value)),
            value,
            color: tokens.bad,
            draggable: true,
        });
    }
    let bars = tokens.accent.gamma_multiply(0.7);
    let plot = plot.room(drawn.largest * 1.15, drawn.slowest * 1.1);
    let happened = with_bars(plot, &drawn.latency_bars, drawn.largest, bars).show(ui);
    happened.limit_moved.map(|moved| moved.value)
}
