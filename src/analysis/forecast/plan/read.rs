//! A plan as a file: what is known about all series, and about each by name. Every mistake names its line, its key and
//! what is accepted.

use jiff::civil::Date;

use super::holidays::{Holiday, parse_day};
use super::known::{Change, Event, ForecastPlan, Ignored};
use super::schedule::Addition;
use super::words::{Effect, parse_amount, parse_effect};
use crate::analysis::sla::SlaFileError;
use crate::calendar::{Instant, Zone, parse_time};
use crate::units::{Micros, parse_duration};
use crate::yaml::{Node, Value};

/// Keys of a plan.
const KEYS: [&str; 8] = [
    "changes",
    "events",
    "ignore",
    "start_after",
    "ignore_changes",
    "holidays",
    "additions",
    "series",
];

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map(|l| format!("line {l}: ")).unwrap_or_default())]
pub struct PlanFileError {
    /// 1-based line, where it is known.
    pub line: Option<u64>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl From<SlaFileError> for PlanFileError {
    fn from(error: SlaFileError) -> Self {
        Self {
            line: error.line,
            message: error.message,
        }
    }
}

/// What a file says about one series, or about all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesPlan {
    /// What happens to it; its `series` is the name as written, empty for all.
    pub plan: ForecastPlan,
    /// What happens to its limit.
    pub additions: Vec<Addition>,
}

/// A plan as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanFile {
    /// The plan for all series, then those by name, in the order of the file.
    pub plans: Vec<SeriesPlan>,
}

impl PlanFile {
    /// The names that it has plans for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.plans
            .iter()
            .map(|p| p.plan.series.as_str())
            .filter(|name| !name.is_empty())
    }
}

type Read<T> = Result<T, PlanFileError>;

fn wrong(node: &Node, message: String) -> PlanFileError {
    PlanFileError {
        line: Some(node.line),
        message,
    }
}

/// Reads a plan. Times without a zone are civil time in `zone`.
pub fn read_plan(yaml: &str, zone: &Zone) -> Read<PlanFile> {
    let root = Node::parse(yaml)?;
    if root.value == Value::Null {
        return Err(wrong(
            &root,
            format!("the plan is empty; it may have {}", KEYS.join(", ")),
        ));
    }
    let mut file = PlanFile {
        plans: vec![plan(&root, zone, true)?],
    };
    if let Some(node) = root.get("series") {
        for (name, node) in node.map("series")? {
            let mut own = plan(node, zone, false)?;
            name.trim().clone_into(&mut own.plan.series);
            file.plans.push(own);
        }
    }
    Ok(file)
}

fn plan(node: &Node, zone: &Zone, root: bool) -> Read<SeriesPlan> {
    let mut found = SeriesPlan::default();
    let into = &mut found.plan;
    for (key, node) in node.map("a plan")? {
        match key.as_str() {
            "changes" => into.changes = list(node, key, zone, change)?,
            "events" => into.events = list(node, key, zone, event)?,
            "ignore" => into.ignored = list(node, key, zone, ignored)?,
            "holidays" => into.holidays = list(node, key, zone, |n, _| holiday(n))?,
            "additions" => found.additions = list(node, key, zone, |n, _| addition(n))?,
            "start_after" => into.start_after = Some(time(node, key, zone)?),
            "ignore_changes" => {
                into.struck = match &node.value {
                    Value::List(items) => items
                        .iter()
                        .map(|item| time(item, key, zone))
                        .collect::<Read<_>>()?,
                    _ => vec![time(node, key, zone)?],
                };
            }
            "series" if root => {}
            other => {
                let known: Vec<&str> = KEYS
                    .into_iter()
                    .filter(|k| root || *k != "series")
                    .collect();
                return Err(wrong(
                    node,
                    format!(
                        "\"{other}\" is no key of a plan; it may have {}",
                        known.join(", ")
                    ),
                ));
            }
        }
    }
    Ok(found)
}

fn list<T>(
    node: &Node,
    key: &str,
    zone: &Zone,
    read: impl Fn(&Fields<'_>, &Zone) -> Read<T>,
) -> Read<Vec<T>> {
    let Value::List(items) = &node.value else {
        return Err(wrong(
            node,
            format!("{key} must be a list, one entry a \"- \" line"),
        ));
    };
    items
        .iter()
        .map(|item| {
            read(
                &Fields {
                    node: item,
                    list: key,
                },
                zone,
            )
        })
        .collect()
}

/// An entry of a list.
struct Fields<'a> {
    node: &'a Node,
    list: &'a str,
}

