//! Utilisation that rises faster at high load than a straight line: the square that describes it, and where it meets a
//! limit.
//!
//! A squared term that is clearly told from zero is fitted by ordinary least squares (Seber and Lee, "Linear Regression
//! Analysis", 2003, ch. 8). The interval of the limit is where the band of the curve meets it, as for a straight line.

use nalgebra::{Matrix3, Vector3};

/// A bend counts as one from so many standard errors on.
const BEND_T: f64 = 4.0;
/// Fewer points than this are not bent.
const FEWEST: usize = 8;
/// How often the search for an end of the interval halves.
const HALVINGS: usize = 60;
/// An end further out than so many spreads of the load is none.
const FARTHEST: f64 = 1e4;

/// A parabola of utilisation in percent against throughput, rising beyond its lowest point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bend {
    /// Mean throughput, and the spread it is counted in.
    centre: f64,
    spread: f64,
    /// Of 1, z and z², z being spreads from the centre.
    coefficients: [f64; 3],
    /// Their covariance, row by row.
    covariance: [[f64; 3]; 3],
}

fn powers(z: f64) -> Vector3<f64> {
    Vector3::new(1.0, z, z * z)
}

impl Bend {
    /// The bend of points (requests per second, percent), where a squared term explains clearly more, upwards. `widened`
    /// is the factor by which residuals that follow each other widen a variance, at least 1.
    pub fn upwards(points: &[(f64, f64)], widened: f64) -> Option<Self> {
        let n = points.len() as f64;
        if points.len() < FEWEST {
            return None;
        }
        let centre = points.iter().map(|p| p.0).sum::<f64>() / n;
        let spread = (points.iter().map(|p| (p.0 - centre).powi(2)).sum::<f64>() / n).sqrt();
        if spread <= 0.0 || !spread.is_finite() {
            return None;
        }
        let mut normal = Matrix3::zeros();
        let mut right = Vector3::zeros();
        let at = |x: f64| powers((x - centre) / spread);
        for (x, y) in points {
            let v = at(*x);
            normal += v * v.transpose();
            right += v * *y;
        }
        let inverse = normal
            .try_inverse()
            .filter(|m| m.iter().all(|v| v.is_finite()))?;
        let found = inverse * right;
        let sse: f64 = points
            .iter()
            .map(|(x, y)| (y - at(*x).dot(&found)).powi(2))
            .sum();
        let covariance = inverse * (sse / (n - 3.0) * widened);
        let (square, se) = (found.z, covariance.m33.max(0.0).sqrt());
        // Of three loads or fewer, a square is what is left of rounding.
        let total: f64 = points.iter().map(|(_, y)| y * y).sum();
        let explained = square * square / inverse.m33;
        let told = square > BEND_T * se && explained > total * 1e-9;
        let rows = |r: usize| [0, 1, 2].map(|c| covariance.get((r, c)).copied().unwrap_or(0.0));
        told.then(|| Self {
            centre,
            spread,
            coefficients: [found.x, found.y, found.z],
            covariance: [rows(0), rows(1), rows(2)],
        })
    }

    fn throughput(&self, z: f64) -> f64 {
        (self.centre + z * self.spread).max(0.0)
    }

    fn at(&self, z: f64) -> f64 {
        powers(z).dot(&Vector3::from(self.coefficients))
    }

    fn half_band(&self, z: f64, t: f64) -> f64 {
        let v = powers(z);
        // Symmetric, so that rows may stand for columns.
        let covariance = Matrix3::from(self.covariance);
        t * v.dot(&(covariance * v)).max(0.0).sqrt()
    }

