//! Status as icon + word + colour, never one of them alone.

use eframe::egui;
use eframe::egui::{Response, Ui};

use crate::analysis::sla::Verdict;
use crate::ui::icons;
use crate::ui::theme::{self, Tokens, space};

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Fine.
    Good,
    /// Needs attention, or is not proven.
    Caution,
    /// Broken.
    Bad,
    /// Nothing is known.
    Unknown,
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Good,
            Verdict::NotProven => Self::Caution,
            Verdict::Breached => Self::Bad,
            Verdict::NoData => Self::Unknown,
        }
    }
}

impl Status {
    /// Its colour.
    pub const fn color(self, tokens: &Tokens) -> egui::Color32 {
        match self {
            Self::Good => tokens.good,
            Self::Caution => tokens.caution,
            Self::Bad => tokens.bad,
            Self::Unknown => tokens.muted,
        }
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => icons::MET,
            Self::Caution => icons::NOT_PROVEN,
            Self::Bad => icons::BREACHED,
            Self::Unknown => icons::NO_DATA,
        }
    }
}

/// A status with its word.
#[derive(Clone, Debug)]
pub struct StatusBadge<'a> {
    status: Status,
    word: &'a str,
}

impl<'a> StatusBadge<'a> {
    /// A status with the word that stands for it here.
    pub const fn new(status: Status, word: &'a str) -> Self {
        Self { status, word }
    }

    /// The status of a promise.
    pub fn verdict(verdict: Verdict) -> StatusBadge<'static> {
        StatusBadge::new(verdict.into(), verdict.word())
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let color = self.status.color(Tokens::of(ui));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            ui.spacing_mut().interact_size.y = 0.0;
            ui.add(
                egui::Label::new(theme::icon(self.status.icon()).color(color)).selectable(false),
            );
            ui.add(egui::Label::new(theme::strong(self.word).color(color)).selectable(false))
        })
        .inner
    }
}
