//! JMeter results as XML, in a stream: samples are counted when their tag is read, what stands inside them is passed
//! over.
//!
//! Which samples count follows JMeter's CSV results, so that both forms of one run give the same figures. The layout is
//! that of apache/jmeter, `SampleResultConverter`.

use std::io::Read;

use super::builder::{RunBuilder, RunTraits};
use super::jmeter_xml_sample::{EndStamps, Sample};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen};
use crate::import::xml::{Piece, Scanner, Tag};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// JMeter's XML results.
pub static FORMAT: Format = Format {
    id: "jmeter-xml",
    title: "JMeter results (XML)",
    family: Family::LoadTest,
    recognised_by: "the element testResults with httpSample or sample in it, with the attributes ts and t",
    traps: &[
        "Embedded resources and redirects stand inside their sample, whose time holds theirs: they are not counted again.",
        "A transaction controller with a generated parent holds the real requests: these are counted, it is kept apart.",
        "A run that was killed has no </testResults>: what is complete is counted, and a warning says so.",
        "Two documents in one file (JMeter appends to a file that is there) are read as one run.",
        "Old versions stamp the end of a sample instead of its start; a warning says where that seems so.",
        "JMeter's own report takes percentiles over the last 20,000 samples of a label only (--estimator tool).",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// Elements nested deeper are damage.
const MAX_DEPTH: usize = 1_000;
/// The names of samples; the last one is of JMeter 1.
const SAMPLES: [&str; 3] = ["httpSample", "sample", "sampleResult"];

fn recognise(head: &Head<'_>) -> Seen {
    if !head.is_xml("testResults") {
        return Seen::No;
    }
    let mut scanner = Scanner::new(head.text.as_bytes());
    while let Ok(Some(piece)) = scanner.piece() {
        let Piece::Open { tag, .. } = piece else {
            continue;
        };
        if SAMPLES.contains(&tag.name()) {
            let has = |name: &str| tag.attribute(name).is_some();
            if !has("ts") && !has("timeStamp") || !has("t") && !has("time") {
                return Seen::Refused(
                    "JMeter results without the attributes ts and t, time stamp and duration; switch \
                     jmeter.save.saveservice.time on and set timestamp_format=ms"
                        .to_owned(),
                );
            }
            return Seen::Yes;
        }
    }
    Seen::Yes
}

/// Reads one file.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let traits = RunTraits {
        tool: Tool::JMeter,
        tick_ns: 1_000_000,
        closed_loop: true,
        counts_only: false,
    };
    let mut scanner = Scanner::new(reader);
    let mut results = Results {
        builder: RunBuilder::new(intake, traits),
        levels: Levels::default(),
        sample: Sample::default(),
        waiting: Vec::new(),
        stamps: EndStamps::default(),
        facts: Facts::default(),
    };
    loop {
        let holds_text = results.levels.inner() == Some(Kind::Other);
        let in_assertion = match scanner.piece().map_err(|e| intake.read_failed(e))? {
            None => break,
            Some(Piece::Open { tag, empty, line }) => {
                if results.levels.kinds.len() >= MAX_DEPTH {
                    return Err(intake.unusable(
                        format!("elements are nested more than {MAX_DEPTH} deep; it is damaged, export it again"),
                        Some(line),
                    ));
                }
                results.open(&tag, empty, line);
                !empty && !results.waiting.is_empty() && matches!(tag.name(), "failure" | "error")
            }
            Some(Piece::Close { name, line }) => {
                results.close(name, line);
                false
            }
            Some(Piece::Broken { text, line }) => {
                results.broken(text, line);
                false
            }
        };
        if scanner.text_before() && !holds_text {
            results.misplaced("text between samples", scanner.line());
        }
        if in_assertion {
            let text = scanner.text(16).map_err(|e| intake.read_failed(e))?;
            results.assertion(&text);
        }
    }
    results.facts.cut |= scanner.cut();
    results.facts.misread = scanner.misread();
    results.finish(scanner.line(), intake)
}

/// What an open element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Root,
    Controller,
    Request,
    /// A sample that is not counted, because the one around it is.
    Inner,
    Other,
}

/// The elements that are open, outermost first.
#[derive(Default)]
struct Levels {
    kinds: Vec<(Kind, usize)>,
    names: String,
}

