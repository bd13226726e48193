//! A source as the project file keeps it: a JSON description and Parquet blobs (zstd) of its frames, each blob named
//! by the SHA-256 of its bytes and at most 32 MB long.
//!
//! Reading treats both as untrusted: sizes, schemas, hashes, indexes and the order of rows are checked, and a panic in
//! the Parquet reader counts as damage. What cannot be read is named; what can be read is kept.

use std::fmt::Write as _;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::frames::{self, Columns};
use super::run::ToolFigures;
use super::{
    BucketSummary, DatasetError, LabelInfo, MetricTable, RunSummary, SeriesInfo, Source,
    SourceInfo, Tool, ToolSummary, TraceSummary, UptimeTable,
};

/// Version of the description's layout.
pub const META_VERSION: u32 = 1;
/// The longest blob that is written.
pub const MAX_BLOB_BYTES: usize = 32 * 1024 * 1024;
/// The longest description that is read or written.
pub const MAX_META_BYTES: usize = 64 * 1024 * 1024;

/// Rows in a blob; fewer where they would not fit into it.
const BLOB_ROWS: usize = 1_000_000;
/// Rows of one frame that are read.
const MAX_FRAME_ROWS: u64 = 200_000_000;
/// Bytes that one blob may take when decoded.
const MAX_DECODED_BYTES: i64 = 1024 * 1024 * 1024;
/// Blobs of one frame that are read.
const MAX_BLOBS: usize = 4_096;
/// Labels, generators and bucket series; frames refer to them by u16.
const MAX_LABELS: usize = 65_536;
/// Series of one source.
const MAX_SERIES: usize = 1_000_000;

/// Bytes with the name they are stored under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of the bytes in hex.
    pub hash: String,
    /// A Parquet file.
    pub bytes: Vec<u8>,
}

/// A source, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The description, which refers to the blobs by their hashes.
    pub meta: String,
    /// The frames.
    pub blobs: Vec<Blob>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct BlobRef {
    hash: String,
    rows: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RunMeta {
    tool: Tool,
    tick_ns: i64,
    bucket_secs: i64,
    labels: Vec<LabelInfo>,
    generators: Vec<String>,
    tool_figures: Vec<ToolFigures>,
    closed_loop: bool,
    counts_only: bool,
    outcomes_unknown: bool,
    counters: Vec<BlobRef>,
    histogram: Vec<BlobRef>,
    codes: Vec<BlobRef>,
    concurrency: Vec<BlobRef>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct MetricsMeta {
    series: Vec<SeriesInfo>,
    points: Vec<BlobRef>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct BucketsMeta {
    labels: Vec<String>,
    step_secs: f64,
    cells: Vec<BlobRef>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Meta {
    version: u32,
    info: SourceInfo,
    run: Option<RunMeta>,
    metrics: Option<MetricsMeta>,
    uptime: Option<UptimeTable>,
    buckets: Option<BucketsMeta>,
    summary: Option<ToolSummary>,
    traces: Option<TraceSummary>,
}

fn damaged(what: impl Into<String>) -> DatasetError {
    DatasetError::Damaged(what.into())
}

/// The name of some bytes: their SHA-256 in hex.
pub fn hash_of(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").ok();
    }
    hex
}

/// Turns a source into its description and its blobs.
pub fn encode(source: &Source) -> Result<Encoded, DatasetError> {
    let mut blobs = Vec::new();
    let mut store = |frame: &DataFrame, columns: Columns| write_frame(frame, columns, &mut blobs);
    let mut info = source.info.clone();
    info.path = info.path.filter(|p| p.to_str().is_some());
    let run = source
        .run
        .as_ref()
        .map(|run| -> Result<RunMeta, DatasetError> {
            Ok(RunMeta {
                tool: run.tool,
                tick_ns: run.tick_ns,
                bucket_secs: run.bucket_secs,
                labels: run.labels.clone(),
                generators: run.generators.clone(),
                tool_figures: finite(&run.tool_figures),
                closed_loop: run.closed_loop,
                counts_only: run.counts_only,
                outcomes_unknown: run.outcomes_unknown,
                counters: store(&run.counters, frames::COUNTERS)?,
                histogram: store(&run.histogram, frames::HISTOGRAM)?,
                codes: store(&run.codes, frames::CODES)?,
                concurrency: store(&run.concurrency, frames::CONCURRENCY)?,
            })
        })
        .transpose()?;
    let metrics = source
        .metrics
        .as_ref()
        .map(|table| -> Result<MetricsMeta, DatasetError> {
            Ok(MetricsMeta {
                series: table.series.clone(),
                points: store(&table.points, frames::POINTS)?,
            })
        })
        .transpose()?;
    let buckets = source
        .buckets
        .as_ref()
        .map(|summary| -> Result<BucketsMeta, DatasetError> {
            Ok(BucketsMeta {
                labels: summary.labels.clone(),
                step_secs: if summary.step_secs.is_finite() {
                    summary.step_secs
                } else {
                    0.0
                },
                cells: store(&summary.cells, frames::CELLS)?,
            })
        })
        .transpose()?;
    let meta = serde_json::to_string(&Meta {
        version: META_VERSION,
        info,
        run,
        metrics,
        uptime: source.uptime.clone(),
        buckets,
        summary: source.summary.clone(),
        traces: source.traces.clone(),
    })
    .map_err(|e| damaged(format!("it could not be described ({e})")))?;
    if meta.len() > MAX_META_BYTES {
        return Err(damaged(
            "it has too many labels, series or outages to be kept in a project; import it in parts",
        ));
    }
    Ok(Encoded { meta, blobs })
}

/// JSON knows no NaN: figures that are none are left out.
fn finite(figures: &[ToolFigures]) -> Vec<ToolFigures> {
    figures
        .iter()
        .cloned()
        .map(|mut figure| {
            figure.percentiles_ms.retain(|(_, ms)| ms.is_finite());
            figure
        })
        .collect()
}

fn write_frame(
    frame: &DataFrame,
    columns: Columns,
    blobs: &mut Vec<Blob>,
) -> Result<Vec<BlobRef>, DatasetError> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let frame = frames::arrange(frame, columns)?;
    let mut refs = Vec::new();
    let mut from = 0;
    while from < frame.height() {
        let rows = BLOB_ROWS.min(frame.height() - from);
        write_slice(&frame.slice(from as i64, rows), blobs, &mut refs)?;
        from += rows;
    }
    Ok(refs)
}

/// Writes rows as one blob, or as two halves (and so on) where one would be too long.
fn write_slice(
    slice: &DataFrame,
    blobs: &mut Vec<Blob>,
    refs: &mut Vec<BlobRef>,
) -> Result<(), DatasetError> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::empty())
        .finish(&mut slice.clone())?;
    let rows = slice.height();
    if bytes.len() > MAX_BLOB_BYTES && rows > 1 {
        let half = rows / 2;
        write_slice(&slice.slice(0, half), blobs, refs)?;
        return write_slice(&slice.slice(half as i64, rows - half), blobs, refs);
    }
    let hash = hash_of(&bytes);
    refs.push(BlobRef {
        hash: hash.clone(),
        rows: rows as u64,
    });
    blobs.push(Blob { hash, bytes });
    Ok(())
}

