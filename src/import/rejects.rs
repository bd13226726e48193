//! Rows that could not be read: counted, located, and kept (up to a limit) so that they can be saved to a file.

use std::io::{self, Write};

/// How many rejected rows are kept with their text.
pub const MAX_KEPT: usize = 10_000;

/// One row that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reject {
    /// 1-based line at which the record starts.
    pub line: u64,
    /// The column to blame, where there is one.
    pub column: String,
    /// What is wrong with it.
    pub reason: String,
    /// The record as it stands in the file, shortened to 1,000 bytes.
    pub text: String,
}

/// The rejected rows of one file, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    /// All of them.
    pub count: u64,
    /// The first ones, with their text.
    pub kept: Vec<Reject>,
}

impl Rejects {
    /// Notes one.
    pub fn add(&mut self, reject: Reject) {
        self.count += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(reject);
        }
    }

    /// Takes over those of a later part of the file.
    pub fn append(&mut self, later: Self) {
        self.count += later.count;
        let room = MAX_KEPT.saturating_sub(self.kept.len());
        self.kept.extend(later.kept.into_iter().take(room));
    }

    /// Writes them as CSV: `file,line,column,reason,text`. Cells that a spreadsheet would run as a formula are defused.
    pub fn write_csv(&self, file: &str, out: &mut impl Write) -> io::Result<()> {
        let cell = |text: &str| {
            let risky = text.starts_with(['=', '+', '-', '@', '\t']);
            format!(
                "\"{}{}\"",
                if risky { "'" } else { "" },
                text.replace('"', "\"\"")
            )
        };
        writeln!(out, "file,line,column,reason,text")?;
        for reject in &self.kept {
            writeln!(
                out,
                "{},{},{},{},{}",
                cell(file),
                reject.line,
                cell(&reject.column),
                cell(&reject.reason),
                cell(&reject.text)
            )?;
        }
        Ok(())
    }
}
