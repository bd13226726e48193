//! What Gatling's text and binary logs share: users that come and go, labels of grouped requests, codes of failures.

use super::builder::RunBuilder;
use crate::import::Intake;
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// From so many requests on a t-digest of compression 100 begins to join values: 4·n·q(1-q)/100 ≥ 2 at the median.
const DIGEST_JOINS: u64 = 200;
/// Seconds between two events that are filled with the number of users in between.
const MAX_FILL_SECS: i64 = 86_400;
/// Bytes of a failure's message that are kept as its code.
const MAX_CODE: usize = 200;

/// Users that started and ended so far.
#[derive(Debug, Default)]
pub(super) struct Users {
    active: i64,
    last_second: Option<i64>,
    seen: bool,
}

impl Users {
    /// One user started or ended; every second since the last event is told how many there were.
    pub(super) fn event(&mut self, started: bool, at_micros: i64, builder: &mut RunBuilder<'_>) {
        self.seen = true;
        let second = at_micros.div_euclid(1_000_000);
        if let Some(last) = self.last_second
            && second > last
            && second - last <= MAX_FILL_SECS
        {
            for between in last + 1..=second {
                builder.active(between * 1_000_000, self.active, b"");
            }
        }
        // Events of one moment are written in any order.
        self.active += if started { 1 } else { -1 };
        self.last_second = Some(self.last_second.map_or(second, |last| last.max(second)));
        builder.active(at_micros, self.active.max(0), b"");
    }

    /// A log in which users are still active at the end was cut, or the run was stopped.
    pub(super) fn finish(&self, builder: &mut RunBuilder<'_>) {
        if self.seen && self.active > 0 {
            builder.warnings.add(
                WarningKind::TailMissing,
                format!(
                    "{} users had not ended when the log ends: the run was stopped, or the end of the file is missing",
                    units::count(self.active.unsigned_abs())
                ),
            );
        }
    }
}

/// `group / inner group / name`, as Gatling's report names it. Commas in names were replaced when the log was written.
pub(super) fn label_of(groups: &[u8], name: &[u8], label: &mut Vec<u8>) {
    label.clear();
    for group in groups.split(|b| *b == b',') {
        let group = group.trim_ascii();
        if !group.is_empty() {
            label.extend_from_slice(group);
            label.extend_from_slice(b" / ");
        }
    }
    label.extend_from_slice(name.trim_ascii());
}

/// The label of a group from its path: `group / inner group`.
pub(super) fn group_label(groups: &[u8], label: &mut Vec<u8>) {
    label_of(groups, b"", label);
    let end = label.len().saturating_sub(3);
    label.truncate(end);
}

/// The response code that a failed check found, or else the message itself.
pub(super) fn ko_code(message: &[u8]) -> &[u8] {
    let message = message.trim_ascii();
    if message.starts_with(b"status.")
        && let Some(at) = memchr::memmem::rfind(message, b"found ")
        && let Some(code) = message.get(at + 6..)
        && code.len() == 3
        && code.iter().all(u8::is_ascii_digit)
    {
        return code;
    }
    message.get(..MAX_CODE).unwrap_or(message)
}

/// Groups stand beside requests.
pub(super) fn group_warning(groups: u64, warnings: &mut Warnings) {
    if groups > 0 {
        warnings.add_counted(
            WarningKind::TransactionControllers,
            "groups are kept with the cumulated response time of their requests, as in Gatling's table, and not \
             counted in totals",
            groups,
            None,
        );
    }
}

/// The percentiles of Gatling's own report are of a t-digest: exact while it keeps every value apart. Versions with
/// t-digest 3.1 interpolated between neighbours (the known statistics of Gatling's tests have a P99 of 8,860 there), later
/// ones take the value that the rank falls on (9,000).
pub(super) fn approximate(requests: u64, may_be_old: bool, warnings: &mut Warnings) {
    if requests >= DIGEST_JOINS {
        warnings.add(
            WarningKind::Approximate,
            "Gatling's own report estimates percentiles with a t-digest, so its figures may differ a little from those \
             taken here from all requests",
        );
    } else if may_be_old {
        warnings.add(
            WarningKind::Approximate,
            "later versions of Gatling take the value that the rank falls on, as is done here for its own figures; older \
             ones interpolate between neighbours, as --estimator r7 does",
        );
    }
}

/// An error that belongs to no request. `record` is its line, or its number in a binary log.
pub(super) fn error_warning(
    intake: &Intake<'_>,
    record: u64,
    message: &[u8],
    warnings: &mut Warnings,
) {
    warnings.add_at(
        WarningKind::Note,
        "Gatling logged errors outside of requests; they are not in the error rate",
        intake.example(record, "", &String::from_utf8_lossy(message)),
    );
}

/// A message that came in unasked (WebSocket, server-sent events) has no duration.
pub(super) fn incoming_warning(warnings: &mut Warnings) {
    warnings.add(
        WarningKind::NotRead,
        "messages that came in without a request have no duration and are not counted",
    );
}
