//! Parquet tables, read a slice of rows at a time: memory holds one slice, whatever the size of the file.
//!
//! The rows are written out as CSV, so that long and wide tables, outages and requests read as they do from text.

use std::fs::File;
use std::io::{self, Read, Seek};

use polars::prelude::{
    AnyValue, ArrowDataType, DataFrame, FileMetadataRef, ParallelStrategy, ParquetReader,
    SerReader as _, TimeUnit,
};

use super::parquet_footer::refuse_deep_schema;
use super::rendered::{self, Broken, guarded};
use super::rewrite::CsvRow;
use crate::calendar::{Instant, Zone};
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::open::Compression;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Parquet files.
pub static FORMAT: Format = Format {
    id: "parquet",
    title: "Parquet table",
    family: Family::Table,
    recognised_by: "the letters PAR1 at its beginning",
    traps: &[
        "Timestamps that are not adjusted to UTC are local and in --source-tz.",
        "Lists, structs, decimals and binary columns are not read.",
        "A column that only rises may be a counter; only names such as _total say so.",
    ],
    recognise,
    read,
};

/// Rows that are in memory at once.
const SLICE: usize = 1 << 16;
/// Largest file that is copied to be read at any place.
const MAX_BYTES: u64 = 64 << 30;

fn recognise(head: &Head<'_>) -> Seen {
    match head.bytes {
        [b'P', b'A', b'R', b'1', ..] => Seen::Yes,
        [b'P', b'A', b'R', b'E', ..] => {
            Seen::Refused("it is an encrypted Parquet file; write it without encryption".to_owned())
        }
        _ => Seen::No,
    }
}

/// Reads one file.
fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let damaged = |why: String| {
        intake.unusable(
            format!("the Parquet file is damaged or cut off ({why}); write it again"),
            None,
        )
    };
    let plain = if intake.compression == Compression::None {
        File::open(intake.path).ok().filter(is_parquet)
    } else {
        None
    };
    let (file, stream) = match plain {
        Some(file) => (file, Some(stream)),
        None => (rendered::spool(stream, intake, MAX_BYTES)?, None),
    };
    refuse_deep_schema(&file).map_err(damaged)?;
    let (table, skipped) = guarded(|| Table::open(file, stream)).map_err(damaged)?;
    if table.columns.is_empty() {
        return Err(intake.unusable(
            "no column of the Parquet file is of a kind that is read; write times and numbers as plain columns",
            None,
        ));
    }
    if table.rows == 0 {
        return Err(intake.unusable("the Parquet file has no rows; write it again", None));
    }
    let mut imported = rendered::import(table, intake, "the file")?;
    if !skipped.is_empty() {
        imported.source.info.warnings.add_counted(
            WarningKind::NotRead,
            format!(
                "columns that hold no plain numbers, times or texts were left out: {}",
                skipped
                    .iter()
                    .take(10)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            skipped.len() as u64,
            None,
        );
    }
    Ok(imported)
}

/// Whether a file is one, so that it need not be copied.
fn is_parquet(mut file: &File) -> bool {
    let mut magic = [0; 4];
    file.read_exact(&mut magic).is_ok() && magic == *b"PAR1" && file.rewind().is_ok()
}

/// A table on its way to CSV.
struct Table {
    file: File,
    bytes: u64,
    metadata: FileMetadataRef,
    columns: Vec<String>,
    rows: usize,
    /// The next row.
    at: usize,
    out: Vec<u8>,
    taken: usize,
    /// Read on in step, so that progress and the hash of the file come along.
    beside: Option<Stream>,
    beside_read: u64,
}

