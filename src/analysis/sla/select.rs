//! Which requests an objective is about: patterns over labels, classes of labels, and the guess where a file names a
//! class but no patterns.

use std::collections::BTreeSet;

use super::SlaFile;
use super::objective::{Objective, ObjectiveScope};
use crate::dataset::RunSummary;

/// Whether a text fits a pattern in which `*` stands for anything and `|` stands between alternatives. Case does not
/// matter.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    pattern.split('|').any(|one| fits_one(one.trim(), text))
}

fn fits_one(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// A class guessed from a label: `/api` in it makes it an endpoint, another path or a page's name makes it a page.
fn guess(label: &str) -> Option<&'static str> {
    let lower = label.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    if lower.contains("graphql")
        || words
            .clone()
            .any(|w| w == "api" || w == "rest" || w == "rpc")
    {
        return Some("api_endpoints");
    }
    let path = lower.contains('/');
    let named = words.any(|w| {
        matches!(
            w,
            "page" | "pages" | "web" | "home" | "homepage" | "html" | "htm" | "index"
        )
    });
    (path || named).then_some("web_pages")
}

/// Picks labels for one objective and remembers what was guessed.
#[derive(Debug, Default)]
pub(super) struct Picker {
    guessed: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Picker {
    /// Whether a label belongs to a scope.
    pub fn takes(&mut self, label: &str, scope: &ObjectiveScope, file: &SlaFile) -> bool {
        if self.seen.len() < 200 {
            self.seen.insert(label.to_owned());
        }
        if scope.label.as_deref().is_some_and(|p| !any_fits(p, label)) {
            return false;
        }
        let Some(class) = scope.class.as_deref() else {
            return true;
        };
        if let Some(patterns) = file.classes.get(class) {
            return patterns.iter().any(|p| any_fits(p, label));
        }
        let listed = file.classes.values().flatten().any(|p| any_fits(p, label));
        if listed {
            return false;
        }
        let guessed = guess(label);
        if class == "other" {
            return guessed.is_none();
        }
        let taken = guessed == Some(class);
        if taken {
            self.guessed.insert(label.to_owned());
        }
        taken
    }

    /// Says what was guessed.
    pub fn note(&self, objective: &Objective, assumed: &mut Vec<String>) {
        if let (Some(class), false) = (&objective.scope.class, self.guessed.is_empty()) {
            assumed.push(format!(
                "Taken as {class} by their names: {}. Name patterns under \"classes:\" to decide it.",
                short_list(&self.guessed)
            ));
        }
    }

    /// Why no label fits.
    pub fn nothing(&self, objective: &Objective) -> String {
        let what = objective
            .scope
            .class
            .as_deref()
            .or(objective.scope.label.as_deref())
            .unwrap_or("this scope");
        if self.seen.is_empty() {
            return format!("There are no requests and no series for {what} in this period.");
        }
        format!(
            "No label belongs to {what} (seen: {}); name patterns under \"classes:\" in the file.",
            short_list(&self.seen)
        )
    }

    /// The labels of a run that belong to an objective; transaction controllers never do.
    pub fn labels(&mut self, run: &RunSummary, objective: &Objective, file: &SlaFile) -> Vec<u16> {
        run.counted_labels()
            .into_iter()
            .filter(|index| {
                run.labels
                    .get(usize::from(*index))
                    .is_some_and(|label| self.takes(&label.name, &objective.scope, file))
            })
            .collect()
    }
}

/// Whether a series may speak for an objective. One that is about some labels is not proven by a series over all of them;
/// where the objective names its series, that is the answer.
pub(super) fn speaks_for(series: &str, objective: &Objective, file: &SlaFile) -> bool {
    let scope = &objective.scope;
    let anything = scope.label.is_none() && scope.class.is_none();
    anything || scope.metric.is_some() || Picker::default().takes(series, scope, file)
}

/// A pattern against a label with or without its query, or against the values in `metric{handler=/api, method=GET}`.
fn any_fits(pattern: &str, label: &str) -> bool {
    let without_query = label.split_once('?').map_or(label, |(path, _)| path);
    if fits(pattern, label) || fits(pattern, without_query) {
        return true;
    }
    let Some((_, inside)) = label.strip_suffix('}').and_then(|l| l.split_once('{')) else {
        return false;
    };
    let pairs: Vec<(&str, &str)> = inside
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .collect();
    let value = |key: &str| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    let path = ["handler", "path", "route", "uri", "endpoint"]
        .iter()
        .find_map(|key| value(key));
    let method = value("method");
    pairs.iter().any(|(_, v)| fits(pattern, v))
        || method
            .zip(path)
            .is_some_and(|(m, p)| fits(pattern, &format!("{m} {p}")))
}

fn short_list(names: &BTreeSet<String>) -> String {
    let mut list: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    let more = names.len().saturating_sub(5);
    let rest = format!("and {more} more");
    if more > 0 {
        list.push(&rest);
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("GET *", "GET /a", true),
            ("GET *", "POST /a", false),
            ("*/api/*", "GET /api/users", true),
            ("*", "", true),
            ("/api", "/api", true),
            ("/api", "/api/x", false),
            ("a*a", "a", false),
            ("*.HTML", "/index.html", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("GET */a | /a", "/a", true),
            ("GET */a | /a", "POST /a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn classes_come_from_patterns_or_from_names() {
        assert_eq!(guess("GET /api/users"), Some("api_endpoints"));
        assert_eq!(
            guess("http_request_duration_seconds{handler=/api/v1/query}"),
            Some("api_endpoints")
        );
        assert_eq!(guess("Home Page"), Some("web_pages"));
        assert_eq!(guess("/checkout"), Some("web_pages"));
        assert_eq!(guess("therapist"), None);
        let scope = |class: &str| ObjectiveScope {
            class: Some(class.to_owned()),
            ..ObjectiveScope::default()
        };
        let mut file = SlaFile::default();
        let mut picker = Picker::default();
        assert!(picker.takes("GET /api/users", &scope("api_endpoints"), &file));
        assert!(picker.takes("JDBC", &scope("other"), &file));
        file.classes
            .insert("api_endpoints".to_owned(), vec!["POST *".to_owned()]);
        assert!(!picker.takes("GET /api/users", &scope("api_endpoints"), &file));
        assert!(picker.takes("POST /x", &scope("api_endpoints"), &file));
        assert!(any_fits("GET /api*", "http{handler=/api/v1, method=GET}"));
        assert!(any_fits("GET */agents", "GET /api/v1/agents?page=2"));
    }
}
