//! Options and what they cost: do nothing, add capacity, add more. Prices and growth are cells that a reader fills in;
//! every date and cost is a formula over them.
//!
//! Dates here are a straight line from the last value at the growth of the forecast's model, so that they move with the
//! inputs; the sheet Capacity has the dates of the forecast itself.

use super::capacity::crossing_sentence;
use super::committed;
use super::figures::decimals_for;
use super::summary::by_urgency;
use crate::report::findings::{Findings, ForecastFinding};
use crate::report::input::Input;
use crate::report::model::{Cell, Column, Content, NumberFormat, Sheet, Table};

/// Limits that get options.
const MOST: usize = 5;
/// Days beyond which a straight line says nothing.
const TEN_YEARS: f64 = 3_650.0;
const ADDED: f64 = 0.25;

/// A limit with what its options start from, in the unit of the series.
struct Start<'a> {
    finding: &'a ForecastFinding,
    unit: &'a str,
    last: f64,
    limit: f64,
    /// In 30 days.
    growth: f64,
    chance: f64,
}

fn starts(findings: &Findings) -> Vec<Start<'_>> {
    by_urgency(findings)
        .into_iter()
        .filter_map(|(finding, crossing)| {
            let forecast = finding.forecast.as_ref()?;
            let (_, last) = forecast.history.last()?;
            Some(Start {
                finding,
                unit: &forecast.unit,
                last: *last,
                // With what is planned already: options are what comes on top.
                limit: crossing
                    .limits
                    .last()
                    .map_or(crossing.threshold, |(_, limit)| *limit),
                growth: forecast.growth_per_month.unwrap_or(0.0),
                chance: crossing.probability_within_horizon,
            })
        })
        .take(MOST)
        .collect()
}

/// The sheet; `None` where no limit has a forecast and nothing is planned.
pub fn sheet(findings: &Findings) -> Option<Sheet> {
    let starts = starts(findings);
    if starts.is_empty() && findings.committed.is_none() {
        return None;
    }
    let mut grid = vec![26.0, 19.0];
    grid.extend([12.5; 11]);
    grid.push(30.0);
    let fill_in = "Fill in the yellow cells: everything else follows from them.";
    let lead = match committed::sentence(findings) {
        Some(plan) => format!("{plan} {fill_in}"),
        None => format!(
            "What can be done about each limit, until when it lasts and what it costs in twelve months. {fill_in}"
        ),
    };
    let mut sheet = Sheet::new("Options & cost", lead, grid);
    committed::add(&mut sheet, findings);
    if starts.is_empty() {
        return Some(sheet);
    }
    sheet.add_table(inputs(&starts));
    sheet.add_table(options(findings, &starts));
    sheet.add(Content::Remark(
        "Days left and dates are a straight line from the last value at the growth of the forecast, times the factor above; the sheet Capacity has the dates of the forecast with their ranges. Cost in 12 months: once, plus twelve times the monthly cost, plus the days over the limit within 365 days.".to_owned(),
    ));
    Some(sheet)
}

