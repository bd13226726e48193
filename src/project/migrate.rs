//! Documents of earlier layouts: each step turns one version into the next, then the document is read leniently.

use serde_json::{Map, Value};

use super::document::DOCUMENT_VERSION;
use super::{ProjectDoc, lenient};

/// Fields of the document that this version does not know; they are written back untouched.
pub(super) type Unknown = Map<String, Value>;

/// One step for each version, in order; `STEPS[n]` turns version n into n + 1.
const STEPS: [fn(&mut Map<String, Value>); DOCUMENT_VERSION as usize] = [stamp];

/// Version 0 is a document without a version, as written by hand or by a tool. Its fields are those of version 1.
fn stamp(_fields: &mut Map<String, Value>) {}

/// Why a document cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A newer program wrote it.
    Newer,
    /// It is not a JSON object.
    NotADocument,
}

/// A document with what could not be read of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) doc: ProjectDoc,
    pub(super) unknown: Unknown,
    pub(super) lost: Vec<String>,
}

/// Reads a document of this or an earlier version.
pub(super) fn read(json: &str) -> Result<Read, Unreadable> {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(json) else {
        return Err(Unreadable::NotADocument);
    };
    let version = match fields.get("version") {
        None => 0,
        Some(version) => version.as_u64().unwrap_or(u64::from(DOCUMENT_VERSION)),
    };
    if version > u64::from(DOCUMENT_VERSION) {
        return Err(Unreadable::Newer);
    }
    for step in STEPS.iter().skip(version as usize) {
        step(&mut fields);
    }
    fields.insert("version".to_owned(), DOCUMENT_VERSION.into());
    let known = serde_json::to_value(ProjectDoc::default()).unwrap_or_default();
    let unknown = fields
        .iter()
        .filter(|(name, _)| known.get(name.as_str()).is_none())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let (doc, lost) = lenient::read(Value::Object(fields));
    Ok(Read { doc, unknown, lost })
}

/// Writes a document together with the fields that this version does not know.
pub(super) fn write(doc: &ProjectDoc, unknown: &Unknown) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(doc)?;
    if let Value::Object(fields) = &mut value {
        for (name, unknown) in unknown {
            fields
                .entry(name.clone())
                .or_insert_with(|| unknown.clone());
        }
    }
    serde_json::to_string(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_version_becomes_the_current_one() {
        let read = read(r#"{"name": "Checkout", "time_zone": "Europe/Berlin"}"#).unwrap();
        assert_eq!(read.doc.version, DOCUMENT_VERSION);
        assert_eq!(read.doc.name, "Checkout");
        assert_eq!(read.doc.time_zone, "Europe/Berlin");
        assert!(read.lost.is_empty());
    }

    #[test]
    fn fields_of_others_survive_a_save() {
        let read = read(r#"{"version": 1, "name": "a", "comments": [{"by": "x"}]}"#).unwrap();
        let saved = write(&read.doc, &read.unknown).unwrap();
        let value: Value = serde_json::from_str(&saved).unwrap();
        assert_eq!(value["comments"][0]["by"], "x");
        assert_eq!(value["name"], "a");
    }

    /// A list that was emptied came back with the next save, because an empty one was not written and the old one was
    /// taken for a field of a newer program.
    #[test]
    fn what_was_emptied_stays_empty() {
        let text = r#"{"mappings": [{"name": "a"}], "forecast_plans": [{}], "scenarios": [{"name": "b"}], "committed": "b", "decisions": {"canary": ["p95<=5%"]}}"#;
        let full = read(text).unwrap();
        assert!(full.unknown.is_empty(), "{:?}", full.unknown);
        assert_eq!(full.doc.scenarios[0].name, "b");
        let saved = write(&ProjectDoc::default(), &full.unknown).unwrap();
        assert_eq!(read(&saved).unwrap().doc, ProjectDoc::default());
    }

    #[test]
    fn newer_documents_and_other_things_are_told_apart() {
        assert_eq!(read(r#"{"version": 2}"#), Err(Unreadable::Newer));
        assert_eq!(read("[]"), Err(Unreadable::NotADocument));
        assert_eq!(read("{"), Err(Unreadable::NotADocument));
    }
}