    /// The throughput at which it reaches a limit in percent on its rising side, and the 95 % interval by a quantile of
    /// Student's t; `None` where it lies above the limit everywhere, and an open interval where the band never meets it.
    pub fn reach(&self, limit: f64, t: f64) -> Option<(f64, Option<(f64, f64)>)> {
        let [constant, slope, square] = self.coefficients;
        let lowest = -slope / (2.0 * square);
        let root = slope * slope - 4.0 * square * (constant - limit);
        if root < 0.0 || !limit.is_finite() {
            return None;
        }
        let reached = lowest + root.sqrt() / (2.0 * square);
        let start = lowest.max(-self.centre / self.spread).min(reached);
        let above = |z: f64| self.at(z) + self.half_band(z, t) >= limit;
        let surely = |z: f64| self.at(z) - self.half_band(z, t) >= limit;
        let low = if above(start) {
            start
        } else {
            between(start, reached, above)
        };
        let mut far = 1.0;
        while far < FARTHEST && !surely(reached + far) {
            far *= 2.0;
        }
        let interval = surely(reached + far).then(|| {
            (
                self.throughput(low),
                self.throughput(between(reached, reached + far, surely)),
            )
        });
        Some((self.throughput(reached), interval))
    }
}

/// Where a condition that holds at `to` and not at `from` begins to hold.
fn between(from: f64, to: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut from, mut to) = (from, to);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(from, to);
        if holds(middle) {
            to = middle;
        } else {
            from = middle;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 % without load, 0.15 % a request and a square; loads spread evenly by a number that is prime to their count.
    fn points(square: f64) -> Vec<(f64, f64)> {
        (0..200)
            .map(|i| {
                let x = 30.0 + f64::from(i * 37 % 140);
                let wobble = (f64::from(i * 61 % 97) - 48.0) / 48.0;
                (x, 3.0 + 0.15 * x + square * x * x + wobble)
            })
            .collect()
    }

    /// 3 + 0.15x + 0.001x² is 80 at (−0.15 + √(0.0225 + 0.308)) / 0.002 = 212.4.
    #[test]
    fn a_square_meets_its_limit_within_its_interval() {
        let bend = Bend::upwards(&points(0.001), 1.0).unwrap();
        let (at, interval) = bend.reach(80.0, 1.972).unwrap();
        assert!((at - 212.4).abs() < 1.5, "{at}");
        let (low, high) = interval.unwrap();
        assert!(
            low < 212.4 && 212.4 < high && high - low < 12.0,
            "{low} {high}"
        );
        // The band itself meets the limit at both ends.
        let z = |x: f64| (x - bend.centre) / bend.spread;
        for (end, sign) in [(low, 1.0), (high, -1.0)] {
            let off = bend.at(z(end)) + sign * bend.half_band(z(end), 1.972) - 80.0;
            assert!(off.abs() < 1e-6, "{off}");
        }
        let (_, wide) = Bend::upwards(&points(0.001), 4.0)
            .unwrap()
            .reach(80.0, 1.972)
            .unwrap();
        assert!(wide.unwrap().1 - wide.unwrap().0 > 1.8 * (high - low));
    }

    #[test]
    fn what_is_straight_or_bends_down_has_no_bend() {
        assert_eq!(Bend::upwards(&points(0.0), 1.0), None);
        assert_eq!(Bend::upwards(&points(-0.0005), 1.0), None);
        assert_eq!(Bend::upwards(&[(5.0, 1.0); 20], 1.0), None);
        assert_eq!(
            Bend::upwards(&[(1.0, 1.0), (2.0, 4.0), (3.0, 9.0)], 1.0),
            None
        );
        let two_loads: Vec<(f64, f64)> = (0..20)
            .map(|i| (f64::from(i % 2), f64::from(i % 2)))
            .collect();
        assert_eq!(Bend::upwards(&two_loads, 1.0), None);
    }

    #[test]
    fn a_limit_below_all_of_it_is_not_reached() {
        let bend = Bend::upwards(&points(0.001), 1.0).unwrap();
        assert_eq!(bend.reach(-50.0, 2.0), None);
        assert_eq!(bend.reach(f64::NAN, 2.0), None);
    }
}
