//! What was unusual: the engine on series with planted spans, the command, known spans in forecasts and reports, and
//! the list of the Explore screen.

mod command;
mod engine;
mod levels;
pub mod screen;
