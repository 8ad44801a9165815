//! Changes one value in a profile's text and nothing else: comments, order and layout stay.

use serde_json::Value as Json;
use toml_edit::{DocumentMut, Item, Key, Table, Value};

use super::{raw, structure};
use crate::diag::{Diagnostic, Error, Result};
use crate::source::Source;
use crate::suggest;

/// The text with `key` set to `value`, which is TOML or, where that does not parse or does not fit, a bare string.
pub fn set(source: &Source, key: &str, value: &str) -> Result<String> {
    let mut document: DocumentMut = source.text().parse().map_err(|_| {
        super::tree::Node::parse(source, 0)
            .err()
            .map_or_else(not_toml, Error::from)
    })?;
    let path = parse_key(key)?;
    let schema = raw::file_schema();
    let wanted = find(&schema, &path);
    let value = parse_value(value, wanted);
    let table = |schema: &&Json| {
        let types = structure::types(schema);
        types.contains(&"object") && types.iter().all(|name| ["object", "null"].contains(name))
    };
    if !value.is_inline_table() && wanted.as_ref().is_some_and(table) {
        let inner = wanted.and_then(|wanted| wanted["properties"].as_object()?.keys().next());
        let example = inner.map_or_else(|| "KEY".to_owned(), Clone::clone);
        return Err(bad_key(key, "it is a table; set one of its keys").help(format!("for example {key}.{example}")));
    }
    let (last, tables) = path.split_last().ok_or_else(|| bad_key(key, "it is empty"))?;
    let mut item = document.as_item_mut();
    for (depth, part) in tables.iter().enumerate() {
        // A table that only holds other tables needs no header of its own.
        let implicit = depth + 1 < tables.len();
        item = enter(item, part, implicit).ok_or_else(|| bad_key(key, &format!("`{part}` is not a table")))?;
    }
    let table = item
        .as_table_like_mut()
        .ok_or_else(|| bad_key(key, "it is not in a table"))?;
    match table.get_mut(last) {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        Some(_) => return Err(bad_key(key, "it is a table; set one of its keys").help("or edit the file by hand")),
        None => {
            table.insert(last, Item::Value(value));
            tidy_end(item);
        }
    }
    let text = document.to_string();
    // toml_edit writes line feeds alone.
    Ok(match source.text().contains("\r\n") {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => text,
    })
}

fn enter<'a>(item: &'a mut Item, part: &str, implicit: bool) -> Option<&'a mut Item> {
    let inline = item.is_inline_table();
    let table = item.as_table_like_mut()?;
    if table.get(part).is_none() {
        let new = match inline {
            true => Item::Value(Value::InlineTable(Default::default())),
            false => {
                let mut table = Table::new();
                table.set_implicit(implicit);
                Item::Table(table)
            }
        };
        table.insert(part, new);
    }
    let child = table.get_mut(part)?;
    child.is_table_like().then_some(child)
}

/// In `{ a = 1 }` the space before the brace belongs to the last value, which the new one now is.
fn tidy_end(item: &mut Item) {
    let Some(table) = item.as_inline_table_mut() else {
        return;
    };
    let mut decors: Vec<_> = table.iter_mut().map(|(_, value)| value.decor_mut()).collect();
    if let [.., before, last] = decors.as_mut_slice()
        && let Some(end) = before.suffix().cloned()
    {
        last.set_suffix(end);
        before.set_suffix("");
    }
}

fn parse_key(key: &str) -> Result<Vec<String>> {
    let parsed = Key::parse(key).map_err(|error| bad_key(key, error.message().trim()))?;
    Ok(parsed.iter().map(|part| part.get().to_string()).collect())
}

/// The part of the schema that describes a key; a key that it does not know is refused when the result is checked.
fn find<'a>(schema: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(schema, |schema, part| {
        schema["properties"]
            .get(part)
            .or_else(|| schema.get("additionalProperties").filter(|it| it.is_object()))
    })
}

