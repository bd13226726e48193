//! Tables: sorted by any column, filtered as one types, numbers to the right, a selection that stays, copied as TSV.
//!
//! Only visible rows are laid out; the order is computed when rows, sorting or filter change, so ten thousand rows scroll smoothly.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui;
use eframe::egui::{
    Align, Color32, Id, Label, Layout, Rangef, Rect, RichText, Sense, TextEdit, Ui, vec2,
};
use egui_extras::{Column, TableBuilder};

use super::TableColumn;
use super::table_cell::cell_ui;
use crate::ui::icons;
use crate::ui::theme::{self, ROW_HEIGHT, TEXT_SMALL, Tokens, space};
use crate::units;

/// From this many rows on, a field to filter them is shown.
const FILTERED_FROM: usize = 12;
/// Tables of at most this height stand on a page with other things; higher ones fill their place.
const PART_OF_A_PAGE: f32 = 400.0;
/// Up to this many rows a table that may be of any height is never squeezed.
const SHORT: usize = 30;

/// What a person did to a table; kept while the program runs.
#[derive(Clone, Debug, Default)]
struct State {
    sort: Option<(usize, bool)>,
    filter: String,
    selected: BTreeSet<usize>,
    /// The row from which Shift extends.
    anchor: Option<usize>,
    /// It was clicked last: keys go here.
    active: bool,
    order: Arc<Order>,
}

/// Which rows are shown, in which order, and for what that was computed.
#[derive(Debug, Default)]
struct Order {
    key: Option<OrderKey>,
    rows: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq)]
struct OrderKey {
    address: usize,
    len: usize,
    version: u64,
    sort: Option<(usize, bool)>,
    filter: String,
}

/// What happened in a table.
#[derive(Clone, Debug, Default)]
pub struct TableResponse {
    /// The row that was clicked or reached by keys, as an index into the rows given.
    pub clicked: Option<usize>,
    /// The row that was double-clicked.
    pub opened: Option<usize>,
}

/// A table of rows of type `T`.
pub struct DataTable<'a, T> {
    id: Id,
    rows: &'a [T],
    columns: Vec<TableColumn<'a, T>>,
    version: u64,
    sort: Option<(usize, bool)>,
    current: Option<Option<usize>>,
    max_height: f32,
    tall: f32,
}

impl<'a, T> DataTable<'a, T> {
    /// A table; the id names it among all tables.
    pub fn new(id: impl std::hash::Hash + std::fmt::Debug, rows: &'a [T]) -> Self {
        Self {
            id: Id::unique(("data-table", id)),
            rows,
            columns: Vec::new(),
            version: 0,
            sort: None,
            current: None,
            max_height: f32::INFINITY,
            tall: ROW_HEIGHT,
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, column: TableColumn<'a, T>) -> Self {
        self.columns.push(column);
        self
    }

    /// Changes whenever the rows do (a data revision), so that the order is computed anew.
    #[must_use]
    pub const fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Sorted by this column until a person sorts otherwise.
    #[must_use]
    pub const fn sorted(mut self, column: usize, descending: bool) -> Self {
        self.sort = Some((column, descending));
        self
    }

    /// The one row that the screen is about; the table selects no other.
    #[must_use]
    pub const fn current(mut self, row: Option<usize>) -> Self {
        self.current = Some(row);
        self
    }

    /// Scrolls beyond this height.
    #[must_use]
    pub const fn max_height(mut self, height: f32) -> Self {
        self.max_height = height;
        self
    }

    /// Height of a row.
    #[must_use]
    pub const fn row_height(mut self, height: f32) -> Self {
        self.tall = height;
        self
    }

    /// The rows as tab-separated values, header included.
    fn tsv(&self, rows: impl IntoIterator<Item = usize>) -> String {
        let clean = |text: String| text.replace(['\t', '\n', '\r'], " ");
        let line = |cells: Vec<String>| cells.join("\t") + "\n";
        let mut text = line(
            self.columns
                .iter()
                .map(|c| clean(c.title.clone()))
                .collect(),
        );
        for row in rows.into_iter().filter_map(|i| self.rows.get(i)) {
            text.push_str(&line(
                self.columns.iter().map(|c| clean((c.text)(row))).collect(),
            ));
        }
        text
    }

    fn order(&self, state: &State) -> Arc<Order> {
        let sort = state.sort.or(self.sort);
        let key = OrderKey {
            address: self.rows.as_ptr().addr(),
            len: self.rows.len(),
            version: self.version,
            sort,
            filter: state.filter.trim().to_lowercase(),
        };
        if state.order.key.as_ref() == Some(&key) {
            return Arc::clone(&state.order);
        }
        let mut rows: Vec<usize> = self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| {
                key.filter.is_empty()
                    || self
                        .columns
                        .iter()
                        .any(|c| (c.text)(row).to_lowercase().contains(&key.filter))
            })
            .map(|(index, _)| index)
            .collect();
        if let Some((column, descending)) = sort.and_then(|(c, d)| Some((self.columns.get(c)?, d)))
        {
            self.sort_rows(&mut rows, column, descending);
        }
        Arc::new(Order {
            key: Some(key),
            rows,
        })
    }

