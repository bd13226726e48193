//! JMeter results as CSV: one thread cuts blocks, others count them, and this one adds the counts up in file order.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};

use super::builder::none_of;
use super::columns::{Columns, header_delimiter, row_delimiter};
use super::fields::rolled_month;
use super::merge::{MergeOptions, Merger};
use super::rows::{BlockResult, RowOptions, read_block};
use crate::calendar::Instant;
use crate::dataset::{RunSummary, Source, SourceInfo, Tool};
use crate::import::blocks::{Block, BlockLimits, Cutter};
use crate::import::detect::cells;
use crate::import::format::{Family, Format, Seen};
use crate::import::intake::peek;
use crate::import::rejects::{Reject, Rejects};
use crate::import::{Head, ImportError, ImportOptions, Imported, Intake};
use crate::units;
use crate::warning::{Example, WarningKind, Warnings};

/// JMeter's CSV results.
pub static FORMAT: Format = Format {
    id: "jmeter-csv",
    title: "JMeter results (CSV)",
    family: Family::LoadTest,
    recognised_by: "a header with timeStamp, elapsed and label, separated by comma, semicolon, tab, bar, caret or colon; \
                    or no header and rows that begin with 13 digits and an integer and hold true or false",
    traps: &[
        "Rows are written when a sample ends, so the file is not sorted by time.",
        "Time stamps as text carry no zone: give it with --source-tz. Where the first row has a month beyond 12, such \
         months roll over into the next year, as in Java.",
        "Transaction controllers are sums over other rows: kept, but not counted in totals.",
        "JMeter's own report takes percentiles over the last 20,000 samples of a label only (--estimator tool).",
        "A run that was killed ends in the middle of a row; that one row is left out.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let first = head.first_line();
    if header_delimiter(first).is_some() || row_delimiter(first).is_some() {
        return Seen::Yes;
    }
    match head.header_with(&["label", "responseCode"]) {
        Some(_) => Seen::Refused(
            "JMeter results without the columns timeStamp and elapsed; \
             switch jmeter.save.saveservice.time on and set timestamp_format=ms"
                .to_owned(),
        ),
        None => Seen::No,
    }
}

/// Reads one file.
pub fn read(reader: impl Read + Send, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    read_limited(reader, intake, BlockLimits::default(), threads())
}

/// As [`read`], with blocks and records of other sizes, and another number of threads.
pub(super) fn read_limited(
    reader: impl Read + Send,
    intake: &Intake<'_>,
    limits: BlockLimits,
    threads: usize,
) -> Result<Imported, ImportError> {
    let options = intake.options;
    let (head, reader) = peek(reader).map_err(|e| intake.read_failed(e))?;
    let head = String::from_utf8_lossy(&head);
    let mut lines = head
        .split(['\n', '\r'])
        .filter(|line| !line.trim_start_matches('\u{feff}').trim().is_empty());
    let first_line = lines.next().unwrap_or_default();
    let mut columns = Columns::of(first_line).ok_or_else(|| {
        intake.unusable(
            "the rows have no header and not the columns of any JMeter version; \
             set jmeter.save.saveservice.print_field_names=true",
            Some(1),
        )
    })?;
    columns.rolling_months = lines
        .next()
        .and_then(|row| rolled_month(cells(row, columns.delimiter).get(columns.time)?))
        .is_some();
    let summing =
        summarise(reader, &columns, options, limits, threads).map_err(|failure| match failure {
            Failure::Io(error) => intake.read_failed(error),
            Failure::OtherHeader(line) => intake.unusable(
                format!("the columns change at line {line}; split the file there"),
                Some(line),
            ),
        })?;
    summing.into_imported(intake, &columns)
}

/// How many threads count: the summary does not depend on it.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4))
}

/// Why a stream could not be summed up.
#[derive(Debug)]
pub enum Failure {
    /// Reading failed.
    Io(io::Error),
    /// The columns change at this line.
    OtherHeader(u64),
}

