//! How one run of a scenario differs from another, in words.

use super::figures::money;
use crate::ui::simulated::Simulated;
use crate::units;

/// Differences below this share are none.
const SAME: f64 = 0.005;

/// What was at work at the peak, where it is not of one kind or not as many.
fn fleets(base: &Simulated, other: &Simulated) -> Option<String> {
    let count = |found: &Simulated| found.outcome.summary.instances_max;
    let (a, b) = (count(base), count(other));
    let (was, is) = (base.of.unit(), other.of.unit());
    if was != is {
        return Some(format!(
            "{} instead of {} at the peak",
            number_of(b, is),
            number_of(a, was)
        ));
    }
    let word = if b > a { "more" } else { "fewer" };
    let many = if a.abs_diff(b) == 1 { "" } else { "s" };
    let by = units::count(u64::from(a.abs_diff(b)));
    (a != b).then(|| format!("{by} {word} {is}{many} at the peak"))
}

/// `1 peer`, `12,000 peers`.
fn number_of(count: u32, one: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} {one}{many}", units::count(u64::from(count)))
}

/// How one run differs from another, in words.
pub(super) fn difference(base: &Simulated, other: &Simulated) -> String {
    let (a, b) = (&base.outcome.summary, &other.outcome.summary);
    let differs = |x: f64, y: f64| (x - y).abs() > SAME * x.abs().max(y.abs());
    let more = |up: bool| if up { "more" } else { "less" };
    let mut parts = Vec::new();
    let (x, y) = (a.p95.value, b.p95.value);
    if differs(x, y) {
        let by = units::millis((x - y).abs() * 1_000.0);
        parts.push(format!(
            "P95 {by} {}",
            if y > x { "higher" } else { "lower" }
        ));
    }
    let (x, y) = (a.error_rate.value, b.error_rate.value);
    if (x - y).abs() > 0.000_5 {
        let by = units::number((x - y).abs() * 100.0);
        parts.push(format!("{by} points {} failing", more(y > x)));
    }
    parts.extend(fleets(base, other));
    let (x, y) = (a.cost_per_month, b.cost_per_month);
    let currency = &other.of.cost.currency;
    // One without prices does not cost nothing, and two currencies have no difference.
    let priced = x > 0.0 && y > 0.0 && *currency == base.of.cost.currency;
    if priced && differs(x, y) {
        let by = money((x - y).abs(), currency);
        parts.push(format!("{by} a month {}", more(y > x)));
    }
    let (x, y) = (base.broken().count(), other.broken().count());
    if x != y {
        let by = x.abs_diff(y);
        let word = if y > x { "more" } else { "fewer" };
        let things = if by == 1 { "promise" } else { "promises" };
        parts.push(format!("{by} {word} {things} broken"));
    }
    if parts.is_empty() {
        "no difference".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::analysis::sla::Verdict;
    use crate::scenario::Outcome;
    use crate::scenario::outcome::Summary;
    use crate::ui::simulated::Promise;

    pub fn found(p95: f64, instances: u32, cost: f64, verdict: Verdict) -> Simulated {
        Simulated {
            outcome: Outcome {
                summary: Summary {
                    p95: p95.into(),
                    served_per_sec: 100.0.into(),
                    instances_min: 1,
                    instances_max: instances,
                    cost_per_month: cost,
                    ..Summary::default()
                },
                ..Outcome::default()
            },
            promises: vec![Promise {
                name: "P95".to_owned(),
                verdict,
                achieved: String::new(),
                target: String::new(),
                limit_secs: None,
                minutes_below: None,
                budget_left: None,
                reason: None,
                how_often: None,
            }],
            ..Simulated::default()
        }
    }

    #[test]
    fn differences_are_said_in_words() {
        use Verdict::{Breached, Met};
        let base = found(0.3, 12, 1_240.0, Breached);
        let other = found(0.12, 13, 1_400.0, Met);
        assert_eq!(
            difference(&base, &other),
            "P95 180 ms lower, 1 more instance at the peak, 160 USD a month more, 1 fewer promise broken"
        );
        assert_eq!(difference(&base, &base), "no difference");
    }

    #[test]
    fn what_has_no_price_costs_neither_more_nor_less() {
        let base = found(0.1, 4, 816.0, Verdict::Met);
        let mut peers = found(0.1, 10_994, 0.0, Verdict::Met);
        assert_eq!(
            difference(&base, &peers),
            "10,990 more instances at the peak"
        );
        peers.of.federation = Some(crate::scenario::model::Federation::default());
        assert_eq!(
            difference(&base, &peers),
            "10,994 peers instead of 4 instances at the peak"
        );
        let mut fewer = peers.clone();
        fewer.outcome.summary.instances_max = 9_000;
        assert_eq!(difference(&peers, &fewer), "1,994 fewer peers at the peak");
        let mut euros = found(0.1, 4, 900.0, Verdict::Met);
        euros.of.cost.currency = "EUR".to_owned();
        assert_eq!(difference(&base, &euros), "no difference");
    }
}
