//! Names that are too long for their place. Series of one metric differ at their ends
//! (`disk_used_percent{host=host-017}`) and are cut in the middle: cut at the end they would all read alike.

use std::collections::BTreeMap;

use eframe::egui::{Color32, FontFamily, FontId, Label, Response, Role, TextStyle, Ui, WidgetInfo};

use crate::ui::theme;

/// Of what is kept this part is the end.
const END: f32 = 0.6;

/// The text with its middle left out, or its end where it has no labels, so that it is no wider than `room`; the whole
/// where it fits.
fn cut(text: &str, room: f32, width: impl Fn(&str) -> f32) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let labelled = text.ends_with('}');
    let keeping = |count: usize| -> String {
        let end = if labelled {
            (count as f32 * END).ceil() as usize
        } else {
            0
        };
        let begin = count.saturating_sub(end);
        let first = chars.iter().take(begin);
        let last = chars.iter().skip(chars.len().saturating_sub(end));
        first.chain(&['…']).chain(last).collect()
    };
    // The longest that fits: what is known to fit, and the first that does not.
    let (mut fits, mut too_long) = (0, chars.len());
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        if width(&keeping(middle)) <= room {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    keeping(fits)
}

/// Names of series (`metric{label=value, …}`) without the labels that all series of their metric share; where they share
/// all or none, and of a metric with one series, the whole.
pub fn telling(names: &[&str]) -> Vec<String> {
    let parts = |name: &str| -> Option<(String, Vec<String>)> {
        let (metric, labels) = name.strip_suffix('}')?.split_once('{')?;
        let labels = labels.split(", ").map(str::to_owned).collect();
        Some((metric.to_owned(), labels))
    };
    let mut metrics: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for (metric, labels) in names.iter().filter_map(|name| parts(name)) {
        let (series, counts) = metrics.entry(metric).or_default();
        *series += 1;
        for label in labels {
            *counts.entry(label).or_default() += 1;
        }
    }
    let short = |name: &str| {
        let (metric, labels) = parts(name)?;
        let (series, counts) = metrics.get(&metric)?;
        let own: Vec<String> = labels
            .into_iter()
            .filter(|label| counts.get(label).is_some_and(|count| count < series))
            .collect();
        (!own.is_empty()).then(|| format!("{metric}{{{}}}", own.join(", ")))
    };
    names
        .iter()
        .map(|name| short(name).unwrap_or_else(|| (*name).to_owned()))
        .collect()
}

/// What of a text stands in the room there is, in this family at the size of body text.
pub fn fitting(ui: &Ui, text: &str, room: f32, family: &FontFamily) -> String {
    let size = TextStyle::Body.resolve(ui.style()).size;
    let width = |part: &str| {
        let font = FontId::new(size, family.clone());
        let painter = ui.painter();
        let galley = painter.layout_no_wrap(part.to_owned(), font, Color32::WHITE);
        galley.size().x
    };
    cut(text, room, width)
}

/// A name in the heavier weight; the whole of it is read out, and stands under the pointer where it was cut.
pub fn name_ui(ui: &mut Ui, name: &str) -> (Response, bool) {
    let shown = fitting(ui, name, ui.available_width(), &theme::strong_family());
    let was_cut = shown != name;
    let label = Label::new(theme::strong(shown)).truncate();
    let response = ui.add(label.selectable(false));
    if was_cut {
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    }
    (response, was_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hundred_series_can_be_told_apart() {
        let width = |text: &str| text.chars().count() as f32;
        let names: std::collections::BTreeSet<String> = (0..300)
            .map(|n| format!("disk_used_percent{{host=host-{n:03}}}"))
            .map(|name| cut(&name, 15.0, width))
            .collect();
        assert_eq!(names.len(), 300);
        assert!(names.contains("disk_…host-017}"), "{names:?}");
    }

    #[test]
    fn labels_that_all_share_are_left_out() {
        let names = [
            "requests{code=200, job=shop}",
            "requests{code=500, job=shop}",
            "up{job=shop}",
            "cpu_percent",
        ];
        assert_eq!(
            telling(&names),
            [
                "requests{code=200}",
                "requests{code=500}",
                "up{job=shop}",
                "cpu_percent"
            ]
        );
        // The same series from two files has nothing of its own.
        assert_eq!(telling(&["up{job=a}", "up{job=a}"]), ["up{job=a}"; 2]);
    }

    #[test]
    fn what_fits_stays_and_no_room_is_no_disaster() {
        let width = |text: &str| text.chars().count() as f32;
        assert_eq!(cut("cpu", 3.0, width), "cpu");
        assert_eq!(cut("cpu_percent", 0.0, width), "…");
        assert_eq!(cut("Größe der Platte", 9.0, width), "Größe de…");
        assert_eq!(cut("", 0.0, width), "");
    }
}
