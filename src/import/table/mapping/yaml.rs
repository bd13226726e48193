//! A mapping as the YAML that people keep and edit: one line a column, with the reason for a guess as a comment.

use std::fmt::Write as _;

use super::model::{ColumnMapping, ColumnRef, DecimalSign, Edge, MAPPING_VERSION, Mapping};

/// Writes a mapping; `reasons` holds a comment for each column, or nothing.
pub fn to_yaml(mapping: &Mapping, reasons: &[String]) -> String {
    let mut out = format!(
        "# What the columns of a table are: give it to headroom with --mapping.\nversion: {MAPPING_VERSION}\nkind: {}\n",
        mapping.kind.word()
    );
    let mut line = |key: &str, value: String| {
        writeln!(out, "{key}: {value}").ok();
    };
    if let Some(delimiter) = &mapping.delimiter {
        line("delimiter", quoted(delimiter));
    }
    if let Some(decimal) = mapping.decimal {
        let word = match decimal {
            DecimalSign::Point => "point",
            DecimalSign::Comma => "comma",
        };
        line("decimal", word.to_owned());
    }
    if let Some(header) = mapping.header {
        line("header", header.to_string());
    }
    if let Some(skip) = mapping.skip {
        line("skip", skip.to_string());
    }
    for (key, text) in [
        ("zone", &mapping.zone),
        ("service", &mapping.service),
        ("environment", &mapping.environment),
    ] {
        if !text.is_empty() {
            line(key, quoted(text));
        }
    }
    if let Some(role) = mapping.role {
        line("role", role.name().to_owned());
    }
    out.push_str("columns:\n");
    for (index, column) in mapping.columns.iter().enumerate() {
        write!(out, "  - {{{}}}", entry(column)).ok();
        match reasons.get(index) {
            Some(reason) if !reason.is_empty() => {
                writeln!(out, "   # {}", reason.replace(['\n', '\r'], " ")).ok();
            }
            _ => out.push('\n'),
        }
    }
    out
}

fn entry(column: &ColumnMapping) -> String {
    let reference = match &column.column {
        ColumnRef::Name(name) => quoted(name),
        ColumnRef::Number(number) => number.to_string(),
    };
    let mut out = format!("column: {reference}, role: {}", column.role.word());
    let mut add = |key: &str, value: String| {
        write!(out, ", {key}: {value}").ok();
    };
    for (key, text) in [
        ("format", &column.format),
        ("unit", &column.unit),
        ("name", &column.name),
    ] {
        if !text.is_empty() {
            add(key, quoted(text));
        }
    }
    if column.at == Edge::End {
        add("at", "end".to_owned());
    }
    if !column.success_values.is_empty() {
        let words: Vec<String> = column.success_values.iter().map(|w| quoted(w)).collect();
        add("success_values", format!("[{}]", words.join(", ")));
    }
    if let Some(code) = column.failed_from {
        add("failed_from", code.to_string());
    }
    if let Some(kind) = column.kind {
        add("kind", kind.word().to_owned());
    }
    if !column.states.is_empty() {
        let states: Vec<String> = column
            .states
            .iter()
            .map(|(word, state)| format!("{}: {}", quoted(word), state.name()))
            .collect();
        add("states", format!("{{{}}}", states.join(", ")));
    }
    out
}

/// A text that YAML cannot take for anything else: plain where it is a plain word, in double quotes otherwise.
fn quoted(text: &str) -> String {
    const NOT_TEXT: [&str; 10] = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan",
    ];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'-' | b'.'))
        && !NOT_TEXT.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                write!(out, "\\U{:08X}", c as u32).ok();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Role as SourceRole, State};
    use crate::import::table::mapping::model::{Kind, Role, ValueKind};

    #[test]
    fn a_mapping_comes_back_as_it_was_written() {
        let column = |name: &str, role| ColumnMapping::new(ColumnRef::Name(name.to_owned()), role);
        let mapping = Mapping {
            kind: Kind::Requests,
            delimiter: Some(";".to_owned()),
            decimal: Some(DecimalSign::Comma),
            header: Some(true),
            skip: Some(2),
            zone: "Europe/Berlin".to_owned(),
            service: "shop: \"main\"".to_owned(),
            environment: "staging".to_owned(),
            role: Some(SourceRole::Test),
            columns: vec![
                ColumnMapping {
                    format: "%d.%m.%Y %H:%M:%S".to_owned(),
                    at: Edge::End,
                    ..column("Zeit # 1", Role::Time)
                },
                ColumnMapping {
                    unit: "µs".to_owned(),
                    ..column("yes", Role::Duration)
                },
                ColumnMapping {
                    success_values: vec!["1".to_owned(), "true".to_owned(), String::new()],
                    ..ColumnMapping::new(ColumnRef::Number(3), Role::Success)
                },
                ColumnMapping {
                    failed_from: Some(500),
                    ..column("3", Role::Status)
                },
                ColumnMapping {
                    kind: Some(ValueKind::Counter),
                    name: "a\tb\u{7}\\".to_owned(),
                    ..column("", Role::Value)
                },
                ColumnMapping {
                    states: [("Störung".to_owned(), State::Down)].into(),
                    ..column("x", Role::State)
                },
            ],
            ..Mapping::default()
        };
        let yaml = to_yaml(&mapping, &["because".to_owned()]);
        assert_eq!(Mapping::from_yaml(&yaml).unwrap(), mapping, "{yaml}");
    }

    #[test]
    fn people_may_write_less() {
        let mapping = Mapping::from_yaml(
            "kind: requests\ncolumns:\n  - column: on\n    role: time\n  - {column: 2, role: duration, unit: s}\n  - {column: ok, role: success, success_values: [yes, 1, true]}\n",
        )
        .unwrap();
        assert_eq!(mapping.columns[0].column, ColumnRef::Name("on".to_owned()));
        assert_eq!(mapping.columns[1].column, ColumnRef::Number(2));
        assert_eq!(mapping.columns[2].success_values, ["yes", "1", "true"]);
        for (yaml, word) in [
            ("kind: requests\n", "no columns"),
            ("kind: guesses\ncolumns: []\n", "guesses"),
            (
                "columns:\n  - {column: a, role: time, colour: red}\n",
                "colour",
            ),
            ("columns:\n  - {column: 0, role: time}\n", "numbered from 1"),
            (
                "version: 9\ncolumns:\n  - {column: a, role: time}\n",
                "newer",
            ),
            (
                "zone: Nowhere/Else\ncolumns:\n  - {column: a, role: time}\n",
                "Nowhere/Else",
            ),
            (
                "delimiter: abc\ncolumns:\n  - {column: a, role: time}\n",
                "delimiter",
            ),
            ("columns: [\n", "cannot be read"),
        ] {
            let error = Mapping::from_yaml(yaml).unwrap_err();
            assert!(error.message.contains(word), "{yaml}: {error}");
        }
        let error =
            Mapping::from_yaml("kind: metrics\ncolumns:\n  - {column: a, role: nonsense}\n")
                .unwrap_err();
        assert_eq!(error.line, Some(3));
    }
}
