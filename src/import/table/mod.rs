//! Delimited tables: how they are written (delimiter, quotes, decimals, encoding), which column holds the time, and
//! metric tables, long or wide; any other table by a mapping of its columns.

pub mod cells;
pub mod excel;
mod excel_chain;
mod excel_sheet;
pub mod formatted;
pub mod layout;
pub mod mapping;
pub mod metric_csv;
pub mod pairs;
pub mod parquet;
mod parquet_footer;
pub mod quantity;
pub mod records;
pub mod rendered;
pub mod rewrite;
mod rows;
pub mod sheet;
mod stamps;
pub mod times;
