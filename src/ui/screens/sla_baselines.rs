//! The baselines of the project: periods, load tests and figures by a name of their own, with which promises of
//! improvement and against regression are compared. Listed, added, renamed and removed.

use eframe::egui::{self, ComboBox, Id, Modal, Role, Ui, WidgetInfo};

use super::Cx;
use super::load_tests::{RunRow, run_rows};
use super::parts::{
    caution_ui, decide_ui, field_ui, icon_button_ui, labelled_ui, note_ui, problem_ui, section_ui,
};
use crate::analysis::decisions::Baseline;
use crate::analysis::sla::SlaReport;
use crate::calendar::Period;
use crate::ui::command::{Command, DocEdit};
use crate::ui::icons;
use crate::ui::state::AppState;
use crate::ui::theme::{self, Tokens, space};

/// Names that mean something by themselves.
const RESERVED: [&str; 2] = ["previous", "previous run"];

/// What the section and its form remember.
#[derive(Debug, Default)]
pub struct BaselinesView {
    form: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Period,
    Run,
    Figure,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Period, Self::Run, Self::Figure];

    const fn word(self) -> &'static str {
        match self {
            Self::Period => "a period",
            Self::Run => "a load test",
            Self::Figure => "a figure",
        }
    }

    const fn of(baseline: &Baseline) -> Self {
        if !baseline.value.is_empty() {
            Self::Figure
        } else if !baseline.run.is_empty() {
            Self::Run
        } else {
            Self::Period
        }
    }
}

/// What is being typed.
#[derive(Clone, Debug)]
struct Form {
    /// The one that is changed; `None` for a new one.
    before: Option<Baseline>,
    name: String,
    kind: Kind,
    period: String,
    run: String,
    value: String,
    /// Promises that name it.
    used_by: Vec<String>,
}

impl Form {
    fn blank(state: &AppState) -> Self {
        Self {
            before: None,
            name: String::new(),
            kind: Kind::Period,
            period: state.period.step(-1).to_string(),
            run: String::new(),
            value: String::new(),
            used_by: Vec::new(),
        }
    }

    fn of(baseline: &Baseline, used_by: Vec<String>) -> Self {
        Self {
            before: Some(baseline.clone()),
            name: baseline.name.clone(),
            kind: Kind::of(baseline),
            period: baseline.period.clone(),
            run: baseline.run.clone(),
            value: baseline.value.clone(),
            used_by,
        }
    }

    fn baseline(&self) -> Baseline {
        let only = |kind: Kind, text: &str| {
            if self.kind == kind {
                text.trim().to_owned()
            } else {
                String::new()
            }
        };
        Baseline {
            name: self.name.trim().to_owned(),
            period: only(Kind::Period, &self.period),
            run: only(Kind::Run, &self.run),
            value: only(Kind::Figure, &self.value),
        }
    }

    /// What is wrong with the name, and with what it stands for.
    fn problems(&self, others: &[Baseline]) -> [Option<String>; 2] {
        let name = self.name.trim();
        let own = self.before.as_ref().map(|b| b.name.as_str());
        let name = if name.is_empty() {
            Some("It needs a name, such as before the move".to_owned())
        } else if RESERVED.contains(&name) {
            Some(format!(
                "\"{name}\" always means what came before; give the baseline another name"
            ))
        } else if others.iter().any(|b| b.name == name && Some(name) != own) {
            Some(format!("There is a baseline called {name} already"))
        } else {
            None
        };
        let what = match self.kind {
            Kind::Period if Period::parse(self.period.trim()).is_err() => Some(format!(
                "\"{}\" is not a period; write 2026-06-14, 2026-W25, 2026-06, 2026-Q2 or 2026",
                self.period.trim()
            )),
            Kind::Run if self.run.is_empty() => Some("Pick a load test".to_owned()),
            Kind::Figure if !self.value.trim().starts_with(|c: char| c.is_ascii_digit()) => Some(
                "Write the figure with its unit, such as 620 MB, 350ms, 120_rps or 0.4%".to_owned(),
            ),
            _ => None,
        };
        [name, what]
    }
}