impl Table {
    /// The table, and the names of columns that are not read.
    fn open(file: File, beside: Option<Stream>) -> Result<(Self, Vec<String>), String> {
        let bytes = file.metadata().map_err(|e| e.to_string())?.len();
        let again = file.try_clone().map_err(|e| e.to_string())?;
        let mut reader = ParquetReader::new(again);
        let schema = reader.schema().map_err(|e| e.to_string())?;
        let metadata = reader.get_metadata().map_err(|e| e.to_string())?.clone();
        let rows = reader.num_rows().map_err(|e| e.to_string())?;
        let mut in_groups = 0_usize;
        for group in &metadata.row_groups {
            in_groups = in_groups.saturating_add(group.num_rows());
        }
        if rows != in_groups {
            return Err("its groups of rows do not add up".to_owned());
        }
        let (mut columns, mut skipped) = (Vec::new(), Vec::new());
        for (name, field) in schema.iter() {
            let list = if is_plain(field.dtype()) {
                &mut columns
            } else {
                &mut skipped
            };
            list.push(name.to_string());
        }
        let mut table = Self {
            file,
            bytes,
            metadata,
            columns,
            rows,
            at: 0,
            out: Vec::new(),
            taken: 0,
            beside,
            beside_read: 0,
        };
        let mut row = CsvRow::new(&mut table.out);
        for name in &table.columns {
            row.cell(name);
        }
        row.end();
        Ok((table, skipped))
    }

    /// Writes out the next slice.
    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.taken = 0;
        if self.at >= self.rows {
            return self.keep_step(u64::MAX);
        }
        let length = SLICE.min(self.rows - self.at);
        let slice = guarded(|| self.slice(length));
        let frame = slice.map_err(|why| {
            Broken::io(format!(
                "the Parquet file is damaged after row {} ({why}); write it again",
                self.at
            ))
        })?;
        if frame.height() != length {
            return Err(Broken::io(format!(
                "the Parquet file is damaged: it has fewer rows than it says ({} after row {}); write it again",
                frame.height(),
                self.at
            )));
        }
        let columns = frame.columns();
        for index in 0..length {
            let mut row = CsvRow::new(&mut self.out);
            for column in columns {
                row.cell(&text_of(&column.get(index).unwrap_or(AnyValue::Null)));
            }
            row.end();
        }
        self.at += length;
        let share = self.at as f64 / self.rows as f64;
        self.keep_step((self.bytes as f64 * share) as u64)
    }

    fn slice(&self, length: usize) -> Result<DataFrame, String> {
        let file = self.file.try_clone().map_err(|e| e.to_string())?;
        let mut reader = ParquetReader::new(file)
            .with_slice(Some((self.at, length)))
            .with_columns(Some(self.columns.clone()))
            .read_parallel(ParallelStrategy::Columns);
        reader.set_metadata(self.metadata.clone());
        reader.finish().map_err(|e| e.to_string())
    }

    /// Reads the stream beside on to a position.
    fn keep_step(&mut self, to: u64) -> io::Result<()> {
        let Some(stream) = &mut self.beside else {
            return Ok(());
        };
        let mut buffer = vec![0; 64 * 1024];
        while self.beside_read < to {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                self.beside = None;
                break;
            }
            self.beside_read += read as u64;
        }
        Ok(())
    }
}

impl Read for Table {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.out.len() {
            self.fill()?;
        }
        let rest = self.out.get(self.taken..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(into), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(from);
        }
        self.taken += length;
        Ok(length)
    }
}

/// Kinds of columns that can be written as one cell.
fn is_plain(kind: &ArrowDataType) -> bool {
    matches!(
        kind,
        ArrowDataType::Boolean
            | ArrowDataType::Int32
            | ArrowDataType::Int64
            | ArrowDataType::UInt8
            | ArrowDataType::UInt16
            | ArrowDataType::UInt32
            | ArrowDataType::UInt64
            | ArrowDataType::Float32
            | ArrowDataType::Float64
            | ArrowDataType::Timestamp(_, _)
            | ArrowDataType::Date32
            | ArrowDataType::Duration(_)
            | ArrowDataType::Utf8
            | ArrowDataType::LargeUtf8
            | ArrowDataType::Utf8View
    )
}

