//! Reading a persisted struct as far as it can be read: what does not fit is left at its default and named.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads each field, and each element of a list, by itself. `T` must be `#[serde(default)]`.
/// Returns the names of what was lost (`notes`, `slas #2`).
pub(super) fn read<T: DeserializeOwned + Default>(value: Value) -> (T, Vec<String>) {
    if let Ok(whole) = serde_json::from_value(value.clone()) {
        return (whole, Vec::new());
    }
    let Value::Object(fields) = value else {
        return (T::default(), vec!["everything".to_owned()]);
    };
    let mut kept = Map::new();
    let mut lost = Vec::new();
    for (name, value) in fields {
        if fits::<T>(&name, value.clone()) {
            kept.insert(name, value);
        } else if let Value::Array(elements) = value {
            let mut good = Vec::new();
            for (index, element) in elements.into_iter().enumerate() {
                if fits::<T>(&name, Value::Array(vec![element.clone()])) {
                    good.push(element);
                } else {
                    lost.push(format!("{name} #{}", index + 1));
                }
            }
            kept.insert(name, Value::Array(good));
        } else {
            lost.push(name);
        }
    }
    let read = serde_json::from_value(Value::Object(kept)).unwrap_or_default();
    (read, lost)
}

fn fits<T: DeserializeOwned>(name: &str, value: Value) -> bool {
    let alone: Map<String, Value> = [(name.to_owned(), value)].into_iter().collect();
    serde_json::from_value::<T>(Value::Object(alone)).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::project::ProjectDoc;

    #[test]
    fn what_fits_is_kept_and_the_rest_is_named() {
        let (doc, lost): (ProjectDoc, _) = read(json!({
            "name": "Checkout",
            "time_zone": 7,
            "slas": [{"name": "a", "yaml": "x"}, 3, {"name": "b"}],
        }));
        assert_eq!(doc.name, "Checkout");
        assert_eq!(doc.time_zone, "UTC");
        assert_eq!(doc.slas.len(), 2);
        assert_eq!(lost, ["slas #2", "time_zone"]);
    }

    #[test]
    fn something_else_altogether_is_the_default() {
        let (doc, lost): (ProjectDoc, _) = read(json!([1, 2]));
        assert_eq!(doc, ProjectDoc::default());
        assert_eq!(lost, ["everything"]);
    }
}
