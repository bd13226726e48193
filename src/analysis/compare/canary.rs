//! Criteria that a canary has to keep to, on its own and against the base: `max_error_rate=1%`, `max_p95=500ms`,
//! `max_p95_increase=10%`. The success criteria of the requirements (`error_rate: "<1%"`, `response_time: "<200ms"`) are
//! understood as they stand there; a response time is the 95th percentile, as everywhere in those documents.
//!
//! Met where the whole interval keeps to the limit, breached where none of it does, else not proven.

use serde::{Deserialize, Serialize};

use super::figures::TOTAL;
use super::params::Metric;
use super::result::Comparison;
use super::sentence::{change_text, value_text};
use crate::units::{parse_duration, parse_percent, parse_rate};

/// The names that are understood, for messages.
const KNOWN: &str = "max_error_rate, max_p50, max_p90, max_p95, max_p99, max_mean, min_throughput, max_error_increase, \
                     max_p50_increase, max_p90_increase, max_p95_increase, max_p99_increase, max_mean_increase, \
                     max_throughput_drop, error_rate, response_time";

/// Why a criterion could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CanaryError(String);

/// One criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its name as it was written.
    pub name: String,
    /// The figure it is about, over all requests.
    pub metric: Metric,
    /// The limit: milliseconds, requests per second or a share; relative criteria: a fraction or a difference of shares.
    pub limit: f64,
    /// It is about the change against the base.
    pub against_base: bool,
    /// The figure has to be at least the limit, not at most.
    pub at_least: bool,
    /// The limit itself does not keep to it.
    pub strict: bool,
}

impl Criterion {
    /// Reads a list such as `max_error_rate=1%,max_p95=500ms`.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, CanaryError> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(Self::parse)
            .collect()
    }

    /// Reads `name=value`.
    fn parse(text: &str) -> Result<Self, CanaryError> {
        let (name, value) = text.split_once(['=', ':']).ok_or_else(|| {
            CanaryError(format!(
                "a criterion is written name=value, such as max_error_rate=1%, not \"{text}\""
            ))
        })?;
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim().trim_matches('"').trim();
        let (strict, value) = match value.strip_prefix('<') {
            Some(rest) => (!rest.starts_with('='), rest.trim_start_matches('=').trim()),
            None => (false, value),
        };
        let unknown = || CanaryError(format!("there is no criterion \"{name}\" (known: {KNOWN})"));
        let (metric, against_base, at_least) = match name.as_str() {
            "error_rate" | "max_error_rate" => (Metric::ErrorRate, false, false),
            "response_time" => (Metric::P95, false, false),
            "max_error_increase" | "max_error_rate_increase" => (Metric::ErrorRate, true, false),
            "min_throughput" => (Metric::Throughput, false, true),
            "max_throughput_drop" => (Metric::Throughput, true, true),
            _ => {
                let rest = name.strip_prefix("max_").ok_or_else(unknown)?;
                let (figure, increase) = match rest.strip_suffix("_increase") {
                    Some(figure) => (figure, true),
                    None => (rest, false),
                };
                let metric = Metric::parse(figure)
                    .filter(|m| m.is_latency())
                    .ok_or_else(unknown)?;
                (metric, increase, false)
            }
        };
        let said = |e: crate::units::UnitError| CanaryError(format!("{name}: {e}"));
        let limit = if against_base || metric == Metric::ErrorRate {
            let share = parse_percent(value).map_err(said)?;
            if share.0 < 0 {
                return Err(CanaryError(format!(
                    "{name}: a limit is at least 0 %, not {value}"
                )));
            }
            let fraction = share.as_fraction();
            if metric == Metric::Throughput {
                -fraction
            } else {
                fraction
            }
        } else if metric == Metric::Throughput {
            parse_rate(value).map_err(said)?.as_per_sec()
        } else {
            parse_duration(value).map_err(said)?.as_millis()
        };
        Ok(Self {
            name,
            metric,
            limit,
            against_base,
            at_least,
            strict,
        })
    }

    /// The limit as people read it.
    pub fn limit_text(&self) -> String {
        let value = if self.against_base {
            change_text(self.metric, self.limit)
        } else {
            value_text(self.metric, self.limit)
        };
        let word = match (self.at_least, self.strict) {
            (true, _) => "at least",
            (false, true) => "less than",
            (false, false) => "at most",
        };
        format!("{word} {value}")
    }

    /// Whether a figure keeps to the limit.
    fn holds(&self, value: f64) -> bool {
        if self.at_least {
            value >= self.limit
        } else if self.strict {
            value < self.limit
        } else {
            value <= self.limit
        }
    }
}

/// How a criterion fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryVerdict {
    /// Certainly kept.
    Met,
    /// Certainly broken.
    Breached,
    /// The data do not decide.
    NotProven,
}

impl CanaryVerdict {
    /// The word shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Breached => "breached",
            Self::NotProven => "not proven",
        }
    }
}

/// A criterion and how it fared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryResult {
    /// What was asked.
    #[serde(flatten)]
    pub criterion: Criterion,
    /// The figure, or its change against the base.
    pub achieved: Option<f64>,
    /// Its interval.
    pub range: Option<(f64, f64)>,
    /// How it fared.
    pub verdict: CanaryVerdict,
    /// One sentence for a person.
    pub message: String,
}

