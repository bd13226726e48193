//! The demand model: what one request costs a resource, from measurements alone.
//!
//! By the utilisation law U = X·D (Denning and Buzen 1978) the busy share of a resource grows with the throughput X by
//! its demand D a request; what runs without requests is the intercept. The line is ordinary least squares with
//! standard errors widened for residuals that follow each other (Bartlett's effective number of points), the throughput
//! at which it reaches a limit has the interval of inverse prediction (Fieller 1954), and the utilisation may lag
//! behind the load, as averaged metrics do.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::bend::Bend;

/// From one point to the next the utilisation has to follow the load by at least this share of the line's slope.
const LEAST_FOLLOWED: f64 = 0.5;
/// It may do so over so many steps.
const SPANS: [usize; 3] = [1, 4, 16];
/// A later step is taken only if it explains so much more of the variation.
const LAG_GAIN: f64 = 0.02;

/// A straight line of utilisation against throughput.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemandLine {
    /// Utilisation in percent for each request per second.
    pub slope: f64,
    /// Its standard error.
    pub slope_se: f64,
    /// Percent without requests.
    pub idle: f64,
    /// Its standard error.
    pub idle_se: f64,
    /// Share of the variation that the line explains, 0..=1.
    pub r2: f64,
    /// Points.
    pub n: usize,
    /// Steps by which the utilisation follows the load.
    pub lag: usize,
    /// Utilisation rises faster at high load than the line does.
    pub bends_up: bool,
    /// The square that describes it then.
    bend: Option<Bend>,
    /// Means of throughput and utilisation, where the line is known best.
    centre: (f64, f64),
    /// Variance of the line at the centre.
    level_variance: f64,
    /// Effective degrees of freedom.
    freedom: f64,
}

/// Where a line reaches a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Requests per second.
    pub throughput: f64,
    /// Its 95 % interval; `None` where the slope cannot be told from zero.
    pub interval95: Option<(f64, f64)>,
}

struct Sums {
    mean: (f64, f64),
    sxx: f64,
    slope: f64,
    syy: f64,
}

fn sums(points: &[(f64, f64)]) -> Option<Sums> {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|(x, y)| f(x - mx, y - my)).sum()
    };
    let (sxx, sxy, syy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    (sxx > 0.0).then(|| Sums {
        mean: (mx, my),
        sxx,
        slope: sxy / sxx,
        syy,
    })
}

impl DemandLine {
    /// Through points of (requests per second, percent) in order of time. `None` for fewer than three, and where the
    /// throughput never changes.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let n = points.len() as f64;
        if points.len() < 3 {
            return None;
        }
        let Sums {
            mean: (mx, my),
            sxx,
            slope,
            syy,
        } = sums(points)?;
        let idle = my - slope * mx;
        let residuals: Vec<f64> = points.iter().map(|(x, y)| y - idle - slope * x).collect();
        let sse: f64 = residuals.iter().map(|r| r * r).sum();
        let next: f64 = residuals
            .iter()
            .zip(residuals.iter().skip(1))
            .map(|(a, b)| a * b)
            .sum();
        let rho = if sse > 0.0 {
            (next / sse).clamp(0.0, 0.95)
        } else {
            0.0
        };
        let widened = (1.0 + rho) / (1.0 - rho);
        let variance = sse / (n - 2.0) * widened;
        let bend = Bend::upwards(points, widened);
        Some(Self {
            slope,
            slope_se: (variance / sxx).sqrt(),
            idle,
            idle_se: (variance * (1.0 / n + mx * mx / sxx)).sqrt(),
            r2: if syy > 0.0 { 1.0 - sse / syy } else { 0.0 },
            n: points.len(),
            lag: 0,
            bends_up: bend.is_some(),
            bend,
            centre: (mx, my),
            level_variance: variance / n,
            freedom: (n / widened - 2.0).max(1.0),
        })
    }

    /// As [`Self::fit`] for two series on one grid, where the utilisation may follow the load by up to `most_lag`
    /// steps: a later step is taken where it explains clearly more.
    pub fn lagged(load: &[Option<f64>], used: &[f64], most_lag: usize) -> Option<Self> {
        let at = |lag: usize| {
            let points = lagged_points(load, used, lag);
            Self::fit(&points).map(|line| Self { lag, ..line })
        };
        let mut best = at(0)?;
        for lag in 1..=most_lag {
            if let Some(line) = at(lag)
                && line.slope > 0.0
                && line.r2 > best.r2 + LAG_GAIN
            {
                best = line;
            }
        }
        Some(best)
    }

    /// Service demand in seconds of one request, on a resource of so many units (cores) that together are 100 %.
    pub fn demand_secs(&self, units: f64) -> f64 {
        self.slope / 100.0 * units
    }

    /// Where a straight line would reach a limit in percent, in requests per second; `None` for one that does not rise.
    pub fn straight_reach(&self, limit: f64) -> Option<f64> {
        (self.slope > 0.0).then(|| (limit - self.idle) / self.slope)
    }

    /// The throughput at which it reaches a limit in percent, along its bend where there is one; `None` for a line that
    /// does not rise.
    pub fn reach(&self, limit: f64) -> Option<Reach> {
        if self.slope <= 0.0 || !limit.is_finite() {
            return None;
        }
        let t = StudentsT::new(0.0, 1.0, self.freedom)
            .map(|d| d.inverse_cdf(0.975))
            .ok()?;
        if let Some((throughput, interval95)) = self.bend.and_then(|bend| bend.reach(limit, t)) {
            return Some(Reach {
                throughput,
                interval95,
            });
        }
        let throughput = self.straight_reach(limit)?;
        // (d − b·u)² = t²(Var(level) + u²·Var(slope)), u from the centre: both roots are the ends.
        let d = limit - self.centre.1;
        let (b, t2) = (self.slope, t * t);
        let slope_variance = self.slope_se * self.slope_se;
        let lead = b * b - t2 * slope_variance;
        let interval95 = (lead > 0.0).then(|| {
            let root = (t2 * (slope_variance * d * d + self.level_variance * lead)).sqrt();
            let end = |sign: f64| (self.centre.0 + (b * d + sign * root) / lead).max(0.0);
            (end(-1.0), end(1.0))
        });
        Some(Reach {
            throughput,
            interval95,
        })
    }
}