impl Levels {
    fn push(&mut self, kind: Kind, name: &str) {
        self.kinds.push((kind, self.names.len()));
        self.names.push_str(name);
    }

    fn inner(&self) -> Option<Kind> {
        self.kinds.last().map(|(kind, _)| *kind)
    }

    fn truncate(&mut self, depth: usize) {
        if let Some((_, start)) = self.kinds.get(depth) {
            self.names.truncate(*start);
        }
        self.kinds.truncate(depth);
    }

    /// Closes the innermost element with this name and all within it: how many there were, 0 where none is open.
    fn close(&mut self, name: &str) -> usize {
        let mut end = self.names.len();
        for (depth, (_, start)) in self.kinds.iter().enumerate().rev() {
            if self.names.get(*start..end) == Some(name) {
                let closed = self.kinds.len() - depth;
                self.truncate(depth);
                return closed;
            }
            end = *start;
        }
        0
    }
}

/// What was noticed, to be said at the end.
#[derive(Default)]
struct Facts {
    inner: u64,
    monitoring: u64,
    aggregated: u64,
    unjudged: u64,
    unlabelled: u64,
    misplaced: u64,
    first_misplaced: Option<(u64, String)>,
    unclosed_documents: u64,
    documents: u64,
    misread: u64,
    cut: bool,
}

/// A sample whose success only its assertions tell.
struct Waiting {
    depth: usize,
    sample: Sample,
    failed: bool,
    line: u64,
}

struct Results<'a> {
    builder: RunBuilder<'a>,
    levels: Levels,
    sample: Sample,
    waiting: Vec<Waiting>,
    stamps: EndStamps,
    facts: Facts,
}

impl Results<'_> {
    fn open(&mut self, tag: &Tag<'_>, empty: bool, line: u64) {
        let name = tag.name();
        let kind = if name == "testResults" {
            self.document();
            Kind::Root
        } else if SAMPLES.contains(&name) {
            match self.levels.inner() {
                None | Some(Kind::Root | Kind::Controller) => self.counted(tag, empty, line),
                Some(Kind::Request | Kind::Inner | Kind::Other) => {
                    self.facts.inner += 1;
                    Kind::Inner
                }
            }
        } else {
            // A sample by its attributes, or something that does not belong at the top.
            if matches!(self.levels.inner(), None | Some(Kind::Root)) || tag.text.contains(" ts=\"")
            {
                self.misplaced(tag.text, line);
            }
            Kind::Other
        };
        if !empty {
            self.levels.push(kind, name);
        }
    }

    /// A root begins: the first one, or that of a document that was appended.
    fn document(&mut self) {
        self.facts.documents += 1;
        if !self.levels.kinds.is_empty() {
            self.facts.unclosed_documents += 1;
            self.levels.truncate(0);
            self.judge(0);
        }
    }

    fn counted(&mut self, tag: &Tag<'_>, empty: bool, line: u64) -> Kind {
        if let Err((attribute, reason)) = self.sample.read(tag) {
            self.builder.reject(line, attribute, reason, tag.text);
            return Kind::Request;
        }
        if self.sample.monitoring {
            self.facts.monitoring += 1;
            return Kind::Request;
        }
        self.stamps.look(&self.sample);
        let controller = self.sample.controller;
        self.facts.aggregated += u64::from(self.sample.samples > 1);
        self.facts.unlabelled += u64::from(self.sample.label.is_empty());
        if let Some(success) = self.sample.success {
            self.add(!success, line, tag.text);
        } else {
            self.facts.unjudged += 1;
            let failed = self.sample.code_fails();
            if empty {
                self.add(failed, line, tag.text);
            } else {
                self.waiting.push(Waiting {
                    depth: self.levels.kinds.len(),
                    sample: self.sample.clone(),
                    failed,
                    line,
                });
            }
        }
        if controller {
            Kind::Controller
        } else {
            Kind::Request
        }
    }

    fn add(&mut self, failed: bool, line: u64, text: &str) {
        for request in self.sample.requests(failed) {
            if let Err(reason) = self.builder.add(&request) {
                self.builder.reject(line, "", reason, text);
                return;
            }
        }
    }

    /// The text of `failure` or `error` in an assertion.
    fn assertion(&mut self, text: &str) {
        if text.trim().eq_ignore_ascii_case("true")
            && let Some(waiting) = self.waiting.last_mut()
        {
            waiting.failed = true;
        }
    }

    /// Counts the samples that waited for their assertions and are closed, now that `depth` elements are open.
    fn judge(&mut self, depth: usize) {
        while let Some(waiting) = self.waiting.pop_if(|w| w.depth >= depth) {
            self.sample = waiting.sample;
            self.add(waiting.failed, waiting.line, "");
        }
    }

    fn close(&mut self, name: &str, line: u64) {
        let closed = self.levels.close(name);
        self.judge(self.levels.kinds.len());
        if closed != 1 {
            self.misplaced(name, line);
        }
    }

    fn misplaced(&mut self, text: &str, line: u64) {
        self.facts.misplaced += 1;
        if self.facts.first_misplaced.is_none() {
            self.facts.first_misplaced = Some((line, text.chars().take(200).collect()));
        }
    }

    fn broken(&mut self, text: &str, line: u64) {
        let sample = SAMPLES.iter().any(|name| {
            text.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()))
        });
        if sample {
            self.builder.reject(line, "", "the tag has no end", text);
        } else {
            self.misplaced(text, line);
        }
    }

    fn finish(mut self, last_line: u64, intake: &Intake<'_>) -> Result<Imported, ImportError> {
        self.judge(0);
        let mut facts = self.facts;
        facts.cut |= !self.levels.kinds.is_empty();
        let ends = self.stamps.are_ends();
        let nothing = if facts.monitoring > 0 {
            "it holds only resource monitoring, no requests; import the results of the test itself"
        } else {
            "there are no samples in it; run the test again or name its result file"
        };
        if facts.cut {
            self.builder.warnings.add_at(
                WarningKind::TruncatedLastRow,
                "the file ends before </testResults>: the run was killed or the file is cut off, and what is complete \
                 is counted",
                intake.example(last_line, "", ""),
            );
        }
        if let Some((line, text)) = &facts.first_misplaced {
            self.builder.warnings.add_counted(
                WarningKind::NotRead,
                "tags or text that do not belong where they stand: the file is damaged there, and samples may be missing",
                facts.misplaced,
                Some(intake.example(*line, "", text)),
            );
        }
        let mut imported = self.builder.finish(nothing)?;
        let labels = imported.source.run.iter().flat_map(|run| &run.labels);
        let controllers = labels.filter(|label| label.controller).count() as u64;
        facts.say(controllers, ends, &mut imported.source.info.warnings);
        Ok(imported)
    }
}

