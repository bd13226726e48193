//! Traces while they are being read: spans wait until their trace is complete, then become durations by service and
//! operation, time by service, and the slowest of all.

use std::collections::HashMap;

use super::critical_path::{Forest, Span};
use super::waiting::{MAX_YOUNG, Waiting};
use crate::calendar::Instant;
use crate::dataset::Tool;
use crate::dataset::trace::{PathStep, ServiceTime, SlowTrace, TraceSummary};
use crate::import::load_test::builder::{Request, RunBuilder, RunTraits};
use crate::import::{ImportError, Imported, Intake};
use crate::units::count;
use crate::warning::WarningKind;

/// Slow traces that are kept.
const MAX_SLOWEST: usize = 20;
/// Steps of a critical path that are kept.
const MAX_STEPS: usize = 200;
/// Services and operations that are kept apart.
const MAX_NAMES: usize = 20_000;
/// Longest text of a name that is kept, in characters.
const MAX_NAME: usize = 200;

/// One span as a format tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanRecord<'a> {
    /// Names the trace.
    pub trace_id: &'a str,
    /// Names the span within it.
    pub span_id: &'a str,
    /// The span that caused it; empty for none.
    pub parent_id: &'a str,
    /// The parent does not wait for it.
    pub detached: bool,
    /// Who worked.
    pub service: &'a str,
    /// At what.
    pub operation: &'a str,
    /// Nanoseconds since the epoch.
    pub start_ns: i64,
    /// Nanoseconds.
    pub length_ns: i64,
    /// It failed.
    pub failed: bool,
    /// Status code of its protocol; empty where it says none.
    pub code: &'a str,
}

struct Name {
    service: usize,
    operation: String,
    /// Service and operation as a label.
    label: String,
}

/// All traces of a file.
pub struct Traces<'a> {
    builder: RunBuilder<'a>,
    waiting: Waiting,
    names: Vec<Name>,
    name_ids: HashMap<(String, String), u32>,
    codes: Vec<String>,
    code_ids: HashMap<String, u32>,
    services: Vec<ServiceTime>,
    service_ids: HashMap<String, usize>,
    summary: TraceSummary,
    /// Traces were counted before the file ended.
    aged: bool,
    orphans: u64,
}