/// Reads a stream of records with these columns. Public for the benchmarks.
pub fn summarise(
    reader: impl Read + Send,
    columns: &Columns,
    options: &ImportOptions,
    limits: BlockLimits,
    threads: usize,
) -> Result<Summing, Failure> {
    let row_options = RowOptions {
        columns: columns.clone(),
        zone: options.source_zone.clone(),
        range: options.range,
        whole: options.whole_run,
        record_bytes: limits.record_bytes,
    };
    let mut summing = Summing {
        merger: Merger::new(MergeOptions {
            whole: options.whole_run,
            bucket_secs: options.bucket_secs,
            max_histogram_rows: options.max_histogram_rows,
            tick_ns: 1_000_000,
            tool: Tool::JMeter,
            quotes_doubled: true,
        }),
        facts: BlockResult::default(),
        rejects: Rejects::default(),
    };
    let cutter = Cutter::new(reader, columns.delimiter, limits);
    let bucket_secs = AtomicU32::new(summing.merger.bucket_secs());
    let (block_sender, block_receiver) = sync_channel::<io::Result<Block>>(1);
    let (result_sender, result_receiver) = sync_channel::<io::Result<BlockResult>>(threads);
    let (used_sender, used_receiver) = channel::<Vec<u8>>();
    // Shared by the counting threads only: when they end, the cutting thread ends with them.
    let block_receiver = Arc::new(Mutex::new(block_receiver));
    std::thread::scope(|scope| {
        let mut spawned = vec![
            std::thread::Builder::new()
                .name("import cut".to_owned())
                .spawn_scoped(scope, move || cut(cutter, &block_sender, &used_receiver)),
        ];
        for worker in 0..threads.max(1) {
            let (results, used) = (result_sender.clone(), used_sender.clone());
            let blocks = Arc::clone(&block_receiver);
            let (rows, bucket_secs) = (&row_options, &bucket_secs);
            spawned.push(
                std::thread::Builder::new()
                    .name(format!("import count {}", worker + 1))
                    .spawn_scoped(scope, move || {
                        count(&blocks, rows, bucket_secs, &results, &used);
                    }),
            );
        }
        drop(block_receiver);
        drop(result_sender);
        drop(used_sender);
        if let Some(error) = spawned.into_iter().find_map(Result::err) {
            return Err(Failure::Io(error));
        }
        // Blocks may be done out of order; they are added in file order.
        let mut waiting: BTreeMap<u64, BlockResult> = BTreeMap::new();
        let mut next = 0;
        for result in result_receiver {
            let result = result.map_err(Failure::Io)?;
            waiting.insert(result.sequence, result);
            while let Some(result) = waiting.remove(&next) {
                next += 1;
                summing.add(result)?;
                bucket_secs.store(summing.merger.bucket_secs(), Ordering::Relaxed);
            }
        }
        Ok(())
    })?;
    Ok(summing)
}

