//! Closing periods on the desktop: the results and the workbook's hash are made in a job, and the record is kept in the
//! project. It is no step of undo: a closing is taken back by opening the period again, with a reason.

use super::app::Shell;
use super::compute::Inputs;
use super::events::Event;
use super::notify::Notification;
use crate::analysis::closing::{self, Signature, scope_words};
use crate::analysis::decisions::ClosedPeriod;
use crate::analysis::forecast::kept::KeptForecast;
use crate::jobs::JobSpec;

/// Key of the job.
const CLOSING: &str = "closing";

/// What a person decides about the period that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosingDeed {
    /// Its results are frozen.
    Close {
        /// By whom.
        by: String,
    },
    /// What it comes to now is frozen instead, and both are kept.
    Restate {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
    /// It no longer binds.
    Reopen {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
}

/// What a closing leaves in the project: its record, and the forecasts that are kept with it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The record.
    pub record: ClosedPeriod,
    /// The forecasts.
    pub forecasts: Vec<KeptForecast>,
}

impl ClosingDeed {
    fn by(&self) -> &str {
        match self {
            Self::Close { by } | Self::Restate { by, .. } | Self::Reopen { by, .. } => by.trim(),
        }
    }
}

impl Shell {
    /// Does it: opening again at once, what needs a workbook in a job.
    pub(super) fn decide_closing(&mut self, deed: ClosingDeed) {
        if self.refuse_read_only() {
            return;
        }
        let who = Signature {
            at: self.state.now,
            by: deed.by().to_owned(),
        };
        let title = self.state.period.title();
        if let ClosingDeed::Reopen { reason, .. } = &deed {
            let period = self.state.period.to_string();
            let scope = scope_words(&self.state.doc.scope);
            let mut doc = self.state.doc.clone();
            if let Some(closed) = doc.decisions.closed_mut(&period, &scope) {
                closing::reopen(closed, who, reason.trim());
                self.replace_doc(doc);
                self.notify(Notification::success(format!("{title} is open again")));
            }
            return;
        }
        let inputs = Inputs::of(&self.state);
        let project = self.state.project.as_ref().map(|p| p.path.clone());
        let spec = JobSpec::new(CLOSING, format!("Closing {title}"));
        self.jobs.spawn(spec, move |progress| {
            let signed = inputs.sign(&deed, who, progress);
            Event::Signed(project, Box::new(signed)).leave()
        });
    }

    /// Keeps a record in the project it was made for.
    pub(super) fn take_signed(
        &mut self,
        project: Option<&std::path::Path>,
        signed: Result<Decided, String>,
    ) {
        match signed {
            Err(why) => self.notify(Notification::error(format!(
                "The period could not be closed: {why}"
            ))),
            Ok(Decided { record, forecasts }) => {
                let open = self.state.project.as_ref().map(|p| p.path.as_path());
                if open != project || self.refuse_read_only() {
                    return;
                }
                let word = if record.restatements.is_empty() {
                    "closed"
                } else {
                    "restated"
                };
                let text = format!(
                    "{} is {word}; write the report to hand it over",
                    record.period
                );
                let mut doc = self.state.doc.clone();
                doc.decisions.keep(record);
                doc.decisions.keep_forecasts(forecasts);
                self.replace_doc(doc);
                self.notify(Notification::success(text));
            }
        }
    }
}
