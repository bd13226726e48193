//! How the numbers were made, what the words mean, and what they were made from.

use super::figures::counted;
use crate::analysis::sla::SlaReport;
use crate::calendar::TimeRange;
use crate::report::ReportParams;
use crate::report::analyse::source_scope;
use crate::report::findings::Findings;
use crate::report::model::{Cell, Column, Sheet, Table};

/// The sheet that explains.
pub fn method(findings: &Findings, together: &SlaReport, params: &ReportParams) -> Sheet {
    let mut sheet = Sheet::new(
        "Method",
        "How the numbers of this report were made, in words that can be checked.",
        vec![26.0, 112.0],
    );
    sheet.add_table(two_columns(
        "method",
        "Method",
        "Subject",
        rules(findings, together, params),
    ));
    sheet.add_table(two_columns(
        "glossary",
        "Glossary",
        "Word",
        [
            ("achieved", "The figure of the whole period, rounded to the worse side: a figure that missed its target never reads as the target."),
            ("breached", "The promise was broken, whatever the unknown part of the data holds."),
            ("burn rate", "Used share of the error budget over elapsed share of the period. At 1 the budget is used up exactly at the end of the period."),
            ("coverage", "Share of the period (or of the expected slices) about which the data say something."),
            ("closed period", "A period whose results were frozen and whose workbook was signed. Data that come later make a restatement, which shows the old and the new number with a reason."),
            ("daylight saving time", "When the clock is set forward a day has 23 hours, when it is set back 25; the window of a month is that much shorter or longer."),
            ("error budget", "What the target allows to fail: time, requests or slices. What is left may be negative, and then says by how much."),
            ("MASE", "Mean absolute scaled error of a forecast: below 1 it does better than repeating the last season."),
            ("lead time", "Days between ordering capacity and having it."),
            ("met", "The promise was kept, whatever the unknown part of the data holds."),
            ("no data", "There is nothing to judge the promise by."),
            ("not proven", "The data do not decide it: the unknown part could turn the verdict."),
            ("P50, P95, P99", "Percentiles: half, 95 % and 99 % of the requests took at most this long."),
            ("P10, P50, P90 of a date", "One in ten, half and nine in ten of the simulated futures cross the limit by then."),
            ("range of 80 % or 95 %", "Where the value will lie in 80 or 95 of 100 cases, if the past says something about the future."),
            ("slice", "A day or an hour that is judged by itself."),
        ]
        .into_iter()
        .map(|(word, meaning)| (word.to_owned(), meaning.to_owned()))
        .collect(),
    ));
    sheet
}

fn two_columns(id: &str, title: &str, first: &str, rows: Vec<(String, String)>) -> Table {
    Table {
        id: id.to_owned(),
        title: title.to_owned(),
        columns: vec![Column::text(first, 1), Column::text("Meaning", 1)],
        rows: rows
            .into_iter()
            .map(|(a, b)| vec![Cell::text(a), Cell::text(b)])
            .collect(),
        ..Table::default()
    }
}

