//! A small JSON document that is read whole, and a record of the fields that should be in it and are not.

use std::io::Read;

use serde_json::Value;

use super::console::read_text;
use crate::import::{ImportError, Intake};
use crate::warning::{WarningKind, Warnings};

/// A summary in JSON.
#[derive(Debug)]
pub struct JsonDoc {
    root: Value,
    missing: Vec<String>,
}

impl JsonDoc {
    /// Reads the first document of a stream; what stands before its opening brace is passed over.
    pub fn read(
        stream: impl Read,
        intake: &Intake<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, ImportError> {
        let text = read_text(stream, intake)?;
        let document = text
            .find('{')
            .and_then(|start| text.get(start..))
            .ok_or_else(|| {
                intake.unusable("there is no JSON document in it; export it again", None)
            })?;
        let mut documents = serde_json::Deserializer::from_str(document).into_iter::<Value>();
        let root = match documents.next() {
            Some(Ok(root)) => root,
            Some(Err(e)) if !e.is_eof() => {
                let before = text.len() - document.len();
                let lines = text
                    .get(..before)
                    .map_or(0, |t| t.bytes().filter(|b| *b == b'\n').count());
                let line = (lines + e.line()) as u64;
                return Err(intake.unusable(
                    format!("the JSON is damaged at line {line} ({e}); export it again"),
                    Some(line),
                ));
            }
            _ => {
                return Err(intake.unusable(
                    "the JSON ends early: the file is cut off; export it again",
                    None,
                ));
            }
        };
        let rest = document.get(documents.byte_offset()..).unwrap_or_default();
        if rest.trim_start().starts_with(['{', '[']) {
            warnings.add(
                WarningKind::NotRead,
                "another document follows in the same file; only the first is read",
            );
        }
        Ok(Self {
            root,
            missing: Vec::new(),
        })
    }

    /// What stands at a path of keys.
    pub fn get(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(&self.root, |value, key| value.get(key))
    }

    /// The number at a path; its absence is noted.
    pub fn number(&mut self, path: &[&str]) -> Option<f64> {
        let found = self.get(path).and_then(Value::as_f64);
        self.note(path, found.is_none());
        found
    }

    /// The whole number at a path; its absence is noted.
    pub fn count(&mut self, path: &[&str]) -> Option<u64> {
        let found = self.get(path).and_then(whole);
        self.note(path, found.is_none());
        found
    }

    /// The text at a path; its absence is noted.
    pub fn text(&mut self, path: &[&str]) -> Option<String> {
        let found = self.get(path).and_then(Value::as_str).map(str::to_owned);
        self.note(path, found.is_none());
        found
    }

    /// The counts of an object such as `{"200": 12}`, sorted by key; its absence, and values that are no counts, are
    /// noted.
    pub fn counts(&mut self, path: &[&str]) -> Vec<(String, u64)> {
        let Some(object) = self.get(path).and_then(Value::as_object) else {
            self.note(path, true);
            return Vec::new();
        };
        let mut counts: Vec<(String, u64)> = Vec::new();
        let mut odd = Vec::new();
        for (key, value) in object {
            match whole(value) {
                Some(count) => counts.push((key.clone(), count)),
                None => odd.push(key.clone()),
            }
        }
        counts.sort();
        for key in odd {
            let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
            self.note(&path, true);
        }
        counts
    }

    fn note(&mut self, path: &[&str], missing: bool) {
        if missing {
            self.missing.push(path.join("."));
        }
    }

    /// Says which fields were looked for in vain.
    pub fn say_missing(&self, warnings: &mut Warnings) {
        if self.missing.is_empty() {
            return;
        }
        let shown: Vec<&str> = self.missing.iter().take(5).map(String::as_str).collect();
        let more = if self.missing.len() > shown.len() {
            ", …"
        } else {
            ""
        };
        warnings.add_counted(
            WarningKind::NotRead,
            format!(
                "fields that are missing or hold no number are left open: {}{more}",
                shown.join(", ")
            ),
            self.missing.len() as u64,
            None,
        );
    }
}

/// A whole number, also where it is written as `12.0`.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        value
            .as_f64()
            .filter(|f| *f >= 0.0 && f.fract() == 0.0 && *f < 9e15)
            .map(|f| f as u64)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    fn read(text: &str) -> Result<(JsonDoc, Warnings), String> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let mut warnings = Warnings::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        match JsonDoc::read(text.as_bytes(), &intake, &mut warnings) {
            Ok(doc) => Ok((doc, warnings)),
            Err(e) => Err(e.to_string()),
        }
    }

    #[test]
    fn fields_are_read_and_missed() {
        let (mut doc, mut warnings) = read(
            "banner\n{\"a\":{\"b\":1.5,\"n\":3.0,\"c\":{\"500\":2,\"200\":7,\"x\":null}}}\nLOG",
        )
        .unwrap();
        assert_eq!(doc.number(&["a", "b"]), Some(1.5));
        assert_eq!(doc.count(&["a", "n"]), Some(3));
        let counts = doc.counts(&["a", "c"]);
        assert_eq!(counts, [("200".to_owned(), 7), ("500".to_owned(), 2)]);
        assert_eq!(doc.number(&["a", "z"]), None);
        doc.say_missing(&mut warnings);
        let said = &warnings.iter().next().unwrap().message;
        assert!(said.contains("a.c.x, a.z"), "{said}");
    }

    #[test]
    fn damage_is_an_error() {
        for (text, word) in [
            ("{\"a\":", "cut off"),
            ("", "no JSON"),
            ("\n{\"a\":x}", "line 2"),
            (&"{\"a\":".repeat(10_000), "damaged"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!(read("{}\n{}").unwrap().1.len(), 1);
    }
}
