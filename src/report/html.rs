//! The report as one self-contained page: tables, inline pictures, a style sheet, no script and no outside reference.

use super::chart::ChartSpec;
use super::heat::Shades;
use super::model::{
    Align, Block, Cell, Content, Report, Sheet, Table, verdict_colour, verdict_text,
};
use super::svg;
use crate::analysis::decisions::Paper;

/// Rows of a table that a page shows; all of them are in the workbook and the CSV.
const MOST_ROWS: usize = 400;

const STYLE: &str = "
:root{--ink:#222a33;--soft:#eef2f6;--hair:#d5dae0;--accent:#005a9c;--grey:#5b6570;--met:#007a59;--breached:#b84a00;--not-proven:#8a5f00;--no-data:#6b6b6b}
body{font:14px/1.45 Arial,'Liberation Sans',sans-serif;color:var(--ink);margin:0 auto;max-width:1180px;padding:24px}
h1{color:var(--accent);font-size:26px;margin:0 0 4px}h2{color:var(--accent);font-size:20px;margin:40px 0 4px;border-top:1px solid var(--hair);padding-top:20px}
h3{font-size:15px;color:var(--accent);margin:20px 0 6px}p{margin:4px 0 10px;max-width:90ch}
.answer{font-size:18px;font-weight:bold;background:var(--soft);padding:10px 14px;border-left:6px solid}
.remark{color:var(--grey);font-style:italic;font-size:13px}nav a{margin-right:14px;color:var(--accent)}
.beside{display:flex;gap:20px;flex-wrap:wrap;align-items:flex-start}.beside>*{flex:1 1 420px;min-width:0}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%;font-variant-numeric:tabular-nums}
th{background:var(--soft);border-bottom:2px solid var(--accent);text-align:left;vertical-align:bottom}
th,td{padding:4px 8px}td{border-bottom:1px solid var(--hair);vertical-align:top}
.r{text-align:right}.c{text-align:center;white-space:nowrap}tfoot td{font-weight:bold;border-top:1px solid var(--accent)}
.met{color:var(--met)}.breached{color:var(--breached)}.not-proven{color:var(--not-proven)}.no-data{color:var(--no-data)}
figure{margin:8px 0}figcaption{font-weight:bold;font-size:14px}figure svg{background:#fff;max-height:400px}svg{width:100%;height:auto}svg.spark{width:120px;height:24px}
a{color:var(--accent)}.logo{float:right;max-height:48px;max-width:220px}
footer{margin-top:40px;color:var(--grey);font-size:12px}
@media print{body{max-width:none;padding:0;font-size:10px}h1{font-size:20px}h2{break-before:page;font-size:16px;border:0;margin-top:0;padding-top:0}h3{font-size:12px;break-after:avoid}
figure svg{max-height:80mm}.answer{font-size:14px}.remark,footer{font-size:9px}tr,figure{break-inside:avoid}nav{display:none}.scroll{overflow:visible}table{font-size:8.5px}th,td{padding:2px 4px}.c{white-space:normal}b{white-space:nowrap}
.beside>*{flex-basis:40%}.answer,th,td,figure svg{print-color-adjust:exact}}
";

/// For screens that are set to dark: pictures stay on white, words and lines turn light. Paper stays white.
const DARK: &str = "
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--ink:#e3e7ec;--soft:#222b35;--hair:#3a4551;--grey:#a3adb8;--met:#3fc79a;--breached:#ff9450;--not-proven:#e8b04a;--no-data:#a9a9a9}
body{background:#12171d}h1,h2,h3,a,nav a{color:color-mix(in srgb,var(--accent) 40%,#fff)}figure svg,.logo{border-radius:4px}.logo{background:#fff;padding:4px}svg.spark polyline{stroke:currentColor}}
";

/// The page.
pub fn render(report: &Report) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}:root{{--accent:#{:06x}}}{DARK}@page{{size:{} landscape;margin:12mm}}</style></head><body>\n",
        escape(&report.title),
        report.look.accent,
        match report.look.paper {
            Paper::A4 => "A4",
            Paper::Letter => "letter",
        }
    );
    if let Some(logo) = &report.look.logo {
        out.push_str(&format!(
            "<img class=\"logo\" alt=\"Logo beside the title\" src=\"data:{};base64,{}\">\n",
            logo.mime, logo.base64
        ));
    }
    let sheets: Vec<(usize, &Sheet)> = report
        .sheets
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.unprinted)
        .collect();
    for (index, sheet) in &sheets {
        let level = if *index == 0 { 1 } else { 2 };
        out.push_str(&format!(
            "<section id=\"s{index}\"><h{level}>{}</h{level}><p>{}</p>\n",
            escape(&sheet.title),
            escape(&sheet.lead)
        ));
        if *index == 0 {
            out.push_str("<nav>");
            for (target, other) in sheets.iter().skip(1) {
                out.push_str(&format!(
                    "<a href=\"#s{target}\">{}</a>",
                    escape(&other.name)
                ));
            }
            out.push_str("</nav>\n");
        }
        for row in &sheet.rows {
            if row.len() > 1 {
                out.push_str("<div class=\"beside\">");
            }
            for block in row {
                write_block(&mut out, report, block);
            }
            if row.len() > 1 {
                out.push_str("</div>");
            }
        }
        out.push_str("</section>\n");
    }
    out.push_str(&format!(
        "<footer>{}{} · Headroom {} · inputs {}</footer></body></html>\n",
        match report.look.confidentiality.as_str() {
            "" => String::new(),
            line => format!("{} · ", escape(line)),
        },
        escape(&report.subtitle),
        escape(&report.findings.version),
        escape(&report.findings.inputs_sha256)
    ));
    out
}

