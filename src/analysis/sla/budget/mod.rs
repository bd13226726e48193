//! What an error budget tells besides what is left of it: how it was used over time, where it ends, which alerts would
//! have fired on the way, and how far a breach would have been escalated.
//!
//! Everything here is replayed over what was measured. Budgets are streams of bad and of all units ([`Stream`]), so that
//! outages are exact to the microsecond and requests to the step in which they were counted.

mod burn;
mod complete;
mod evidence;
mod projection;
mod read;
mod replay;
mod severity;
mod stream;
mod tables;
mod tiers;
mod words;

pub(super) use complete::complete;
pub(super) use read::{alerts, burn_tables};
pub(super) use severity::grade;
use stream::{Odds, Stream};

pub use burn::{BurnAlert, BurnFiring, BurnReplay};
pub use projection::{BudgetPoint, BudgetProjection};
pub use replay::replay_alerts;
pub use tables::{BurnRow, BurnTable, BurnThreshold};
pub use tiers::{AlertFiring, AlertReplay, AlertRule, AlertTier, TierReplay};
pub use words::{a_day, budget_amount, times};
