//! All tables of a report as CSV, one after another, each under a line with its sheet and title; before them what the
//! report is about, whether its period is closed, and what people wrote about it.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front.

use super::model::{Cell, Report, Table};

/// The whole report.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    line(&mut out, &["Report", &report.title]);
    line(&mut out, &["Answer", &report.sentence]);
    line(&mut out, &["Scope", &report.subtitle]);
    let findings = &report.findings;
    if let Some(own) = findings.own_closing() {
        line(&mut out, &["Closed", &own.sentence(&report.zone)]);
        if let Some(warning) = own.warning() {
            line(&mut out, &["Changed since", &warning]);
        }
    }
    for (period, note) in findings.notes.iter().filter(|(_, n)| !n.trim().is_empty()) {
        line(&mut out, &["Comment", period, note.trim()]);
    }
    if !report.look.confidentiality.is_empty() {
        line(&mut out, &["Confidentiality", &report.look.confidentiality]);
    }
    for sheet in &report.sheets {
        for table in sheet.tables() {
            out.push_str("\r\n");
            line(&mut out, &["Table", &sheet.name, &table.title]);
            write_table(&mut out, table, report);
        }
    }
    out
}

fn write_table(out: &mut String, table: &Table, report: &Report) {
    let headers: Vec<&str> = table.columns.iter().map(|c| c.header.as_str()).collect();
    line(out, &headers);
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell, report)).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        line(out, &cells);
    }
}

/// A cell without symbols and thousands separators.
fn plain(cell: &Cell, report: &Report) -> String {
    match cell {
        Cell::Text(text) | Cell::Link(text, _) => text.clone(),
        Cell::Number(value, _) if value.is_finite() => value.to_string(),
        Cell::Number(..) | Cell::Empty | Cell::Trend(..) => String::new(),
        Cell::Time(at) => at.format(&report.zone, "%Y-%m-%dT%H:%M:%S%:z"),
        Cell::Day(date) => date.to_string(),
        Cell::Verdict(verdict) => verdict.word().to_owned(),
        Cell::Formula(_, result) => plain(result, report),
        Cell::Input(input) => input.value.map(|v| v.to_string()).unwrap_or_default(),
    }
}

fn line(out: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&quoted(cell));
    }
    out.push_str("\r\n");
}

fn quoted(text: &str) -> String {
    let defused =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
            format!("'{text}")
        } else {
            text.to_owned()
        };
    if defused.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("-3.5"), "-3.5");
        assert_eq!(quoted("@x,y"), "\"'@x,y\"");
        assert_eq!(quoted("say \"a\""), "\"say \"\"a\"\"\"");
    }
}