/// What a baseline stands for, in words.
fn words(baseline: &Baseline, state: &AppState) -> String {
    match Kind::of(baseline) {
        Kind::Figure => baseline.value.clone(),
        Kind::Period => {
            Period::parse(&baseline.period).map_or_else(|_| baseline.period.clone(), Period::title)
        }
        Kind::Run => {
            let rows = run_rows(state);
            let known = rows.iter().find(|r| {
                r.source.info.run_id() == baseline.run || r.source.info.file_name == baseline.run
            });
            match known {
                Some(row) => format!("the load test {}", row.name()),
                None => format!(
                    "the load test {}, which is not among the data",
                    baseline.run
                ),
            }
        }
    }
}

/// The promises that were compared with a baseline.
fn used_by(report: &SlaReport, name: &str) -> Vec<String> {
    let begins = format!("{name} (");
    report
        .objectives
        .iter()
        .filter(|o| {
            o.baseline
                .as_ref()
                .is_some_and(|b| b.name.starts_with(&begins))
        })
        .map(|o| o.name.clone())
        .collect()
}

/// Shows the section.
pub(super) fn show_ui(
    ui: &mut Ui,
    report: &SlaReport,
    state: &AppState,
    view: &mut BaselinesView,
    out: &mut Vec<Command>,
) {
    section_ui(ui, "Baselines");
    note_ui(
        ui,
        "Names for what promises of improvement, and against regression, are compared with: a promise says baseline: and the name",
    );
    let can_write = !state.read_only();
    for baseline in &state.doc.decisions.baselines {
        let users = used_by(report, &baseline.name);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(theme::icon(icons::TARGET).color(Tokens::of(ui).muted));
            ui.label(theme::strong(&baseline.name));
            ui.label(words(baseline, state));
            let used = match users.as_slice() {
                [] => "no promise of this period was compared with it".to_owned(),
                some => format!("used by {}", some.join(", ")),
            };
            ui.label(theme::muted(ui, used));
            let edit = ui.add_enabled(can_write, egui::Button::new("Edit…").small());
            let name = format!("Edit the baseline {}", baseline.name);
            edit.widget_info(|| WidgetInfo::labeled(Role::Button, can_write, &name));
            if edit.clicked() {
                view.form = Some(Form::of(baseline, users.clone()));
            }
            let remove = ui.add_enabled(can_write, egui::Button::new("Remove").small());
            let name = format!("Remove the baseline {}", baseline.name);
            remove.widget_info(|| WidgetInfo::labeled(Role::Button, can_write, &name));
            if remove.clicked() {
                let gone = baseline.name.clone();
                let name = format!("remove the baseline {gone}");
                out.push(Command::Edit(DocEdit::new(name, move |doc| {
                    doc.decisions.baselines.retain(|b| b.name != gone);
                })));
            }
        });
    }
    if icon_button_ui(ui, can_write, icons::ADD, "Add a baseline…").clicked() {
        view.form = Some(Form::blank(state));
    }
    ui.add_space(space::S);
}

