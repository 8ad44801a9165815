//! What differs between two of a kind, key by key, and how that is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// One thing that has two values; one of them may have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub key: String,
    pub left: Option<String>,
    pub right: Option<String>,
}

impl Change {
    /// None if the two are equal.
    pub fn between(key: &str, left: Option<String>, right: Option<String>) -> Option<Change> {
        let key = key.to_owned();
        (left != right).then_some(Change { key, left, right })
    }
}

pub fn changes(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) -> Vec<Change> {
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let change = |key: &String| Change::between(key, left.get(key).cloned(), right.get(key).cloned());
    keys.into_iter().filter_map(change).collect()
}

/// All values of a document below `path`, by their dotted keys. Null is no value.
pub fn leaves(value: &Value, path: &str) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    flatten(value, path, &mut leaves);
    leaves
}

fn flatten(value: &Value, path: &str, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(value, &path, leaves);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            leaves.insert(path.to_owned(), text.clone());
        }
        other => {
            leaves.insert(path.to_owned(), other.to_string());
        }
    }
}

/// Three columns; long values, such as whole lines of a script, stand below one another.
pub fn section(title: &str, names: [&str; 2], changes: &[Change]) -> String {
    const WIDEST: usize = 40;
    if changes.is_empty() {
        return format!("{title}: the same\n");
    }
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let fits = |change: &&Change| change.key.len() <= WIDEST && show(&change.left).len() <= WIDEST;
    let rows = || changes.iter().filter(fits);
    let keys = rows().map(|change| change.key.len()).max().unwrap_or_default();
    let lefts = rows()
        .map(|change| show(&change.left).len())
        .max()
        .unwrap_or_default()
        .max(names[0].len());
    let mut text = format!("{title}\n  {:keys$}  {:lefts$}  {}\n", "", names[0], names[1]);
    for change in changes {
        let (left, right) = (show(&change.left), show(&change.right));
        text += &match fits(&change) {
            true => format!("  {:keys$}  {left:lefts$}  {right}\n", change.key),
            false => format!("  {}\n    - {left}\n    + {right}\n", change.key),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let (left, right) = (
            json!({ "a": { "b": 1, "c": "x" }, "d": null }),
            json!({ "a": { "b": 2, "c": "x" }, "d": true }),
        );
        let found = changes(&leaves(&left, ""), &leaves(&right, ""));
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.key.as_str(), it.left.as_deref(), it.right.as_deref()))
            .collect();
        assert_eq!(found, [("a.b", Some("1"), Some("2")), ("d", None, Some("true"))]);
    }
}
