//! Find anything: every command, screen, source, series and recent project by a few letters of its name.

use eframe::egui;
use eframe::egui::{Align2, Id, Key, Modal, Modifiers};

use super::chrome::named;
use super::command::Command;
use super::icons;
use super::results::SeriesKey;
use super::state::{AppState, Screen};
use super::theme::{self, Tokens, space};
use crate::calendar::Period;

/// How many lines are shown.
const MAX_SHOWN: usize = 12;
/// How many series are offered.
const MAX_SERIES: usize = 2_000;

/// What the palette remembers.
#[derive(Debug, Default)]
pub struct Palette {
    open: bool,
    query: String,
    chosen: usize,
    has_focus: bool,
}

/// One line of the palette.
#[derive(Clone, Debug)]
struct Entry {
    icon: &'static str,
    text: String,
    kind: &'static str,
    commands: Vec<Command>,
    series: Option<SeriesKey>,
    keys: Option<String>,
}

/// What a person chose.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// To carry out.
    pub commands: Vec<Command>,
    /// The series that was looked for.
    pub series: Option<SeriesKey>,
}

impl Palette {
    /// Opens it empty, or closes it.
    pub fn toggle(&mut self) {
        *self = Self {
            open: !self.open,
            ..Self::default()
        };
    }

    /// Whether it is open.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Shows it while it is open; returns what was chosen.
    pub fn show(&mut self, ui: &egui::Ui, state: &AppState) -> Option<Chosen> {
        if !self.open {
            return None;
        }
        let (up, down, enter) = ui.input_mut(|i| {
            (
                i.consume_key(Modifiers::NONE, Key::ArrowUp),
                i.consume_key(Modifiers::NONE, Key::ArrowDown),
                i.consume_key(Modifiers::NONE, Key::Enter),
            )
        });
        let mut picked = None;
        let id = Id::unique("palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, [0.0, 72.0]);
        let response = Modal::new(id)
            .area(area)
            .frame(theme::modal_frame(ui))
            .show(ui.ctx(), |ui| {
                ui.set_width(560.0);
                let field = ui.add(
                    egui::TextEdit::singleline(&mut self.query)
                        .hint_text("Type a command, a screen, a source, a series or a period")
                        .desired_width(f32::INFINITY),
                );
                field.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find anything")
                });
                if !std::mem::replace(&mut self.has_focus, true) {
                    field.request_focus();
                }
                if field.changed() {
                    self.chosen = 0;
                    // The field shows what was typed one frame later.
                    ui.request_repaint();
                }
                let found = find(&entries(ui.ctx(), state, &self.query), &self.query);
                let last = found.len().saturating_sub(1);
                if down {
                    self.chosen += 1;
                }
                if up {
                    self.chosen = self.chosen.saturating_sub(1);
                }
                self.chosen = self.chosen.min(last);
                ui.add_space(space::S);
                if found.is_empty() {
                    ui.label(theme::muted(ui, "Nothing has that name"));
                }
                for (index, entry) in found.iter().enumerate() {
                    let clicked = line_ui(ui, entry, index == self.chosen).clicked();
                    if clicked || (enter && index == self.chosen) {
                        picked = Some(Chosen {
                            commands: entry.commands.clone(),
                            series: entry.series.clone(),
                        });
                    }
                }
            });
        if picked.is_some() || response.should_close() {
            *self = Self::default();
        }
        picked
    }
}

fn line_ui(ui: &mut egui::Ui, entry: &Entry, chosen: bool) -> egui::Response {
    let mut button = egui::Button::new(format!("{}   {}", entry.icon, entry.text))
        .selected(chosen)
        .fill(egui::Color32::TRANSPARENT)
        .stroke(egui::Stroke::NONE)
        .truncate()
        .min_size(egui::vec2(ui.available_width(), 28.0));
    let right = match &entry.keys {
        Some(keys) => keys.clone(),
        None => entry.kind.to_owned(),
    };
    button = button.shortcut_text(theme::muted(ui, right).small());
    if chosen {
        button = button.fill(Tokens::of(ui).selected);
    }
    let response = ui.add(button);
    named(&response, &entry.text, true);
    response
}

