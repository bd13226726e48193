//! Workbooks of Excel and LibreOffice: the first sheet that holds a table which can be read, row by row.
//!
//! A sheet is written out as CSV beside the reading, so that memory does not grow with it (sheets of `.xls` and `.ods`
//! are held whole, within the limit on the file).

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek as _, Write as _};

use calamine::{Data, Ods, Reader, Xls, Xlsb, Xlsx};

use super::excel_chain::refuse_endless;
use super::excel_sheet::{LOOK, Looked, MAX_ROWS, render};
use super::rendered::{self, guarded};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::{Head, ImportError, Imported, Intake, detect};
use crate::warning::WarningKind;

/// Workbooks.
pub static FORMAT: Format = Format {
    id: "excel",
    title: "Excel workbook (.xlsx, .xlsm, .xlsb, .xls, .ods)",
    family: Family::Table,
    recognised_by: "the content of an Office file with sheets",
    traps: &[
        "The first sheet with a table that can be read is imported; the others are named in a note.",
        "Dates in a workbook carry no zone: --source-tz.",
        "Dates that are stored as bare numbers are read as dates in a column named like a time.",
    ],
    recognise,
    read,
};

/// Largest workbook.
const MAX_BYTES: u64 = 256 << 20;
/// Largest part of a workbook that is held in memory.
const MAX_PART: u64 = 256 << 20;

fn recognise(head: &Head<'_>) -> Seen {
    let has = |word: &[u8]| memchr::memmem::find(head.bytes, word).is_some();
    match head.bytes {
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Seen::Yes,
        [b'P', b'K', 3, 4, ..] => {
            let office = has(b"[Content_Types].xml");
            if (has(b"xl/") && (office || has(b"xl/workbook")))
                || has(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
            {
                Seen::Yes
            } else if (office && (has(b"word/") || has(b"ppt/")))
                || has(b"mimetypeapplication/vnd.oasis.opendocument.")
            {
                Seen::Refused(
                    "it is a document, not a workbook; save the table in it as CSV".to_owned(),
                )
            } else {
                Seen::No
            }
        }
        _ => Seen::No,
    }
}

/// Gives a sheet by its name.
pub(super) type Sheets = Box<dyn FnMut(&str) -> Result<calamine::Range<Data>, String> + Send>;

/// An open workbook.
pub(super) enum Book {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    /// All others, sheet by sheet.
    Whole(Sheets),
}

/// Reads one workbook.
fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut file = rendered::spool(stream, intake, MAX_BYTES)?;
    if is_report(&mut file).map_err(|e| intake.read_failed(e))? {
        return Err(intake.unusable(
            "this workbook is a report that Headroom wrote; import the files it was made from, which its sheet \
             Provenance names",
            None,
        ));
    }
    let unusable = |why: String| {
        intake.unusable(
            format!("the workbook cannot be read ({why}); save it again, or save the sheet as CSV"),
            None,
        )
    };
    let (mut book, sheets) = guarded(|| open(file)).map_err(unusable)?;
    let mut chosen = None;
    let mut reasons = Vec::new();
    for name in &sheets {
        intake.progress.check()?;
        let mut text = Vec::new();
        let looked = guarded(|| {
            let nothing = Looked::default();
            let looked = render(&mut book, name, &mut std::io::sink(), &nothing, LOOK)?;
            render(&mut book, name, &mut text, &looked, LOOK)?;
            Ok(looked)
        });
        let looked = match looked {
            Ok(looked) => looked,
            Err(why) => {
                reasons.push(format!("{name}: {why}"));
                continue;
            }
        };
        match detect::recognise(&Head::new(&text, true, intake.path)) {
            Ok(_) => {
                chosen = Some((name.clone(), looked));
                break;
            }
            Err(why) => reasons.push(format!("{name}: {why}")),
        }
    }
    let Some((name, shape)) = chosen else {
        reasons.truncate(5);
        return Err(intake.unusable(
            format!(
                "no sheet of the workbook holds a table that is read ({}); put times and numbers in one",
                reasons.join("; ")
            ),
            None,
        ));
    };
    let mut csv = tempfile::tempfile().map_err(|e| intake.read_failed(e))?;
    let looked = guarded(|| {
        let mut out = BufWriter::with_capacity(1 << 16, &mut csv);
        let looked = render(&mut book, &name, &mut out, &shape, MAX_ROWS)?;
        out.flush().map_err(|e| e.to_string())?;
        Ok(looked)
    })
    .map_err(unusable)?;
    drop(book);
    csv.rewind().map_err(|e| intake.read_failed(e))?;
    let mut imported = rendered::import(csv, intake, "the sheet")?;
    let warnings = &mut imported.source.info.warnings;
    if sheets.len() > 1 {
        let others: Vec<&str> = sheets
            .iter()
            .filter(|s| **s != name)
            .take(10)
            .map(String::as_str)
            .collect();
        warnings.add(
            WarningKind::Note,
            format!(
                "the sheet \"{name}\" was read; not read: {}",
                others.join(", ")
            ),
        );
    }
    if !shape.serial.is_empty() {
        warnings.add(
            WarningKind::Assumed,
            "numbers in a column named like a time were read as dates of Excel",
        );
    }
    if looked.left_out > 0 {
        warnings.add_counted(
            WarningKind::NotRead,
            "cells that stand out of order or beyond the limits of a sheet were left out",
            looked.left_out,
            None,
        );
    }
    Ok(imported)
}

