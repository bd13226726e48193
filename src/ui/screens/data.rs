//! Data: what do these numbers stand on? Sources with format, rows, span, rejects and what they are about; import.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::RichText;
use egui_extras::{Column, TableBuilder, TableRow};

use super::Cx;
use crate::dataset::{Role, Scope, Source};
use crate::import::{Family, formats};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::theme::{self, ROW_HEIGHT, Tokens, space};
use crate::ui::top_bar::zone_picker_ui;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::job_bar::JobBar;
use crate::units;
use crate::warning::{Warning, WarningKind};

/// What the screen remembers for itself.
#[derive(Debug, Default)]
pub struct DataView {
    path: super::PathField,
    /// The source whose details are shown, by id.
    pub chosen: Option<String>,
    /// What is typed into its fields: (source, scope).
    draft: Option<(String, Scope)>,
    zone_text: String,
}

/// Shows the screen.
pub fn show_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    ui.label(theme::title(sentence(cx)));
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        cx.primary_button(ui, Command::Import);
        let Cx { view, out, .. } = &mut *cx;
        view.data.path.show(ui, out);
    });
    for job in cx
        .state
        .jobs
        .iter()
        .filter(|j| j.key == crate::ui::importing::IMPORT)
    {
        JobBar { job, width: 240.0 }.show(ui, cx.out);
        if !cx.state.import_queue.is_empty() {
            let left = cx.state.import_queue.len();
            ui.label(theme::muted(ui, format!("{left} more to come")).small());
        }
    }
    offers_ui(ui, cx);
    ui.add_space(space::S);
    if cx.state.dataset.sources.is_empty() {
        let importing = !cx.state.jobs.is_empty();
        if !importing {
            EmptyState::new(
                icons::DATA,
                "No data yet",
                "Each imported file will be listed here with its format, rows, span and what could not be read",
            )
            .primary(Command::Import)
            .secondary(Command::OpenSample)
            .show(ui, cx);
        }
        return;
    }
    let chosen = cx
        .view
        .data
        .chosen
        .clone()
        .and_then(|id| cx.state.dataset.source(&id).cloned());
    if let Some(source) = chosen {
        egui::Panel::bottom("source-details")
            .resizable(true)
            .default_size(280.0)
            .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(0, space::M as i8)))
            .show(ui, |ui| details_ui(ui, cx, &source));
    }
    table_ui(ui, cx);
}

/// Tables whose columns a person should look at.
fn offers_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let offers = &cx.state.mapping_offers;
    for offer in offers.iter().rev().take(3) {
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::icon(icons::TABLE).color(Tokens::of(ui).caution));
            let name = crate::ui::dispatch::file_name(&offer.path);
            ui.label(format!("{name} {}.", offer.why));
            let map = Command::MapColumnsOf {
                path: offer.path.clone(),
                source_id: offer.source_id.clone(),
            };
            cx.button(ui, map);
            if theme::icon_button(ui, icons::CLOSE, &format!("Leave {name} as it is")).clicked() {
                cx.send(Command::DismissMappingOffer(offer.path.clone()));
            }
        });
    }
}

/// Whether the columns of a source can be said.
fn is_table(source: &Source) -> bool {
    let family = formats::by_id(&source.info.format).map(|f| f.family);
    source.info.mapping.is_some() || family == Some(Family::Table)
}

fn sentence(cx: &Cx<'_>) -> String {
    let sources = &cx.state.dataset.sources;
    let Some(span) = cx.state.dataset.span() else {
        return "Nothing to stand on yet".to_owned();
    };
    let day = |at: crate::calendar::Instant| at.format(&cx.state.zone, "%-d %B %Y");
    let rejected: u64 = sources.iter().map(|s| s.info.rejected).sum();
    let rejects = match rejected {
        0 => "all rows could be read".to_owned(),
        1 => "one row could not be read".to_owned(),
        n => format!("{} rows could not be read", units::count(n)),
    };
    let files = if sources.len() == 1 {
        "One file".to_owned()
    } else {
        format!("{} files", sources.len())
    };
    format!(
        "{files} from {} to {}; {rejects}",
        day(span.start),
        day(span.end)
    )
}

const COLUMNS: [&str; 9] = [
    "File",
    "Format",
    "Rows",
    "Rejected",
    "From",
    "To",
    "Service",
    "Environment",
    "Role",
];

