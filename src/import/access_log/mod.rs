//! Access logs of web servers: one line a request, in the layouts of Apache and nginx and as JSON.
//!
//! `text_line` and `json_log` take a line apart, `path` folds its path to a label, and
//! `requests` counts it.

mod clock;
pub mod json_log;
mod layout;
mod path;
mod requests;
mod text_line;
pub mod text_log;
