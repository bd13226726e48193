//! The look of the workbook: one font, one accent colour, hairlines, and number formats.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::analysis::sla::Verdict;
use crate::report::model::{Align, Cell, NumberFormat, verdict_colour};

/// Font of all cells and charts.
pub const FONT: &str = "Arial";
const INK: u32 = 0x22_2A33;
const HAIR: u32 = 0xD5_DAE0;
const SOFT: u32 = 0xEE_F2F6;
const GREY: u32 = 0x5B_6570;
/// What a reader may change: blue on pale yellow, as in models of finance.
const ENTERED: u32 = 0x00_00C0;
const FIELD: u32 = 0xFF_F9DB;

/// The font that the widths of columns count in.
pub fn normal() -> Format {
    Format::new().set_font_name(FONT).set_font_size(10)
}

/// Plain text.
pub fn base() -> Format {
    Format::new()
        .set_font_name(FONT)
        .set_font_size(9)
        .set_font_color(Color::RGB(INK))
        .set_align(FormatAlign::VerticalCenter)
}

/// The heading of a sheet.
pub fn title(accent: u32) -> Format {
    base()
        .set_font_size(16)
        .set_bold()
        .set_font_color(Color::RGB(accent))
}

/// The sentence under it.
pub fn lead() -> Format {
    base()
        .set_font_size(10)
        .set_text_wrap()
        .set_align(FormatAlign::Top)
}

/// A heading inside a sheet.
pub fn heading(accent: u32) -> Format {
    base()
        .set_font_size(11)
        .set_bold()
        .set_font_color(Color::RGB(accent))
        .set_align(FormatAlign::Bottom)
}

/// A paragraph.
pub fn text() -> Format {
    base().set_text_wrap().set_align(FormatAlign::Top)
}

/// Small print.
pub fn remark() -> Format {
    text().set_italic().set_font_color(Color::RGB(GREY))
}

/// Small print in one line that is not wrapped.
pub fn remark_line() -> Format {
    base().set_italic().set_font_color(Color::RGB(GREY))
}

/// The answer in one sentence.
pub fn answer(verdict: Verdict) -> Format {
    base()
        .set_font_size(13)
        .set_bold()
        .set_text_wrap()
        .set_font_color(Color::RGB(dark(verdict)))
        .set_background_color(Color::RGB(SOFT))
        .set_border_left(FormatBorder::Thick)
        .set_border_left_color(Color::RGB(verdict_colour(verdict)))
        .set_indent(1)
}

/// The colour of a verdict, dark enough for text: the amber and green of the palette are too light for words.
pub const fn dark(verdict: Verdict) -> u32 {
    match verdict {
        Verdict::Met => 0x00_7A59,
        Verdict::Breached => 0xB8_4A00,
        Verdict::NotProven => 0x8A_5F00,
        Verdict::NoData => 0x6B_6B6B,
    }
}

/// The header of a table.
pub fn header(align: Align, first: bool, accent: u32) -> Format {
    aligned(base(), align, first)
        .set_bold()
        .set_font_size(9)
        .set_text_wrap()
        .set_background_color(Color::RGB(SOFT))
        .set_border_bottom(FormatBorder::Medium)
        .set_border_bottom_color(Color::RGB(accent))
}

/// Words after the first column are indented, so that they keep clear of the numbers before them.
fn aligned(format: Format, align: Align, first: bool) -> Format {
    let indent = u8::from(!first && align == Align::Left);
    format
        .set_align(match align {
            Align::Left => FormatAlign::Left,
            Align::Right => FormatAlign::Right,
            Align::Centre => FormatAlign::Center,
        })
        .set_indent(indent)
}

/// A cell of a table.
pub fn cell(cell: &Cell, align: Align, first: bool, total: bool, accent: u32) -> Format {
    let mut format = aligned(base(), align, first);
    format = if total {
        format
            .set_bold()
            .set_border_top(FormatBorder::Thin)
            .set_border_top_color(Color::RGB(accent))
    } else {
        format
            .set_border_bottom(FormatBorder::Hair)
            .set_border_bottom_color(Color::RGB(HAIR))
    };
    match cell {
        Cell::Text(_) => format.set_text_wrap(),
        Cell::Number(_, number) => format.set_num_format(number_format(number)),
        Cell::Time(_) => format.set_num_format("yyyy-mm-dd hh:mm"),
        Cell::Day(_) => format.set_num_format("yyyy-mm-dd"),
        Cell::Verdict(verdict) => format.set_bold().set_font_color(Color::RGB(dark(*verdict))),
        Cell::Formula(_, result) => match result.as_ref() {
            Cell::Number(_, number) => format.set_num_format(number_format(number)),
            Cell::Day(_) => format.set_num_format("yyyy-mm-dd"),
            _ => format,
        },
        Cell::Trend(..) => format.set_font_color(Color::RGB(accent)),
        Cell::Link(..) => format.set_text_wrap().set_font_color(Color::RGB(accent)),
        Cell::Input(input) => format
            .set_num_format(number_format(&input.format))
            .set_font_color(Color::RGB(ENTERED))
            .set_background_color(Color::RGB(FIELD))
            .set_border(FormatBorder::Thin)
            .set_border_color(Color::RGB(GREY))
            .set_unlocked(),
        Cell::Empty => format,
    }
}

/// As Excel writes it: `#,##0.00" ms"`.
pub fn number_format(format: &NumberFormat) -> String {
    let mut pattern = String::new();
    if !format.sign.is_empty() {
        pattern.push_str(&format!("\"{}\"", format.sign.replace('"', "")));
    }
    pattern.push_str("#,##0");
    if format.decimals > 0 {
        pattern.push('.');
        pattern.extend(std::iter::repeat_n('0', format.decimals));
    }
    if format.percent {
        pattern.push_str(" %");
    } else if !format.unit.is_empty() {
        pattern.push_str(&format!("\" {}\"", format.unit.replace('"', "")));
    }
    pattern
}