impl Facts {
    fn say(&self, controllers: u64, ends: bool, warnings: &mut Warnings) {
        let mut add = |kind, count: u64, message: &str| {
            if count > 0 {
                warnings.add_counted(kind, message, count, None);
            }
        };
        add(
            WarningKind::TransactionControllers,
            controllers,
            "transaction controllers are sums over other samples; they are not counted in totals",
        );
        add(
            WarningKind::Note,
            self.inner,
            "embedded resources and redirects stand inside their sample, whose time holds theirs; they are not counted again",
        );
        add(
            WarningKind::AggregatedRows,
            self.aggregated,
            "rows stand for several samples each; percentiles are of their means",
        );
        add(
            WarningKind::MonitoringRows,
            self.monitoring,
            "rows of resource monitoring are left out",
        );
        add(
            WarningKind::Assumed,
            self.unjudged,
            "samples do not say whether they succeeded; response codes and assertions decide",
        );
        add(
            WarningKind::Assumed,
            self.unlabelled,
            "samples without a label (lb) are counted under an empty one",
        );
        add(
            WarningKind::Assumed,
            u64::from(ends),
            "time stamps seem to be the ends of samples (sampleresult.timestamp.start=false); they are taken as starts, \
             so each sample is shown late by its duration",
        );
        add(
            WarningKind::TruncatedLastRow,
            self.unclosed_documents,
            "a document ends without </testResults> before the next one begins; what is complete is counted",
        );
        add(
            WarningKind::Note,
            self.documents.saturating_sub(1),
            "another document begins in the same file; all are read as one run",
        );
        add(
            WarningKind::EncodingAssumed,
            self.misread,
            "tags that are not UTF-8 were read as Windows-1252",
        );
    }
}