/// Pairs of the load of a step and the utilisation so many steps later.
pub fn lagged_points(load: &[Option<f64>], used: &[f64], lag: usize) -> Vec<(f64, f64)> {
    load.iter()
        .zip(used.iter().skip(lag))
        .filter_map(|(x, y)| Some(((*x)?, *y)))
        .collect()
}

/// Whether the utilisation also moves with the load from one point to those soon after it, and not only over the whole
/// time: the line through the differences rises by at least two standard errors, and its 95 % interval reaches half of
/// the slope of the line through the points. What fills up over the same weeks follows the load of the moment by far less
/// than that; a metric that is an average over some steps follows it over as many. True where the differences say
/// nothing, as on an even ramp.
pub fn moves_with(points: &[(f64, f64)]) -> bool {
    let Some(levels) = sums(points) else {
        return true;
    };
    let scale = points.iter().map(|p| p.0 * p.0).sum::<f64>();
    let next = differences(points, 1);
    let spread = sums(&next).map_or(0.0, |s| s.sxx);
    if next.len() < 8 || spread <= scale * 1e-9 {
        return true;
    }
    let follows = |line: DemandLine| {
        line.slope > 2.0 * line.slope_se
            && line.slope + 2.0 * line.slope_se >= LEAST_FOLLOWED * levels.slope
    };
    SPANS
        .iter()
        .filter(|span| **span == 1 || points.len() >= 8 * **span)
        .any(|span| DemandLine::fit(&differences(points, *span)).is_some_and(follows))
}