fn table_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>) {
    let sources = Arc::clone(&cx.state.dataset);
    ui.spacing_mut().item_spacing.x = space::M;
    egui::ScrollArea::horizontal().show(ui, |ui| {
        TableBuilder::new(ui)
            .id_salt("sources")
            .striped(true)
            .sense(egui::Sense::click())
            .vscroll(true)
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .column(
                Column::initial(220.0)
                    .at_least(120.0)
                    .resizable(true)
                    .clip(true),
            )
            .column(Column::initial(190.0).resizable(true).clip(true))
            .columns(Column::initial(90.0).resizable(true), 2)
            .columns(Column::initial(140.0).resizable(true), 2)
            .columns(Column::initial(110.0).resizable(true).clip(true), 2)
            .column(Column::remainder().at_least(90.0))
            .header(ROW_HEIGHT, |mut header| {
                for (index, title) in COLUMNS.into_iter().enumerate() {
                    header.col(|ui| {
                        let text = theme::strong(title).size(theme::TEXT_SMALL);
                        let text = text.color(Tokens::of(ui).muted);
                        aligned(ui, matches!(index, 2 | 3), |ui| ui.label(text));
                    });
                }
            })
            .body(|body| {
                body.rows(ROW_HEIGHT, sources.sources.len(), |mut row| {
                    let Some(source) = sources.sources.get(row.index()) else {
                        return;
                    };
                    let id = &source.info.source_id;
                    row.set_selected(cx.view.data.chosen.as_ref() == Some(id));
                    row_ui(&mut row, cx, source);
                    if row.response().clicked() {
                        let same = cx.view.data.chosen.as_ref() == Some(id);
                        cx.view.data.chosen = (!same).then(|| id.clone());
                    }
                });
            });
    });
}

fn aligned<R>(ui: &mut egui::Ui, right: bool, content: impl FnOnce(&mut egui::Ui) -> R) {
    let layout = if right {
        egui::Layout::right_to_left(egui::Align::Center)
    } else {
        egui::Layout::left_to_right(egui::Align::Center)
    };
    ui.with_layout(layout, content);
}

fn row_ui(row: &mut TableRow<'_, '_>, cx: &Cx<'_>, source: &Source) {
    let info = &source.info;
    let zone = &cx.state.zone;
    let time = |at: Option<crate::calendar::Instant>| {
        at.map_or_else(|| "–".to_owned(), |t| t.format(zone, "%Y-%m-%d %H:%M"))
    };
    let plain = |ui: &mut egui::Ui, text: &str| {
        ui.add(egui::Label::new(text).selectable(false).truncate());
    };
    row.col(|ui| {
        let serious = info
            .warnings
            .iter()
            .any(|w| !matches!(w.kind, WarningKind::Note));
        let icon = if serious { icons::WARNING } else { icons::FILE };
        let color = if serious {
            Tokens::of(ui).caution
        } else {
            Tokens::of(ui).muted
        };
        let icon = ui.add(egui::Label::new(theme::icon(icon).color(color)).selectable(false));
        if serious {
            icon.on_hover_text("Something was noticed; click the row to read it");
        }
        plain(ui, &info.file_name);
    });
    row.col(|ui| {
        let format = formats::by_id(&info.format);
        plain(ui, format.map_or(info.format.as_str(), |f| f.short_title()));
    });
    row.col(|ui| aligned(ui, true, |ui| plain(ui, &units::count(info.rows))));
    row.col(|ui| {
        aligned(ui, true, |ui| {
            let text = RichText::new(units::count(info.rejected));
            let text = if info.rejected > 0 {
                text.color(Tokens::of(ui).caution)
            } else {
                text
            };
            ui.add(egui::Label::new(text).selectable(false));
        });
    });
    row.col(|ui| plain(ui, &time(info.first)));
    row.col(|ui| plain(ui, &time(info.last)));
    row.col(|ui| plain(ui, or_dash(&info.scope.service)));
    row.col(|ui| plain(ui, or_dash(&info.scope.environment)));
    row.col(|ui| plain(ui, info.scope.role.name()));
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

fn details_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, source: &Source) {
    let info = &source.info;
    ui.horizontal(|ui| {
        ui.label(theme::strong(&info.file_name));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if theme::icon_button(ui, icons::CLOSE, "Close details").clicked() {
                cx.view.data.chosen = None;
            }
            cx.button(ui, Command::RemoveSource(info.source_id.clone()));
            if let (true, Some(path)) = (is_table(source), &info.path) {
                let map = Command::MapColumnsOf {
                    path: path.clone(),
                    source_id: Some(info.source_id.clone()),
                };
                cx.button(ui, map);
            }
            if info.rejected > 0 {
                cx.button(ui, Command::SaveRejects(info.source_id.clone()));
            }
        });
    });
    egui::ScrollArea::vertical().show(ui, |ui| {
        ui.columns(2, |columns| {
            if let [left, right] = columns {
                scope_ui(left, cx, source);
                provenance_ui(left, cx, source);
                warnings_ui(right, cx, source);
            }
        });
    });
}

