//! Pieces that screens share. Each is a struct with `show(self, ui)` or a function that ends in `_ui`.

pub mod empty_state;
pub mod job_bar;
