//! An objective written in Headroom's own form, key by key: only what differs from the defaults, in units that are read
//! back exactly.

use super::objective::{
    AvailabilityRule, AvailabilitySource, DegradedPolicy, ExcludeAs, Grain, Limit, MissingPolicy,
    Objective, Quantity, Statistic, ThroughputMode,
};
use super::read_values::limit;
use super::yaml::{Node, Value};
use super::{BaselineRef, ObjectiveKind};
use crate::dataset::OutcomeFilter;
use crate::units::{Direction, Ppm};

pub(super) use crate::units::exact_duration as duration_text;

/// Millionths as a plain decimal, exactly.
fn decimal(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, rest) = (
        millionths.unsigned_abs() / 1_000_000,
        millionths.unsigned_abs() % 1_000_000,
    );
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share in percent, exactly.
pub(super) fn percent_text(share: Ppm) -> String {
    format!("{}%", decimal(share.0.saturating_mul(100)))
}

/// The word of a kind.
pub(super) const fn kind_word(kind: ObjectiveKind) -> &'static str {
    match kind {
        ObjectiveKind::Availability => "availability",
        ObjectiveKind::Latency => "latency",
        ObjectiveKind::ShareUnder => "share_under",
        ObjectiveKind::Throughput => "throughput",
        ObjectiveKind::ErrorRate => "error_rate",
        ObjectiveKind::Utilisation => "utilisation",
        ObjectiveKind::Metric => "metric",
        ObjectiveKind::Improvement => "improvement",
        ObjectiveKind::Regression => "regression",
    }
}

/// A period or a slice.
pub(super) fn grain_text(grain: Grain) -> String {
    match grain {
        Grain::Day => "day".to_owned(),
        Grain::Week => "week".to_owned(),
        Grain::Month => "month".to_owned(),
        Grain::Quarter => "quarter".to_owned(),
        Grain::Year => "year".to_owned(),
        Grain::Length(length) | Grain::Rolling(length) => duration_text(length),
    }
}

fn value_text(value: Quantity, kind: ObjectiveKind) -> String {
    match value {
        Quantity::Share(share) => percent_text(share),
        Quantity::Duration(length) => duration_text(length),
        Quantity::Rate(rate) => format!("{}_rps", decimal(rate.0)),
        Quantity::Value(number) if kind == ObjectiveKind::Improvement => {
            format!("{}x", decimal(number))
        }
        Quantity::Value(number) => decimal(number),
        Quantity::Bytes(bytes) => format!("{bytes}B"),
        Quantity::ByteRate(bytes) => format!("{bytes}B/s"),
    }
}

/// A threshold with its side, where the side is not the usual one.
pub(super) fn limit_text(limit: &Limit, kind: ObjectiveKind) -> String {
    let sign = match (limit.direction, limit.strict) {
        (Direction::AtMost, true) => "<",
        (Direction::AtLeast, true) => ">",
        (Direction::AtLeast, false)
            if matches!(kind, ObjectiveKind::Metric | ObjectiveKind::Utilisation) =>
        {
            ">="
        }
        _ => "",
    };
    format!("{sign}{}", value_text(limit.value, kind))
}

fn list(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|t| Node::scalar(1, t)).collect())
}

