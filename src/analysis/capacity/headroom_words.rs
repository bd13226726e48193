//! The answer about headroom in sentences: what is left of which unit, bound by what, after which failures.

use super::headroom::{CeilingBasis, Headroom};
use super::plain;
use crate::units;

/// Two rates such that the larger one also reads as the larger one.
pub fn apart(a: f64, b: f64) -> (String, String) {
    let plain = (units::number(a), units::number(b));
    if plain.0 != plain.1 || (a - b).abs() * 1e6 < 0.5 {
        return plain;
    }
    (1..=6)
        .map(|places| (units::grouped(a, places), units::grouped(b, places)))
        .find(|(a, b)| a != b)
        .unwrap_or(plain)
}

/// `1 node`, `3 nodes`.
pub(super) fn nodes(count: u64) -> String {
    format!(
        "{} node{}",
        units::count(count),
        if count == 1 { "" } else { "s" }
    )
}

/// The whole answer.
pub(super) fn sentence(found: &Headroom) -> String {
    let (demand, usable) = apart(found.demand_peak, found.usable);
    let grown = if (found.growth - 1.0).abs() < 1e-9 {
        String::new()
    } else {
        format!(
            ", {} times {}",
            plain(found.growth),
            units::number(found.demand_now)
        )
    };
    let bound = bound_by(found);
    let mut text = if found.value < 0.0 {
        format!(
            "Short by {} {}, {bound}: the demand peaks at {demand}{grown}, usable are {usable}.",
            units::number(-found.value),
            found.unit
        )
    } else {
        format!(
            "Left are {} {}, {bound}: the demand peaks at {demand}{grown}, usable are {usable}.",
            units::number(found.value),
            found.unit
        )
    };
    if let (Some(after), Some(count)) = (found.after_failure, found.nodes)
        && found.fail > 0
    {
        let (demand, after_text) = apart(found.demand_peak, after);
        let verdict = if found.demand_peak <= after {
            format!("{demand} still fit")
        } else {
            format!("{demand} do not fit")
        };
        text.push_str(&format!(
            " With {} of {} gone {after_text} requests/s remain: {verdict}.",
            nodes(found.fail),
            units::count(count)
        ));
    }
    text.push_str(&match found.nodes_needed {
        Some(needed) if found.fail > 0 => format!(
            " Needed: {}, of which {} may fail.",
            nodes(needed),
            units::count(found.fail)
        ),
        Some(needed) => format!(" Needed: {}.", nodes(needed)),
        None => " No number of nodes carries it on this curve.".to_owned(),
    });
    if let Some(cost) = &found.cost {
        let money = |v: f64| format!("{} {}", units::grouped(v, 0), cost.currency);
        text.push_str(&match cost.monthly_now {
            Some(now) => format!(
                " They cost {} a month, now {}.",
                money(cost.monthly_needed),
                money(now)
            ),
            None => format!(" They cost {} a month.", money(cost.monthly_needed)),
        });
    }
    text
}

fn bound_by(found: &Headroom) -> String {
    let tightest = found.resources.first().map(|r| &r.ceiling);
    if tightest.is_some_and(|c| c.basis == CeilingBasis::Promise) {
        return "bound by the promise itself".to_owned();
    }
    let target = tightest.and_then(|c| c.target_percent);
    let target = target.map_or_else(String::new, |t| format!(" at {} %", plain(t)));
    format!("bound by {}{target}", found.binding_resource)
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn a_demand_that_is_short_never_reads_as_what_there_is() {
        assert_eq!(
            apart(2_460.4, 2_460.3),
            ("2,460.4".to_owned(), "2,460.3".to_owned())
        );
        assert_eq!(
            apart(620.0, 2_460.0),
            ("620".to_owned(), "2,460".to_owned())
        );
        assert_eq!(apart(5.0, 5.0), ("5.00".to_owned(), "5.00".to_owned()));
    }
}
