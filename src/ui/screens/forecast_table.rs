//! All series as a table, also those without a limit: the ones that run out first on top, each with its history and its
//! forecast as a small line. A click opens the series.

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, Ui};

use super::Cx;
use super::parts::{
    answer_ui, crossing_range, crossing_text, date, icon_button_ui, note_ui, slot_ui,
};
use crate::calendar::Zone;
use crate::ui::icons;
use crate::ui::outlook::{LimitOutlook, Outlook, OutlookRequest, OutlookRow, SeriesOutlook};
use crate::ui::results::Request;
use crate::ui::widgets::{DataTable, TableColumn, TrendLine};
use crate::units;

/// Shows the table in place of the selected series.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let view = &cx.view.forecast;
    let request = OutlookRequest {
        horizon_days: view.horizon_days,
        aggregate: view.aggregate,
    };
    cx.request(Request::Outlook(request));
    let state = cx.state;
    let slot = &state.results.outlook;
    let sentence = slot
        .value
        .as_ref()
        .map_or_else(|| "All series".to_owned(), |o| sentence(o, &state.zone));
    answer_ui(ui, &sentence, "");
    let back = icon_button_ui(ui, true, icons::PREVIOUS, "Back to one series").clicked();
    let escaped = ui.memory(|m| m.focused().is_none())
        && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    if back || escaped {
        cx.view.forecast.all = false;
    }
    slot_ui(ui, slot, "Forecasting all series…", |ui, outlook| {
        table_ui(ui, cx, outlook);
    });
}

/// `3 of 14 series run out within the horizon; the first: disk on 3 Apr 2027.`
fn sentence(outlook: &Outlook, zone: &Zone) -> String {
    let all = units::count(outlook.rows.len() as u64);
    let limited = || {
        let found = outlook.rows.iter().filter_map(|r| Some((r, limit(r)?)));
        found.filter(|(_, l)| l.already_over || l.crossing.p50.is_some())
    };
    let Some((row, first)) = limited().min_by(|a, b| a.1.rank().total_cmp(&b.1.rank())) else {
        return match outlook.rows.iter().filter_map(limit).count() {
            0 => format!("None of {all} series has a limit yet."),
            _ => format!("None of {all} series is likely to reach a limit within the horizon."),
        };
    };
    let when = if first.already_over {
        format!("{} is over already", row.name)
    } else {
        format!("{} on {}", row.name, crossing_text(&first.crossing, zone))
    };
    match limited().count() {
        1 => format!("1 of {all} series runs out within the horizon: {when}."),
        n => {
            let count = units::count(n as u64);
            format!("{count} of {all} series run out within the horizon; the first: {when}.")
        }
    }
}

fn found(row: &OutlookRow) -> Option<&SeriesOutlook> {
    row.found.as_ref().ok()
}

fn limit(row: &OutlookRow) -> Option<&LimitOutlook> {
    found(row)?.limit.as_ref()
}

/// MASE over that of repeating the past: below 1 the model is better.
fn against_naive(row: &OutlookRow) -> Option<f64> {
    let found = found(row)?;
    let ratio = found.mase? / found.naive_mase?;
    ratio.is_finite().then_some(ratio)
}

fn printed(value: Option<f64>, row: &OutlookRow) -> String {
    value.map_or_else(|| "–".to_owned(), |v| units::with_unit(v, &row.unit))
}

fn table_ui(ui: &mut Ui, cx: &mut Cx<'_>, outlook: &Arc<Outlook>) {
    let zone = &cx.state.zone;
    let expected = |r: &OutlookRow| found(r).and_then(|f| f.expected);
    let last = |r: &OutlookRow| found(r).and_then(|f| f.last);
    note_ui(
        ui,
        "Click a series to look at it; any column sorts. Those that run out first stand on top, then those without a limit",
    );
    let selected = cx.view.forecast.selected().map(str::to_owned);
    let current = outlook
        .rows
        .iter()
        .position(|r| Some(&r.name) == selected.as_ref());
    let table = DataTable::new("forecast-all-series", &outlook.rows)
        .version(Arc::as_ptr(outlook).addr() as u64)
        .current(current)
        .row_height(26.0)
        .max_height((ui.available_height() - 70.0).max(200.0))
        .sorted(5, false)
        .column(
            TableColumn::text("Series", |r: &OutlookRow| r.name.clone())
                .strong()
                .rest()
                .width(150.0)
                .on_hover(|r| match &r.found {
                    Ok(found) => found.sentence.clone(),
                    Err(why) => format!("{}: {why}", r.name),
                }),
        )
        .column(
            TableColumn::text("History and forecast", |_: &OutlookRow| String::new())
                .painted(|ui, r| {
                    if let Some(found) = found(r) {
                        TrendLine::new(&found.history)
                            .ahead(&found.ahead)
                            .limit(found.limit.as_ref().map(|l| l.threshold))
                            .show(ui);
                    }
                })
                .width(140.0),
        )
        .column(
            TableColumn::text("Last value", move |r: &OutlookRow| printed(last(r), r))
                .sorted_by(last)
                .right()
                .width(84.0),
        )
        .column(
            TableColumn::text("Expected", move |r: &OutlookRow| printed(expected(r), r))
                .sorted_by(expected)
                .right()
                .width(84.0)
                .on_hover(move |r| expected_hover(r, zone)),
        )
        .column(
            TableColumn::text("Limit", |r: &OutlookRow| {
                limit(r).map_or_else(|| "–".to_owned(), |l| l.text.clone())
            })
            .right()
            .width(80.0),
        )
        .column(
            TableColumn::text("Runs out", move |r: &OutlookRow| runs_out(r, zone))
                .sorted_by(|r| limit(r).map(LimitOutlook::rank))
                .width(100.0)
                .on_hover(move |r| match (&r.found, limit(r)) {
                    (Err(why), _) => why.clone(),
                    (_, Some(l)) => format!("P10 to P90: {}", crossing_range(&l.crossing, zone)),
                    _ => "Set a limit to see when it is reached".to_owned(),
                }),
        )
        .column(
            TableColumn::number(
                "Chance %",
                |r: &OutlookRow| limit(r).map(|l| l.probability * 100.0),
                chance,
            )
            .width(76.0),
        )
        .column(
            TableColumn::text("Model", |r: &OutlookRow| {
                found(r).map_or_else(|| "–".to_owned(), |f| f.model.clone())
            })
            .width(100.0)
            .on_hover(|r| found(r).map_or_else(String::new, |f| f.model.clone())),
        )
        .column(
            TableColumn::number("Error", against_naive, |v| {
                format!("{} ×", units::number(v))
            })
            .width(72.0)
            .on_hover(error_hover),
        )
        .show(ui);
    // Keys move the selection; Enter or a click opens.
    let clicked = ui.input(|i| i.pointer.any_click());
    let entered = ui.memory(|m| m.focused().is_none())
        && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
    if let Some(row) = table.clicked.and_then(|i| outlook.rows.get(i)) {
        cx.view.forecast.pick(row.name.clone());
    }
    if (table.clicked.is_some() && clicked) || (entered && selected.is_some()) {
        cx.view.forecast.all = false;
    }
}