/// A value as text: instants in UTC say so, times without a zone do not.
fn text_of(value: &AnyValue<'_>) -> String {
    let micros = |value: i64, unit: TimeUnit| match unit {
        TimeUnit::Nanoseconds => value.div_euclid(1_000),
        TimeUnit::Microseconds => value,
        TimeUnit::Milliseconds => value.saturating_mul(1_000),
    };
    let civil = |at: i64, zoned: bool| {
        let at = Instant(at);
        if !crate::import::table::times::is_plausible(at) {
            return at.0.to_string();
        }
        let end = if zoned { "Z" } else { "" };
        format!("{}{end}", at.civil(&Zone::utc()))
    };
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Datetime(at, unit, zone) => civil(micros(*at, *unit), zone.is_some()),
        AnyValue::DatetimeOwned(at, unit, zone) => civil(micros(*at, *unit), zone.is_some()),
        AnyValue::Date(days) => civil(i64::from(*days).saturating_mul(86_400_000_000), false),
        AnyValue::Duration(length, unit) => (micros(*length, *unit) as f64 / 1e6).to_string(),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::Float64(value) => value.to_string(),
        AnyValue::Float32(value) => value.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use polars::prelude::{IntoColumn as _, NamedFrom as _, ParquetWriter, Series, df};

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn written(mut frame: DataFrame) -> Vec<u8> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .with_row_group_size(Some(1_000))
            .finish(&mut frame)
            .unwrap();
        bytes
    }

    fn try_read(bytes: Vec<u8>) -> Result<Imported, ImportError> {
        let head = Head::new(&bytes, true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let (options, progress) = (ImportOptions::default(), Progress::default());
        let intake = Intake::new(Path::new("export.parquet"), &options, &progress);
        read(Box::new(io::Cursor::new(bytes)), &intake)
    }

    #[test]
    fn wide_tables_in_several_groups_of_rows() {
        let times: Vec<i64> = (0..3_500).map(|i| 1_781_431_200 + i * 60).collect();
        let cpu: Vec<Option<f64>> = (0..3_500)
            .map(|i| (i % 10 != 3).then_some(f64::from(i) / 7.0))
            .collect();
        let frame = df!("time" => times, "cpu_percent" => cpu, "threads" => (0..3_500_u32).collect::<Vec<_>>()).unwrap();
        let imported = try_read(written(frame)).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (3_500, 0));
        let table = imported.source.metrics.unwrap();
        let cpu = table.series(0).unwrap();
        assert_eq!((cpu.values.len(), cpu.info.unit.as_str()), (3_150, "%"));
        assert_eq!(cpu.values[3], 4.0 / 7.0);
        assert_eq!(table.series(1).unwrap().values.len(), 3_500);
    }

    #[test]
    fn timestamps_say_whether_they_are_utc() {
        let at = Series::new("when".into(), [1_781_431_200_250_i64, 1_781_431_260_250])
            .cast(&polars::prelude::DataType::Datetime(
                TimeUnit::Milliseconds,
                None,
            ))
            .unwrap();
        let frame = DataFrame::new(
            2,
            vec![
                at.into_column(),
                Series::new("name".into(), ["a,b", "c"]).into_column(),
                Series::new("value".into(), [1.5, 2.5]).into_column(),
            ],
        )
        .unwrap();
        let imported = try_read(written(frame)).unwrap();
        let info = &imported.source.info;
        assert_eq!(info.first.unwrap().to_string(), "2026-06-14T10:00:00.25Z");
        assert_eq!(info.warnings.count_of(WarningKind::ZoneAssumed), 2);
        assert_eq!(imported.source.metrics.unwrap().series[0].name, "a,b");
        let utc = AnyValue::Datetime(1_781_431_200_000_000, TimeUnit::Microseconds, None);
        assert_eq!(text_of(&utc), "2026-06-14T10:00:00");
    }

    #[test]
    fn damaged_files_are_one_sentence() {
        let frame = df!("time" => [1_781_431_200_i64, 1_781_431_260], "v" => [1.0, 2.0]).unwrap();
        let bytes = written(frame);
        for cut in [8, bytes.len() / 2, bytes.len() - 1] {
            let error = try_read(bytes[..cut].to_vec()).unwrap_err().to_string();
            assert!(
                error.starts_with("the Parquet file is damaged or cut off ("),
                "{error}"
            );
        }
    }
}
