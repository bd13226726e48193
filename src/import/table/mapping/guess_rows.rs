//! Guessing the columns of requests and of states: which one is the time, the duration, the name, the outcome.

use super::guess::{Guessing, Taken};
use super::model::{Edge, Role};
use super::sample::{Column, is_verb, unit_of};
use crate::import::uptime::words::state_of;

impl Guessing<'_> {
    /// The columns, and whether they are surely states: both ends are there.
    pub fn outages(&self) -> Option<(Vec<Taken>, bool)> {
        let times = self.times();
        let start = times
            .iter()
            .copied()
            .find(|i| self.columns.get(*i).is_some_and(|c| c.hints.is_start()))?;
        let is_end = |i: &usize| self.columns.get(*i).is_some_and(|c| c.hints.is_end());
        let end = times.iter().copied().find(|i| *i != start && is_end(i));
        let length = (0..self.columns.len()).find(|i| {
            self.columns.get(*i).is_some_and(|c| {
                c.hints.duration() > 0 && !c.hints.is_of_a_request() && c.is_durations(self.decimal)
            })
        });
        let state = self.columns.iter().position(|column| {
            column.time.is_none()
                && !column.is_numeric()
                && column.distinct <= 20
                && column.share(|c| state_of(c).is_some())
        })?;
        let is_request = self.columns.iter().enumerate().any(|(i, c)| {
            let named = c.hints.label() >= 70 && !c.hints.is_service() && !c.is_numeric();
            i != state && (named || c.hints.is_of_a_request() || c.holds_codes())
        });
        if is_request {
            return None;
        }
        let mut taken = vec![self.time_entry(start, Role::Start)];
        match (end, length) {
            (Some(end), _) => taken.push(self.time_entry(end, Role::End)),
            (None, Some(length)) => {
                let unit = self
                    .columns
                    .get(length)?
                    .hints
                    .duration_unit()
                    .unwrap_or("s");
                let mut entry = self.entry(
                    length,
                    Role::Duration,
                    format!("how long it lasted, in {unit}"),
                );
                unit.clone_into(&mut entry.entry.unit);
                taken.push(entry);
            }
            (None, None) => return None,
        }
        taken.push(self.entry(state, Role::State, "its words are states"));
        let free = |taken: &[Taken], i: usize| !taken.iter().any(|t| t.index == i);
        for (index, column) in self.columns.iter().enumerate() {
            if !free(&taken, index) || column.time.is_some() || column.filled == 0 {
                continue;
            }
            let has = |role| taken.iter().any(|t| t.entry.role == role);
            if column.hints.is_service() && !has(Role::Service) {
                taken.push(self.entry(index, Role::Service, "named like a service"));
            } else if column.hints.is_note() && !has(Role::Note) {
                taken.push(self.entry(index, Role::Note, "named like a note"));
            }
        }
        Some((taken, end.is_some()))
    }

    /// The columns, whether they are surely requests, and whether the unit was guessed.
    pub fn requests(&self) -> Option<(Vec<Taken>, bool, bool)> {
        let time = *self.times().first()?;
        let clock = self.clock_of(time);
        let duration = self
            .columns
            .iter()
            .enumerate()
            .filter(|(i, c)| {
                *i != time
                    && Some(*i) != clock
                    && (c.time.is_none() || c.may_be_nanos())
                    && c.is_durations(self.decimal)
            })
            .map(|(i, c)| (c.hints.duration(), i))
            .filter(|(score, _)| *score > 0)
            .max_by_key(|(score, i)| (*score, std::cmp::Reverse(*i)));
        let (score, duration_at) = duration?;
        let column = self.columns.get(duration_at)?;
        let mut taken = vec![self.time_entry(time, Role::Time)];
        taken.extend(clock.map(|clock| self.entry(clock, Role::Time, "the time of day")));
        if self
            .columns
            .get(time)
            .is_some_and(|c| c.hints.is_end() && !c.hints.is_start())
            && let Some(first) = taken.first_mut()
        {
            first.entry.at = Edge::End;
            first.reason.push_str(", of the end");
        }
        let (unit, why, unit_guessed) = unit_of(column);
        let mut entry = self.entry(duration_at, Role::Duration, why);
        unit.clone_into(&mut entry.entry.unit);
        taken.push(entry);
        self.add_label(&mut taken);
        self.add_outcome(&mut taken);
        for (index, column) in self.columns.iter().enumerate() {
            let has = |role| taken.iter().any(|t: &Taken| t.entry.role == role);
            if taken.iter().any(|t| t.index == index) || !column.is_numeric() {
                continue;
            }
            if column.hints.is_users() && column.is_whole() && !has(Role::Users) {
                taken.push(self.entry(index, Role::Users, "named like a number of users"));
            } else if let Some(received) = column.hints.bytes() {
                let role = if received { Role::Received } else { Role::Sent };
                if !has(role) && column.is_whole() {
                    taken.push(self.entry(index, role, "named like a number of bytes"));
                }
            }
        }
        let has = |role| taken.iter().any(|t| t.entry.role == role);
        let judged = has(Role::Success) || has(Role::Status) || has(Role::Error);
        let aggregated = self
            .columns
            .iter()
            .any(|c| c.hints.is_aggregate() && c.is_numeric());
        let sure = score >= 45
            && !aggregated
            && (has(Role::Label) || judged)
            && self.shape.header.is_some()
            && !self.columns.get(time).is_some_and(Column::is_on_a_grid);
        Some((taken, sure, unit_guessed))
    }

    fn add_label(&self, taken: &mut Vec<Taken>) {
        let free = |taken: &[Taken], i: usize| !taken.iter().any(|t| t.index == i);
        let best = self
            .columns
            .iter()
            .enumerate()
            .filter(|(i, c)| free(taken, *i) && c.filled > 0 && !c.is_numeric() && c.time.is_none())
            .map(|(i, c)| (c.hints.label(), i))
            .filter(|(score, _)| *score > 0)
            .max_by_key(|(score, i)| (*score, std::cmp::Reverse(*i)));
        let Some((_, label)) = best else {
            return;
        };
        let method = self.columns.iter().enumerate().find(|(i, c)| {
            *i != label && free(taken, *i) && c.hints.is_method() && c.share(is_verb)
        });
        let starts_with_verb = self
            .columns
            .get(label)
            .is_some_and(|c| c.share(|cell| cell.split(' ').next().is_some_and(is_verb)));
        if let (Some((method, _)), false) = (method, starts_with_verb) {
            taken.push(self.entry(method, Role::Label, "the verb, in front of the name"));
        }
        taken.push(self.entry(label, Role::Label, "named like the name of a request"));
    }

    fn add_outcome(&self, taken: &mut Vec<Taken>) {
        for (index, column) in self.columns.iter().enumerate() {
            let has = |role| taken.iter().any(|t: &Taken| t.entry.role == role);
            if taken.iter().any(|t| t.index == index) || column.time.is_some() {
                continue;
            }
            let hints = &column.hints;
            let codes = column.holds_codes();
            if codes && !has(Role::Status) {
                taken.push(self.entry(
                    index,
                    Role::Status,
                    "holds status codes; failed from 400 on",
                ));
            } else if column.is_yes_or_no()
                && !has(Role::Success)
                && (hints.outcome().is_some() || hints.is_result())
            {
                let inverted = hints.outcome() == Some(false);
                let reason = if inverted {
                    "says which requests failed"
                } else {
                    "says which requests succeeded"
                };
                let mut entry = self.entry(index, Role::Success, reason);
                if inverted {
                    entry.entry.success_values = ["false", "0", "no", "n", "f", ""]
                        .map(str::to_owned)
                        .to_vec();
                }
                taken.push(entry);
            } else if hints.is_error_text() && !column.is_numeric() && !has(Role::Error) {
                taken.push(self.entry(index, Role::Error, "named like the text of an error"));
            }
        }
    }
}