/// The form, where it is open.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(mut form) = cx.view.sla.baselines.form.take() else {
        return;
    };
    let modal = Modal::new(Id::unique("baseline-form")).frame(theme::modal_frame(ui));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        fields_ui(ui, cx, &mut form)
    });
    if !response.inner && !response.should_close() {
        cx.view.sla.baselines.form = Some(form);
    }
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut Form) -> bool {
    let state = cx.state;
    let deed = if form.before.is_some() {
        "Change the baseline"
    } else {
        "Add the baseline"
    };
    ui.label(theme::title(deed));
    ui.add_space(space::S);
    let [name_problem, what_problem] = form.problems(&state.doc.decisions.baselines);
    field_ui(ui, "Name", "before the move", &mut form.name);
    if let Some(why) = name_problem.as_ref().filter(|_| !form.name.is_empty()) {
        problem_ui(ui, why);
    }
    let renamed = form
        .before
        .as_ref()
        .is_some_and(|b| b.name != form.name.trim());
    if renamed && !form.used_by.is_empty() {
        caution_ui(
            ui,
            &format!(
                "{} still names the old one: change it in the text of the promises too",
                form.used_by.join(", ")
            ),
        );
    }
    labelled_ui(ui, "What it is", |ui| {
        let combo = ComboBox::from_id_salt("baseline-kind")
            .selected_text(form.kind.word())
            .width(180.0)
            .show_ui(ui, |ui| {
                for kind in Kind::ALL {
                    ui.selectable_value(&mut form.kind, kind, kind.word());
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "What it is"));
        combo.response
    });
    match form.kind {
        Kind::Period => field_ui(ui, "Period", "2026-01", &mut form.period),
        Kind::Run => run_ui(ui, state, &mut form.run),
        Kind::Figure => field_ui(ui, "Figure", "620 MB", &mut form.value),
    }
    match &what_problem {
        Some(why) if form.kind != Kind::Figure || !form.value.is_empty() => problem_ui(ui, why),
        Some(why) => note_ui(ui, why),
        None if form.kind == Kind::Figure => note_ui(
            ui,
            "In the unit of what the promise measures; one that does not fit is not proven, and says so",
        ),
        None => {}
    }
    let ready = name_problem.is_none() && what_problem.is_none();
    let why_not = "It needs a name of its own and what it stands for";
    let Some(decided) = decide_ui(ui, deed, ready, why_not) else {
        return false;
    };
    if decided {
        let (before, after) = (form.before.clone(), form.baseline());
        let name = match &before {
            Some(before) if before.name != after.name => {
                format!("rename the baseline {} to {}", before.name, after.name)
            }
            Some(_) => format!("change the baseline {}", after.name),
            None => format!("add the baseline {}", after.name),
        };
        cx.edit(name, move |doc| {
            let list = &mut doc.decisions.baselines;
            let known = before
                .as_ref()
                .and_then(|before| list.iter_mut().find(|b| b.name == before.name));
            match known {
                Some(there) => *there = after.clone(),
                None => list.push(after.clone()),
            }
        });
    }
    true
}

fn run_ui(ui: &mut Ui, state: &AppState, run: &mut String) {
    let rows = run_rows(state);
    labelled_ui(ui, "Load test", |ui| {
        let known = rows.iter().find(|r| r.source.info.run_id() == run.as_str());
        let shown = known.map_or_else(
            || match run.as_str() {
                "" => "pick a load test".to_owned(),
                other => other.to_owned(),
            },
            RunRow::name,
        );
        let combo = ComboBox::from_id_salt("baseline-run")
            .selected_text(shown)
            .width(300.0)
            .truncate()
            .show_ui(ui, |ui| {
                for row in &rows {
                    let id = row.source.info.run_id();
                    if ui.selectable_label(run == id, row.name()).clicked() {
                        id.clone_into(run);
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Load test"));
        combo.response
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, kind: Kind, text: &str) -> Form {
        Form {
            before: None,
            name: name.to_owned(),
            kind,
            period: text.to_owned(),
            run: text.to_owned(),
            value: text.to_owned(),
            used_by: Vec::new(),
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let others = [Baseline {
            name: "launch".to_owned(),
            ..Baseline::default()
        }];
        for (form, place, says) in [
            (form(" ", Kind::Period, "2026-01"), 0, "needs a name"),
            (
                form("previous run", Kind::Period, "2026-01"),
                0,
                "another name",
            ),
            (form("launch", Kind::Period, "2026-01"), 0, "already"),
            (form("a", Kind::Period, "January"), 1, "2026-W25"),
            (form("a", Kind::Run, ""), 1, "Pick"),
            (form("a", Kind::Figure, "MB"), 1, "620 MB"),
        ] {
            let problems = form.problems(&others);
            let said = problems[place].as_deref().unwrap_or_default();
            assert!(said.contains(says), "{form:?}: {problems:?}");
            assert_eq!(problems[1 - place], None);
        }
        let good = form(" before ", Kind::Figure, "620 MB ");
        assert_eq!(good.problems(&others), [None, None]);
        let baseline = good.baseline();
        assert_eq!(
            (baseline.name.as_str(), baseline.value.as_str()),
            ("before", "620 MB")
        );
        assert!(baseline.period.is_empty() && baseline.run.is_empty());
        // One that is changed may keep its name.
        let mut own = Form::of(&others[0], Vec::new());
        own.period = "2026".to_owned();
        assert_eq!(own.problems(&others), [None, None]);
    }
}
