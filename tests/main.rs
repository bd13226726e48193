//! One integration target for everything that is tested from outside.

mod sla_availability;
mod sla_requests;
mod forecast_coverage;
