//! The form for one thing that a person knows beside the data. Read as one types; a mistake stands below its field.

use eframe::egui::{ComboBox, Id, Modal, Role, Ui, WidgetInfo};
use jiff::civil::Date;

use super::Cx;
use super::forecast_fact::Fact;
use super::parts::{decide_ui, entered, field_ui, labelled_ui, note_ui, problem_ui};
use crate::analysis::forecast::plan::{
    Addition, Change, Event, Holiday, Ignored, parse_amount, parse_effect,
};
use crate::calendar::{Instant, Zone, parse_time};
use crate::ui::theme::{self, space};

/// What can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Change,
    Event,
    Holiday,
    Ignored,
    Addition,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Change,
        Self::Event,
        Self::Holiday,
        Self::Ignored,
        Self::Addition,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Change => "a change that lasts",
            Self::Event => "an event that passes",
            Self::Holiday => "a holiday",
            Self::Ignored => "past to leave out",
            Self::Addition => "capacity to come",
        }
    }

    const fn explains(self) -> &'static str {
        match self {
            Self::Change => {
                "From this day on the forecast is that much higher or lower: a new customer, a migration"
            }
            Self::Event => {
                "The forecast of these days is changed. Once they are over, they are left out of the fit"
            }
            Self::Holiday => {
                "For all series. What it does is taken from its past days, of which two are needed; days of one name belong together"
            }
            Self::Ignored => {
                "An incident, a test: it stays in the chart, and the fit treats it as a gap"
            }
            Self::Addition => {
                "The limit rises from this day on. For a series in percent, give how much capacity is added to what is there, such as 25%"
            }
        }
    }
}

/// What is being typed.
#[derive(Clone, Debug)]
pub(super) struct Form {
    series: String,
    before: Option<Fact>,
    kind: Kind,
    from: String,
    to: String,
    effect: String,
    name: String,
    yearly: bool,
    lead: String,
    cost: String,
}

impl Form {
    /// A new one, on a day.
    pub(super) fn blank(series: &str, from: Date, addition: bool) -> Self {
        Self {
            series: series.to_owned(),
            before: None,
            kind: if addition {
                Kind::Addition
            } else {
                Kind::Change
            },
            from: from.to_string(),
            to: String::new(),
            effect: String::new(),
            name: String::new(),
            yearly: false,
            lead: String::new(),
            cost: String::new(),
        }
    }

    /// One that is changed.
    pub(super) fn of(series: &str, fact: &Fact, zone: &Zone) -> Self {
        let mut form = Self::blank(series, Date::default(), false);
        form.before = Some(fact.clone());
        fact.name().clone_into(&mut form.name);
        let time = |at: Instant| at.format(zone, "%Y-%m-%d %H:%M").replace(" 00:00", "");
        match fact {
            Fact::Change(c) => {
                form.kind = Kind::Change;
                form.from = c.from.to_string();
                form.effect = c.effect.typed();
            }
            Fact::Event(e) => {
                form.kind = Kind::Event;
                form.from = e.from.to_string();
                form.to = e.to.to_string();
                form.effect = e.effect.typed();
            }
            Fact::Holiday(h) => {
                form.kind = Kind::Holiday;
                form.from = h.date.to_string();
                form.yearly = h.yearly;
            }
            Fact::Ignored(i) => {
                form.kind = Kind::Ignored;
                form.from = time(i.start);
                form.to = time(i.end);
            }
            Fact::Addition(a) => {
                form.kind = Kind::Addition;
                form.from = a.date.to_string();
                form.effect = a.amount.typed();
                form.lead = a.lead_time_days.map(|d| d.to_string()).unwrap_or_default();
                form.cost = a.unit_cost.map(|c| c.to_string()).unwrap_or_default();
            }
        }
        form
    }

    /// What was typed; a mistake with the field that it stands in.
    fn read(&self, zone: &Zone) -> Result<Fact, (&'static str, String)> {
        let day = |text: &str, field: &'static str| {
            text.trim()
                .parse::<Date>()
                .map_err(|_| (field, "A date such as 2027-03-01 is needed".to_owned()))
        };
        let name = self.name.trim().to_owned();
        let effect = || parse_effect(&self.effect).map_err(|m| ("effect", m));
        Ok(match self.kind {
            Kind::Change => Fact::Change(Change {
                from: day(&self.from, "from")?,
                effect: effect()?,
                name,
            }),
            Kind::Event => {
                let from = day(&self.from, "from")?;
                let to = if self.to.trim().is_empty() {
                    from
                } else {
                    day(&self.to, "to")?
                };
                if to < from {
                    return Err(("to", "It ends before it begins".to_owned()));
                }
                Fact::Event(Event {
                    from,
                    to,
                    effect: effect()?,
                    name,
                })
            }
            Kind::Holiday => Fact::Holiday(Holiday {
                date: day(&self.from, "from")?,
                name,
                yearly: self.yearly,
            }),
            Kind::Ignored => {
                let time = |text: &str, field: &'static str| {
                    parse_time(text, zone).map(|t| t.at).map_err(|_| {
                        (
                            field,
                            "A date such as 2026-05-03 or a time such as 2026-05-03 14:00 is needed"
                                .to_owned(),
                        )
                    })
                };
                let (start, end) = (time(&self.from, "from")?, time(&self.to, "to")?);
                if end <= start {
                    return Err(("to", "It ends before it begins".to_owned()));
                }
                Fact::Ignored(Ignored { start, end, name })
            }
            Kind::Addition => {
                let lead = self.lead.trim();
                let cost = self.cost.trim().replace([',', '_'], "");
                Fact::Addition(Addition {
                    date: day(&self.from, "from")?,
                    amount: parse_amount(&self.effect).map_err(|m| ("effect", m))?,
                    lead_time_days: if lead.is_empty() {
                        None
                    } else {
                        let days = lead.parse().ok().filter(|d| *d <= 3_650_u32);
                        Some(days.ok_or(("lead", "Days are needed, such as 45".to_owned()))?)
                    },
                    unit_cost: if cost.is_empty() {
                        None
                    } else {
                        let price = cost
                            .parse()
                            .ok()
                            .filter(|c: &f64| c.is_finite() && *c >= 0.0);
                        Some(price.ok_or((
                            "cost",
                            "A price of 0 or more is needed, such as 12.5".to_owned(),
                        ))?)
                    },
                    owner: name,
                })
            }
        })
    }
}