/// The hashes that a description refers to, for copying and collecting.
pub fn hashes(meta: &str) -> Result<Vec<String>, DatasetError> {
    let meta = parse(meta)?;
    let mut lists = Vec::new();
    if let Some(run) = meta.run {
        lists.extend([run.counters, run.histogram, run.codes, run.concurrency]);
    }
    lists.extend(meta.metrics.map(|m| m.points));
    lists.extend(meta.buckets.map(|b| b.cells));
    let mut hashes: Vec<String> = lists.into_iter().flatten().map(|r| r.hash).collect();
    hashes.sort();
    hashes.dedup();
    Ok(hashes)
}

fn parse(meta: &str) -> Result<Meta, DatasetError> {
    if meta.len() > MAX_META_BYTES {
        return Err(damaged(
            "its description is longer than any that is written",
        ));
    }
    let parsed: Meta = serde_json::from_str(meta)
        .map_err(|e| damaged(format!("its description could not be read ({e})")))?;
    if parsed.version > META_VERSION {
        return Err(damaged("it was stored by a newer version of Headroom"));
    }
    Ok(parsed)
}

/// Reads a source back. `read` brings the blob with a given hash, or says why it cannot. Returns what could be read,
/// and a sentence for each part that is lost; fails where not even the description can be read.
pub fn decode(
    meta: &str,
    read: impl FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<(Source, Vec<String>), DatasetError> {
    let meta = parse(meta)?;
    let mut reader = Reader { read };
    let mut losses = Vec::new();
    let name = meta.info.file_name.clone();
    let mut keep = |part: &str, error: &DatasetError| {
        let reason = match error {
            DatasetError::Damaged(what) => what.clone(),
            DatasetError::Frame(e) => e.to_string(),
        };
        losses.push(format!("{part} of \"{name}\" could not be read: {reason}"));
    };
    let run = meta.run.and_then(|run| match reader.run(run) {
        Ok((run, lost)) => {
            for (part, error) in &lost {
                keep(part, error);
            }
            Some(run)
        }
        Err(error) => {
            keep("the requests", &error);
            None
        }
    });
    let metrics = meta.metrics.and_then(|m| {
        reader
            .metrics(m)
            .inspect_err(|e| keep("the series", e))
            .ok()
    });
    let buckets = meta.buckets.and_then(|b| {
        reader
            .buckets(b)
            .inspect_err(|e| keep("the latency buckets", e))
            .ok()
    });
    let source = Source {
        info: meta.info,
        run,
        metrics,
        uptime: meta.uptime,
        buckets,
        summary: meta.summary,
        traces: meta.traces,
    };
    Ok((source, losses))
}

struct Reader<R> {
    read: R,
}

type Lost = Vec<(&'static str, DatasetError)>;

impl<R: FnMut(&str) -> Result<Vec<u8>, String>> Reader<R> {
    /// Counters and histogram stand or fall together: half of a run would give wrong figures, not fewer.
    fn run(&mut self, meta: RunMeta) -> Result<(RunSummary, Lost), DatasetError> {
        within(meta.labels.len(), MAX_LABELS, "labels")?;
        within(meta.generators.len(), MAX_LABELS, "generators")?;
        if meta.tick_ns <= 0 || meta.bucket_secs <= 0 {
            return Err(damaged("its resolution is not positive"));
        }
        let labels = meta.labels.len();
        let counters = self.frame(&meta.counters, frames::COUNTERS)?;
        let histogram = self.frame(&meta.histogram, frames::HISTOGRAM)?;
        for frame in [&counters, &histogram] {
            frames::below(frame, "label", labels)?;
            frames::below(frame, "outcome", 2)?;
        }
        frames::not_negative(&histogram, "value")?;
        let mut lost = Lost::new();
        let mut optional = |part, columns, read: Result<DataFrame, DatasetError>| {
            read.or_else(|error| {
                lost.push((part, error));
                frames::empty(columns)
            })
        };
        let codes = self
            .frame(&meta.codes, frames::CODES)
            .and_then(|f| frames::below(&f, "label", labels).map(|()| f));
        let codes = optional("the response codes", frames::CODES, codes)?;
        let concurrency = self
            .frame(&meta.concurrency, frames::CONCURRENCY)
            .and_then(|f| frames::below(&f, "generator", meta.generators.len().max(1)).map(|()| f));
        let concurrency = optional("the concurrency", frames::CONCURRENCY, concurrency)?;
        let run = RunSummary {
            tool: meta.tool,
            tick_ns: meta.tick_ns,
            bucket_secs: meta.bucket_secs,
            labels: meta.labels,
            generators: meta.generators,
            counters,
            histogram,
            codes,
            concurrency,
            tool_figures: meta.tool_figures,
            closed_loop: meta.closed_loop,
            counts_only: meta.counts_only,
            outcomes_unknown: meta.outcomes_unknown,
        };
        Ok((run, lost))
    }

    fn metrics(&mut self, meta: MetricsMeta) -> Result<MetricTable, DatasetError> {
        within(meta.series.len(), MAX_SERIES, "series")?;
        let points = self.frame(&meta.points, frames::POINTS)?;
        frames::below(&points, "series", meta.series.len())?;
        frames::sorted_points(&points)?;
        Ok(MetricTable {
            series: meta.series,
            points,
        })
    }

    fn buckets(&mut self, meta: BucketsMeta) -> Result<BucketSummary, DatasetError> {
        within(meta.labels.len(), MAX_LABELS, "labels")?;
        let cells = self.frame(&meta.cells, frames::CELLS)?;
        frames::below(&cells, "label", meta.labels.len())?;
        Ok(BucketSummary {
            labels: meta.labels,
            cells,
            step_secs: meta.step_secs,
        })
    }

    fn frame(&mut self, refs: &[BlobRef], columns: Columns) -> Result<DataFrame, DatasetError> {
        within(refs.len(), MAX_BLOBS, "parts")?;
        let rows = refs.iter().fold(0_u64, |n, r| n.saturating_add(r.rows));
        if rows > MAX_FRAME_ROWS {
            return Err(damaged(format!("it claims to have {rows} rows")));
        }
        let mut whole = frames::empty(columns)?;
        for part in refs {
            let bytes = (self.read)(&part.hash).map_err(damaged)?;
            if hash_of(&bytes) != part.hash {
                return Err(damaged("its bytes have changed since they were stored"));
            }
            whole.vstack_mut(&read_parquet(bytes, part.rows, columns)?)?;
        }
        whole.rechunk_mut();
        Ok(whole)
    }
}

fn within(count: usize, limit: usize, what: &str) -> Result<(), DatasetError> {
    if count > limit {
        return Err(damaged(format!("it claims to have {count} {what}")));
    }
    Ok(())
}

fn read_parquet(bytes: Vec<u8>, rows: u64, columns: Columns) -> Result<DataFrame, DatasetError> {
    if bytes.len() > MAX_BLOB_BYTES {
        return Err(damaged("a part is longer than any that is written"));
    }
    let read = || -> Result<DataFrame, DatasetError> {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let metadata = reader.get_metadata()?;
        if metadata.num_rows as u64 != rows {
            return Err(damaged("a part has another number of rows than was stored"));
        }
        let mut decoded = 0_i64;
        for group in &metadata.row_groups {
            for column in group.parquet_columns() {
                decoded = decoded.saturating_add(column.uncompressed_size());
            }
        }
        if !(0..=MAX_DECODED_BYTES).contains(&decoded) {
            return Err(damaged("a part claims to be too large to be read"));
        }
        let frame = reader.finish()?;
        if frame.height() as u64 != rows {
            return Err(damaged("a part has another number of rows than was stored"));
        }
        frames::arrange(&frame, columns)
    };
    // The Parquet reader of polars panics on some malformed files instead of returning an error.
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged("a part is not a well-formed table")))
}

#[cfg(test)]
#[path = "blob_tests.rs"]
mod tests;
