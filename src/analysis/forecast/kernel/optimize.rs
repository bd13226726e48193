//! Minimisers for the few parameters of a forecast model: quasi-Newton where the gradient is cheap, golden section on
//! a line, Nelder and Mead (1965) for the rest.
//!
//! BFGS as in Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 6.1, with backtracking (algorithm 3.1).

/// When [`bfgs`] stops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Most iterations.
    pub iterations: usize,
    /// Two steps in a row that gain less than this end the search.
    pub gain: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Minimises `f` from `x`, which becomes the best point found; returns its value. `f` writes its gradient into its
/// second argument and answers infinity where it is not defined.
pub(crate) fn bfgs(x: &mut [f64], stop: Stop, mut f: impl FnMut(&[f64], &mut [f64]) -> f64) -> f64 {
    let k = x.len();
    let mut gradient = vec![0.0; k];
    let mut value = f(x, &mut gradient);
    if !value.is_finite() || k == 0 {
        return value;
    }
    // The inverse Hessian by rows.
    let mut inverse = vec![0.0; k * k];
    let reset = |inverse: &mut [f64], scale: f64| {
        inverse.fill(0.0);
        for diagonal in inverse.iter_mut().step_by(k + 1) {
            *diagonal = scale;
        }
    };
    let first = 0.5 / dot(&gradient, &gradient).sqrt().max(1.0);
    reset(&mut inverse, first);
    let (mut trial, mut trial_gradient) = (vec![0.0; k], vec![0.0; k]);
    let (mut direction, mut change, mut product) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    let mut fresh = true;
    let mut idle = 0;
    for _ in 0..stop.iterations {
        for (row, d) in inverse.chunks(k).zip(direction.iter_mut()) {
            *d = -dot(row, &gradient);
        }
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 || !slope.is_finite() {
            reset(&mut inverse, first);
            fresh = true;
            for (d, g) in direction.iter_mut().zip(&gradient) {
                *d = -first * g;
            }
            slope = dot(&direction, &gradient);
            if slope >= 0.0 || !slope.is_finite() {
                break;
            }
        }
        let mut step = 1.0;
        let mut next = f64::INFINITY;
        for _ in 0..16 {
            for ((t, x), d) in trial.iter_mut().zip(x.iter()).zip(&direction) {
                *t = x + step * d;
            }
            next = f(&trial, &mut trial_gradient);
            if next <= value + 1e-4 * step * slope {
                break;
            }
            // The minimum of the parabola through what is known, kept within a tenth and a half of the step.
            let bend = next - value - step * slope;
            let parabola = if bend.is_finite() && bend > 0.0 {
                -slope * step * step / (2.0 * bend)
            } else {
                0.0
            };
            step = parabola.clamp(0.1 * step, 0.5 * step);
        }
        if !next.is_finite() || next >= value {
            if fresh {
                break;
            }
            reset(&mut inverse, first);
            fresh = true;
            continue;
        }
        for ((c, t), x) in change.iter_mut().zip(&trial).zip(x.iter()) {
            *c = t - x;
        }
        for (g, t) in gradient.iter_mut().zip(&trial_gradient) {
            let bend = t - *g;
            *g = bend;
        }
        let bend = &gradient;
        let curvature = dot(&change, bend);
        if curvature > 1e-10 * dot(bend, bend).sqrt() * dot(&change, &change).sqrt() {
            if fresh {
                reset(&mut inverse, curvature / dot(bend, bend));
                fresh = false;
            }
            for (row, p) in inverse.chunks(k).zip(product.iter_mut()) {
                *p = dot(row, bend);
            }
            let factor = (1.0 + dot(bend, &product) / curvature) / curvature;
            for ((row, &ci), &pi) in inverse.chunks_mut(k).zip(&change).zip(&product) {
                for ((cell, &cj), &pj) in row.iter_mut().zip(&change).zip(&product) {
                    *cell += factor * ci * cj - (ci * pj + pi * cj) / curvature;
                }
            }
        }
        let gain = value - next;
        x.copy_from_slice(&trial);
        gradient.copy_from_slice(&trial_gradient);
        value = next;
        idle = if gain < stop.gain { idle + 1 } else { 0 };
        if idle == 2 {
            break;
        }
    }
    value
}

/// The smallest value of `f` within `[low, high]`: a grid of `grid` points, then golden section around the best of them
/// for `steps` more. Returns the place.
pub(crate) fn on_a_line(
    low: f64,
    high: f64,
    grid: usize,
    steps: usize,
    mut f: impl FnMut(f64) -> f64,
) -> f64 {
    let width = (high - low) / grid.max(2).saturating_sub(1) as f64;
    let (mut best, mut best_value) = (low, f64::INFINITY);
    for i in 0..grid.max(2) {
        let at = low + width * i as f64;
        let value = f(at);
        if value < best_value {
            (best, best_value) = (at, value);
        }
    }
    let golden = f64::midpoint(5.0_f64.sqrt(), -1.0);
    let (mut a, mut b) = ((best - width).max(low), (best + width).min(high));
    let (mut c, mut d) = (b - golden * (b - a), a + golden * (b - a));
    let (mut fc, mut fd) = (f(c), f(d));
    for _ in 0..steps {
        if fc < fd {
            (b, d, fd) = (d, c, fc);
            c = b - golden * (b - a);
            fc = f(c);
        } else {
            (a, c, fc) = (c, d, fd);
            d = a + golden * (b - a);
            fd = f(d);
        }
    }
    let (inner, inner_value) = if fc < fd { (c, fc) } else { (d, fd) };
    if inner_value < best_value {
        inner
    } else {
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rosenbrock_is_solved() {
        let mut x = [-1.2, 1.0];
        let stop = Stop {
            iterations: 200,
            gain: 1e-14,
        };
        let value = bfgs(&mut x, stop, |x, g| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * b * x[0];
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b
        });
        assert!(value < 1e-10 && (x[0] - 1.0).abs() < 1e-4, "{x:?} {value}");
    }

    #[test]
    fn an_undefined_region_is_left_alone() {
        let mut x = [0.5];
        let stop = Stop {
            iterations: 100,
            gain: 1e-12,
        };
        let value = bfgs(&mut x, stop, |x, g| {
            if x[0] <= 0.0 {
                return f64::INFINITY;
            }
            g[0] = 1.0 - 0.01 / x[0];
            x[0] - 0.01 * x[0].ln()
        });
        assert!((x[0] - 0.01).abs() < 1e-4 && value.is_finite(), "{x:?}");
    }

    #[test]
    fn the_deeper_of_two_valleys_is_found() {
        let place = on_a_line(0.0, 1.0, 9, 30, |x| {
            (x - 0.2).powi(2).min((x - 0.8).powi(2) - 0.1)
        });
        assert!((place - 0.8).abs() < 1e-5, "{place}");
    }
}
