//! What was unusual in the series that are shown: a list beside the marks in the charts, the breaches that fell into it,
//! and spans marked as known, which forecasts leave out.

use eframe::egui::{ComboBox, FontFamily, Id, Modal, Role, Ui, WidgetInfo};

use super::Cx;
use super::parts::{decide_ui, field_ui, icon_button_ui, note_ui, problem_ui, section_ui};
use crate::analysis::anomaly::{Anomalies, Anomaly, FalseAlarms, names_of};
use crate::analysis::decisions::KnownSpan;
use crate::analysis::sla::Breach;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::ui::icons;
use crate::ui::results::{AnomaliesRequest, Request, SeriesKey};
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};
use crate::ui::widgets::cut_name::fitting;
use crate::ui::widgets::{DataTable, PlotSpan, TableColumn};
use crate::units::{self, Micros};

/// The rates one may choose from.
const RATES: [FalseAlarms; 4] = [per(30), per(7), per(1), per(365)];
/// Height of the list, so that the charts below it stay in sight.
const HEIGHT: f32 = 168.0;

const fn per(days: i64) -> FalseAlarms {
    FalseAlarms {
        count: 1,
        per_secs: days * 86_400,
    }
}

/// One anomaly: its series, and when it began.
pub(super) type AnomalyKey = (SeriesKey, Instant);

/// A mark in a chart, with what it stands for.
pub(super) struct Marked {
    pub(super) key: AnomalyKey,
    pub(super) span: PlotSpan,
}

/// What the list and its form remember.
#[derive(Debug, Default)]
pub struct AnomaliesView {
    rate: FalseAlarms,
    pub(super) picked: Option<AnomalyKey>,
    form: Option<KnownSpan>,
    /// Who marked the last one.
    by: String,
}

/// One line of the list.
struct Row {
    key: AnomalyKey,
    name: String,
    unit: String,
    anomaly: Anomaly,
    during: String,
}

impl Row {
    /// Whether it is only a span that was marked as known, in which nothing is unusual (any more, or at this rate).
    fn marked_only(&self) -> bool {
        self.anomaly.size == 0.0
    }

    fn what(&self) -> String {
        if self.marked_only() {
            "as usual".to_owned()
        } else {
            self.anomaly.kind_words()
        }
    }

    fn off_by(&self) -> String {
        if self.marked_only() {
            "–".to_owned()
        } else {
            self.anomaly.size_words(&self.unit)
        }
    }

    fn sentence(&self, zone: &Zone) -> String {
        if self.marked_only() {
            format!("{}: nothing unusual then", self.anomaly.when_words(zone))
        } else {
            self.anomaly.sentence(&self.unit, zone)
        }
    }
}

/// Shows the list.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, keys: &[SeriesKey]) {
    cx.request(Request::Anomalies(AnomaliesRequest {
        series: keys.to_vec(),
        false_alarms: cx.view.explore.anomalies.rate,
    }));
    if !cx.state.doc.slas.is_empty() {
        cx.request(Request::Sla);
    }
    let state = cx.state;
    let rows = rows(state);
    head_ui(ui, state, &mut cx.view.explore.anomalies, &rows);
    if !rows.is_empty() {
        let current = cx.view.explore.anomalies.picked.clone();
        let place = rows.iter().position(|r| Some(&r.key) == current.as_ref());
        if let Some(row) = table_ui(ui, state, &rows, place).and_then(|i| rows.get(i)) {
            cx.view.explore.anomalies.picked = Some(row.key.clone());
            cx.view.explore.window.show_range(around(&row.anomaly));
        }
        deeds_ui(ui, cx, place.and_then(|i| rows.get(i)));
    }
    form_ui(ui, cx);
    ui.add_space(space::S);
}