/// Judges criteria by the total of a comparison that has their metrics.
pub(super) fn judge(comparison: &Comparison, criteria: &[Criterion]) -> Vec<CanaryResult> {
    criteria
        .iter()
        .map(|criterion| {
            let row = comparison
                .labels
                .iter()
                .find(|r| r.label == TOTAL && r.metric == criterion.metric);
            let (achieved, range) = match row {
                Some(row) if criterion.against_base => (row.change, row.ci),
                Some(row) => (row.candidate, row.ranges[1]),
                None => (None, None),
            };
            let verdict = match range {
                Some((low, high)) => match (criterion.holds(low), criterion.holds(high)) {
                    (true, true) => CanaryVerdict::Met,
                    (false, false) => CanaryVerdict::Breached,
                    _ => CanaryVerdict::NotProven,
                },
                None => CanaryVerdict::NotProven,
            };
            CanaryResult {
                message: message(criterion, achieved, range, verdict),
                criterion: criterion.clone(),
                achieved,
                range,
                verdict,
            }
        })
        .collect()
}

fn message(
    criterion: &Criterion,
    achieved: Option<f64>,
    range: Option<(f64, f64)>,
    verdict: CanaryVerdict,
) -> String {
    let print = |v: f64| {
        if criterion.against_base {
            change_text(criterion.metric, v)
        } else {
            value_text(criterion.metric, v)
        }
    };
    let subject = if criterion.against_base {
        format!("Change of the {}", criterion.metric.noun())
    } else {
        criterion.metric.title().to_owned()
    };
    match (achieved, range) {
        (Some(value), Some((low, high))) => format!(
            "{subject} is {} ({} to {}), asked for is {}: {}",
            print(value),
            print(low),
            print(high),
            criterion.limit_text(),
            verdict.word()
        ),
        (Some(value), None) => format!(
            "{subject} is {}, asked for is {}, but too little is known to prove it",
            print(value),
            criterion.limit_text()
        ),
        (None, _) => format!("{subject} is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::result::{CompareVerdict, ComparedRow};

    #[test]
    fn the_words_of_the_requirements_are_understood() {
        let list = Criterion::parse_list("error_rate: \"<1%\", response_time: \"<200ms\"").unwrap();
        assert_eq!(list[0].metric, Metric::ErrorRate);
        assert!(list[0].strict && (list[0].limit - 0.01).abs() < 1e-12);
        assert_eq!((list[1].metric, list[1].limit), (Metric::P95, 200.0));
        let list = Criterion::parse_list(
            "max_error_rate=1%,max_p95=500ms,max_error_increase=0.5%,max_p99_increase=10%,min_throughput=50_rps,max_throughput_drop=5%",
        )
        .unwrap();
        assert!(!list[0].strict && !list[0].against_base);
        assert!(list[2].against_base && (list[2].limit - 0.005).abs() < 1e-12);
        assert!(list[4].at_least && list[4].limit == 50.0);
        assert!(list[5].at_least && list[5].limit == -0.05);
    }

    #[test]
    fn what_is_not_understood_names_what_would_be() {
        for (bad, says) in [
            ("max_errors=1%", "known: max_error_rate"),
            ("max_p95=fast", "max_p95: \"fast\""),
            ("max_p95=5%", "unknown unit"),
            ("max_error_rate", "name=value"),
            ("max_throughput=5", "there is no criterion"),
            ("max_error_rate=-1%", "at least 0 %"),
        ] {
            let error = Criterion::parse_list(bad).unwrap_err().to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
    }

    /// The limit itself keeps to "at most", not to "less than"; an interval across it proves nothing.
    #[test]
    fn the_interval_decides() {
        let comparison = |low: f64, high: f64| Comparison {
            labels: vec![ComparedRow {
                label: TOTAL.to_owned(),
                metric: Metric::P95,
                unit: "ms".to_owned(),
                base: Some(180.0),
                candidate: Some(190.0),
                change: Some(0.05),
                change_unit: "relative".to_owned(),
                ratio: Some(1.05),
                ci: None,
                ci_corrected: None,
                n: [1_000, 1_000],
                verdict: CompareVerdict::NotProven,
                reason: None,
                ranges: [None, Some((low, high))],
            }],
            ..Comparison::default()
        };
        let verdict = |text: &str, low: f64, high: f64| {
            let criteria = Criterion::parse_list(text).unwrap();
            judge(&comparison(low, high), &criteria)[0].verdict
        };
        assert_eq!(verdict("max_p95=200ms", 185.0, 200.0), CanaryVerdict::Met);
        assert_eq!(
            verdict("response_time=<200ms", 185.0, 200.0),
            CanaryVerdict::NotProven
        );
        assert_eq!(
            verdict("max_p95=180ms", 185.0, 200.0),
            CanaryVerdict::Breached
        );
        assert_eq!(
            verdict("max_p95_increase=10%", 185.0, 200.0),
            CanaryVerdict::NotProven
        );
    }
}