    fn sort_rows(&self, rows: &mut [usize], column: &TableColumn<'a, T>, descending: bool) {
        let turned = |order: Ordering| if descending { order.reverse() } else { order };
        if let Some(value) = &column.value {
            let of = |index: &usize| self.rows.get(*index).and_then(value);
            // Rows without a value stay at the end either way.
            rows.sort_by(|a, b| match (of(a), of(b)) {
                (Some(a), Some(b)) => turned(a.total_cmp(&b)),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            });
        } else {
            let of = |index: &usize| {
                self.rows
                    .get(*index)
                    .map(|row| (column.text)(row).to_lowercase())
                    .unwrap_or_default()
            };
            rows.sort_by(|a, b| turned(of(a).cmp(&of(b))));
        }
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> TableResponse {
        let mut state: State = ui.data(|d| d.get_temp(self.id)).unwrap_or_default();
        let mut happened = TableResponse::default();
        if self.rows.len() >= FILTERED_FROM {
            self.filter_ui(ui, &mut state);
        }
        state.order = self.order(&state);
        let order = Arc::clone(&state.order);
        let top = ui.cursor().top();
        let area = ui.push_id(self.id, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::M, 0.0);
            // Columns are kept apart by space; the line to resize them by appears under the pointer.
            ui.visuals_mut().widgets.noninteractive.bg_stroke = egui::Stroke::NONE;
            self.table_ui(ui, &mut state, &order.rows, &mut happened);
        });
        let rect = area.response.rect.with_min_y(top);
        self.keys(ui, rect, &mut state, &order.rows, &mut happened);
        let menu = area.response.interact(Sense::hover());
        menu.context_menu(|ui| self.menu_ui(ui, &state, &order.rows));
        ui.data_mut(|d| d.insert_temp(self.id, state));
        happened
    }

    fn menu_ui(&self, ui: &mut Ui, state: &State, order: &[usize]) {
        if ui.button("Copy rows as TSV").clicked() {
            ui.copy_text(self.copied(state, order));
            ui.close();
        }
        if ui.button("Copy all as TSV").clicked() {
            ui.copy_text(self.tsv(order.iter().copied()));
            ui.close();
        }
    }

    /// The selected rows in the order shown; all where none is selected.
    fn copied(&self, state: &State, order: &[usize]) -> String {
        let chosen: Vec<usize> = order
            .iter()
            .copied()
            .filter(|row| state.selected.contains(row))
            .collect();
        if chosen.is_empty() {
            self.tsv(order.iter().copied())
        } else {
            self.tsv(chosen)
        }
    }

    fn filter_ui(&self, ui: &mut Ui, state: &mut State) {
        ui.horizontal(|ui| {
            ui.label(theme::icon(icons::FIND).color(Tokens::of(ui).muted));
            ui.add(
                TextEdit::singleline(&mut state.filter)
                    .id(self.id.with("filter"))
                    .hint_text("Filter rows")
                    .desired_width(180.0),
            );
            let shown = state.order.rows.len();
            let text = if state.filter.trim().is_empty() {
                format!("{} rows", units::count(self.rows.len() as u64))
            } else {
                format!(
                    "{} of {} rows",
                    units::count(shown as u64),
                    units::count(self.rows.len() as u64)
                )
            };
            ui.label(theme::muted(ui, text));
        });
        ui.add_space(space::XS);
    }

    fn table_ui(
        &self,
        ui: &mut Ui,
        state: &mut State,
        order: &[usize],
        happened: &mut TableResponse,
    ) {
        let tokens = Tokens::of(ui);
        let right = ui.available_rect_before_wrap().right();
        let (window, seen) = (ui.clip_rect().y_range(), ui.clip_rect().right());
        // Where there is too little room, all columns give way alike.
        let spacing = space::M * self.columns.len() as f32 + ui.spacing().scroll.allocated_width();
        let wanted: f32 = self.columns.iter().map(|c| c.width).sum();
        let share = ((ui.available_width() - spacing) / wanted.max(1.0)).clamp(0.2, 1.0);
        let salt = (self.id, (share * 50.0) as i32);
        // Inside a page that scrolls there may seem to be no height left, and the rows would not be shown at all.
        let natural = order.len() as f32 * self.tall;
        let part_of_a_page = if self.max_height.is_finite() {
            self.max_height <= PART_OF_A_PAGE
        } else {
            order.len() <= SHORT
        };
        let least = if part_of_a_page {
            natural.min(self.max_height)
        } else {
            0.0
        };
        let mut builder = TableBuilder::new(ui)
            .id_salt(salt)
            .sense(Sense::click())
            .cell_layout(Layout::left_to_right(Align::Center))
            .min_scrolled_height(least)
            .max_scroll_height(self.max_height)
            .auto_shrink([false, true]);
        for column in &self.columns {
            builder = builder.column(if column.takes_rest {
                Column::remainder()
                    .at_least(column.width * share)
                    .clip(true)
            } else {
                Column::initial(column.width * share)
                    .at_least(28.0)
                    .clip(true)
                    .resizable(true)
            });
        }
        let sort = state.sort.or(self.sort);
        builder
            .header(ROW_HEIGHT, |mut header| {
                let (mut whole, mut below) = (Rect::NOTHING, None);
                for (index, column) in self.columns.iter().enumerate() {
                    let (_, cell) = header.col(|ui| {
                        let layout = if column.right {
                            Layout::right_to_left(Align::Center)
                        } else {
                            Layout::left_to_right(Align::Center)
                        };
                        ui.with_layout(layout, |ui| {
                            let sorted = sort.filter(|(c, _)| *c == index).map(|(_, d)| d);
                            if header_ui(ui, &column.title, sorted, tokens) {
                                let descending = sorted.map_or(column.value.is_some(), |d| !d);
                                state.sort = Some((index, descending));
                            }
                        });
                    });
                    whole = whole.union(cell.rect);
                    below = Some(cell);
                }
                if let Some(cell) = below {
                    let whole = whole.with_max_x(whole.right().min(right).min(seen));
                    underline(&cell, whole, window, tokens.control_border);
                }
            })
            .body(|body| {
                body.rows(self.tall, order.len(), |mut row| {
                    let Some(index) = order.get(row.index()).copied() else {
                        return;
                    };
                    let Some(data) = self.rows.get(index) else {
                        return;
                    };
                    let chosen = match self.current {
                        Some(current) => current == Some(index),
                        None => state.selected.contains(&index),
                    };
                    row.set_selected(chosen);
                    let mut visible = Rangef::NOTHING;
                    for column in &self.columns {
                        row.col(|ui| {
                            visible = ui.clip_rect().y_range();
                            cell_ui(ui, column, data);
                        });
                    }
                    let response = row.response();
                    let whole = response
                        .rect
                        .with_max_x(response.rect.right().min(right).min(seen));
                    underline(&response, whole, visible, tokens.border);
                    if response.clicked() {
                        state.active = true;
                        happened.clicked = Some(index);
                        let modifiers = response.ctx.input(|i| i.modifiers);
                        select(state, order, index, modifiers);
                    }
                    if response.double_clicked() {
                        happened.opened = Some(index);
                    }
                });
            });
    }

    fn keys(
        &self,
        ui: &Ui,
        rect: egui::Rect,
        state: &mut State,
        order: &[usize],
        happened: &mut TableResponse,
    ) {
        let pressed_outside = ui.input(|i| {
            i.pointer.any_pressed() && i.pointer.interact_pos().is_some_and(|p| !rect.contains(p))
        });
        if pressed_outside {
            state.active = false;
        }
        if !state.active || ui.memory(|m| m.focused().is_some()) {
            return;
        }
        let copy = ui.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Copy)));
        if copy {
            ui.copy_text(self.copied(state, order));
        }
        let step = ui.input_mut(|i| {
            let none = egui::Modifiers::NONE;
            i64::from(i.consume_key(none, egui::Key::ArrowDown))
                - i64::from(i.consume_key(none, egui::Key::ArrowUp))
        });
        if step != 0 {
            let now = state
                .anchor
                .and_then(|a| order.iter().position(|row| *row == a));
            let next = now.map_or(0, |at| {
                (at as i64 + step).clamp(0, order.len() as i64 - 1).max(0) as usize
            });
            if let Some(row) = order.get(next).copied() {
                select(state, order, row, egui::Modifiers::NONE);
                happened.clicked = Some(row);
            }
        }
    }
}

