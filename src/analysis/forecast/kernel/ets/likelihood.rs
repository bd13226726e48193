//! The penalised likelihood of a member of the family, as a function of unbounded numbers, with its gradient.
//!
//! Section 5.1 of the book: −2 log L without its constant is n·log Σe² for additive and n·log Σε² + 2 Σ log|ŷ| for
//! multiplicative errors. The smoothing parameters keep to the usual region 0 < α < 1, 0 < β < α, 0 < γ < 1 − α,
//! 0.8 ≤ φ ≤ 0.98 through logistic functions. Start values are counted from a first guess in units of typical errors.

use super::filter::{Slopes, Smoothing, State, Step, back, run};
use super::{Member, Season, Trend};

const PHI: (f64, f64) = (0.8, 0.98);
/// Smallest share of the squared scale that counts as error: keeps a perfect fit finite.
const FLOOR: f64 = 1e-20;

/// What is held against a smoothing parameter near the ends of its range, in units of log L.
#[derive(Clone, Copy, Debug)]
struct Restraint {
    high: f64,
    low: f64,
}

// The plain likelihood of a short series is often highest where the slope follows every error; such fits forecast
// badly. The restraint on the slope is that of a Beta(1, 21) prior on β/α; the others only keep the search finite.
const LEVEL: Restraint = Restraint {
    high: 0.02,
    low: 0.2,
};
const SLOPE: Restraint = Restraint {
    high: 20.0,
    low: 0.02,
};
const DAMPING: Restraint = Restraint {
    high: 0.5,
    low: 0.5,
};
const SEASON: Restraint = Restraint {
    high: 0.02,
    low: 0.2,
};
/// Held against start values, by their squared distance from the guess in typical errors.
const START: f64 = 0.05;

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}

/// A member and a series (scaled to a typical size of 1), ready to be evaluated at any point.
pub(super) struct Likelihood<'a> {
    member: Member,
    y: &'a [f64],
    /// Values that are known.
    known: f64,
    /// First guess of the state before the first value.
    guess: State,
    /// Typical error of one step.
    unit: f64,
    /// Typical error of one seasonal figure.
    season_unit: f64,
    steps: Vec<Step>,
    state: State,
    slopes: Slopes,
}

impl<'a> Likelihood<'a> {
    pub(super) fn new(member: Member, y: &'a [f64], guess: State, unit: f64) -> Self {
        let state = guess.clone();
        let slopes = Slopes {
            smoothing: Smoothing::default(),
            state: guess.clone(),
        };
        let season_unit = match member.season {
            Season::Multiplicative => unit / guess.level.abs().max(unit),
            _ => unit,
        };
        Self {
            member,
            y,
            known: y.iter().filter(|v| !v.is_nan()).count() as f64,
            unit,
            season_unit,
            steps: vec![Step::default(); y.len()],
            state,
            slopes,
            guess,
        }
    }

    /// The point of these smoothing parameters at the guessed start values.
    pub(super) fn point(&self, p: Smoothing) -> Vec<f64> {
        let mut x = vec![logit(p.alpha)];
        if self.member.trend != Trend::None {
            x.push(logit(p.beta / p.alpha));
        }
        if self.member.trend == Trend::Damped {
            x.push(logit((p.phi - PHI.0) / (PHI.1 - PHI.0)));
        }
        if self.member.season != Season::None {
            x.push(logit(p.gamma / (1.0 - p.alpha)));
        }
        x.push(0.0);
        if self.member.trend != Trend::None {
            x.push(0.0);
        }
        if self.member.season != Season::None {
            x.extend(std::iter::repeat_n(0.0, self.guess.season.len()));
        }
        x
    }

    /// The smoothing parameters of a point; writes its start values to `state`.
    pub(super) fn unpack(&self, x: &[f64], state: &mut State) -> Smoothing {
        let mut x = x.iter().copied();
        let mut next = || x.next().unwrap_or(0.0);
        let alpha = logistic(next());
        let (mut beta, mut gamma, mut phi) = (0.0, 0.0, 1.0);
        if self.member.trend != Trend::None {
            beta = alpha * logistic(next());
        }
        if self.member.trend == Trend::Damped {
            phi = PHI.0 + (PHI.1 - PHI.0) * logistic(next());
        }
        if self.member.season != Season::None {
            gamma = (1.0 - alpha) * logistic(next());
        }
        state.level = self.guess.level + self.unit * next();
        state.slope = 0.0;
        if self.member.trend != Trend::None {
            state.slope = self.guess.slope + self.unit * next();
        }
        if self.member.season == Season::None {
            state.season.fill(0.0);
        } else {
            for (s, guess) in state.season.iter_mut().zip(&self.guess.season) {
                *s = guess + self.season_unit * next();
            }
        }
        Smoothing {
            alpha,
            beta,
            gamma,
            phi,
        }
    }