/// Whether the workbook says of itself that it is one of our reports. Its tables are results: counted as measurements
/// they would be counted twice.
fn is_report(file: &mut File) -> std::io::Result<bool> {
    let mut core = String::new();
    if let Ok(mut zip) = zip::ZipArchive::new(BufReader::new(&mut *file))
        && let Ok(part) = zip.by_name("docProps/core.xml")
    {
        part.take(65_536).read_to_string(&mut core).ok();
    }
    file.rewind()?;
    Ok(core.contains("<dc:creator>Headroom</dc:creator>") && core.contains(">Inputs "))
}

/// Opens a workbook by its content; its sheets in order.
fn open(mut file: File) -> Result<(Book, Vec<String>), String> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic).map_err(|e| e.to_string())?;
    file.rewind().map_err(|e| e.to_string())?;
    if magic != *b"PK\x03\x04" {
        refuse_wide_xls(&mut file)?;
        let mut xls: Xls<_> = Xls::new(BufReader::new(file)).map_err(|e| e.to_string())?;
        let names = xls.sheet_names();
        let book = move |name: &str| xls.worksheet_range(name).map_err(|e| e.to_string());
        return Ok((Book::Whole(Box::new(book)), names));
    }
    let parts = parts(&mut file)?;
    let reader = BufReader::new(file);
    if parts.iter().any(|p| p.ends_with("workbook.bin")) {
        let mut xlsb: Xlsb<_> = Xlsb::new(reader).map_err(|e| e.to_string())?;
        let names = xlsb.sheet_names();
        let book = move |name: &str| xlsb.worksheet_range(name).map_err(|e| e.to_string());
        Ok((Book::Whole(Box::new(book)), names))
    } else if parts.iter().any(|p| p == "content.xml") {
        let mut ods: Ods<_> = Ods::new(reader).map_err(|e| e.to_string())?;
        let names = ods.sheet_names();
        let book = move |name: &str| ods.worksheet_range(name).map_err(|e| e.to_string());
        Ok((Book::Whole(Box::new(book)), names))
    } else {
        let xlsx: Xlsx<_> = Xlsx::new(reader).map_err(|e| e.to_string())?;
        let names = xlsx.sheet_names();
        Ok((Book::Xlsx(Box::new(xlsx)), names))
    }
}

/// The names of the parts of a packed workbook, once those that are held in memory are known to be of bearable size.
fn parts(file: &mut File) -> Result<Vec<String>, String> {
    let mut zip = zip::ZipArchive::new(BufReader::new(&mut *file)).map_err(|e| e.to_string())?;
    let mut names = Vec::new();
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).map_err(|e| e.to_string())?;
        let name = part.name().map_err(|e| e.to_string())?.to_lowercase();
        let packed = std::path::Path::new(&name)
            .extension()
            .is_some_and(|end| end == "bin");
        let streamed = name.contains("worksheets/") && !packed;
        let unused = [".png", ".jpg", ".jpeg", ".emf", ".vml", ".bin.rels"]
            .iter()
            .any(|end| name.ends_with(end));
        if !streamed && !unused {
            let mut start = Vec::new();
            part.by_ref()
                .take(4_096)
                .read_to_end(&mut start)
                .map_err(|e| e.to_string())?;
            let rest = std::io::copy(&mut part.take(MAX_PART), &mut std::io::sink())
                .map_err(|e| e.to_string())?;
            if rest >= MAX_PART {
                return Err(format!(
                    "its part {name} is larger than {} MB",
                    MAX_PART >> 20
                ));
            }
            refuse_wrong_count(&start, start.len() as u64 + rest)?;
        }
        names.push(name);
    }
    drop(zip);
    file.rewind().map_err(|e| e.to_string())?;
    Ok(names)
}

/// Refuses a list of texts that claims to hold more of them than its length allows.
fn refuse_wrong_count(start: &[u8], length: u64) -> Result<(), String> {
    let text = String::from_utf8_lossy(start);
    let claimed = text
        .split_once("uniqueCount=")
        .and_then(|(_, rest)| rest.get(1..))
        .map(|rest| {
            rest.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        });
    match claimed.map(|digits| digits.parse::<u64>()) {
        Some(Ok(claimed)) if claimed > length => {
            Err("its list of texts claims more than it holds".to_owned())
        }
        Some(Err(_)) => Err("its list of texts has no sensible length".to_owned()),
        _ => Ok(()),
    }
}