impl<'a> Fields<'a> {
    /// Refuses keys that are not known.
    fn only(&self, known: &[&str]) -> Read<()> {
        for (key, node) in self.node.map(&format!("an entry of {}", self.list))? {
            if !known.contains(&key.as_str()) {
                return Err(wrong(
                    node,
                    format!(
                        "\"{key}\" is no key of {}; an entry may have {}",
                        self.list,
                        known.join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }

    fn needed(&self, key: &str, such_as: &str) -> Read<&'a Node> {
        self.node.get(key).ok_or_else(|| {
            wrong(
                self.node,
                format!(
                    "an entry of {} needs \"{key}\", such as {key}: {such_as}",
                    self.list
                ),
            )
        })
    }

    fn text(&self, key: &str) -> Read<String> {
        match self.node.get(key) {
            Some(node) => Ok(node.text(key)?.to_owned()),
            None => Ok(String::new()),
        }
    }

    fn day(&self, key: &str) -> Read<Date> {
        let node = self.needed(key, "2027-03-01")?;
        match parse_day(node.text(key)?) {
            Some((date, false)) => Ok(date),
            _ => Err(not_a_day(node, key)?),
        }
    }

    fn effect(&self) -> Read<Effect> {
        let node = self.needed("effect", "+20%")?;
        parse_effect(node.text("effect")?).map_err(|m| wrong(node, format!("effect: {m}")))
    }
}

fn not_a_day(node: &Node, key: &str) -> Read<PlanFileError> {
    Ok(wrong(
        node,
        format!(
            "{key}: \"{}\" is no date; write one such as 2027-03-01",
            node.text(key)?
        ),
    ))
}

fn time(node: &Node, key: &str, zone: &Zone) -> Read<Instant> {
    let text = node.text(key)?;
    parse_time(text, zone).map(|t| t.at).map_err(|_| {
        wrong(
            node,
            format!(
                "{key}: \"{text}\" is no time; write a date such as 2027-03-01 or a time such as 2027-03-01 14:00"
            ),
        )
    })
}

fn change(entry: &Fields<'_>, _: &Zone) -> Read<Change> {
    entry.only(&["from", "effect", "name"])?;
    Ok(Change {
        from: entry.day("from")?,
        effect: entry.effect()?,
        name: entry.text("name")?,
    })
}

fn event(entry: &Fields<'_>, _: &Zone) -> Read<Event> {
    entry.only(&["from", "to", "effect", "name"])?;
    let from = entry.day("from")?;
    let to = match entry.node.get("to") {
        Some(_) => entry.day("to")?,
        None => from,
    };
    if to < from {
        return Err(wrong(
            entry.needed("to", "2027-03-01")?,
            format!("to: {to} lies before from ({from})"),
        ));
    }
    Ok(Event {
        from,
        to,
        effect: entry.effect()?,
        name: entry.text("name")?,
    })
}

fn ignored(entry: &Fields<'_>, zone: &Zone) -> Read<Ignored> {
    entry.only(&["from", "to", "name"])?;
    let from = entry.needed("from", "2026-05-03")?;
    let start = time(from, "from", zone)?;
    let last = entry.node.get("to").unwrap_or(from);
    // A date as the end means the whole day.
    let end = match parse_day(last.text("to")?) {
        Some((date, false)) => zone.start_of_day(date.tomorrow().unwrap_or(Date::MAX)),
        _ => time(last, "to", zone)?,
    };
    if end <= start {
        return Err(wrong(
            last,
            "to: it must lie after from; a date means until the end of that day".to_owned(),
        ));
    }
    Ok(Ignored {
        start,
        end,
        name: entry.text("name")?,
    })
}

fn holiday(entry: &Fields<'_>) -> Read<Holiday> {
    entry.only(&["date", "name", "yearly"])?;
    let node = entry.needed("date", "2026-12-25")?;
    let Some((date, every_year)) = parse_day(node.text("date")?) else {
        return Err(wrong(
            node,
            format!(
                "date: \"{}\" is no date; write one such as 2026-12-25, or 12-25 for every year",
                node.text("date")?
            ),
        ));
    };
    let yearly = match entry.node.get("yearly") {
        None => every_year,
        Some(node) => match node.text("yearly")? {
            "true" | "yes" => true,
            "false" | "no" => every_year,
            other => {
                return Err(wrong(
                    node,
                    format!("yearly: \"{other}\" is neither true nor false"),
                ));
            }
        },
    };
    Ok(Holiday {
        date,
        name: entry.text("name")?,
        yearly,
    })
}

fn addition(entry: &Fields<'_>) -> Read<Addition> {
    entry.only(&["date", "amount", "lead_time", "unit_cost", "owner"])?;
    let amount = entry.needed("amount", "200")?;
    let lead_time_days = entry
        .node
        .get("lead_time")
        .map(|node| {
            let text = node.text("lead_time")?;
            let days = text.parse::<u32>().ok().or_else(|| {
                let span = parse_duration(text).ok()?;
                u32::try_from(span.0 / Micros::DAY.0).ok()
            });
            days.filter(|d| *d <= 3_650).ok_or_else(|| {
                wrong(
                    node,
                    format!(
                        "lead_time: \"{text}\" is no lead time; write days such as 45d, up to 3650d"
                    ),
                )
            })
        })
        .transpose()?;
    let unit_cost = entry
        .node
        .get("unit_cost")
        .map(|node| {
            let text = node.text("unit_cost")?;
            let cost = text.replace(['_', ','], "").parse::<f64>().ok();
            cost.filter(|c| c.is_finite() && *c >= 0.0).ok_or_else(|| {
                wrong(
                    node,
                    format!(
                        "unit_cost: \"{text}\" is no price; write a number of 0 or more such as 12.5"
                    ),
                )
            })
        })
        .transpose()?;
    Ok(Addition {
        date: entry.day("date")?,
        amount: parse_amount(amount.text("amount")?)
            .map_err(|m| wrong(amount, format!("amount: {m}")))?,
        lead_time_days,
        unit_cost,
        owner: entry.text("owner")?,
    })
}