/// `4`, `true` and `["a"]` are TOML; `512MiB`, `6.12` and `x86_64` are strings because nothing else is wanted there.
fn parse_value(text: &str, schema: Option<&Json>) -> Value {
    let parsed: Option<Value> = text.trim().parse().ok();
    let wants = |name: &str| schema.is_some_and(|schema| structure::types(schema).contains(&name));
    let named = schema.is_some_and(|schema| structure::names(schema).is_some());
    let fits = |value: &Value| match value {
        // TOML would rewrite 0x20 as 32.
        Value::Integer(number) => !wants("string") || (wants("integer") && number.value().to_string() == text.trim()),
        Value::Boolean(_) | Value::Float(_) | Value::Datetime(_) => !wants("string"),
        _ => true,
    };
    match parsed {
        Some(value) if value.is_str() || (!named && fits(&value)) => value.decorated(" ", ""),
        _ => Value::from(text).decorated(" ", ""),
    }
}

fn bad_key(key: &str, why: &str) -> Error {
    let mut known = Vec::new();
    structure::all_paths(&raw::file_schema(), "", &mut known);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let near = suggest::did_you_mean(key, &known).unwrap_or_else(|| "for example memory.size".into());
    Diagnostic::error("lkmc::profile::bad_key", format!("`{key}` cannot be set: {why}"))
        .help(near)
        .into()
}

fn not_toml() -> Error {
    Error::usage("lkmc::profile::syntax", "the file is not TOML")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, key: &str, value: &str) -> String {
        set(&Source::new("x.toml", text), key, value).expect("the key can be set")
    }

    #[test]
    fn a_value_is_replaced_in_its_place() {
        let text = "# Head\narch = \"arm\" # small\n\n[memory] # much\nsize   =  \"1GiB\"   # enough\n# Tail\n";
        let expected = "# Head\narch = \"arm\" # small\n\n[memory] # much\nsize   =  \"2GiB\"   # enough\n# Tail\n";
        assert_eq!(edited(text, "memory.size", "2GiB"), expected);
    }

    #[test]
    fn values_take_the_type_that_the_key_wants() {
        assert_eq!(edited("", "cpu.count", "4"), "[cpu]\ncount = 4\n");
        assert_eq!(edited("", "kernel.version", "6.1"), "[kernel]\nversion = \"6.1\"\n");
        assert_eq!(edited("", "arch", "arm"), "arch = \"arm\"\n");
        assert_eq!(edited("", "network.enable", "true"), "[network]\nenable = true\n");
        assert_eq!(edited("", "kernel.config.HZ", "250"), "[kernel.config]\nHZ = 250\n");
        assert_eq!(
            edited("", "kernel.config.BASE", "0x20"),
            "[kernel.config]\nBASE = \"0x20\"\n"
        );
        assert_eq!(
            edited("", "kernel.command-line", "[\"quiet\"]"),
            "[kernel]\ncommand-line = [\"quiet\"]\n"
        );
    }

    #[test]
    fn a_new_table_comes_last_and_old_forms_are_kept() {
        let text = "arch = \"arm\"\n\n[cpu]\ncount = 2\n";
        assert_eq!(
            edited(text, "cache.l1i.size", "32KiB"),
            format!("{text}\n[cache.l1i]\nsize = \"32KiB\"\n")
        );
        assert_eq!(
            edited("cpu = { count = 2 }\n", "cpu.model", "max"),
            "cpu = { count = 2, model = \"max\" }\n"
        );
        assert_eq!(edited("cpu.count = 2\n", "cpu.count", "3"), "cpu.count = 3\n");
    }

    #[test]
    fn what_is_no_single_value_is_refused() {
        for (text, key) in [
            ("[cpu]\ncount = 1\n", "cpu"),
            ("[[share]]\n", "share.host"),
            ("cpu = 1\n", "cpu.count"),
            ("", "a..b"),
        ] {
            assert!(set(&Source::new("x.toml", text), key, "1").is_err(), "{key} in {text}");
        }
    }
}
