//! Delimited tables: how they are written (delimiter, quotes, decimals, encoding), which column holds the time, and
//! metric tables, long or wide; any other table by a mapping of its columns.

pub mod cells;
pub mod layout;
pub mod mapping;
pub mod metric_csv;
pub mod records;
mod rows;
pub mod sheet;
pub mod times;
