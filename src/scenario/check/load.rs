//! What arrives.

use super::look::Look;
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Pattern};
use crate::units::number;

pub(super) fn look(look: &mut Look, scenario: &Scenario) {
    let load = &scenario.workload;
    look.positive("workload.growth", load.growth);
    look.not_negative("workload.population", load.users);
    let closed = match &load.arrivals {
        Arrivals::Closed { think } => {
            look.dist("workload.think_time", think);
            true
        }
        Arrivals::Open | Arrivals::Even => false,
    };
    let level = if closed {
        "workload.users"
    } else {
        "workload.rate"
    };
    match &load.pattern {
        Pattern::Constant { level: at } => look.not_negative(level, *at),
        Pattern::Ramp { from, to, over } => {
            look.not_negative("workload.from", *from);
            look.not_negative("workload.to", *to);
            look.not_negative("workload.over", *over);
        }
        Pattern::Spike {
            base,
            peak,
            at,
            lasts,
        } => {
            look.not_negative("workload.base", *base);
            look.not_negative("workload.peak", *peak);
            look.not_negative("workload.at", *at);
            look.not_negative("workload.for", *lasts);
        }
        Pattern::Steps {
            from,
            by,
            every,
            to,
        } => {
            look.not_negative("workload.from", *from);
            look.not_negative("workload.to", *to);
            look.positive("workload.every", *every);
            if look.finite("workload.by", *by)
                && (to - from) * by <= 0.0
                && from.total_cmp(to).is_ne()
            {
                look.no(
                    "workload.by",
                    format!(
                        "steps of {} never lead from {} to {}",
                        number(*by),
                        number(*from),
                        number(*to)
                    ),
                );
            }
        }
        Pattern::Daily { hours } => hours_of(look, hours, 24),
        Pattern::Weekly { hours } => hours_of(look, hours, 168),
        Pattern::Points { points, .. } => {
            if points.is_empty() {
                look.no("workload.points", "there are none");
            }
            for (index, point) in points.iter().enumerate() {
                let key = format!("workload.points[{index}]");
                look.not_negative(&key, point.at);
                look.not_negative(&key, point.level);
            }
            let backwards = points
                .iter()
                .zip(points.iter().skip(1))
                .position(|(a, b)| b.at < a.at);
            if let Some(index) = backwards {
                look.no(
                    format!("workload.points[{}]", index + 1),
                    "comes before the point above it; points go in order of time",
                );
            }
        }
        Pattern::Forecast { quantile, .. } => {
            if look.finite("workload.quantile", *quantile) && !(0.0..1.0).contains(quantile)
                || *quantile <= 0.0
            {
                look.no(
                    "workload.quantile",
                    "must lie between 0 and 1, without these two",
                );
            }
        }
        Pattern::Series { .. } | Pattern::Log { .. } => {}
    }
}

fn hours_of(look: &mut Look, hours: &[f64], many: usize) {
    if hours.len() != many {
        look.no(
            "workload.hours",
            format!("has {} levels where {many} are needed", hours.len()),
        );
    }
    for (index, level) in hours.iter().enumerate() {
        look.not_negative(format!("workload.hours[{index}]"), *level);
    }
}
