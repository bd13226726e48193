//! YAML as a tree that remembers lines: every scalar as the text it stands for, so that a number and a number with a
//! unit are read by one rule, and every mistake can be pointed at. Promises, plans and scenarios are read through it.

pub mod names;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", .line.map(|l| format!(" (line {l})")).unwrap_or_default())]
pub struct YamlError {
    /// What is wrong and what to write instead.
    pub message: String,
    /// 1-based line.
    pub line: Option<u64>,
}

/// A value with the line at which it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// 1-based.
    pub line: u64,
    /// What stands there.
    pub value: Value,
}

/// What stands at a place of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A string, number or switch, as text.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and their values in the order of the file; the line of a value that is itself a map is that of its key.
    Map(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a map")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.is_finite() {
            // The shortest text that reads back as the same number: what was typed, for any sensible target.
            Ok(Value::Scalar(value.to_string()))
        } else {
            Err(E::custom("a number that is not finite cannot be a target"))
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            list.push(Node {
                line: item.referenced.line(),
                value: item.value,
            });
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map: Vec<(String, Node)> = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let item = access.next_value::<Spanned<Value>>()?;
            if map.iter().any(|(k, _)| *k == key.value) {
                return Err(A::Error::custom(format!("\"{}\" stands twice", key.value)));
            }
            let line = match item.value {
                Value::Map(_) | Value::List(_) => key.referenced.line(),
                _ => item.referenced.line(),
            };
            map.push((
                key.value,
                Node {
                    line,
                    value: item.value,
                },
            ));
        }
        Ok(Value::Map(map))
    }
}

impl Node {
    /// Reads a whole document.
    pub fn parse(yaml: &str) -> Result<Self, YamlError> {
        let root: Spanned<Value> = serde_saphyr::from_str(yaml).map_err(|error| {
            let line = error.location().map(|l| l.line()).filter(|l| *l > 0);
            let text = error.without_snippet().to_string();
            let first = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_end_matches('.');
            YamlError {
                message: format!("this is not valid YAML: {first}"),
                line,
            }
        })?;
        Ok(Self {
            line: root.referenced.line(),
            value: root.value,
        })
    }

    /// Reads the documents of a file, which `---` stands between; empty ones are left out.
    pub fn parse_all(yaml: &str) -> Result<Vec<Self>, YamlError> {
        let mut documents = vec![(0, String::new())];
        for (number, line) in yaml.lines().enumerate() {
            if line.trim_end() == "---" || line.starts_with("--- ") {
                documents.push((number + 1, String::new()));
            } else if let Some((_, text)) = documents.last_mut() {
                text.push_str(line);
                text.push('\n');
            }
        }
        let mut nodes = Vec::new();
        for (skipped, text) in documents {
            let by = skipped as u64;
            let node = Self::parse(&text).map_err(|error| YamlError {
                line: error.line.map(|line| line + by),
                ..error
            })?;
            if node.value != Value::Null {
                nodes.push(node.with_lines(&|line| line + by));
            }
        }
        Ok(nodes)
    }

    /// A scalar.
    pub fn scalar(line: u64, text: impl Into<String>) -> Self {
        Self {
            line,
            value: Value::Scalar(text.into()),
        }
    }

    /// The value of a key, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.iter().find(|(k, _)| k == key).map(|(_, n)| n),
            _ => None,
        }
    }

    /// Follows keys inwards.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of a list; nothing where it is none.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The same on one line, as YAML that reads back as the same tree.
    pub fn flow(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Scalar(text) => quoted(text),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(Self::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(map) => {
                let pairs: Vec<String> = map
                    .iter()
                    .map(|(key, node)| format!("{}: {}", quoted(key), node.flow()))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    /// The same tree as if all of it stood on one line.
    #[must_use]
    pub fn on_line(self, line: u64) -> Self {
        self.with_lines(&|_| line)
    }

    fn with_lines(self, to: &dyn Fn(u64) -> u64) -> Self {
        let value = match self.value {
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| item.with_lines(to)).collect())
            }
            Value::Map(map) => Value::Map(
                map.into_iter()
                    .map(|(key, node)| (key, node.with_lines(to)))
                    .collect(),
            ),
            other => other,
        };
        Self {
            line: to(self.line),
            value,
        }
    }

    /// An error at this place.
    pub fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError {
            message: message.into(),
            line: Some(self.line),
        }
    }

    /// The text of a scalar.
    pub fn text(&self, what: &str) -> Result<&str, YamlError> {
        match &self.value {
            Value::Scalar(text) => Ok(text.trim()),
            Value::Null => Err(self.error(format!("{what} is empty"))),
            _ => Err(self.error(format!("{what} must be a single value"))),
        }
    }

    /// The entries of a map.
    pub fn map(&self, what: &str) -> Result<&[(String, Node)], YamlError> {
        match &self.value {
            Value::Map(map) => Ok(map),
            _ => Err(self.error(format!("{what} must be a block of \"key: value\" lines"))),
        }
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, what: &str) -> Result<Vec<String>, YamlError> {
        match &self.value {
            Value::List(items) => items
                .iter()
                .map(|item| item.text(what).map(str::to_owned))
                .collect(),
            Value::Null => Ok(Vec::new()),
            _ => Ok(vec![self.text(what)?.to_owned()]),
        }
    }
}