fn entries(ctx: &egui::Context, state: &AppState, query: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    if let (Ok(period), true) = (Period::parse(query), state.project.is_some()) {
        entries.push(Entry {
            icon: icons::CALENDAR,
            text: format!("{query}: show {}", state.asked(period).title()),
            kind: "period",
            commands: vec![Command::SetPeriod(period)],
            series: None,
            keys: None,
        });
    }
    let commands = Command::all().into_iter().filter(|c| c.enabled(state));
    entries.extend(commands.map(|command| Entry {
        icon: command.icon(),
        text: command.text_in(state),
        kind: match command {
            Command::Go(_) => "screen",
            _ => "command",
        },
        keys: command.keys_text(ctx),
        commands: vec![command],
        series: None,
    }));
    if query.trim().is_empty() {
        return entries;
    }
    entries.extend(state.recent.iter().map(|path| Entry {
        icon: icons::RECENT,
        text: format!("Open {}", super::dispatch::file_name(path)),
        kind: "project",
        commands: vec![Command::OpenPaths(vec![path.to_path_buf()])],
        series: None,
        keys: None,
    }));
    for source in state.sources() {
        entries.push(Entry {
            icon: icons::FILE,
            text: source.info.file_name.clone(),
            kind: "source",
            commands: vec![Command::Go(Screen::Data)],
            series: None,
            keys: None,
        });
        let series = source
            .metrics
            .iter()
            .flat_map(|m| m.series.iter().enumerate());
        entries.extend(series.take(MAX_SERIES).map(|(index, info)| Entry {
            icon: icons::EXPLORE,
            text: info.display_name(),
            kind: "series",
            commands: vec![Command::Go(Screen::Explore)],
            series: Some(SeriesKey {
                source_id: source.info.source_id.clone(),
                index,
            }),
            keys: None,
        }));
    }
    entries
}

/// The entries that fit, best first; equal ones in their order.
fn find(entries: &[Entry], query: &str) -> Vec<Entry> {
    let mut scored: Vec<(i32, &Entry)> = entries
        .iter()
        .filter_map(|e| Some((score(&e.text, query)?, e)))
        .collect();
    scored.sort_by_key(|(score, _)| -score);
    scored
        .into_iter()
        .take(MAX_SHOWN)
        .map(|(_, e)| e.clone())
        .collect()
}

/// How well a text fits: all letters of the query in order; starts of words and runs of letters count more.
fn score(text: &str, query: &str) -> Option<i32> {
    let mut wanted = query.chars().filter(|c| !c.is_whitespace()).peekable();
    if wanted.peek().is_none() {
        return Some(0);
    }
    let (mut score, mut run, mut before) = (0, 0, ' ');
    for (index, c) in text.chars().enumerate() {
        let Some(next) = wanted.peek() else { break };
        if c.to_lowercase().eq(next.to_lowercase()) {
            wanted.next();
            run += 1;
            score += run * 2;
            if !before.is_alphanumeric() {
                score += 6;
            }
            if index == 0 {
                score += 4;
            }
        } else {
            run = 0;
        }
        before = c;
    }
    let complete = wanted.peek().is_none();
    complete.then(|| score - (text.chars().count() / 8) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_words_and_runs_win() {
        let best = |query: &str, texts: &[&str]| {
            texts
                .iter()
                .filter_map(|t| Some((score(t, query)?, (*t).to_owned())))
                .max()
                .map(|(_, t)| t)
        };
        let texts = ["Open project…", "Load tests", "Later period", "Reports"];
        assert_eq!(best("lt", &texts).as_deref(), Some("Load tests"));
        assert_eq!(best("rep", &texts).as_deref(), Some("Reports"));
        assert_eq!(best("proj", &texts).as_deref(), Some("Open project…"));
        assert_eq!(best("xyz", &texts), None);
    }
}
