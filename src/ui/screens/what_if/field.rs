//! The fields of the cards: a name with what it means, a slider, and the number beside it to be typed. Each says in
//! words what was changed, which is what undo shows.

use eframe::egui::{
    self, Align, ComboBox, DragValue, Layout, Role, Slider, SliderClamping, Ui, WidgetInfo, vec2,
};

use super::super::parts::note_ui;
use crate::scenario::Scenario;
use crate::ui::theme::{self, TEXT_SMALL, space};
use crate::units::{self, Micros};

/// Room for the name of a field, in points.
const NAME: f32 = 102.0;
/// Room for its number.
const NUMBER: f32 = 74.0;
/// Width of a letter of it.
const LETTER: f32 = 7.5;

/// A scenario while its cards are shown, and what was changed in words.
pub(super) struct Form {
    /// With the changes of this frame.
    pub scenario: Scenario,
    /// In the imperative, for undo.
    pub said: Option<String>,
}

/// What a number counts: how it is written and read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    /// Whole things.
    Count,
    /// A plain number.
    Number,
    /// Times something.
    Times,
    /// Per second.
    PerSec,
    /// Seconds, in the step that suits.
    Secs,
    /// A share of one, in percent.
    Share,
    /// Money.
    Money,
}

impl Unit {
    /// As it is written.
    pub fn print(self, value: f64) -> String {
        match self {
            Self::Count => units::grouped(value.round(), 0),
            Self::Number => units::number(value),
            Self::Times => format!("{}×", plain(value)),
            Self::PerSec => format!("{}/s", plain(value)),
            Self::Secs => secs(value),
            Self::Share => format!("{} %", plain(value * 100.0)),
            Self::Money => plain(value),
        }
    }

    /// As it is typed: a bare number is in the unit that stands there now.
    pub fn parse(self, text: &str, now: f64) -> Option<f64> {
        let bare = |text: &str| text.trim().replace([',', '_', ' '], "").parse::<f64>().ok();
        let text = text.trim();
        match self {
            Self::Secs => {
                let typed = match bare(text) {
                    Some(n) if now < 1.0 && now > 0.0 => n / 1_000.0,
                    Some(n) => n * step_of(now),
                    None => units::parse_duration(&text.replace(' ', ""))
                        .ok()?
                        .as_secs(),
                };
                Some(typed)
            }
            Self::Share => bare(text.trim_end_matches('%')).map(|n| n / 100.0),
            Self::Times => bare(text.trim_end_matches(['×', 'x', 'X'])),
            Self::PerSec => bare(
                text.trim_end_matches("rps")
                    .trim_end_matches("/s")
                    .trim_end_matches('_'),
            ),
            Self::Count => bare(text).map(f64::round),
            Self::Number | Self::Money => bare(text),
        }
    }
}

/// Seconds of the unit in which a duration is written.
fn step_of(secs: f64) -> f64 {
    match secs {
        s if s >= 86_400.0 => 86_400.0,
        s if s >= 3_600.0 => 3_600.0,
        s if s >= 120.0 => 60.0,
        _ => 1.0,
    }
}

/// A number without digits that say nothing.
pub(super) fn plain(value: f64) -> String {
    let text = units::number(value);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Seconds as a person reads them.
pub(super) fn secs(value: f64) -> String {
    if value.abs() < 1.0 && value != 0.0 {
        format!("{} ms", plain(value * 1_000.0))
    } else if value.abs() < 60.0 {
        format!("{} s", plain(value))
    } else {
        units::duration(Micros((value * 1e6).round() as i64))
    }
}

/// To three significant digits, so that a slider does not leave `9.7364`.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powi(2 - value.abs().log10().floor() as i32);
    (value * power).round() / power
}

/// A number that can be moved and typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knob {
    name: &'static str,
    hint: &'static str,
    unit: Unit,
    least: f64,
    most: f64,
    even: bool,
    unbounded: bool,
}

impl Knob {
    /// With the range of its slider; the number can be typed up to a thousand times beyond.
    pub const fn new(name: &'static str, unit: Unit, least: f64, most: f64) -> Self {
        Self {
            name,
            hint: "",
            unit,
            least,
            most,
            even: false,
            unbounded: true,
        }
    }