/// A scalar as YAML: bare where it cannot be taken for anything else, in double quotes otherwise.
pub fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !reads_as_another_number(text)
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '%'))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Whether the bare text is a number to YAML that is written in another way: `1.50`, `0x1F`, `1_000`.
fn reads_as_another_number(text: &str) -> bool {
    let same = |number: f64| number.to_string() == text;
    let whole = text.parse().is_ok_and(|n: u64| n.to_string() == text);
    let digits = text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, 'e' | 'E' | '_' | '.' | '-'));
    let based = ["0x", "0o", "0b"].iter().any(|b| text.starts_with(b));
    based || (digits && !whole && !text.parse().is_ok_and(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_written_on_one_line_reads_back() {
        let root = Node::parse(
            "a: [x, \"no\", '#1', 200ms]\nb:\n  c: {d: \"say \\\"hi\\\"\\n\", \"e: f\": }\n",
        )
        .unwrap();
        let line = root.flow();
        assert!(!line.contains('\n'), "{line}");
        let back = Node::parse(&line).unwrap().on_line(1);
        assert_eq!(back, root.on_line(1), "{line}");
    }

    /// Texts that only look like numbers come back as they were, quantities stay bare.
    #[test]
    fn texts_that_look_like_numbers_are_quoted() {
        for text in ["1.50", "0x1F", "1_000", "1e3", "007", "2026-06", "true"] {
            let flow = Node::scalar(0, text).flow();
            assert!(flow.starts_with('"'), "{flow}");
            assert_eq!(Node::parse(&flow).unwrap().text("x"), Ok(text));
        }
        for text in ["5d", "400_rps", "20ms", "0.25", "70%", "12"] {
            assert_eq!(Node::scalar(0, text).flow(), text);
        }
    }

    #[test]
    fn documents_keep_the_lines_of_the_file() {
        let all = Node::parse_all("a: 1\n---\n# nothing\n---\nb:\n  c: 2\n").unwrap();
        assert_eq!(all.len(), 2);
        let c = all[1].at(&["b", "c"]).unwrap();
        assert_eq!((c.line, c.text("c")), (6, Ok("2")));
        assert_eq!(
            Node::parse_all("a: 1\n---\nb: [\n").unwrap_err().line,
            Some(3)
        );
    }

    #[test]
    fn scalars_keep_their_text_and_line() {
        let root = Node::parse("a: 99.9\nb:\n  c: 43.2_minutes\n  d: [x, 2]\ne:\n").unwrap();
        let map = root.map("file").unwrap();
        assert_eq!(map[0].1.text("a"), Ok("99.9"));
        assert_eq!(map[1].1.line, 2);
        let inner = map[1].1.map("b").unwrap();
        assert_eq!(
            (inner[0].1.text("c"), inner[0].1.line),
            (Ok("43.2_minutes"), 3)
        );
        assert_eq!(inner[1].1.texts("d").unwrap(), ["x", "2"]);
        assert_eq!(map[2].1.value, Value::Null);
    }

    #[test]
    fn broken_yaml_says_where() {
        let error = Node::parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(error.line.is_some(), "{error:?}");
        assert!(!error.message.contains('\n'));
        assert!(Node::parse("a: 1\na: 2\n").is_err());
        assert!(Node::parse("a: .nan\n").is_err());
    }
}
