//! The request engine from outside: against queueing theory within the run's own error, and what must hold of any run.

mod backend;
mod balance;
mod faults;
mod fixture;
mod network;
mod rules;
mod scaling;
mod theory;