    /// −2 log L without its constant and with the restraints, and its gradient by `x`.
    pub(super) fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut state = std::mem::replace(
            &mut self.state,
            State {
                level: 0.0,
                slope: 0.0,
                season: Vec::new(),
            },
        );
        let p = self.unpack(x, &mut state);
        run(self.member.season, self.y, p, &mut state, &mut self.steps);
        self.state = state;
        let value = self.of_errors();
        if value.0.is_finite() {
            self.slope_of(p, value.1, gradient);
            value.0 + self.restraint(x, gradient)
        } else {
            f64::INFINITY
        }
    }

    /// Adds what the [`Restraint`]s weigh against a point to the gradient, and answers it.
    fn restraint(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let has = |there: bool, restraint: Restraint| there.then_some(restraint);
        let on_smoothing = [
            Some(LEVEL),
            has(self.member.trend != Trend::None, SLOPE),
            has(self.member.trend == Trend::Damped, DAMPING),
            has(self.member.season != Season::None, SEASON),
        ];
        let mut on_smoothing = on_smoothing.into_iter().flatten();
        let mut sum = 0.0;
        for (slot, x) in gradient.iter_mut().zip(x) {
            if let Some(Restraint { high, low }) = on_smoothing.next() {
                let share = logistic(*x);
                sum -= 2.0 * (high * (1.0 - share).max(1e-300).ln() + low * share.max(1e-300).ln());
                *slot += 2.0 * (high * share - low * (1.0 - share));
            } else {
                sum += START * x * x;
                *slot += 2.0 * START * x;
            }
        }
        sum
    }

    /// The value, and the sum of squares in it.
    fn of_errors(&self) -> (f64, f64) {
        let pairs = self.y.iter().zip(&self.steps).filter(|(y, _)| !y.is_nan());
        if !self.member.multiplicative_error {
            let squares: f64 = pairs.map(|(y, s)| (y - s.fitted) * (y - s.fitted)).sum();
            let squares = squares + self.known * FLOOR;
            return (self.known * squares.ln(), squares);
        }
        let (mut squares, mut logs, mut product) = (self.known * FLOOR, 0.0, 1.0_f64);
        for (y, step) in pairs {
            if step.fitted <= 1e-9 {
                return (f64::INFINITY, squares);
            }
            let error = y / step.fitted - 1.0;
            squares += error * error;
            product *= step.fitted;
            if !(1e-100..1e100).contains(&product) {
                logs += product.ln();
                product = 1.0;
            }
        }
        (
            self.known * squares.ln() + 2.0 * (logs + product.ln()),
            squares,
        )
    }

    fn slope_of(&mut self, p: Smoothing, squares: f64, gradient: &mut [f64]) {
        let weight = 2.0 * self.known / squares;
        let season = self.member.season;
        if self.member.multiplicative_error {
            let by_fitted = |y: f64, fitted: f64| {
                let inverse = 1.0 / fitted;
                let relative = y * inverse;
                (2.0 - weight * (relative - 1.0) * relative) * inverse
            };
            back(season, self.y, p, &self.steps, by_fitted, &mut self.slopes);
        } else {
            let by_fitted = |y: f64, fitted: f64| -weight * (y - fitted);
            back(season, self.y, p, &self.steps, by_fitted, &mut self.slopes);
        }
        let by = &self.slopes;
        let mut out = gradient.iter_mut();
        let mut put = |value: f64| {
            if let Some(slot) = out.next() {
                *slot = value;
            }
        };
        let s = by.smoothing;
        put((1.0 - p.alpha) * (p.alpha * s.alpha + p.beta * s.beta) - p.alpha * p.gamma * s.gamma);
        if self.member.trend != Trend::None {
            put(p.beta * (1.0 - p.beta / p.alpha) * s.beta);
        }
        if self.member.trend == Trend::Damped {
            put((p.phi - PHI.0) * (PHI.1 - p.phi) / (PHI.1 - PHI.0) * s.phi);
        }
        if season != Season::None {
            put(p.gamma * (1.0 - p.gamma / (1.0 - p.alpha)) * s.gamma);
        }
        put(self.unit * by.state.level);
        if self.member.trend != Trend::None {
            put(self.unit * by.state.slope);
        }
        if season != Season::None {
            for value in &by.state.season {
                put(self.season_unit * value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members() -> Vec<Member> {
        let mut out = Vec::new();
        for multiplicative_error in [false, true] {
            for trend in [Trend::None, Trend::Additive, Trend::Damped] {
                for season in [Season::None, Season::Additive, Season::Multiplicative] {
                    out.push(Member {
                        multiplicative_error,
                        trend,
                        season,
                    });
                }
            }
        }
        out
    }

    #[test]
    fn the_gradient_of_every_member_agrees_with_differences() {
        let mut y: Vec<f64> = (0..30u32)
            .map(|i| {
                1.0 + 0.02 * f64::from(i)
                    + 0.1 * f64::from(i % 4)
                    + 0.05 * (f64::from(i) * 1.7).sin()
            })
            .collect();
        y[9] = f64::NAN;
        for member in members() {
            let season = match member.season {
                Season::None => vec![0.0; y.len()],
                Season::Additive => vec![-0.1, 0.0, 0.05, 0.05],
                Season::Multiplicative => vec![0.9, 1.0, 1.05, 1.05],
            };
            let guess = State {
                level: 1.1,
                slope: 0.01,
                season,
            };
            let mut likelihood = Likelihood::new(member, &y, guess, 0.05);
            let start = likelihood.point(Smoothing {
                alpha: 0.3,
                beta: 0.1,
                gamma: 0.2,
                phi: 0.9,
            });
            let mut gradient = vec![0.0; start.len()];
            let mut unused = gradient.clone();
            likelihood.value(&start, &mut gradient);
            for (i, slope) in gradient.iter().enumerate() {
                let mut at = |by: f64| {
                    let mut x = start.clone();
                    x[i] += by;
                    likelihood.value(&x, &mut unused)
                };
                let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!(
                    (slope - expected).abs() < 1e-4 * expected.abs().max(1.0),
                    "{} {i}: {slope} {expected}",
                    member.name()
                );
            }
        }
    }
}
