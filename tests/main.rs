//! One integration target for everything that is tested from outside.

mod forecast_coverage;
mod sla_availability;
mod sla_requests;
