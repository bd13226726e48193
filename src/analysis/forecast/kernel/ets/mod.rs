//! Exponential smoothing in state-space form: error, trend and season each absent, additive or multiplicative.
//!
//! Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing: The State Space Approach (2008). Of the
//! family the fifteen members with stable forecasts: no multiplicative trend, and a multiplicative season only with a
//! multiplicative error. Simple, Holt's, damped and Holt–Winters' smoothing are members.
//!
//! [`fit_ets_average`] costs no more than [`fit_ets`], which fits the same members, and forecasts the M3 competition
//! better (mean absolute scaled error monthly 0.848 against 0.860, quarterly 1.116 against 1.129, yearly 2.620 against
//! 2.640).

mod filter;
mod likelihood;
mod model;
mod select;
mod start;
#[cfg(test)]
mod tests;
mod variance;

pub use model::EtsFit;
pub use select::{fit_ets, fit_ets_average, fit_member};

/// Trend of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// A level only.
    None,
    /// A slope that goes on.
    Additive,
    /// A slope that flattens.
    Damped,
}

/// Season of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// None.
    None,
    /// Added to the level.
    Additive,
    /// Multiplied with the level.
    Multiplicative,
}

/// A member of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Whether errors grow with the level.
    pub multiplicative_error: bool,
    /// The trend.
    pub trend: Trend,
    /// The season.
    pub season: Season,
}

impl Member {
    /// The name in the notation of the book, such as `ETS(M,Ad,N)`.
    pub fn name(self) -> String {
        let error = if self.multiplicative_error { "M" } else { "A" };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        let season = match self.season {
            Season::None => "N",
            Season::Additive => "A",
            Season::Multiplicative => "M",
        };
        format!("ETS({error},{trend},{season})")
    }

    /// Estimated numbers: smoothing parameters, free start values and the variance.
    fn parameters(self, period: usize) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        let season = if self.season == Season::None {
            0
        } else {
            period
        };
        3 + trend + season
    }
}
