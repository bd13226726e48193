//! The answer in a sentence: the figure that decides, with its change and the interval of it.

use super::params::Metric;
use super::result::{CompareVerdict, ComparedRow, Comparison};
use crate::units;

/// A change as people read it: `+23 %`, `−4.1 %`, `+0.8 points`.
pub fn change_text(metric: Metric, change: f64) -> String {
    let scaled = change * 100.0;
    let sign = if scaled > 0.0 { "+" } else { "" };
    let number = units::number(scaled);
    if metric == Metric::ErrorRate {
        format!("{sign}{number} points")
    } else {
        format!("{sign}{number} %")
    }
}

/// A gate or a confidence, without needless decimals: `5 %`, `99.9 %`.
pub fn share_text(fraction: f64) -> String {
    units::percent(units::Ppm((fraction * 1e6).round() as i64))
}

/// A value with its unit.
pub fn value_text(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Throughput => format!("{}/s", units::number(value)),
        Metric::ErrorRate => units::percent_of(value),
        _ => units::millis(value),
    }
}

/// `P95 of GET /cart`, `throughput of all requests`.
pub fn what(row: &ComparedRow) -> String {
    let name = row.metric.noun();
    let label = if row.label == super::figures::TOTAL {
        "all requests"
    } else {
        &row.label
    };
    format!("{name} of {label}")
}

/// How a figure moved: `rose 23 % (18 to 29 %)`, `rose from 0.1 to 0.9 %`.
pub fn moved(row: &ComparedRow) -> String {
    let change = row.change.unwrap_or_default();
    let verb = if change < 0.0 { "fell" } else { "rose" };
    if row.metric == Metric::ErrorRate {
        let print = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), units::percent_of);
        return format!(
            "{verb} from {} to {}",
            print(row.base),
            print(row.candidate)
        );
    }
    let percent = |v: f64| {
        let v = v * 100.0;
        if v.abs() < 10.0 {
            units::number(v)
        } else {
            units::grouped(v, 0)
        }
    };
    let by = format!("{verb} {} %", percent(change.abs()));
    match row.ci {
        Some((low, high)) if change < 0.0 => {
            format!("{by} ({} to {} %)", percent(-high), percent(-low))
        }
        Some((low, high)) => format!("{by} ({} to {} %)", percent(low), percent(high)),
        None => by,
    }
}

fn worst(comparison: &Comparison, verdict: CompareVerdict) -> Option<&ComparedRow> {
    comparison
        .labels
        .iter()
        .filter(|r| r.verdict == verdict)
        .max_by(|a, b| a.badness().total_cmp(&b.badness()))
}

/// The answer.
pub(super) fn sentence(comparison: &Comparison) -> String {
    let (base, candidate) = (&comparison.base.name, &comparison.candidate.name);
    let gate = share_text(comparison.max_regression);
    let of = |verdict| {
        let rows = comparison.labels.iter();
        rows.filter(|r| r.verdict == verdict).count()
    };
    let more = |verdict: CompareVerdict| match of(verdict) {
        0 | 1 => ".".to_owned(),
        n => format!("; {} more figures did too.", n - 1),
    };
    match comparison.verdict {
        CompareVerdict::Regression => {
            let Some(row) = worst(comparison, CompareVerdict::Regression) else {
                return String::new();
            };
            let is = match row.metric {
                Metric::Throughput => "serves less",
                Metric::ErrorRate => "fails more often",
                _ => "is slower",
            };
            let more = match of(CompareVerdict::Regression) {
                0 | 1 => ".".to_owned(),
                2 => "; one more figure got worse.".to_owned(),
                n => format!("; {} more figures got worse.", n - 1),
            };
            format!("{candidate} {is}: {} {}{more}", what(row), moved(row))
        }
        CompareVerdict::NotProven => {
            let open = of(CompareVerdict::NotProven);
            let Some(row) = worst(comparison, CompareVerdict::NotProven) else {
                return format!("{base} and {candidate} have no label in common.");
            };
            let why = row.reason.clone().unwrap_or_default();
            let share = format!("{open} of {} figures", comparison.labels.len());
            format!(
                "Whether {candidate} is slower than {base} is not proven for {share}: of the {}, {why}.",
                what(row)
            )
        }
        CompareVerdict::Improvement => {
            let best = comparison
                .labels
                .iter()
                .filter(|r| r.verdict == CompareVerdict::Improvement)
                .min_by(|a, b| a.badness().total_cmp(&b.badness()));
            best.map_or_else(String::new, |row| {
                let more = more(CompareVerdict::Improvement);
                let more = more.replace("figures did too", "figures got better");
                format!(
                    "{candidate} is better than {base}: {} {}{more}",
                    what(row),
                    moved(row)
                )
            })
        }
        CompareVerdict::Pass => {
            let Some(row) = worst(comparison, CompareVerdict::Pass) else {
                return String::new();
            };
            let change = row.change.unwrap_or_default();
            format!(
                "{candidate} is no worse than {base} by more than {gate}: the largest change is that of the {}, {}.",
                what(row),
                change_text(row.metric, change)
            )
        }
    }
}
