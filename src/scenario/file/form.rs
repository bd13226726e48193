//! One description of a block serves reading and writing: it names each key with the field it fills and how its value
//! is written. Reading fills the fields, refuses keys the description does not name, and says where; writing gives the
//! same keys back, without those that stand at their default.

use super::quantity::Kind;
use crate::yaml::names::did_you_mean;
use crate::yaml::{Node, Value, YamlError};

/// A mistake, or nothing.
pub(super) type Read<T> = Result<T, YamlError>;

/// What stands in the file but is not in the scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarks {
    /// Keys that are accepted and have no effect, as paths.
    pub not_simulated: Vec<String>,
    /// What had to be assumed, in sentences.
    pub assumed: Vec<String>,
}

pub(super) enum Side<'a> {
    Read(&'a Node),
    Write(Vec<Entry>),
}

pub(super) struct Entry {
    pub key: &'static str,
    pub node: Node,
    /// Also written when it stands at its default.
    pub always: bool,
}

/// A block that is being read or written.
pub(super) struct Form<'a> {
    pub(super) side: Side<'a>,
    path: String,
    /// Keys with their other spellings, `lasts|for`.
    pub(super) known: Vec<&'static str>,
    names: bool,
    failed: Option<YamlError>,
    lacking: Option<YamlError>,
    /// What is passed on to the block around it.
    pub remarks: Remarks,
}

pub(super) fn node(value: Value) -> Node {
    Node { line: 0, value }
}

