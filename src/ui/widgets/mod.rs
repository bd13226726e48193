//! Pieces that screens share. Each is a struct with `show(self, ui)` or a function that ends in `_ui`.

pub mod brush;
pub mod budget_bar;
pub mod chart_export;
pub mod chart_parts;
pub mod data_table;
pub mod empty_state;
pub mod job_bar;
pub mod line_data;
mod plot_input;
mod plot_margins;
mod plot_overlay;
mod plot_spans;
mod plot_title;
mod plot_words;
pub mod slice_strip;
pub mod sparkline;
pub mod stat_line;
pub mod status_badge;
pub mod table_column;
pub mod time_axis;
pub mod time_plot;
pub mod trend_line;
pub mod value_axis;

pub use brush::{TimeWindow, window_ui};
pub use budget_bar::BudgetBar;
pub use chart_parts::{LineKind, PlotBand, PlotLimit, PlotLine, PlotMark, PlotSpan, XAxis};
pub use data_table::{DataTable, TableResponse};
pub use line_data::LineData;
pub use slice_strip::SliceStrip;
pub use sparkline::Sparkline;
pub use stat_line::{Stat, stats_ui};
pub use status_badge::{Status, StatusBadge};
pub use table_column::TableColumn;
pub use time_plot::{LimitMoved, PlotResponse, TimePlot};
pub use trend_line::TrendLine;