    /// What it means.
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// Even steps instead of ratios, for shares and small counts.
    pub const fn even(mut self) -> Self {
        self.even = true;
        self
    }

    /// Nothing outside the range of the slider makes sense.
    pub const fn strict(mut self) -> Self {
        self.unbounded = false;
        self
    }

    fn hold(&self, value: f64) -> f64 {
        let value = if self.unit == Unit::Count {
            value.round()
        } else {
            value
        };
        let most = if self.unbounded {
            self.most * 1_000.0
        } else {
            self.most
        };
        value.clamp(self.least, most)
    }

    /// Shows it; true when it was changed, which is noted in the form.
    pub fn show(self, ui: &mut Ui, said: &mut Option<String>, value: &mut f64) -> bool {
        let before = *value;
        let mut now = before;
        let mut changed = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.spacing_mut().button_padding.y = 2.0;
            let name = name_ui(ui, self.name, self.hint);
            // Room for a long number, so that the card stays as wide as it is.
            let letters = self.unit.print(before).chars().count() as f32;
            let wide = NUMBER.max(letters * LETTER + 2.0 * space::S);
            let room = (ui.available_width() - wide - space::S).max(40.0);
            ui.spacing_mut().slider_width = room;
            let mut slider = Slider::new(&mut now, self.least..=self.most)
                .show_value(false)
                .clamping(SliderClamping::Never)
                .logarithmic(!self.even);
            if !self.even && self.least == 0.0 {
                slider = slider.smallest_positive((self.most / 10_000.0).max(1e-6));
            }
            if self.unit == Unit::Count {
                slider = slider.integer();
            }
            let slid = ui.add(slider).labelled_by(name.id);
            if slid.changed() {
                now = rounded(now);
            }
            let unit = self.unit;
            let number = DragValue::new(&mut now)
                .speed((before.abs() * 0.01).max(self.least.abs() * 0.01).max(1e-6))
                .custom_formatter(move |v, _| unit.print(v))
                .custom_parser(move |text| unit.parse(text, before))
                .update_while_editing(false);
            let typed = ui.add_sized(vec2(wide, 24.0), number).labelled_by(name.id);
            if typed.dragged() {
                now = rounded(now);
            }
            changed = slid.changed() || typed.changed();
            if !self.hint.is_empty() {
                slid.on_hover_text(self.hint);
                typed.on_hover_text(self.hint);
            }
        });
        let now = self.hold(now);
        if !changed || (now - before).abs() < f64::EPSILON * before.abs() {
            return false;
        }
        *value = now;
        let name = self.name.to_lowercase();
        *said = Some(format!("change {name} to {}", self.unit.print(now)));
        true
    }

    /// The same for whole numbers.
    pub fn count(self, ui: &mut Ui, said: &mut Option<String>, value: &mut u32) -> bool {
        let mut number = f64::from(*value);
        let changed = self.show(ui, said, &mut number);
        if changed {
            *value = number as u32;
        }
        changed
    }

    /// The same for something that may be left out: a tick before it.
    pub fn optional(
        self,
        ui: &mut Ui,
        said: &mut Option<String>,
        value: &mut Option<f64>,
        usual: f64,
    ) -> bool {
        let mut on = value.is_some();
        let mut changed = false;
        if let Some(number) = value {
            changed = self.show(ui, said, number);
        }
        let word = if on {
            format!("With {}", lower_first(self.name))
        } else {
            self.name.to_owned()
        };
        let tick = ui.checkbox(&mut on, word).on_hover_text(self.hint);
        if tick.changed() {
            *value = on.then_some(usual);
            let verb = if on { "add" } else { "remove" };
            *said = Some(format!("{verb} {}", lower_first(self.name)));
            changed = true;
        }
        changed
    }
}

/// With a small letter at its beginning, unless it is an abbreviation.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            let rest: String = text.chars().skip(1).collect();
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text.to_owned(),
    }
}

/// The name of a field, of the same width everywhere.
pub(super) fn name_ui(ui: &mut Ui, name: &str, hint: &str) -> egui::Response {
    let size = vec2(NAME, 24.0);
    let label = ui
        .allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(NAME);
            ui.add(egui::Label::new(name).truncate())
        })
        .inner;
    if hint.is_empty() {
        label
    } else {
        label.on_hover_text(hint)
    }
}