/// Refuses a workbook of the old form that has no end, or claims more rows than the form allows, before room is made
/// for them.
fn refuse_wide_xls(file: &mut File) -> Result<(), String> {
    const LIMIT: u64 = 64 << 20;
    let mut bytes = Vec::new();
    file.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| e.to_string())?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("it is larger than {} MB", LIMIT >> 20));
    }
    refuse_endless(&bytes)?;
    // The record of a sheet's dimensions: type 0x0200, 14 bytes, first and last row.
    for at in memchr::memmem::find_iter(&bytes, b"\x00\x02\x0e\x00") {
        let row = |from: usize| {
            let four: Option<[u8; 4]> = bytes
                .get(at + from..at + from + 4)
                .and_then(|b| b.try_into().ok());
            four.map_or(0, u32::from_le_bytes)
        };
        if row(4) > 65_536 || row(8) > 65_536 {
            return Err("a sheet claims more rows than it can have".to_owned());
        }
    }
    file.rewind().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rust_xlsxwriter::{ExcelDateTime as Date, Format as Style, Workbook};

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn try_read(bytes: Vec<u8>) -> Result<Imported, ImportError> {
        let head = Head::new(&bytes, true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("book.xlsx"), &options, &progress);
        read(Box::new(std::io::Cursor::new(bytes)), &intake)
    }

    fn book(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        fill(&mut workbook);
        workbook.save_to_buffer().unwrap()
    }

    #[test]
    fn the_first_sheet_with_a_table_is_read() {
        let bytes = book(|workbook| {
            let notes = workbook.add_worksheet();
            notes.set_name("Notes").unwrap();
            notes.write(0, 0, "made by hand").unwrap();
            let data = workbook.add_worksheet();
            data.set_name("Data").unwrap();
            data.write(0, 0, "CPU of all hosts").unwrap();
            for (column, header) in ["Time", "cpu [%]", "note"].iter().enumerate() {
                data.write(2, column as u16, *header).unwrap();
            }
            let style = Style::new().set_num_format("yyyy-mm-dd hh:mm:ss");
            for row in 0..3_u32 {
                let at = Date::parse_from_str(&format!("2026-06-14T10:{row:02}:30")).unwrap();
                data.write_with_format(row + 3, 0, &at, &style).unwrap();
                data.write(row + 3, 1, 12.5 + f64::from(row)).unwrap();
            }
        });
        let imported = try_read(bytes).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3, 0));
        assert_eq!(info.first.unwrap().to_string(), "2026-06-14T10:00:30Z");
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 3);
        let notes: Vec<&str> = info.warnings.iter().map(|w| w.message.as_str()).collect();
        assert!(
            notes.contains(&"the sheet \"Data\" was read; not read: Notes"),
            "{notes:?}"
        );
        let table = imported.source.metrics.unwrap();
        assert_eq!(table.series(0).unwrap().values, [12.5, 13.5, 14.5]);
        assert_eq!(table.series[0].unit, "%");
    }

    #[test]
    fn dates_may_be_bare_numbers() {
        let bytes = book(|workbook| {
            let data = workbook.add_worksheet();
            data.write(0, 0, "Date").unwrap();
            data.write(0, 1, "requests").unwrap();
            for row in 0..3_u32 {
                data.write(row + 1, 0, 46_187.25 + f64::from(row)).unwrap();
                data.write(row + 1, 1, 45_000 + row).unwrap();
            }
        });
        let imported = try_read(bytes).unwrap();
        let info = &imported.source.info;
        assert_eq!(info.first.unwrap().to_string(), "2026-06-14T06:00:00Z");
        assert_eq!(info.warnings.count_of(WarningKind::Assumed), 1);
        let values = imported.source.metrics.unwrap().series(0).unwrap().values;
        assert_eq!(values, [45_000.0, 45_001.0, 45_002.0]);
    }

    #[test]
    fn outage_tables_are_read_as_such() {
        let bytes = book(|workbook| {
            let data = workbook.add_worksheet();
            for (column, header) in ["start", "end", "state"].iter().enumerate() {
                data.write(0, column as u16, *header).unwrap();
            }
            for (column, cell) in ["2026-01-01 10:00", "2026-01-01 11:00", "down"]
                .iter()
                .enumerate()
            {
                data.write(1, column as u16, *cell).unwrap();
            }
        });
        assert!(try_read(bytes).unwrap().source.uptime.is_some());
    }

    #[test]
    fn what_is_no_table_says_why() {
        let bytes = book(|workbook| {
            workbook.add_worksheet().write(0, 0, "hello").unwrap();
        });
        let error = try_read(bytes.clone()).unwrap_err().to_string();
        assert!(
            error.contains("no sheet of the workbook holds a table"),
            "{error}"
        );
        let cut = bytes[..bytes.len() - 40].to_vec();
        let error = try_read(cut).unwrap_err().to_string();
        assert!(
            error.starts_with("the workbook cannot be read ("),
            "{error}"
        );
    }
}
