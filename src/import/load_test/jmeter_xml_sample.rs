//! One sample of a JMeter XML file: its attributes, and whether time stamps are starts or ends.
//!
//! Attribute names are those of apache/jmeter, `SampleResultConverter` and `HTTPResultConverter`; the long names are of
//! JMeter 1.x, where elements were called `sampleResult`.

use std::collections::HashMap;

use super::builder::Request;
use super::fields::{amount, digits};
use crate::import::xml::{Tag, plain};

/// How the message of a transaction controller begins.
const CONTROLLER: &str = "Number of samples in transaction";

/// What the attributes of a sample say. Kept from sample to sample, so that its texts need no new memory.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// `ts`: start, ms since the epoch (end in old files, see [`EndStamps`]).
    pub stamp_millis: i64,
    /// `t`: duration in ms, a sum where `samples` is more than 1.
    pub millis: i64,
    /// `lb`.
    pub label: String,
    /// `rc`, or `rs` in old files.
    pub code: String,
    /// `hn`: the load generator.
    pub host: String,
    /// `tn`.
    pub thread: String,
    /// `s`: whether it succeeded, where the file says.
    pub success: Option<bool>,
    /// A transaction controller, by `rm`.
    pub controller: bool,
    /// A row of a resource monitor: no thread, no code, no bytes.
    pub monitoring: bool,
    /// `by`.
    pub received: i64,
    /// `sby`.
    pub sent: i64,
    /// `na`.
    pub active: Option<i64>,
    /// `sc`: samples that it stands for.
    pub samples: i64,
    /// `ec`: failed ones among them.
    pub errors: Option<i64>,
}

/// Which of the attributes stood there.
#[derive(Default)]
struct Given {
    stamp: bool,
    millis: bool,
    thread: bool,
    code: bool,
}

impl Sample {
    /// Takes over the attributes of a tag; an error names the attribute and what is wrong with it.
    pub fn read(&mut self, tag: &Tag<'_>) -> Result<(), (&'static str, &'static str)> {
        self.clear();
        let mut given = Given::default();
        let old = tag.name() == "sampleResult";
        for attribute in tag.attributes() {
            let Ok(attribute) = attribute else {
                return Err(("", "its attributes are damaged"));
            };
            let key = attribute.key.into_inner();
            let key = if old { short_name(key) } else { key };
            self.take(key, &attribute.value, &mut given)?;
        }
        if !given.stamp {
            return Err(("ts", "the time stamp is missing"));
        }
        if !given.millis {
            return Err(("t", "the duration is missing"));
        }
        self.monitoring = given.thread
            && self.thread.is_empty()
            && self.code.is_empty()
            && self.received == 0
            && self.active.unwrap_or(0) == 0;
        Ok(())
    }

    fn clear(&mut self) {
        let mut texts = [
            std::mem::take(&mut self.label),
            std::mem::take(&mut self.code),
            std::mem::take(&mut self.host),
            std::mem::take(&mut self.thread),
        ];
        texts.iter_mut().for_each(String::clear);
        let [label, code, host, thread] = texts;
        *self = Self {
            label,
            code,
            host,
            thread,
            samples: 1,
            ..Self::default()
        };
    }

    fn take(
        &mut self,
        key: &str,
        value: &str,
        given: &mut Given,
    ) -> Result<(), (&'static str, &'static str)> {
        match key {
            "ts" if given.stamp => return Err(("ts", "it stands twice")),
            "ts" => {
                given.stamp = true;
                self.stamp_millis = digits(value.as_bytes())
                    .filter(|ms| *ms < 4_294_967_296_000)
                    .ok_or(("ts", "not a time between 1970 and 2106"))?;
            }
            "t" if given.millis => return Err(("t", "it stands twice")),
            "t" => {
                given.millis = true;
                self.millis = digits(value.as_bytes())
                    .filter(|ms| *ms < i64::MAX / 1_000_000)
                    .ok_or(("t", "not a duration in whole milliseconds"))?;
            }
            "s" => {
                self.success = match value {
                    _ if value.eq_ignore_ascii_case("true") => Some(true),
                    _ if value.eq_ignore_ascii_case("false") => Some(false),
                    _ => return Err(("s", "neither true nor false")),
                };
            }
            "lb" => set(&mut self.label, value),
            "rc" => {
                given.code = true;
                set(&mut self.code, value);
            }
            "rs" if !given.code => set(&mut self.code, value),
            "rm" => self.controller = value.starts_with(CONTROLLER),
            "tn" => {
                given.thread = true;
                set(&mut self.thread, value);
            }
            "hn" => set(&mut self.host, value),
            "by" => self.received = number(value, "by")?,
            "sby" => self.sent = number(value, "sby")?,
            "na" => self.active = Some(number(value, "na")?),
            "sc" => self.samples = number(value, "sc")?.max(1),
            "ec" => self.errors = Some(number(value, "ec")?),
            _ => {}
        }
        Ok(())
    }

