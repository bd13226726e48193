//! What a person should know: toasts that go by themselves, a list that stays, details that can be copied.

use std::time::Duration;

use crate::calendar::Instant;
use crate::units::Micros;

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something went as asked.
    Success,
    /// Something is odd.
    Warning,
    /// Something could not be done.
    Error,
}

impl Level {
    /// The word beside its icon.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "Note",
            Self::Success => "Done",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }

    /// How long its toast stays; errors stay until they are dismissed.
    const fn shown_for(self) -> Option<Micros> {
        match self {
            Self::Info | Self::Success => Some(Micros::from_secs(5)),
            Self::Warning => Some(Micros::from_secs(10)),
            Self::Error => None,
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Names it; given when it is added.
    pub id: u64,
    /// How serious it is.
    pub level: Level,
    /// What happened, to which file, and what to do, in one sentence.
    pub text: String,
    /// More, for whoever asks; may be empty.
    pub details: String,
    /// When it was added.
    pub at: Instant,
    toast: bool,
}

impl Notification {
    fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            id: 0,
            level,
            text: text.into(),
            details: String::new(),
            at: Instant(0),
            toast: true,
        }
    }

    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Level::Info, text)
    }

    /// Something went as asked.
    pub fn success(text: impl Into<String>) -> Self {
        Self::new(Level::Success, text)
    }

    /// Something is odd.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, text)
    }

    /// Something could not be done.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Level::Error, text)
    }

    /// With more to read.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = details.into();
        self
    }
}

/// How many messages are kept.
const MAX_KEPT: usize = 200;

/// All messages of this session.
#[derive(Debug, Default)]
pub struct Notifications {
    list: Vec<Notification>,
    next_id: u64,
}

impl Notifications {
    /// Adds one. The same message again only renews its toast.
    pub fn add(&mut self, mut notification: Notification, now: Instant) {
        self.list
            .retain(|n| (n.level, &n.text) != (notification.level, &notification.text));
        self.next_id += 1;
        notification.id = self.next_id;
        notification.at = now;
        notification.toast = true;
        self.list.push(notification);
        if self.list.len() > MAX_KEPT {
            self.list.remove(0);
        }
    }

    /// All of them, latest first.
    pub fn iter(&self) -> impl Iterator<Item = &Notification> {
        self.list.iter().rev()
    }

    /// Those whose toast is showing, latest first.
    pub fn toasts(&self) -> impl Iterator<Item = &Notification> {
        self.list.iter().rev().filter(|n| n.toast)
    }

    /// Ends toasts whose time is over; returns how long until the next one ends.
    pub fn expire(&mut self, now: Instant) -> Option<Duration> {
        let mut next: Option<Micros> = None;
        for notification in self.list.iter_mut().filter(|n| n.toast) {
            let Some(shown_for) = notification.level.shown_for() else {
                continue;
            };
            let left = Micros(shown_for.0 - now.since(notification.at).0);
            if left.0 <= 0 {
                notification.toast = false;
            } else {
                next = Some(next.map_or(left, |n| n.min(left)));
            }
        }
        next.map(|left| Duration::from_micros(left.0.unsigned_abs()))
    }

    /// Ends all toasts that would end by themselves.
    pub fn settle(&mut self) {
        for notification in &mut self.list {
            notification.toast &= notification.level.shown_for().is_none();
        }
    }

    /// Closes a toast, or takes one without a toast out of the list.
    pub fn dismiss(&mut self, id: u64) {
        let showing = self.list.iter_mut().find(|n| n.id == id && n.toast);
        match showing {
            Some(notification) => notification.toast = false,
            None => self.list.retain(|n| n.id != id),
        }
    }

    /// Takes all of them away.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How serious the most serious one is.
    pub fn worst(&self) -> Option<Level> {
        self.list.iter().map(|n| n.level).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toasts_end_by_themselves_but_errors_stay() {
        let mut all = Notifications::default();
        all.add(Notification::info("saved"), Instant::from_secs(0));
        all.add(Notification::error("broken"), Instant::from_secs(0));
        assert_eq!(
            all.expire(Instant::from_secs(1)),
            Some(Duration::from_secs(4))
        );
        assert_eq!(all.expire(Instant::from_secs(6)), None);
        let left: Vec<_> = all.toasts().map(|n| n.text.as_str()).collect();
        assert_eq!(left, ["broken"]);
        assert_eq!(all.len(), 2);
        let id = all.toasts().next().unwrap().id;
        all.dismiss(id);
        assert_eq!((all.toasts().count(), all.len()), (0, 2));
        all.dismiss(id);
        assert_eq!(all.len(), 1);
    }
}