/// The differences between points so many steps apart.
fn differences(points: &[(f64, f64)], span: usize) -> Vec<(f64, f64)> {
    points
        .iter()
        .zip(points.iter().skip(span))
        .map(|(a, b)| (b.0 - a.0, b.1 - a.1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<(f64, f64)> {
        [
            (10.0, 7.0),
            (20.0, 12.2),
            (30.0, 16.8),
            (40.0, 22.1),
            (50.0, 26.9),
        ]
        .into()
    }

    /// By hand: slope Σxy/Σxx = 497/1000, intercept 17 − 0.497·30, SSE 0.091, s² = 0.0303.
    #[test]
    fn a_line_with_its_standard_errors() {
        let line = DemandLine::fit(&points()).unwrap();
        assert!((line.slope - 0.497).abs() < 1e-12);
        assert!((line.idle - 2.09).abs() < 1e-12);
        let variance: f64 = 0.091 / 3.0;
        assert!((line.slope_se - (variance / 1_000.0).sqrt()).abs() < 1e-9);
        assert!((line.idle_se - (variance * (0.2 + 0.9)).sqrt()).abs() < 1e-9);
        assert!((line.demand_secs(8.0) - 0.039_76).abs() < 1e-12);
        assert!(line.r2 > 0.999 && !line.bends_up);
    }

    /// Both ends satisfy Fieller's condition: there the line's own 95 % interval touches the limit.
    #[test]
    fn the_interval_of_a_ceiling_is_where_the_band_meets_the_limit() {
        let line = DemandLine::fit(&points()).unwrap();
        let reach = line.reach(80.0).unwrap();
        assert!((reach.throughput - (80.0 - 2.09) / 0.497).abs() < 1e-9);
        let (low, high) = reach.interval95.unwrap();
        assert!(low < reach.throughput && reach.throughput < high);
        // Three degrees of freedom.
        let t: f64 = 3.182_446_305;
        for end in [low, high] {
            let half = t * (0.091 / 3.0 * (0.2 + (end - 30.0).powi(2) / 1_000.0)).sqrt();
            let off = (80.0 - (2.09 + 0.497 * end)).abs();
            assert!((off - half).abs() < 1e-6, "{off} {half}");
        }
    }

    #[test]
    fn noise_has_no_end_and_a_falling_line_no_ceiling() {
        let noise = [(1.0, 5.0), (2.0, 1.0), (3.0, 4.0), (4.0, 2.0), (5.0, 6.0)];
        let reach = DemandLine::fit(&noise).unwrap().reach(80.0).unwrap();
        assert_eq!(reach.interval95, None);
        let falling: Vec<(f64, f64)> = points().iter().map(|(x, y)| (*x, 100.0 - y)).collect();
        assert_eq!(DemandLine::fit(&falling).unwrap().reach(80.0), None);
        assert!(DemandLine::fit(&[(1.0, 2.0); 9]).is_none());
    }

    /// Neighbouring residuals of one sign say less than independent ones.
    #[test]
    fn residuals_that_follow_each_other_widen_the_error() {
        let with = |wave: fn(i32) -> f64| {
            let points: Vec<(f64, f64)> = (0..60)
                .map(|i| (f64::from(i % 10) * 10.0, f64::from(i % 10) * 5.0 + wave(i)))
                .collect();
            DemandLine::fit(&points).unwrap().slope_se
        };
        let slow = with(|i| if i / 10 % 2 == 0 { 1.0 } else { -1.0 });
        let quick = with(|i| if i % 2 == 0 { 1.0 } else { -1.0 });
        assert!(slow > 2.0 * quick, "{slow} {quick}");
    }

    #[test]
    fn a_metric_that_lags_is_found_out() {
        let load: Vec<Option<f64>> = (0..80).map(|i| Some(f64::from(i * 37 % 100))).collect();
        let mut used = vec![9.0, 9.0];
        used.extend(load.iter().map(|x| 4.0 + 0.3 * x.unwrap()));
        used.truncate(80);
        let line = DemandLine::lagged(&load, &used, 3).unwrap();
        assert_eq!(line.lag, 2);
        assert!((line.slope - 0.3).abs() < 1e-9);
        let at_once: Vec<f64> = load.iter().map(|x| 4.0 + 0.3 * x.unwrap()).collect();
        assert_eq!(DemandLine::lagged(&load, &at_once, 3).unwrap().lag, 0);
    }

    /// A disk fills with the weeks, and so does the load grow; a processor follows every step of the load.
    #[test]
    fn what_only_grows_over_the_same_weeks_does_not_move_with_the_load() {
        let load = |i: i32| f64::from(i) + f64::from(i * 37 % 23);
        let disk: Vec<(f64, f64)> = (0..120)
            .map(|i| {
                (
                    load(i),
                    20.0 + 0.4 * f64::from(i) + f64::from(i * 31 % 7) * 0.1,
                )
            })
            .collect();
        assert!(DemandLine::fit(&disk).unwrap().r2 > 0.9, "they look alike");
        assert!(!moves_with(&disk));
        let cpu: Vec<(f64, f64)> = (0..120)
            .map(|i| (load(i), 5.0 + 0.3 * load(i) + f64::from(i * 31 % 7) * 0.1))
            .collect();
        assert!(moves_with(&cpu));
        // A load average moves by a tenth of the load from one step to the next.
        let mut average = load(0);
        let averaged: Vec<(f64, f64)> = (0..400)
            .map(|i| {
                let x = 200.0 + 80.0 * (f64::from(i) / 60.0).sin() + f64::from(i * 37 % 23);
                average += (x - average) / 10.0;
                (x, 5.0 + 0.3 * average)
            })
            .collect();
        assert!(moves_with(&averaged));
        // Requests leave a little behind, far less than the weeks do.
        let filling: Vec<(f64, f64)> = disk.iter().map(|(x, y)| (*x, y + 0.03 * x)).collect();
        let step = DemandLine::fit(&differences(&filling, 1)).unwrap();
        assert!(step.slope > 3.0 * step.slope_se, "it does move a little");
        assert!(!moves_with(&filling));
        let ramp: Vec<(f64, f64)> = (0..50)
            .map(|i| (f64::from(i), f64::from(i) * 0.5))
            .collect();
        assert!(moves_with(&ramp));
    }

    #[test]
    fn a_bend_upwards_is_seen() {
        let bent: Vec<(f64, f64)> = (0..30)
            .map(|i| {
                (
                    f64::from(i),
                    0.05 * f64::from(i * i) + f64::from(i % 3) * 0.1,
                )
            })
            .collect();
        let line = DemandLine::fit(&bent).unwrap();
        assert!(line.bends_up);
        // 0.05x² + 0.1 is 80 at 39.97; a straight line says 58.
        let reach = line.reach(80.0).unwrap();
        let (low, high) = reach.interval95.unwrap();
        assert!((reach.throughput - 39.97).abs() < 0.3, "{reach:?}");
        assert!(low < 39.97 && 39.97 < high, "{reach:?}");
        assert!(line.straight_reach(80.0).unwrap() > 55.0);
        let straight: Vec<(f64, f64)> = (0..30)
            .map(|i| (f64::from(i), 0.5 * f64::from(i) + f64::from(i % 3) * 0.1))
            .collect();
        assert!(!DemandLine::fit(&straight).unwrap().bends_up);
    }
}
