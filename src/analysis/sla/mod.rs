//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

mod alert_expr;
mod arith;
mod asked;
mod availability;
mod availability_detail;
mod availability_words;
mod baseline;
mod buckets;
mod budget;
pub mod conflicts;
mod dated;
mod durations;
mod error_series;
mod excluded;
mod exclusion;
pub mod file;
mod improvement;
mod interval;
pub mod judge;
pub mod limits;
mod measure;
pub mod objective;
mod openslo_fields;
mod openslo_foreign;
mod openslo_native;
mod openslo_read;
mod openslo_write;
mod own_write;
mod parts;
pub mod presets;
pub mod prometheus_rules;
mod read_benchmarks;
mod read_block;
mod read_grain;
mod read_own;
mod read_targets;
mod read_values;
mod read_windows;
mod requests;
pub mod result;
mod rolling;
mod rollup;
pub mod scorecard;
mod select;
mod series;
mod service_hours;
mod sliced;
mod sliced_breaches;
mod sources;
mod targets;
mod throughput;
mod timeline;
mod tool_summary;
pub mod windows;

use crate::yaml::{self, names};

pub use arith::wilson;
pub use asked::settled;
pub use budget::{
    AlertFiring, AlertReplay, AlertRule, AlertTier, BudgetPoint, BudgetProjection, BurnAlert,
    BurnFiring, BurnReplay, BurnRow, BurnTable, BurnThreshold, TierReplay, a_day, budget_amount,
    replay_alerts, times,
};
pub use exclusion::{Exclusion, ExclusionCategory, WrittenExclusion};
pub use file::{DegradationPolicy, SlaFile, SlaFileError};
pub use judge::{JudgeParams, SlaError, judge, now_of};
pub use limits::{LimitScope, RateLimit, StatedResult};
pub use objective::*;
pub use openslo_write::{OpenSloExport, to_openslo};
pub use result::*;
pub use scorecard::{ScoreStatus, Scorecard, ScorecardRow};
pub use service_hours::ServiceHours;
pub use targets::{BaselineRef, DatedTarget, Measure, Rollup};
pub use windows::parse_exclusions;