fn rules(
    findings: &Findings,
    together: &SlaReport,
    params: &ReportParams,
) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut say = |subject: &str, text: String| rows.push((subject.to_owned(), text));
    let minutes: Vec<String> = params
        .period
        .months()
        .into_iter()
        .map(|month| {
            let length = month.range(&findings.zone).length().0 / 60_000_000;
            format!(
                "{} has {}",
                month.title(),
                counted(length.unsigned_abs(), "minute", "minutes")
            )
        })
        .collect();
    say(
        "Calendar",
        format!(
            "Periods are those of the calendar in {}, with their real length, changes of the clock included: {}.{}",
            findings.zone.name(),
            minutes.join(", "),
            if params.period.has_months() {
                " A promise by the month is broken in the whole period if any month broke it."
            } else {
                ""
            }
        ),
    );
    if let Some(days) = changed_days(findings) {
        say("Change of the clock", days);
    }
    say(
        "As of",
        format!(
            "The report speaks as of {} and knows nothing later.{}",
            findings.as_of.format(&findings.zone, "%Y-%m-%d %H:%M:%S"),
            if findings.open {
                " The period was still running then: its verdicts hold so far."
            } else {
                ""
            }
        ),
    );
    say(
        "Verdicts",
        "Verdicts compare whole numbers (microseconds, requests, slices, parts per million), never rounded figures. The column Check on the sheet Promises repeats them as formulas over the counts, with the unknown part taken as good and as bad: only where both agree is a promise met or breached.".to_owned(),
    );
    say(
        "Availability",
        "Its source stands beside it. Maintenance and exclusions are left out as each rule says; the verdict without exclusions is printed too. Time about which nothing is known is not taken as up unless the rule says so.".to_owned(),
    );
    say(
        "Percentiles",
        "Hyndman-Fan type 7 (linear between closest ranks) over successful requests, from exact merges of counts. Percentiles are never averaged. Those with fewer than ten samples beyond them are marked as few samples.".to_owned(),
    );
    say(
        "Rounding",
        "Verdicts never see a rounded number. What is printed is rounded to the worse side: availability down, latency and error rate up, what is left of a budget down. A figure that missed its target is printed with as many decimals as it takes to show it.".to_owned(),
    );
    say(
        "Few requests",
        "An error rate of an hour with few requests says little: beside it stands the range in which the true rate lies with 95 % (Wilson, 1927).".to_owned(),
    );
    say(
        "Status",
        "Every status is a symbol and a word, and its colour only repeats it: ✔ met, ✖ breached, ? not proven, – no data.".to_owned(),
    );
    say(
        "Limit and budget used",
        "Worst, of the limit: the worst judged value (day, hour or month; else the whole period) over its target; for availability the failed share over the allowed share. Of the budget: what failed over what the target allows to fail.".to_owned(),
    );
    if !findings.forecasts.is_empty() {
        say(
            "Forecasts",
            "What is forecast stands beside each series (usually the daily P95 of a finer one). A limit counts as crossed when it is exceeded on several days of a week, as stated; dates are percentiles over simulated futures that match the printed ranges. The order-by date is the P10 date less the lead time.".to_owned(),
        );
        for forecast in findings
            .forecasts
            .iter()
            .filter_map(|f| f.forecast.as_ref())
        {
            for span in &forecast.left_out {
                let time =
                    |at: crate::calendar::Instant| at.format(&findings.zone, "%Y-%m-%d %H:%M");
                say(
                    &format!("Left out of {}", forecast.series),
                    format!(
                        "{} to {}: marked as known by {}: {}. The forecast was fitted as if nothing had been measured then.",
                        time(span.start),
                        time(span.end),
                        span.by,
                        span.reason
                    ),
                );
            }
            if let Some(capacity) = &forecast.capacity {
                say(
                    &format!("Crossing of {}", forecast.series),
                    format!(
                        "over {} on {} of {} consecutive days",
                        capacity.threshold_text, capacity.sustain.0, capacity.sustain.1
                    ),
                );
            }
        }
    }
    for objective in &together.objectives {
        say(
            &format!("Rule: {}", objective.name),
            format!("{}; measured from {}", objective.rule, objective.source),
        );
    }
    rows
}

/// The sheet that says what the report was made from.
pub fn provenance(findings: &Findings, params: &ReportParams) -> Sheet {
    let mut sheet = Sheet::new(
        "Provenance",
        "The same files, promises and limits give this report again, byte for byte.",
        vec![34.0, 16.0, 24.0, 12.0, 10.0, 17.0, 17.0, 13.0, 34.0],
    );
    let rows = findings
        .sources
        .iter()
        .map(|s| {
            vec![
                Cell::text(&s.file_name),
                Cell::text(&s.format),
                Cell::text(source_scope(&s.scope)),
                Cell::count(s.rows),
                Cell::count(s.rejected),
                Cell::of(s.first, Cell::Time),
                Cell::of(s.last, Cell::Time),
                Cell::count(s.bytes),
                Cell::text(
                    s.sha256
                        .clone()
                        .unwrap_or_else(|| "not computed".to_owned()),
                ),
            ]
        })
        .collect();
    sheet.add_table(Table {
        id: "sources".to_owned(),
        title: "Sources".to_owned(),
        columns: vec![
            Column::text("File", 1),
            Column::text("Format", 1),
            Column::text("Scope", 1),
            Column::number("Records", 1),
            Column::number("Rejected", 1),
            Column::centre("First", 1),
            Column::centre("Last", 1),
            Column::number("Bytes", 1),
            Column::text("SHA-256", 1),
        ],
        rows,
        empty: "No source takes part.".to_owned(),
        data: true,
        ..Table::default()
    });
    sheet.add_table(warnings(findings));
    let promises: Vec<String> = params.slas.iter().map(|(name, _)| name.clone()).collect();
    let limits: Vec<String> = params.limits.iter().map(|l| l.series.clone()).collect();
    let facts = vec![
        ("Program", format!("Headroom {}", findings.version)),
        (
            "Period",
            format!("{} in {}", findings.period, findings.zone.name()),
        ),
        ("Scope", findings.scope.clone()),
        ("As of", findings.as_of.to_string()),
        ("Promises", or_none(&promises)),
        ("Limits", or_none(&limits)),
        ("Hash of all inputs", findings.inputs_sha256.clone()),
        (
            "Hash of the settings alone",
            findings.settings_sha256.clone(),
        ),
        ("Command", command(findings, params)),
        (
            "PROJECT.headroom",
            "stands for the file of the project; run twice, the command writes the same bytes"
                .to_owned(),
        ),
    ];
    let facts: Vec<(&str, String)> = facts
        .into_iter()
        .filter(|(_, which)| !which.is_empty())
        .collect();
    sheet.add_table(Table {
        id: "facts".to_owned(),
        title: "Made with".to_owned(),
        columns: vec![Column::text("What", 1), Column::text("Which", 8)],
        rows: facts
            .into_iter()
            .map(|(what, which)| vec![Cell::text(what), Cell::text(which)])
            .collect(),
        ..Table::default()
    });
    sheet
}

