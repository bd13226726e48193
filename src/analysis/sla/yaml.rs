//! YAML as a tree that remembers lines: every scalar as the text it stands for, so that a number and a number with a
//! unit are read by one rule, and every mistake can be pointed at.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::SlaFileError;

/// A value with the line at which it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// 1-based.
    pub line: u64,
    /// What stands there.
    pub value: Value,
}

/// What stands at a place of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
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
    pub fn parse(yaml: &str) -> Result<Self, SlaFileError> {
        let root: Spanned<Value> = serde_saphyr::from_str(yaml).map_err(|error| {
            let line = error.location().map(|l| l.line()).filter(|l| *l > 0);
            let text = error.without_snippet().to_string();
            let first = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_end_matches('.');
            SlaFileError {
                message: format!("this is not valid YAML: {first}"),
                line,
            }
        })?;
        Ok(Self {
            line: root.referenced.line(),
            value: root.value,
        })
    }

    /// An error at this place.
    pub fn error(&self, message: impl Into<String>) -> SlaFileError {
        SlaFileError {
            message: message.into(),
            line: Some(self.line),
        }
    }

    /// The text of a scalar.
    pub fn text(&self, what: &str) -> Result<&str, SlaFileError> {
        match &self.value {
            Value::Scalar(text) => Ok(text.trim()),
            Value::Null => Err(self.error(format!("{what} is empty"))),
            _ => Err(self.error(format!("{what} must be a single value"))),
        }
    }

    /// The entries of a map.
    pub fn map(&self, what: &str) -> Result<&[(String, Node)], SlaFileError> {
        match &self.value {
            Value::Map(map) => Ok(map),
            _ => Err(self.error(format!("{what} must be a block of \"key: value\" lines"))),
        }
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, what: &str) -> Result<Vec<String>, SlaFileError> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
