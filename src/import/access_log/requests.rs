//! Requests of an access log on their way into a run: named by method and folded path, placed by the end or the start
//! that the log says, with notes on what was concluded.

use super::path::{self, Named};
use crate::dataset::Tool;
use crate::import::load_test::builder::{Request, RunBuilder, RunTraits};
use crate::import::{ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// One request as a log says it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Logged<'a> {
    /// µs since the epoch.
    pub stamp_micros: i64,
    /// The stamp carried its own zone.
    pub zoned: bool,
    /// The stamp is when the request ended.
    pub stamp_is_end: bool,
    /// How long it took; none where the log says no durations.
    pub duration_ns: Option<i64>,
    /// Status code, and as it stands in the log.
    pub status: u16,
    /// The same as text.
    pub code: &'a [u8],
    /// Bytes sent to the client.
    pub bytes: i64,
}

/// A log that is being counted.
pub(super) struct Requests<'a> {
    intake: &'a Intake<'a>,
    pub builder: RunBuilder<'a>,
    label: Vec<u8>,
    folded: u64,
    malformed: u64,
    zoneless: u64,
    /// Lines whose last fields are missing, but not those that count.
    pub shortened: u64,
    counts_only: bool,
}

impl<'a> Requests<'a> {
    /// Nothing yet. `tick_ns` is the resolution of the durations; none where there are no durations.
    pub(super) fn new(intake: &'a Intake<'a>, tick_ns: Option<i64>) -> Self {
        let traits = RunTraits {
            tool: Tool::AccessLog,
            tick_ns: tick_ns.unwrap_or(1_000_000),
            closed_loop: false,
            counts_only: tick_ns.is_none(),
        };
        Self {
            intake,
            builder: RunBuilder::new(intake, traits),
            label: Vec::new(),
            folded: 0,
            malformed: 0,
            zoneless: 0,
            shortened: 0,
            counts_only: tick_ns.is_none(),
        }
    }

    /// Counts a request by its request line.
    pub(super) fn add_line(
        &mut self,
        line: &[u8],
        logged: &Logged<'_>,
    ) -> Result<(), &'static str> {
        let named = path::label_of_request(line, &mut self.label);
        self.add(named, logged)
    }

    /// Counts a request by its method and target.
    pub(super) fn add_target(
        &mut self,
        method: &[u8],
        target: &[u8],
        logged: &Logged<'_>,
    ) -> Result<(), &'static str> {
        let named = path::label_of(method, target, &mut self.label);
        self.add(named, logged)
    }

    fn add(&mut self, named: Named, logged: &Logged<'_>) -> Result<(), &'static str> {
        let duration_ns = match logged.duration_ns {
            Some(ns) => ns,
            None if self.counts_only => 0,
            None => return Err("there is no time that the request took"),
        };
        let before = if logged.stamp_is_end {
            duration_ns / 1_000
        } else {
            0
        };
        self.builder.add(&Request {
            start_micros: logged.stamp_micros.saturating_sub(before),
            duration_ns,
            label: &self.label,
            failed: logged.status >= 500,
            code: logged.code,
            received: logged.bytes,
            ..Request::default()
        })?;
        self.folded += u64::from(named == Named::Folded);
        self.malformed += u64::from(named == Named::Malformed);
        self.zoneless += u64::from(!logged.zoned);
        Ok(())
    }

    /// A line that could not be read; the last one of a file that was cut off is no fault of the log.
    pub(super) fn reject(&mut self, line: u64, ended: bool, reason: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        if ended {
            self.builder.reject(line, "", reason, &text);
            return;
        }
        self.builder.warnings.add_at(
            WarningKind::TruncatedLastRow,
            "the last line is cut off in the middle and is left out",
            self.intake.example(line, "", &text),
        );
    }

    /// The last line was read, but has no line end: what stands last in it may go on.
    pub(super) fn may_be_cut(&mut self, line: u64, text: &[u8]) {
        self.builder.warnings.add_at(
            WarningKind::TruncatedLastRow,
            "the last line has no line end; its last number may be cut off",
            self.intake
                .example(line, "", &String::from_utf8_lossy(text)),
        );
    }

    /// The summary.
    pub(super) fn finish(mut self) -> Result<Imported, ImportError> {
        let warnings = &mut self.builder.warnings;
        let mut note = |count: u64, message: &str| {
            if count > 0 {
                warnings.add_counted(WarningKind::Note, message, count, None);
            }
        };
        note(
            self.folded,
            "requests whose path holds numbers or ids are counted together, with {id} in their place",
        );
        note(
            self.malformed,
            "requests without a proper request line are counted as (malformed)",
        );
        note(
            self.shortened,
            "lines lack fields at their end; their requests are counted all the same",
        );
        if self.counts_only {
            warnings.add(
                WarningKind::Note,
                "the log says no durations: requests and errors are counted, latency cannot be judged; log the time \
                 of each request (nginx $request_time, Apache %D)",
            );
        }
        let zone = self.intake.assumed_zone(self.zoneless, warnings);
        let mut imported = self
            .builder
            .finish("there are no requests in it; export the log again")?;
        imported.source.info.zone = zone;
        Ok(imported)
    }
}
