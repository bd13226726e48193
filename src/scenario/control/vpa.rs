//! What size a pod should ask for: the target and the bounds of Kubernetes' vertical pod autoscaler
//! (`vertical-pod-autoscaler/pkg/recommender/logic`), from its use over time.
//!
//! Samples go into buckets that grow by 5 %, weigh less by half every day, and give P90 for the target, P50 and P95 for
//! the bounds; the bounds are wide while there is little history.

/// Half of a sample's weight is gone after this many seconds.
const HALF_LIFE: f64 = 86_400.0;
/// What is added to every percentile for safety, share.
const MARGIN: f64 = 0.15;
/// Each bucket is this much wider than the one before.
const GROWTH: f64 = 1.05;
/// Width of the first bucket, and the largest value told apart, in cores.
const FIRST_CORES: f64 = 0.01;
const MOST_CORES: f64 = 1000.0;
/// No pod is asked to have fewer cores.
const LEAST_CORES: f64 = 0.025;
/// Samples of a day, one a minute.
const SAMPLES_A_DAY: f64 = 1440.0;

/// Cores to ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoresRecommendation {
    /// What to ask for now.
    pub target: f64,
    /// With less a pod is restarted with more.
    pub lower: f64,
    /// With more a pod is restarted with less.
    pub upper: f64,
    /// Days of history the bounds go by.
    pub confidence: f64,
}

/// Factor of the lower bound for so many days of history: 0.6 after five minutes, near 1 after days.
pub fn lower_factor(confidence: f64) -> f64 {
    (1.0 + 0.001 / confidence).powi(-2)
}

/// Factor of the upper bound: 3 after half a day, 1.14 after a week.
pub fn upper_factor(confidence: f64) -> f64 {
    1.0 + 1.0 / confidence
}

/// The bucket of a value.
fn bucket(value: f64) -> usize {
    if value < FIRST_CORES {
        return 0;
    }
    let ratio = value.min(MOST_CORES) * (GROWTH - 1.0) / FIRST_CORES + 1.0;
    (ratio.ln() / GROWTH.ln() + 1e-9).floor() as usize
}

/// Where a bucket begins.
fn begin(bucket: usize) -> f64 {
    let power = i32::try_from(bucket).unwrap_or(i32::MAX);
    FIRST_CORES * (GROWTH.powi(power) - 1.0) / (GROWTH - 1.0)
}

/// The upper end of the bucket in which a share of the weight is reached.
fn percentile(weights: &[f64], share: f64) -> f64 {
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    for (i, weight) in weights.iter().enumerate() {
        sum += weight;
        if sum >= share * total {
            return begin(i + 1);
        }
    }
    0.0
}

/// From samples (seconds, cores in use) in order of time; `None` without any that says something.
pub fn recommend_cores(samples: &[(f64, f64)]) -> Option<CoresRecommendation> {
    let usable = |(at, cores): &&(f64, f64)| at.is_finite() && cores.is_finite() && *cores >= 0.0;
    let (first, last) =
        samples
            .iter()
            .filter(usable)
            .fold(None, |span: Option<(f64, f64)>, (at, _)| {
                Some(span.map_or((*at, *at), |(a, b)| (a.min(*at), b.max(*at))))
            })?;
    let mut weights = vec![0.0; bucket(MOST_CORES) + 1];
    let mut count = 0.0;
    for (at, cores) in samples.iter().filter(usable) {
        if let Some(weight) = weights.get_mut(bucket(*cores)) {
            *weight += ((at - last) / HALF_LIFE).exp2();
            count += 1.0;
        }
    }
    let confidence = ((last - first) / HALF_LIFE).min(count / SAMPLES_A_DAY);
    let sized = |share: f64| (percentile(&weights, share) * (1.0 + MARGIN)).max(LEAST_CORES);
    // Without history the bounds are no bounds.
    let (low, high) = if confidence > 0.0 {
        (lower_factor(confidence), upper_factor(confidence))
    } else {
        (0.0, f64::INFINITY)
    };
    Some(CoresRecommendation {
        target: sized(0.9),
        lower: (sized(0.5) * low).max(LEAST_CORES),
        upper: (sized(0.95) * high).min(MOST_CORES),
        confidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_narrow_with_history_as_published() {
        let days = |minutes: f64| minutes / 1440.0;
        for (minutes, expected) in [(5.0, 0.6), (30.0, 0.9), (60.0, 0.95)] {
            let factor = lower_factor(days(minutes));
            assert!((factor - expected).abs() < 0.015, "{minutes} min: {factor}");
        }
        for (hours, expected) in [(12.0, 3.0), (24.0, 2.0), (168.0, 1.142_857)] {
            let factor = upper_factor(hours / 24.0);
            assert!((factor - expected).abs() < 1e-6, "{hours} h: {factor}");
        }
    }

    #[test]
    fn buckets_grow_by_a_twentieth() {
        assert_eq!((bucket(0.0), bucket(0.009), bucket(0.01)), (0, 0, 1));
        assert!((begin(1) - 0.01).abs() < 1e-12);
        assert!((begin(2) - 0.0205).abs() < 1e-12);
        assert_eq!(bucket(0.0204), 1);
        assert_eq!(bucket(0.0206), 2);
        assert_eq!(bucket(5000.0), bucket(1000.0));
    }

    #[test]
    fn a_week_of_even_use_gives_its_bucket_and_the_margin() {
        let samples: Vec<(f64, f64)> = (0..=7 * 1440)
            .map(|minute| (f64::from(minute) * 60.0, 0.5))
            .collect();
        let found = recommend_cores(&samples).unwrap();
        let bucket_end = begin(bucket(0.5) + 1);
        assert!((found.target - bucket_end * 1.15).abs() < 1e-12);
        assert!((found.confidence - 7.0).abs() < 1e-9);
        assert!((found.upper - found.target * (1.0 + 1.0 / 7.0)).abs() < 1e-9);
        assert!((found.lower - found.target * (1.0 + 0.001 / 7.0_f64).powi(-2)).abs() < 1e-9);
        assert!(found.lower <= found.target && found.target <= found.upper);
    }

    #[test]
    fn yesterday_weighs_half() {
        // Ten days of 4 cores, then one of 1 core. All the weight before the last day equals that of the day itself
        // (1/2 + 1/4 + …), so that P90 is still 4 and P50 is on the edge.
        let samples: Vec<(f64, f64)> = (0..11 * 1440)
            .map(|minute| {
                let at = f64::from(minute) * 60.0;
                (at, if at < 10.0 * 86_400.0 { 4.0 } else { 1.0 })
            })
            .collect();
        let found = recommend_cores(&samples).unwrap();
        assert!(found.target > 4.0);
        let after = |days: i32| {
            let mut more = samples.clone();
            more.extend(
                (0..days * 1440).map(|minute| (11.0 * 86_400.0 + f64::from(minute) * 60.0, 1.0)),
            );
            recommend_cores(&more).unwrap().target
        };
        assert!(after(2) > 4.0, "an eighth of the weight is left");
        assert!(after(3) < 1.5, "a sixteenth is not");
    }

    #[test]
    fn one_sample_has_no_bounds_and_none_no_answer() {
        let one = recommend_cores(&[(0.0, 0.001)]).unwrap();
        assert_eq!((one.target, one.lower, one.upper), (0.025, 0.025, 1000.0));
        assert_eq!(recommend_cores(&[]), None);
        assert_eq!(recommend_cores(&[(0.0, f64::NAN), (1.0, -2.0)]), None);
    }
}