/// A click selects, Ctrl adds or takes away, Shift extends.
fn select(state: &mut State, order: &[usize], row: usize, modifiers: egui::Modifiers) {
    let place = |wanted: usize| order.iter().position(|r| *r == wanted);
    match state.anchor.and_then(place).zip(place(row)) {
        Some((from, to)) if modifiers.shift => {
            state.selected = order
                .get(from.min(to)..=from.max(to))
                .unwrap_or_default()
                .iter()
                .copied()
                .collect();
            return;
        }
        _ if modifiers.command => {
            if !state.selected.remove(&row) {
                state.selected.insert(row);
            }
        }
        _ => state.selected = BTreeSet::from([row]),
    }
    state.anchor = Some(row);
}

/// A line below a row, within what the scroll area shows of it.
fn underline(response: &egui::Response, row: Rect, visible: Rangef, color: Color32) {
    let clip = Rect::from_x_y_ranges(row.x_range(), visible);
    let painter = egui::Painter::new(response.ctx.clone(), response.layer_id, clip);
    let stroke = egui::Stroke::new(1.0, color);
    painter.hline(row.x_range(), row.bottom() - 0.5, stroke);
}

/// A header that sorts; true when it was clicked. `sorted` is `Some(descending)` for the column in charge.
fn header_ui(ui: &mut Ui, title: &str, sorted: Option<bool>, tokens: &Tokens) -> bool {
    let text = RichText::new(title)
        .family(theme::strong_family())
        .size(TEXT_SMALL)
        .color(if sorted.is_some() {
            tokens.text
        } else {
            tokens.muted
        });
    ui.spacing_mut().item_spacing.x = 2.0;
    ui.spacing_mut().button_padding.x = 0.0;
    let response = ui.add(egui::Button::new(text).frame(false).truncate());
    if let Some(descending) = sorted {
        let icon = if descending { icons::DOWN } else { icons::UP };
        ui.add(
            Label::new(theme::icon(icon).size(TEXT_SMALL).color(tokens.muted)).selectable(false),
        );
    }
    response
        .on_hover_text(format!("Sort by {}", title.to_lowercase()))
        .clicked()
}
