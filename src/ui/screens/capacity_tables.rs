//! The tables of Capacity: the parameters of the scalability curve with what each means, the laws beside it, and the
//! measured levels.

use std::sync::Arc;

use eframe::egui::{DragValue, Ui};

use super::capacity::CapacityView;
use super::parts::{note_ui, section_ui};
use crate::analysis::capacity::{
    CapacityPoint, CapacityStudy, ConcurrencyUnit, UslFit, at_concurrency, per_sec, scientific,
};
use crate::ui::widgets::chart_parts::whole;
use crate::ui::widgets::{DataTable, Status, StatusBadge, TableColumn};
use crate::units;

/// One parameter of the curve.
struct Parameter {
    name: &'static str,
    value: f64,
    se: Option<f64>,
    ci95: Option<(f64, f64)>,
    meaning: String,
}

fn parameters(fit: &UslFit) -> Vec<Parameter> {
    let usl = &fit.usl;
    let highest = fit.measured_range.1;
    let at_highest = usl.overheads(highest);
    let share = |part: f64| {
        let whole = at_highest.ideal + at_highest.contention + at_highest.coherency;
        units::number(part / whole * 100.0)
    };
    vec![
        Parameter {
            name: "Contention σ",
            value: usl.sigma,
            se: fit.se.sigma,
            ci95: fit.ci95.sigma,
            meaning: format!(
                "waiting for what is shared: {} % of the time of a request at the highest level",
                share(at_highest.contention)
            ),
        },
        Parameter {
            name: "Coherency κ",
            value: usl.kappa,
            se: fit.se.kappa,
            ci95: fit.ci95.kappa,
            meaning: format!(
                "keeping copies in agreement: {} % there; it makes throughput fall again",
                share(at_highest.coherency)
            ),
        },
        Parameter {
            name: "Rate of one λ",
            value: usl.lambda,
            se: fit.se.lambda,
            ci95: fit.ci95.lambda,
            meaning: format!(
                "what one alone reaches; at the highest level each reaches {} % of it",
                units::number(usl.efficiency(highest) * 100.0)
            ),
        },
    ]
}

fn interval(range: Option<(f64, f64)>) -> String {
    range.map_or_else(
        || "–".to_owned(),
        |(low, high)| format!("{} to {}", scientific(low), scientific(high)),
    )
}

/// What the parameters are and mean.
pub(super) fn parameters_ui(ui: &mut Ui, study: &Arc<CapacityStudy>, fit: &UslFit) {
    section_ui(ui, "Scalability curve");
    let rows = parameters(fit);
    DataTable::new("capacity-parameters", &rows)
        .version(Arc::as_ptr(study).addr() as u64)
        .row_height(24.0)
        .max_height(130.0)
        .column(TableColumn::text("Parameter", |p: &Parameter| p.name.to_owned()).width(120.0))
        .column(TableColumn::number("Value", |p: &Parameter| Some(p.value), scientific).width(90.0))
        .column(TableColumn::number("± SE", |p: &Parameter| p.se, scientific).width(90.0))
        .column(TableColumn::text("95 % interval", |p: &Parameter| interval(p.ci95)).width(170.0))
        .column(TableColumn::text("What it is", |p: &Parameter| p.meaning.clone()).rest())
        .show(ui);
}

