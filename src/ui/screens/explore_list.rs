//! The list of runs and series to pick from, searched as one types.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Label, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::Cx;
use super::explore::ExploreView;
use super::parts::note_ui;
use crate::dataset::{SeriesInfo, Source};
use crate::ui::icons;
use crate::ui::results::SeriesKey;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};

/// More series than this are not shown at once.
const MAX_SHOWN: usize = 24;
/// One line of the list on the left.
enum Entry {
    Head(String),
    Run(String, String),
    Metric(String),
    Series {
        key: SeriesKey,
        short: String,
        full: String,
        grouped: bool,
    },
}

fn entries(state: &AppState, search: &str) -> Vec<Entry> {
    let wanted = search.trim().to_lowercase();
    let fits = |text: &str| wanted.is_empty() || text.to_lowercase().contains(&wanted);
    let mut list = Vec::new();
    let runs: Vec<&Arc<Source>> = state.sources().filter(|s| s.run.is_some()).collect();
    let found: Vec<Entry> = runs
        .into_iter()
        .filter(|s| fits(&s.info.file_name))
        .map(|s| Entry::Run(s.info.source_id.clone(), s.info.file_name.clone()))
        .collect();
    if !found.is_empty() {
        list.push(Entry::Head("Requests".to_owned()));
        list.extend(found);
    }
    for source in state.sources() {
        let Some(metrics) = &source.metrics else {
            continue;
        };
        let mut groups: BTreeMap<&str, Vec<(usize, &SeriesInfo)>> = BTreeMap::new();
        for (index, info) in metrics.series.iter().enumerate() {
            if fits(&info.display_name()) || fits(&source.info.file_name) {
                groups.entry(&info.name).or_default().push((index, info));
            }
        }
        if groups.is_empty() {
            continue;
        }
        list.push(Entry::Head(source.info.file_name.clone()));
        for (name, members) in groups {
            let alone = members.len() == 1;
            if !alone {
                list.push(Entry::Metric(name.to_owned()));
            }
            for (index, info) in &members {
                list.push(Entry::Series {
                    key: SeriesKey {
                        source_id: source.info.source_id.clone(),
                        index: *index,
                    },
                    short: if alone {
                        name.to_owned()
                    } else {
                        differing(info, &members)
                    },
                    full: info.display_name(),
                    grouped: !alone,
                });
            }
        }
    }
    list
}

pub(super) fn list_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let view = &mut cx.view.explore;
    ui.horizontal(|ui| {
        ui.label(theme::icon(icons::FIND).color(Tokens::of(ui).muted));
        ui.add(
            TextEdit::singleline(&mut view.search)
                .hint_text("Find runs and series")
                .desired_width(f32::INFINITY),
        );
    });
    ui.add_space(space::XS);
    let list = entries(state, &view.search);
    if list.is_empty() {
        note_ui(ui, "Nothing has that name");
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("explore-entries")
        .auto_shrink(false)
        .show_rows(ui, 26.0, list.len(), |ui, rows| {
            for entry in list.get(rows).unwrap_or_default() {
                ui.allocate_ui_with_layout(
                    egui::vec2(ui.available_width(), 26.0),
                    egui::Layout::left_to_right(egui::Align::Center),
                    |ui| entry_ui(ui, view, entry),
                );
            }
        });
}

fn entry_ui(ui: &mut Ui, view: &mut ExploreView, entry: &Entry) {
    ui.set_min_size(egui::vec2(ui.available_width(), 26.0));
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
    let mut touched = false;
    let mut tick = |ui: &mut Ui, on: bool, short: &str, full: &str| {
        let mut now = on;
        let response = ui.checkbox(&mut now, short).on_hover_text(full);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, full));
        touched |= response.changed();
        response.changed().then_some(now)
    };
    match entry {
        Entry::Head(name) => {
            ui.add(Label::new(theme::muted(ui, name).small()).truncate());
        }
        Entry::Run(id, name) => match tick(ui, view.runs.contains(id), name, name) {
            Some(true) => {
                view.runs.insert(id.clone());
            }
            Some(false) => {
                view.runs.remove(id);
            }
            None => {}
        },
        Entry::Metric(name) => {
            ui.add(Label::new(name).truncate().selectable(false));
        }
        Entry::Series {
            key,
            short,
            full,
            grouped,
        } => {
            ui.add_space(if *grouped { space::M } else { 0.0 });
            match tick(ui, view.series.contains(key), short, full) {
                Some(true) if view.series.len() < MAX_SHOWN => {
                    view.series.insert(key.clone());
                }
                Some(false) => {
                    view.series.remove(key);
                }
                _ => {}
            }
        }
    }
    view.touched |= touched;
}

/// The values of the labels in which a series differs from others of its name.
fn differing(info: &SeriesInfo, members: &[(usize, &SeriesInfo)]) -> String {
    let differs = |key: &String, value: &String| {
        members
            .iter()
            .any(|(_, other)| other.labels.get(key) != Some(value))
    };
    let values: Vec<&str> = info
        .labels
        .iter()
        .filter(|(key, value)| differs(key, value))
        .map(|(_, value)| value.as_str())
        .collect();
    if values.is_empty() {
        info.display_name()
    } else {
        values.join(", ")
    }
}
