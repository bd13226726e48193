//! Gatling's binary `simulation.log`, as 3.13 and later write it.
//!
//! Big-endian records without a magic number: a run header, then requests, users, groups and errors, each with its kind
//! in one byte. Strings that repeat are sent once and referred to by number. Layout: gatling, `LogFileDataWriter`.

use std::io::Read;

use super::builder::{Request, RunBuilder, RunTraits};
use super::gatling_decoder::{Decoder, Stop};
use super::gatling_run::{
    Users, approximate, error_warning, group_label, group_warning, incoming_warning, ko_code,
    label_of,
};
use crate::dataset::Tool;
use crate::import::format::{Family, Format, Seen};
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Gatling's binary log.
pub static FORMAT: Format = Format {
    id: "gatling-binary-log",
    title: "Gatling simulation.log (binary, 3.13 and later)",
    family: Family::LoadTest,
    recognised_by: "a first byte 0, followed by a version such as 3.13.1 and a run header",
    traps: &[
        "Gatling itself only reads logs of its own version; Headroom reads those of all versions from 3.13 on.",
        "Times are milliseconds since the start of the run, which the header gives.",
        "Groups are sums over their requests: kept with their cumulated response time, and not counted in totals.",
        "Gatling takes percentiles from a t-digest: --estimator tool agrees up to about 200 requests and is close beyond.",
        "A run that was killed ends in the middle of a record; what stands before it is read.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    version_at_start(head.bytes).is_some().into()
}

/// The version in the header: a string of digits and dots (and a qualifier) after the byte 0.
fn version_at_start(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(&[0])?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    if !(3..=40).contains(&length) {
        return None;
    }
    let version = std::str::from_utf8(rest.get(..length)?).ok()?;
    let mut parts = version.split('.');
    let numeric = |part: Option<&str>| {
        part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let plausible = numeric(parts.next())
        && numeric(parts.next())
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    // A Latin-1 marker follows.
    (plausible && rest.get(length) == Some(&0)).then_some(version)
}

/// Reads one log.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut decoder = Decoder::new(reader);
    let run_start_ms = match header(&mut decoder) {
        Ok(start) => start,
        Err(Stop::Failed(error)) => return Err(intake.read_failed(error)),
        Err(stop) => {
            return Err(intake.unusable(
                format!("the header of the Gatling log {stop}; copy the file again"),
                None,
            ));
        }
    };
    let traits = RunTraits {
        tool: Tool::Gatling,
        tick_ns: 1_000_000,
        closed_loop: false,
        counts_only: false,
    };
    let mut log = Log {
        intake,
        builder: RunBuilder::new(intake, traits),
        users: Users::default(),
        run_start_ms,
        label: Vec::new(),
        path: Vec::new(),
        groups: 0,
        records: 0,
    };
    let stop = loop {
        match log.record(&mut decoder) {
            Ok(()) => {}
            Err(stop) => break stop,
        }
        if log.records.is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    };
    match stop {
        Stop::End => {}
        Stop::Failed(error) => return Err(intake.read_failed(error)),
        Stop::CutOff | Stop::Damaged { .. } => log.builder.warnings.add_at(
            WarningKind::TruncatedLastRow,
            format!("the log {stop}; what stands after that is not read"),
            intake.example(log.records + 1, "", ""),
        ),
    }
    log.users.finish(&mut log.builder);
    group_warning(log.groups, &mut log.builder.warnings);
    approximate(log.builder.rows(), false, &mut log.builder.warnings);
    log.builder
        .finish("the Gatling log holds no request; run the simulation again")
}

/// Reads over the header; the start of the run in milliseconds since the epoch.
fn header<R: Read>(decoder: &mut Decoder<R>) -> Result<i64, Stop> {
    if decoder.kind()? != 0 {
        return Err(decoder.damaged());
    }
    decoder.string()?;
    decoder.string()?;
    let start_ms = decoder.i64()?;
    decoder.string()?;
    for _ in 0..decoder.count()? {
        decoder.string()?;
    }
    for _ in 0..decoder.count()? {
        decoder.skip_bytes()?;
    }
    Ok(start_ms)
}

struct Log<'a> {
    intake: &'a Intake<'a>,
    builder: RunBuilder<'a>,
    users: Users,
    run_start_ms: i64,
    label: Vec<u8>,
    /// Groups of a record, joined by commas.
    path: Vec<u8>,
    groups: u64,
    records: u64,
}

impl Log<'_> {
    fn record<R: Read>(&mut self, decoder: &mut Decoder<R>) -> Result<(), Stop> {
        let counted = match decoder.kind()? {
            1 => self.request(decoder)?,
            2 => {
                decoder.i32()?;
                let started = decoder.flag()?;
                let at = self.micros(decoder.i32()?);
                self.users.event(started, at, &mut self.builder);
                Ok(())
            }
            3 => self.group(decoder)?,
            4 => {
                let message = decoder.cached()?;
                decoder.i32()?;
                error_warning(
                    self.intake,
                    self.records + 1,
                    decoder.text(message),
                    &mut self.builder.warnings,
                );
                Ok(())
            }
            _ => return Err(decoder.damaged()),
        };
        self.records += 1;
        if let Err(reason) = counted {
            let shown = String::from_utf8_lossy(&self.label).into_owned();
            self.builder.reject(self.records, "", reason, &shown);
        }
        Ok(())
    }

    fn path<R: Read>(&mut self, decoder: &mut Decoder<R>) -> Result<(), Stop> {
        self.path.clear();
        for _ in 0..decoder.count()? {
            let group = decoder.cached()?;
            if !self.path.is_empty() {
                self.path.push(b',');
            }
            let name = decoder.text(group);
            self.path
                .extend(name.iter().map(|b| if *b == b',' { b' ' } else { *b }));
        }
        Ok(())
    }

    fn request<R: Read>(
        &mut self,
        decoder: &mut Decoder<R>,
    ) -> Result<Result<(), &'static str>, Stop> {
        self.path(decoder)?;
        let name = decoder.cached()?;
        let (start, end) = (decoder.i32()?, decoder.i32()?);
        let failed = !decoder.flag()?;
        let message = decoder.cached()?;
        label_of(&self.path, decoder.text(name), &mut self.label);
        if end == i32::MIN {
            incoming_warning(&mut self.builder.warnings);
            return Ok(Ok(()));
        }
        let code = if failed {
            ko_code(decoder.text(message))
        } else {
            b""
        };
        Ok(self.builder.add(&Request {
            start_micros: self
                .run_start_ms
                .saturating_add(start.into())
                .saturating_mul(1_000),
            duration_ns: (i64::from(end) - i64::from(start)) * 1_000_000,
            label: &self.label,
            failed,
            code,
            ..Request::default()
        }))
    }

    fn group<R: Read>(
        &mut self,
        decoder: &mut Decoder<R>,
    ) -> Result<Result<(), &'static str>, Stop> {
        self.path(decoder)?;
        let start = decoder.i32()?;
        decoder.i32()?;
        let cumulated = decoder.i32()?;
        let failed = !decoder.flag()?;
        group_label(&self.path, &mut self.label);
        self.groups += 1;
        Ok(self.builder.add(&Request {
            start_micros: self.micros(start),
            duration_ns: i64::from(cumulated) * 1_000_000,
            label: &self.label,
            controller: true,
            failed,
            ..Request::default()
        }))
    }

    fn micros(&self, relative_ms: i32) -> i64 {
        self.run_start_ms
            .saturating_add(relative_ms.into())
            .saturating_mul(1_000)
    }
}
