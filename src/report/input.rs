//! A number in a workbook that its reader may change: validated, named, and read by formulas.

use super::model::NumberFormat;

/// One such number.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The name that formulas use; letters, digits and underscores, unique in the report.
    pub name: String,
    /// What stands in it; `None` where the reader has to fill it in.
    pub value: Option<f64>,
    /// How it is printed.
    pub format: NumberFormat,
    /// Smallest accepted value.
    pub low: f64,
    /// Largest accepted value.
    pub high: f64,
    /// What to enter, in a sentence of at most 255 characters.
    pub prompt: String,
}