/// All anomalies of the series that are shown, by time.
fn rows(state: &AppState) -> Vec<Row> {
    let breaches = state.results.sla.value.as_ref();
    let breaches = breaches.map_or(&[][..], |o| o.report.breaches.as_slice());
    let found = state.results.anomalies.value.iter().flat_map(|o| o.iter());
    let mut rows: Vec<Row> = found
        .filter_map(|(key, found)| Some((key, found.as_ref().ok()?)))
        .flat_map(|(key, found)| {
            with_marked_only(state, key, found)
                .into_iter()
                .map(|anomaly| Row {
                    key: (key.clone(), anomaly.start),
                    name: found.series.clone(),
                    unit: found.unit.clone(),
                    during: during(&anomaly, breaches),
                    anomaly,
                })
        })
        .collect();
    rows.sort_by(|a, b| (a.anomaly.start, &a.name).cmp(&(b.anomaly.start, &b.name)));
    rows
}

/// What was found in a series, and the spans that are marked as known although nothing is unusual in them: they are
/// left out of forecasts too, and can be unmarked.
fn with_marked_only(state: &AppState, key: &SeriesKey, found: &Anomalies) -> Vec<Anomaly> {
    let mut all = found.anomalies.clone();
    let source = state.dataset.source(&key.source_id);
    let known = source.map_or_else(Vec::new, |source| {
        let decisions = &state.doc.decisions;
        decisions.known_of(&found.series, &source.info.scope)
    });
    for span in known {
        if !all.iter().any(|a| a.known.as_ref() == Some(&span)) {
            all.push(Anomaly {
                start: span.start,
                end: span.end,
                known: Some(span),
                ..Anomaly::default()
            });
        }
    }
    all
}

/// `during breach of P95`; empty where no promise was broken then.
fn during(anomaly: &Anomaly, breaches: &[Breach]) -> String {
    match names_of(anomaly.breaches_within(breaches).map(|b| &*b.objective)).as_str() {
        "" => String::new(),
        names => format!("during breach of {names}"),
    }
}

