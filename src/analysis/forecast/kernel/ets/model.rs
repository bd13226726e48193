//! A fitted member of the family.

use super::super::Fit;
use super::filter::{Smoothing, State, Step, ahead, run};
use super::variance::spread;
use super::{Member, Season};

/// Where the filter starts. Of a long series only the newest part was fitted; the earlier one has a start of its own, from
/// which nothing of the forecast hangs.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// Before the first value.
    pub early: State,
    /// Values before the fitted part: whole seasons.
    pub at: usize,
    /// Before the fitted part.
    pub state: State,
}

/// A member of the family with its parameters, in the unit of the series.
#[derive(Clone, Debug)]
pub struct EtsFit {
    pub(super) member: Member,
    pub(super) y: Vec<f64>,
    pub(super) smoothing: Smoothing,
    start: Start,
    /// After the last value; the season still by phase of the first value.
    end: State,
    residuals: Vec<f64>,
    /// Standard deviation of the errors: of the relative ones where errors are multiplicative.
    sigma: f64,
    /// Corrected Akaike criterion, up to a constant that all members share on one series.
    pub(super) aicc: f64,
}

impl EtsFit {
    /// Runs the parameters over the series; `None` unless everything stays finite. `free` is the number of estimated
    /// numbers without the variance.
    pub(super) fn new(
        member: Member,
        y: &[f64],
        smoothing: Smoothing,
        start: Start,
        free: usize,
        aicc: f64,
    ) -> Option<Self> {
        let mut steps = vec![Step::default(); y.len()];
        let (early, recent) = y.split_at(start.at.min(y.len()));
        let (early_steps, recent_steps) = steps.split_at_mut(early.len());
        run(
            member.season,
            early,
            smoothing,
            &mut start.early.clone(),
            early_steps,
        );
        let mut end = start.state.clone();
        run(member.season, recent, smoothing, &mut end, recent_steps);
        let residuals: Vec<f64> = y
            .iter()
            .zip(&steps)
            .map(|(y, s)| y - s.fitted)
            .map(|r| if r.is_finite() { r } else { f64::NAN })
            .collect();
        let (mut squares, mut known) = (0.0, 0usize);
        for (residual, step) in residuals
            .iter()
            .zip(&steps)
            .skip(start.at)
            .filter(|(r, _)| !r.is_nan())
        {
            let error = if member.multiplicative_error {
                residual / step.fitted
            } else {
                *residual
            };
            squares += error * error;
            known += 1;
        }
        let sigma = (squares / known.saturating_sub(free).max(1) as f64).sqrt();
        let sound = sigma.is_finite()
            && end.level.is_finite()
            && end.slope.is_finite()
            && end.season.iter().all(|s| s.is_finite());
        sound.then_some(Self {
            member,
            y: y.to_vec(),
            smoothing,
            start,
            end,
            residuals,
            sigma,
            aicc,
        })
    }

    /// The member that was fitted.
    pub fn member(&self) -> Member {
        self.member
    }

    /// The corrected Akaike criterion, up to a constant that all members share on one series; lower is better.
    pub fn aicc(&self) -> f64 {
        self.aicc
    }
}

impl Fit for EtsFit {
    fn name(&self) -> String {
        self.member.name()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        let Member { season, trend, .. } = self.member;
        ahead(
            season,
            trend,
            self.smoothing.phi,
            &self.end,
            self.y.len(),
            h,
        )
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        let trend_only = ahead(
            Season::None,
            self.member.trend,
            self.smoothing.phi,
            &self.end,
            0,
            h,
        );
        let period = if self.member.season == Season::None {
            0
        } else {
            self.end.season.len()
        };
        spread(
            self.member,
            self.smoothing,
            period,
            self.sigma,
            &self.ahead(h),
            &trend_only,
        )
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let Start {
            early,
            at,
            state: recent,
        } = &self.start;
        let mut state = early.clone();
        let mut steps = vec![Step::default(); self.y.len()];
        let mut done = 0;
        let mut in_recent = false;
        origins
            .iter()
            .map(|&origin| {
                let origin = origin.clamp(done, self.y.len().max(done));
                if origin >= *at && !in_recent {
                    state = recent.clone();
                    done = *at;
                    in_recent = true;
                }
                if let (Some(values), Some(steps)) =
                    (self.y.get(done..origin), steps.get_mut(done..origin))
                {
                    run(
                        self.member.season,
                        values,
                        self.smoothing,
                        &mut state,
                        steps,
                    );
                    let width = state.season.len().max(1);
                    state.season.rotate_left((origin - done) % width);
                    done = origin;
                }
                ahead(
                    self.member.season,
                    self.member.trend,
                    self.smoothing.phi,
                    &state,
                    0,
                    h,
                )
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}
