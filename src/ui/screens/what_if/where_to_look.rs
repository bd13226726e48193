//! Where a solver looks: between two values, and among which sizes, where a person says so. What is typed is taken over
//! when the field is left.

use std::collections::BTreeMap;

use eframe::egui::{CollapsingHeader, Role, TextEdit, Ui, WidgetInfo};

use super::super::parts::{note_ui, problem_ui};
use crate::scenario::solve::{What, Within};
use crate::ui::questions::{Look, Question};
use crate::ui::theme::{self, space};

/// What was typed for one question, and what of it counts.
#[derive(Debug, Default)]
struct Typed {
    between: String,
    sizes: String,
    look: Look,
    problem: Option<String>,
}

/// What was said about each question, by its slug.
#[derive(Debug, Default)]
pub(super) struct WhereToLook(BTreeMap<&'static str, Typed>);

/// An example of a range, and what it counts.
const fn example(question: &Question) -> (&'static str, &'static str) {
    match question {
        Question::Solve(What::Growth) => ("1x..20x", "Growth"),
        Question::Solve(What::Target) => ("30%..90%", "Target"),
        Question::Solve(What::HitRatio) => ("0%..95%", "Hit ratio"),
        _ => ("1..500", "Number"),
    }
}

/// What was typed as a place to look; a sentence where it is none. Nothing typed is the usual place.
fn read(between: &str, sizes: &str) -> Result<Look, String> {
    let mut look = Look::default();
    if !between.trim().is_empty() {
        let within = Within::parse(between).filter(|w| w.low < w.high);
        look.within = Some(within.ok_or_else(|| {
            format!(
                "{between} is no range: write a lower and a higher value with two dots between, such as 1..500, 30%..90% or 1x..20x"
            )
        })?);
    }
    for size in sizes.split([',', ' ']).filter(|s| !s.is_empty()) {
        let cores = size.parse().ok();
        look.sizes.push(cores.filter(|c| *c > 0.0).ok_or_else(|| {
            format!("{size} is no size: write numbers of cores above 0, such as 1, 2, 4")
        })?);
    }
    Ok(look)
}

impl WhereToLook {
    /// Where the answer to a question is looked for.
    pub fn look(&self, question: &Question) -> Look {
        let typed = self.0.get(question.slug());
        typed.map(|t| t.look.clone()).unwrap_or_default()
    }

    /// Shows the fields, folded until somebody wants them.
    pub fn where_ui(&mut self, ui: &mut Ui, question: &Question) {
        let slug = question.slug();
        let (hint, counts) = example(question);
        let typed = self.0.entry(slug).or_default();
        let fold = CollapsingHeader::new(theme::muted(ui, "Where to look"));
        fold.id_salt(("what-if-where", slug)).show(ui, |ui| {
            let mut left = line_ui(ui, &format!("{counts} between"), hint, &mut typed.between);
            if *question == Question::Size {
                left |= line_ui(ui, "Sizes in cores", "1, 2, 4, 8, 16", &mut typed.sizes);
            }
            if left {
                match read(&typed.between, &typed.sizes) {
                    Ok(look) => (typed.look, typed.problem) = (look, None),
                    Err(why) => typed.problem = Some(why),
                }
            }
            match &typed.problem {
                Some(why) => problem_ui(ui, why),
                None => note_ui(ui, "Nothing written here is the usual range"),
            }
        });
    }
}

/// True where the field was left.
fn line_ui(ui: &mut Ui, name: &str, hint: &str, text: &mut String) -> bool {
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(name);
        let field = ui.add(
            TextEdit::singleline(text)
                .hint_text(hint)
                .desired_width(140.0),
        );
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
        field.lost_focus()
    });
    row.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_or_refused_with_what_to_write() {
        assert_eq!(read("", " "), Ok(Look::default()));
        let look = read("2..300", "1, 2 4").unwrap();
        let (low, high) = (2.0, 300.0);
        assert_eq!(look.within, Some(Within { low, high }));
        assert_eq!(look.sizes, [1.0, 2.0, 4.0]);
        for (between, sizes, says) in [
            ("9..2", "", "9..2 is no range"),
            ("many", "", "such as 1..500"),
            ("", "2, 0", "0 is no size"),
        ] {
            let why = read(between, sizes).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}
