//! A tree as YAML for people: blocks on lines of their own, short ones on one line, long texts as they are.

use crate::yaml::{Node, Value, quoted};

/// Longest line of a short block.
const WIDTH: usize = 100;

/// The document.
pub(super) fn document(map: &[(String, Node)]) -> String {
    let mut out = String::new();
    for (key, node) in map {
        entry(&mut out, 0, key, node);
    }
    out
}

fn entry(out: &mut String, depth: usize, key: &str, node: &Node) {
    let pad = "  ".repeat(depth);
    let key = quoted(key);
    match &node.value {
        Value::Scalar(text) if text.contains('\n') && literal(text) => {
            out.push_str(&format!("{pad}{key}: |-\n"));
            for line in text.split('\n') {
                if line.is_empty() {
                    out.push('\n');
                } else {
                    out.push_str(&format!("{pad}  {line}\n"));
                }
            }
        }
        Value::Map(map) if !map.is_empty() && !short(node, depth, key.len()) => {
            out.push_str(&format!("{pad}{key}:\n"));
            for (key, node) in map {
                entry(out, depth + 1, key, node);
            }
        }
        Value::List(items) if !items.is_empty() && !short(node, depth, key.len()) => {
            out.push_str(&format!("{pad}{key}:\n"));
            for item in items {
                out.push_str(&format!("{pad}  - {}\n", item.flow()));
            }
        }
        _ => out.push_str(&format!("{pad}{key}: {}\n", node.flow())),
    }
}

/// Whether a block fits on the line of its key. A list of blocks has a line for each.
fn short(node: &Node, depth: usize, key: usize) -> bool {
    let plain = |node: &Node| match &node.value {
        Value::Map(map) => map
            .iter()
            .all(|(_, n)| !matches!(&n.value, Value::List(items) if items.len() > 1)),
        Value::List(items) => items
            .iter()
            .all(|n| matches!(n.value, Value::Scalar(_) | Value::Null)),
        _ => true,
    };
    plain(node) && depth * 2 + key + node.flow().chars().count() <= WIDTH
}

/// Whether a text can stand as it is, behind a bar: YAML would change or refuse some.
fn literal(text: &str) -> bool {
    !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with(['\n', ' '])
        && !text.chars().any(|c| {
            (c.is_control() && c != '\n') || c == '\u{85}' || c == '\u{2028}' || c == '\u{2029}'
        })
        && text
            .split('\n')
            .all(|line| line.trim_start() == line || !line.trim().is_empty())
}
