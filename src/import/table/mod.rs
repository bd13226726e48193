//! Delimited tables: how they are written (delimiter, quotes, decimals, encoding), which column holds the time, and
//! metric tables, long or wide.

pub mod cells;
pub mod layout;
pub mod metric_csv;
pub mod records;
mod rows;
pub mod sheet;
pub mod times;