fn inputs(starts: &[Start<'_>]) -> Table {
    let input = |name: String, value, format, low, high, prompt: String| {
        Cell::Input(Box::new(Input {
            name,
            value,
            format,
            low,
            high,
            prompt,
        }))
    };
    let mut rows = vec![
        vec![
            Cell::text("Growth against the forecast"),
            Cell::text("all series"),
            input(
                "growth_factor".to_owned(),
                Some(1.0),
                NumberFormat::plain(2),
                0.0,
                10.0,
                "1 is the growth of the forecast, 2 is twice as fast, 0 is none.".to_owned(),
            ),
            Cell::text("times; 1 is as forecast, from 0 to 10"),
        ],
        vec![
            Cell::text("Cost of a day over a limit"),
            Cell::text("all series"),
            input(
                "cost_of_a_day_over".to_owned(),
                None,
                NumberFormat::plain(2),
                0.0,
                1e9,
                "What a day over the limit costs: lost sales, penalties, people.".to_owned(),
            ),
            Cell::text("money a day: the cost of doing nothing"),
        ],
    ];
    let percent = NumberFormat {
        decimals: 0,
        percent: true,
        ..NumberFormat::default()
    };
    for (number, start) in (1..).zip(starts) {
        let series = &start.finding.series;
        let unit = unit_word(start.unit);
        rows.push(vec![
            Cell::text("Capacity added by the first step"),
            Cell::text(series),
            input(
                format!("added_{number}"),
                Some(ADDED),
                percent.clone(),
                0.0,
                10.0,
                "Share of the limit that the first step adds; the second adds twice as much."
                    .to_owned(),
            ),
            Cell::text("of the limit, from 0 to 1,000 %"),
        ]);
        for (name, what, words) in [
            ("price_once", "Price to buy", "once"),
            ("price_month", "Price to run", "a month"),
        ] {
            rows.push(vec![
                Cell::text(what),
                Cell::text(series),
                input(
                    format!("{name}_{number}"),
                    None,
                    NumberFormat::plain(2),
                    0.0,
                    1e9,
                    format!("What one {unit} more costs {words}."),
                ),
                Cell::text(format!("money for one {unit} more, {words}")),
            ]);
        }
    }
    Table {
        id: "inputs".to_owned(),
        title: "Assumptions to fill in".to_owned(),
        columns: vec![
            Column::text("Input", 1),
            Column::text("For", 1),
            Column::number("Value", 1),
            Column::text("Meaning", 4),
        ],
        rows,
        ..Table::default()
    }
}

fn unit_word(unit: &str) -> String {
    match unit {
        "" => "unit".to_owned(),
        "%" => "percentage point".to_owned(),
        "/s" => "request per second".to_owned(),
        unit => unit.to_owned(),
    }
}

/// Days until a straight line from `last` reaches `limit`, from none to ten years.
fn days_left(last: f64, limit: f64, growth: f64) -> f64 {
    if last >= limit {
        0.0
    } else if growth <= 0.0 {
        TEN_YEARS
    } else {
        ((limit - last) / growth * 30.0).min(TEN_YEARS)
    }
}

fn options(findings: &Findings, starts: &[Start<'_>]) -> Table {
    let mut rows = Vec::new();
    for (number, start) in (1..).zip(starts) {
        for (steps, name) in [
            (0, "Do nothing"),
            (1, "Add the first step"),
            (2, "Add twice as much"),
        ] {
            rows.push(option(findings, start, number, steps, name));
        }
    }
    Table {
        id: "options".to_owned(),
        title: "Options".to_owned(),
        columns: vec![
            Column::text("Series", 1),
            Column::text("Option", 1),
            Column::number("Last value", 1),
            Column::number("Limit", 1),
            Column::number("Growth in 30 days", 1),
            Column::number("Capacity gained", 1),
            Column::number("Days left, up to ten years", 1),
            Column::centre("Lasts until", 1),
            Column::number("Once", 1),
            Column::number("A month", 1),
            Column::number("Days over in 12 months", 1),
            Column::number("Cost of these days", 1),
            Column::number("Cost in 12 months", 1),
            Column::text("Risk", 1),
        ],
        rows,
        ..Table::default()
    }
}

fn option(
    findings: &Findings,
    start: &Start<'_>,
    number: usize,
    steps: u8,
    name: &str,
) -> Vec<Cell> {
    let gained = start.limit * ADDED * f64::from(steps);
    let days = days_left(start.last, start.limit + gained, start.growth);
    let today = findings.as_of.date(&findings.zone);
    let until = jiff::Span::new()
        .try_days(days.floor() as i64)
        .ok()
        .filter(|_| days < TEN_YEARS)
        .and_then(|span| today.checked_add(span).ok());
    let value = |v: f64| Cell::number(v, decimals_for(v, start.unit).min(2));
    let formula = |text: String, result: Cell| Cell::Formula(text, Box::new(result));
    let money = |v: f64| Cell::number(v, 2);
    let price = |which: &str| match steps {
        0 => money(0.0),
        _ => formula(
            format!("IF(ISNUMBER({which}_{number}),{{5}}*{which}_{number},\"enter a price\")"),
            Cell::text("enter a price"),
        ),
    };
    vec![
        Cell::text(&start.finding.series),
        Cell::text(name),
        value(start.last),
        value(start.limit),
        value(start.growth),
        formula(format!("{{3}}*added_{number}*{steps}"), value(gained)),
        formula(
            format!(
                "IF({{2}}>={{3}}+{{5}},0,IF({{4}}*growth_factor<=0,{TEN_YEARS},MIN({TEN_YEARS},({{3}}+{{5}}-{{2}})/({{4}}*growth_factor)*30)))"
            ),
            Cell::number(days, 0),
        ),
        formula(
            format!(
                "IF({{6}}>={TEN_YEARS},\"after ten years\",DATE({},{},{})+INT({{6}}))",
                today.year(),
                today.month(),
                today.day()
            ),
            until.map_or_else(|| Cell::text("after ten years"), Cell::Day),
        ),
        price("price_once"),
        price("price_month"),
        formula("MAX(0,365-{6})".to_owned(), Cell::number((365.0 - days).max(0.0), 0)),
        formula(
            "IF({10}=0,0,IF(ISNUMBER(cost_of_a_day_over),{10}*cost_of_a_day_over,\"enter a cost\"))"
                .to_owned(),
            if days >= 365.0 {
                money(0.0)
            } else {
                Cell::text("enter a cost")
            },
        ),
        formula(
            "IF(COUNT({8},{9},{11})=3,{8}+12*{9}+{11},\"inputs missing\")".to_owned(),
            if steps == 0 && days >= 365.0 {
                money(0.0)
            } else {
                Cell::text("inputs missing")
            },
        ),
        Cell::text(risk(findings, start, steps)),
    ]
}

fn risk(findings: &Findings, start: &Start<'_>, steps: u8) -> String {
    let capacity = start
        .finding
        .forecast
        .as_ref()
        .and_then(|f| f.capacity.as_ref());
    match (steps, capacity) {
        (0, Some(crossing)) => format!(
            "{}; chance within the horizon {}",
            crossing_sentence(findings, &start.finding.series, crossing),
            super::figures::percent(start.chance)
        ),
        (0, None) => String::new(),
        (1, _) => "Faster growth brings the date closer; try a larger factor".to_owned(),
        _ => "Money is bound early if growth slows down".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_ends_at_the_limit() {
        assert!((days_left(1_480.0, 1_600.0, 78.0) - 46.153_846).abs() < 1e-5);
        assert_eq!(days_left(80.0, 80.0, 1.0), 0.0);
        assert_eq!(days_left(10.0, 80.0, 0.0), TEN_YEARS);
        assert_eq!(days_left(10.0, 80.0, -3.0), TEN_YEARS);
        assert_eq!(days_left(10.0, 80.0, 1e-9), TEN_YEARS);
    }
}
