//! What a scenario said beforehand beside what a later load test measured: label by label, with the relative difference
//! and whether it is within the bar (10 % for P95, 5 % for throughput).

use serde::{Deserialize, Serialize};

/// Allowed difference of P95, percent.
const BAR_P95: i128 = 10;
/// Allowed difference of throughput, percent.
const BAR_THROUGHPUT: i128 = 5;

/// Figures of one label, of a run or of a simulation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelFigures {
    /// Label; empty for all requests together.
    pub label: String,
    /// Good answers per second.
    pub throughput: Option<f64>,
    /// Seconds.
    pub mean: Option<f64>,
    /// Seconds.
    pub p50: Option<f64>,
    /// Seconds.
    pub p95: Option<f64>,
    /// Seconds.
    pub p99: Option<f64>,
    /// Share without a good answer, 0..1.
    pub error_rate: Option<f64>,
}

/// A figure that was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Good answers per second.
    Throughput,
    /// Mean response time, seconds.
    Mean,
    /// Half of the answers were no slower, seconds.
    P50,
    /// 95 % of the answers were no slower, seconds.
    P95,
    /// 99 % of the answers were no slower, seconds.
    P99,
    /// Share of errors, 0..1.
    ErrorRate,
}

impl Measured {
    /// As a person reads it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Mean => "mean",
            Self::P50 => "P50",
            Self::P95 => "P95",
            Self::P99 => "P99",
            Self::ErrorRate => "error share",
        }
    }

    /// Allowed difference in percent of the measured; `None` where there is no bar.
    const fn bar(self) -> Option<i128> {
        match self {
            Self::Throughput => Some(BAR_THROUGHPUT),
            Self::P95 => Some(BAR_P95),
            Self::Mean | Self::P50 | Self::P99 | Self::ErrorRate => None,
        }
    }

    fn of(self, figures: &LabelFigures) -> Option<f64> {
        match self {
            Self::Throughput => figures.throughput,
            Self::Mean => figures.mean,
            Self::P50 => figures.p50,
            Self::P95 => figures.p95,
            Self::P99 => figures.p99,
            Self::ErrorRate => figures.error_rate,
        }
        .filter(|v| v.is_finite())
    }
}

const ALL: [Measured; 6] = [
    Measured::Throughput,
    Measured::Mean,
    Measured::P50,
    Measured::P95,
    Measured::P99,
    Measured::ErrorRate,
];

/// One figure of one label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainstRow {
    /// Label; empty for all requests together.
    pub label: String,
    /// Which figure.
    pub figure: Measured,
    /// What the scenario said.
    pub predicted: f64,
    /// What was measured.
    pub measured: f64,
    /// (predicted − measured) / measured; the plain difference for shares of errors. `None` where nothing was measured.
    pub difference: Option<f64>,
    /// Within the bar; `None` where there is none.
    pub within: Option<bool>,
}

/// The whole comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// All requests first, then by label in rising order.
    pub rows: Vec<AgainstRow>,
    /// Figures with a bar that keep to it.
    pub within: usize,
    /// Figures with a bar.
    pub judged: usize,
    /// Labels that only the scenario has.
    pub only_predicted: Vec<String>,
    /// Labels that only the run has.
    pub only_measured: Vec<String>,
    /// The answer in words.
    pub sentence: String,
}

