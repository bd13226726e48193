//! What people know and the data do not say: changes to come, campaigns, holidays, stretches of the past that are not
//! typical, and where the fit should begin. The series is made fit for the models before, the forecast is changed after,
//! and the forecast without all this stands beside it, so that every date can be traced.

mod apply;
mod effects;
mod holidays;
mod known;
mod outcome;
mod prepare;
mod read;
mod schedule;
mod words;

pub use apply::{band_crossing, forecast_planned};
pub use effects::Effects;
pub use holidays::{Holiday, HolidayError, read_holidays};
pub use known::{Change, Event, ForecastPlan, Ignored, Known, Seen};
pub use outcome::{AppliedEffect, EffectKind, PlanOutcome, Without};
pub use read::{PlanFile, PlanFileError, SeriesPlan, read_plan};
pub use schedule::{Addition, AdditionOutcome, Amount, Schedule, limits_ahead};
pub use words::{Effect, parse_amount, parse_effect};
