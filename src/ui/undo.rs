//! Undo as a history of documents: each step has a name, and a drag is one step. Never saved.

use crate::project::ProjectDoc;

/// How many steps are kept.
const MAX_STEPS: usize = 200;

#[derive(Clone, Debug)]
struct Step {
    name: String,
    /// The document on the other side of the step.
    doc: ProjectDoc,
}

/// The documents before and after the current one.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Step>,
    future: Vec<Step>,
    /// A pointer is down: edits belong to the step that is open.
    open: bool,
}

impl History {
    /// Notes an edit: `before` is the document it started from. While a pointer drags, all edits are one step, named
    /// after the last one.
    pub fn record(&mut self, name: &str, before: &ProjectDoc, dragging: bool) {
        self.future.clear();
        let joins = std::mem::replace(&mut self.open, dragging);
        if let (true, Some(last)) = (joins, self.past.last_mut()) {
            last.name = name.to_owned();
            return;
        }
        self.past.push(Step {
            name: name.to_owned(),
            doc: before.clone(),
        });
        if self.past.len() > MAX_STEPS {
            self.past.remove(0);
        }
    }

    /// The pointer was released: the next edit is a new step.
    pub fn close_step(&mut self) {
        self.open = false;
    }

    /// What undo would take back.
    pub fn undo_name(&self) -> Option<&str> {
        self.past.last().map(|s| s.name.as_str())
    }

    /// What redo would bring back.
    pub fn redo_name(&self) -> Option<&str> {
        self.future.last().map(|s| s.name.as_str())
    }

    /// Steps back: the document before the last edit and its name.
    pub fn undo(&mut self, current: &ProjectDoc) -> Option<(ProjectDoc, String)> {
        self.open = false;
        let step = self.past.pop()?;
        self.future.push(Step {
            name: step.name.clone(),
            doc: current.clone(),
        });
        Some((step.doc, step.name))
    }

    /// Steps forward again.
    pub fn redo(&mut self, current: &ProjectDoc) -> Option<(ProjectDoc, String)> {
        self.open = false;
        let step = self.future.pop()?;
        self.past.push(Step {
            name: step.name.clone(),
            doc: current.clone(),
        });
        Some((step.doc, step.name))
    }

    /// Forgets everything, for another project.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> ProjectDoc {
        ProjectDoc {
            name: name.to_owned(),
            ..ProjectDoc::default()
        }
    }

    #[test]
    fn steps_go_back_and_forth_with_their_names() {
        let mut history = History::default();
        history.record("rename to b", &named("a"), false);
        history.record("rename to c", &named("b"), false);
        assert_eq!(history.undo_name(), Some("rename to c"));
        let (doc, name) = history.undo(&named("c")).unwrap();
        assert_eq!((doc.name.as_str(), name.as_str()), ("b", "rename to c"));
        assert_eq!(history.redo_name(), Some("rename to c"));
        assert_eq!(history.redo(&doc).unwrap().0.name, "c");
        assert_eq!(history.undo(&named("c")).unwrap().0.name, "b");
        history.record("rename to d", &named("b"), false);
        assert_eq!(history.redo_name(), None);
    }

    #[test]
    fn a_drag_is_one_step() {
        let mut history = History::default();
        history.record("change limit to 1", &named("a"), true);
        history.record("change limit to 2", &named("b"), true);
        history.record("change limit to 3", &named("c"), true);
        history.close_step();
        history.record("change limit", &named("d"), false);
        assert_eq!(history.undo(&named("e")).unwrap().0.name, "d");
        assert_eq!(history.undo_name(), Some("change limit to 3"));
        assert_eq!(history.undo(&named("d")).unwrap().0.name, "a");
        assert!(history.undo(&named("a")).is_none());
    }
}