/// The command that makes this workbook again.
fn command(findings: &Findings, params: &ReportParams) -> String {
    let quoted = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            text.to_owned()
        } else {
            format!("\"{}\"", text.replace('"', "\\\""))
        }
    };
    let mut words = vec![
        "headroom report --project PROJECT.headroom --period".to_owned(),
        findings.period.clone(),
        "--tz".to_owned(),
        quoted(findings.zone.name()),
    ];
    for (option, value) in [
        ("--service", &params.scope.service),
        ("--environment", &params.scope.environment),
    ] {
        if let Some(value) = value {
            words.extend([option.to_owned(), quoted(value)]);
        }
    }
    // Without it, a report speaks as of the end of its period, or of its data.
    if let Some(as_of) = params.as_of.filter(|_| findings.as_of != findings.end) {
        words.extend(["--as-of".to_owned(), as_of.to_string()]);
    }
    words.extend([
        "-o".to_owned(),
        quoted(&format!("{}.xlsx", super::file_stem(findings))),
    ]);
    words.join(" ")
}

/// The days of the period that have not 24 hours.
fn changed_days(findings: &Findings) -> Option<String> {
    let range = TimeRange {
        start: findings.start,
        end: findings.end,
    };
    let days: Vec<String> = findings
        .zone
        .days(range)
        .into_iter()
        .filter_map(|(date, day)| {
            let minutes = day.length().0 / 60_000_000;
            (minutes != 1_440 && minutes > 0).then(|| {
                format!(
                    "{} has {} instead of 1,440",
                    super::figures::long_day(date),
                    counted(minutes.unsigned_abs(), "minute", "minutes")
                )
            })
        })
        .collect();
    (!days.is_empty()).then(|| format!("The clock changes in this period: {}.", days.join(", ")))
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join("; ")
    }
}

fn warnings(findings: &Findings) -> Table {
    let mut rows = Vec::new();
    let mut add = |from: &str, list: &crate::warning::Warnings| {
        for warning in list.iter() {
            rows.push(vec![
                Cell::text(from),
                Cell::text(warning.kind.name()),
                Cell::count(warning.count),
                Cell::text(&warning.message),
            ]);
        }
    };
    for problem in crate::report::Look::of(&findings.decisions.branding).problems {
        let mut list = crate::warning::Warnings::default();
        list.add(crate::warning::WarningKind::Damaged, problem);
        add("Look of the report", &list);
    }
    for source in &findings.sources {
        add(&source.file_name, &source.warnings);
    }
    for sla in &findings.slas {
        add(&format!("Promises: {}", sla.name), &sla.report.warnings);
    }
    for forecast in findings
        .forecasts
        .iter()
        .filter_map(|f| f.forecast.as_ref())
    {
        add(
            &format!("Forecast: {}", forecast.series),
            &forecast.warnings,
        );
    }
    Table {
        id: "warnings".to_owned(),
        title: "What was noticed".to_owned(),
        columns: vec![
            Column::text("Where", 1),
            Column::text("Kind", 1),
            Column::number("Times", 1),
            Column::text("What", 6),
        ],
        rows,
        empty: "Nothing unusual was noticed while reading and judging.".to_owned(),
        ..Table::default()
    }
}