/// Shows the form; true when it is to go.
pub(super) fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut Form) -> bool {
    let modal = Modal::new(Id::unique("forecast-fact")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(480.0);
        fields_ui(ui, cx, form)
    });
    response.inner || response.should_close()
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut Form) -> bool {
    let limited = cx.state.doc.limits.iter().any(|l| l.series == form.series);
    ui.label(theme::title(if form.before.is_some() {
        "Change what is known"
    } else {
        "Add what you know"
    }));
    kind_ui(ui, form, limited);
    note_ui(ui, form.kind.explains());
    ui.add_space(space::S);
    let read = form.read(&cx.state.zone);
    let problem = |ui: &mut Ui, field: &str, typed: &str| {
        // An empty field is not wrong yet.
        if let Err((at, why)) = &read
            && *at == field
            && !typed.trim().is_empty()
        {
            problem_ui(ui, why);
        }
    };
    let first = match form.kind {
        Kind::Holiday => "On",
        _ => "From",
    };
    field_ui(ui, first, "2027-03-01", &mut form.from);
    problem(ui, "from", &form.from);
    if matches!(form.kind, Kind::Event | Kind::Ignored) {
        let hint = if form.kind == Kind::Event {
            "2027-03-04, the last day; empty for one day"
        } else {
            "2026-05-04, the first moment that counts again"
        };
        field_ui(ui, "To", hint, &mut form.to);
        problem(ui, "to", &form.to);
    }
    match form.kind {
        Kind::Change | Kind::Event => {
            let hint = "+20%, -10%, x3, or +50 in the unit of the series";
            field_ui(ui, "Effect", hint, &mut form.effect);
            problem(ui, "effect", &form.effect);
        }
        Kind::Addition => {
            let hint = "200 in the unit of the series, or 25%";
            field_ui(ui, "Amount", hint, &mut form.effect);
            problem(ui, "effect", &form.effect);
            let hint = "days; empty for that of the limit";
            field_ui(ui, "Lead time", hint, &mut form.lead);
            problem(ui, "lead", &form.lead);
            let hint = "price of one unit; of all of it for a percentage";
            field_ui(ui, "Unit cost", hint, &mut form.cost);
            problem(ui, "cost", &form.cost);
        }
        Kind::Holiday => {
            ui.checkbox(&mut form.yearly, "Every year on this date");
        }
        Kind::Ignored => {}
    }
    let (label, hint) = match form.kind {
        Kind::Addition => ("Owner", "Who sees to it"),
        Kind::Holiday => ("Name", "Christmas"),
        _ => ("Name", "What it is"),
    };
    field_ui(ui, label, hint, &mut form.name);
    let ready = read.is_ok();
    let deed = if form.before.is_some() {
        "Change it"
    } else {
        "Add it"
    };
    let entered = (entered(ui) && ready).then_some(true);
    let decided = decide_ui(ui, deed, ready, "It cannot be read yet");
    let Some(decided) = decided.or(entered) else {
        return false;
    };
    if let (true, Ok(fact)) = (decided, read) {
        let (series, before) = (form.series.clone(), form.before.clone());
        let verb = if before.is_some() { "change" } else { "add" };
        let name = format!("{verb} {}", form.kind.word());
        cx.edit(name, move |doc| fact.put(doc, &series, before.as_ref()));
    }
    true
}

fn kind_ui(ui: &mut Ui, form: &mut Form, limited: bool) {
    if form.before.is_some() {
        return;
    }
    labelled_ui(ui, "It is", |ui| {
        let combo = ComboBox::from_id_salt("forecast-fact-kind")
            .selected_text(form.kind.word())
            .width(200.0)
            .show_ui(ui, |ui| {
                for kind in Kind::ALL {
                    // Without a limit there is nothing to add to.
                    if kind != Kind::Addition || limited {
                        ui.selectable_value(&mut form.kind, kind, kind.word());
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "It is"));
        combo.response
    });
}
