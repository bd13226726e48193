//! Blocks within blocks: read into what they describe, and written without what stands at its default.

use super::form::{Entry, Form, OFF, ON, Side, first, is_word, node, text};
use crate::yaml::{Node, Value};

impl Form<'_> {
    /// A block that a scenario cannot do without: written with its main keys even where all stands at its default; tells
    /// whether it was there.
    pub fn main<T: Clone>(
        &mut self,
        keys: &'static str,
        into: &mut T,
        base: &T,
        describe: impl Fn(&mut Form<'_>, &mut T),
    ) -> bool {
        if self.reading() {
            let there = self.has(first(keys));
            self.block(keys, into, base, describe);
            return there;
        }
        let mut entries = pruned(into, base, &describe);
        if entries.is_empty() {
            entries = written(into, &describe)
                .into_iter()
                .filter(|e| e.always)
                .map(|e| (e.key.to_owned(), e.node))
                .collect();
        }
        self.put(keys, Value::Map(entries), true);
        true
    }

    /// A block that is always there.
    pub fn block<T: Clone>(
        &mut self,
        keys: &'static str,
        into: &mut T,
        base: &T,
        describe: impl Fn(&mut Form<'_>, &mut T),
    ) {
        if !self.reading() {
            let entries = pruned(into, base, &describe);
            if entries.is_empty() {
                self.known.push(keys);
            } else {
                self.put(keys, Value::Map(entries), true);
            }
            return;
        }
        let Some((key, node)) = self.take(keys) else {
            return;
        };
        if node.value != Value::Null {
            let place = self.place(key);
            self.inside(node, &place, |form| describe(form, into));
        }
    }

    /// A block that may be absent: `none` takes it away, `true` has it as it usually is.
    pub fn option<T: Clone>(
        &mut self,
        keys: &'static str,
        into: &mut Option<T>,
        base: &T,
        describe: impl Fn(&mut Form<'_>, &mut T),
    ) {
        if !self.reading() {
            let value = match into {
                None => Value::Scalar("none".to_owned()),
                Some(value) => {
                    let entries = pruned(value, base, &describe);
                    if entries.is_empty() {
                        text("enabled")
                    } else {
                        Value::Map(entries)
                    }
                }
            };
            self.put(keys, value, false);
            return;
        }
        let Some((key, node)) = self.take(keys) else {
            return;
        };
        if node.value == Value::Null || is_word(node, &OFF) {
            *into = None;
        } else if is_word(node, &ON) {
            *into = Some(base.clone());
        } else {
            let mut value = base.clone();
            let place = self.place(key);
            self.inside(node, &place, |form| describe(form, &mut value));
            *into = Some(value);
        }
    }

    /// A list of blocks; a single block is a list of one. Tells whether it was there.
    pub fn list<T: Clone>(
        &mut self,
        keys: &'static str,
        into: &mut Vec<T>,
        base: &T,
        describe: impl Fn(&mut Form<'_>, &mut T),
    ) -> bool {
        if !self.reading() {
            let items = into
                .iter()
                .map(|item| node(Value::Map(pruned(item, base, &describe))));
            let items = items.collect();
            self.put(keys, Value::List(items), false);
            return true;
        }
        let Some((key, node)) = self.take(keys) else {
            return false;
        };
        into.clear();
        let one = [node.clone()];
        let items = match &node.value {
            Value::Null => return true,
            Value::List(items) => items.as_slice(),
            _ => &one,
        };
        for (index, item) in items.iter().enumerate() {
            let mut value = base.clone();
            let place = format!("{}[{index}]", self.place(key));
            self.inside(item, &place, |form| describe(form, &mut value));
            into.push(value);
        }
        true
    }

    /// Another block under a key that is only read, such as a shorthand.
    pub fn part(&mut self, keys: &'static str, describe: impl FnOnce(&mut Form<'_>)) -> bool {
        let Some((key, node)) = self.take(keys) else {
            return false;
        };
        let place = self.place(key);
        if node.value != Value::Null {
            self.inside(node, &place, describe);
        }
        true
    }

    /// Reads a block within this one.
    pub fn inside(&mut self, node: &Node, place: &str, describe: impl FnOnce(&mut Form<'_>)) {
        let read = Form::read(node, place).and_then(|mut form| {
            describe(&mut form);
            form.finish()
        });
        match read {
            Ok(remarks) => {
                self.remarks.not_simulated.extend(remarks.not_simulated);
                self.remarks.assumed.extend(remarks.assumed);
            }
            Err(error) => self.fail(error),
        }
    }
}

/// All keys of a value.
fn written<T: Clone>(value: &T, describe: &impl Fn(&mut Form<'_>, &mut T)) -> Vec<Entry> {
    let mut form = Form::new(Side::Write(Vec::new()), "");
    describe(&mut form, &mut value.clone());
    match form.side {
        Side::Write(entries) => entries,
        Side::Read(_) => Vec::new(),
    }
}

/// The keys of a value that do not stand as in `base`, with those that always belong to them.
pub(super) fn pruned<T: Clone>(
    value: &T,
    base: &T,
    describe: &impl Fn(&mut Form<'_>, &mut T),
) -> Vec<(String, Node)> {
    let usual = written(base, describe);
    let own = written(value, describe);
    let differs = |entry: &Entry| {
        !usual
            .iter()
            .any(|u| u.key == entry.key && u.node == entry.node)
    };
    if !own.iter().any(differs) {
        return Vec::new();
    }
    own.into_iter()
        .filter(|entry| entry.always || differs(entry))
        .map(|entry| (entry.key.to_owned(), entry.node))
        .collect()
}
