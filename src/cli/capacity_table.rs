//! The result of `headroom capacity` as a person reads it on a terminal.

use crate::analysis::capacity::{
    CapacityStudy, UslFit, at_concurrency, curve as curve_sentence, per_sec, plain, scientific,
};
use crate::units;

/// Most levels that are listed.
const MOST_ROWS: usize = 40;

/// The answer, the curve with what its parameters mean, and the levels.
pub(super) fn table(study: &CapacityStudy) -> String {
    let mut text = String::new();
    text.push_str(&format!("{}.\n{}.\n", study.sentence, study.basis));
    match (&study.usl, &study.usl_refused) {
        (Some(usl), _) => text.push_str(&curve(usl)),
        (None, Some(why)) => text.push_str(&format!("\nNo scalability curve: {why}\n")),
        (None, None) => {}
    }
    text.push_str(&limits(study));
    text.push_str(&levels(study));
    text.trim_end().to_owned()
}

fn interval(range: Option<(f64, f64)>) -> String {
    range.map_or_else(
        || "–".to_owned(),
        |(low, high)| format!("{} to {}", scientific(low), scientific(high)),
    )
}

fn curve(fit: &UslFit) -> String {
    let rows = [
        (
            "contention σ",
            fit.usl.sigma,
            fit.se.sigma,
            fit.ci95.sigma,
            "share of the work that waits for what is shared",
        ),
        (
            "coherency κ",
            fit.usl.kappa,
            fit.se.kappa,
            fit.ci95.kappa,
            "cost of keeping each pair in agreement",
        ),
        (
            "rate of one λ",
            fit.usl.lambda,
            fit.se.lambda,
            fit.ci95.lambda,
            "throughput of a single one",
        ),
    ];
    let mut text = format!(
        "\n{:<16}{:>12}{:>12}  {:<26}{}\n",
        "parameter", "value", "± SE", "95 % interval", "what it is"
    );
    for (name, value, se, range, what) in rows {
        text.push_str(&format!(
            "{name:<16}{:>12}{:>12}  {:<26}{what}\n",
            scientific(value),
            se.map_or_else(|| "–".to_owned(), scientific),
            interval(range),
        ));
    }
    text.push_str(&format!(
        "The curve explains {} % of the variation of throughput over {} points.\n",
        units::number((fit.r2 * 1e3).floor() / 10.0),
        fit.n
    ));
    text
}

/// Knee, plateau and saturation, each in a line.
fn limits(study: &CapacityStudy) -> String {
    let at = |n: f64| at_concurrency(n, study.concurrency);
    let rate = |x: f64| per_sec(x, study.concurrency);
    let mut lines = Vec::new();
    if let Some(usl) = study.usl.as_ref().filter(|_| study.budget.is_some()) {
        lines.push(format!("Curve: {}", curve_sentence(usl, study.concurrency)));
    }
    if let Some(knee) = &study.knee {
        lines.push(format!(
            "Knee: beyond {} ({}) more concurrency pays little",
            at(knee.concurrency),
            rate(knee.throughput)
        ));
    }
    if let Some(plateau) = &study.plateau {
        lines.push(format!(
            "Plateau: from {} on throughput stays near {}",
            at(plateau.from_concurrency),
            rate(plateau.throughput)
        ));
    }
    if let Some(full) = &study.saturation {
        lines.push(format!(
            "Queues begin at {} requests in flight (largest throughput times shortest response, Little's law)",
            units::number(full.concurrency)
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\n{}\n", lines.join("\n"))
}

fn levels(study: &CapacityStudy) -> String {
    let mut text = format!(
        "\n{:>12}{:>14}{:>10}{:>10}\n",
        "concurrency", "throughput", "P95 ms", "errors %"
    );
    for point in study.points.iter().take(MOST_ROWS) {
        text.push_str(&format!(
            "{:>12}{:>14}{:>10}{:>10}\n",
            plain(point.concurrency),
            units::number(point.throughput),
            point.p95_ms.map_or_else(|| "–".to_owned(), units::number),
            units::number(point.error_rate * 100.0),
        ));
    }
    let more = study.points.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        text.push_str(&format!("and {more} more (--json has all)\n"));
    }
    text
}
