//! gem5's own account of the machine that it simulated: `config.json`, a tree of objects with all their parameters.

use std::path::Path;

use serde_json::Value;

use crate::diag::{Error, Result};

/// In gem5's output directory.
pub const FILE: &str = "config.json";

/// The tree of a run's output directory.
pub fn read(output: &Path) -> Result<Value> {
    let file = output.join(FILE);
    let text = std::fs::read(&file).map_err(|error| {
        Error::usage("lkmc::gem5::no_config", format!("there is no {}", file.display()))
            .cause(error)
            .help("gem5 writes it when the simulation starts; look at emulator.log in the run's directory")
    })?;
    serde_json::from_slice(&text).map_err(|error| {
        Error::infrastructure("lkmc::gem5::config", format!("{} cannot be understood", file.display())).cause(error)
    })
}

/// Every parameter as `path.to.object.name`, with its value; objects' own descriptions of themselves are left out. An object of a list
/// is called what statistics call it: without a number if it is alone, with as many digits as the last one has if they are many.
pub fn flatten(tree: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    walk("", tree, &mut all);
    all
}

fn walk(path: &str, node: &Value, all: &mut Vec<(String, String)>) {
    let Value::Object(members) = node else {
        return all.push((path.to_owned(), text(node)));
    };
    for (name, value) in members {
        if matches!(name.as_str(), "name" | "path" | "cxx_class") {
            continue;
        }
        let own = |value: &Value| value["path"].as_str().map(str::to_owned);
        let below = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        match value {
            Value::Object(_) => walk(&own(value).unwrap_or(below), value, all),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    walk(&own(item).unwrap_or_else(|| format!("{below}{index}")), item, all);
                }
            }
            value => all.push((below, text(value))),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_have_the_names_that_params_take() {
        let tree = json!({ "system": {
            "name": "system", "path": "system", "cxx_class": "gem5::System", "mem_mode": "timing",
            "mem_ranges": ["2147483648:2415919104"],
            "cpu_cluster": {
                "cpus": [{ "path": "system.cpu_cluster.cpus", "type": "ArmMinorCPU", "cpu_id": 0 }], "l2": { "size": 1048576 }
            },
            "pairs": [{ "first": 1 }],
        }});
        assert_eq!(
            flatten(&tree),
            [
                ("system.mem_mode", "timing"),
                ("system.mem_ranges", "2147483648:2415919104"),
                ("system.cpu_cluster.cpus.type", "ArmMinorCPU"),
                ("system.cpu_cluster.cpus.cpu_id", "0"),
                ("system.cpu_cluster.l2.size", "1048576"),
                ("system.pairs0.first", "1"),
            ]
            .map(|(name, value)| (name.to_string(), value.to_string()))
        );
    }
}