/// The keys of an objective with their values.
pub(super) fn pairs(objective: &Objective) -> Vec<(String, Node)> {
    let o = objective;
    let usual = Objective::new(&o.name, o.kind, o.target, &o.target_text);
    let mut pairs: Vec<(String, Node)> = Vec::new();
    let mut put = |key: &str, value: Value| pairs.push((key.to_owned(), Node { line: 1, value }));
    let text = |text: &str| Value::Scalar(text.to_owned());
    put("name", text(&o.name));
    put("kind", text(kind_word(o.kind)));
    let scope: Vec<(String, Node)> = [
        ("service", &o.scope.service),
        ("environment", &o.scope.environment),
        ("label", &o.scope.label),
        ("class", &o.scope.class),
        ("metric", &o.scope.metric),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), Node::scalar(1, value.as_ref()?))))
    .collect();
    if !scope.is_empty() {
        put("scope", Value::Map(scope));
    }
    // As it was written, where that still says the same.
    let as_written = Node::scalar(1, &o.target_text);
    let target = match limit(&as_written, "target", o.kind) {
        Ok(same) if same == o.target => o.target_text.clone(),
        _ => limit_text(&o.target, o.kind),
    };
    put("target", text(&target));
    if matches!(o.kind, ObjectiveKind::Latency) || o.percentile != usual.percentile {
        put(
            "percentile",
            text(percent_text(o.percentile).trim_end_matches('%')),
        );
    }
    if let Some(threshold) = &o.threshold {
        put(
            "threshold",
            text(&limit_text(threshold, ObjectiveKind::Latency)),
        );
    }
    if o.outcome == OutcomeFilter::All {
        put("outcome", text("all"));
    }
    if o.mode == ThroughputMode::Floor {
        put("mode", text("floor"));
    }
    if let Some(burst) = o.burst {
        put("burst", text(&format!("{}_rps", decimal(burst.0))));
    }
    if o.slices_required != usual.slices_required {
        put("slices_required", text(&percent_text(o.slices_required)));
    }
    if o.period != usual.period {
        put("period", text(&grain_text(o.period)));
    }
    if o.slice != usual.slice {
        put("slice", text(&grain_text(o.slice)));
    }
    match o.rule {
        AvailabilityRule::Percent if o.allowance.is_none() => {}
        AvailabilityRule::Percent => put("rule", text("percent")),
        AvailabilityRule::Fixed => put("rule", text("fixed")),
        AvailabilityRule::Stricter => put("rule", text("stricter")),
    }
    if let Some(allowance) = o.allowance {
        put("allowance", text(&duration_text(allowance)));
    }
    if o.source == AvailabilitySource::Requests {
        put("source", text("requests"));
    }
    match o.missing {
        MissingPolicy::Unknown => {}
        MissingPolicy::Up => put("missing", text("up")),
        MissingPolicy::Down => put("missing", text("down")),
    }
    match o.degraded {
        DegradedPolicy::Up => {}
        DegradedPolicy::Down => put("degraded", text("down")),
        DegradedPolicy::PartlyDown(share) => put("degraded", text(&percent_text(share))),
    }
    if let Some(critical) = &o.critical {
        put("critical", text(&limit_text(critical, o.kind)));
    }
    if o.min_samples > 0 {
        put("min_samples", text(&o.min_samples.to_string()));
    }
    if !o.exclusions.is_empty() {
        put("exclusions", list(&o.exclusions));
    }
    if o.exclude_as == ExcludeAs::AsUptime {
        put("exclude_as", text("as_uptime"));
    }
    if !o.escalation.is_empty() {
        put("escalation", list(&o.escalation));
    }
    match o.statistic {
        Statistic::Mean => {}
        Statistic::Max => put("statistic", text("max")),
        Statistic::Min => put("statistic", text("min")),
        Statistic::P95 => put("statistic", text("p95")),
    }
    match &o.baseline {
        Some(BaselineRef::Named(name)) => put("baseline", text(name)),
        Some(BaselineRef::Figure { text: written, .. }) => put("baseline", text(written)),
        None => {}
    }
    if o.measure != usual.measure {
        put("measure", text(o.measure.word()));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::SlaFile;
    use super::super::yaml::quoted;
    use super::*;
    use crate::units::Micros;

    /// An entry of the list under `objectives:`, indented by two.
    fn item(pairs: &[(String, Node)]) -> String {
        let mut text = String::new();
        for (index, (key, node)) in pairs.iter().enumerate() {
            let lead = if index == 0 { "  - " } else { "    " };
            text.push_str(&format!("{lead}{}: {}\n", quoted(key), node.flow()));
        }
        text
    }

    /// Whatever the other forms say, the own form says as well.
    #[test]
    fn what_is_written_reads_back_the_same() {
        for yaml in [
            include_str!("../../../tests/data/sla/performance_sla.yaml"),
            include_str!("../../../tests/data/sla/own_form.yaml"),
        ] {
            for mut objective in SlaFile::parse(yaml).unwrap().objectives {
                let text = format!("objectives:\n{}", item(&pairs(&objective)));
                let mut back = SlaFile::parse(&text).unwrap().objectives.remove(0);
                objective.line = None;
                back.line = None;
                assert_eq!(back, objective, "{text}");
            }
        }
    }

    #[test]
    fn amounts_stay_exact() {
        assert_eq!(decimal(-1_500_000), "-1.5");
        assert_eq!(duration_text(Micros(2_592_000_000)), "2592s");
        assert_eq!(duration_text(Micros(250)), "250us");
        assert_eq!(percent_text(Ppm(999_500)), "99.95%");
    }
}