fn cut<R: Read>(
    mut cutter: Cutter<R>,
    blocks: &SyncSender<io::Result<Block>>,
    used: &Receiver<Vec<u8>>,
) {
    loop {
        let buffer = used.try_recv().unwrap_or_default();
        let sent = match cutter.next_block(buffer) {
            Ok(None) => return,
            Ok(Some(block)) => blocks.send(Ok(block)),
            Err(error) => {
                blocks.send(Err(error)).ok();
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn count(
    blocks: &Mutex<Receiver<io::Result<Block>>>,
    options: &RowOptions,
    bucket_secs: &AtomicU32,
    results: &SyncSender<io::Result<BlockResult>>,
    used: &Sender<Vec<u8>>,
) {
    loop {
        let Some(block) = blocks.lock().ok().and_then(|b| b.recv().ok()) else {
            return;
        };
        let result = block.map(|block| {
            let result = read_block(&block, options, bucket_secs.load(Ordering::Relaxed));
            used.send(block.bytes).ok();
            result
        });
        if results.send(result).is_err() {
            return;
        }
    }
}

/// The blocks read so far, added up in file order.
pub struct Summing {
    merger: Merger,
    /// Counts of odd things, over all blocks; `newlines` is the number of lines so far.
    facts: BlockResult,
    rejects: Rejects,
}

impl Summing {
    fn add(&mut self, block: BlockResult) -> Result<(), Failure> {
        let lines_before = self.facts.newlines;
        if let Some(line) = block.other_header {
            return Err(Failure::OtherHeader(lines_before + line));
        }
        let kept = block.rejects.len() as u64;
        let rejects = Rejects {
            count: block.rejected,
            kept: block
                .rejects
                .into_iter()
                .take(usize::try_from(kept).unwrap_or(usize::MAX))
                .map(|reject| Reject {
                    line: reject.line + lines_before,
                    ..reject
                })
                .collect(),
        };
        self.rejects.append(rejects);
        let facts = &mut self.facts;
        facts.newlines += block.newlines;
        facts.rows += block.rows;
        facts.outside += block.outside;
        facts.headers += block.headers;
        facts.monitoring += block.monitoring;
        facts.aggregated += block.aggregated;
        facts.zoneless += block.zoneless;
        facts.rolled += block.rolled;
        facts.too_long += block.too_long;
        facts.lost_bytes += block.lost_bytes;
        facts.truncated = block
            .truncated
            .map(|(line, text)| (line + lines_before, text));
        facts.span = match (facts.span, block.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.merger.add(&block.tally);
        Ok(())
    }

    /// Samples counted so far.
    pub fn samples(&self) -> u64 {
        self.facts.rows - self.facts.outside
    }

    fn into_imported(
        self,
        intake: &Intake<'_>,
        columns: &Columns,
    ) -> Result<Imported, ImportError> {
        let Some(span) = self.facts.span else {
            return Err(self.nothing(intake));
        };
        let options = intake.options;
        let mut warnings = self.warnings(intake, columns);
        let mut run = self.merger.finish(span, &mut warnings)?;
        run.closed_loop = true;
        late_warnings(&run, &mut warnings);
        let info = SourceInfo {
            rows: self.facts.rows - self.facts.outside,
            rejected: self.rejects.count,
            first: Some(Instant(span.0)),
            last: Some(Instant(span.1)),
            zone: (self.facts.zoneless > 0).then(|| options.source_zone.clone()),
            warnings,
            ..SourceInfo::default()
        };
        let source = Source {
            info,
            run: Some(run),
            ..Source::default()
        };
        Ok(Imported {
            source,
            rejects: self.rejects,
        })
    }

    /// Why there is not one sample.
    fn nothing(&self, intake: &Intake<'_>) -> ImportError {
        let facts = &self.facts;
        if let Some(error) = none_of(intake, facts.outside, "samples", &self.rejects, "rows") {
            return error;
        }
        if facts.monitoring > 0 {
            return intake.unusable(
                "it holds only resource monitoring, no requests; import the results of the test itself",
                None,
            );
        }
        intake.unusable(
            "there is a header, but no rows under it; run the test again or name its result file",
            Some(1),
        )
    }

    fn warnings(&self, intake: &Intake<'_>, columns: &Columns) -> Warnings {
        let facts = &self.facts;
        let mut warnings = Warnings::default();
        let options = intake.options;
        let file = Some(intake.file_name());
        let example = |line: u64, column: &str, text: &str| Example {
            file: file.clone(),
            line: Some(line),
            column: (!column.is_empty()).then(|| column.to_owned()),
            text: Some(text.chars().take(200).collect()),
        };
        for reject in &self.rejects.kept {
            warnings.add_at(
                WarningKind::RejectedRow,
                "rows that cannot be read are not counted",
                example(reject.line, &reject.column, &reject.text),
            );
        }
        let unkept = self.rejects.count - self.rejects.kept.len() as u64;
        if unkept > 0 {
            warnings.add_counted(
                WarningKind::RejectedRow,
                "rows that cannot be read are not counted",
                unkept,
                None,
            );
        }
        let mut add = |kind, count: u64, message: &str| {
            if count > 0 {
                warnings.add_counted(kind, message, count, None);
            }
        };
        add(
            WarningKind::RecordTooLong,
            facts.too_long,
            "a record of more than 1 MiB was skipped",
        );
        if facts.lost_bytes > 0 {
            add(
                WarningKind::RecordTooLong,
                1,
                &format!(
                    "the last {} hold no record end; a quote that is never closed may have opened there",
                    units::bytes(facts.lost_bytes as f64)
                ),
            );
        }
        if columns.header.is_empty() {
            add(
                WarningKind::HeaderMissing,
                1,
                &format!(
                    "there is no header; its {} columns are taken in JMeter's default order",
                    columns.count
                ),
            );
        }
        let repeated = facts.headers.saturating_sub(1);
        add(
            WarningKind::RepeatedHeader,
            repeated,
            "the header stands again in the middle; files of several generators were joined",
        );
        if !options.source_zone_given {
            add(
                WarningKind::ZoneAssumed,
                facts.zoneless,
                &format!(
                    "time stamps carry no zone and are taken as {}; give --source-tz if that is wrong",
                    options.source_zone.name()
                ),
            );
        }
        add(
            WarningKind::Assumed,
            facts.rolled,
            "months beyond 12 roll over into the next year, as Java reads them: month 20 is the next year's August",
        );
        add(
            WarningKind::AggregatedRows,
            facts.aggregated,
            "rows stand for several samples each; percentiles are of their means",
        );
        add(
            WarningKind::MonitoringRows,
            facts.monitoring,
            "rows of resource monitoring are left out",
        );
        if let Some((line, text)) = &facts.truncated {
            warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the last row is cut off and not counted",
                example(*line, "", text),
            );
        }
        warnings
    }
}

/// What only the finished summary tells.
fn late_warnings(run: &RunSummary, warnings: &mut Warnings) {
    let controllers = run.labels.iter().filter(|l| l.controller).count() as u64;
    if controllers > 0 {
        warnings.add_counted(
            WarningKind::TransactionControllers,
            "transaction controllers are sums over other samples; they are not counted in totals",
            controllers,
            None,
        );
    }
    warnings.add(
        WarningKind::CoordinatedOmission,
        "JMeter's threads wait for each response; while the system is slow, requests that users would have sent are missing",
    );
}