/// How the laws beside the curve do on the same points.
pub(super) fn laws_ui(ui: &mut Ui, fit: &UslFit, unit: ConcurrencyUnit) {
    let percent = |share: f64| units::number((share * 1e3).floor() / 10.0);
    let mut parts = vec![format!(
        "The curve explains {} % of the variation of throughput over {} points",
        percent(fit.r2),
        fit.n
    )];
    if let Some(limit) = fit.limit {
        parts.push(format!(
            "its contention alone would allow {}",
            per_sec(limit, unit)
        ));
    }
    for law in &fit.laws {
        let name = match law.law.as_str() {
            "amdahl" => "Amdahl's law (no coherency)",
            "gustafson" => "Gustafson's law (work grows along)",
            _ => continue,
        };
        let limit = law.limit.map_or_else(String::new, |limit| {
            format!(", never above {}", per_sec(limit, unit))
        });
        parts.push(format!("{name} {} %{limit}", percent(law.r2.max(0.0))));
    }
    let best = fit
        .laws
        .iter()
        .filter_map(|l| Some((l, l.aicc?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((best, _)) = best.filter(|(l, _)| l.law != "usl") {
        parts.push(format!(
            "for its fewer parameters {} fits best",
            if best.law == "amdahl" {
                "Amdahl's law"
            } else {
                "Gustafson's law"
            }
        ));
    }
    note_ui(ui, &parts.join("; "));
}

/// Asks the curve: what a throughput takes, and where a response time is reached.
pub(super) fn ask_ui(ui: &mut Ui, view: &mut CapacityView, fit: &UslFit, unit: ConcurrencyUnit) {
    let usl = &fit.usl;
    let highest = usl.response_secs(fit.measured_range.1) * 1e3;
    let mut rate = view
        .asked_rate
        .unwrap_or_else(|| (fit.largest_measured * 0.7).round());
    let mut ms = view
        .asked_ms
        .unwrap_or_else(|| (highest * 0.7).round().max(1.0));
    ui.horizontal_wrapped(|ui| {
        ui.set_row_height(28.0);
        let word = ui.label("By the curve,");
        let field = DragValue::new(&mut rate)
            .range(0.001..=1e9)
            .max_decimals(1)
            .suffix(" requests/s");
        if ui.add(field).labelled_by(word.id).changed() {
            view.asked_rate = Some(rate);
        }
        ui.label(match usl.concurrency_at(rate).zip(usl.response_at(rate)) {
            Some((n, secs)) => format!(
                "take {} with a mean response of {}{}.",
                at_concurrency(n, unit),
                units::millis(secs * 1e3),
                beyond(fit, n)
            ),
            None => "are never reached.".to_owned(),
        });
        let word = ui.label("A mean response of");
        let field = DragValue::new(&mut ms)
            .range(0.001..=1e9)
            .max_decimals(1)
            .suffix(" ms");
        if ui.add(field).labelled_by(word.id).changed() {
            view.asked_ms = Some(ms);
        }
        ui.label(match usl.concurrency_at_response(ms / 1e3) {
            Some(n) => format!(
                "is reached with {} at {}{}",
                at_concurrency(n, unit),
                per_sec(usl.throughput(n), unit),
                beyond(fit, n)
            ),
            None => "is shorter than any".to_owned(),
        });
    });
}

/// Says that a concurrency was not tested.
fn beyond(fit: &UslFit, n: f64) -> &'static str {
    if n > fit.measured_range.1 {
        " (beyond what was tested)"
    } else {
        ""
    }
}

/// Whether a level kept to the budget.
const fn kept(point: &CapacityPoint) -> (Status, &'static str) {
    match point.passes {
        Some(true) => (Status::Good, "kept"),
        Some(false) => (Status::Bad, "not kept"),
        None => (Status::Unknown, "not known"),
    }
}

/// The measured levels.
pub(super) fn levels_ui(ui: &mut Ui, study: &Arc<CapacityStudy>, version: u64) {
    section_ui(ui, "Measured levels");
    let current = study.max_passing.as_ref().and_then(|most| {
        study
            .points
            .iter()
            .position(|p| (p.concurrency - most.measured.concurrency).abs() < 1e-9)
    });
    let half = |range: Option<(f64, f64)>| range.map(|(low, high)| (high - low) / 2.0);
    let users = study.concurrency == ConcurrencyUnit::Users;
    let in_flight = |p: &CapacityPoint| p.in_flight;
    DataTable::new("capacity-levels", &study.points)
        .version(version ^ Arc::as_ptr(study).addr() as u64)
        .current(current)
        .row_height(24.0)
        .max_height(320.0)
        .column(
            TableColumn::number(
                "Users",
                move |p: &CapacityPoint| p.users.or_else(|| users.then_some(p.concurrency)),
                whole,
            )
            .width(80.0),
        )
        .column(TableColumn::number("In flight", in_flight, units::number).width(80.0))
        .column(
            TableColumn::number(
                "Requests/s",
                |p: &CapacityPoint| Some(p.throughput),
                units::number,
            )
            .width(100.0),
        )
        .column(
            TableColumn::number(
                "± 95 %",
                move |p: &CapacityPoint| half(p.throughput_ci95),
                units::number,
            )
            .width(80.0),
        )
        .column(
            TableColumn::number("P95 ms", |p: &CapacityPoint| p.p95_ms, units::number).width(90.0),
        )
        .column(
            TableColumn::text("P95 between", |p: &CapacityPoint| {
                p.p95_ci95_ms.map_or_else(
                    || "–".to_owned(),
                    |(low, high)| format!("{} to {}", units::number(low), units::number(high)),
                )
            })
            .sorted_by(|p: &CapacityPoint| p.p95_ci95_ms.map(|c| c.1))
            .width(120.0),
        )
        .column(
            TableColumn::number(
                "Errors %",
                |p: &CapacityPoint| Some(p.error_rate * 100.0),
                units::number,
            )
            .width(90.0),
        )
        .column(
            TableColumn::number("Held for s", |p: &CapacityPoint| Some(p.secs), whole).width(90.0),
        )
        .column(
            TableColumn::text("Budget", |p: &CapacityPoint| kept(p).1.to_owned())
                .painted(|ui, p| {
                    let (status, word) = kept(p);
                    StatusBadge::new(status, word).show(ui);
                })
                .width(110.0),
        )
        .show(ui);
    note_ui(
        ui,
        "The highlighted row is the largest measured load that kept to the budget; the figure on top is interpolated to where the budget is reached",
    );
}