fn runs_out(row: &OutlookRow, zone: &Zone) -> String {
    match (&row.found, limit(row)) {
        (Err(_), _) => "no forecast".to_owned(),
        (Ok(_), Some(l)) if l.already_over => "over already".to_owned(),
        (Ok(_), Some(l)) => crossing_text(&l.crossing, zone),
        (Ok(_), None) => "no limit".to_owned(),
    }
}

/// A chance in percent that never reads as certain when it is not.
fn chance(percent: f64) -> String {
    if percent > 0.0 && percent < 1.0 {
        "under 1".to_owned()
    } else if percent > 99.0 && percent < 100.0 {
        "over 99".to_owned()
    } else {
        units::grouped(percent, 0)
    }
}

fn expected_hover(row: &OutlookRow, zone: &Zone) -> String {
    let Some((found, (low, high), end)) =
        found(row).and_then(|f| Some((f, f.range80?, f.horizon_end?)))
    else {
        return String::new();
    };
    format!(
        "{} on {}; 80 % range {} to {}",
        printed(found.expected, row),
        date(end, zone),
        units::with_unit(low, &row.unit),
        units::with_unit(high, &row.unit)
    )
}

fn error_hover(row: &OutlookRow) -> String {
    match found(row).map(|f| (f.mase, f.naive_mase)) {
        Some((Some(own), Some(naive))) => format!(
            "Error on the past over that of repeating the last season: MASE {} over {}",
            units::number(own),
            units::number(naive)
        ),
        _ => "It could not be tried on the past".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::forecast::Percentiles;
    use crate::calendar::Instant;

    fn row(name: &str, limit: Option<LimitOutlook>) -> OutlookRow {
        OutlookRow {
            name: name.to_owned(),
            unit: "%".to_owned(),
            found: Ok(SeriesOutlook {
                limit,
                mase: Some(0.6),
                naive_mase: Some(0.8),
                ..SeriesOutlook::default()
            }),
        }
    }

    #[test]
    fn the_answer_names_how_many_run_out_and_the_first() {
        let zone = Zone::utc();
        let at = |secs: i64| LimitOutlook {
            crossing: Percentiles {
                p50: Some(Instant(secs * 1_000_000)),
                ..Percentiles::default()
            },
            ..LimitOutlook::default()
        };
        let mut outlook = Outlook {
            rows: vec![row("cpu", None)],
        };
        assert_eq!(
            sentence(&outlook, &zone),
            "None of 1 series has a limit yet."
        );
        outlook
            .rows
            .push(row("disk", Some(LimitOutlook::default())));
        assert!(sentence(&outlook, &zone).contains("None of 2 series is likely"));
        outlook.rows.push(row("late", Some(at(1_900_000_000))));
        assert_eq!(
            sentence(&outlook, &zone),
            "1 of 3 series runs out within the horizon: late on 17 Mar 2030."
        );
        outlook.rows.push(row("soon", Some(at(1_800_000_000))));
        assert_eq!(
            sentence(&outlook, &zone),
            "2 of 4 series run out within the horizon; the first: soon on 15 Jan 2027."
        );
        assert!((against_naive(&outlook.rows[0]).unwrap() - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_chance_never_reads_as_certain() {
        assert_eq!(chance(99.6), "over 99");
        assert_eq!(chance(0.2), "under 1");
        assert_eq!(
            (chance(0.0), chance(100.0)),
            ("0".to_owned(), "100".to_owned())
        );
    }
}