/// The answer first, and how many false alarms are accepted.
fn head_ui(ui: &mut Ui, state: &AppState, view: &mut AnomaliesView, rows: &[Row]) {
    let slot = &state.results.anomalies;
    let unusual = || rows.iter().filter(|r| !r.marked_only());
    let known = unusual().filter(|r| r.anomaly.known.is_some()).count();
    let title = match (unusual().count(), slot.value.is_some()) {
        (_, false) => "Looking for what was unusual…".to_owned(),
        (0, true) => "Nothing unusual in what is shown".to_owned(),
        (1, true) => "1 unusual span in what is shown".to_owned(),
        (n, true) => format!("{} unusual spans in what is shown", units::count(n as u64)),
    };
    let rest = if known > 0 {
        format!(", {} of them known", units::count(known as u64))
    } else {
        String::new()
    };
    ui.horizontal_wrapped(|ui| {
        section_ui(ui, &format!("{title}{rest}"));
        ui.add_space(space::S);
        ui.label(theme::muted(ui, "for at most about"));
        let combo = ComboBox::from_id_salt("anomaly-rate")
            .selected_text(view.rate.words())
            .width(150.0)
            .show_ui(ui, |ui| {
                for rate in RATES {
                    ui.selectable_value(&mut view.rate, rate, rate.words());
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "False alarms"));
        combo.response.on_hover_text(
            "How many spans of each series may be called unusual by chance; fewer false alarms miss more",
        );
    });
    if let Some(error) = &slot.error {
        problem_ui(ui, error);
    }
    let outcome = slot.value.iter().flat_map(|o| o.iter());
    let refused: Vec<&String> = outcome.filter_map(|(_, r)| r.as_ref().err()).collect();
    if let Some(first) = refused.first() {
        note_ui(
            ui,
            &format!("{} of the series cannot be judged: {first}", refused.len()),
        );
    }
}

fn table_ui(ui: &mut Ui, state: &AppState, rows: &[Row], current: Option<usize>) -> Option<usize> {
    let zone = &state.zone;
    let wide = ui.available_width() >= 640.0;
    let version = rows.iter().fold(state.data_revision, |sum, row| {
        let known = u64::from(row.anomaly.known.is_some());
        sum.wrapping_mul(31) ^ row.anomaly.start.0.unsigned_abs() ^ known
    });
    let muted = |ui: &mut Ui, row: &Row, text: String| {
        let text = if row.anomaly.known.is_some() {
            theme::muted(ui, text)
        } else {
            text.into()
        };
        ui.add(eframe::egui::Label::new(text).selectable(false).truncate());
    };
    let from = move |r: &Row| r.anomaly.start.format(zone, "%-d %b %Y %H:%M");
    let mut table = DataTable::new("explore-anomalies", rows)
        .version(version)
        .current(current)
        .row_height(24.0)
        .max_height(HEIGHT)
        .column(
            TableColumn::text("Series", |r: &Row| r.name.clone())
                .painted(move |ui, r| {
                    let room = ui.available_width();
                    let name = fitting(ui, &r.name, room, &FontFamily::Proportional);
                    muted(ui, r, name);
                })
                .on_hover(|r| r.name.clone())
                .width(120.0),
        )
        .column(
            TableColumn::text("From", from)
                .painted(move |ui, r| muted(ui, r, from(r)))
                .sorted_by(|r| Some(r.anomaly.start.as_secs()))
                .on_hover(move |r| r.anomaly.when_words(zone))
                .width(128.0),
        )
        .column(
            TableColumn::text("Lasts", lasts)
                .sorted_by(|r| Some(r.anomaly.range().length().as_secs()))
                .on_hover(move |r| r.anomaly.when_words(zone))
                .width(88.0),
        )
        .column(
            TableColumn::text("What", Row::what)
                .on_hover(move |r| r.sentence(zone))
                .width(72.0),
        )
        .column(
            TableColumn::text("Off by", Row::off_by)
                .sorted_by(|r| Some(r.anomaly.size))
                .right()
                .on_hover(usual_then)
                .width(84.0),
        );
    if wide {
        table = table.column(
            TableColumn::number(
                "Deviations",
                |r: &Row| (!r.marked_only()).then_some(r.anomaly.deviations),
                units::number,
            )
            .width(78.0),
        );
    }
    let response = table
        .column(
            TableColumn::text("Known, or during", notes_of)
                .painted(move |ui, r| muted(ui, r, notes_of(r)))
                .on_hover(notes_of)
                .rest()
                .width(100.0),
        )
        .show(ui);
    response.clicked
}

/// `2 h 15 min`, or that it is not over.
fn lasts(row: &Row) -> String {
    if row.anomaly.open {
        "goes on".to_owned()
    } else {
        units::duration(row.anomaly.range().length())
    }
}

/// `12.3 % at its farthest, where 4 % to 9 % is usual`.
fn usual_then(row: &Row) -> String {
    if row.marked_only() {
        return "Nothing unusual then".to_owned();
    }
    let value = |v: f64| units::with_unit(v, &row.unit);
    format!(
        "{} at its farthest, where {} to {} is usual",
        value(row.anomaly.worst),
        value(row.anomaly.lo),
        value(row.anomaly.hi)
    )
}

fn notes_of(row: &Row) -> String {
    let known = row.anomaly.known.as_ref();
    let known = known.map(|k| format!("known: {} ({})", k.reason, k.by));
    let both = [known.unwrap_or_default(), row.during.clone()];
    let said: Vec<String> = both.into_iter().filter(|t| !t.is_empty()).collect();
    said.join("; ")
}

/// The span with as much again on either side, at least an hour.
fn around(anomaly: &Anomaly) -> TimeRange {
    let pad = anomaly.range().length().0.max(Micros::HOUR.0);
    TimeRange {
        start: Instant(anomaly.start.0.saturating_sub(pad)),
        end: Instant(anomaly.end.0.saturating_add(pad)),
    }
}

/// Marking as known, and taking that back.
fn deeds_ui(ui: &mut Ui, cx: &mut Cx<'_>, row: Option<&Row>) {
    let state = cx.state;
    let writable = !state.read_only();
    let known = row.and_then(|r| r.anomaly.known.clone());
    let why_not = if writable {
        "Pick a line of the list, or a mark in a chart"
    } else {
        "The project is open for reading only"
    };
    ui.horizontal_wrapped(|ui| {
        let can_mark = writable && row.is_some() && known.is_none();
        if icon_button_ui(ui, can_mark, icons::HIDE, "Mark as known…")
            .on_hover_text("Forecasts of the series leave it out, with your reason")
            .on_disabled_hover_text(why_not)
            .clicked()
        {
            cx.view.explore.anomalies.form = row.and_then(|r| blank(state, r));
        }
        let unmark = icon_button_ui(ui, writable && known.is_some(), icons::SHOW, "Unmark")
            .on_hover_text("Forecasts of the series use it again")
            .on_disabled_hover_text(why_not)
            .clicked();
        if let Some(known) = known.filter(|_| unmark) {
            cx.edit(
                format!("unmark {}", when(&known, &state.zone)),
                move |doc| {
                    doc.decisions.known_spans.retain(|span| *span != known);
                },
            );
        }
        if let Some(row) = row {
            note_ui(ui, &row.sentence(&state.zone));
        }
    });
}

/// A span that nobody has said anything of yet.
fn blank(state: &AppState, row: &Row) -> Option<KnownSpan> {
    let source = state.dataset.source(&row.key.0.source_id)?;
    let scope = &source.info.scope;
    Some(KnownSpan {
        series: row.name.clone(),
        service: scope.service.clone(),
        environment: scope.environment.clone(),
        start: row.anomaly.start,
        end: row.anomaly.end,
        ..KnownSpan::default()
    })
}

fn when(span: &KnownSpan, zone: &Zone) -> String {
    format!(
        "{} of {}",
        span.start.format(zone, "%-d %b %Y %H:%M"),
        span.series
    )
}

fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let state = cx.state;
    let view = &mut cx.view.explore.anomalies;
    let Some(mut span) = view.form.take() else {
        return;
    };
    if span.by.is_empty() && span.reason.is_empty() {
        span.by.clone_from(&view.by);
    }
    let modal = Modal::new(Id::unique("known-span-form")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        ui.label(theme::title("Mark as known"));
        let end = span.end.format(&state.zone, "%-d %b %Y %H:%M");
        let start = span.start.format(&state.zone, "%-d %b %Y %H:%M");
        ui.label(format!("{}, from {start} to {end}", span.series));
        note_ui(
            ui,
            "Forecasts of this series are fitted as if nothing had been measured then, and say so. Charts keep it, greyed.",
        );
        ui.add_space(space::S);
        field_ui(ui, "Reason", "Load test on production", &mut span.reason);
        field_ui(ui, "Your name", "Name", &mut span.by);
        let told = !span.reason.trim().is_empty() && !span.by.trim().is_empty();
        decide_ui(ui, "Mark as known", told, "It needs a reason and your name")
    });
    let decided = response.inner;
    if decided.is_none() && !response.should_close() {
        cx.view.explore.anomalies.form = Some(span);
        return;
    }
    if decided != Some(true) {
        return;
    }
    span.reason = span.reason.trim().to_owned();
    span.by = span.by.trim().to_owned();
    cx.view.explore.anomalies.by.clone_from(&span.by);
    cx.edit(
        format!("mark {} as known", when(&span, &state.zone)),
        move |doc| {
            doc.decisions.known_spans.push(span.clone());
        },
    );
}

/// The marks of one series in its chart; grey where they are known.
pub(super) fn marked(
    state: &AppState,
    key: &SeriesKey,
    line: &str,
    tokens: &Tokens,
) -> Vec<Marked> {
    let outcome = state.results.anomalies.value.as_ref();
    let found = outcome
        .and_then(|o| o.iter().find(|(of, _)| of == key))
        .and_then(|(_, found)| found.as_ref().ok());
    let mark = |unit: &str, anomaly: &Anomaly| Marked {
        key: (key.clone(), anomaly.start),
        span: PlotSpan {
            name: match &anomaly.known {
                Some(known) => format!("{line}: known: {}", known.reason),
                None => format!("{line}: {}", anomaly.sentence(unit, &state.zone)),
            },
            from: anomaly.start.as_secs(),
            to: anomaly.end.as_secs(),
            color: if anomaly.known.is_some() {
                tokens.muted
            } else {
                tokens.caution
            },
        },
    };
    found.map_or_else(Vec::new, |found| {
        let all = with_marked_only(state, key, found);
        all.iter().map(|a| mark(&found.unit, a)).collect()
    })
}