fn write_block(out: &mut String, report: &Report, block: &Block) {
    match &block.content {
        Content::Heading(text) => out.push_str(&format!("<h3>{}</h3>", escape(text))),
        Content::Text(text) => out.push_str(&format!("<p>{}</p>", escape(text))),
        Content::Remark(text) => {
            out.push_str(&format!("<p class=\"remark\">{}</p>", escape(text)));
        }
        Content::Answer(text, verdict) => out.push_str(&format!(
            "<p class=\"answer\" style=\"border-color:#{:06x}\">{}</p>",
            verdict_colour(*verdict),
            escape(text)
        )),
        Content::Table(table) => write_table(out, report, table),
        Content::Chart(spec) => write_chart(out, report, spec),
        Content::Stack(charts) => {
            out.push_str("<div>");
            for spec in charts {
                write_chart(out, report, spec);
            }
            out.push_str("</div>");
        }
    }
    out.push('\n');
}

fn write_chart(out: &mut String, report: &Report, spec: &ChartSpec) {
    out.push_str(&format!(
        "<figure><figcaption>{}</figcaption>{}</figure>",
        escape(&spec.title),
        svg::render(report, spec)
    ));
}

const fn class(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Right => " class=\"r\"",
        Align::Centre => " class=\"c\"",
    }
}

fn write_table(out: &mut String, report: &Report, table: &Table) {
    out.push_str("<div class=\"scroll\"><table><thead><tr>");
    for column in &table.columns {
        out.push_str(&format!(
            "<th{}>{}</th>",
            class(column.align),
            escape(&column.header)
        ));
    }
    out.push_str("</tr></thead><tbody>");
    let shades = Shades::of(table);
    let write_row = |out: &mut String, row: &[Cell]| {
        out.push_str("<tr>");
        for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            let shade = shades.and_then(|s| s.share(index, cell)).map_or_else(
                String::new,
                // The colour of limits, as far as the value is bad.
                |share| format!(" style=\"background:rgba(213,94,0,{share:.2})\""),
            );
            out.push_str(&format!("<td{}{shade}>", class(column.align)));
            write_cell(out, report, cell);
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    };
    for row in table.rows.iter().take(MOST_ROWS) {
        write_row(out, row);
    }
    out.push_str("</tbody>");
    if !table.footer.is_empty() {
        out.push_str("<tfoot>");
        write_row(out, &table.footer);
        out.push_str("</tfoot>");
    }
    out.push_str("</table></div>");
    let left = table.rows.len().saturating_sub(MOST_ROWS);
    if left > 0 {
        out.push_str(&format!(
            "<p class=\"remark\">{} more rows stand in the workbook.</p>",
            crate::units::count(left as u64)
        ));
    }
}

fn write_cell(out: &mut String, report: &Report, cell: &Cell) {
    match cell {
        Cell::Text(text) => out.push_str(&escape(text)),
        Cell::Number(value, format) if value.is_finite() => {
            out.push_str(&escape(&format.print(*value)));
        }
        Cell::Number(..) | Cell::Empty => {}
        Cell::Time(at) => out.push_str(&at.format(&report.zone, "%Y-%m-%d %H:%M")),
        Cell::Day(date) => out.push_str(&date.to_string()),
        Cell::Verdict(verdict) => out.push_str(&format!(
            "<b class=\"{}\">{}</b>",
            verdict.word().replace(' ', "-"),
            escape(&verdict_text(*verdict))
        )),
        Cell::Formula(_, result) => write_cell(out, report, result),
        Cell::Trend(_, values) => {
            out.push_str(&svg::sparkline(values, report.look.accent));
        }
        Cell::Link(text, table) => match section_of(report, table) {
            Some(section) => out.push_str(&format!("<a href=\"#s{section}\">{}</a>", escape(text))),
            None => out.push_str(&escape(text)),
        },
        Cell::Input(input) => match input.value {
            Some(value) => out.push_str(&escape(&input.format.print(value))),
            None => out.push_str("to be entered"),
        },
    }
}

/// The section in which a table stands.
fn section_of(report: &Report, table: &str) -> Option<usize> {
    report
        .sheets
        .iter()
        .position(|sheet| !sheet.unprinted && sheet.tables().any(|t| t.id == table))
}

/// Text that means nothing to HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