/// Puts predictions beside measurements, by label.
pub fn against(predicted: &[LabelFigures], measured: &[LabelFigures]) -> Against {
    let mut labels: Vec<&str> = predicted.iter().map(|f| f.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    let mut out = Against::default();
    for label in labels {
        let told = predicted.iter().find(|f| f.label == label);
        let seen = measured.iter().find(|f| f.label == label);
        let (Some(told), Some(seen)) = (told, seen) else {
            out.only_predicted.push(label.to_owned());
            continue;
        };
        for figure in ALL {
            if let (Some(told), Some(seen)) = (figure.of(told), figure.of(seen)) {
                out.rows.push(row(label, figure, told, seen));
            }
        }
    }
    out.only_measured = measured
        .iter()
        .filter(|m| !predicted.iter().any(|p| p.label == m.label))
        .map(|m| m.label.clone())
        .collect();
    out.only_measured.sort_unstable();
    out.judged = out.rows.iter().filter(|r| r.within.is_some()).count();
    out.within = out.rows.iter().filter(|r| r.within == Some(true)).count();
    out.sentence = sentence(&out);
    out
}

fn row(label: &str, figure: Measured, predicted: f64, measured: f64) -> AgainstRow {
    let difference = if figure == Measured::ErrorRate {
        Some(predicted - measured)
    } else if measured == 0.0 {
        None
    } else {
        Some((predicted - measured) / measured)
    };
    AgainstRow {
        label: label.to_owned(),
        figure,
        predicted,
        measured,
        difference,
        within: figure.bar().map(|bar| within(predicted, measured, bar)),
    }
}

/// |predicted − measured| is at most `percent` of what was measured, on millionths.
fn within(predicted: f64, measured: f64, percent: i128) -> bool {
    let micros = |v: f64| (v * 1e6).round() as i128;
    let (told, seen) = (micros(predicted), micros(measured));
    (told - seen).abs() * 100 <= seen.abs() * percent
}

fn sentence(out: &Against) -> String {
    if out.judged == 0 {
        return "There is no P95 and no throughput on both sides to compare.".to_owned();
    }
    let worst = out
        .rows
        .iter()
        .filter(|r| r.within == Some(false))
        .max_by(|a, b| {
            let size = |r: &AgainstRow| r.difference.map_or(f64::INFINITY, f64::abs);
            size(a).total_cmp(&size(b))
        });
    let said = format!(
        "{} of {} figures are within the bar (P95 {BAR_P95} %, throughput {BAR_THROUGHPUT} %)",
        out.within, out.judged
    );
    let Some(worst) = worst else {
        return format!("{said}: the prediction held.");
    };
    let place = if worst.label.is_empty() {
        "all requests".to_owned()
    } else {
        format!("“{}”", worst.label)
    };
    let by = match worst.difference {
        Some(d) if d < 0.0 => format!("{} below", crate::units::percent_of(-d)),
        Some(d) => format!("{} above", crate::units::percent_of(d)),
        None => "not comparable with".to_owned(),
    };
    format!(
        "{said}; furthest off is {} of {place}, predicted {by} the measured.",
        worst.figure.word()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(label: &str, throughput: f64, p95: f64) -> LabelFigures {
        LabelFigures {
            label: label.to_owned(),
            throughput: Some(throughput),
            p95: Some(p95),
            ..LabelFigures::default()
        }
    }

    #[test]
    fn the_bar_is_reached_but_not_passed() {
        let told = [figures("", 105.0, 0.22), figures("b", 94.9, 0.1)];
        let seen = [figures("", 100.0, 0.2), figures("b", 100.0, 0.1)];
        let out = against(&told, &seen);
        let kept: Vec<Option<bool>> = out.rows.iter().map(|r| r.within).collect();
        assert_eq!(kept, [Some(true), Some(true), Some(false), Some(true)]);
        assert_eq!((out.within, out.judged), (3, 4));
        assert!(
            out.sentence
                .contains("throughput of “b”, predicted 5.10 % below")
        );
        let over = against(&[figures("", 105.000_2, 0.220_001)], &seen[..1]);
        assert_eq!(over.within, 0);
    }

    #[test]
    fn labels_of_one_side_are_named_and_nothing_measured_is_no_difference() {
        let mut told = figures("a", 10.0, 0.1);
        told.error_rate = Some(0.03);
        let mut seen = figures("a", 0.0, 0.1);
        seen.error_rate = Some(0.01);
        let out = against(
            &[told, figures("x", 1.0, 1.0)],
            &[seen, figures("y", 1.0, 1.0)],
        );
        assert_eq!(out.only_predicted, ["x"]);
        assert_eq!(out.only_measured, ["y"]);
        assert_eq!(out.rows[0].difference, None);
        assert_eq!(out.rows[0].within, Some(false));
        let errors = out.rows.last().unwrap();
        assert_eq!(errors.figure, Measured::ErrorRate);
        assert!((errors.difference.unwrap() - 0.02).abs() < 1e-12);
        assert_eq!(errors.within, None);
        assert!(against(&[], &[]).sentence.starts_with("There is no P95"));
    }
}
