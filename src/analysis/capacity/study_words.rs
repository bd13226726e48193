//! What a study of the limit says, in sentences: the answer first, then what concurrency means and what is not counted.

use super::limits::{Judged, MaxPassing};
use super::steps::{LeftOut, LeftOutWhy};
use super::study::{CapacityStudy, ConcurrencyUnit};
use super::usl_fit::UslFit;
use super::usl_words::plain;
use crate::units;

/// Most stretches that are named one by one.
const MOST_NAMED: usize = 6;

/// A concurrency with its unit.
pub fn at_concurrency(n: f64, unit: ConcurrencyUnit) -> String {
    match unit {
        // An interpolated number of users has decimals, users do not.
        ConcurrencyUnit::Users => format!("{} users", plain(if n >= 5.0 { n.round() } else { n })),
        ConcurrencyUnit::InFlight => format!("{} requests in flight", units::number(n)),
        ConcurrencyUnit::Column => format!("a concurrency of {}", plain(n)),
    }
}

/// A throughput with its unit; that of a table has the table's.
pub fn per_sec(x: f64, unit: ConcurrencyUnit) -> String {
    match unit {
        ConcurrencyUnit::Column => units::number(x),
        _ => format!("{} requests/s", units::number(x)),
    }
}

/// The answer.
pub(super) fn sentence(study: &CapacityStudy) -> String {
    if study.points.is_empty() {
        return "The load tests say neither users nor response times from which a load could be told".to_owned();
    }
    if let Some(most) = &study.max_passing {
        return passing(most, study.concurrency);
    }
    if let Some(budget) = &study.budget {
        return if study.points.iter().all(|p| p.passes.is_none()) {
            format!(
                "Whether a load kept to {budget} is not known: the tool's summary has no such percentile"
            )
        } else {
            format!("No tested load kept to {budget}")
        };
    }
    match (&study.usl, &study.usl_refused) {
        (Some(usl), _) => curve(usl, study.concurrency),
        (None, Some(why)) => format!("How it scales cannot be said: {why}"),
        (None, None) => String::new(),
    }
}

fn passing(most: &MaxPassing, unit: ConcurrencyUnit) -> String {
    let rate = per_sec(most.throughput, unit);
    let budget = &most.budget;
    let at = at_concurrency(most.concurrency, unit);
    match (&most.next_failing, most.ci95) {
        (None, _) => {
            format!("It takes at least {rate} with {at} at {budget}; no higher load was tested")
        }
        (Some(next), Some((low, high))) => format!(
            "It takes about {rate} ({} to {}) with {at} at {budget}; {} are too many",
            units::number(low.max(0.0)),
            units::number(high),
            at_concurrency(next.concurrency, unit)
        ),
        (Some(next), None) => format!(
            "It takes about {rate} with {at} at {budget}; {} are too many",
            at_concurrency(next.concurrency, unit)
        ),
    }
}

/// What the curve alone says.
pub fn curve(fit: &UslFit, unit: ConcurrencyUnit) -> String {
    let measured = per_sec(fit.largest_measured, unit);
    if fit.stays_level() {
        return format!("More concurrency changes nothing: throughput stays near {measured}");
    }
    if fit.falls_throughout() {
        return format!(
            "Throughput falls from the lowest level on ({measured} with {}), so its peak lies below what was tested: test fewer",
            at_concurrency(fit.measured_range.0, unit)
        );
    }
    let (Some(peak), Some(x)) = (fit.peak_within_reach(), fit.peak_throughput) else {
        return match (fit.peak_concurrency, fit.limit) {
            (None, Some(limit)) => format!(
                "Throughput keeps rising towards {} without a peak; {measured} were measured",
                per_sec(limit, unit)
            ),
            (None, None) => format!(
                "Throughput rises in step with concurrency; {measured} were measured, and no limit is in sight"
            ),
            (Some(_), _) => format!(
                "Throughput was still rising at {measured}: its peak lies beyond what was tested"
            ),
        };
    };
    let range = match fit.peak_concurrency_ci95 {
        Some((low, Some(high))) => format!(
            " (between {} and {})",
            units::number(low),
            units::number(high)
        ),
        Some((low, None)) => format!(" (at {} or above, perhaps never)", units::number(low)),
        None => String::new(),
    };
    format!(
        "Throughput peaks at about {} with {}{range}",
        per_sec(x, unit),
        match unit {
            ConcurrencyUnit::Column => format!("a concurrency of {}", units::number(peak)),
            ConcurrencyUnit::Users => format!("{} users", units::number(peak.round())),
            ConcurrencyUnit::InFlight => format!("{} requests in flight", units::number(peak)),
        }
    )
}

/// What concurrency means, and what the curve does not say.
pub(super) fn basis(unit: ConcurrencyUnit, judged: &[Judged]) -> String {
    const ONE: &str = "A sweep of the load on one deployment says nothing about more nodes";
    let busy = || {
        let (mut busy, mut all) = (0.0, 0.0);
        for point in judged.iter().map(|j| &j.point) {
            if let (Some(in_flight), Some(users)) = (point.in_flight, point.users) {
                busy += in_flight;
                all += users;
            }
        }
        (all > 0.0).then(|| busy / all)
    };
    match (unit, busy()) {
        (ConcurrencyUnit::Users, _) => {
            format!("Concurrency is users that do not pause between requests. {ONE}")
        }
        (_, Some(share)) => format!(
            "Concurrency is requests in flight (throughput times response time), because users pause: of 100 users {} have a request in flight. {ONE}",
            units::number(share * 100.0)
        ),
        (_, None) => format!(
            "Concurrency is requests in flight (throughput times response time); the files do not tell users. {ONE}"
        ),
    }
}

/// Runs that do not agree.
pub(super) fn runs_differ(level: f64, share: f64, unit: ConcurrencyUnit) -> String {
    let at = match unit {
        ConcurrencyUnit::Column => at_concurrency(level, unit),
        _ => at_concurrency(level, ConcurrencyUnit::Users),
    };
    format!(
        "The runs differ by up to {} % in throughput (at {at}): together they are a mean of different things. Leave one out if they tested different versions",
        plain((share * 100.0).round())
    )
}

/// Which seconds of which run are not counted.
pub(super) fn left_out(stretches: &[LeftOut]) -> Option<String> {
    if stretches.is_empty() {
        return None;
    }
    let total = |why: LeftOutWhy, word: &str| {
        let of = stretches.iter().filter(|s| s.why == why);
        let secs: f64 = of.map(|s| s.to_secs - s.from_secs).sum();
        (secs > 0.0).then(|| format!("{} s of {word}", plain(secs)))
    };
    let totals: Vec<String> = [
        total(LeftOutWhy::Ramp, "ramp"),
        total(LeftOutWhy::WarmUp, "warm-up"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut named: Vec<String> = Vec::new();
    let mut run = "";
    for stretch in stretches.iter().take(MOST_NAMED) {
        let why = match stretch.why {
            LeftOutWhy::Ramp => "",
            LeftOutWhy::WarmUp => " (warm-up)",
        };
        let of = if stretch.run == run {
            String::new()
        } else {
            format!("of {} ", stretch.run)
        };
        run = &stretch.run;
        named.push(format!(
            "{of}second {} to {}{why}",
            plain(stretch.from_secs),
            plain(stretch.to_secs)
        ));
    }
    let more = stretches.len().saturating_sub(MOST_NAMED);
    Some(format!(
        "Not counted: {}: {}{}",
        totals.join(" and "),
        named.join(", "),
        if more > 0 {
            format!(" and {more} more stretches")
        } else {
            String::new()
        }
    ))
}
