//! Minimum and maximum of a long series at several levels, so that a plot costs the same for a thousand points or ten million.
//!
//! For plots only: analysis never reads a pyramid.