/// A number for a span's id: hexadecimal ids are their value, others a hash.
fn id_of(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    if let (true, Ok(id)) = (text.len() <= 16, u64::from_str_radix(text, 16)) {
        return id;
    }
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn short(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

impl<'a> Traces<'a> {
    /// Nothing read yet.
    pub fn new(intake: &'a Intake<'a>) -> Self {
        Self {
            builder: RunBuilder::new(
                intake,
                RunTraits {
                    tool: Tool::Traces,
                    tick_ns: 1_000,
                    closed_loop: false,
                    counts_only: false,
                },
            ),
            waiting: Waiting::default(),
            names: Vec::new(),
            name_ids: HashMap::new(),
            codes: Vec::new(),
            code_ids: HashMap::new(),
            services: Vec::new(),
            service_ids: HashMap::new(),
            summary: TraceSummary::default(),
            aged: false,
            orphans: 0,
        }
    }

    fn name(&mut self, service: &str, operation: &str) -> u32 {
        let mut key = (short(service), short(operation));
        if let Some(id) = self.name_ids.get(&key) {
            return *id;
        }
        if self.names.len() >= MAX_NAMES {
            key = ("(other)".to_owned(), "(other)".to_owned());
            if let Some(id) = self.name_ids.get(&key) {
                return *id;
            }
        }
        let services = &mut self.services;
        let service = *self
            .service_ids
            .entry(key.0.clone())
            .or_insert_with_key(|name| {
                services.push(ServiceTime {
                    service: name.clone(),
                    ..ServiceTime::default()
                });
                services.len() - 1
            });
        let id = self.names.len() as u32;
        self.names.push(Name {
            service,
            operation: key.1.clone(),
            label: format!("{}: {}", key.0, key.1),
        });
        self.name_ids.insert(key, id);
        id
    }

    fn code(&mut self, code: &str) -> u32 {
        if let Some(id) = self.code_ids.get(code) {
            return *id;
        }
        if self.codes.len() >= 1_000 {
            return u32::MAX;
        }
        self.codes.push(short(code));
        self.code_ids
            .insert(code.to_owned(), self.codes.len() as u32 - 1);
        self.codes.len() as u32 - 1
    }

    /// Takes one span.
    pub fn add(&mut self, record: &SpanRecord<'_>) -> Result<(), &'static str> {
        if record.trace_id.is_empty() || record.span_id.is_empty() {
            return Err("the span has no id");
        }
        if record.length_ns < 0 {
            return Err("the span ends before it begins");
        }
        if record.start_ns <= 0 {
            return Err("the span says no start");
        }
        let label = self.name(record.service, record.operation);
        let code = self.code(record.code);
        let span = Span {
            id: id_of(record.span_id),
            parent: id_of(record.parent_id),
            start: record.start_ns,
            length: record.length_ns,
            label,
            failed: record.failed,
            detached: record.detached,
        };
        if self.waiting.add(record.trace_id, span, code) {
            self.aged |= self.count_elder();
        }
        Ok(())
    }

    /// Notes a record that cannot be read.
    pub fn reject(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        self.builder.reject(line, column, reason, text);
    }

    /// What a format has to say beside that.
    pub fn warn(&mut self, kind: WarningKind, message: &str, count: u64) {
        if count > 0 {
            self.builder
                .warnings
                .add_counted(kind, message, count, None);
        }
    }

    /// Spans taken so far, those that wait included.
    pub fn spans(&self) -> u64 {
        self.summary.spans + self.waiting.spans as u64
    }

    /// Counts all traces that wait: where a format keeps traces together, after each of them.
    pub fn flush(&mut self) {
        self.count_elder();
        self.count_elder();
    }

    /// Counts the traces that had no span for long; whether there were any.
    fn count_elder(&mut self) -> bool {
        let mut waiting = std::mem::take(&mut self.waiting);
        let before = waiting.spans;
        waiting.age(|(trace_id, spans)| self.count(&trace_id, &spans));
        self.waiting = waiting;
        self.waiting.spans < before
    }

    fn count(&mut self, trace_id: &str, spans_and_codes: &[(Span, u32)]) {
        let spans: Vec<Span> = spans_and_codes.iter().map(|(span, _)| *span).collect();
        let forest = Forest::new(&spans);
        self.summary.spans += spans.len() as u64;
        let mut is_root = vec![false; spans.len()];
        for root in &forest.roots {
            if let Some(flag) = is_root.get_mut(*root) {
                *flag = true;
            }
        }
        for (index, ((span, code), root)) in spans_and_codes.iter().zip(&is_root).enumerate() {
            let Some(name) = self.names.get(span.label as usize) else {
                continue;
            };
            let request = Request {
                start_micros: span.start.div_euclid(1_000),
                duration_ns: span.length,
                label: name.label.as_bytes(),
                // Parts of another request are kept by themselves, and not counted again in totals.
                controller: !root,
                failed: span.failed,
                code: self
                    .codes
                    .get(*code as usize)
                    .map_or(&b""[..], String::as_bytes),
                ..Request::default()
            };
            if let Err(reason) = self.builder.add(&request) {
                let text = format!("{trace_id} {}", name.label);
                self.builder.reject(0, "", reason, &text);
                continue;
            }
            if let Some(service) = self.services.get_mut(name.service) {
                service.spans += 1;
                service.errors += u64::from(span.failed);
                service.self_secs += forest.self_time(index) as f64 / 1e9;
            }
        }
        for root in &forest.roots {
            self.summary.traces += 1;
            let Some(first) = spans.get(*root) else {
                continue;
            };
            self.orphans += u64::from(first.parent != 0);
            let steps = forest.critical_path(*root);
            for step in &steps {
                let service = spans
                    .get(step.span)
                    .and_then(|s| self.names.get(s.label as usize))
                    .and_then(|n| self.services.get_mut(n.service));
                if let Some(service) = service {
                    service.critical_secs += (step.end - step.start) as f64 / 1e9;
                }
            }
            if !self.is_slow(first.length) {
                continue;
            }
            let critical_path = steps
                .iter()
                .take(MAX_STEPS)
                .filter_map(|step| {
                    let name = self.names.get(spans.get(step.span)?.label as usize)?;
                    Some(PathStep {
                        service: self.services.get(name.service)?.service.clone(),
                        operation: name.operation.clone(),
                        offset_ns: step.start - first.start,
                        length_ns: step.end - step.start,
                    })
                })
                .collect();
            let slow = SlowTrace {
                trace_id: short(trace_id),
                root: self
                    .names
                    .get(first.label as usize)
                    .map_or_else(String::new, |n| n.label.clone()),
                start: Instant(first.start.div_euclid(1_000)),
                duration_ns: first.length,
                spans: spans.len() as u64,
                errors: spans.iter().filter(|s| s.failed).count() as u64,
                critical_path,
            };
            let list = &mut self.summary.slowest;
            let at = list.partition_point(|s| s.duration_ns >= slow.duration_ns);
            list.insert(at, slow);
            list.truncate(MAX_SLOWEST);
        }
    }

    fn is_slow(&self, length: i64) -> bool {
        let list = &self.summary.slowest;
        list.len() < MAX_SLOWEST || list.last().is_some_and(|s| s.duration_ns < length)
    }

    /// The source.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        self.flush();
        let mut warnings = std::mem::take(&mut self.builder.warnings);
        if self.aged {
            warnings.add(
                WarningKind::Folded,
                format!(
                    "traces are complete when {} further spans hold none of theirs; one whose spans lie further apart in the file is counted in parts",
                    count(MAX_YOUNG as u64)
                ),
            );
        }
        if self.orphans > 0 {
            warnings.add_counted(
                WarningKind::Note,
                "spans whose parent is not in the file count as requests of their own",
                self.orphans,
                None,
            );
        }
        self.builder.warnings = warnings;
        let mut imported = self
            .builder
            .finish("it holds no spans; export traces of a time in which there were requests")?;
        let mut summary = self.summary;
        let critical: f64 = self.services.iter().map(|s| s.critical_secs).sum();
        for service in &mut self.services {
            service.share = if critical > 0.0 {
                service.critical_secs / critical
            } else {
                0.0
            };
        }
        self.services.sort_by(|a, b| {
            b.critical_secs
                .total_cmp(&a.critical_secs)
                .then_with(|| a.service.cmp(&b.service))
        });
        summary.services = self.services;
        imported.source.traces = Some(summary);
        Ok(imported)
    }
}
