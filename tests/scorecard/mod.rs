//! Kept forecasts against what came: the engine, the commands, the report, the screen.

mod command;
mod engine;
mod report;
pub mod screen;