/// A choice of one of several.
pub(super) fn choose_ui<T: Clone + PartialEq>(
    ui: &mut Ui,
    said: &mut Option<String>,
    name: &str,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    let before = value.clone();
    let word = choices
        .iter()
        .find(|(v, _)| *v == before)
        .map_or("other", |(_, word)| *word);
    ui.horizontal(|ui| {
        name_ui(ui, name, "");
        let combo = ComboBox::from_id_salt(("what-if", name))
            .selected_text(word)
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for (choice, word) in choices {
                    ui.selectable_value(value, choice.clone(), *word);
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
    });
    if *value == before {
        return false;
    }
    let word = choices
        .iter()
        .find(|(v, _)| v == value)
        .map_or("other", |(_, word)| *word);
    *said = Some(format!("change {} to {word}", name.to_lowercase()));
    true
}

/// A switch for a part of the scenario that may be left out.
pub(super) fn part_ui<T>(
    ui: &mut Ui,
    said: &mut Option<String>,
    (name, hint): (&str, &str),
    value: &mut Option<T>,
    usual: impl FnOnce() -> T,
) {
    let mut on = value.is_some();
    if ui.checkbox(&mut on, name).on_hover_text(hint).changed() {
        *value = on.then(usual);
        let verb = if on { "add" } else { "remove" };
        *said = Some(format!("{verb} {}", lower_first(name)));
    }
}

/// A heading within a card.
pub(super) fn group_ui(ui: &mut Ui, name: &str) {
    ui.add_space(space::XS);
    ui.label(theme::strong(name).size(TEXT_SMALL + 1.0));
}

/// What a card says about itself where there is nothing to move.
pub(super) fn remark_ui(ui: &mut Ui, text: &str) {
    note_ui(ui, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (unit, value, text) in [
            (Unit::Secs, 0.02, "20 ms"),
            (Unit::Secs, 12.0, "12 s"),
            (Unit::Secs, 300.0, "5 min"),
            (Unit::Secs, 5_400.0, "1 h 30 min"),
            (Unit::Share, 0.7, "70 %"),
            (Unit::Times, 10.0, "10×"),
            (Unit::PerSec, 4_000.0, "4,000/s"),
            (Unit::Count, 12.0, "12"),
            (Unit::Money, 0.17, "0.17"),
        ] {
            assert_eq!(unit.print(value), text);
            if text != "1 h 30 min" {
                let read = unit.parse(text, value).unwrap();
                assert!((read - value).abs() < 1e-9, "{text}: {read}");
            }
        }
    }

    #[test]
    fn a_bare_number_means_the_unit_that_stands_there() {
        assert_eq!(Unit::Secs.parse("30", 0.02), Some(0.03));
        assert_eq!(Unit::Secs.parse("30", 20.0), Some(30.0));
        assert_eq!(Unit::Secs.parse("30", 600.0), Some(1_800.0));
        assert_eq!(Unit::Secs.parse("2h", 600.0), Some(7_200.0));
        assert_eq!(Unit::Share.parse("85", 0.7), Some(0.85));
        assert_eq!(Unit::Times.parse("20x", 1.0), Some(20.0));
        assert_eq!(Unit::PerSec.parse("1,200 rps", 1.0), Some(1_200.0));
        assert_eq!(Unit::Secs.parse("soon", 1.0), None);
    }

    #[test]
    fn sliders_leave_three_digits_and_stay_in_range() {
        assert_eq!(rounded(9.736_45), 9.74);
        assert_eq!(rounded(0.0), 0.0);
        let share = Knob::new("Share", Unit::Share, 0.0, 1.0).strict();
        assert_eq!(share.hold(1.4), 1.0);
        let rate = Knob::new("Rate", Unit::PerSec, 0.1, 1_000.0);
        assert_eq!(rate.hold(1e9), 1e6);
        assert_eq!(rate.hold(-3.0), 0.1);
        assert_eq!(Knob::new("n", Unit::Count, 1.0, 9.0).hold(3.4), 3.0);
    }

    #[test]
    fn names_begin_small_within_a_sentence() {
        assert_eq!(lower_first("Queue limit"), "queue limit");
        assert_eq!(lower_first("CPU request"), "CPU request");
    }
}
