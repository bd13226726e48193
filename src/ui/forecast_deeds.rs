//! What is done about forecasts beside the fields of their screen: keeping the one that is shown, and holidays from a
//! file.

use std::path::Path;

use super::app::Shell;
use super::command::{Command, DocEdit};
use super::notify::Notification;
use super::screens::forecast_scorecard::keep_shown;
use crate::analysis::forecast::plan::{ForecastPlan, Holiday, read_holidays};
use crate::units;

/// Files of more bytes than this are no table of holidays.
const MOST_BYTES: u64 = 10_000_000;

/// Reads holidays; why not, in a sentence that names the file and the line.
pub fn holidays_of(path: &Path) -> Result<Vec<Holiday>, String> {
    let at = path.display();
    let unreadable = |e: std::io::Error| format!("The holidays could not be read ({e}): {at}");
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST_BYTES {
        let size = units::bytes(size as f64);
        return Err(format!(
            "{size} are too much for a table of holidays; use date,name lines or an iCalendar file: {at}"
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes);
    let holidays = read_holidays(&text).map_err(|e| format!("{e}: {at}"))?;
    if holidays.is_empty() {
        return Err(format!(
            "There is no holiday in it; use date,name lines such as 2026-12-25,Christmas: {at}"
        ));
    }
    Ok(holidays)
}

impl Shell {
    /// Keeps the forecast that is shown, or says why not.
    pub(super) fn keep_forecast(&mut self) {
        match keep_shown(&self.state, &self.view.forecast) {
            Ok(edit) => {
                self.edit(&edit, false);
                self.notify(Notification::success("The forecast is kept"));
            }
            Err(why) => self.notify(Notification::info(why)),
        }
    }

    /// Asks for a file of holidays.
    pub(super) fn ask_holidays(&mut self) {
        let kind = ("Holidays", ["csv", "ics", "txt"].as_slice());
        self.ask_open("Holidays from a file", Some(kind), |paths| {
            let path = paths.first().map_or(Path::new(""), |p| p.as_path());
            Command::TakeHolidays(holidays_of(path))
        });
    }

    /// Adds holidays for all series; those that are known already stay as they are.
    pub(super) fn take_holidays(&mut self, read: Result<Vec<Holiday>, String>) {
        let holidays = match read {
            Ok(holidays) => holidays,
            Err(why) => {
                self.notify(Notification::error(why));
                return;
            }
        };
        let known = ForecastPlan::of(&self.state.doc.forecast_plans, "").holidays;
        let fresh: Vec<Holiday> = holidays
            .into_iter()
            .filter(|h| !known.contains(h))
            .collect();
        let words = match fresh.len() {
            0 => {
                self.notify(Notification::info(
                    "All of these holidays are known already",
                ));
                return;
            }
            1 => "1 holiday".to_owned(),
            n => format!("{} holidays", units::count(n as u64)),
        };
        let edit = DocEdit::new(format!("add {words}"), move |doc| {
            if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, "") {
                plan.holidays.extend(fresh.iter().cloned());
            }
        });
        self.edit(&edit, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_are_read_or_refused_with_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("days.csv");
        std::fs::write(&path, "2026-12-25,Christmas\n01-01,New Year\n").unwrap();
        assert_eq!(holidays_of(&path).unwrap().len(), 2);
        std::fs::write(&path, "2026-12-25,Christmas\nsometime,Feast\n").unwrap();
        let why = holidays_of(&path).unwrap_err();
        assert!(why.contains("line 2") && why.contains("days.csv"), "{why}");
        std::fs::write(&path, "").unwrap();
        assert!(holidays_of(&path).unwrap_err().contains("no holiday"));
        let gone = holidays_of(Path::new("/nowhere/days.csv")).unwrap_err();
        assert!(gone.contains("could not be read"), "{gone}");
    }
}