/// The key that is written.
pub(super) fn first(keys: &'static str) -> &'static str {
    keys.split('|').next().unwrap_or(keys)
}

/// Puts a place before a mistake.
fn at(path: &str, line: u64, message: &str) -> YamlError {
    YamlError {
        message: format!("{path}: {message}"),
        line: (line > 0).then_some(line),
    }
}

/// A single value through its kind.
pub(super) fn scalar<T>(node: &Node, place: &str, kind: Kind<T>) -> Read<T> {
    let text = match &node.value {
        Value::Scalar(text) => text.trim(),
        Value::Null => return Err(wrong(node, place, "is empty")),
        _ => return Err(wrong(node, place, "must be a single value")),
    };
    (kind.read)(text).map_err(|why| {
        wrong(
            node,
            place,
            &format!("{why}; write for example {}", kind.example),
        )
    })
}

/// A mistake at a place of the file.
pub(super) fn wrong(node: &Node, place: &str, message: &str) -> YamlError {
    at(place, node.line, message)
}

/// A value without a line, for writing.
pub(super) fn text(text: impl Into<String>) -> Value {
    Value::Scalar(text.into())
}

/// Words that switch something off.
pub(super) const OFF: [&str; 5] = ["none", "off", "no", "false", "disabled"];
/// Words that switch something on as it usually is.
pub(super) const ON: [&str; 5] = ["on", "yes", "true", "enabled", "automatic"];

pub(super) fn is_word(node: &Node, words: &[&str]) -> bool {
    matches!(&node.value, Value::Scalar(text) if words.iter().any(|w| w.eq_ignore_ascii_case(text.trim())))
}

impl<'a> Form<'a> {
    /// Reads a block.
    pub fn read(node: &'a Node, path: &str) -> Read<Self> {
        node.map(if path.is_empty() { "a scenario" } else { path })?;
        Ok(Self::new(Side::Read(node), path))
    }

    pub(super) fn new(side: Side<'a>, path: &str) -> Self {
        Self {
            side,
            path: path.to_owned(),
            known: Vec::new(),
            names: false,
            failed: None,
            lacking: None,
            remarks: Remarks::default(),
        }
    }

    /// Whether a file is being read.
    pub fn reading(&self) -> bool {
        matches!(self.side, Side::Read(_))
    }

    /// The path of a key of this block.
    pub fn place(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Keeps the first mistake.
    pub fn fail(&mut self, error: YamlError) {
        self.failed.get_or_insert(error);
    }

    /// A mistake of the block as a whole.
    pub fn fail_here(&mut self, message: &str) {
        let line = match &self.side {
            Side::Read(node) => node.line,
            Side::Write(_) => 0,
        };
        let path = self.path.clone();
        self.fail(at(&path, line, message));
    }

    /// A key that is not there and has to be; a key that is written wrongly is said instead.
    pub fn lacks(&mut self, keys: &'static str, example: &str) {
        let line = match &self.side {
            Side::Read(node) => node.line,
            Side::Write(_) => 0,
        };
        let place = self.place(first(keys));
        let error = at(
            &place,
            line,
            &format!("is needed here; write for example {example}"),
        );
        self.lacking.get_or_insert(error);
    }

    /// What stands under a key, when reading.
    pub fn take(&mut self, keys: &'static str) -> Option<(&'a str, &'a Node)> {
        self.known.push(keys);
        let Side::Read(node) = &self.side else {
            return None;
        };
        let Value::Map(map) = &node.value else {
            return None;
        };
        let mut found = map
            .iter()
            .filter(|(key, _)| keys.split('|').any(|k| k == key.as_str()));
        let (key, node) = found.next()?;
        if let Some((again, other)) = found.next() {
            let place = self.place(again);
            self.fail(at(
                &place,
                other.line,
                &format!("says the same as {key}; leave one of them out"),
            ));
        }
        Some((key, node))
    }

    pub(super) fn put(&mut self, keys: &'static str, value: Value, always: bool) {
        if let Side::Write(entries) = &mut self.side {
            entries.push(Entry {
                key: first(keys),
                node: node(value),
                always,
            });
        }
    }

    /// Whether a key is there, when reading.
    pub fn has(&self, key: &str) -> bool {
        matches!(&self.side, Side::Read(node) if node.get(key).is_some())
    }

    fn store<T>(&mut self, into: &mut T, read: Read<T>) {
        match read {
            Ok(value) => *into = value,
            Err(error) => self.fail(error),
        }
    }

    /// A single value; tells whether it was there.
    pub fn value<T>(&mut self, keys: &'static str, into: &mut T, kind: Kind<T>) -> bool {
        self.put(keys, Value::Scalar((kind.write)(into)), false);
        self.fill(keys, into, kind)
    }

    /// A single value that is written wherever its block is: a reader wants to see it.
    pub fn shown<T>(&mut self, keys: &'static str, into: &mut T, kind: Kind<T>) -> bool {
        self.put(keys, Value::Scalar((kind.write)(into)), true);
        self.fill(keys, into, kind)
    }

    fn fill<T>(&mut self, keys: &'static str, into: &mut T, kind: Kind<T>) -> bool {
        let Some((key, node)) = self.take(keys) else {
            return false;
        };
        let read = scalar(node, &self.place(key), kind);
        self.store(into, read);
        true
    }

    /// A single value that a block cannot do without.
    pub fn must<T>(&mut self, keys: &'static str, into: &mut T, kind: Kind<T>) {
        if !self.shown(keys, into, kind) && self.reading() {
            self.lacks(keys, kind.example);
        }
    }

    /// A value that may be switched off with `none`.
    pub fn maybe<T>(&mut self, keys: &'static str, into: &mut Option<T>, kind: Kind<T>) {
        let text = into
            .as_ref()
            .map_or_else(|| "none".to_owned(), |value| (kind.write)(value));
        self.put(keys, Value::Scalar(text), false);
        let Some((key, node)) = self.take(keys) else {
            return;
        };
        if is_word(node, &OFF) {
            *into = None;
        } else {
            let read = scalar(node, &self.place(key), kind).map(Some);
            self.store(into, read);
        }
    }

    /// A switch.
    pub fn switch(&mut self, keys: &'static str, into: &mut bool) {
        let word = if *into { "enabled" } else { "disabled" };
        self.put(keys, text(word), false);
        let Some((key, node)) = self.take(keys) else {
            return;
        };
        if is_word(node, &ON) || is_word(node, &OFF) {
            *into = is_word(node, &ON);
        } else {
            let place = self.place(key);
            self.fail(at(&place, node.line, "is a switch; write true or false"));
        }
    }

    /// One of a few words; the first spelling of a value is the one that is written, wherever its block is.
    pub fn word<T: Copy + PartialEq>(
        &mut self,
        keys: &'static str,
        into: &mut T,
        table: &[(&'static str, T)],
    ) -> bool {
        let written = table.iter().find(|(_, value)| value == into);
        if let Some((word, _)) = written {
            self.put(keys, Value::Scalar((*word).to_owned()), true);
        }
        let Some((key, node)) = self.take(keys) else {
            return false;
        };
        let read = self.worded(key, node, table);
        self.store(into, read);
        true
    }

    /// The value of a word of a table.
    pub fn worded<T: Copy>(&self, key: &str, node: &Node, table: &[(&'static str, T)]) -> Read<T> {
        let place = self.place(key);
        let text = node
            .text(&place)
            .map_err(|e| wrong(node, &place, e.message.trim_start_matches(&place).trim()))?;
        let plain = text.to_lowercase().replace(['-', ' '], "_");
        let known = table.iter().map(|(word, _)| *word);
        if let Some((_, value)) = table.iter().find(|(word, _)| *word == plain) {
            return Ok(*value);
        }
        let meant = did_you_mean(text, known.clone());
        let mark = if meant.is_empty() { ";" } else { "" };
        let known: Vec<&str> = known.collect();
        Err(wrong(
            node,
            &place,
            &format!(
                "\"{text}\" is not known{meant}{mark} write {}",
                known.join(", ")
            ),
        ))
    }

    /// A key with its own way of reading and writing, written always where the block is; tells whether it was there.
    pub fn own<T>(
        &mut self,
        keys: &'static str,
        into: &mut T,
        read: impl Fn(&Node, &str) -> Read<T>,
        write: impl Fn(&T) -> Value,
    ) -> bool {
        if !self.reading() {
            let value = write(into);
            self.put(keys, value, true);
        }
        let Some((key, node)) = self.take(keys) else {
            return false;
        };
        let read = read(node, &self.place(key));
        self.store(into, read);
        true
    }

    /// Keys that are accepted and have no meaning for a simulation.
    pub fn not_simulated(&mut self, keys: &'static [&'static str]) {
        for key in keys {
            if self.take(key).is_some() {
                let place = self.place(key);
                self.remarks.not_simulated.push(place);
            }
        }
    }

    /// Something that had to be assumed.
    pub fn assume(&mut self, sentence: impl Into<String>) {
        self.remarks.assumed.push(sentence.into());
    }

    /// Names every entry of a block whose keys are names, in the order of the file.
    pub fn entries(&mut self) -> Vec<(&'a str, &'a Node)> {
        let Side::Read(node) = &self.side else {
            return Vec::new();
        };
        let node: &'a Node = node;
        match &node.value {
            Value::Map(map) => map.iter().map(|(k, n)| (k.as_str(), n)).collect(),
            _ => Vec::new(),
        }
    }

    /// All keys are names: none is unknown.
    pub fn any_key(&mut self) {
        self.names = true;
    }

    /// The end of reading: a key that was not asked for is a mistake.
    pub fn finish(self) -> Read<Remarks> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Side::Read(node) = &self.side
            && let Value::Map(map) = &node.value
            && !self.names
        {
            let spellings: Vec<&str> = self.known.iter().flat_map(|k| k.split('|')).collect();
            let stranger = map
                .iter()
                .find(|(key, _)| !spellings.contains(&key.as_str()));
            if let Some((key, node)) = stranger {
                let meant = did_you_mean(key, spellings.iter().copied());
                let mark = if meant.is_empty() { ";" } else { "" };
                let mut known: Vec<&str> = self.known.iter().map(|k| first(k)).collect();
                known.dedup();
                let place = if self.path.is_empty() {
                    key.clone()
                } else {
                    format!("{}.{key}", self.path)
                };
                return Err(at(
                    &place,
                    node.line,
                    &format!(
                        "this key is not known here{meant}{mark} accepted: {}",
                        known.join(", ")
                    ),
                ));
            }
        }
        match self.lacking {
            Some(error) => Err(error),
            None => Ok(self.remarks),
        }
    }
}
