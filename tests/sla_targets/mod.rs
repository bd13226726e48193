//! Targets by date, baselines, services rolled up, intervals of rates, and the scorecard, on small datasets whose
//! numbers can be worked out by hand.

mod baseline;
mod dated;
mod interval;
mod mistakes;
mod rollup;
mod scorecard;
mod shown;
