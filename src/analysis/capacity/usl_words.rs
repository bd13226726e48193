//! What a fitted scalability law says, in sentences: which parameter is told from zero, whether there is a peak, and
//! how far the figures carry beyond what was measured.

use super::usl_fit::UslFit;
use crate::units;

/// Fewer levels than this are said to be few.
const FEW_LEVELS: usize = 6;

/// A number for a sentence; a whole one without decimals.
pub fn plain(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 && value.abs() < 1e9 {
        units::grouped(value, 0)
    } else {
        units::number(value)
    }
}

fn list(levels: &[f64]) -> String {
    levels
        .iter()
        .map(|l| plain(*l))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// Which test to run where there are too few levels of concurrency.
pub(super) fn too_few(levels: &[f64]) -> String {
    let highest = levels.last().copied().unwrap_or(1.0).max(1.0);
    let top = (highest * 2.0).max(32.0);
    let plan: Vec<String> = (0..6)
        .map(|step| (top / f64::powi(2.0, 5 - step)).round().max(1.0))
        .map(plain)
        .collect();
    let measured = match levels {
        [one] => format!(
            "only one level of concurrency was measured ({})",
            plain(*one)
        ),
        more => format!(
            "only {} levels of concurrency were measured ({})",
            more.len(),
            list(more)
        ),
    };
    format!(
        "{measured}; a scalability curve needs at least 3 levels, better 6: run a test that holds {} users for a minute or more each",
        plan.join(", ")
    )
}

/// All that is to be said about a fit, most important first.
pub(super) fn notes(fit: &UslFit) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(at_bounds(fit));
    if fit.df == 0 {
        notes.push(
            "As many points as parameters: the curve goes through all of them, and nothing is left to tell how certain it is"
                .to_owned(),
        );
    } else {
        notes.extend(not_told(fit));
    }
    notes.extend(beyond(fit));
    if fit.measured_range.0 > 1.0 && fit.measured_range.0 * 8.0 > fit.measured_range.1 {
        notes.push(format!(
            "The lowest level is {}: the throughput of one ({}) is worked out, not measured",
            plain(fit.measured_range.0),
            units::number(fit.usl.lambda)
        ));
    }
    if fit.n < FEW_LEVELS && fit.df > 0 {
        notes.push(format!(
            "{} points are few for three parameters: the intervals are wide for that reason",
            fit.n
        ));
    }
    notes
}

/// A parameter that its bound holds at zero, and why.
fn at_bounds(fit: &UslFit) -> Vec<String> {
    let mut notes = Vec::new();
    let negative = fit.unbounded;
    if fit.usl.kappa <= 0.0 {
        notes.push(match negative.filter(|u| u.kappa < 0.0) {
            Some(free) => format!(
                "Coherency is zero: without bounds the points ask for {}, but less than no cost of keeping workers in agreement does not exist. The other two parameters were fitted again without it, so this is Amdahl's law, and throughput never falls",
                scientific(free.kappa)
            ),
            None => "Coherency is zero: the points show no fall of throughput at high concurrency".to_owned(),
        });
    }
    if fit.usl.sigma <= 0.0 {
        notes.push(match negative.filter(|u| u.sigma < 0.0) {
            Some(free) => format!(
                "Contention is zero: without bounds the points ask for {}, which does not exist. The other parameters were fitted again without it; the low levels scaled better than one worker would promise",
                scientific(free.sigma)
            ),
            None => "Contention is zero: the points show no waiting for what is shared".to_owned(),
        });
    }
    notes
}

/// Parameters whose interval holds zero.
fn not_told(fit: &UslFit) -> Vec<String> {
    let upper = |interval: Option<(f64, f64)>| {
        interval.map_or_else(String::new, |(_, high)| {
            format!(" (95 % interval 0 to {})", scientific(high))
        })
    };
    let mut notes = Vec::new();
    if !fit.has_contention() {
        notes.push(format!(
            "Contention is not distinguishable from zero{}: it may be that nothing is waited for",
            upper(fit.ci95.sigma)
        ));
    }
    if !fit.has_coherency() {
        notes.push(format!(
            "Coherency is not distinguishable from zero{}: it is not shown that more load would lower throughput",
            upper(fit.ci95.kappa)
        ));
    }
    notes
}

/// What lies outside of the measured range.
fn beyond(fit: &UslFit) -> Option<String> {
    let (_, highest) = fit.measured_range;
    let peak = fit.peak_concurrency?;
    if peak > 2.0 * highest {
        Some(format!(
            "The curve peaks at {}, more than twice the highest measured level ({}): that is no finding. Test higher levels to see whether there is a peak",
            units::number(peak),
            plain(highest)
        ))
    } else if peak > highest {
        Some(format!(
            "The peak at {} lies above the highest measured level ({}): it is worked out from the curve. A test up to {} would show it",
            units::number(peak),
            plain(highest),
            plain((peak * 1.5).ceil())
        ))
    } else {
        None
    }
}

/// A parameter as people read it: three digits, with a power of ten where it is very small.
pub fn scientific(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if size < 0.001 {
        format!("{}{size:.2e}", if value < 0.0 { "−" } else { "" })
    } else {
        units::number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::usl_fit::{UslError, fit};

    #[test]
    fn one_or_two_levels_say_which_test_to_run() {
        let one = fit(&[(8.0, 400.0), (8.0, 410.0)]).unwrap_err().to_string();
        assert!(
            one.starts_with("only one level of concurrency was measured (8)"),
            "{one}"
        );
        assert!(one.contains("holds 1, 2, 4, 8, 16, 32 users"), "{one}");
        let two = fit(&[(50.0, 400.0), (100.0, 410.0)])
            .unwrap_err()
            .to_string();
        assert!(
            two.contains("only 2 levels of concurrency were measured (50 and 100)"),
            "{two}"
        );
        assert!(two.contains("holds 6, 13, 25, 50, 100, 200 users"), "{two}");
        assert_eq!(fit(&[(0.0, 0.0), (f64::NAN, 3.0)]), Err(UslError::Nothing));
    }

    /// Three levels determine three parameters: there is a curve, and no interval is invented.
    #[test]
    fn as_many_points_as_parameters_have_no_interval() {
        let exact = fit(&[(1.0, 10.0), (4.0, 30.0), (16.0, 50.0)]).unwrap();
        assert_eq!(
            (exact.df, exact.residual_se, exact.covariance),
            (0, None, None)
        );
        assert_eq!(exact.ci95.sigma, None);
        assert!(
            exact.notes.iter().any(|n| n.starts_with("As many points")),
            "{:?}",
            exact.notes
        );
        assert!((exact.usl.throughput(16.0) - 50.0).abs() < 1e-6);
    }
}