fn scope_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, source: &Source) {
    let id = &source.info.source_id;
    let view = &mut cx.view.data;
    if view.draft.as_ref().is_none_or(|(of, _)| of != id) {
        view.draft = Some((id.clone(), source.info.scope.clone()));
    }
    let Some((_, draft)) = &mut view.draft else {
        return;
    };
    let mut done = false;
    egui::Grid::new("scope").num_columns(2).show(ui, |ui| {
        for (label, text) in [
            ("Service", &mut draft.service),
            ("Environment", &mut draft.environment),
            ("Region", &mut draft.region),
        ] {
            let name = ui.label(label);
            let field = ui.add(egui::TextEdit::singleline(text).desired_width(200.0));
            done |= field.labelled_by(name.id).lost_focus();
            ui.end_row();
        }
        ui.label("Role");
        ui.horizontal(|ui| {
            for role in [Role::Production, Role::Test] {
                let clicked = ui.radio_value(&mut draft.role, role, role.name()).clicked();
                done |= clicked;
            }
        });
        ui.end_row();
    });
    let scope = draft.clone();
    if done {
        view.draft = None;
        if scope != source.info.scope {
            cx.send(Command::SetSourceScope {
                source_id: id.clone(),
                scope,
            });
        }
    }
}

fn provenance_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, source: &Source) {
    let info = &source.info;
    let zone = cx.state.zone.clone();
    ui.add_space(space::S);
    let mut facts = vec![
        ("Size", units::bytes(info.bytes as f64)),
        (
            "Read from",
            info.path
                .as_ref()
                .map_or_else(|| "–".to_owned(), |p| p.display().to_string()),
        ),
        (
            "SHA-256",
            info.sha256
                .clone()
                .unwrap_or_else(|| "not computed".to_owned()),
        ),
    ];
    if let Some(at) = info.imported_at {
        facts.push(("Imported", at.format(&zone, "%Y-%m-%d %H:%M")));
    }
    if let Some(zone) = &info.zone {
        facts.push(("Zone given", zone.name().to_owned()));
    }
    if let Some(used) = &info.mapping {
        let how = if used.guessed {
            "guessed"
        } else {
            "as a person said"
        };
        facts.push(("Columns", how.to_owned()));
    }
    if let Some(metrics) = &source.metrics {
        facts.push(("Series", units::count(metrics.series.len() as u64)));
    }
    if let Some(run) = &source.run {
        facts.push(("Labels", units::count(run.labels.len() as u64)));
    }
    egui::Grid::new("provenance").num_columns(2).show(ui, |ui| {
        for (what, value) in facts {
            ui.label(theme::muted(ui, what));
            ui.add(egui::Label::new(RichText::new(value).small()).wrap());
            ui.end_row();
        }
    });
    let zone_less = info
        .warnings
        .iter()
        .any(|w| w.kind == WarningKind::ZoneAssumed);
    if zone_less {
        ui.add_space(space::S);
        let current = info.zone.as_ref().map_or("UTC", |z| z.name()).to_owned();
        let text = format!("{}  Its times carry no zone: read again as…", icons::ZONE);
        ui.menu_button(text, |ui| {
            ui.set_min_width(220.0);
            if let Some(zone) = zone_picker_ui(ui, &mut cx.view.data.zone_text, &current) {
                cx.send(Command::ReimportWithZone {
                    source_id: info.source_id.clone(),
                    zone,
                });
                ui.close();
            }
        });
    }
}

fn warnings_ui(ui: &mut egui::Ui, cx: &mut Cx<'_>, source: &Source) {
    ui.label(theme::strong("What was noticed while reading"));
    if source.info.warnings.is_empty() {
        ui.label(theme::muted(ui, "Nothing"));
    }
    for (index, warning) in source.info.warnings.iter().enumerate() {
        let times = if warning.count > 1 {
            format!("  ({} times)", units::count(warning.count))
        } else {
            String::new()
        };
        let title = format!("{}{times}", warning.message);
        if warning.examples.is_empty() {
            ui.label(format!("{}  {title}", icons::WARNING));
            continue;
        }
        egui::CollapsingHeader::new(title)
            .id_salt(("warning", index))
            .show(ui, |ui| {
                for line in example_lines(warning) {
                    ui.add(egui::Label::new(RichText::new(line).monospace().small()).wrap());
                }
                if ui.small_button("Copy").clicked() {
                    let lines: Vec<String> = example_lines(warning).collect();
                    cx.send(Command::CopyText(lines.join("\n")));
                }
            });
    }
}

fn example_lines(warning: &Warning) -> impl Iterator<Item = String> + '_ {
    warning.examples.iter().map(|example| {
        let mut parts = Vec::new();
        if let Some(line) = example.line {
            parts.push(format!("line {}", units::count(line)));
        }
        parts.extend(example.column.clone());
        parts.extend(example.text.clone());
        parts.join(": ")
    })
}