    /// Whether it failed, by the code alone: for files that do not say.
    pub fn code_fails(&self) -> bool {
        !self.code.is_empty() && !self.code.starts_with(['2', '3'])
    }

    /// As requests: one, or the successful and the failed ones of several, each with the mean duration.
    pub fn requests(&self, failed: bool) -> impl Iterator<Item = Request<'_>> {
        let several = self.samples.max(1);
        let errors = if several == 1 {
            i64::from(failed)
        } else {
            let all = if failed { several } else { 0 };
            self.errors.unwrap_or(all).clamp(0, several)
        };
        let mut first = true;
        [(false, several - errors), (true, errors)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(move |(failed, count)| {
                let bytes = if std::mem::take(&mut first) {
                    (self.received, self.sent)
                } else {
                    (0, 0)
                };
                Request {
                    start_micros: self.stamp_millis * 1_000,
                    duration_ns: self.millis / several * 1_000_000,
                    label: self.label.as_bytes(),
                    controller: self.controller,
                    failed,
                    count: count as u64,
                    code: self.code.as_bytes(),
                    received: bytes.0,
                    sent: bytes.1,
                    active: self.active,
                    generator: self.host.as_bytes(),
                }
            })
    }
}

fn set(text: &mut String, value: &str) {
    text.clear();
    text.push_str(&plain(value));
}

fn number(value: &str, name: &'static str) -> Result<i64, (&'static str, &'static str)> {
    amount(value.as_bytes()).ok_or((name, "not a whole number"))
}

/// The name that JMeter 2 and later give to an attribute of JMeter 1.
fn short_name(long: &str) -> &str {
    match long {
        "timeStamp" => "ts",
        "time" => "t",
        "success" => "s",
        "label" => "lb",
        "responseCode" => "rc",
        "responseMessage" => "rm",
        "threadName" => "tn",
        other => other,
    }
}

/// Samples that are looked at to tell ends from starts.
const LOOKED_AT: u32 = 50_000;
/// Threads that are told apart meanwhile.
const MAX_THREADS: usize = 10_000;

/// Tells whether time stamps are the ends of samples, as JMeter wrote them up to 2.x by default
/// (`sampleresult.timestamp.start`): a thread cannot begin a sample before its last one has ended.
#[derive(Default)]
pub struct EndStamps {
    /// The last sample of each thread: stamp and duration.
    threads: HashMap<String, (i64, i64)>,
    seen: u32,
    not_starts: u32,
    not_ends: u32,
}

impl EndStamps {
    /// Looks at the next sample of the file.
    pub fn look(&mut self, sample: &Sample) {
        if self.seen >= LOOKED_AT || sample.controller || sample.thread.is_empty() {
            return;
        }
        self.seen += 1;
        let now = (sample.stamp_millis, sample.millis);
        if let Some(last) = self.threads.get_mut(&sample.thread) {
            // A millisecond or two is rounding.
            self.not_starts += u32::from(now.0 + 2 < last.0 + last.1);
            self.not_ends += u32::from(now.0 + 2 < last.0 + now.1);
            *last = now;
        } else if self.threads.len() < MAX_THREADS {
            self.threads.insert(sample.thread.clone(), now);
        }
    }

    /// Whether the stamps are ends: they cannot be starts, and nothing speaks against ends.
    pub fn are_ends(&self) -> bool {
        self.not_starts >= 5 && self.not_ends * 50 < self.not_starts
    }
}
